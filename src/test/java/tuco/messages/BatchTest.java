package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code POST /api/messages/batch} (decisions 5.1; P3, K7): each message for itself. */
class BatchTest {
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
  void eachMessageHasItsOwnResultAndOneThatIsRefusedCostsTheOthersNothing() {
    TestWorkspace workspace = workspaceWithLine();
    workspace.api().post("/api/dnc", "{\"phone\":\"+15555550152\"}");
    Api.Answer answer = workspace.api().post("/api/messages/batch", """
        {"messages": [
          {"message": "One", "recipientPhone": "+15555550150"},
          {"message": "", "recipientPhone": "+15555550151"},
          {"message": "Three", "recipientPhone": "+15555550152"},
          "four",
          {"message": "Five", "recipientEmail": "ada@example.com", "nonsense": 1},
          {"message": "one", "recipientPhone": "+15555550150"}]}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("success")).isEqualTo("false");
    assertThat(answer.json().path("acceptedCount").asInt()).isEqualTo(2);
    assertThat(answer.json().path("skippedCount").asInt()).isEqualTo(1);
    assertThat(answer.json().path("refusedCount").asInt()).isEqualTo(3);
    assertThat(statuses(answer)).containsExactly(201, 400, 422, 400, 201, 200);
    assertThat(answer.at("/results/0/result/message/message")).isEqualTo("One");
    assertThat(answer.at("/results/1/problem/error")).isEqualTo("Message and attachmentUrls cannot both be empty");
    assertThat(answer.at("/results/2/problem/code")).isEqualTo("DO_NOT_CONTACT");
    assertThat(answer.at("/results/3/problem/error")).isEqualTo("Request body must be a JSON object");
    assertThat(answer.at("/results/4/result/warnings/0")).contains("nonsense");
    assertThat(answer.at("/results/5/result/skipped")).isEqualTo("true");
    assertThat(count(workspace)).isEqualTo(2);
  }

  @Test
  void whatNamesAnotherWorkspaceOrIsNoBatchIsRefusedAsAWhole() { // A2
    TestWorkspace workspace = workspaceWithLine();
    TestWorkspace other = world.aWorkspace();
    String foreign = Ids.text(Kind.LEAD, world.ids().next(Ids.tag(other.id())));
    Api.Answer answer = workspace.api().post("/api/messages/batch", """
        {"messages": [{"message": "One", "recipientPhone": "+15555550153"}, {"message": "Two", "leadId": "%s"}]}""".formatted(foreign));
    assertThat(answer.status()).as(answer.text()).isEqualTo(403);
    assertThat(answer.at("code")).isEqualTo("wrong_workspace");
    for (String none : List.of("{}", "{\"messages\":[]}", "{\"messages\":{}}")) {
      assertThat(workspace.api().post("/api/messages/batch", none).status()).isEqualTo(400);
    }
    String item = "{\"message\":\"x\",\"recipientPhone\":\"+15555550153\"}";
    Api.Answer many = workspace.api().post("/api/messages/batch",
        "{\"messages\":[" + String.join(",", IntStream.range(0, Batch.MOST + 1).mapToObj(i -> item).toList()) + "]}");
    assertThat(many.at("error")).isEqualTo("messages must have at most 500 entries");
    assertThat(count(workspace)).isZero();
  }

  /** Decisions 1.8: a lost answer is asked for again; nothing is sent twice, and what was not accepted is tried again. */
  @Test
  void aBatchThatIsRepeatedWithItsKeyReplaysWhatWasAcceptedAndTriesTheRestAgain() {
    TestWorkspace workspace = workspaceWithLine();
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update workspaces set double_send_guard = false").execute());
    Api api = workspace.api().with("Idempotency-Key", "import-7");
    String suppression = workspace.api().post("/api/dnc", "{\"phone\":\"+15555550155\"}").at("/entry/_id");
    String body = """
        {"messages": [{"message": "One", "recipientPhone": "+15555550154"}, {"message": "Two", "recipientPhone": "+15555550155"}]}""";
    Api.Answer first = api.post("/api/messages/batch", body);
    assertThat(statuses(first)).containsExactly(201, 422);
    world.database().asWorkspace(workspace.id(), tx -> tx.update("delete from suppressions").execute());
    Api.Answer second = api.post("/api/messages/batch", body);
    assertThat(statuses(second)).as(suppression + second.text()).containsExactly(201, 201);
    assertThat(second.at("/results/0/replayed")).isEqualTo("true");
    assertThat(second.at("/results/0/result/messageId")).isEqualTo(first.at("/results/0/result/messageId"));
    assertThat(second.at("/results/1/replayed")).isEmpty();
    Api.Answer changed = api.post("/api/messages/batch", body.replace("One", "Another"));
    assertThat(changed.at("/results/0/problem/code")).isEqualTo("idempotency_mismatch");
    assertThat(count(workspace)).isEqualTo(2);
  }

  @Test
  void aMessageWithAKeyOfItsOwnIsKnownAgainInAnyBatch() {
    TestWorkspace workspace = workspaceWithLine();
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update workspaces set double_send_guard = false").execute());
    String keyed = "{\"message\":\"Keyed\",\"recipientPhone\":\"+15555550156\",\"idempotencyKey\":\"order-1\"}";
    Api.Answer first = workspace.api().post("/api/messages/batch", "{\"messages\":[" + keyed + "]}");
    Api.Answer second = workspace.api().post("/api/messages/batch",
        "{\"messages\":[{\"message\":\"New\",\"recipientPhone\":\"+15555550157\"}," + keyed + "]}");
    assertThat(second.at("/results/1/result/messageId")).isEqualTo(first.at("/results/0/result/messageId"));
    assertThat(second.at("/results/1/result/warnings")).isEmpty();
    assertThat(count(workspace)).isEqualTo(2);
  }

  /** Five hundred pass through a few transactions of the group commit, in their order. */
  @Test
  void aFullBatchIsAcceptedInItsOrder() {
    TestWorkspace workspace = workspaceWithLine();
    List<String> items = new ArrayList<>();
    for (int i = 0; i < Batch.MOST; i++) {
      items.add("{\"message\":\"Number %d\",\"recipientEmail\":\"p%d@example.com\",\"batchId\":\"full\"}".formatted(i, i));
    }
    Api.Answer answer = workspace.api().post("/api/messages/batch", "{\"messages\":[" + String.join(",", items) + "]}");
    assertThat(answer.json().path("acceptedCount").asInt()).as(answer.text()).isEqualTo(Batch.MOST);
    assertThat(answer.at("/results/499/result/message/message")).isEqualTo("Number 499");
    assertThat(count(workspace)).isEqualTo(Batch.MOST);
  }

  @Test
  void aReadOnlyWorkspaceAcceptsNone() { // B1
    TestWorkspace workspace = workspaceWithLine();
    world.database().crossing(tx -> tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w")
        .bind("w", workspace.id()).execute());
    Api.Answer answer = workspace.api().post("/api/messages/batch", "{\"messages\":[{\"message\":\"x\",\"recipientPhone\":\"+15555550158\"}]}");
    assertThat(answer.status()).isEqualTo(402);
    assertThat(count(workspace)).isZero();
  }

  private static List<Integer> statuses(Api.Answer answer) {
    List<Integer> statuses = new ArrayList<>();
    for (JsonNode result : answer.json().path("results")) {
      statuses.add(result.path("httpStatus").asInt());
    }
    return statuses;
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private static int count(TestWorkspace workspace) {
    return world.database().asWorkspace(workspace.id(), tx -> tx.query("select count(*) from messages").mapTo(Integer.class).one());
  }
}
