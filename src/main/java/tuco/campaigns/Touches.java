package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;

/**
 * Which other campaigns write to a person today: by default one campaign a day may (connectors.md 5). What a campaign's own
 * steps say of their distance is its author's word and no matter of this.
 */
final class Touches {
  static final String REASON = "daily_touch";

  /** A day of any zone, with the hour that a change of the clocks may add. */
  private static final Duration LONGEST_DAY = Duration.ofHours(26);

  private Touches() {}

  /** Somebody, and the campaign that wants to write to them. */
  record Whom(UUID workspaceId, UUID leadId, UUID campaignId) {}

  /** Another campaign that wrote to them then, or is about to. */
  record Touch(UUID campaignId, Instant at) {}

  /**
   * What was taken for sending counts from then; what waits in the queue of a campaign that sends leaves today. The offset has
   * each person's messages looked up by themselves.
   */
  private static final String OTHERS = """
      select a.n, m.campaign_id, case when s.status in ('queued', 'pending', 'scheduled') then ? else coalesce(s.sent_at, s.counted_at) end as at
        from unnest(?::uuid[], ?::uuid[], ?::uuid[]) with ordinality as a(workspace_id, lead_id, campaign_id, n)
       cross join lateral (
         select o.workspace_id, o.message_id, o.campaign_id from messages o
          where o.workspace_id = a.workspace_id and o.lead_id = a.lead_id and o.direction = 'sent' and o.campaign_id <> a.campaign_id
         offset 0) m
        join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
        join campaigns c on c.workspace_id = m.workspace_id and c.campaign_id = m.campaign_id
       where s.status in ('sent', 'delivered', 'sending', 'unknown') and coalesce(s.sent_at, s.counted_at) > ?
          or ? and s.status in ('queued', 'pending', 'scheduled') and s.due_at <= ? and c.state in ('activating', 'running')""";

  /**
   * Reads them.
   *
   * @param queued whether what waits in the queue counts as well
   */
  static Map<Whom, List<Touch>> others(Connection connection, List<Whom> whom, boolean queued, Instant now) throws SQLException {
    Map<Whom, List<Touch>> touches = new HashMap<>();
    if (whom.isEmpty()) {
      return touches;
    }
    try (PreparedStatement statement = connection.prepareStatement(OTHERS)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", whom, Whom::workspaceId);
      Columns.set(statement, 3, "uuid", whom, Whom::leadId);
      Columns.set(statement, 4, "uuid", whom, Whom::campaignId);
      Columns.set(statement, 5, now.minus(LONGEST_DAY));
      statement.setBoolean(6, queued);
      Columns.set(statement, 7, now);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          touches.computeIfAbsent(whom.get(row.getInt("n") - 1), each -> new ArrayList<>())
              .add(new Touch(row.getObject("campaign_id", UUID.class), row.getTimestamp("at").toInstant()));
        }
      }
    }
    return touches;
  }

  /** When the next day of their clock begins, where so many campaigns have written to them today; null where one more may. */
  static @Nullable Instant free(@Nullable List<Touch> touches, @Nullable Integer perDay, ZoneId zone, Instant now) {
    if (touches == null || perDay == null) {
      return null;
    }
    LocalDate today = now.atZone(zone).toLocalDate();
    long campaigns = touches.stream().filter(touch -> touch.at.atZone(zone).toLocalDate().equals(today))
        .map(Touch::campaignId).distinct().count();
    return campaigns < perDay ? null : today.plusDays(1).atStartOfDay(zone).toInstant();
  }
}
