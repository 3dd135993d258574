package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.BlindedCheck;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Token;

/**
 * Decisions 4.7: sends are accepted below no tenant, by the engine's role, and a check that was forgotten there fails closed
 * too: the database has authenticated the batch and refuses what it is to write in a workspace that is read-only.
 */
class ForgottenCheckTest {
  private static final List<String> TABLES = List.of("lists", "leads", "lead_addresses", "messages", "message_states", "message_events");

  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
    world.startApiNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theEngineWritesNothingInAWorkspaceThatItsBatchFoundReadOnly() throws SQLException {
    TestWorkspace frozen = frozen();
    TestWorkspace other = withAMessage();
    String session = world.anonymous().post("/api/sessions",
        "{\"email\":\"" + frozen.ownerEmail() + "\",\"password\":\"" + frozen.ownerPassword() + "\"}").at("token");
    for (boolean bySession : new boolean[] {false, true}) {
      try (Connection engine = world.database().engine().getConnection()) {
        engine.setAutoCommit(false);
        Map<String, String> before = rows(frozen);
        authenticate(engine, new byte[][] {Token.hash(bySession ? session : frozen.key()), Token.hash(other.key())}, bySession);
        for (String table : List.of("lists", "leads", "lead_addresses", "messages")) {
          String again = "update " + table + " set workspace_id = workspace_id where workspace_id = ?";
          refused(engine, again, frozen.id());
          if (!table.equals("leads")) { // A column of theirs is generated and cannot be copied.
            refused(engine, "insert into " + table + " select * from " + table + " where workspace_id = ? limit 1", frozen.id());
          }
          assertThat(update(engine, again, other.id())).as("%s of another workspace in the batch", table).isPositive();
        }
        engine.rollback();
        assertThat(rows(frozen)).isEqualTo(before);
        // Nobody was authenticated: a reply is recorded, an outcome noted (B2).
        assertThat(update(engine, "update messages set workspace_id = workspace_id where workspace_id = ?", frozen.id())).isPositive();
        engine.rollback();
      }
    }
  }

  /** The whole way, with the answer blinded that Java's check looks at: the one is not written, the others of its batch are. */
  @Test
  void aNodeThatDoesNotCheckWritesNothingAndTheOthersOfTheBatchAreAccepted() throws Exception {
    TestWorkspace frozen = frozen();
    TestWorkspace other = withAMessage();
    Map<String, String> before = rows(frozen);
    CyclicBarrier together = new CyclicBarrier(16);
    try (BlindedCheck _ = new BlindedCheck(world); ExecutorService senders = Executors.newFixedThreadPool(16)) {
      List<Future<Api.Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        TestWorkspace sender = i % 4 == 0 ? frozen : other;
        String body = "{\"message\": \"Hello\", \"recipientPhone\": \"+120255501%02d\"}".formatted(40 + i);
        answers.add(senders.submit(() -> {
          together.await();
          return sender.api().post("/api/messages", body);
        }));
      }
      for (int i = 0; i < 16; i++) {
        assertThat(answers.get(i).get().status()).as("request %d", i).isEqualTo(i % 4 == 0 ? 500 : 201);
      }
    }
    assertThat(rows(frozen)).isEqualTo(before);
    assertThat(frozen.api().post("/api/messages", "{\"message\": \"Hello\", \"recipientPhone\": \"+12025550139\"}").status()).isEqualTo(402);
  }

  private static TestWorkspace frozen() {
    TestWorkspace workspace = withAMessage();
    world.database().crossing(tx -> tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w")
        .bind("w", workspace.id()).execute());
    return workspace;
  }

  private static TestWorkspace withAMessage() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    Api.Answer sent = workspace.api().post("/api/messages", "{\"message\": \"Hello\", \"recipientPhone\": \"+12025550138\"}");
    assertThat(sent.status()).as(sent.text()).isEqualTo(201);
    return workspace;
  }

  private static void authenticate(Connection engine, byte[][] hashes, boolean firstIsSession) throws SQLException {
    try (PreparedStatement statement = engine.prepareStatement("select count(*) from gate_batch(?, ?, ?) where (answer).outcome = 'ok'")) {
      statement.setArray(1, engine.createArrayOf("bytea", hashes));
      statement.setArray(2, engine.createArrayOf("boolean", new Object[] {firstIsSession, false}));
      statement.setArray(3, engine.createArrayOf("uuid", new Object[] {null, null}));
      try (var row = statement.executeQuery()) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(2);
      }
    }
  }

  private static void refused(Connection engine, String sql, UUID workspace) throws SQLException {
    Savepoint before = engine.setSavepoint();
    assertThatThrownBy(() -> update(engine, sql, workspace)).as(sql).hasMessageContaining("row-level security");
    engine.rollback(before);
  }

  private static int update(Connection engine, String sql, UUID workspace) throws SQLException {
    try (PreparedStatement statement = engine.prepareStatement(sql)) {
      statement.setObject(1, workspace);
      return statement.executeUpdate();
    }
  }

  private static Map<String, String> rows(TestWorkspace workspace) {
    return world.database().crossing(tx -> {
      Map<String, String> rows = new TreeMap<>();
      for (String table : TABLES) {
        rows.put(table, tx.query("select count(*) || ' ' || md5(string_agg(t::text, E'\\n' order by t::text)) from " + table
                + " t where workspace_id = :w").bind("w", workspace.id()).mapTo(String.class).one());
      }
      return rows;
    });
  }
}
