package tuco.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Webhooks over HTTP, to the letter of contract 2.18 and 8 (P6). */
class WebhooksTest {
  private static final World WORLD = new World();
  private static final Receiver RECEIVER = new Receiver();
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void aWorkspace() {
    workspace = WORLD.aWorkspace();
  }

  @AfterAll
  static void end() {
    WORLD.close();
    RECEIVER.close();
  }

  private static Api.Answer created(Api api, String url, String... events) {
    Api.Answer answer = api.post("/api/webhooks",
        "{\"url\":\"" + url + "\",\"events\":[\"" + String.join("\",\"", events) + "\"],\"name\":\"CRM\"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer;
  }

  /** A message in the far future, so that it stays as it is. */
  static UUID aMessage(World.TestWorkspace of, String phone, String text) {
    if (of.api().get("/api/lines").json().at("/lines").isEmpty()) {
      Api.Answer line = of.api().post("/api/lines", "{\"kind\":\"simulator\",\"phone\":\"+12025550100\",\"firstName\":\"Sim\"}");
      assertThat(line.status()).as(line.text()).isEqualTo(201);
    }
    Api.Answer sent = of.api().post("/api/messages", "{\"message\":\"" + text + "\",\"recipientPhone\":\"" + phone
        + "\",\"recipientName\":\"Ada Lovelace\",\"ghlContactId\":\"ghl-1\",\"scheduledDate\":\"2099-01-01T00:00:00Z\"}");
    assertThat(sent.status()).as(sent.text()).isIn(200, 201);
    return Objects.requireNonNull(Ids.parse(Kind.MESSAGE, sent.at("messageId")), sent.text());
  }

  static void happen(World world, Happening... happenings) {
    world.database().crossing(tx -> {
      new Outbox(new Ids(Clock.systemUTC()), Clock.systemUTC(), new Bell()).record(tx.connection(), List.of(happenings));
      return true;
    });
  }

  private static Happening sent(World.TestWorkspace of, UUID message) {
    return new Happening(of.id(), Events.SENT, message, Instant.now(), Map.of("provider", "words"));
  }

  @Test
  void aNewWebhookShowsItsSecretThisOnce() {
    World.TestWorkspace own = WORLD.aWorkspace();
    Api.Answer first = created(own.api(), "https://hooks.example.com/a", "message.sent", "message.reply");
    assertThat(first.json().fieldNames()).toIterable()
        .containsExactlyInAnyOrder("id", "secret", "url", "events", "name", "description", "createdAt", "warning");
    String secret = first.at("secret");
    assertThat(secret).startsWith("whsec_");
    assertThat(Base64.getDecoder().decode(secret.substring(6))).hasSize(32);
    String second = created(own.api(), "https://hooks.example.com/b", "message.sent").at("id");

    Api.Answer list = own.api().get("/api/webhooks");
    assertThat(list.status()).isEqualTo(200);
    assertThat(list.json().at("/webhooks").findValuesAsText("id")).containsExactly(second, first.at("id"));
    assertThat(list.text()).doesNotContain(secret).doesNotContain("whsec_");
    Api.Answer one = own.api().get("/api/webhooks/" + first.at("id"));
    assertThat(one.text()).doesNotContain("whsec_");
    assertThat(one.json().fieldNames()).toIterable().contains("id", "url", "events", "name", "description", "isActive",
        "lastTriggeredAt", "lastSuccessAt", "lastFailureAt", "failureCount", "createdAt", "updatedAt");
    assertThat(one.json().get("isActive").asBoolean()).isTrue();
    assertThat(one.json().get("lastTriggeredAt").isNull()).isTrue();
    byte[] stored = WORLD.database().asWorkspace(own.id(), tx ->
        tx.query("select secret from webhooks where workspace_id = :w limit 1").bind("w", own.id()).mapTo(byte[].class).one());
    assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("whsec_");
  }

  @Test
  void aReplayedCreationDoesNotShowTheSecretAgain() {
    Api api = workspace.api().with("Idempotency-Key", "hook-1");
    Api.Answer first = created(api, "https://hooks.example.com/once", "message.sent");
    Api.Answer second = created(api, "https://hooks.example.com/once", "message.sent");
    assertThat(second.at("id")).isEqualTo(first.at("id"));
    assertThat(second.text()).doesNotContain("whsec_");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "{\"events\":[\"message.sent\"],\"name\":\"n\"}|URL is required",
    "{\"url\":\" \",\"events\":[\"message.sent\"],\"name\":\"n\"}|URL is required",
    "{\"url\":\"nonsense\",\"events\":[\"message.sent\"],\"name\":\"n\"}|Invalid URL format",
    "{\"url\":\"ftp://hooks.example.com\",\"events\":[\"message.sent\"],\"name\":\"n\"}|Invalid URL format",
    "{\"url\":\"https://u:p@hooks.example.com\",\"events\":[\"message.sent\"],\"name\":\"n\"}|The URL must not contain a user name or a password",
    "{\"url\":\"https://169.254.169.254\",\"events\":[\"message.sent\"],\"name\":\"n\"}|The URL must not point to a private or reserved address",
    "{\"url\":\"https://hooks.example.com\",\"events\":[],\"name\":\"n\"}|At least one event must be selected",
    "{\"url\":\"https://hooks.example.com\",\"name\":\"n\"}|At least one event must be selected",
    "{\"url\":\"https://hooks.example.com\",\"events\":\"message.sent\",\"name\":\"n\"}|At least one event must be selected",
    "{\"url\":\"https://hooks.example.com\",\"events\":[\"message.sent\",\"message.eaten\",\"x\"],\"name\":\"n\"}|Invalid events: message.eaten, x",
    "{\"url\":\"https://hooks.example.com\",\"events\":[\"message.sent\"]}|Name is required",
    "{\"url\":\"https://hooks.example.com\",\"events\":[\"message.sent\"],\"name\":\"\"}|Name is required"
  })
  void whatIsWrongWithANewWebhookIsSaidInTheContractsWords(String json, String error) {
    Api.Answer answer = workspace.api().post("/api/webhooks", json);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.at("error")).isEqualTo(error);
  }

  @Test
  void aChangeReplacesOnlyWhatItNames() {
    String path = "/api/webhooks/" + created(workspace.api(), "https://hooks.example.com/c", "message.sent").at("id");
    Api.Answer changed = workspace.api().patch(path, "{\"events\":[\"message.failed\",\"lead.created\"],\"description\":\"d\",\"isActive\":false}");
    assertThat(changed.text()).isEqualTo("{\"success\":true}");
    JsonNode after = workspace.api().get(path).json();
    assertThat(after.get("events").toString()).isEqualTo("[\"message.failed\",\"lead.created\"]");
    assertThat(after.get("description").asText()).isEqualTo("d");
    assertThat(after.get("isActive").asBoolean()).isFalse();
    assertThat(after.get("name").asText()).isEqualTo("CRM");
    assertThat(after.get("url").asText()).isEqualTo("https://hooks.example.com/c");
    workspace.api().patch(path, "{\"description\":null}");
    assertThat(workspace.api().get(path).json().get("description").isNull()).isTrue();

    assertThat(workspace.api().patch(path, "{\"name\":\"\"}").at("error")).isEqualTo("Name is required");
    assertThat(workspace.api().patch(path, "{\"events\":[]}").at("error")).isEqualTo("At least one event must be selected");
    assertThat(workspace.api().patch(path, "{\"url\":\"https://10.0.0.1\"}").status()).as("allowed in the tests' setting").isEqualTo(200);
    assertThat(workspace.api().patch(path, "{\"url\":\"https://[fd00:ec2::254]/\"}").status()).isEqualTo(400);
    assertThat(workspace.api().patch(path, "{\"isActive\":\"yes\"}").status()).isEqualTo(400);
  }

  @Test
  void oneThatIsNotThereIsNotFoundAndOneOfAnotherWorkspaceIsForbidden() {
    String id = created(workspace.api(), "https://hooks.example.com/d", "message.sent").at("id");
    assertThat(workspace.api().delete("/api/webhooks/" + id).text()).isEqualTo("{\"success\":true}");
    for (Api.Answer answer : List.of(
        workspace.api().get("/api/webhooks/" + id), workspace.api().patch("/api/webhooks/" + id, "{\"name\":\"x\"}"),
        workspace.api().delete("/api/webhooks/" + id), workspace.api().post("/api/webhooks/" + id + "/health-check", "{}"),
        workspace.api().post("/api/webhooks/" + id + "/rotate-secret", "{}"),
        workspace.api().get("/api/webhooks/" + id + "/deliveries"),
        workspace.api().post("/api/webhooks/" + id + "/replay", "{\"from\":\"2026-01-01T00:00:00Z\"}"))) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(404);
      assertThat(answer.at("error")).isEqualTo("Webhook not found");
    }
    String foreign = created(WORLD.aWorkspace().api(), "https://hooks.example.com/e", "message.sent").at("id");
    assertThat(workspace.api().get("/api/webhooks/" + foreign).status()).isEqualTo(403);
    assertThat(workspace.api().delete("/api/webhooks/" + foreign).status()).isEqualTo(403);
    assertThat(workspace.api().get("/api/webhooks/nonsense").status()).isEqualTo(400);
  }

  @Test
  void aKeyWithoutTheRightIsRefusedAndAReadOnlyWorkspaceStillTests() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String id = created(own.api(), RECEIVER.url(), "message.sent").at("id");
    Api limited = WORLD.api(WORLD.aKey(own.id(), Set.copyOf(EnumSet.complementOf(EnumSet.of(Right.WEBHOOKS_MANAGE)))).secret());
    assertThat(limited.get("/api/webhooks").status()).isEqualTo(403);
    assertThat(limited.get("/api/webhooks").at("missingRight")).isEqualTo("webhooks:manage");

    WORLD.database().asWorkspace(own.id(), tx ->
        tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w").bind("w", own.id()).execute());
    assertThat(own.api().get("/api/webhooks").status()).isEqualTo(200);
    assertThat(own.api().post("/api/webhooks/" + id + "/health-check", "{}").status()).isEqualTo(200);
    assertThat(own.api().patch("/api/webhooks/" + id, "{\"name\":\"x\"}").status()).isEqualTo(402);
    assertThat(own.api().delete("/api/webhooks/" + id).status()).isEqualTo(402);
    assertThat(own.api().post("/api/webhooks", "{}").status()).isEqualTo(402);
  }

  @Test
  void aHealthCheckSaysInTheContractsWordsHowItWent() throws Exception {
    try (Receiver receiver = new Receiver()) {
      Api.Answer webhook = created(workspace.api(), receiver.url(), "message.failed", "message.sent");
      String path = "/api/webhooks/" + webhook.at("id") + "/health-check";
      Api.Answer passed = workspace.api().post(path, "{}");
      assertThat(passed.text()).isEqualTo("{\"success\":true,\"message\":\"Health check passed\",\"statusCode\":200,\"response\":\"ok\"}");
      JsonNode ping = receiver.received.getFirst().json();
      assertThat(ping.get("event").asText()).isEqualTo("message.failed");
      assertThat(ping.get("workspaceId").asText()).isEqualTo(Ids.text(Kind.WORKSPACE, workspace.id()));
      assertThat(ping.at("/data/test").asBoolean()).isTrue();
      assertSigned(receiver.received.getFirst(), webhook.at("secret"));

      receiver.status = 502;
      receiver.body = "upstream";
      assertThat(workspace.api().post(path, "{}").text())
          .isEqualTo("{\"success\":false,\"error\":\"HTTP 502: Bad Gateway\",\"details\":\"upstream\",\"statusCode\":502}");
    }
  }

  private static void assertSigned(Receiver.Received delivery, String secret) throws Exception {
    new Webhook(secret).verify(delivery.body(), delivery.headers());
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    assertThat(delivery.header("X-Tuco-Signature"))
        .isEqualTo(HexFormat.of().formatHex(mac.doFinal(delivery.body().getBytes(StandardCharsets.UTF_8))));
    assertThat(delivery.header("X-Tuco-Event")).isEqualTo(delivery.json().get("event").asText());
    assertThat(Instant.parse(delivery.header("X-Tuco-Timestamp"))).isBetween(Instant.now().minusSeconds(60), Instant.now());
    assertThat(delivery.header("webhook-id")).startsWith("ev_").doesNotContain(".");
    assertThat(delivery.header("Content-Type")).isEqualTo("application/json");
  }

  @Test
  void aSentMessageArrivesSignedAndShapedAsTheContractSays() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    try (Receiver receiver = new Receiver()) {
      String secret = created(own.api(), receiver.url(), "message.sent").at("secret");
      UUID message = aMessage(own, "+12025550111", "Grüße, “Ada” 👋");
      happen(WORLD, sent(own, message), new Happening(own.id(), Events.FAILED, message, Instant.now(), Map.of()));

      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(1));
      assertSigned(receiver.received.getFirst(), secret);
      JsonNode body = receiver.received.getFirst().json();
      assertThat(body.fieldNames()).toIterable().containsExactlyInAnyOrder("event", "type", "timestamp", "workspaceId",
          "messageId", "message", "leadId", "lead", "contactOwnerEmail", "ghlContactId", "ghlLocationId", "hsPortalId",
          "hsContactId", "campaignId", "campaignName", "data");
      assertThat(body.get("data").toString()).isEqualTo("{}");
      assertThat(body.get("messageId").asText()).isEqualTo(Ids.text(Kind.MESSAGE, message));
      assertThat(body.at("/message/_id").asText()).isEqualTo(Ids.text(Kind.MESSAGE, message));
      assertThat(body.at("/message/status").asText()).as("as of the event").isEqualTo("sent");
      assertThat(body.at("/message/message").asText()).isEqualTo("Grüße, “Ada” 👋");
      assertThat(body.at("/lead/phone").asText()).isEqualTo("+12025550111");
      assertThat(body.at("/leadId")).isEqualTo(body.at("/lead/_id"));
      assertThat(body.get("ghlContactId").asText()).isEqualTo("ghl-1");

      Eventually.within(Duration.ofSeconds(5), () -> {
        JsonNode after = own.api().get("/api/webhooks").json().at("/webhooks/0");
        assertThat(after.get("lastSuccessAt").isNull()).isFalse();
        assertThat(after.get("lastTriggeredAt").isNull()).isFalse();
        assertThat(after.get("failureCount").asInt()).isZero();
      });
    }
  }

  @Test
  void aMessageOnItsWayTellsTheWebhookWhatBecameOfIt() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.aSimulatorLine(own.id());
    try (Receiver receiver = new Receiver()) {
      String secret = created(own.api(), receiver.url(), "message.sent", "message.delivered").at("secret");
      Api.Answer sent = own.api().post("/api/messages", "{\"message\":\"hello\",\"recipientPhone\":\"+12025550115\"}");
      assertThat(sent.status()).as(sent.text()).isEqualTo(201);
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(receiver.received)
          .extracting(one -> one.header("X-Tuco-Event")).containsExactlyInAnyOrder("message.sent", "message.delivered"));
      for (Receiver.Received one : receiver.received) {
        assertSigned(one, secret);
        assertThat(one.json().get("messageId").asText()).isEqualTo(sent.at("messageId"));
        assertThat("message." + one.json().at("/message/status").asText()).isEqualTo(one.header("X-Tuco-Event"));
      }
      assertThat(body(receiver, "message.sent").get("data").toString()).isEqualTo("{}");
    }
  }

  @Test
  void eachEventCarriesItsOwnData() {
    World.TestWorkspace own = WORLD.aWorkspace();
    try (Receiver receiver = new Receiver()) {
      created(own.api(), receiver.url(), "message.failed", "message.fallback", "message.opened", "message.delivered",
          "message.reply", "lead.opted_out", "line.down");
      UUID message = aMessage(own, "+12025550112", "hello");
      UUID reply = aMessage(own, "+12025550112", "yes please");
      WORLD.database().asWorkspace(own.id(), tx -> {
        tx.update("update messages set direction = 'received' where workspace_id = :w and message_id = :m")
            .bind("w", own.id()).bind("m", reply).execute();
        return tx.update("update message_states set status = 'delivered', sent_at = now(), delivered_at = now() where workspace_id = :w and message_id = :m")
            .bind("w", own.id()).bind("m", message).execute();
      });
      Instant at = Instant.parse("2026-11-22T12:00:00.123Z");
      String lead = own.api().get("/api/messages/" + Ids.text(Kind.MESSAGE, message)).json().findValue("leadId").asText();
      happen(WORLD,
          new Happening(own.id(), "message.failed", message, at, Map.of("error", "550 no such user")),
          new Happening(own.id(), "message.fallback", message, at, Map.of("reason", "no iMessage", "checkedAddresses", List.of("+12025550112"))),
          new Happening(own.id(), "message.opened", message, at, Map.of("readAt", "2026-11-22T12:00:00.000Z")),
          new Happening(own.id(), "message.delivered", message, at, Map.of("cause", "receipt")),
          new Happening(own.id(), "message.reply", reply, at, Map.of()),
          new Happening(own.id(), "lead.opted_out", null, at, Map.of("leadId", lead, "word", "STOP")),
          new Happening(own.id(), "line.down", null, at, Map.of("lineId", "ln_x")));

      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(7));
      assertThat(body(receiver, "message.failed").get("data").toString()).isEqualTo("{\"error\":\"550 no such user\"}");
      assertThat(body(receiver, "message.failed").at("/message/status").asText()).isEqualTo("failed");
      assertThat(body(receiver, "message.fallback").get("data").toString())
          .isEqualTo("{\"reason\":\"no iMessage\",\"checkedAddresses\":[\"+12025550112\"]}");
      assertThat(body(receiver, "message.opened").get("data").toString()).isEqualTo("{\"readAt\":\"2026-11-22T12:00:00.000Z\"}");
      assertThat(body(receiver, "message.delivered").at("/data/cause").asText()).isEqualTo("receipt");
      assertThat(body(receiver, "lead.opted_out").at("/lead/_id").asText()).isEqualTo(lead);
      assertThat(body(receiver, "line.down").at("/data/lineId").asText()).isEqualTo("ln_x");
      assertThat(body(receiver, "line.down").has("message")).isFalse();
      assertReply(body(receiver, "message.reply"), message, reply);
    }
  }

  private static void assertReply(JsonNode body, UUID original, UUID reply) {
    assertThat(body.get("message").isTextual()).as("a string, unlike in every other event").isTrue();
    assertThat(body.get("message").asText()).isEqualTo("yes please");
    assertThat(body.get("messageId").asText()).isEqualTo(Ids.text(Kind.MESSAGE, reply));
    assertThat(body.fieldNames()).toIterable().contains("firstName", "lastName", "phone", "listId", "campaignId", "campaignName",
        "fromLineId", "recipientName", "repliedAtUtc", "parentMessages", "originalMessageId", "originalMessage");
    assertThat(body.get("firstName").asText()).isEqualTo("Ada");
    assertThat(body.get("repliedAtUtc").asText()).isEqualTo("2026-11-22T12:00:00.123Z");
    assertThat(body.get("originalMessageId").asText()).isEqualTo(Ids.text(Kind.MESSAGE, original));
    assertThat(body.get("originalMessage").asText()).isEqualTo("hello");
    assertThat(body.get("parentMessages")).hasSize(1);
    assertThat(body.get("data").fieldNames()).toIterable().containsExactlyInAnyOrder("reply", "repliedAtUtc", "parentMessages");
    assertThat(body.at("/data/reply").fieldNames()).toIterable().containsExactlyInAnyOrder("leadId", "messageId", "message",
        "respondedAtUtc", "recipientPhone", "recipientEmail", "name", "recentReplies", "parentMessages");
    assertThat(body.at("/data/reply/name").asText()).isEqualTo("Ada Lovelace");
  }

  private static JsonNode body(Receiver receiver, String event) {
    return receiver.received.stream().filter(one -> one.header("X-Tuco-Event").equals(event)).findFirst().orElseThrow().json();
  }

  @Test
  void theLifeOfALeadAndOfAKeyIsToldToWhoSubscribes() {
    World.TestWorkspace own = WORLD.aWorkspace();
    try (Receiver receiver = new Receiver()) {
      created(own.api(), receiver.url(), "lead.created", "lead.updated", "lead.deleted", "lead.opted_out", "message.cancelled",
          "key.rotated");
      Api.Answer lead = own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+12025550116\"}]}");
      assertThat(lead.status()).as(lead.text()).isEqualTo(201);
      UUID message = aMessage(own, "+12025550116", "hello");
      String path = "/api/leads/" + lead.at("leadId");
      assertThat(own.api().patch(path, "{\"lastName\":\"Lovelace\"}").status()).isEqualTo(200);
      assertThat(own.api().post("/api/dnc", "{\"phone\":\"+12025550116\"}").status()).isEqualTo(201);
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(4));
      assertThat(own.api().delete(path).status()).isEqualTo(200);
      Api manager = WORLD.api(WORLD.aKey(own.id(), EnumSet.allOf(Right.class)).secret());
      Api.Answer rotated = manager.post("/api/api-keys/" + Ids.text(Kind.KEY, own.keyId()) + "/rotate", "{}");
      assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);

      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(6));
      for (String event : List.of("lead.created", "lead.updated", "lead.opted_out", "lead.deleted")) {
        assertThat(body(receiver, event).at("/lead/_id").asText()).as(event).isEqualTo(lead.at("leadId"));
      }
      assertThat(body(receiver, "lead.updated").at("/lead/lastName").asText()).isEqualTo("Lovelace");
      assertThat(body(receiver, "message.cancelled").at("/messageId").asText()).isEqualTo(Ids.text(Kind.MESSAGE, message));
      assertThat(body(receiver, "message.cancelled").at("/data/reason").asText()).isEqualTo("do_not_contact");
      assertThat(body(receiver, "key.rotated").at("/data/keyId").asText()).isEqualTo(Ids.text(Kind.KEY, own.keyId()));
      assertThat(receiver.received).noneMatch(one -> one.body().contains("tuco_sk_"));
    }
  }

  @Test
  void whatIsRolledBackIsNotDeliveredAndWhatNobodyWantsIsNotStored() {
    World.TestWorkspace own = WORLD.aWorkspace();
    try (Receiver receiver = new Receiver()) {
      created(own.api(), receiver.url(), "message.sent");
      UUID message = aMessage(own, "+12025550113", "hello");
      try {
        WORLD.database().crossing(tx -> {
          new Outbox(new Ids(Clock.systemUTC()), Clock.systemUTC(), new Bell()).record(tx.connection(), List.of(sent(own, message)));
          throw new IllegalStateException("rolled back");
        });
      } catch (IllegalStateException expected) {
        assertThat(expected).hasMessage("rolled back");
      }
      happen(WORLD, new Happening(own.id(), Events.DELIVERED, message, Instant.now(), Map.of()));
      int events = WORLD.database().asWorkspace(own.id(), tx ->
          tx.query("select count(*) from webhook_events where workspace_id = :w").bind("w", own.id()).mapTo(int.class).one());
      assertThat(events).isZero();
    }
  }

  @Test
  void aWebhookRemovedWhileAnEventIsRecordedWaitsForItAndDoesNotBreakTheBatch() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    String id = created(own.api(), "https://hooks.example.com/gone", "line.down").at("id");
    UUID webhook = Ids.parse(Kind.WEBHOOK, id);
    Happening down = new Happening(own.id(), "line.down", null, Instant.now(), Map.of());
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Future<Api.Answer> removed = WORLD.database().crossing(tx -> {
        Outbox outbox = new Outbox(new Ids(Clock.systemUTC()), Clock.systemUTC(), new Bell());
        Outbox.subscriptions(tx.connection(), List.of(down));
        Future<Api.Answer> removal = other.submit(() -> own.api().delete("/api/webhooks/" + id));
        Eventually.within(Duration.ofSeconds(5), () -> assertThat(
            tx.query("select count(*) from pg_locks where not granted").mapTo(int.class).one()).isPositive());
        outbox.record(tx.connection(), List.of(down));
        return removal;
      });
      assertThat(removed.get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
    }
    int left = WORLD.database().asWorkspace(own.id(), tx -> tx.query("""
            select count(*) from webhook_deliveries where workspace_id = :w and webhook_id = :h""")
        .bind("w", own.id()).bind("h", webhook).mapTo(int.class).one());
    assertThat(left).isZero();
  }

  @Test
  void aRotationSignsWithBothSecretsUntilTheOverlapEnds() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    try (Receiver receiver = new Receiver()) {
      Api.Answer webhook = created(own.api(), receiver.url(), "message.sent");
      UUID message = aMessage(own, "+12025550114", "hello");
      String path = "/api/webhooks/" + webhook.at("id") + "/rotate-secret";
      Api.Answer rotated = own.api().post(path, "{\"overlapSeconds\":3600}");
      assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);
      happen(WORLD, sent(own, message));
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(1));
      assertSigned(receiver.received.getFirst(), rotated.at("secret"));
      new Webhook(webhook.at("secret")).verify(receiver.received.getFirst().body(), receiver.received.getFirst().headers());

      Api.Answer again = own.api().post(path, "{\"overlapSeconds\":0}");
      happen(WORLD, sent(own, message));
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(receiver.received).hasSize(2));
      assertSigned(receiver.received.get(1), again.at("secret"));
      assertThat(receiver.received.get(1).header("webhook-signature").split(" ")).hasSize(1);
      assertThat(own.api().post(path, "{\"overlapSeconds\":604801}").status()).isEqualTo(400);
    }
  }
}
