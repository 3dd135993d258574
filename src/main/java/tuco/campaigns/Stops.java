package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.Conditions.Known;
import tuco.campaigns.render.Condition;
import tuco.campaigns.render.Facts;
import tuco.db.Tx;
import tuco.dispatch.Columns;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.leads.LeadJson;

/**
 * Ends sequences in the transaction that records the cause, so that nothing queued goes out after it (decisions 6.5). The
 * person's enrolments are locked first: what the feeder makes of them comes wholly before, and is cancelled here, or
 * finds them ended. A claim that holds a message came before the cause was recorded.
 */
public final class Stops {
  /** How long somebody who is out of office is left alone. */
  static final Duration PARKED = Duration.ofDays(3);

  private final Clock clock;
  private final Happenings happenings;

  public Stops(Clock clock, Happenings happenings) {
    this.clock = clock;
    this.happenings = happenings;
  }

  /**
   * Where a lead stands in a campaign that goes on; its row is locked, and so is its message while that waits.
   *
   * @param next the step that is next or waits in the queue; of a message that was taken, its own
   * @param nextPlace where that stands in the sequence
   * @param before the step that it had last, whose branches say how to go on
   */
  private record Place(
      UUID campaign, UUID leadId, boolean queued, @Nullable UUID messageId, @Nullable Instant lastSentAt,
      CampaignSettings settings, @Nullable Step next, int nextPlace, @Nullable Step before, ObjectNode lead) {
    /** What may end the sequence from here on; nothing ends it before the first step. */
    List<Condition> rules() {
      if (lastSentAt == null) {
        return List.of();
      }
      List<Condition> rules = new ArrayList<>(settings.stopRules());
      if (next != null) {
        rules.addAll(next.stopRules());
      }
      return rules;
    }
  }

  /** In one order everywhere, and before anything of theirs is read: what is read afterwards is what the lock waited for. */
  private static final String LOCK = """
      select 1 from enrolments e
       where e.workspace_id = ? and e.lead_id = any(?) and e.state in ('active', 'in_flight')
       order by e.campaign_id, e.lead_id for update of e""";

  /** Waits for a claim that holds one of them: whether it was taken or still waits is settled then. */
  private static final String LOCK_MESSAGES = """
      select 1
        from enrolments e
        join message_states s on s.workspace_id = e.workspace_id and s.message_id in (e.message_id, fallback_of(e.workspace_id, e.message_id))
       where e.workspace_id = ? and e.lead_id = any(?) and e.state = 'in_flight' and s.status in ('queued', 'pending', 'scheduled')
       order by s.message_id for update of s""";

  private static final String PLACES = """
      select e.campaign_id, e.message_id, e.last_sent_at, c.settings, n.step as next, n.place as next_place, b.step as before,
             q.queued, %s
        from enrolments e
        join campaigns c on c.workspace_id = e.workspace_id and c.campaign_id = e.campaign_id
        join leads l on l.workspace_id = e.workspace_id and l.lead_id = e.lead_id
       cross join lateral (
         select e.state = 'in_flight' and exists (
           select from message_states s
            where s.workspace_id = e.workspace_id and s.message_id in (e.message_id, fallback_of(e.workspace_id, e.message_id))
              and s.status in ('queued', 'pending', 'scheduled')) as queued) q
        left join campaign_steps n on n.workspace_id = e.workspace_id and n.campaign_id = e.campaign_id
                                  and n.version = c.version and n.step_index = e.step_index
        left join lateral (
          select p.step from campaign_steps p
           where p.workspace_id = e.workspace_id and p.campaign_id = e.campaign_id and p.version = c.version
             and (e.state = 'in_flight' and not q.queued and p.place = n.place or p.place < n.place)
           order by p.place desc limit 1) b on true
       where e.workspace_id = ? and e.lead_id = any(?) and e.state in ('active', 'in_flight')
         and c.state not in ('completed', 'archived')
       order by e.campaign_id, e.lead_id""".formatted(LeadJson.COLUMNS);

