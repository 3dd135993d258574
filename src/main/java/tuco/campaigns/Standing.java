package tuco.campaigns;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.dispatch.Window;

/**
 * Why nothing at all of a running campaign can leave, for the top of its page (issue 6): what the engine found, or that no
 * engine looks, that it is outside its hours, that all its lines are held by a limit.
 *
 * @param blockedBy null when something can leave
 * @param until when it goes on by itself, as far as that is known
 */
record Standing(@Nullable String blockedBy, @Nullable Instant since, @Nullable Instant until) {
  static final Standing FREE = new Standing(null, null, null);

  /** The engine notes once a minute that it looked. */
  private static final Duration UNSEEN = Duration.ofMinutes(5);

  /** A shorter hold is a pause between messages. */
  private static final Duration HELD = Duration.ofMinutes(1);

  static Standing of(Tx tx, Campaign campaign, int steps, Instant now) {
    if (!campaign.state().sends()) {
      return FREE;
    }
    if (campaign.blockedBy() != null) {
      return new Standing(campaign.blockedBy(), campaign.blockedSince(), null);
    }
    Instant seen = campaign.lookedAt() == null ? campaign.startedAt() : campaign.lookedAt();
    if (seen != null && seen.plus(UNSEEN).isBefore(now)) {
      return new Standing("not_worked_on", seen, null);
    }
    Standing closed = outsideHours(tx, campaign, now);
    return closed == null ? atLimits(tx, campaign, steps, now) : closed;
  }

  /** Only hours that are the same for everybody close the whole campaign. */
  private static @Nullable Standing outsideHours(Tx tx, Campaign campaign, Instant now) {
    CampaignSettings settings = campaign.settings();
    if (!settings.hasWindow() || settings.recipientZone()) {
      return null;
    }
    ZoneId zone = settings.zone() == null
        ? ZoneId.of(tx.ownQuery("select zone from workspaces where workspace_id = :workspace").mapTo(String.class).one()) : settings.zone();
    Window window = new Window(zone, settings.start() == null ? LocalTime.MIDNIGHT : settings.start(),
        settings.end() == null ? LocalTime.MIDNIGHT : settings.end(), settings.weekdays());
    return window.isOpenAt(now) ? null : new Standing("window", null, window.nextOpening(now));
  }

  /** One line's hold; where there is one step only, a hold for first messages holds all. */
  private record Hold(@Nullable String reason, Instant until) {}

  private static Standing atLimits(Tx tx, Campaign campaign, int steps, Instant now) {
    List<Hold> holds = tx.ownQuery("""
            select case when h.hold_until > :soon then h.hold_reason when :firsts and h.new_hold_until > :soon then h.new_hold_reason end as reason,
                   case when h.hold_until > :soon then h.hold_until when :firsts and h.new_hold_until > :soon then h.new_hold_until else :now end as until
              from lines l
              join line_leases h on h.workspace_id = l.workspace_id and h.line_id = l.line_id
             where l.workspace_id = :workspace and l.is_active and l.removed_at is null and l.provisioning_status = 'active'
               and l.health_status = 'healthy'
               and (cardinality(cast(:lines as uuid[])) = 0 or l.line_id = any (cast(:lines as uuid[])))
             order by until""")
        .bind("soon", now.plus(HELD)).bind("now", now).bind("firsts", steps == 1).bind("lines", campaign.settings().lines().toArray(UUID[]::new))
        .map((row, context) -> new Hold(row.getString("reason"), row.getTimestamp("until").toInstant())).list();
    if (holds.isEmpty() || holds.stream().anyMatch(hold -> hold.reason == null)) {
      return FREE;
    }
    return new Standing(holds.getFirst().reason, null, holds.getFirst().until);
  }
}
