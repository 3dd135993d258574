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
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.LineChoice;
import tuco.messages.Status;

/**
 * What still waits on a line that was switched off or removed (contract 4.6): messages to people who have heard from it
 * fail with the reason, the others move to another line of the workspace, a campaign's to another of the campaign. On a line
 * that the engine has paused, people who have heard from it wait for whoever resumes it or switches it off. A line that is only
 * down keeps its messages.
 */
final class Failover {
  static final String WORDS = "Line became inactive after previous messages were sent";
  private static final int AT_ONCE = 500;

  private static final String LINES = """
      select l.workspace_id, l.line_id, l.paused_by_engine and l.removed_at is null
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

  /**
   * The lines that work. What the simulator was to do no real line does,
   * and the other way round: nothing leaves that was not meant to, and nothing is lost in the simulator.
   */
  private static final String OTHERS = """
      select o.line_id, o.kind, o.kind = l.kind as same
        from lines l
        join lines o on o.workspace_id = l.workspace_id and o.channel_type = l.channel_type and o.line_id <> l.line_id
                    and (o.kind = 'simulator') = (l.kind = 'simulator')
       where l.workspace_id = ? and l.line_id = ?
         and o.is_active and o.removed_at is null and o.provisioning_status = 'active' and o.health_status = 'healthy'
       order by o.line_id""";

  /**
   * Each to one of the lines that can carry it, in turn, a campaign's to a line of the campaign; nobody else moves the same
   * message, whose row is locked.
   */
  private static final String MOVE = """
      with others as (
        select o.*, dense_rank() over (order by o.line_id) as place
          from unnest(?::uuid[], ?::text[], ?::text[]) as o(line_id, name, type)
      ), stranded as (
        select s.workspace_id, s.message_id, m.message_type, c.settings->'lineIds' as lines
          from message_states s
          join messages m       on m.workspace_id = s.workspace_id and m.message_id = s.message_id
          left join campaigns c on c.workspace_id = m.workspace_id and c.campaign_id = m.campaign_id
         where s.workspace_id = ? and s.line_id = ? and s.status in ('queued', 'pending', 'scheduled')
           and not exists (select from contacts k where k.workspace_id = s.workspace_id and k.line_id = s.line_id and k.lead_id = m.lead_id)
           and not exists (select from contacts k where k.workspace_id = s.workspace_id and k.line_id = s.line_id and k.address = m.recipient)
           and exists (select from others o where o.type = m.message_type
                                              and (coalesce(c.settings->'lineIds', '[]') = '[]' or jsonb_exists(c.settings->'lineIds', o.name)))
         limit %d for update of s skip locked
      ), placed as (
        select *, row_number() over () as n from stranded
      ), moved as (
        update message_states s
           set line_id = t.line_id, first_touch = true, event_count = s.event_count + 1, updated_at = ?
          from placed p
         cross join lateral (
           select o.line_id from others o
            where o.type = p.message_type and (coalesce(p.lines, '[]') = '[]' or jsonb_exists(p.lines, o.name))
            order by (o.place + p.n) %% (select max(place) from others)
            limit 1) t
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
      List<Off> lines = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(LINES);
          ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          lines.add(new Off(new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)), row.getBoolean(3)));
        }
      }
      for (Off line : lines) {
        clear(connection, line);
      }
    }
  }

  /** A line that is off, {@code mayResume} where the engine paused it: a person decides what becomes of it. */
  private record Off(LineKey key, boolean mayResume) {}

  private void clear(Connection connection, Off line) throws SQLException {
    connection.setAutoCommit(false);
    try {
      // Nobody is moved before everybody who has heard from the line was dealt with.
      if (line.mayResume || fail(connection, line.key) < AT_ONCE) {
        move(connection, line.key);
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

  /** A line that can take over messages of a type. */
  private record Other(UUID lineId, String type) {}

  private void move(Connection connection, LineKey line) throws SQLException {
    List<Other> others = others(connection, line);
    if (others.isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    try (PreparedStatement statement = connection.prepareStatement(MOVE)) {
      Columns.set(statement, 1, "uuid", others, Other::lineId);
      Columns.set(statement, 2, "text", others, other -> Ids.text(Kind.LINE, other.lineId));
      Columns.set(statement, 3, "text", others, Other::type);
      statement.setObject(4, line.workspaceId());
      statement.setObject(5, line.lineId());
      Columns.set(statement, 6, now);
      Columns.set(statement, 7, now);
      statement.executeUpdate();
    }
  }

  private static List<Other> others(Connection connection, LineKey line) throws SQLException {
    List<Other> others = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(OTHERS)) {
      statement.setObject(1, line.workspaceId());
      statement.setObject(2, line.lineId());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          UUID other = row.getObject(1, UUID.class);
          // Another of its kind carries whatever it could.
          Set<String> types = row.getBoolean(3) ? Set.of("imessage", "sms", "email") : LineChoice.carried(row.getString(2));
          types.forEach(type -> others.add(new Other(other, type)));
        }
      }
    }
    return others;
  }
}
