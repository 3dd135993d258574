package tuco.lines;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.UUID;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Tells owners and admins that a line went down or works again (contract 4.6): a notice, in the transaction in which it
 * happened, and a letter, which leaves a moment earlier and may be repeated where the database fails just then. Webhooks are
 * told as of anything else.
 */
public final class LineNews implements Happenings {
  private static final String NOTE = """
      with told as (
        insert into notices (workspace_id, notice_id, kind, subject_id, message, created_at)
        select l.workspace_id, ?, ?, l.line_id,
               'The line "' || coalesce(nullif(btrim(l.first_name || ' ' || l.last_name), ''), l.address) || '" ' || ?, ?
          from lines l
         where l.workspace_id = ? and l.line_id = ?
        returning workspace_id, message)
      select w.name, t.message,
             array(select p.email::text from members m join people p on p.person_id = m.person_id
                    where m.workspace_id = t.workspace_id and m.role in ('owner', 'admin'))
        from told t
        join workspaces w on w.workspace_id = t.workspace_id""";

  private final Ids ids;
  private final Happenings next;
  private final Letter letter;

  /** Writes to some people of a workspace; returns at once. */
  @FunctionalInterface
  public interface Letter {
    void send(List<String> emails, String workspace, boolean down, String words);
  }

  /**
   * @param next hears of everything
   */
  public LineNews(Ids ids, Happenings next, Letter letter) {
    this.ids = ids;
    this.next = next;
    this.letter = letter;
  }

  @Override
  public void record(Connection connection, List<Happening> happenings) throws SQLException {
    next.record(connection, happenings);
    for (Happening happening : happenings) {
      if (happening.event().equals(Events.LINE_DOWN)) {
        note(connection, happening, "line_down", Boolean.TRUE.equals(happening.data().get("paused"))
            ? "was paused: " + words(happening) + " Look into it, then resume the line: what is queued for people who know it waits for that."
            : "is down: " + words(happening) + " What is queued on it waits, and goes on by itself when it works again.");
      } else if (happening.event().equals(Events.LINE_UP)) {
        note(connection, happening, "line_up", "works again.");
      }
    }
  }

  private static String words(Happening happening) {
    String words = String.valueOf(happening.data().get("reason")).strip();
    return words.isEmpty() ? "it failed again and again." : words;
  }

  private void note(Connection connection, Happening happening, String kind, String words) throws SQLException {
    UUID line = Ids.parse(Kind.LINE, String.valueOf(happening.data().get("lineId")));
    try (PreparedStatement statement = connection.prepareStatement(NOTE)) {
      statement.setObject(1, ids.next(Ids.tag(happening.workspaceId())));
      statement.setString(2, kind);
      statement.setString(3, words);
      statement.setTimestamp(4, Timestamp.from(happening.at()));
      statement.setObject(5, happening.workspaceId());
      statement.setObject(6, line);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          letter.send(List.of((String[]) row.getArray(3).getArray()), row.getString(1), kind.equals("line_down"), row.getString(2));
        }
      }
    }
  }
}
