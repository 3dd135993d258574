package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What can be done with a message that still waits (contract 2.3, decisions 5.1), and how messages are listed. */
class WaitingMessagesTest {
  private static World world;
  private final String tomorrow = Instant.now().plus(Duration.ofDays(1)).toString();

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
  void aScheduledMessageSaysWhyItWaitsAndCanBeEditedThenCancelledOnce() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer sent = schedule(workspace, "Later", "+15555550111");
    assertThat(sent.at("status")).isEqualTo("scheduled");
    String path = "/api/messages/" + sent.at("messageId");
    assertThat(workspace.api().get(path).at("waitReason")).isEqualTo("scheduled");
    Api.Answer edited = workspace.api().patch(path, "{\"message\": \"Later, better\"}");
    assertThat(edited.status()).as(edited.text()).isEqualTo(200);
    assertThat(edited.at("message")).isEqualTo("Later, better");
    assertThat(edited.at("status")).isEqualTo("scheduled");
    assertThat(workspace.api().patch(path, "{\"message\": \"\"}").status()).isEqualTo(400);
    assertThat(workspace.api().delete(path).at("status")).isEqualTo("cancelled");
    assertThat(workspace.api().delete(path).status()).isEqualTo(409);
    assertThat(workspace.api().patch(path, "{\"message\": \"Too late\"}").status()).isEqualTo(409);
    assertThat(workspace.api().get(path + "/events").json().at("/events").findValuesAsText("cause"))
        .containsExactly("accepted", "edited", "cancelled_by_request");
  }

  /** Contract 4.6: with no other line to take it over it waits, and says so. */
  @Test
  void aMessageOfAPausedOrRemovedLineSaysWhatItWaitsFor() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer sent = schedule(workspace, "Later", "+15555550115");
    String path = "/api/messages/" + sent.at("messageId");
    String line = "/api/lines/" + sent.at("/message/fromLineId");
    assertThat(workspace.api().patch(line, "{\"isActive\":false}").status()).isEqualTo(200);
    for (Api.Answer shown : List.of(workspace.api().get(path), workspace.api().get("/api/messages"))) {
      JsonNode message = shown.json().path("messages").path(0).isMissingNode() ? shown.json() : shown.json().at("/messages/0");
      assertThat(message.path("waitReason").asText()).as(shown.text()).isEqualTo("line_paused");
      assertThat(message.path("nextEligibleAt").isNull()).isTrue();
    }
    workspace.api().patch(line, "{\"isActive\":true}");
    assertThat(workspace.api().get(path).at("waitReason")).isEqualTo("scheduled");
    workspace.api().delete(line);
    assertThat(workspace.api().get(path).at("waitReason")).isEqualTo("line_paused");
  }

  @Test
  void cancelForLeadFindsThePersonByAnyAddressAndAnswersZeroAsSuccess() {
    TestWorkspace workspace = workspaceWithLine();
    Api.Answer first = workspace.api().post("/api/messages", """
        {"message": "a", "recipientPhone": "+15555550112", "altEmail1": "alt@example.com", "scheduledDate": "%s"}""".formatted(tomorrow));
    schedule(workspace, "b", "+15555550112");
    schedule(workspace, "c", "+15555550113");
    Api.Answer cancelled = workspace.api().post("/api/messages/cancel-for-lead", "{\"recipientEmail\": \"ALT@example.com\"}");
    assertThat(cancelled.status()).as(cancelled.text()).isEqualTo(200);
    assertThat(cancelled.at("cancelledCount")).isEqualTo("2");
    assertThat(cancelled.at("leadId")).isEqualTo(first.at("leadId"));
    Api.Answer again = workspace.api().post("/api/messages/cancel-for-lead", "{\"leadId\": \"" + first.at("leadId") + "\"}");
    assertThat(again.at("success")).isEqualTo("true");
    assertThat(again.at("cancelledCount")).isEqualTo("0");
    assertThat(workspace.api().post("/api/messages/cancel-for-lead", "{}").at("error"))
        .isEqualTo("Either leadId, recipientPhone, or recipientEmail is required");
    assertThat(workspace.api().post("/api/messages/cancel-for-lead", "{\"leadId\": \"ld_x\"}").at("error")).isEqualTo("Invalid leadId");
  }

  @Test
  void aDeletedLeadTakesItsMessagesTheirStatesAndEventsAlong() {
    TestWorkspace workspace = workspaceWithLine();
    String lead = schedule(workspace, "gone", "+15555550160").at("leadId");
    schedule(workspace, "stays", "+15555550161");
    Api.Answer deleted = workspace.api().call("DELETE", "/api/leads", "{\"ids\": [\"" + lead + "\"]}");
    assertThat(deleted.at("deletedCount")).as(deleted.text()).isEqualTo("1");
    for (String table : new String[] {"messages", "message_states", "message_events"}) {
      Integer left = world.database().crossing(tx -> tx.query("select count(*) from " + table + " where workspace_id = :w")
          .bind("w", workspace.id()).mapTo(Integer.class).one());
      assertThat(left).as(table).isEqualTo(1);
    }
  }

  @Test
  void aListPagesByCursorWithoutLosingOrRepeatingAndFilters() {
    TestWorkspace workspace = workspaceWithLine();
    for (int i = 0; i < 7; i++) {
      schedule(workspace, "message " + i, "+1555555012" + i);
    }
    String cursor = "";
    StringBuilder seen = new StringBuilder();
    do {
      Api.Answer page = workspace.api().get("/api/messages?limit=3" + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
      page.json().path("messages").forEach(m -> seen.append(m.path("message").asText().substring(8)));
      cursor = page.at("nextCursor").equals("null") ? "" : page.at("nextCursor");
    } while (!cursor.isEmpty());
    assertThat(seen).hasToString("6543210");
    assertThat(workspace.api().get("/api/messages?search=message%204").json().path("messages")).hasSize(1);
    assertThat(workspace.api().get("/api/messages?status=cancelled").json().path("messages")).isEmpty();
    assertThat(workspace.api().get("/api/messages?limit=101").status()).isEqualTo(400);
    assertThat(workspace.api().get("/api/messages/" + Ids.text(Kind.MESSAGE, world.ids().next(Ids.tag(workspace.id())))).status()).isEqualTo(404);
    assertThat(workspace.api().get("/api/messages/ms_x").status()).isEqualTo(400);
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private Api.Answer schedule(TestWorkspace workspace, String text, String phone) {
    return workspace.api().post("/api/messages",
        "{\"message\":\"" + text + "\",\"recipientPhone\":\"" + phone + "\",\"scheduledDate\":\"" + tomorrow + "\"}");
  }
}
