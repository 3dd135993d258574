package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;

/** {@code Prefer: wait=N} on {@code POST /api/messages} (decisions 5.1; P3). */
class PreferWaitTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @ParameterizedTest
  @CsvSource({
    "+15555550160, sent, delivered, ''",
    "+15555550104, sent, sent, ''",
    "+15555550102, failed, failed, The simulator refuses messages to this recipient.",
    "+15555550101, fallback, fallback, ''"})
  void theAnswerCarriesTheOutcome(String phone, String status, String exactly, String error) {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer answer = send(workspace, "respond-async, wait=20", phone);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(answer.header("Preference-Applied")).isEqualTo("wait=20");
    assertThat(answer.at("status")).isEqualTo(status);
    assertThat(answer.at("/message/status")).isEqualTo(exactly);
    assertThat(answer.at("error")).isEqualTo(error);
    assertThat(answer.at("/message/_id")).isEqualTo(answer.at("messageId"));
  }

  @Test
  void withoutAnOutcomeTheAnswerComesWhenTheTimeIsUp() {
    TestWorkspace workspace = workspaceWithLine();
    long start = System.nanoTime();
    Api.Answer answer = send(workspace, "wait=1", "+15555550106");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900), Duration.ofSeconds(8));
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("Preference-Applied")).isEqualTo("wait=1");
    assertThat(answer.at("status")).isEqualTo("pending");
    assertThat(answer.at("/message/waitReason")).isEqualTo("line_down");
  }

  /** What is put off beyond the time needs no wait; nor does a request that prefers nothing we know. */
  @Test
  void whatCannotLeaveInTimeIsAnsweredAtOnce() {
    TestWorkspace workspace = workspaceWithLine();
    long start = System.nanoTime();
    Api.Answer scheduled = workspace.api().with("Prefer", "wait=30").post("/api/messages",
        "{\"message\":\"Later\",\"recipientPhone\":\"+15555550161\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}");
    assertThat(scheduled.at("status")).isEqualTo("scheduled");
    assertThat(scheduled.header("Preference-Applied")).isEmpty();
    Api.Answer refused = workspace.api().with("Prefer", "wait=30").post("/api/messages", "{\"message\":\"To nobody\"}");
    assertThat(refused.status()).isEqualTo(400);
    for (String unknown : List.of("wait", "wait=soon", "await=30", "handling=lenient")) {
      assertThat(send(workspace, unknown, "+15555550106").header("Preference-Applied")).isEmpty();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
  }

  /** Far more waiters than worker threads (16): others are served meanwhile. */
  @Test
  void manyThatWaitHoldNobodyUpAndTooManyAreNotTakenOn() throws Exception {
    TestWorkspace workspace = workspaceWithLine();
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update lines set is_active = true, device_gap_ms = 600000").execute());
    send(workspace, "wait=20", "+15555550162");
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> waiting = new ArrayList<>();
      for (int i = 0; i < Waiters.MOST_OF_ONE + 50; i++) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(world.url() + "/api/messages"))
            .header("Authorization", "Bearer " + workspace.key()).header("Prefer", "wait=3")
            .POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"Text " + i + "\",\"recipientPhone\":\"+15555550163\"}")).build();
        waiting.add(clients.submit(() -> http.send(request, HttpResponse.BodyHandlers.ofString())));
      }
      Api.Answer meanwhile = world.aWorkspace().api().get("/api/whoami");
      assertThat(meanwhile.status()).isEqualTo(200);
      int applied = 0;
      for (Future<HttpResponse<String>> each : waiting) {
        assertThat(each.get().statusCode()).isLessThan(202);
        applied += each.get().headers().map().containsKey("preference-applied") ? 1 : 0;
      }
      assertThat(applied).isEqualTo(Waiters.MOST_OF_ONE);
    }
  }

  /** A client whose connection broke repeats the request with the same key and learns the outcome too. */
  @Test
  void aReplayWaitsAsTheFirstRequestDid() {
    TestWorkspace workspace = workspaceWithLine();
    Api api = workspace.api().with("Idempotency-Key", "once");
    String body = "{\"message\":\"Hello\",\"recipientPhone\":\"+15555550164\"}";
    Api.Answer first = api.post("/api/messages", body);
    Api.Answer again = api.with("Prefer", "wait=20").post("/api/messages", body);
    assertThat(again.at("messageId")).isEqualTo(first.at("messageId"));
    assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
    assertThat(again.at("/message/status")).isEqualTo("delivered");
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private static Api.Answer send(TestWorkspace workspace, String prefer, String phone) {
    return workspace.api().with("Prefer", prefer).post(
        "/api/messages", "{\"message\":\"Hello " + prefer + "\",\"recipientPhone\":\"" + phone + "\"}");
  }
}
