package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.dispatch.Columns;
import tuco.ids.Ids;

/**
 * What lines that send from an Apple account are spared, because it costs them their good name (connectors.md 5): writing again
 * and again to who does not answer, and the same words to many people in a short time.
 */
final class Restraint {
  static final String UNANSWERED = "unanswered";
  static final String SAME_TEXT = "same_text";

  static final int MOST_UNANSWERED = 3;
  static final int SAME_TEXT_PEOPLE = 10;

  /** In how long so many people may get the same words. */
  static final Duration SHORT = Duration.ofMinutes(10);

  /** Who was silent for longer is somebody new. */
  private static final Duration REMEMBERED = Duration.ofDays(30);

  private static final int MOST = 5_000;

  /** The same words of a step on a line. */
  record Words(UUID lineId, int step, int variant) {}

  final Map<UUID, Integer> unanswered = new HashMap<>();
  final Map<Words, Integer> said = new HashMap<>();

  /** Reads both, where a line of the campaign needs it. */
  static Restraint of(Connection connection, Campaign campaign, Lines lines, List<Enrolled> due, Instant now) throws SQLException {
    Restraint restraint = new Restraint();
    boolean apple = lines.usable().stream().anyMatch(line -> Links.IMESSAGE_KINDS.contains(line.kind));
    if (apple && !due.isEmpty()) {
      restraint.readUnanswered(connection, campaign, due, now);
      restraint.readSaid(connection, campaign, now);
    }
    return restraint;
  }

  private static final String SINCE_THEIR_LAST = """
      select a.lead_id, count(*)
        from unnest(?::uuid[]) as a(lead_id)
       cross join lateral (
         select coalesce(max(r.created_at), ?) as at
           from messages r
           join inbound_messages i on i.workspace_id = r.workspace_id and i.message_id = r.message_id
          where r.workspace_id = ? and r.lead_id = a.lead_id and r.direction = 'received'
            and i.nature in ('reply', 'opt_out', 'opt_in') and r.created_at > ?) last
        join messages m on m.workspace_id = ? and m.lead_id = a.lead_id and m.direction = 'sent' and m.created_at > last.at
        join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
       where m.message_type = 'imessage' and m.notice is null and s.status not in ('failed', 'fallback', 'cancelled')
       group by a.lead_id""";

  private void readUnanswered(Connection connection, Campaign campaign, List<Enrolled> due, Instant now) throws SQLException {
    Instant since = now.minus(REMEMBERED);
    try (PreparedStatement statement = connection.prepareStatement(SINCE_THEIR_LAST)) {
      Columns.set(statement, 1, "uuid", due, Enrolled::leadId);
      Columns.set(statement, 2, since);
      statement.setObject(3, campaign.workspaceId());
      Columns.set(statement, 4, since);
      statement.setObject(5, campaign.workspaceId());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          unanswered.put(row.getObject(1, UUID.class), row.getInt(2));
        }
      }
    }
  }

  private static final String SAID = """
      select s.line_id, k.step_index, k.variant, count(*)
        from (select m.message_id, m.lead_id, m.step_index from messages m
               where m.workspace_id = ? and m.campaign_id = ? and m.message_id >= ? and m.direction = 'sent'
               order by m.message_id desc limit %d) m
        join message_states s on s.workspace_id = ? and s.message_id = m.message_id
        join campaign_messages k on k.workspace_id = ? and k.campaign_id = ? and k.lead_id = m.lead_id and k.message_id = m.message_id
       where s.status not in ('failed', 'fallback', 'cancelled')
       group by 1, 2, 3""".formatted(MOST);

  private void readSaid(Connection connection, Campaign campaign, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SAID)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setObject(3, Ids.floor(Ids.tag(campaign.workspaceId()), now.minus(SHORT)));
      statement.setObject(4, campaign.workspaceId());
      statement.setObject(5, campaign.workspaceId());
      statement.setObject(6, campaign.id());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          said.put(new Words(row.getObject(1, UUID.class), row.getInt(2), row.getInt(3)), row.getInt(4));
        }
      }
    }
  }

  /** Whether this person got so many messages since they last wrote. */
  boolean isUnanswered(UUID lead, int most) {
    return unanswered.getOrDefault(lead, 0) >= most;
  }

  /** Whether so many people got these words in the short time; one that varies by itself is never the same. */
  boolean isSaid(Words words, String template, int most) {
    return !template.contains("{spin:") && said.getOrDefault(words, 0) >= most;
  }

  void say(Words words) {
    said.merge(words, 1, Integer::sum);
  }
}