  private static List<Place> places(Connection connection, UUID workspace, List<UUID> leads) throws SQLException {
    List<Place> places = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      statement.setObject(1, workspace);
      statement.setArray(2, connection.createArrayOf("uuid", leads.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return places;
        }
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(LOCK_MESSAGES)) {
      statement.setObject(1, workspace);
      statement.setArray(2, connection.createArrayOf("uuid", leads.toArray()));
      statement.executeQuery().close();
    }
    try (PreparedStatement statement = connection.prepareStatement(PLACES)) {
      statement.setObject(1, workspace);
      statement.setArray(2, connection.createArrayOf("uuid", leads.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          places.add(new Place(
              row.getObject("campaign_id", UUID.class), row.getObject("lead_id", UUID.class), row.getBoolean("queued"),
              row.getObject("message_id", UUID.class), Campaign.at(row, "last_sent_at"),
              CampaignSettings.of(Json.parse(row.getString("settings"))),
              step(row, "next"), row.getInt("next_place"), step(row, "before"), LeadJson.of(row)));
        }
      }
    }
    return places;
  }

  private static @Nullable Step step(ResultSet row, String column) throws SQLException {
    String json = row.getString(column);
    return json == null ? null : Step.of(0, Json.parse(json));
  }

  /**
   * A person wrote, on whatever channel: their sequences end, or take the branch for it.
   *
   * @param answers the message of ours that it answers, where that is known
   * @param optOut whether it takes the person off
   */
  public void replied(Tx tx, UUID lead, String text, @Nullable UUID answers, boolean optOut) throws SQLException {
    UUID workspace = tx.workspace();
    Instant now = clock.instant();
    List<Place> places = places(tx.connection(), workspace, List.of(lead));
    UUID answered = note(tx, lead, answers, optOut, now);
    Map<String, List<Place>> stopped = new HashMap<>();
    List<Place> branching = new ArrayList<>();
    List<Place> overtaken = new ArrayList<>();
    for (Place place : places) {
      Facts facts = new Known(List.of(text), false, false, optOut).facts(place.lead, place.lastSentAt, now);
      String rule = Conditions.stops(replyRules(place.rules()), facts);
      Step.Branch branch = branch(place, facts);
      if (optOut) {
        stopped.computeIfAbsent("opt_out", cause -> new ArrayList<>()).add(place);
      } else if (branch != null) {
        branching.add(place);
        if (place.queued && branch.to() != place.nextPlace) {
          overtaken.add(place);
        }
      } else if (place.settings.stopOnReply()) {
        stopped.computeIfAbsent("replied", cause -> new ArrayList<>()).add(place);
      } else if (rule != null) {
        stopped.computeIfAbsent(rule, cause -> new ArrayList<>()).add(place);
      }
    }
    tx.ownUpdate("""
            update enrolments set replied_at = coalesce(replied_at, :now),
                   next_at = case when campaign_id = any(:branching) then least(next_at, :now) else next_at end,
                   state = case when campaign_id = any(:overtaken) then 'active' else state end
             where workspace_id = :workspace and lead_id = :lead and (state in ('active', 'in_flight') or campaign_id = :answered)""")
        .bind("now", now).bind("branching", branching.stream().map(Place::campaign).toArray(UUID[]::new))
        .bind("overtaken", overtaken.stream().map(Place::campaign).toArray(UUID[]::new)).bind("lead", lead).bind("answered", answered).execute();
    end(tx.connection(), workspace, stopped, now);
    overtake(tx, workspace, lead, overtaken, now);
  }

  /** The reply came before a step that waits in the queue: that one does not leave, and may be made again on the way on. */
  private void overtake(Tx tx, UUID workspace, UUID lead, List<Place> overtaken, Instant now) throws SQLException {
    if (overtaken.isEmpty()) {
      return;
    }
    cancel(tx.connection(), workspace, overtaken, "branch_taken", now);
    tx.ownUpdate("""
            delete from campaign_messages k using enrolments e
             where e.workspace_id = :workspace and e.lead_id = :lead and e.campaign_id = any(:campaigns)
               and k.workspace_id = :workspace and k.campaign_id = e.campaign_id and k.lead_id = e.lead_id
               and k.entry = e.entry and k.step_index = e.step_index""")
        .bind("lead", lead).bind("campaigns", overtaken.stream().map(Place::campaign).toArray(UUID[]::new)).execute();
  }

