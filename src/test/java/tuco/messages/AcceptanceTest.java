package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code POST /api/messages} (contract 2.2) and its durable accept by group commit. */
class AcceptanceTest {
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

  @Test
  void aSendToANewRecipientIs201WithTheContractsShapeAndALeadInQuickSends() {
    TestWorkspace workspace = world.aWorkspace();
    String line = world.aSimulatorLine(workspace.id());
    Api.Answer answer = workspace.api().post("/api/messages", """
        {"message": "Hello Ada", "recipientPhone": "+1 (555) 555-0123", "recipientName": "Ada Lovelace King"}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(answer.at("success")).isEqualTo("true");
    assertThat(answer.at("skipped")).isEqualTo("false");
    assertThat(answer.at("status")).isEqualTo("pending");
    assertThat(answer.at("/message/message")).isEqualTo("Hello Ada");
    assertThat(answer.at("/message/messageType")).isEqualTo("imessage");
    assertThat(answer.at("/message/fromLineId")).isEqualTo(line);
    assertThat(answer.at("/message/recipientPhone")).isEqualTo("+15555550123");
    assertThat(answer.at("/message/workspaceId")).isEqualTo(Ids.text(Kind.WORKSPACE, workspace.id()));
    Api.Answer stored = workspace.api().get("/api/messages/" + answer.at("messageId"));
    assertThat(stored.status()).as(stored.text()).isEqualTo(200);
    assertThat(stored.at("recipientName")).isEqualTo("Ada Lovelace King");
    assertThat(workspace.api().get("/api/messages/" + answer.at("messageId") + "/events").at("/events/0/status")).isEqualTo("pending");
    List<String> lists = world.database().asWorkspace(workspace.id(), tx -> tx.query("""
        select s.name || ': ' || l.first_name || '/' || l.last_name || '/' || l.source
          from leads l join lists s using (workspace_id, list_id) where l.workspace_id = :w""")
        .bind("w", workspace.id()).mapTo(String.class).list());
    assertThat(lists).containsExactly("Quick Sends: Ada/Lovelace King/api");
  }

  @Test
  void aKnownRecipientIs200WithTheDuplicatesFieldsAndStillSends() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer first = send(workspace, "One", "+15555550161");
    Api.Answer second = send(workspace, "Two", "+15555550161");
    assertThat(second.status()).as(second.text()).isEqualTo(200);
    assertThat(second.at("duplicateOnly")).isEqualTo("true");
    assertThat(second.at("/existingLeadIds/0")).isEqualTo(first.at("leadId"));
    assertThat(second.at("messageId")).isNotEqualTo(first.at("messageId"));
  }

  @Test
  void theSameTextToTheSameRecipientWithin60SecondsIsSkipped() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer first = send(workspace, "Hello  there", "+15555550162");
    Api.Answer second = send(workspace, "hello THERE ", "+15555550162");
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.at("skipped")).isEqualTo("true");
    assertThat(second.at("reason")).isEqualTo("duplicate_send_recent");
    assertThat(second.at("originalMessageId")).isEqualTo(first.at("messageId"));
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update workspaces set double_send_guard = false").execute());
    Api.Answer third = send(workspace, "hello there", "+15555550162");
    assertThat(third.at("skipped")).as("a workspace can switch the guard off").isEqualTo("false");
  }

  @Test
  void emptyStringsCountAsAbsentAsThePublishedWorkflowSendsThem() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer answer = workspace.api().post("/api/messages", """
        {"message": "Hi", "recipientPhone": "+15555550163", "recipientEmail": "", "recipientName": " ", "fromLineId": "",
         "leadId": "", "ghlContactId": "", "ghlLocationId": ""}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
  }

  @Test
  void everyFaultIsNamedWithTheContractsText() {
    TestWorkspace workspace = workspaceWithLine();
    expect400(workspace, "[]", "Request body must be a JSON object");
    expect400(workspace, "{", "Invalid request body (JSON required)");
    expect400(workspace, "{\"recipientPhone\":\"+15555550164\"}", "Message and attachmentUrls cannot both be empty");
    expect400(workspace, "{\"message\":\"x\",\"messageType\":\"fax\",\"recipientPhone\":\"+15555550164\"}",
        "Invalid messageType. Must be email, sms, or imessage");
    expect400(workspace, "{\"attachmentUrls\":\"x\",\"recipientPhone\":\"+15555550164\"}", "attachmentUrls must be an array");
    expect400(workspace, "{\"attachmentUrls\":[\"https://a.example.com/1\",\"https://a.example.com/2\",\"https://a.example.com/3\"],\"recipientPhone\":\"+15555550164\"}",
        "Maximum 2 attachments per message");
    expect400(workspace, "{\"message\":\"x\",\"recipientPhone\":\"+15555550164\",\"scheduledDate\":\"tomorrow\"}", "Invalid scheduledDate format");
    expect400(workspace, "{\"message\":\"x\",\"recipientPhone\":\"+15555550164\",\"timezone\":\"UTC\",\"sendWindowStart\":\"9\",\"sendWindowEnd\":\"17:00\"}",
        "Invalid time format. sendWindowStart and sendWindowEnd must be in HH:mm format (e.g., 09:00, 17:00)");
    expect400(workspace, "{\"message\":\"x\",\"recipientPhone\":\"+15555550164\",\"sendWindowStart\":\"09:00\",\"sendWindowEnd\":\"17:00\"}",
        "Invalid timezone or time window settings. Please check your timezone and time format.");
    expect400(workspace, "{\"message\":\"x\"}",
        "Either recipientEmail or recipientPhone is required (in body or on the lead when leadId is provided).");
    TestWorkspace bare = world.aWorkspace();
    expect400(bare, "{\"message\":\"x\",\"recipientPhone\":\"+15555550164\"}",
        "No active lines in workspace. Add and activate a line, or provide fromLineId.");
    Integer leads = world.database().asWorkspace(bare.id(), tx -> tx.query("select count(*) from leads").mapTo(Integer.class).one());
    assertThat(leads).as("nothing half-written").isZero();
  }

  @Test
  void idsOfAnotherWorkspaceAre403AndUnknownOwnOnes404() {
    TestWorkspace workspace = workspaceWithLine();
    TestWorkspace other = workspaceWithLine();
    String foreign = send(other, "x", "+15555550165").at("leadId");
    assertThat(workspace.api().post("/api/messages", "{\"message\":\"x\",\"leadId\":\"" + foreign + "\"}").status()).isEqualTo(403);
    String invented = Ids.text(Kind.LEAD, world.ids().next(Ids.tag(workspace.id())));
    Api.Answer unknown = workspace.api().post("/api/messages", "{\"message\":\"x\",\"leadId\":\"" + invented + "\"}");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.at("error")).isEqualTo("Lead not found or access denied");
  }

