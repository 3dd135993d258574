package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.dispatch.Columns;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;

/** Ends sequences in the transaction that records the cause, so that nothing queued goes out after it (decisions 6.5). */
public final class Stops {
  private Stops() {}

  /**
   * Cancels those of the selected messages that still wait. A row that a claim holds is waited for and then seen as
   * claimed: it came first, and is left alone.
   *
   * @param select ids of messages, whose parameters are the workspace and those given
   */
  static int cancel(Connection connection, Happenings happenings, UUID workspace, String cause, Instant now, String select,
      Object... parameters) throws SQLException {
    List<Happening> cancelled = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement("""
        with waiting as (
          select s.message_id from message_states s
           where s.workspace_id = ? and s.message_id in (%s) and s.status in ('queued', 'pending', 'scheduled')
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
      statement.setObject(++place, workspace);
      statement.setObject(++place, workspace);
      for (Object parameter : parameters) {
        statement.setObject(++place, parameter);
      }
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
    return cancelled.size();
  }
}
