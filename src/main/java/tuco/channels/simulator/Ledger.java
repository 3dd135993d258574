package tuco.channels.simulator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tuco.channels.Channel.Receipt;
import tuco.channels.Outgoing;

/**
 * The simulator's memory of what left, durable before an outcome is reported. It has transactions
 * of its own: a provider knows nothing of ours.
 *
 * <p>Calls that come while another one writes wait and are then written by one of them in one
 * statement. There is no timer: a single caller writes at once.
 */
final class Ledger {
  /** What is known of a write. */
  enum Written {
    YES,
    NO,
    /** The connection broke: the rows may be there. */
    PERHAPS
  }

  /** How long a simulated person takes to answer. */
  private static final Duration THINKING = Duration.ofSeconds(1);

  private final DataSource engine;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final List<Waiting> queue = new ArrayList<>();
  private boolean busy;

  Ledger(DataSource engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** The messages of one call and, once it is done, what became of them; guarded by {@link #lock}. */
  private static final class Waiting {
    final List<Leaving> messages;
    boolean done;
    Written written = Written.PERHAPS;

    Waiting(UUID line, List<Outgoing> messages) {
      this.messages = messages.stream().map(message -> new Leaving(line, message)).toList();
    }
  }

  private record Leaving(UUID line, Outgoing message) {}

  /** Notes that these attempts leave now on this line, and with them what their recipients will answer. */
  Written write(UUID line, List<Outgoing> messages) {
    if (messages.isEmpty()) {
      return Written.YES;
    }
    Waiting mine = new Waiting(line, messages);
    List<Waiting> group = groupToWrite(mine);
    if (group.isEmpty()) {
      return mine.written;
    }
    Written written = Written.PERHAPS;
    try {
      written = insert(group.stream().flatMap(waiting -> waiting.messages.stream()).toList());
    } finally {
      release(group, written);
    }
    return mine.written;
  }

  /**
   * Queues until another call has written mine, or until it is my turn to write for all that wait.
   *
   * @return the calls to write for, mine among them; empty when mine is written
   */
  private List<Waiting> groupToWrite(Waiting mine) {
    lock.lock();
    try {
      queue.add(mine);
      while (busy && !mine.done) {
        released.awaitUninterruptibly();
      }
      if (mine.done) {
        return List.of();
      }
      busy = true;
      List<Waiting> group = List.copyOf(queue);
      queue.clear();
      return group;
    } finally {
      lock.unlock();
    }
  }

  private void release(List<Waiting> group, Written written) {
    lock.lock();
    try {
      for (Waiting waiting : group) {
        waiting.written = written;
        waiting.done = true;
      }
      busy = false;
      released.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // One statement is one transaction: all rows of the group are there, or none. An attempt that is
  // handed over twice stays one row; two attempts at one message are two.
  private static final String INSERT =
      """
      insert into simulator_ledger (workspace_id, message_id, attempt_id, recipient, body_sha256, sent_at, report_at)
      select sent.workspace_id, sent.message_id, sent.attempt_id, sent.recipient, sent.body_sha256, at,
             case when sent.reported then at + interval '2 seconds' end
        from (select ?::timestamptz as at) now,
             unnest(?, ?, ?, ?, ?, ?) as sent (workspace_id, message_id, attempt_id, recipient, body_sha256, reported)
          on conflict do nothing
      """;

  // As the provider's own queue of what came in: written with the ledger, taken by whoever brings it in.
  private static final String ANSWERS =
      """
      insert into simulator_replies (workspace_id, message_id, attempt_id, line_id, sender, body, by, due_at)
      select answer.*, ?
        from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[]) as answer
          on conflict do nothing
      """;

  private Written insert(List<Leaving> leaving) {
    List<Outgoing> rows = leaving.stream().map(Leaving::message).toList();
    List<Leaving> answered = leaving.stream().filter(one -> answers(one) != null).toList();
    Connection open;
    try {
      open = engine.getConnection();
    } catch (SQLException unreachable) {
      return Written.NO;
    }
    try (Connection connection = open;
        PreparedStatement statement = connection.prepareStatement(INSERT)) {
      statement.setObject(1, now());
      statement.setArray(2, uuids(connection, rows.stream().map(Outgoing::workspaceId)));
      statement.setArray(3, uuids(connection, rows.stream().map(Outgoing::messageId)));
      statement.setArray(4, uuids(connection, rows.stream().map(Outgoing::attemptId)));
      statement.setArray(5, connection.createArrayOf("text", rows.stream().map(Outgoing::recipient).toArray()));
      statement.setArray(6, connection.createArrayOf("bytea", digests(rows)));
      statement.setArray(7, connection.createArrayOf("boolean",
          rows.stream().map(row -> Scenario.of(row.recipient(), row.type())).map(Ledger::isReported).toArray()));
      connection.setAutoCommit(answered.isEmpty());
      statement.executeUpdate();
      if (!answered.isEmpty()) {
        insertAnswers(connection, answered);
        connection.commit();
      }
      return Written.YES;
    } catch (SQLException e) {
      return refused(e) ? Written.NO : Written.PERHAPS;
    }
  }

  /** Whether a receipt comes afterwards. */
  private static boolean isReported(@Nullable Scenario scenario) {
    return scenario == Scenario.LATER || scenario == Scenario.READ;
  }

  private static @Nullable Scenario answers(Leaving one) {
    Scenario scenario = Scenario.of(one.message().recipient());
    return scenario == null || scenario.answer == null ? null : scenario;
  }

  private void insertAnswers(Connection connection, List<Leaving> answered) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ANSWERS)) {
      List<Scenario> scenarios = answered.stream().map(Ledger::answers).filter(Objects::nonNull).toList();
      statement.setObject(1, now().plus(THINKING));
      statement.setArray(2, uuids(connection, answered.stream().map(one -> one.message().workspaceId())));
      statement.setArray(3, uuids(connection, answered.stream().map(one -> one.message().messageId())));
      statement.setArray(4, uuids(connection, answered.stream().map(one -> one.message().attemptId())));
      statement.setArray(5, uuids(connection, answered.stream().map(Leaving::line)));
      statement.setArray(6, connection.createArrayOf("text", answered.stream().map(one -> one.message().recipient()).toArray()));
      statement.setArray(7, connection.createArrayOf("text", scenarios.stream().map(scenario -> scenario.answer).toArray()));
      statement.setArray(8, connection.createArrayOf("text", scenarios.stream().map(scenario -> scenario.by).toArray()));
      statement.executeUpdate();
    }
  }

  /** Whether the database itself refused: only then is it certain that nothing was kept. */
  private static boolean refused(SQLException e) {
    String state = e.getSQLState();
    return state != null && !state.startsWith("08") && !state.startsWith("57P");
  }

  // The primary key decides which attempt at a message is its first, on every node alike.
  private static final String FIRST_TRIES =
      """
      insert into simulator_first_tries (workspace_id, message_id, attempt_id, tried_at)
      select tried.workspace_id, tried.message_id, tried.attempt_id, ?
        from unnest(?, ?, ?) as tried (workspace_id, message_id, attempt_id)
          on conflict (workspace_id, message_id) do nothing
      returning attempt_id
      """;

  /** Notes the tries at these messages; returns the attempts that are the first at their message. */
  Set<UUID> firstTries(List<Outgoing> messages) throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(FIRST_TRIES)) {
      statement.setObject(1, now());
      statement.setArray(2, uuids(connection, messages.stream().map(Outgoing::workspaceId)));
      statement.setArray(3, uuids(connection, messages.stream().map(Outgoing::messageId)));
      statement.setArray(4, uuids(connection, messages.stream().map(Outgoing::attemptId)));
      Set<UUID> first = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          first.add(rows.getObject(1, UUID.class));
        }
      }
      return first;
    }
  }

  // Every node may ask; whoever hears a report first takes it away, and a second one changes nothing.
  private static final String REPORTS =
      """
      select workspace_id, message_id, attempt_id, report_at, recipient
        from simulator_ledger
       where report_at <= ?
       order by report_at
       limit 256
      """;

  /** What is to be reported as arrived or read by now. */
  List<Receipt> reports() throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(REPORTS)) {
      statement.setObject(1, now());
      List<Receipt> reports = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          reports.add(new Receipt(row.getObject(1, UUID.class), row.getObject(2, UUID.class),
              handle(row.getObject(3, UUID.class)), row.getObject(4, OffsetDateTime.class).toInstant(),
              Scenario.of(row.getString(5)) == Scenario.READ));
        }
      }
      return reports;
    }
  }

  private static final String HEARD =
      """
      update simulator_ledger l
         set report_at = null
        from unnest(?, ?) as heard (workspace_id, message_id)
       where l.workspace_id = heard.workspace_id and l.message_id = heard.message_id
      """;

  /** Notes that these need not be reported again. */
  void heard(List<Receipt> reports) throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(HEARD)) {
      statement.setArray(1, uuids(connection, reports.stream().map(Receipt::workspaceId)));
      statement.setArray(2, uuids(connection, reports.stream().map(Receipt::messageId)));
      statement.executeUpdate();
    }
  }

  /** The name under which an attempt was taken. */
  static String handle(UUID attempt) {
    return "sim_" + attempt;
  }

  private static final String FIND =
      """
      select 1 from simulator_ledger
       where workspace_id = ? and message_id = ? and attempt_id = ?
      """;

  /** Whether this attempt left. */
  boolean has(Outgoing message) throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(FIND)) {
      statement.setObject(1, message.workspaceId());
      statement.setObject(2, message.messageId());
      statement.setObject(3, message.attemptId());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private OffsetDateTime now() {
    return clock.instant().atOffset(ZoneOffset.UTC);
  }

  private static Array uuids(Connection connection, Stream<UUID> ids) throws SQLException {
    return connection.createArrayOf("uuid", ids.toArray());
  }

  private static byte[][] digests(List<Outgoing> rows) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[][] digests = new byte[rows.size()][];
      for (int i = 0; i < digests.length; i++) {
        digests[i] = sha256.digest(rows.get(i).text().getBytes(StandardCharsets.UTF_8));
      }
      return digests;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
