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
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.channels.smtp.ScriptedSmtpServer;
import tuco.db.TestDatabase;
import tuco.http.Json;

/**
 * B5: three real nodes, a plan's ceiling of L a day, eight times as many messages, and {@code kill -9} at random
 * instants: exactly L leave, by the simulator's own ledger, and no line sends more than its own limit.
 *
 * <p>{@code -Dtuco.kill.rounds=50} kills fifty times; {@code -Dtuco.kill.seed} repeats a run's instants.
 */
class LimitsKillTest {
  private static final int KILLS = Integer.getInteger("tuco.kill.rounds", 2);
  private static final int LINES = 12;
  /** Twelve lines send one a second each: with more kills there is more to send, so that all of them fall into the sending. */
  private static final int LIMIT = 40 + 12 * KILLS;
  private static final int OF_A_LINE = LIMIT / LINES + 3;

  private final long seed = Long.getLong("tuco.kill.seed", System.nanoTime());
  private final Random random = new Random(seed);
  @TempDir Path home;

  private final String database = TestDatabase.fresh();
  private final List<TucoProcess> nodes = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();

  @Test
  void exactlyTheCeilingLeavesWhateverDies() throws Exception {
    try (ScriptedSmtpServer noMail = new ScriptedSmtpServer()) {
      Books books = new Books(database, noMail);
      String key = start(0, free()).path("apiKey").asText();
      TestDatabase.execute(database, "insert into plans (plan, messages_per_day) values ('exact', " + LIMIT + ")");
      TestDatabase.execute(database, "update workspaces set plan = 'exact', zone = 'Pacific/Auckland'");
      List<String> lines = lines(new Api("http://127.0.0.1:" + ports.getFirst(), key));
      start(1, free());
      start(2, free());
      try (Traffic one = traffic(0, key); Traffic two = traffic(1, key); Traffic three = traffic(2, key)) {
        for (int i = 0; i < 8 * LIMIT; i++) {
          List.of(one, two, three).get(i % 3).send("person" + i + "@example.com", lines.get(i % LINES));
        }
        int kills = 0;
        while (kills < KILLS && books.left() < LIMIT) {
          // Not a wait for anything: the instant of the kill is drawn.
          LockSupport.parkNanos(random.nextLong(Duration.ofMillis(900).toNanos()));
          int victim = random.nextInt(3);
          nodes.get(victim).kill();
          kills++;
          books.timePasses(20);
          start(victim, ports.get(victim));
        }
        int accepted = one.finish().size() + two.finish().size() + three.finish().size();
        assertThat(accepted).isEqualTo(8 * LIMIT);
        Eventually.within(Duration.ofSeconds(90), () -> {
          books.askNow();
          assertThat(books.left()).isGreaterThanOrEqualTo(LIMIT);
          assertThat(books.count("message_states where status in ('sending', 'unknown')")).isZero();
        });
        staysExact(books);
        System.out.printf("LimitsKillTest seed %d: %d kills, %d of %d left%n", seed, kills, books.left(), accepted);
      } finally {
        for (TucoProcess node : nodes) {
          node.kill();
        }
      }
    }
  }

  /** Watched over several sweeps of every node: not one more, and the counters say the same as the ledger. */
  private void staysExact(Books books) {
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    Eventually.within(Duration.ofSeconds(20), () -> {
      assertThat(books.left()).as("seed %d", seed).isEqualTo(LIMIT);
      assertThat(System.nanoTime()).isGreaterThan(end);
    });
    assertThat(books.count("(select message_id from simulator_ledger group by message_id having count(*) > 1) twice")).isZero();
    assertThat(books.text("select used::text from usage_counters where kind = 'workspace_day'")).isEqualTo(String.valueOf(LIMIT));
    assertThat(books.text("select sum(used)::text from usage_counters where kind = 'line_day'")).isEqualTo(String.valueOf(LIMIT));
    assertThat(Integer.parseInt(books.text("select max(used)::text from usage_counters where kind = 'line_day'"))).isLessThanOrEqualTo(OF_A_LINE);
    assertThat(books.text("""
        select string_agg(distinct hold_reason, ',') from line_leases where hold_until > now()""")).contains("plan_daily");
  }

  private Traffic traffic(int node, String key) {
    return new Traffic("http://127.0.0.1:" + ports.get(node), key);
  }

  private static int free() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private JsonNode start(int index, int port) throws IOException {
    TucoProcess node = TucoProcess.start(Files.createDirectories(home.resolve("node" + index)),
        Map.of("TUCO_DATABASE_URL", database, "TUCO_SECRET_KEY", Base64.getEncoder().encodeToString(new byte[32])),
        "up", "--json", "--port", String.valueOf(port));
    JsonNode ready = Json.parse(node.outWhen("}"));
    if (index < nodes.size()) {
      nodes.set(index, node);
    } else {
      nodes.add(node);
      ports.add(port);
    }
    return ready;
  }

  private static List<String> lines(Api api) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < LINES; i++) {
      Api.Answer line = api.post("/api/lines", """
          {"kind": "simulator", "email": "sim%d@example.com", "deviceGapSeconds": 1, "dailyTotalMessagesLimit": %d}""".formatted(i, OF_A_LINE));
      assertThat(line.status()).as(line.text()).isEqualTo(201);
      lines.add(line.at("/line/_id"));
    }
    return lines;
  }
}
