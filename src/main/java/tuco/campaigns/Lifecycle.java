package tuco.campaigns;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.campaigns.Campaign.State;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Launch, pause, resume, complete (decisions 6.1). Each holds the campaign's row alone, so the engine sees all or nothing of it. */
public final class Lifecycle {
  static final String PAUSED = "campaign_paused";

  private final Clock clock;
  private final Happenings happenings;
  private final Campaigns campaigns;
  private final Audit audit;
  private final Runnable wake;

  /**
   * @param wake tells the engine that there may be work
   */
  public Lifecycle(Clock clock, Happenings happenings, Campaigns campaigns, Audit audit, Runnable wake) {
    this.clock = clock;
    this.happenings = happenings;
    this.campaigns = campaigns;
    this.audit = audit;
    this.wake = wake;
  }

  /** Starts it, or has it start on its date. Whoever is enrolled already stays where he is: a relaunch adds the new ones. */
  void launch(Tx tx, UUID id) {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.state().sends()) {
      return;
    }
    if (campaign.state() == State.PAUSED || campaign.state() == State.ARCHIVED) {
      throw refused(campaign, "launched");
    }
    if (campaign.listId() != null && !Campaigns.hasList(tx, campaign.listId())) {
      throw Problem.conflict("The list of this campaign was deleted. Choose another before you launch it.").code("campaign_state");
    }
    refuseWithoutPostalAddress(tx, campaign);
    Instant now = clock.instant();
    Instant date = campaign.scheduledAt();
    boolean later = date != null && date.isAfter(now);
    tx.ownUpdate("""
            update campaigns
               set state = :state, started_at = case when :later then started_at else :now end,
                   completed_at = null, pause_reason = null, blocked_by = null, blocked_since = null, planned_to = null,
                   planned_count = 0, planned_at = null, looked_at = null, audience_count = null, updated_at = :now
             where workspace_id = :workspace and campaign_id = :id""")
        .bind("state", later ? "scheduled" : "activating").bind("later", later).bind("now", now).bind("id", id).execute();
    audit.record(tx, Action.CAMPAIGN_LAUNCH, Kind.CAMPAIGN, id,
        date != null && later ? Map.of("scheduledDate", Json.timestamp(date)) : Map.of());
    tx.afterCommit(wake);
  }

  /** Mails of a campaign that name no address break the law where they arrive; simulated ones arrive nowhere. */
  private static void refuseWithoutPostalAddress(Tx tx, Campaign campaign) {
    boolean missing = tx.ownQuery("""
            select exists (select from lines l
                            where l.workspace_id = :workspace and l.kind = 'smtp' and l.is_active and l.removed_at is null
                              and (cardinality(cast(:lines as uuid[])) = 0 or l.line_id = any (:lines)))
               and not exists (select from campaign_rules r where r.workspace_id = :workspace and r.postal_address is not null)""")
        .bind("lines", campaign.settings().lines().toArray(UUID[]::new)).mapTo(Boolean.class).one();
    if (missing) {
      throw Problem.conflict("The mails of a campaign must name your postal address. Set it under Campaigns, Sending rules, or with "
          + "PUT /api/workspace/sending-rules, and launch again.").code("postal_address_required");
    }
  }

  /** Stops it: once this has been confirmed, no message of it is claimed. */
  void pause(Tx tx, UUID id) {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.state() == State.PAUSED) {
      return;
    }
    if (!campaign.state().sends() && campaign.state() != State.SCHEDULED) {
      throw refused(campaign, "paused");
    }
    state(tx, id, "paused", "by_request");
    hold(tx, id);
    audit.record(tx, Action.CAMPAIGN_PAUSE, Kind.CAMPAIGN, id);
  }

  /** Moves what waits out of the claim's way, an SMS that follows a message too; bounded, because the queue of a campaign is. */
  private void hold(Tx tx, UUID id) {
    Instant now = clock.instant();
    tx.ownUpdate("""
            update message_states s
               set due_at = :until, wait_reason = :reason, updated_at = :now
              from enrolments e
             where e.workspace_id = :workspace and e.campaign_id = :id and e.state = 'in_flight'
               and s.workspace_id = :workspace and s.message_id in (e.message_id, fallback_of(:workspace, e.message_id)) and s.status in ('queued', 'pending', 'scheduled')""")
        .bind("until", now.plus(LastWords.RECHECK)).bind("reason", PAUSED).bind("now", now).bind("id", id).execute();
  }

  /** Goes on where it stopped. What was scheduled and has not begun begins on its date. */
  void resume(Tx tx, UUID id) {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.state().sends()) {
      return;
    }
    if (campaign.state() != State.PAUSED) {
      throw refused(campaign, "resumed");
    }
    Instant now = clock.instant();
    boolean scheduled = campaign.startedAt() == null && campaign.scheduledAt() != null && campaign.scheduledAt().isAfter(now);
    tx.ownUpdate("""
            update campaigns
               set state = :state, pause_reason = null, blocked_by = null, blocked_since = null, looked_at = null, resumed_at = :now,
                   started_at = case when :state = 'scheduled' then started_at else coalesce(started_at, :now) end, updated_at = :now
             where workspace_id = :workspace and campaign_id = :id""")
        .bind("state", scheduled ? "scheduled" : campaign.plannedAt() == null && campaign.hasAudience() ? "activating" : "running")
        .bind("now", now).bind("id", id).execute();
    tx.ownUpdate("""
            update message_states s
               set due_at = :now, wait_reason = null, updated_at = :now
              from enrolments e
             where e.workspace_id = :workspace and e.campaign_id = :id and e.state = 'in_flight'
               and s.workspace_id = :workspace and s.message_id in (e.message_id, fallback_of(:workspace, e.message_id)) and s.status in ('queued', 'pending', 'scheduled')
               and s.wait_reason = :reason""")
        .bind("reason", PAUSED).bind("now", now).bind("id", id).execute();
    audit.record(tx, Action.CAMPAIGN_RESUME, Kind.CAMPAIGN, id);
    tx.afterCommit(wake);
  }

  /**
   * Tries those again whose message failed before it left, and those whose line is back, from the step at which they were
   * stopped; how many. A campaign that was over goes on for them. What left once stays as it is (P4).
   */
  int retryFailed(Tx tx, UUID id) {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.startedAt() == null || campaign.state() == State.ARCHIVED) {
      throw refused(campaign, "retried");
    }
    Instant now = clock.instant();
    int retried = tx.ownQuery("""
            with failed as (
              select e.lead_id, e.entry, e.step_index, s.message_id
                from enrolments e
                join message_states s on s.workspace_id = e.workspace_id and s.message_id = e.message_id
               where e.workspace_id = :workspace and e.campaign_id = :id and e.state = 'stopped' and e.stop_cause = 'failed'
                 and s.status = 'failed' and s.sent_at is null
                 and not exists (select from message_events v
                                  where v.workspace_id = s.workspace_id and v.message_id = s.message_id and v.cause = 'bounced')
                 for update of s
            ), again as (
              delete from campaign_messages k using failed f
               where k.workspace_id = :workspace and k.campaign_id = :id and k.lead_id = f.lead_id and k.entry = f.entry
                 and k.step_index = f.step_index and k.message_id = f.message_id
              returning k.lead_id
            ), back as (
              select e.lead_id
                from enrolments e
                join lines n on n.workspace_id = e.workspace_id and n.line_id = e.line_id and n.is_active and n.removed_at is null
               where e.workspace_id = :workspace and e.campaign_id = :id and e.state = 'stopped' and e.stop_cause = 'line_inactive'
            ), on_the_way as (
              update enrolments e
                 set state = 'active', next_at = :now, message_id = null, stop_cause = null, wait_reason = null, updated_at = :now
               where e.workspace_id = :workspace and e.campaign_id = :id
                 and e.lead_id in (select lead_id from again union all select lead_id from back)
              returning 1)
            select count(*) from on_the_way""")
        .bind("id", id).bind("now", now).mapTo(Integer.class).one();
    if (retried > 0) {
      tx.ownUpdate("""
              update campaigns
                 set state = case when state = 'completed' then 'running' else state end, completed_at = null, looked_at = null,
                     updated_at = :now
               where workspace_id = :workspace and campaign_id = :id""")
          .bind("id", id).bind("now", now).execute();
      audit.record(tx, Action.CAMPAIGN_RESUME, Kind.CAMPAIGN, id, Map.of("retried", retried));
      tx.afterCommit(wake);
    }
    return retried;
  }

  /** Ends it for good; what still waits is cancelled. */
  void complete(Tx tx, UUID id) throws SQLException {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.state() == State.COMPLETED) {
      return;
    }
    if (campaign.state() == State.DRAFT || campaign.state() == State.ARCHIVED) {
      throw refused(campaign, "completed");
    }
    end(tx, campaign, "completed");
    happenings.record(tx.connection(), List.of(completed(campaign, clock.instant())));
    audit.record(tx, Action.CAMPAIGN_COMPLETE, Kind.CAMPAIGN, id);
  }

  /** Puts it away; what is left of it can still be read. A draft has nothing to keep and is deleted. */
  void remove(Tx tx, UUID id) throws SQLException {
    Campaign campaign = campaigns.lock(tx, id);
    if (campaign.state() == State.DRAFT) {
      campaigns.delete(tx, id);
    } else {
      end(tx, campaign, "archived");
    }
    audit.record(tx, Action.CAMPAIGN_DELETE, Kind.CAMPAIGN, id);
  }

  private void end(Tx tx, Campaign campaign, String state) throws SQLException {
    Instant now = clock.instant();
    tx.ownUpdate("""
            update campaigns set state = :state, completed_at = coalesce(completed_at, :now), updated_at = :now
             where workspace_id = :workspace and campaign_id = :id""")
        .bind("state", state).bind("now", now).bind("id", campaign.id()).execute();
    Stops.cancel(tx.connection(), happenings, tx.workspace(), "campaign_ended", now, """
        select e.message_id from enrolments e
         where e.workspace_id = ? and e.campaign_id = ? and e.state = 'in_flight'""", tx.workspace(), campaign.id());
  }

  private void state(Tx tx, UUID id, String state, @Nullable String reason) {
    tx.ownUpdate("""
            update campaigns set state = :state, pause_reason = :reason, updated_at = :now
             where workspace_id = :workspace and campaign_id = :id""")
        .bind("state", state).bind("reason", reason).bind("now", clock.instant()).bind("id", id).execute();
  }

  /** The event that tells the outside. */
  static Happening completed(Campaign campaign, Instant now) {
    return new Happening(campaign.workspaceId(), Events.CAMPAIGN_COMPLETED, null, now, Map.of(
        "campaignId", Ids.text(Kind.CAMPAIGN, campaign.id()), "campaignName", campaign.name()));
  }

  static Problem refused(Campaign campaign, String what) {
    return Problem.conflict("This campaign is " + campaign.state().wire() + " and cannot be " + what + ".").code("campaign_state");
  }
}
