package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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

/** Decisions 5.4: a node that stands still for longer than its heartbeat loses its lines, and goes on without harm. */
class PauseTest {
  private static final int LINES = 4;
  private static final int MESSAGES = 600;

  @TempDir Path home;

  @Test
  void aStoppedNodesLinesMoveOnAndWhenItGoesOnNothingIsSentTwice() throws Exception {
    long seed = Long.getLong("tuco.kill.seed", System.nanoTime());
    Random random = new Random(seed);
    System.out.println("PauseTest seed " + seed);
    String database = TestDatabase.fresh();
    try (ScriptedSmtpServer sink = new ScriptedSmtpServer().taking(Duration.ofMillis(10));
        TucoProcess sleeper = up(database)) {
      JsonNode ready = ready(sleeper);
      String key = ready.path("apiKey").asText();
      List<String> lines = KillTest.lines(new Api(ready.path("url").asText(), key), LINES / 2, sink);
      Books books = new Books(database, sink);
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(books.count("line_leases where node_id is not null")).isEqualTo(LINES + 1));
      String asleep = books.text("select node_id from nodes");
      try (TucoProcess other = up(database);
          Traffic traffic = new Traffic(ready(other).path("url").asText(), key)) {
        for (int i = 0; i < MESSAGES; i++) {
          traffic.send("person" + i + "@example.com", lines.get(random.nextInt(LINES)));
        }
        Eventually.within(Duration.ofSeconds(20), () ->
            assertThat(books.count("message_states where status = 'sending' and node_id = '" + asleep + "'")).isPositive());
        signal("STOP", sleeper);
        // What it held is with the other node once the heartbeat is five seconds old.
        Eventually.within(Duration.ofSeconds(12), () ->
            assertThat(books.count("line_leases where node_id = '" + asleep + "'")).isZero());
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(1_500).toNanos()));
        signal("CONT", sleeper);
        Eventually.within(Duration.ofSeconds(10), () -> assertThat(
            books.count("nodes where node_id = '" + asleep + "' and heartbeat_at > clock_timestamp() - interval '2 seconds'")).isOne());
        Map<String, String> answered = traffic.finish();
        Eventually.within(Duration.ofSeconds(60), () -> {
          books.askNow();
          books.assertSettled();
        });
        int unknown = books.assertBalanced(answered);
        System.out.printf("PauseTest: %d attempts were in doubt, %d mails stay unknown%n",
            books.count("message_events where status = 'unknown'"), unknown);
        Eventually.within(Duration.ofSeconds(15), () ->
            assertThat(books.count("line_leases where node_id = '" + asleep + "'")).as("it takes part again").isPositive());
      }
    }
  }

  private TucoProcess up(String database) {
    return TucoProcess.start(home, Map.of("TUCO_DATABASE_URL", database), "up", "--json", "--port", "0");
  }

  private static JsonNode ready(TucoProcess tuco) {
    return Json.parse(tuco.outWhen("}"));
  }

  private static void signal(String name, TucoProcess tuco) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(tuco.process.pid())).start().waitFor()).isZero();
  }
}
