package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.channels.smtp.ScriptedSmtpServer;
import tuco.db.DatabaseUrl;
import tuco.db.EmbeddedPostgres;
import tuco.db.TestDatabase;
import tuco.http.Json;

/**
 * Decisions 5.3: {@code kill -9} of the real server at random instants, while back ends send and messages leave by mail
 * and by the simulator. In the end each was sent exactly once or is listed as unknown, and none is lost.
 *
 * <p>{@code -Dtuco.kill.rounds=50} kills fifty times; {@code -Dtuco.kill.seed} repeats a run's instants.
 */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("tuco.kill.rounds", 6);
  private static final int MESSAGES = 2_000;

  private final long seed = Long.getLong("tuco.kill.seed", System.nanoTime());
  private final Random random = new Random(seed);
  @TempDir Path home;

  private String url = "";
  private int port;
  private @Nullable JsonNode first;
  private final List<String> lines = new ArrayList<>();

  @Test
  void whateverInstantTheServerDiesEachMessageIsSentOnceOrListedAsUnknown() throws Exception {
    String database = TestDatabase.fresh();
    Map<String, String> environment = Map.of("TUCO_DATABASE_URL", database);
    try (ScriptedSmtpServer sink = new ScriptedSmtpServer().taking(Duration.ofMillis(4))) {
      Books books = new Books(database, sink);
      List<String> recipients = recipients(MESSAGES);
      TucoProcess tuco = start(environment, sink);
      try (Traffic traffic = new Traffic(url, key())) {
        for (int round = 0; round < ROUNDS; round++) {
          for (String recipient : recipients.subList(MESSAGES * round / ROUNDS, MESSAGES * (round + 1) / ROUNDS)) {
            traffic.send(recipient, line());
          }
          if (random.nextInt(8) > 0) {
            long before = books.left();
            Eventually.within(Duration.ofSeconds(30), () -> assertThat(books.left()).isGreaterThan(before));
          }
          // Not a wait for anything: the instant of the kill is drawn.
          LockSupport.parkNanos(random.nextLong(Duration.ofMillis(700).toNanos()));
          tuco.kill();
          if (random.nextInt(8) > 0) {
            books.timePasses(20);
          }
          tuco = start(environment, sink);
        }
        Map<String, String> answered = traffic.finish();
        assertThat(answered).hasSize(MESSAGES);
        Eventually.within(Duration.ofSeconds(60), () -> {
          books.askNow();
          books.assertSettled();
        });
        report(ROUNDS, books.assertBalanced(answered), books.count("message_events where status = 'unknown'"));
      } finally {
        tuco.kill();
      }
    }
  }

  /** The same when the machine dies as a whole: the embedded PostgreSQL is killed with the server. */
  @Test
  void whenServerAndEmbeddedDatabaseDieTogetherNothingIsLostOrSentTwice() throws Exception {
    int messages = 300;
    int rounds = Math.max(2, ROUNDS / 6);
    Map<String, String> answered;
    try (ScriptedSmtpServer sink = new ScriptedSmtpServer().taking(Duration.ofMillis(4))) {
      List<String> recipients = recipients(messages);
      TucoProcess tuco = start(Map.of(), sink);
      try (Traffic traffic = new Traffic(url, key())) {
        for (int round = 0; round < rounds; round++) {
          int before = sink.messages().size();
          for (String recipient : recipients.subList(messages * round / rounds, messages * (round + 1) / rounds)) {
            traffic.send(recipient, line());
          }
          Eventually.within(Duration.ofSeconds(30), () -> assertThat(sink.messages()).hasSizeGreaterThan(before));
          LockSupport.parkNanos(random.nextLong(Duration.ofMillis(300).toNanos()));
          ProcessHandle postgres = postgres();
          if (random.nextBoolean()) {
            postgres.destroyForcibly();
          }
          tuco.kill();
          tuco = start(Map.of(), sink);
        }
        answered = traffic.finish();
        Books books = new Books(text(EmbeddedPostgres.running(home.resolve("data")).orElseThrow()), sink);
        Eventually.within(Duration.ofSeconds(60), () -> {
          books.askNow();
          books.assertSettled();
        });
      } finally {
        tuco.stop();
      }
      try (EmbeddedPostgres postgres = EmbeddedPostgres.start(home.resolve("data"), EmbeddedPostgres.Settings.standard())) {
        Books books = new Books(postgres.url(), sink);
        report(rounds, books.assertBalanced(answered), books.count("message_events where status = 'unknown'"));
      }
    }
  }

  private static String text(DatabaseUrl url) {
    return "postgresql://%s:%s@%s:%d/%s".formatted(url.user(), url.password(), url.host(), url.port(), url.database());
  }

  /** Starts the server where it was before; at the first start makes two lines of each kind. */
  private TucoProcess start(Map<String, String> environment, ScriptedSmtpServer sink) throws IOException {
    if (port == 0) {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
    }
    TucoProcess tuco = TucoProcess.start(home, environment,
        Stream.of("up", "--json", "--port", String.valueOf(port)).toArray(String[]::new));
    JsonNode ready = Json.parse(tuco.outWhen("}"));
    if (first == null) {
      first = ready;
      url = "http://127.0.0.1:" + port;
      lines.addAll(lines(new Api(url, key()), 2, sink));
    }
    return tuco;
  }

  /** Makes so many lines of each kind, without limits. */
  static List<String> lines(Api api, int each, ScriptedSmtpServer sink) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < each; i++) {
      lines.add(created(api, "{\"kind\":\"simulator\",\"email\":\"sim%d@example.com\"}".formatted(i)));
      lines.add(created(api, """
          {"kind":"smtp","email":"news%d@example.com","host":"127.0.0.1","port":%d,"tls":"none",
           "dailyNewConversationsLimit":null,"dailyTotalMessagesLimit":null}""".formatted(i, sink.port())));
    }
    return lines;
  }

  private static String created(Api api, String line) {
    Api.Answer answer = api.post("/api/lines", line);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.at("/line/_id");
  }

  private String key() {
    return first == null ? "" : first.path("apiKey").asText();
  }

  private String line() {
    return lines.get(random.nextInt(lines.size()));
  }

  private List<String> recipients(int count) {
    List<String> recipients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      recipients.add("person" + i + "@example.com");
    }
    Collections.shuffle(recipients, random);
    return recipients;
  }

  private ProcessHandle postgres() throws IOException {
    Path pidFile = home.resolve("data/postgres/cluster/postmaster.pid");
    return ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).getFirst())).orElseThrow();
  }

  private void report(int kills, int unknown, long everUnknown) {
    System.out.printf("KillTest seed %d: %d kills, %d attempts lost their outcome, %d mails stay unknown%n",
        seed, kills, everUnknown, unknown);
  }
}
