package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Fields;
import tuco.campaigns.render.Rendered;
import tuco.campaigns.render.Template;
import tuco.dispatch.Columns;
import tuco.dispatch.LastLook.Ask;
import tuco.dispatch.LastLook.Verdict;
import tuco.leads.LeadJson;
import tuco.messages.SendRequest;

/**
 * The placeholders of a message that no campaign sends: they are filled from its lead in the claim (contract 2.2, 6.6).
 * What has the form of a placeholder and no value leaves nothing; what has not, a piece of code say, stays as it is.
 */
final class DirectWords {
  /** What is a name where nobody has checked the text. */
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.-]+");

  /**
   * A text that was filled before, in an attempt that failed, no longer has the hash of what somebody wrote; one that an
   * SMS took over from the message it follows has been filled there. Neither is filled again: a value is not read.
   */
  private static final String ASKED = """
      select a.n, o.text_hash, f.text = o.text as taken_over,
             coalesce(nullif(btrim(n.first_name || ' ' || n.last_name), ''), n.address) as line_name, %s
        from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[]) with ordinality as a(workspace_id, message_id, lead_id, line_id, n)
        join messages o on o.workspace_id = a.workspace_id and o.message_id = a.message_id
        join leads l on l.workspace_id = a.workspace_id and l.lead_id = a.lead_id
        left join messages f on f.workspace_id = o.workspace_id and f.message_id = o.fallback_of
        left join lines n on n.workspace_id = a.workspace_id and n.line_id = a.line_id""".formatted(LeadJson.COLUMNS);

  private static final String WRITE = """
      update messages m set text = n.text, updated_at = ?
        from unnest(?::uuid[], ?::uuid[], ?::text[]) as n(workspace_id, message_id, text)
       where m.workspace_id = n.workspace_id and m.message_id = n.message_id""";

  private record Filled(Ask ask, String text) {}

  private DirectWords() {}

  /** The verdicts on those with braces in their text; the words are written at once, in the claim's transaction. */
  static Map<UUID, Verdict> of(Connection connection, List<Ask> asks, Instant now) throws SQLException {
    Map<UUID, Verdict> verdicts = new HashMap<>();
    List<Filled> filled = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(ASKED)) {
      Columns.set(statement, 1, "uuid", asks, Ask::workspaceId);
      Columns.set(statement, 2, "uuid", asks, Ask::messageId);
      Columns.set(statement, 3, "uuid", asks, Ask::leadId);
      Columns.set(statement, 4, "uuid", asks, Ask::lineId);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Ask ask = asks.get(row.getInt("n") - 1);
          if (!row.getBoolean("taken_over") && Arrays.equals(row.getBytes("text_hash"), SendRequest.textHash(ask.text()))) {
            verdicts.put(ask.messageId(), verdict(row, ask, filled));
          }
        }
      }
    }
    if (!filled.isEmpty()) {
      write(connection, filled, now);
    }
    return verdicts;
  }

  private static Verdict verdict(ResultSet row, Ask ask, List<Filled> filled) throws SQLException {
    Function<String, @Nullable String> values = Fields.of(LeadJson.of(row), row.getString("line_name"));
    Rendered text = Template.parse(ask.text(), name -> NAME.matcher(name).matches() || values.apply(name) != null)
        .render(values, ask.messageId().getLeastSignificantBits());
    if (text.reason() != null) {
      return new Verdict.Cancel("text_not_sendable: " + text.reason());
    }
    if (!text.text().equals(ask.text())) {
      filled.add(new Filled(ask, text.text()));
    }
    return new Verdict.Send(text.text());
  }

  private static void write(Connection connection, List<Filled> filled, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", filled, each -> each.ask.workspaceId());
      Columns.set(statement, 3, "uuid", filled, each -> each.ask.messageId());
      Columns.set(statement, 4, "text", filled, Filled::text);
      statement.executeUpdate();
    }
  }
}
