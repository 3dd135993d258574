package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import tuco.Eventually;

/** The embedded server of issue 2, point 1; durable settings as in operation. */
class EmbeddedPostgresTest {
  private static final EmbeddedPostgres.Settings SMALL = new EmbeddedPostgres.Settings(true, 20, 16);

  @TempDir static Path shared;
  private Path temporary;
  private Path data;
  private @Nullable Process other;

  /** Unpacking takes most of a first start's time, so it is done once; only the first test does its own. */
  @BeforeEach
  void inAPathWithSpaces(TestInfo test) throws IOException {
    temporary = Files.createDirectory(shared.resolve(test.getDisplayName()));
    data = temporary.resolve("a path with spaces").resolve("data");
    if (!test.getDisplayName().startsWith("firstStart")) {
      Path programs = PostgresBundle.unpackInto(shared);
      Files.createDirectories(data.resolve("postgres"));
      Files.createSymbolicLink(data.resolve("postgres").resolve(shared.relativize(programs)), programs);
    }
  }

  @AfterEach
  void killOtherProcesses() {
    if (other != null) {
      other.destroyForcibly();
    }
  }

  @Test
  void firstStartMakesADurableDatabaseForTucoAlone() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(postgres.url()).matches("postgresql://tuco:[\\w-]{32}@127\\.0\\.0\\.1:" + postgres.port() + "/tuco");
      assertThat(ask(postgres, "show fsync")).isEqualTo("on");
      assertThat(ask(postgres, "show server_encoding")).isEqualTo("UTF8");
      assertThat(ask(postgres, "show listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(ask(postgres, "select lower('ÄÖÅ')")).isEqualTo("äöå");
      assertThat(ask(postgres, "select rolcreaterole and not rolsuper from pg_roles where rolname = current_user"))
          .isEqualTo("t");
      assertThatThrownBy(() -> signIn(postgres, "tuco", "guess")).hasMessageContaining("password authentication failed");
      assertThatThrownBy(() -> signIn(postgres, "postgres", "guess")).hasMessageContaining("password authentication failed");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("postgres/password"))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void restartKeepsDataAndPort() throws Exception {
    int port;
    try (EmbeddedPostgres first = EmbeddedPostgres.start(data, SMALL)) {
      TestDatabase.execute(first.url(), "create table kept as select 42 as answer");
      port = first.port();
    }
    try (EmbeddedPostgres second = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(ask(second, "select answer from kept")).isEqualTo("42");
      assertThat(second.port()).isEqualTo(port);
    }
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      try (EmbeddedPostgres third = EmbeddedPostgres.start(data, SMALL)) {
        assertThat(ask(third, "select answer from kept")).isEqualTo("42");
        assertThat(third.port()).isNotEqualTo(port);
      }
    }
  }

  @Test
  void serverOfAKilledTucoIsReplaced() throws Exception {
    Process tuco = startInAnotherJvm();
    String url = tuco.inputReader().readLine();
    TestDatabase.execute(url, "create table kept as select 42 as answer");
    ProcessHandle orphan = server();
    tuco.destroyForcibly().waitFor();
    assertThat(orphan.isAlive()).isTrue();

    try (Connection leftOver = TestDatabase.connect(url);
        EmbeddedPostgres postgres = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(leftOver.isValid(1)).isFalse();
      assertThat(server().pid()).isNotEqualTo(orphan.pid());
      assertThat(ask(postgres, "select answer from kept")).isEqualTo("42");
    }
  }

