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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
    for (String database : List.of("one", "two", "changed")) {
      execute("create database " + database + " owner boss");
    }
    severalFirstNodesMakeTheRolesOnce();
  }

  /** Only here, on a server without the roles, can nodes meet at making them. */
  private static void severalFirstNodesMakeTheRolesOnce() throws Exception {
    Callable<Boolean> node = () -> {
      Migrations.run(DatabaseUrl.parse(url("boss", "first", "one")));
      return true;
    };
    try (ExecutorService nodes = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : nodes.invokeAll(List.of(node, node, node, node))) {
        assertThat(done.get()).isTrue();
      }
    }
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

  /** The derived passwords follow the owner's. */
  @Test
  void changedPasswordOfTheOwnerIsTakenOver() throws Exception {
    Migrations.run(DatabaseUrl.parse(url("boss", "first", "changed")));
    execute("create role chief login createrole superuser password 'other'");
    DatabaseUrl chief = DatabaseUrl.parse(url("chief", "other", "changed"));
    Migrations.run(chief);
    TestDatabase.connect(url(Roles.APP, Roles.password(chief, Roles.APP), "changed")).close();
    Migrations.run(DatabaseUrl.parse(url("boss", "first", "changed")));
  }

  @Test
  void withTwoAddressesThePasswordIsTheOperators() throws Exception {
    Migrations.run(DatabaseUrl.parse(url("boss", "first", "two")));
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
    Migrations.run(DatabaseUrl.parse(url("boss", "first", "two")));
  }

  @Test
  void userWhoMayNotCreateRolesIsToldSo() throws Exception {
    execute("create role small login password 'small'");
    execute("create database small owner small");
    assertThatThrownBy(() -> Migrations.run(DatabaseUrl.parse(url("small", "small", "small"))))
        .isInstanceOf(StartFailure.class).hasMessageStartingWith("The user small of the database postgresql://small@127.0.0.1:" + port + "/small may not");
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
