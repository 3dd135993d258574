package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;

/** Leads on from where their messages ended: to the next step, to the end, or out. */
final class Progress {
  private static final int AT_ONCE = 1_000;

  private final Zones zones;

  Progress(Zones zones) {
    this.zones = zones;
  }

  /** Bounded by how far the feeder looks ahead. A message that is gone was deleted with its lead's history. */
  private static final String ENDED = """
      select e.lead_id, e.step_index, e.message_id, e.last_sent_at, s.status,
             case when s.status = 'cancelled' then (select v.cause from message_events v
                                                     where v.workspace_id = s.workspace_id and v.message_id = s.message_id
                                                     order by v.seq desc limit 1) end as cause, s.sent_at, l.zone,
             (select f.message_id from messages f where f.workspace_id = e.workspace_id and f.fallback_of = e.message_id) as sms,
             coalesce(l.phone, l.alt_phone1, l.alt_phone2, l.alt_phone3) as phone
        from enrolments e
        left join message_states s on s.workspace_id = e.workspace_id and s.message_id = e.message_id
        left join leads l on l.workspace_id = e.workspace_id and l.lead_id = e.lead_id
       where e.workspace_id = ? and e.campaign_id = ? and e.state = 'in_flight'
         and (s.status is null or s.status in ('sent', 'delivered', 'failed', 'fallback', 'cancelled'))
       order by e.lead_id
       limit ? for update of e skip locked""";

  private static final String MOVE = """
      update enrolments e
         set state = n.state, step_index = n.step, next_at = coalesce(n.next_at, e.next_at), wait_reason = n.wait_reason,
             stop_cause = n.stop_cause, last_sent_at = coalesce(n.sent_at, e.last_sent_at), updated_at = ?
        from unnest(?::uuid[], ?::text[], ?::int[], ?::timestamptz[], ?::text[], ?::text[], ?::timestamptz[])
             as n(lead_id, state, step, next_at, wait_reason, stop_cause, sent_at)
       where e.workspace_id = ? and e.campaign_id = ? and e.lead_id = n.lead_id""";

  /** The SMS that follows a message which reached nobody: from now on the step is that one. */
  private record Follow(UUID leadId, UUID messageId) {}

  private static void follow(Connection connection, Campaign campaign, List<Follow> follows, Instant now) throws SQLException {
    if (follows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        update enrolments e set message_id = n.message_id, updated_at = ?
          from unnest(?::uuid[], ?::uuid[]) as n(lead_id, message_id)
         where e.workspace_id = ? and e.campaign_id = ? and e.lead_id = n.lead_id""")) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", follows, Follow::leadId);
      Columns.set(statement, 3, "uuid", follows, Follow::messageId);
      statement.setObject(4, campaign.workspaceId());
      statement.setObject(5, campaign.id());
      statement.executeUpdate();
    }
  }

  /** What becomes of an enrolment; a null {@code nextAt} leaves it. */
  record Move(UUID leadId, String state, int step, @Nullable Instant nextAt, @Nullable String waitReason,
      @Nullable String stopCause, @Nullable Instant sentAt) {
    static Move stop(UUID lead, int step, String cause, @Nullable Instant sentAt) {
      return new Move(lead, "stopped", step, null, null, cause, sentAt);
    }

    static Move completed(UUID lead, int step, @Nullable Instant sentAt) {
      return new Move(lead, "completed", step, null, null, null, sentAt);
    }

    static Move wait(UUID lead, int step, Instant until, String reason, @Nullable Instant sentAt) {
      return new Move(lead, "active", step, until, reason, null, sentAt);
    }
  }

  /** Follows up what has ended; how many. */
  int run(Connection connection, Campaign campaign, Steps steps, ZoneId zone, Instant now) throws SQLException {
    List<Move> moves = new ArrayList<>();
    List<Follow> follows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(ENDED)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setInt(3, AT_ONCE);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          UUID sms = row.getObject("sms", UUID.class);
          if (sms == null) {
            moves.add(move(row, steps, zone, now));
          } else {
            follows.add(new Follow(row.getObject("lead_id", UUID.class), sms));
          }
        }
      }
    }
    write(connection, campaign, moves, now);
    follow(connection, campaign, follows, now);
    return moves.size() + follows.size();
  }

  private Move move(ResultSet row, Steps steps, ZoneId zone, Instant now) throws SQLException {
    UUID lead = row.getObject("lead_id", UUID.class);
    int step = row.getInt("step_index");
    String status = row.getString("status");
    Instant sentAt = Campaign.at(row, "sent_at");
    String cause = row.getString("cause");
    if (status == null) {
      return Move.stop(lead, step, "message_deleted", null);
    }
    if ("step_removed".equals(cause)) {
      int place = row.getTimestamp("last_sent_at") == null ? 0 : steps.place(step);
      return place == steps.size() ? Move.completed(lead, step, null) : Move.wait(lead, steps.at(place).number(), now, "step_delay", null);
    }
    if (status.equals("cancelled")) {
      return Move.stop(lead, step, cause == null ? "cancelled" : cause, null);
    }
    if (sentAt == null || status.equals("failed")) {
      return Move.stop(lead, step, status, sentAt);
    }
    int next = steps.after(step);
    if (next == steps.size()) {
      return Move.completed(lead, step, sentAt);
    }
    ZoneId where = zones.of(row.getString("zone"), row.getString("phone"), zone).zones().getFirst();
    return Move.wait(lead, steps.at(next).number(), steps.at(next).after(sentAt, where), "step_delay", sentAt);
  }

  /** Writes them; their rows are locked by this transaction. */
  static void write(Connection connection, Campaign campaign, List<Move> moves, Instant now) throws SQLException {
    if (moves.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(MOVE)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", moves, Move::leadId);
      Columns.set(statement, 3, "text", moves, Move::state);
      Columns.set(statement, 4, "int4", moves, Move::step);
      Columns.set(statement, 5, "timestamptz", moves, Move::nextAt);
      Columns.set(statement, 6, "text", moves, Move::waitReason);
      Columns.set(statement, 7, "text", moves, Move::stopCause);
      Columns.set(statement, 8, "timestamptz", moves, Move::sentAt);
      statement.setObject(9, campaign.workspaceId());
      statement.setObject(10, campaign.id());
      statement.executeUpdate();
    }
  }

  /** What a claim put away while the campaign was paused, at the moment it was resumed. */
  private static final String RELEASE = """
      update message_states s
         set due_at = ?, wait_reason = null, updated_at = ?
        from enrolments e
       where e.workspace_id = ? and e.campaign_id = ? and e.state = 'in_flight'
         and s.workspace_id = e.workspace_id and s.message_id in (e.message_id, fallback_of(e.workspace_id, e.message_id))
         and s.status in ('queued', 'pending', 'scheduled') and s.wait_reason = 'campaign_paused'""";

  static int release(Connection connection, Campaign campaign, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RELEASE)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, now);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      return statement.executeUpdate();
    }
  }
}
