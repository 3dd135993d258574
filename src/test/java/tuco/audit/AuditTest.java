package tuco.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.ids.Kind;

/** The log itself: gap-free, chained, append-only, one per workspace (decisions 9.3, standards V8 16.4.2). */
class AuditTest {
  private static World world;
  private final Audit audit = new Audit(Clock.systemUTC());

  private record Row(long seq, String entry, String hash) {}

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theSequenceHasNoGapAndTheChainHoldsUnderConcurrencyAndRollbacks() throws Exception {
    UUID workspace = world.aWorkspace().id();
    long before = rows(workspace).size();
    try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        int n = i;
        all.add(threads.submit(() -> {
          try {
            write(workspace, n);
          } catch (Undo expected) {
            assertThat(n % 4).isZero();
          }
        }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    List<Row> rows = rows(workspace);
    assertThat(rows).hasSize((int) before + 90);
    String previous = "0".repeat(64);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      assertThat(row.seq()).isEqualTo(i + 1);
      String hashed = "{\"entry\":" + row.entry() + ",\"previous\":\"" + previous + "\",\"seq\":" + row.seq() + "}";
      previous = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(hashed.getBytes(StandardCharsets.UTF_8)));
      assertThat(row.hash()).isEqualTo(previous);
    }
  }

  private static final class Undo extends RuntimeException {}

  /** Every fourth is rolled back; all give the others time between their change and their end. */
  private void write(UUID workspace, int n) {
    world.database().asWorkspace(workspace, tx -> {
      audit.record(tx, Action.LINE_CHANGE, Kind.WORKSPACE, workspace, Map.of("n", n, "text", "ä\u0001\"\\\ud83d\ude00\u0000"));
      tx.query("select 1 from pg_sleep(0.002)").mapTo(Integer.class).one();
      if (n % 4 == 0) {
        tx.beforeCommit(workspace, () -> {
          throw new Undo();
        });
      }
      return n;
    });
  }

  @Test
  void transactionsThatEndInSeveralWorkspacesDoNotWaitInACircle() throws Exception {
    UUID one = world.aWorkspace().id();
    UUID other = world.aWorkspace().id();
    long before = rows(one).size() + rows(other).size();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        List<UUID> order = i % 2 == 0 ? List.of(one, other) : List.of(other, one);
        all.add(threads.submit(() -> world.database().withoutTenant(tx -> {
          order.forEach(workspace -> audit.record(
              tx, Actor.system("test"), workspace, Action.SIGN_IN, Kind.WORKSPACE, workspace, Map.of()));
          return null;
        })));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertThat(rows(one).size() + rows(other).size() - before).isEqualTo(120);
  }

  @Test
  void nobodyChangesOrRemovesAnEntry() {
    UUID workspace = world.aWorkspace().id();
    world.database().asWorkspace(workspace, tx -> {
      audit.record(tx, Action.LINE_CHANGE, Kind.WORKSPACE, workspace);
      return null;
    });
    for (String sql : List.of(
        "update audit_entries set entry = '{}' where workspace_id = :workspace",
        "delete from audit_entries where workspace_id = :workspace",
        "insert into audit_entries (workspace_id, seq, entry, hash) values (:workspace, 99, '{}', '')",
        "update audit_heads set seq = 0 where workspace_id = :workspace",
        "delete from audit_seals where workspace_id = :workspace",
        "truncate audit_entries")) {
      assertThatThrownBy(() -> world.database().asWorkspace(workspace, tx ->
          tx.update(sql).bindMap(sql.contains(":") ? Map.of("workspace", workspace) : Map.of()).execute()))
          .as(sql).hasRootCauseMessage("ERROR: permission denied for table " + sql.replaceAll(".*?(audit_\\w+).*", "$1"));
      assertThatThrownBy(() -> world.database().crossing(tx ->
          tx.update(sql).bindMap(sql.contains(":") ? Map.of("workspace", workspace) : Map.of()).execute()))
          .as(sql).rootCause().hasMessageContaining("permission denied");
    }
    for (String sql : List.of("update audit_entries set entry = '{}'", "delete from audit_entries", "truncate audit_entries")) {
      assertThatThrownBy(() -> asOwner(sql))
          .as("even for the owner: " + sql).hasMessageContaining("append-only");
    }
  }

  @Test
  void aWorkspacesTransactionCannotWriteIntoAnothersLog() { // A4
    UUID own = world.aWorkspace().id();
    UUID foreign = world.aWorkspace().id();
    assertThatThrownBy(() -> world.database().asWorkspace(own, tx ->
        tx.query("select audit_append(:workspace, '{}')").bind("workspace", foreign).mapTo(Long.class).one()))
        .rootCause().hasMessageContaining("belongs to the workspace");
  }

  private static void asOwner(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<Row> rows(UUID workspace) {
    return world.database().asWorkspace(workspace, tx -> tx.ownQuery(
            "select seq, entry, encode(hash, 'hex') as hash from audit_entries where workspace_id = :workspace order by seq")
        .map((row, context) -> new Row(row.getLong("seq"), row.getString("entry"), row.getString("hash"))).list());
  }
}
