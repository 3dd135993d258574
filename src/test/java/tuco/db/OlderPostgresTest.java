package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.http.Json;

/** The oldest PostgreSQL that is promised (issue 2, point 1): Debian's 15, its roles owned by an ordinary user. */
class OlderPostgresTest {
  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");
  private static final String ROLES = String.join(", ", Roles.APP, Roles.ENGINE, Roles.STAFF, Roles.GATE, Roles.REVOKER, Roles.AUDITOR, Roles.LENS);

  @TempDir static Path temporary;
  private static @Nullable Process server;
  private static int port;

  @BeforeAll
  static void aServerWithAnOrdinaryOwner() throws Exception {
    assumeTrue(Files.isExecutable(PROGRAMS.resolve("initdb")), "PostgreSQL 15 is not installed (Debian: apt-get install postgresql-15)");
    Path cluster = temporary.resolve("cluster");
    Path password = Files.writeString(temporary.resolve("password"), "root");
    // PostgreSQL refuses root; a user namespace without root in it will do.
    assertThat(start("initdb", "-D", cluster.toString(), "-U", "root", "--pwfile=" + password, "--auth=scram-sha-256", "--no-sync").waitFor())
        .as(Files.readString(temporary.resolve("log"))).isZero();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server = start("postgres", "-D", cluster.toString(), "-p", String.valueOf(port), "-c", "unix_socket_directories=", "-c", "fsync=off");
    Eventually.within(Duration.ofSeconds(20), () -> TestDatabase.connect(url("root", "root", "postgres")).close());
    execute("create role boss login createrole password 'first'");
    for (String database : List.of("one", "two", "changed", "east", "west")) {
      execute("create database " + database + " owner boss");
    }
    userWhoMayNotCreateRolesIsToldSo();
    firstStartsInTwoDatabasesMakeTheRolesOnce();
    severalFirstNodesMakeTheRolesOnce();
  }

  /** Where roles are already there, the sentence is about these. */
  private static void userWhoMayNotCreateRolesIsToldSo() throws Exception {
    execute("create role small login password 'small'");
    execute("create database small owner small");
    assertThatThrownBy(() -> Migrations.run(DatabaseUrl.parse(url("small", "small", "small"))))
        .isInstanceOf(StartFailure.class).hasMessageStartingWith("The user small of the database postgresql://small@127.0.0.1:" + port + "/small may not");
  }

  /** Two new Tucos on one server, in databases of their own: the lock of one does not hold the other, and the roles are everybody's. */
  private static void firstStartsInTwoDatabasesMakeTheRolesOnce() throws Exception {
    try (Connection east = TestDatabase.connect(url("boss", "first", "east")); Connection west = TestDatabase.connect(url("boss", "first", "west"))) {
      east.setAutoCommit(false);
      west.setAutoCommit(false);
      for (int round = 0; round < 15; round++) {
        together(() -> makeRoles(east, "east"), () -> makeRoles(west, "west"));
        for (String database : List.of("east", "west")) {
          TestDatabase.connect(url(Roles.ENGINE, Roles.password(boss(database), Roles.ENGINE), database)).close();
          TestDatabase.execute(url("root", "root", database), "drop schema tuco; drop owned by " + ROLES);
        }
        execute("drop role " + ROLES);
      }
    }
  }

  private static void makeRoles(Connection connection, String database) throws SQLException {
    DatabaseUrl owner = boss(database);
    Roles.ensure(connection, owner, derived(owner, Roles.APP), derived(owner, Roles.ENGINE));
    connection.commit();
  }

  private static DatabaseUrl boss(String database) {
    return DatabaseUrl.parse(url("boss", "first", database));
  }

  private static DatabaseUrl derived(DatabaseUrl owner, String role) {
    return owner.as(role, Roles.password(owner, role));
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void together(Step... steps) throws Exception {
    CyclicBarrier start = new CyclicBarrier(steps.length);
    List<Callable<Boolean>> runs = Stream.of(steps).<Callable<Boolean>>map(step -> () -> {
      start.await();
      step.run();
      return true;
    }).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(steps.length)) {
      for (Future<Boolean> done : threads.invokeAll(runs)) {
        assertThat(done.get()).isTrue();
      }
    }
  }

  /** Only here, on a server without the roles, can nodes meet at making them. */
  private static void severalFirstNodesMakeTheRolesOnce() throws Exception {
    Step node = () -> Migrations.run(boss("one"));
    together(node, node, node, node);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (server != null) {
      server.destroy();
      server.waitFor();
    }
  }

