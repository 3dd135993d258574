package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tuco.Eventually;
import tuco.channels.Channel;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.db.DatabaseUrl;
import tuco.db.TestDatabase;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.traces.Traces;

/** The engine's world in a test: a migrated database, workspaces, lines and messages in it, any number of engines on it. */
final class EngineWorld implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  final DatabaseUrl owner = DatabaseUrl.parse(TestDatabase.migrated());
  final Database database;
  final Clock clock;
  final Ids ids;
  final Vault vault = new Vault(new byte[32]);
  final RecordingChannel channel = new RecordingChannel();
  final List<Happening> happened = Collections.synchronizedList(new ArrayList<>());
  private final Deque<Dispatcher> engines = new ArrayDeque<>();
  private int recipients;
  private int made;

  EngineWorld(Clock clock) {
    this.database = Database.open(owner);
    this.clock = clock;
    this.ids = new Ids(clock);
  }

  Happenings happenings() {
    return (connection, list) -> happened.addAll(list);
  }

  Dispatcher startEngine() {
    return startEngine(database.engine());
  }

  /** An engine that reaches its database this way. */
  Dispatcher startEngine(DataSource way) {
    Dispatcher engine = new Dispatcher(
        way, Map.<String, Channel>of("test", channel), vault, happenings(), clock, (w, m) -> null, (connection, asks, now) -> Map.of(), Traces.OFF);
    engine.start();
    engines.add(engine);
    return engine;
  }

  /** A node that is driven by the test, statement by statement. */
  ByHand byHand() throws SQLException {
    return new ByHand(this);
  }

  UUID aWorkspace() {
    return aWorkspace("self-hosted", "UTC");
  }

  UUID aWorkspace(String plan, String zone) {
    int tag = (int) System.nanoTime() | 1;
    UUID workspace = ids.next(tag);
    update("""
        insert into workspaces (workspace_id, tag, name, environment, plan, zone, created_at)
        values (?, ?, 'Test', 'production', ?, ?, now())""", workspace, tag, plan, zone);
    UUID list = ids.next(tag);
    update("insert into lists (workspace_id, list_id, name, created_at, updated_at) values (?, ?, 'Quick Sends', now(), now())",
        workspace, list);
    return workspace;
  }

  /** A plan with these ceilings. */
  String aPlan(@Nullable Integer day, @Nullable Integer month, @Nullable Integer newDay) {
    String name = "plan" + day + "-" + month + "-" + newDay;
    try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password());
        var statement = connection.prepareStatement(
            "insert into tuco.plans (plan, messages_per_day, messages_per_month, new_per_day) values (?, ?, ?, ?)")) {
      statement.setString(1, name);
      statement.setObject(2, day);
      statement.setObject(3, month);
      statement.setObject(4, newDay);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return name;
  }

  /** A line without limits. */
  LineKey aLine(UUID workspace) {
    UUID line = ids.next(Ids.tag(workspace));
    update("""
        insert into lines (workspace_id, line_id, kind, channel_type, address, created_at, updated_at)
        values (?, ?, 'test', 'phone', '+15550100', now(), now())""", workspace, line);
    update("insert into line_leases (workspace_id, line_id) values (?, ?)", workspace, line);
    return new LineKey(workspace, line);
  }

  /** Changes columns of a line, for example {@code "daily_total_limit = 3"}. */
  void set(LineKey line, String columns) {
    update("update lines set " + columns + " where workspace_id = ? and line_id = ?", line.workspaceId(), line.lineId());
  }

  /** A message to somebody new, due since a moment ago: the sooner made, the sooner due, as a still clock gives no order. */
  UUID aMessage(LineKey line) {
    return aMessage(line, aNumber(), true);
  }

  String aNumber() {
    return "+1555" + String.format("%07d", 100 + recipients++);
  }

  UUID aMessage(LineKey line, String recipient, boolean firstTouch) {
    return aMessage(line, aLead(line.workspaceId(), recipient), recipient, firstTouch);
  }

  UUID aLead(UUID workspace, String recipient) {
    UUID lead = ids.next(Ids.tag(workspace));
    update("""
        insert into leads (workspace_id, lead_id, list_id, phone, source, created_at, updated_at)
        select workspace_id, ?, list_id, ?, 'test', now(), now() from lists where workspace_id = ?""",
        lead, recipient, workspace);
    return lead;
  }

  UUID aMessage(LineKey line, UUID lead, String recipient, boolean firstTouch) {
    UUID message = ids.next(Ids.tag(line.workspaceId()));
    update("""
        with m as (
          insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, correlation_id, created_at, updated_at)
          values (?, ?, ?, 'imessage', 'Hello', '', ?, 'test', now(), now())
          returning workspace_id, message_id)
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select workspace_id, message_id, ?, 'queued', ?, ?::timestamptz, 1, now() from m""",
        line.workspaceId(), message, lead, recipient, line.lineId(), firstTouch,
        clock.instant().minusSeconds(1).plusNanos(1_000L * made++).toString());
    update("""
        insert into message_events (workspace_id, message_id, seq, status, at, cause)
        values (?, ?, 1, 'queued', now(), 'accepted')""", line.workspaceId(), message);
    return message;
  }

  List<UUID> messages(LineKey line, int count) {
    List<UUID> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      made.add(aMessage(line));
    }
    return made;
  }

  /** Many messages to as many new people, fast. */
  void manyMessages(LineKey line, int count) {
    update("""
        with n as (
          select gen_random_uuid() as lead_id, gen_random_uuid() as message_id, '+1666' || lpad(i::text, 7, '0') as phone
            from generate_series(1, ?) i),
        l as (
          insert into leads (workspace_id, lead_id, list_id, phone, source, created_at, updated_at)
          select q.workspace_id, n.lead_id, q.list_id, n.phone, 'test', now(), now()
            from n, lists q where q.workspace_id = ?),
        m as (
          insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, correlation_id, created_at, updated_at)
          select ?, message_id, lead_id, 'imessage', 'Hello', '', phone, 'test', now(), now() from n)
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select ?, message_id, ?, 'queued', true, ?::timestamptz, 1, now() from n""",
        count, line.workspaceId(), line.workspaceId(), line.workspaceId(), line.lineId(), clock.instant().toString());
  }

  int update(String sql, Object... values) {
    return database.crossing(tx -> {
      try (var statement = tx.connection().prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        return statement.executeUpdate();
      }
    });
  }

  String text(String sql, Object... values) {
    return database.crossing(tx -> {
      try (var statement = tx.connection().prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        try (var row = statement.executeQuery()) {
          return row.next() ? String.valueOf(row.getString(1)) : "none";
        }
      }
    });
  }

  int number(String sql, Object... values) {
    return Integer.parseInt(text(sql, values));
  }

  String status(UUID message) {
    return text("select status from message_states where message_id = ?", message);
  }

  int count(String status) {
    return number("select count(*) from message_states where status = ?", status);
  }

  /** The states a message went through with their causes, for example {@code queued(accepted) sending(claimed)}. */
  String events(UUID message) {
    return text("select string_agg(status || '(' || cause || ')', ' ' order by seq) from message_events where message_id = ?",
        message);
  }

  int used(UUID owner, String kind) {
    return number("select coalesce(sum(used), 0) from usage_counters where (line_id = ? or workspace_id = ?) and kind = ?",
        owner, owner, kind);
  }

  void eventually(String status, UUID message) {
    Eventually.within(DEADLINE, () -> assertThat(status(message)).isEqualTo(status));
  }

  void eventually(int count, String status) {
    Eventually.within(DEADLINE, () -> assertThat(count(status)).isEqualTo(count));
  }

  /** Holds for a while, watched through what the engine does meanwhile: several whole sweeps. */
  void staysAt(int count, String status) {
    Instant end = Instant.now().plusMillis(700);
    Eventually.within(DEADLINE, () -> {
      assertThat(count(status)).isEqualTo(count);
      assertThat(Instant.now()).isAfter(end);
    });
  }

  @Override
  public void close() {
    engines.forEach(Dispatcher::close);
    database.close();
  }
}
