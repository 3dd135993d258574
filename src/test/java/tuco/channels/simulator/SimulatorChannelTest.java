package tuco.channels.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import tuco.Eventually;
import tuco.channels.Channel.Reconciled;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.channels.SendResult.Accepted;
import tuco.channels.SendResult.Delivered;
import tuco.channels.SendResult.NotReachable;
import tuco.channels.SendResult.Refused;
import tuco.channels.SendResult.TryLater;
import tuco.channels.SendResult.Unknown;
import tuco.db.Database;
import tuco.db.DatabaseUrl;
import tuco.db.Migrations;
import tuco.db.Roles;
import tuco.db.TestDatabase;

/** The table of recipients and the ledger behind it (decisions 7.2, 5.3). */
class SimulatorChannelTest {
  private static final Clock NOON = Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

  private static String url;
  private static DatabaseUrl owner;
  private static Database database;

  /** A workspace for each test, so that one test's rows are not another's. */
  private final UUID workspace = UUID.randomUUID();

  private SimulatorChannel channel;

  @BeforeAll
  static void openDatabase() throws Exception {
    url = TestDatabase.fresh();
    owner = DatabaseUrl.parse(url);
    Migrations.run(owner);
    database = Database.open(owner);
  }

  @BeforeEach
  void makeChannel() {
    channel = new SimulatorChannel(database.engine(), NOON);
  }

