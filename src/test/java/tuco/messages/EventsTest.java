package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;

/** What a send tells its workspace's webhooks (decisions 8.2; P6), in the transaction that makes it true. */
class EventsTest {
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
  void aSendTellsOfANewLeadAndOfBeingPutOffOnce() {
    TestWorkspace workspace = listening("lead.created", "lead.updated", "message.scheduled");
    String body = """
        {"message": "Later", "recipientPhone": "+15555550170", "recipientName": "Ada", "scheduledDate": "2199-01-01T00:00:00Z"}""";
    String message = workspace.api().post("/api/messages", body).at("messageId");
    assertThat(told(workspace, "event")).containsExactly("lead.created", "message.scheduled");
    assertThat(told(workspace, "lead,firstName")).containsExactly("Ada", "Ada");
    assertThat(told(workspace, "messageId")).containsExactly("null", message);
    assertThat(told(workspace, "data,scheduledDate")).containsExactly("null", "2199-01-01T00:00:00.000Z");
    workspace.api().post("/api/messages", body.replace("\"Ada\"", "\"Ada\", \"altPhone1\": \"+15555550171\"").replace("Later", "Much later"));
    assertThat(told(workspace, "event")).as("a known lead, with a new number")
        .containsExactly("lead.created", "message.scheduled", "lead.updated", "message.scheduled");
  }

  @Test
  void editingAMessageToALaterDateTellsSo() {
    TestWorkspace workspace = listening("message.scheduled");
    String message = workspace.api().post("/api/messages",
        "{\"message\":\"Later\",\"recipientPhone\":\"+15555550172\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}").at("messageId");
    Api.Answer edited = workspace.api().patch("/api/messages/" + message, "{\"scheduledDate\":\"2198-01-01T00:00:00Z\"}");
    assertThat(edited.status()).as(edited.text()).isEqualTo(200);
    assertThat(told(workspace, "message,scheduledDate")).containsExactly("2199-01-01T00:00:00.000Z", "2198-01-01T00:00:00.000Z");
    workspace.api().patch("/api/messages/" + message, "{\"message\":\"Another text\"}");
    assertThat(told(workspace, "event")).hasSize(2);
  }

  @Test
  void whatNobodySubscribedToIsNotKept() {
    TestWorkspace workspace = listening("message.failed");
    TestWorkspace other = listening("lead.created");
    String body = "{\"message\":\"Hello\",\"recipientPhone\":\"+15555550173\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}";
    workspace.api().post("/api/messages/batch", "{\"messages\":[" + body + "]}");
    other.api().post("/api/messages/batch", "{\"messages\":[" + body + "]}");
    assertThat(told(workspace, "event")).isEmpty();
    assertThat(told(other, "event")).containsExactly("lead.created");
  }

  private static TestWorkspace listening(String... events) {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    Api.Answer created = workspace.api().post("/api/webhooks",
        "{\"url\":\"https://hooks.example.com/x\",\"name\":\"All\",\"events\":[\"" + String.join("\",\"", events) + "\"]}");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    return workspace;
  }

  private static List<String> told(TestWorkspace workspace, String path) {
    return world.database().asWorkspace(workspace.id(), tx -> tx.query(
            "select coalesce(cast(body as jsonb) #>> cast(:path as text[]), 'null') from webhook_events where workspace_id = :w order by event_id")
        .bind("w", workspace.id()).bind("path", "{" + path + "}").mapTo(String.class).list());
  }
}