  /** The way that this reply opens, out of the step it comes after. */
  private static Step.@Nullable Branch branch(Place place, Facts facts) {
    return place.before == null ? null : place.before.branches().stream()
        .filter(branch -> onReply(branch.when()) && branch.when().ask(facts).result()).findFirst().orElse(null);
  }

  private static List<Condition> replyRules(List<Condition> rules) {
    return rules.stream().filter(Stops::onReply).toList();
  }

  private static boolean onReply(Condition condition) {
    return condition.type() == Condition.Type.REPLIED || condition.type() == Condition.Type.KEYWORD;
  }

  /** The reply counts for the message it answers, else for the last one a campaign sent; that campaign, if there is one. */
  private static @Nullable UUID note(Tx tx, UUID lead, @Nullable UUID answers, boolean optOut, Instant now) {
    return tx.ownQuery("""
            update campaign_messages k
               set replied_at = coalesce(k.replied_at, :now), opted_out_at = case when :out then coalesce(k.opted_out_at, :now) else k.opted_out_at end
              from (select k.campaign_id, k.lead_id, k.entry, k.step_index
                      from campaign_messages k
                      join message_states s on s.workspace_id = k.workspace_id and s.message_id = k.message_id
                     where k.workspace_id = :workspace and k.lead_id = :lead and s.status in ('sending', 'unknown', 'sent', 'delivered', 'fallback')
                     order by (k.message_id = cast(:answers as uuid)) desc nulls last, k.created_at desc limit 1) one
             where k.workspace_id = :workspace and k.campaign_id = one.campaign_id and k.lead_id = one.lead_id
               and k.entry = one.entry and k.step_index = one.step_index
            returning k.campaign_id""")
        .bind("now", now).bind("out", optOut).bind("lead", lead).bind("answers", answers).mapTo(UUID.class).findOne().orElse(null);
  }

  /** A machine answered that the person is away: nothing more for a while, and then it goes on. */
  public void away(Tx tx, UUID lead) throws SQLException {
    Instant now = clock.instant();
    Instant until = now.plus(PARKED);
    List<Place> places = places(tx.connection(), tx.workspace(), List.of(lead));
    if (places.isEmpty()) {
      return;
    }
    tx.ownUpdate("""
            update enrolments set next_at = greatest(next_at, :until), wait_reason = 'out_of_office', updated_at = :now
             where workspace_id = :workspace and lead_id = :lead and state = 'active' and last_sent_at is not null""")
        .bind("until", until).bind("now", now).bind("lead", lead).execute();
    tx.ownUpdate("""
            update message_states set due_at = greatest(due_at, :until), wait_reason = 'out_of_office', updated_at = :now
             where workspace_id = :workspace and message_id = any(:messages) and status in ('queued', 'pending', 'scheduled')""")
        .bind("until", until).bind("now", now)
        .bind("messages", places.stream().filter(place -> place.lastSentAt != null).map(Place::messageId).toArray(UUID[]::new)).execute();
  }

  /** Who now belongs to the audience of a campaign that takes in late joiners. Whoever was in once is not let in again. */
  private static final String JOIN = """
      insert into enrolments (workspace_id, campaign_id, lead_id, state, next_at, enrolled_at, updated_at)
      select c.workspace_id, c.campaign_id, l.lead_id, 'active',
             cast(:now as timestamptz) + (s.step->>'delay')::int * case s.step->>'delayUnit'
               when 'days' then interval '1 day' when 'hours' then interval '1 hour' when 'minutes' then interval '1 minute'
               else interval '1 second' end, :now, :now
        from campaigns c
        join campaign_steps s on s.workspace_id = c.workspace_id and s.campaign_id = c.campaign_id and s.version = c.version and s.place = 0
        join leads l on l.workspace_id = c.workspace_id and l.lead_id = any(:leads)
                    and (c.audience = 'list' and l.list_id = c.list_id or c.audience = 'tag' and c.tag = any(l.tags))
       where c.workspace_id = :workspace and c.state in ('scheduled', 'activating', 'running', 'paused') and (c.settings->>'autoEnrol')::boolean
       order by c.campaign_id, l.lead_id
      on conflict (workspace_id, campaign_id, lead_id) do nothing""";

