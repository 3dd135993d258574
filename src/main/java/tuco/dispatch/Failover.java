package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.messages.Status;

/**
 * What still waits on a line that was switched off or removed (contract 4.6): messages to people who have heard from it
 * fail with the reason, the others move to another line of the workspace. A line that is only down keeps its messages.
 */
final class Failover {
  static final String WORDS = "Line became inactive after previous messages were sent";
  private static final int AT_ONCE = 500;

  private static final String LINES = """
      select l.workspace_id, l.line_id
        from lines l
        join workspaces w on w.workspace_id = l.workspace_id
       where (not l.is_active or l.removed_at is not null) and w.removed_at is null and read_only_now(w.read_only_reason, w.plan_expires_at) is null
         and exists (select from message_states s
                      where s.workspace_id = l.workspace_id and s.line_id = l.line_id
                        and s.status in ('queued', 'pending', 'scheduled'))
       limit 100""";

  /** Locks what it fails, and skips what is being cancelled or edited at this moment. */
  private static final String FAIL = """
      with doomed as (
        select s.workspace_id, s.message_id
          from message_states s
          join messages m on m.workspace_id = s.workspace_id and m.message_id = s.message_id
         where s.workspace_id = ? and s.line_id = ? and s.status in ('queued', 'pending', 'scheduled')
           and (exists (select from contacts c where c.workspace_id = s.workspace_id and c.lead_id = m.lead_id and c.line_id = s.line_id)
             or exists (select from contacts c where c.workspace_id = s.workspace_id and c.line_id = s.line_id and c.address = m.recipient))
         limit %d for update of s skip locked
      ), failed as (
        update message_states s
           set status = 'failed', error = ?, wait_reason = null, event_count = s.event_count + 1, updated_at = ?
          from doomed d
         where s.workspace_id = d.workspace_id and s.message_id = d.message_id and s.status = any(?)
        returning s.workspace_id, s.message_id, s.event_count
      ), noted as (
        insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
        select workspace_id, message_id, event_count, 'failed', ?, 'line_inactive', ? from failed
      )
      select message_id from failed""".formatted(AT_ONCE);

  /** The lines that can take over, in turn; nobody else moves the same message, whose row is locked. */
  private static final String MOVE = """
      with others as (
        select o.line_id, row_number() over (order by o.line_id) - 1 as place, count(*) over () as lines
          from lines l
          join lines o on o.workspace_id = l.workspace_id and o.channel_type = l.channel_type and o.line_id <> l.line_id
         where l.workspace_id = ? and l.line_id = ?
           and o.is_active and o.removed_at is null and o.provisioning_status = 'active' and o.health_status = 'healthy'
      ), stranded as (
        select s.workspace_id, s.message_id
          from message_states s
         where s.workspace_id = ? and s.line_id = ? and s.status in ('queued', 'pending', 'scheduled')
           and exists (select from others)
         limit %d for update of s skip locked
      ), placed as (
        select workspace_id, message_id, row_number() over () as n from stranded
      ), moved as (
        update message_states s
           set line_id = o.line_id, first_touch = true, event_count = s.event_count + 1, updated_at = ?
          from placed p
          join others o on o.place = p.n %% o.lines
         where s.workspace_id = p.workspace_id and s.message_id = p.message_id
        returning s.workspace_id, s.message_id, s.event_count, s.status)
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, event_count, status, ?, 'line_changed' from moved""".formatted(AT_ONCE);

  private final DataSource engine;
  private final Happenings happenings;
  private final FallbackSms fallbackSms;
  private final Clock clock;

  Failover(DataSource engine, Happenings happenings, Clock clock) {
    this.engine = engine;
    this.happenings = happenings;
    this.clock = clock;
    this.fallbackSms = new FallbackSms(new Ids(clock));
  }

  /** Clears the lines that are off, a batch of each. */
  void run() throws SQLException {
    try (Connection connection = engine.getConnection()) {
      List<LineKey> lines = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(LINES);
          ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          lines.add(new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)));
        }
      }
      for (LineKey line : lines) {
        clear(connection, line);
      }
    }
  }

  private void clear(Connection connection, LineKey line) throws SQLException {
    connection.setAutoCommit(false);
    try {
      // Nobody is moved before everybody who has heard from the line was dealt with.
      if (fail(connection, line) < AT_ONCE) {
        move(connection, line);
      }
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      if (!connection.isClosed()) {
        connection.rollback();
      }
      throw e;
    }
  }

  private int fail(Connection connection, LineKey line) throws SQLException {
    Instant now = clock.instant();
    List<Happening> failed = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(FAIL)) {
      statement.setObject(1, line.workspaceId());
      statement.setObject(2, line.lineId());
      statement.setString(3, WORDS);
      Columns.set(statement, 4, now);
      statement.setArray(5, connection.createArrayOf("text", Status.FAILED.sources()));
      Columns.set(statement, 6, now);
      statement.setString(7, WORDS);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          failed.add(new Happening(line.workspaceId(), "message.failed", row.getObject(1, UUID.class), now,
              Map.of("reason", WORDS)));
        }
      }
    }
    if (!failed.isEmpty()) {
      fallbackSms.follow(connection, failed.stream()
          .map(each -> new FallbackSms.Message(each.workspaceId(), Objects.requireNonNull(each.messageId()))).toList(), now);
      happenings.record(connection, failed);
    }
    return failed.size();
  }

  private void move(Connection connection, LineKey line) throws SQLException {
    Instant now = clock.instant();
    try (PreparedStatement statement = connection.prepareStatement(MOVE)) {
      statement.setObject(1, line.workspaceId());
      statement.setObject(2, line.lineId());
      statement.setObject(3, line.workspaceId());
      statement.setObject(4, line.lineId());
      Columns.set(statement, 5, now);
      Columns.set(statement, 6, now);
      statement.executeUpdate();
    }
  }
}