  @Test
  void killedServerLosesNothing() throws Exception {
    try (EmbeddedPostgres first = EmbeddedPostgres.start(data, SMALL);
        Connection busy = TestDatabase.connect(first.url())) {
      TestDatabase.execute(first.url(), "create table kept as select 42 as answer");
      ProcessHandle server = server();
      server.destroyForcibly();
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(server.isAlive()).isFalse());
      assertThat(busy.isClosed()).isFalse();
    }
    assertThat(pidFile()).exists();
    try (EmbeddedPostgres second = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(ask(second, "select answer from kept")).isEqualTo("42");
    }
  }

  @Test
  void pidFileNamingAForeignProcessDoesNotHinder() throws Exception {
    EmbeddedPostgres.start(data, SMALL).close();
    other = new ProcessBuilder("sleep", "60").start();
    String foreign = String.valueOf(other.pid());
    Files.write(pidFile(), List.of(foreign, cluster().toString(), "1", "20000", "", "127.0.0.1", "0 0", "ready"));

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(ask(postgres, "select 1")).isEqualTo("1");
    }
  }

  @Test
  void secondTucoOnTheSameDirectoryIsRefused() throws Exception {
    Process tuco = startInAnotherJvm();
    String url = tuco.inputReader().readLine();
    assertThatThrownBy(() -> EmbeddedPostgres.start(data, SMALL))
        .isInstanceOf(StartFailure.class)
        .hasMessage("The data directory " + data + " is in use by another Tuco.");
    try (Connection undisturbed = TestDatabase.connect(url)) {
      assertThat(undisturbed.isValid(1)).isTrue();
    }
    tuco.destroyForcibly().waitFor();
    EmbeddedPostgres.start(data, SMALL).close();
  }

  @Test
  void halfInitialisedDirectoryIsRefused() throws Exception {
    Files.createDirectories(cluster());
    Files.writeString(cluster().resolve("PG_VERSION"), "18\n");
    assertThatThrownBy(() -> EmbeddedPostgres.start(data, SMALL))
        .isInstanceOf(StartFailure.class)
        .hasMessage(
            "The data directory %s is only half initialised, a first start did not finish: remove %s and start again."
                .formatted(data, data.resolve("postgres")));
  }

  /** Its owner is never told to remove what was once a whole database. */
  @Test
  void damagedDirectoryIsRefusedAndWorksAgainWhenTheFileIsBack() throws Exception {
    try (EmbeddedPostgres first = EmbeddedPostgres.start(data, SMALL)) {
      TestDatabase.execute(first.url(), "create table kept as select 42 as answer");
    }
    for (Path file : List.of(cluster().resolve("PG_VERSION"), cluster().resolve("global/pg_control"), data.resolve("postgres/password"))) {
      Path aside = Files.move(file, temporary.resolve("aside"));
      String sentence = "The data directory %s is damaged, %s is missing or empty: put that file back, or restore a backup with `tuco restore`."
          .formatted(data, file);
      assertThatThrownBy(() -> EmbeddedPostgres.start(data, SMALL)).isInstanceOf(StartFailure.class).hasMessage(sentence);
      Files.createFile(file);
      assertThatThrownBy(() -> EmbeddedPostgres.start(data, SMALL)).isInstanceOf(StartFailure.class).hasMessage(sentence);
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(data.resolve("postgres/port"), "nonsense");
    Files.writeString(data.resolve("postgres/password"), "\n", StandardOpenOption.APPEND);
    try (EmbeddedPostgres again = EmbeddedPostgres.start(data, SMALL)) {
      assertThat(ask(again, "select answer from kept")).isEqualTo("42");
    }
  }

  @Test
  void otherMajorVersionIsRefused() throws Exception {
    Files.createDirectories(cluster());
    Files.writeString(cluster().resolve("PG_VERSION"), "16\n");
    Files.writeString(Files.createDirectory(cluster().resolve("global")).resolve("pg_control"), "control");
    Files.writeString(data.resolve("postgres/password"), "secret");
    Files.createFile(data.resolve("postgres/initialised"));
    assertThatThrownBy(() -> EmbeddedPostgres.start(data, SMALL))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("was written by PostgreSQL 16 and this Tuco brings PostgreSQL 18");
  }

  @Test
  void unwritableDirectoryIsRefused() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThatThrownBy(() -> EmbeddedPostgres.start(file.resolve("data"), SMALL))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("The data directory " + file.resolve("data") + " cannot be written: ");
  }

  /** What initdb said on a disk of 90 MB, and PostgreSQL at a later start: nothing, its log had no room. */
  @Test
  void aFullDiskIsNamed() {
    assertThat(PostgresPrograms.reason("""
        performing post-bootstrap initialization ... 2026-11-27 15:35:47.793 UTC [25933] FATAL:  could not write to file "base/5/6113": No space left on device
        child process exited with exit code 1
        """)).isEqualTo("could not write to file \"base/5/6113\": No space left on device");
    assertThat(PostgresPrograms.reason("killed\n")).isEqualTo("killed");
    assertThat(EmbeddedPostgres.doesNotStart(Path.of("data/postgres"), 0, "no reason given")).isEqualTo(
        "The embedded PostgreSQL in data/postgres does not start, and the disk has 0 MB left: make room, which a first start needs 150 MB of,"
            + " and start again. It says: no reason given");
    assertThat(EmbeddedPostgres.doesNotStart(Path.of("data/postgres"), 64, "no reason given"))
        .isEqualTo("The embedded PostgreSQL in data/postgres does not start: no reason given");
  }

  @Test
  void eachTestDatabaseIsEmptyAndItsOwn() throws Exception {
    String one = TestDatabase.fresh();
    String other = TestDatabase.fresh();
    TestDatabase.execute(one, "create table only_here ()");
    assertThatThrownBy(() -> TestDatabase.execute(other, "select from only_here")).rootCause().hasMessageContaining("only_here");
  }

  private Path cluster() {
    return data.resolve("postgres/cluster");
  }

  private Path pidFile() {
    return cluster().resolve("postmaster.pid");
  }

  private ProcessHandle server() throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile()).getFirst())).orElseThrow();
  }

  private Process startInAnotherJvm() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    other = new ProcessBuilder(
            java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
            AnotherTuco.class.getName(), data.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    return other;
  }

  /** Prints the database's URL and lives until it is killed. */
  static final class AnotherTuco {
    public static void main(String[] args) throws InterruptedException {
      EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(args[0]), SMALL);
      System.out.println(postgres.url());
      Thread.currentThread().join();
    }
  }

  private static String ask(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(postgres.url());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return Objects.requireNonNull(rows.getString(1));
    }
  }

  private static void signIn(EmbeddedPostgres postgres, String user, String password) throws SQLException {
    DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + postgres.port() + "/tuco", user, password).close();
  }
}
