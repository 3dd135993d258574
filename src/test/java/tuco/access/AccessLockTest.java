package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Credential;
import tuco.caller.Token;
import tuco.db.DatabaseUrl;
import tuco.ids.Ids;

/** The lock behind K8, alone. */
class AccessLockTest {
  private static World world;
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aHangingWriterOfARequestDelaysAChangeOfAccessForAboutASecond() throws SQLException {
    aHangingHolderIsCutOff(world.config().app());
  }

  @Test
  void aHangingBatchOfTheEngineDelaysAChangeOfAccessForAboutASecond() throws SQLException {
    aHangingHolderIsCutOff(world.config().engine());
  }

  private static void aHangingHolderIsCutOff(DatabaseUrl url) throws SQLException {
    try (Connection hanging = DriverManager.getConnection(url.jdbc(), url.user(), url.password())) {
      hanging.setAutoCommit(false);
      run(hanging, "select pg_advisory_xact_lock_shared(7001, " + Ids.tag(workspace.id()) + ")");
      long started = System.nanoTime();
      changeAccess();
      assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(Duration.ofMillis(800), Duration.ofSeconds(4));
      assertThatThrownBy(() -> run(hanging, "select 1")).as("what it wrote can no longer commit")
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void aWriterThatEndsInTimeIsWaitedForAndKeepsItsConnection() throws Exception {
    DatabaseUrl url = world.config().app();
    try (Connection writer = DriverManager.getConnection(url.jdbc(), url.user(), url.password())) {
      writer.setAutoCommit(false);
      run(writer, "select pg_advisory_xact_lock_shared(7001, " + Ids.tag(workspace.id()) + ")");
      CompletableFuture<Void> change = CompletableFuture.runAsync(AccessLockTest::changeAccess);
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(waiting()).isEqualTo(1));
      assertThat(change).isNotDone();
      writer.commit();
      assertThat(change).succeedsWithin(Duration.ofSeconds(5));
      run(writer, "select 1");
    }
  }

  @Test
  void twoChangesOfAccessAtOnceBothSucceed() {
    CompletableFuture<?>[] changes = new CompletableFuture<?>[8];
    for (int i = 0; i < changes.length; i++) {
      changes[i] = CompletableFuture.runAsync(
          () -> world.database().changeAccess(new Credential(Token.hash(workspace.key()), false, null), tx -> tx.caller().tag()));
    }
    assertThat(CompletableFuture.allOf(changes)).succeedsWithin(Duration.ofSeconds(5));
  }

  @Test
  void anOrdinaryWriteMayNotTurnIntoAChangeOfAccess() {
    assertThatThrownBy(() -> world.database().write(new Credential(Token.hash(workspace.key()), false, null), tx -> {
      AccessLock.exclusive(tx, tx.caller().tag());
      return true;
    })).hasMessageContaining("changingAccess");
  }

  private static void changeAccess() {
    world.database().asWorkspace(workspace.id(), tx -> {
      AccessLock.exclusive(tx, Ids.tag(workspace.id()));
      return UUID.randomUUID();
    });
  }

  private static int waiting() {
    return world.database().withoutTenant(tx -> tx.query("""
        select count(*) from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
         where l.locktype = 'advisory' and l.classid = 7001 and not l.granted""").mapTo(Integer.class).one());
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