  @Test
  void anIdempotencyKeyReplaysRefusesAnotherPayloadAndActsOnceUnderConcurrency() throws Exception {
    TestWorkspace workspace = workspaceWithLine();
    Api api = workspace.api().with("Idempotency-Key", "\"order-1\"");
    String body = "{\"message\":\"Once\",\"recipientPhone\":\"+15555550166\"}";
    List<Future<Api.Answer>> answers = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < 64; i++) {
        answers.add(pool.submit(() -> api.post("/api/messages", body)));
      }
    }
    List<String> ids = new ArrayList<>();
    for (Future<Api.Answer> answer : answers) {
      if (answer.get().status() != 409) {
        assertThat(answer.get().status()).isEqualTo(201);
        ids.add(answer.get().at("messageId"));
      }
    }
    assertThat(ids).isNotEmpty();
    assertThat(ids.stream().distinct()).hasSize(1);
    assertThat(api.post("/api/messages", body.replace("Once", "Twice")).status()).isEqualTo(422);
    assertThat(countMessages(workspace.id())).isEqualTo(1);
  }

  /** Decisions 5.6: two nodes are no way round the guard. The person is known, so that no lead has to be made by one first. */
  @Test
  void theSameTextAtTwoNodesAtOnceIsSentOnce() throws Exception {
    TestWorkspace workspace = workspaceWithLine();
    String person = workspace.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+15555550165\"}]}").at("leadId");
    Node second = world.startApiNode();
    Api[] nodes = {workspace.api(), new Api("http://127.0.0.1:" + second.port(), workspace.key())};
    int rounds = 40;
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < rounds; i++) {
        String body = "{\"message\":\"Round " + i + "\",\"leadId\":\"" + person + "\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}";
        CyclicBarrier together = new CyclicBarrier(2);
        List<Future<Api.Answer>> answers = new ArrayList<>();
        for (Api node : nodes) {
          answers.add(pool.submit(() -> {
            together.await();
            return node.post("/api/messages", body);
          }));
        }
        List<String> skipped = List.of(answers.get(0).get().at("skipped"), answers.get(1).get().at("skipped"));
        assertThat(skipped).as("round " + i).containsExactlyInAnyOrder("false", "true");
      }
    } finally {
      world.stop(second);
    }
    assertThat(countMessages(workspace.id())).isEqualTo(rounds);
  }

  /** What the simulator takes reaches nobody: with a real line it carries only what that cannot. */
  @Test
  void theSimulatorCarriesOnlyWhatNoRealLineCould() {
    TestWorkspace workspace = workspaceWithLine();
    String date = "\"scheduledDate\":\"2199-01-01T00:00:00Z\"";
    Api.Answer tried = workspace.api().post("/api/messages", "{\"message\":\"a\",\"recipientEmail\":\"ada@example.com\"," + date + "}");
    Api.Answer line = workspace.api().post("/api/lines",
        "{\"kind\":\"smtp\",\"email\":\"team@sender.example.com\",\"host\":\"127.0.0.1\",\"port\":25,\"tls\":\"none\"}");
    for (String recipient : List.of("\"leadId\":\"" + tried.at("leadId") + "\"", "\"recipientEmail\":\"bob@example.com\"",
        "\"recipientEmail\":\"eve@example.com\",\"messageType\":\"email\"")) {
      Api.Answer sent = workspace.api().post("/api/messages", "{\"message\":\"b\"," + recipient + "," + date + "}");
      assertThat(sent.at("/message/fromLineId")).as(sent.text()).isEqualTo(line.at("/line/_id"));
      assertThat(sent.at("/message/messageType")).isEqualTo("email");
    }
    Api.Answer phone = workspace.api().post("/api/messages", "{\"message\":\"c\",\"recipientPhone\":\"+15555550164\"," + date + "}");
    assertThat(phone.at("/message/fromLineId")).as("a mail line has no phone").isEqualTo(tried.at("/message/fromLineId"));
  }

  @Test
  void concurrentSendsShareTransactionsAndEachHasItsOwnAnswer() throws Exception {
    TestWorkspace workspace = workspaceWithLine();
    List<Future<Api.Answer>> answers = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(32)) {
      for (int i = 0; i < 400; i++) {
        int n = i;
        answers.add(pool.submit(() -> switch (n % 4) {
          case 0 -> world.api("tuco_sk_nonsense").post("/api/messages", "{}");
          case 1 -> workspace.api().post("/api/messages", "{\"recipientPhone\":\"+15555550167\"}");
          case 2 -> send(workspace, "To the same new person " + n, "+15555550168");
          default -> workspace.api().post("/api/messages", "{\"message\":\"m" + n + "\",\"recipientEmail\":\"p" + n + "@example.com\"}");
        }));
      }
    }
    for (int i = 0; i < answers.size(); i++) {
      Api.Answer answer = answers.get(i).get();
      switch (i % 4) {
        case 0 -> assertThat(answer.status()).isEqualTo(401);
        case 1 -> assertThat(answer.status()).isEqualTo(400);
        case 2 -> assertThat(answer.status()).as(answer.text()).isIn(200, 201);
        default -> assertThat(answer.status()).as(answer.text()).isEqualTo(201);
      }
    }
    assertThat(countMessages(workspace.id())).isEqualTo(200);
    Integer people = world.database().asWorkspace(workspace.id(), tx -> tx.query("select count(*) from leads where phone = '+15555550168'").mapTo(Integer.class).one());
    assertThat(people).as("one person per workspace").isEqualTo(1);
  }

  @Test
  void aSendBeyondALimitIsAcceptedAndSaysSinceWhenAndOnRequestRefusedWithTheLimitsName() {
    TestWorkspace workspace = workspaceWithLine();
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update lines set daily_total_limit = 1").execute());
    Api.Answer first = send(workspace, "Within", "+15555550150");
    Eventually.within(Duration.ofSeconds(20), () ->
        assertThat(workspace.api().get("/api/messages/" + first.at("messageId")).at("status")).isEqualTo("delivered"));
    String second = send(workspace, "Beyond", "+15555550151").at("messageId");
    Eventually.within(Duration.ofSeconds(20), () ->
        assertThat(workspace.api().get("/api/messages/" + second).at("waitReason")).isEqualTo("line_daily_total"));
    Api.Answer third = send(workspace, "Beyond too", "+15555550152");
    assertThat(third.status()).isEqualTo(201);
    assertThat(third.at("status")).isEqualTo("scheduled");
    assertThat(third.at("reason")).isEqualTo("Daily limit reached; scheduled for next send window.");
    assertThat(third.at("scheduledDate")).endsWith("T00:00:00.000Z");
    Api.Answer rejected = workspace.api().post("/api/messages",
        "{\"message\":\"Now or never\",\"recipientPhone\":\"+15555550153\",\"onLimit\":\"reject\"}");
    assertThat(rejected.status()).as(rejected.text()).isEqualTo(429);
    assertThat(rejected.at("/violated-policies/0")).isEqualTo("line_daily_total");
    assertThat(rejected.header("Retry-After")).isNotEmpty();
    assertThat(countMessages(workspace.id())).isEqualTo(3);
  }

  @Test
  void aTextPostgresCannotStoreIsRefusedWithoutCostingOthersTheirs() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer answer = workspace.api().post("/api/messages", "{\"message\":\"a\\u0000b\",\"recipientPhone\":\"+15555550169\"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.at("/errors/0/field")).isEqualTo("message");
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private static Api.Answer send(TestWorkspace workspace, String text, String phone) {
    return workspace.api().post("/api/messages", "{\"message\":\"" + text + "\",\"recipientPhone\":\"" + phone + "\"}");
  }

  private static void expect400(TestWorkspace workspace, String body, String error) {
    Api.Answer answer = workspace.api().post("/api/messages", body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.at("error")).isEqualTo(error);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
  }

  private static int countMessages(UUID workspace) {
    return world.database().asWorkspace(workspace, tx -> tx.query("select count(*) from messages").mapTo(Integer.class).one());
  }
}
