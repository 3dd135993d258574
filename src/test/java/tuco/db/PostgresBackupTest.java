package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Eventually;

/** {@code tuco backup} and {@code restore} of decisions 10.3: taken under load, and really started again. */
class PostgresBackupTest {
  private static final EmbeddedPostgres.Settings SMALL = new EmbeddedPostgres.Settings(false, 20, 16);

  @TempDir Path temporary;

  @Test
  void backupTakenUnderLoadHoldsEverythingConfirmedBefore() throws Exception {
    Path data = aDataDirectory();
    Path file = temporary.resolve("a backup.tar.gz");
    AtomicInteger confirmed = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    int before;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, SMALL)) {
      TestDatabase.execute(postgres.url(), "create table kept as select n, repeat('x', 500) as filler from generate_series(1, 20000) n");
      TestDatabase.execute(postgres.url(), "create table counted (n integer primary key)");
      Thread writer = Thread.ofPlatform().start(() -> insertUntil(enough, postgres.url(), confirmed));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(confirmed.get()).isGreaterThan(20));
      before = confirmed.get();
      PostgresBackup.write(data, file);
      enough.set(true);
      writer.join();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");

    Path restored = temporary.resolve("restored");
    PostgresRestore.read(file, restored);
    assertThat(Files.readString(restored.resolve("secret.key"))).isEqualTo("a secret");
    assertThat(restored.resolve("postgres/cluster/backup_label")).as("where the server begins to read its log").exists();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(withPrograms(restored), SMALL)) {
      assertThat(ask(postgres, "select count(*) from kept where filler = repeat('x', 500)")).isEqualTo(20_000);
      int there = ask(postgres, "select max(n) from counted");
      assertThat(there).isBetween(before, confirmed.get());
      assertThat(ask(postgres, "select count(*) from counted")).as("one moment, without gaps").isEqualTo(there);
      TestDatabase.execute(postgres.url(), "insert into counted values (0)");
    }
  }

  @Test
  void stoppedDatabaseIsBackedUpTooAndNothingIsReplaced() throws Exception {
    Path data = aDataDirectory();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, SMALL)) {
      TestDatabase.execute(postgres.url(), "create table kept as select 42 as answer");
    }
    Path file = temporary.resolve("backup");
    PostgresBackup.write(data, file);
    assertThatThrownBy(() -> PostgresBackup.write(data, file)).isInstanceOf(StartFailure.class).hasMessageEndingWith("a backup replaces nothing.");
    assertThatThrownBy(() -> PostgresRestore.read(file, data)).isInstanceOf(StartFailure.class).hasMessageEndingWith("restore into a new one.");

    Path half = Files.write(temporary.resolve("half"), Arrays.copyOf(Files.readAllBytes(file), (int) (Files.size(file) / 2)));
    Path restored = temporary.resolve("restored");
    assertThatThrownBy(() -> PostgresRestore.read(half, restored)).isInstanceOf(StartFailure.class).hasMessageContaining("is no whole backup");
    PostgresRestore.read(file, restored);
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(withPrograms(restored), SMALL)) {
      assertThat(ask(postgres, "select answer from kept")).isEqualTo(42);
    }
  }

  private Path aDataDirectory() throws Exception {
    Path data = withPrograms(temporary.resolve("data"));
    Files.writeString(data.resolve("secret.key"), "a secret");
    return data;
  }

  private static Path withPrograms(Path data) throws Exception {
    TestDatabase.lendPrograms(data);
    return data;
  }

  private static void insertUntil(AtomicBoolean enough, String url, AtomicInteger confirmed) {
    try (Connection connection = TestDatabase.connect(url); Statement statement = connection.createStatement()) {
      while (!enough.get()) {
        statement.execute("insert into counted values (" + (confirmed.get() + 1) + ")");
        confirmed.incrementAndGet();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int ask(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(postgres.url());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }
}
