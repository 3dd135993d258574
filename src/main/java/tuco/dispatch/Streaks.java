package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.events.Happening;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * What outcomes say of their lines. A provider that cannot be reached puts its line down, and the health check brings it back
 * (contract 4.6). A provider that refuses message after message, or that is well whenever it is asked and fails whenever it is
 * used, has the line paused until a person resumes it (decisions 7.3).
 */
final class Streaks {
  /** Consecutive failures after which a line is down, or paused. */
  static final int STREAK = 7;

  /** A line that was down and said to be well comes back with its streak; so often more it may fail. */
  private static final int LAST_CHANCES = 3;

  private Streaks() {}

  /** The end of a line's outcomes in one batch: whether any worked, and what came after the last that did. */
  private static final class Tally {
    boolean worked;
    boolean toldToWork;
    int refused;
    @Nullable String failing;
    String words = "";

    void add(Outcome outcome) {
      String said = outcome.words() == null ? "" : outcome.words();
      switch (outcome.onLine()) {
        case WORKS -> {
          worked = true;
          toldToWork |= outcome.attempt().lineFailing();
          refused = 0;
        }
        case REFUSES -> {
          refused++;
          words = said;
        }
        case FAILS -> failing = said;
        case NOTHING -> { }
      }
    }
  }

  /** Counts the failures, one for each refused message and one for a batch that found no provider; tells which lines went. */
  static List<Happening> of(Connection connection, List<Outcome> outcomes, Instant now) throws SQLException {
    Map<LineKey, Tally> tallies = new LinkedHashMap<>();
    outcomes.forEach(outcome -> tallies.computeIfAbsent(outcome.attempt().line(), line -> new Tally()).add(outcome));
    List<Happening> news = new ArrayList<>();
    works(connection, chosen(tallies, tally -> tally.toldToWork && tally.refused == 0 && tally.failing == null));
    news.addAll(refuses(connection, chosen(tallies, tally -> tally.refused > 0), now));
    news.addAll(fails(connection, chosen(tallies, tally -> tally.failing != null), now));
    return news;
  }

  private static List<Map.Entry<LineKey, Tally>> chosen(Map<LineKey, Tally> tallies, java.util.function.Predicate<Tally> which) {
    return tallies.entrySet().stream().filter(entry -> which.test(entry.getValue())).toList();
  }

  private static final String WORKS = """
      update line_leases e set consecutive_failures = 0
        from unnest(?::uuid[], ?::uuid[]) as c(workspace_id, line_id)
       where e.workspace_id = c.workspace_id and e.line_id = c.line_id and e.consecutive_failures > 0""";

  private static void works(Connection connection, List<Map.Entry<LineKey, Tally>> lines) throws SQLException {
    if (lines.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(WORKS)) {
      keys(statement, 1, lines);
      statement.executeUpdate();
    }
  }

  private static final String REFUSES = """
      with refusing as (
        update line_leases e
           set consecutive_failures = case when c.worked then 0 else e.consecutive_failures end + c.refused
          from unnest(?::uuid[], ?::uuid[], ?::bool[], ?::int4[], ?::text[]) as c(workspace_id, line_id, worked, refused, words)
         where e.workspace_id = c.workspace_id and e.line_id = c.line_id
        returning e.workspace_id, e.line_id, e.consecutive_failures, c.words)
      """ + pause("refusing", STREAK);

  private static List<Happening> refuses(Connection connection, List<Map.Entry<LineKey, Tally>> lines, Instant now)
      throws SQLException {
    if (lines.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(REFUSES)) {
      keys(statement, 1, lines);
      Columns.set(statement, 3, "bool", lines, line -> line.getValue().worked);
      Columns.set(statement, 4, "int4", lines, line -> line.getValue().refused);
      Columns.set(statement, 5, "text", lines, line -> line.getValue().words);
      Columns.set(statement, 6, now);
      return told(statement, now);
    }
  }

  /** A failing line waits 10 s more with each failure, a minute at most, before it is tried again. */
  private static final String FAILS = """
      with failing as (
        update line_leases e
           set consecutive_failures = e.consecutive_failures + 1,
               hold_until = ?::timestamptz + least(10 * (e.consecutive_failures + 1), 60) * interval '1 second',
               hold_reason = 'line_down'
          from unnest(?::uuid[], ?::uuid[], ?::text[]) as c(workspace_id, line_id, words)
         where e.workspace_id = c.workspace_id and e.line_id = c.line_id
        returning e.workspace_id, e.line_id, e.consecutive_failures, c.words),
      down as (
        update lines l
           set health_status = 'down', health_words = f.words, health_checked_at = ?
          from failing f
         where l.workspace_id = f.workspace_id and l.line_id = f.line_id
           and f.consecutive_failures >= %1$d and f.consecutive_failures < %2$d and l.health_status = 'healthy'
        returning l.workspace_id, l.line_id, f.words, false as paused),
      paused as (
        %3$s)
      select * from down union all select * from paused"""
      .formatted(STREAK, STREAK + LAST_CHANCES, pause("failing", STREAK + LAST_CHANCES));

  private static List<Happening> fails(Connection connection, List<Map.Entry<LineKey, Tally>> lines, Instant now)
      throws SQLException {
    if (lines.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(FAILS)) {
      Columns.set(statement, 1, now);
      keys(statement, 2, lines);
      Columns.set(statement, 4, "text", lines, line -> line.getValue().failing);
      Columns.set(statement, 5, now);
      Columns.set(statement, 6, now);
      return told(statement, now);
    }
  }

  private static String pause(String from, int streak) {
    return """
        update lines l
           set is_active = false, paused_by_engine = true, updated_at = ?,
               pause_reason = c.consecutive_failures || ' failures in a row, the last: ' || left(c.words, 400)
          from %s c
         where l.workspace_id = c.workspace_id and l.line_id = c.line_id and l.is_active and c.consecutive_failures >= %d
        returning l.workspace_id, l.line_id, l.pause_reason as words, true as paused""".formatted(from, streak);
  }

  private static void keys(PreparedStatement statement, int first, List<Map.Entry<LineKey, Tally>> lines) throws SQLException {
    Columns.set(statement, first, "uuid", lines, line -> line.getKey().workspaceId());
    Columns.set(statement, first + 1, "uuid", lines, line -> line.getKey().lineId());
  }

  private static List<Happening> told(PreparedStatement statement, Instant now) throws SQLException {
    List<Happening> news = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        LineKey line = new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class));
        news.add(happening("line.down", line, row.getString(3), row.getBoolean(4), now));
      }
    }
    return news;
  }

  /**
   * News of a line.
   *
   * @param paused whether it takes a person to let it send again
   */
  static Happening happening(String event, LineKey line, String words, boolean paused, Instant now) {
    return new Happening(line.workspaceId(), event, null, now,
        Map.of("lineId", Ids.text(Kind.LINE, line.lineId()), "reason", words, "paused", paused));
  }
}
