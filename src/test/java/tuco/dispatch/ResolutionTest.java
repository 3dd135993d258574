package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.channels.smtp.ScriptedSmtpServer;

/** Decisions 5.3, P3: what a mail server did with a message cannot be asked, so a person decides, and only a person. */
class ResolutionTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private World world;
  private TestWorkspace workspace;
  private Api api;
  private ScriptedSmtpServer server;

  @BeforeEach
  void start() throws IOException {
    world = new World();
    world.startNode();
    workspace = world.aWorkspace();
    api = workspace.api();
    server = new ScriptedSmtpServer().on("DOT", "drop");
    Api.Answer line = api.post("/api/lines",
        "{\"kind\":\"smtp\",\"email\":\"team@sender.example.com\",\"host\":\"127.0.0.1\",\"port\":%d,\"tls\":\"none\"}".formatted(server.port()));
    assertThat(line.status()).as(line.text()).isEqualTo(201);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    server.close();
  }

  @Test
  void sentAgainByHandItIsTheSameMailAndCountedTwiceAndItsStorySaysWho() {
    String id = unknown();
    Api.Answer again = resolve(api, id, "send_again");
    assertThat(again.status()).as(again.text()).isEqualTo(200);
    assertThat(again.at("_id")).isEqualTo(id);
    status(id, "sent");
    assertThat(server.messages()).hasSize(2).allMatch(mail -> mail.contains("Message-ID: <" + id + "@sender.example.com>"));
    Api.Answer events = api.get("/api/messages/" + id + "/events");
    assertThat(events.text()).contains("\"cause\":\"sent_again_by_hand\"", "Decided by Test key");
    Integer used = world.database().asWorkspace(workspace.id(), tx ->
        tx.query("select sum(used) from usage_counters where kind = 'line_day'").mapTo(Integer.class).one());
    assertThat(used).as("both may have left").isEqualTo(2);
  }

  @Test
  void givenUpByHandItFailsAndTheWebhookIsToldWhy() {
    api.post("/api/webhooks", "{\"url\":\"https://hooks.example.com/x\",\"name\":\"All\",\"events\":[\"message.failed\"]}");
    String id = unknown();
    Api.Answer given = resolve(api, id, "give_up");
    assertThat(given.at("status")).isEqualTo("failed");
    assertThat(given.at("errorMessage")).isEqualTo("Given up by hand: nobody could tell whether it had left.");
    assertThat(server.messages()).hasSize(1);
    List<String> told = world.database().asWorkspace(workspace.id(), tx -> tx.query(
        "select cast(body as jsonb) #>> '{data,error}' from webhook_events where workspace_id = :w")
        .bind("w", workspace.id()).mapTo(String.class).list());
    assertThat(told).containsExactly("Given up by hand: nobody could tell whether it had left.");
  }

  @Test
  void ofManyWhoDecideAtOnceOneDoes() throws Exception {
    String id = unknown();
    try (ExecutorService people = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = IntStream.range(0, 8).mapToObj(i -> people.submit(() ->
          resolve(api, id, i % 2 == 0 ? "send_again" : "give_up").status())).toList();
      int done = 0;
      for (Future<Integer> each : all) {
        assertThat(each.get()).isIn(200, 409);
        done += each.get() == 200 ? 1 : 0;
      }
      assertThat(done).isOne();
    }
  }

  @Test
  void onlyAnUnknownOutcomeCanBeDecidedAndOnlyByWhoMaySend() {
    String id = unknown();
    Api.Answer faulty = resolve(api, id, "forget");
    assertThat(faulty.status()).isEqualTo(400);
    assertThat(faulty.at("error")).isEqualTo("action must be send_again or give_up");
    Api reader = world.api(world.aKey(workspace.id(), Set.of(Right.MESSAGES_READ)).secret());
    assertThat(resolve(reader, id, "give_up").status()).isEqualTo(403);
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update message_states set node_id = :n").bind("n", world.ids().next(0)).execute());
    Api.Answer early = resolve(api, id, "send_again");
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.at("error")).as("its node may still be at it").contains("still being handed over");
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update message_states set node_id = null, status = 'sent'").execute());
    Api.Answer late = resolve(api, id, "give_up");
    assertThat(late.at("code")).isEqualTo("not_resolvable");
    assertThat(late.at("error")).isEqualTo("Only a message whose outcome is unknown can be resolved; this one is sent.");
  }

  /** The page says what may come of it before anything happens. */
  @Test
  void thePageOffersBothAndWarns() {
    String id = unknown();
    String token = world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + workspace.ownerPassword() + "\"}").at("token");
    String csrf = Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + token));
    Api browser = world.anonymous().with("Cookie", "tuco_session=" + token, "Accept", "text/html", "X-CSRF-Token", csrf);
    assertThat(browser.get("/messages/" + id).text())
        .contains("it may arrive twice", "/messages/" + id + "/send-again", "/messages/" + id + "/give-up");
    assertThat(browser.get("/messages/" + id + "/send-again").text()).contains("gets the message twice", "Send it again");
    Api.Answer posted = browser.post("/messages/" + id + "/give-up", "");
    assertThat(posted.status()).as(posted.text()).isLessThan(400);
    status(id, "failed");
    assertThat(browser.get("/messages/" + id).text()).doesNotContain("/give-up").contains("given up by hand", "Decided by");
  }

  /** A mail whose server had all of it and never answered. */
  private String unknown() {
    String id = api.post("/api/messages", "{\"message\":\"Hello\",\"recipientEmail\":\"zoe@example.com\"}").at("messageId");
    status(id, "unknown");
    return id;
  }

  private void status(String id, String status) {
    Eventually.within(SOON, () -> {
      Api.Answer message = api.get("/api/messages/" + id);
      assertThat(message.at("status")).as(message.text()).isEqualTo(status);
    });
  }

  private static Api.Answer resolve(Api api, String id, String action) {
    return api.post("/api/messages/" + id + "/resolve", "{\"action\":\"" + action + "\"}");
  }
}