  @Test
  void oneAddressIsEnoughAndASentMessageIsAccepted() throws Exception {
    try (TucoProcess tuco = TucoProcess.start(temporary, Map.of("TUCO_DATABASE_URL", url("boss", "first", "one")), "up", "--port", "0", "--json")) {
      JsonNode ready = Json.parse(tuco.outWhen("}"));
      Api api = new Api(ready.path("url").asText(), ready.path("apiKey").asText());
      Api.Answer sent = api.post("/api/messages", "{\"recipientPhone\":\"+12025550123\",\"message\":\"Hello\"}");
      assertThat(sent.status()).as(sent.text()).isEqualTo(201);
      assertThat(temporary.resolve("data/postgres")).as("no embedded PostgreSQL").doesNotExist();
    }
  }

  /** The derived passwords follow the owner's, whichever of the owner's Tucos starts first. */
  @Test
  void changedPasswordOfTheOwnerIsTakenOver() throws Exception {
    Migrations.run(boss("changed"));
    execute("alter role boss password 'second'");
    try {
      DatabaseUrl changed = DatabaseUrl.parse(url("boss", "second", "changed"));
      Migrations.run(changed);
      TestDatabase.connect(url(Roles.APP, Roles.password(changed, Roles.APP), "changed")).close();
    } finally {
      execute("alter role boss password 'first'");
    }
    Migrations.run(boss("changed"));
  }

  @Test
  void twoTucosOfOneOwnerTakeAChangedPasswordOverAtOnce() throws Exception {
    try (Connection one = TestDatabase.connect(url("boss", "first", "one")); Connection changed = TestDatabase.connect(url("boss", "first", "changed"))) {
      DatabaseUrl app = derived(boss("one"), Roles.APP);
      for (int round = 0; round < 30; round++) {
        together(() -> Roles.setPassword(one, app), () -> Roles.setPassword(changed, app));
      }
    }
    Migrations.run(boss("one"));
  }

  /** Each would set the passwords that the other cannot know: the first would be locked out while it runs. */
  @Test
  void aTucoOfAnotherOwnerDoesNotTakeTheRolesAway() throws Exception {
    execute("create role chief login superuser password 'other'");
    execute("create database chiefs owner chief");
    assertThatThrownBy(() -> Migrations.run(DatabaseUrl.parse(url("chief", "other", "chiefs"))))
        .isInstanceOf(StartFailure.class)
        .hasMessageStartingWith("The user chief does not know the password of tuco_app, with which another user's Tuco works on the same server, in the database ")
        .hasMessageContaining("one").hasMessageEndingWith("let one user own both, or give each a server of its own.");
    TestDatabase.connect(url(Roles.APP, Roles.password(boss("one"), Roles.APP), "one")).close();
  }

  @Test
  void withTwoAddressesThePasswordIsTheOperators() throws Exception {
    Migrations.run(boss("two"));
    execute("create database apart");
    DatabaseUrl owner = DatabaseUrl.parse(url("root", "root", "apart"));
    DatabaseUrl app = owner.as(Roles.APP, "chosen");
    DatabaseUrl engine = owner.as(Roles.ENGINE, "chosen");
    assertThatThrownBy(() -> Migrations.run(owner, app, engine))
        .as("a password that somebody chose is not changed behind their back")
        .isInstanceOf(StartFailure.class).hasMessageContaining("password authentication failed for user \"tuco_app\"");
    execute("alter role tuco_app password 'chosen'");
    execute("alter role tuco_engine password 'chosen'");
    Migrations.run(owner, app, engine);
    assertThatThrownBy(() -> Migrations.run(boss("two"))).isInstanceOf(StartFailure.class).hasMessageContaining("The user boss does not know the password of tuco_app");
    execute("drop database apart");
    execute("revoke tuco_gate from root");
    Migrations.run(boss("two"));
  }

  private static String url(String user, String password, String database) {
    return "postgresql://" + user + ":" + password + "@127.0.0.1:" + port + "/" + database;
  }

  private static void execute(String sql) throws SQLException {
    TestDatabase.execute(url("root", "root", "postgres"), sql);
  }

  private static Process start(String program, String... arguments) throws IOException {
    boolean root = "root".equals(System.getProperty("user.name"));
    List<String> command = new ArrayList<>(root ? List.of("unshare", "--user", "--map-user=65534", "--map-group=65534") : List.of());
    command.add(PROGRAMS.resolve(program).toString());
    command.addAll(List.of(arguments));
    File log = temporary.resolve("log").toFile();
    Files.writeString(log.toPath(), "", StandardCharsets.UTF_8);
    return new ProcessBuilder(command).directory(temporary.toFile()).redirectErrorStream(true).redirectOutput(log).start();
  }
}
