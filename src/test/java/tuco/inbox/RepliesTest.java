package tuco.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code GET /api/replies} line by line with contract 2.13, and {@code message.reply} with 8.2 (P5, P6). */
class RepliesTest {
  private static final World WORLD = new World();
  private static World.TestWorkspace workspace;
  private static UUID line;
  private static UUID otherLine;
  private static String ada;
  private static String bob;
  private static UUID campaign;

  @BeforeAll
  static void threePeopleHaveAnswered() {
    workspace = WORLD.aWorkspace();
    line = Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(workspace.id())));
    otherLine = Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(workspace.id())));
    campaign = WORLD.ids().next(Ids.tag(workspace.id()));
    ada = lead("Ada", "Lovelace", "+12025550150");
    bob = lead("Bob", "", "+12025550151");
    for (int n = 1; n <= 12; n++) {
      arrives(line, "+12025550150", "reply " + n, "2026-03-01T10:%02d:00Z".formatted(n));
    }
    String sent = workspace.api().post("/api/messages", "{\"message\":\"" + "x".repeat(300)
        + "\",\"recipientPhone\":\"+12025550151\",\"batchId\":\"spring\"}").at("messageId");
    Eventually.within(Duration.ofSeconds(15),
        () -> assertThat(workspace.api().get("/api/messages/" + sent).at("status")).isEqualTo("delivered"));
    WORLD.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate("""
            with c as (
              insert into campaigns (workspace_id, campaign_id, name, state, audience, created_at, updated_at)
              values (:workspace, :campaign, 'Spring', 'draft', 'api', now(), now()))
            update messages set campaign_id = :campaign, step_index = 2 where workspace_id = :workspace and message_id = :message""")
        .bind("campaign", campaign).bind("message", Ids.parse(Kind.MESSAGE, sent)).execute());
    arrives(otherLine, "+12025550151", "y".repeat(300), "2026-03-02T10:00:00Z");
    arrives(line, "+12025550159", "a stranger", "2026-02-01T10:00:00Z");
  }

  @AfterAll
  static void end() {
    WORLD.close();
  }

  private static String lead(String first, String last, String phone) {
    return workspace.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"%s\",\"lastName\":\"%s\",\"phone\":\"%s\",\"email\":\"%s@example.com\"}]}"
        .formatted(first, last, phone, first)).at("leadId");
  }

  private static Inbox.Recorded arrives(UUID line, String sender, String text, String at) {
    return WORLD.arrives(workspace.id(),
        Inbound.text(line, UUID.randomUUID().toString(), sender, text, Instant.parse(at), List.of()));
  }

  @Test
  void p5_oneItemForEachPersonNewestFirstWithTheContractsFields() {
    JsonNode body = workspace.api().get("/api/replies").json();
    assertThat(body.fieldNames()).toIterable().containsExactlyInAnyOrder("replies", "total", "page", "limit", "totalPages");
    assertThat(body.path("total").asInt()).isEqualTo(3);
    assertThat(body.path("page").asInt()).isEqualTo(1);
    assertThat(body.path("limit").asInt()).isEqualTo(50);
    assertThat(body.path("totalPages").asInt()).isEqualTo(1);
    assertThat(body.findValuesAsText("name")).containsExactly("Bob", "Ada Lovelace", "");

    JsonNode first = body.at("/replies/0");
    assertThat(first.fieldNames()).toIterable().containsExactly("leadId", "messageId", "message", "respondedAtUtc",
        "recipientPhone", "recipientEmail", "name", "recentReplies", "parentMessages");
    assertThat(first.path("leadId").asText()).isEqualTo(bob);
    assertThat(first.path("respondedAtUtc").asText()).isEqualTo("2026-03-02T10:00:00.000Z");
    assertThat(first.path("recipientPhone").asText()).isEqualTo("+12025550151");
    assertThat(first.path("recipientEmail").isNull()).isTrue();
    assertThat(first.path("message").asText()).as("the reply itself is whole").hasSize(300);
    assertThat(first.at("/recentReplies/0/message").asText()).as("nested texts are cut").hasSize(200);
    JsonNode parent = first.at("/parentMessages/0");
    assertThat(parent.fieldNames()).toIterable().containsExactly("messageId", "message", "sentAtUtc", "batchId", "stepIndex");
    assertThat(parent.path("message").asText()).hasSize(200);
    assertThat(parent.path("batchId").asText()).isEqualTo("spring");
    assertThat(parent.path("stepIndex").asInt()).isEqualTo(2);

    JsonNode second = body.at("/replies/1");
    assertThat(second.path("message").asText()).isEqualTo("reply 12");
    assertThat(second.path("recentReplies")).hasSize(10);
    assertThat(second.at("/recentReplies/0/message").asText()).isEqualTo("reply 12");
    assertThat(second.at("/recentReplies/9/message").asText()).isEqualTo("reply 3");
    assertThat(second.at("/recentReplies/0/receivedAtUtc").asText()).isEqualTo("2026-03-01T10:12:00.000Z");
    assertThat(second.path("parentMessages")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
      "leadId={ada}, reply 12",
      "recipientPhone=%2B12025550150, reply 12",
      "recipientPhone=(202) 555-0150, reply 12",
      "recipientEmail=ADA@example.com, reply 12",
      "recipientPhone=%2B12025550159, a stranger",
      "recipientPhone=%2B12025550158, none",
      "lineId={line}&leadId={bob}, none",
      "campaignId={campaign}&leadId={ada}, none",
      "dateFrom=2026-03-01T10:05:00Z&dateTo=2026-03-01T10:07:00.000Z, reply 7",
      "dateTo=2026-03-01T09:59:59.999Z, a stranger",
      "dateFrom=2026-02-01&dateTo=2026-02-01, a stranger",
      "dateFrom=2026-03-01T12:00:00%2B02:00&dateTo=2026-03-01T12:01:00%2B02:00, reply 1",
      "dateFrom=2026-03-03T00:00:00Z, none",
      "leadId=&campaignId=%20&lineId=&page=&limit=2&dateTo=2026-02-15T00:00:00Z, a stranger",
      "page=3&limit=1, a stranger",
      "page=4&limit=1, none"})
  void p5_filtersAndPages(String query, String first) {
    Api.Answer answer = workspace.api().get("/api/replies?" + filled(query));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().at("/replies/0/message").asText("none")).isEqualTo(first);
    assertThat(answer.json().path("replies")).hasSize(first.equals("none") ? 0 : 1);
  }

  @Test
  void p5_theCampaignAndLineFiltersFindWhatAnsweredThem() {
    for (String query : List.of("campaignId={campaign}", "lineId=" + Ids.text(Kind.LINE, otherLine))) {
      JsonNode found = workspace.api().get("/api/replies?" + filled(query)).json();
      assertThat(found.path("total").asInt()).as(query).isEqualTo(1);
      assertThat(found.at("/replies/0/leadId").asText()).isEqualTo(bob);
    }
  }

  @ParameterizedTest
  @CsvSource({
      "leadId=x, 400, Invalid leadId",
      "leadId={line}, 400, Invalid leadId",
      "campaignId=x, 400, Invalid campaignId",
      "lineId=66a0b1c2d3e4f5a6b7c8d9e0, 400, Invalid lineId",
      "dateFrom=yesterday, 400, Invalid dateFrom",
      "dateFrom=2026-03-01T10:00:00, 400, Invalid dateFrom",
      "dateTo=2026-13-01, 400, Invalid dateTo",
      "dateFrom=2026-03-02T00:00:00Z&dateTo=2026-03-01T00:00:00Z, 400, dateFrom must be <= dateTo",
      "recipientPhone=abc, 400, Invalid recipientPhone",
      "recipientEmail=abc, 400, Invalid recipientEmail",
      "limit=101, 400, limit must be a whole number from 1 to 100",
      "limit=0, 400, limit must be a whole number from 1 to 100",
      "page=0, 400, page must be a whole number from 1 to 1000000",
      "leadId={noLead}, 404, Lead not found or access denied",
      "campaignId={noCampaign}, 404, Campaign not found",
      "leadId={foreignLead}, 403, *"})
  void p5_refusalsBearTheContractsTexts(String query, int status, String error) {
    Api.Answer answer = workspace.api().get("/api/replies?" + filled(query));
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    if (!error.equals("*")) {
      assertThat(answer.at("error")).isEqualTo(error);
    }
    assertThat(WORLD.anonymous().get("/api/replies?" + filled(query)).status()).isEqualTo(401);
  }

  private static String filled(String query) {
    int tag = Ids.tag(workspace.id());
    return query.replace("{ada}", ada).replace("{bob}", bob).replace("{line}", Ids.text(Kind.LINE, line))
        .replace("{campaign}", Ids.text(Kind.CAMPAIGN, campaign))
        .replace("{noLead}", Ids.text(Kind.LEAD, WORLD.ids().next(tag)))
        .replace("{noCampaign}", Ids.text(Kind.CAMPAIGN, WORLD.ids().next(tag)))
        .replace("{foreignLead}", Ids.text(Kind.LEAD, WORLD.ids().next(tag ^ 1)))
        .replace(" ", "%20").replace("(", "%28").replace(")", "%29");
  }

  @Test
  void p5_p6_aReplyIsToldAsAStringWithTheItemOfTheListAndAnOptOutBesides() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID ownLine = Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(own.id())));
    Map<String, JsonNode> told = new ConcurrentHashMap<>();
    HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/", exchange -> {
      JsonNode event = Json.parse(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      told.put(event.path("event").asText() + " " + event.path("leadId").asText("nobody"), event);
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    receiver.start();
    try {
      assertThat(own.api().post("/api/webhooks", "{\"url\":\"http://127.0.0.1:" + receiver.getAddress().getPort()
          + "/\",\"name\":\"CRM\",\"events\":[\"message.reply\",\"lead.opted_out\"]}").status()).isEqualTo(201);
      String lead = own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+12025550150\"}]}").at("leadId");
      WORLD.arrives(own.id(), Inbound.text(ownLine, "1", "+12025550159", "who?", Instant.now(), List.of()));
      WORLD.arrives(own.id(), Inbound.text(ownLine, "2", "+12025550150", "Stop", Instant.now(), List.of()));
      String bobs = own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Bob\",\"phone\":\"+12025550151\"}]}").at("leadId");
      Api patient = own.api().with("Prefer", "wait=20");
      String first = patient.post("/api/messages", "{\"message\":\"first\",\"leadId\":\"" + bobs + "\"}").at("messageId");
      patient.post("/api/messages", "{\"message\":\"second\",\"leadId\":\"" + bobs + "\"}");
      WORLD.arrives(own.id(), Inbound.text(ownLine, "3", "+12025550151", "to the first", Instant.now(),
          List.of(Objects.requireNonNull(Ids.parse(Kind.MESSAGE, first)))));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(told).hasSize(4));
      JsonNode named = Objects.requireNonNull(told.get("message.reply " + bobs));
      assertThat(named.path("originalMessageId").asText()).as("the one it answers, not the last").isEqualTo(first);
      assertThat(named.path("originalMessage").asText()).isEqualTo("first");
      assertThat(named.at("/parentMessages").findValuesAsText("message")).containsExactly("second", "first");
      JsonNode reply = Objects.requireNonNull(told.get("message.reply " + lead));
      assertThat(reply.path("message").isTextual()).isTrue();
      assertThat(reply.path("message").asText()).isEqualTo("Stop");
      assertThat(reply.at("/data/reply")).isEqualTo(own.api().get("/api/replies?leadId=" + lead).json().at("/replies/0"));
      assertThat(Objects.requireNonNull(told.get("lead.opted_out " + lead)).at("/lead/phone").asText()).isEqualTo("+12025550150");
      JsonNode stranger = Objects.requireNonNull(told.get("message.reply nobody"));
      assertThat(stranger.fieldNames()).toIterable().as("omitted without a lead")
          .doesNotContain("leadId", "lead", "firstName", "lastName", "phone", "listId");
      assertThat(stranger.fieldNames()).toIterable().contains("fromLineId", "recipientName", "repliedAtUtc", "parentMessages");
    } finally {
      receiver.stop(0);
    }
  }
}