  @AfterAll
  static void closeDatabase() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    "+15125550100, 1", "+15125550142, 1", "+15125550107, 1", "+15125550108, 1", "+15125550104, 1", "+15125550105, 1",
    "+14155550101, 0", "+14155550102, 0", "+14155550103, 0", "+14155550106, 0", "+14155550109, 0", "+14155550110, 0",
    "delivered@example.com, 1", "anybody@example.com, 1", "replies@example.com, 1", "optsout+7@example.com, 1",
    "accepted@example.com, 1", "unknown@example.com, 1", "fallback@example.com, 0", "Fail+3@example.com, 0",
    "retry@example.com, 0", "linedown@example.com, 0", "lost@example.com, 0", "dead@example.com, 0"
  })
  void onlyWhatLeftStandsInTheLedger(String recipient, int rows) throws SQLException {
    Outgoing message = to(recipient);

    send(message);

    assertThat(ledger("message_id = '" + message.messageId() + "'")).isEqualTo(rows);
    assertThat(channel.reconcile(line(), message))
        .isInstanceOf(rows == 1 ? Reconciled.Found.class : Reconciled.NotSent.class);
  }

  @Test
  void everyRecipientOfTheTableHasItsOutcome() {
    assertThat(send(to("+12025550100")).getFirst()).isInstanceOf(Delivered.class);
    assertThat(send(to("+12025550101")).getFirst())
        .isEqualTo(new NotReachable("The simulator does not reach this recipient.", List.of("+12025550101")));
    assertThat(((Refused) send(to("+12025550102")).getFirst()).suppress()).isFalse();
    assertThat(send(to("+12025550104")).getFirst()).isInstanceOf(Accepted.class);
    assertThat(send(to("+12025550105")).getFirst()).isInstanceOf(Unknown.class);
    assertThat(((TryLater) send(to("+12025550106")).getFirst()).lineDown()).isTrue();
    assertThat(((Refused) send(to("+12025550110")).getFirst()).suppress()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"+442025550102", "+12025560102", "+12025550202", "+1202555010", "failure@example.com", "x.fail@example.com"})
  void whatOnlyLooksLikeTheTableIsDelivered(String recipient) {
    assertThat(send(to(recipient)).getFirst()).isInstanceOf(Delivered.class);
  }

  @Test
  void theSecondTryOfARetryIsDeliveredOnAnyNode() {
    Outgoing first = to("+12025550103");

    TryLater later = (TryLater) send(first).getFirst();
    SimulatorChannel otherNode = new SimulatorChannel(database.engine(), NOON);
    List<SendResult> second = send(otherNode, again(first));

    assertThat(later.lineDown()).isFalse();
    assertThat(later.after()).isEqualTo(Duration.ofSeconds(1));
    assertThat(second.getFirst()).isInstanceOf(Delivered.class);
  }

  @Test
  void aLostMessageIsProvedUnsentAndItsSecondTryIsDelivered() {
    Outgoing first = to("+12025550109");

    assertThat(send(first).getFirst()).isInstanceOf(Unknown.class);
    assertThat(channel.reconcile(line(), first)).isEqualTo(new Reconciled.NotSent());
    assertThat(send(again(first)).getFirst()).isInstanceOf(Delivered.class);
  }

  @Test
  void aMessageWhoseAnswerWasLostIsFoundDelivered() {
    Outgoing message = to("unknown@example.com");

    send(message);

    assertThat(channel.reconcile(line(), message))
        .isEqualTo(new Reconciled.Found(new Delivered("sim_" + message.attemptId())));
    assertThat(channel.reconcile(line(), again(message))).isEqualTo(new Reconciled.NotSent());
  }

  @Test
  void theLedgerShowsADoubleSendAndKeepsOneRowOfOneAttempt() throws Exception {
    Outgoing message = to("+12025550100");

    send(message, message);
    send(message);
    assertThat(ledger("message_id = '" + message.messageId() + "'")).isEqualTo(1);

    send(again(message));
    assertThat(ledger("message_id = '" + message.messageId() + "'")).isEqualTo(2);
  }

  @Test
  void theLedgerKeepsRecipientDigestAndTime() throws Exception {
    send(to("zoë@example.com"));

    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("Grüße".getBytes(UTF_8)));
    assertThat(ledger("recipient = 'zoë@example.com' and encode(body_sha256, 'hex') = '" + digest
        + "' and sent_at = '2026-03-01T12:00:00Z'")).isEqualTo(1);
  }

  @Test
  void callsThatComeWhileOneWritesShareOneStatement() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger connections = new AtomicInteger();
    SimulatorChannel gated = new SimulatorChannel(new EngineSource() {
      @Override
      public Connection getConnection() throws SQLException {
        if (connections.incrementAndGet() == 1) {
          await(release);
        }
        return super.getConnection();
      }
    }, NOON);
    List<SendResult> results = Collections.synchronizedList(new ArrayList<>());
    List<Thread> lines = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      lines.add(Thread.ofPlatform().start(() -> results.addAll(send(gated, to("+12025550100"), to("+12025550150")))));
    }

    Eventually.within(Duration.ofSeconds(10),
        () -> assertThat(lines).allMatch(line -> line.getState() == Thread.State.WAITING));
    release.countDown();
    for (Thread line : lines) {
      line.join();
    }

    assertThat(results).hasSize(12).allMatch(Delivered.class::isInstance);
    assertThat(ledger("true")).isEqualTo(12);
    assertThat(connections).hasValue(2);
  }

  @Test
  void anUnreachableLedgerSendsNothingAndSaysThatTheLineIsAtFault() {
    SimulatorChannel cut = new SimulatorChannel(new EngineSource() {
      @Override
      public Connection getConnection() throws SQLException {
        throw new SQLException("Connection refused", "08001");
      }
    }, NOON);

    assertThat(send(cut, to("+12025550100"), to("+12025550103"))).allMatch(result -> ((TryLater) result).lineDown());
    assertThat(send(cut, to("+12025550100"))).allMatch(result -> ((TryLater) result).lineDown());
    assertThat(cut.reconcile(line(), to("+12025550100"))).isInstanceOf(Reconciled.CannotTell.class);
  }

  @Test
  void aConnectionThatBreaksWhileTheLedgerIsWrittenIsUnknown() throws Exception {
    List<SendResult> results = Collections.synchronizedList(new ArrayList<>());
    Thread line;
    try (Connection holder = TestDatabase.connect(url)) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("lock table tuco.simulator_ledger in access exclusive mode");
      line = Thread.ofPlatform().start(() -> results.addAll(send(to("+12025550100"))));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(
          count("select count(pg_terminate_backend(pid)) from pg_stat_activity"
              + " where datname = current_database() and wait_event_type = 'Lock'")).isEqualTo(1));
    }
    line.join();

    assertThat(results).hasSize(1).allMatch(Unknown.class::isInstance);
  }

  @Test
  void theDocumentationShowsTheTable() throws Exception {
    assertThat(Files.readString(Path.of("docs", "simulator.md"))).contains(Scenario.table());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Connections of the engine's role, without a pool, to be tampered with. */
  private static class EngineSource extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    EngineSource() {
      setURL(owner.jdbc());
      setUser(Roles.ENGINE);
      setPassword(Roles.password(owner, Roles.ENGINE));
    }
  }

  private List<SendResult> send(Outgoing... messages) {
    return send(channel, messages);
  }

  private static List<SendResult> send(SimulatorChannel channel, Outgoing... messages) {
    List<SendResult> results = new ArrayList<>();
    channel.send(line(), List.of(messages), (message, result) -> results.add(result));
    return results;
  }

  private static LineSettings line() {
    return new LineSettings(
        UUID.randomUUID(), UUID.randomUUID(), "simulator", "+15125550100", null, Map.of(), Map.of());
  }

  private Outgoing to(String recipient) {
    return new Outgoing(
        workspace, UUID.randomUUID(), UUID.randomUUID(), "imessage", recipient, null, "Grüße", null, null, List.of());
  }

  /** Another attempt at the same message. */
  private static Outgoing again(Outgoing message) {
    return new Outgoing(
        message.workspaceId(), message.messageId(), UUID.randomUUID(), message.type(), message.recipient(), null, message.text(), null,
        null, List.of());
  }

  private int ledger(String condition) throws SQLException {
    return count("select count(*) from tuco.simulator_ledger where workspace_id = '" + workspace + "' and " + condition);
  }

  private static int count(String sql) throws SQLException {
    try (Connection connection = database.engine().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