  /** Leads changed: whoever a rule on tags or fields now takes out is out, and who now belongs to an audience may be in. */
  public void changed(Tx tx, List<UUID> leads) throws SQLException {
    if (leads.isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    Map<String, List<Place>> stopped = new HashMap<>();
    for (Place place : places(tx.connection(), tx.workspace(), leads)) {
      List<Condition> rules = place.rules().stream().filter(Stops::onLead).toList();
      String cause = Conditions.stops(rules, Known.NOTHING.facts(place.lead, place.lastSentAt, now));
      if (cause != null) {
        stopped.computeIfAbsent(cause, each -> new ArrayList<>()).add(place);
      }
    }
    end(tx.connection(), tx.workspace(), stopped, now);
    tx.ownUpdate(JOIN).bind("leads", leads.toArray(UUID[]::new)).bind("now", now).execute();
  }

  private static boolean onLead(Condition condition) {
    return switch (condition.type()) {
      case TAG, NO_TAG, FIELD, HUBSPOT_PROPERTY, GHL_TAG, GHL_PROPERTY -> true;
      default -> false;
    };
  }

  private void end(Connection connection, UUID workspace, Map<String, List<Place>> stopped, Instant now) throws SQLException {
    for (Map.Entry<String, List<Place>> each : stopped.entrySet()) {
      List<Place> places = each.getValue();
      try (PreparedStatement statement = connection.prepareStatement("""
          update enrolments e set state = 'stopped', stop_cause = ?, wait_reason = null, updated_at = ?
            from unnest(?::uuid[], ?::uuid[]) as n(campaign_id, lead_id)
           where e.workspace_id = ? and e.campaign_id = n.campaign_id and e.lead_id = n.lead_id""")) {
        statement.setString(1, each.getKey());
        Columns.set(statement, 2, now);
        Columns.set(statement, 3, "uuid", places, Place::campaign);
        Columns.set(statement, 4, "uuid", places, Place::leadId);
        statement.setObject(5, workspace);
        statement.executeUpdate();
      }
      cancel(connection, workspace, places, each.getKey(), now);
    }
  }

  private void cancel(Connection connection, UUID workspace, List<Place> places, String cause, Instant now) throws SQLException {
    if (places.isEmpty()) {
      return;
    }
    var messages = connection.createArrayOf("uuid", places.stream().map(Place::messageId).toArray());
    cancel(connection, happenings, workspace, cause, now, """
        select unnest(?::uuid[])
        union all
        select f.message_id from messages f where f.workspace_id = ? and f.fallback_of = any(?::uuid[])""", messages, workspace, messages);
  }

  /**
   * Cancels those of the selected messages that still wait. A row that a claim holds is waited for and then seen as
   * claimed: it came first, and is left alone.
   *
   * @param select ids of messages, with its parameters
   */
  static void cancel(Connection connection, Happenings happenings, UUID workspace, String cause, Instant now, String select,
      Object... parameters) throws SQLException {
    List<Happening> cancelled = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement("""
        with waiting as (
          select s.message_id from message_states s
           where s.message_id in (%s) and s.workspace_id = ? and s.status in ('queued', 'pending', 'scheduled')
           order by s.message_id
             for update of s
        ), cancelled as (
          update message_states s
             set status = 'cancelled', error = ?, wait_reason = null, event_count = s.event_count + 1, updated_at = ?
            from waiting w
           where s.workspace_id = ? and s.message_id = w.message_id and s.status in ('queued', 'pending', 'scheduled')
          returning s.workspace_id, s.message_id, s.event_count)
        insert into message_events (workspace_id, message_id, seq, status, at, cause)
        select workspace_id, message_id, event_count, 'cancelled', ?, ? from cancelled
        returning message_id""".formatted(select))) {
      int place = 0;
      for (Object parameter : parameters) {
        statement.setObject(++place, parameter);
      }
      statement.setObject(++place, workspace);
      statement.setString(++place, cause);
      Columns.set(statement, ++place, now);
      statement.setObject(++place, workspace);
      Columns.set(statement, ++place, now);
      statement.setString(++place, cause);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          cancelled.add(new Happening(workspace, Events.CANCELLED, row.getObject(1, UUID.class), now, Map.of("reason", cause)));
        }
      }
    }
    if (!cancelled.isEmpty()) {
      happenings.record(connection, cancelled);
    }
  }
}
