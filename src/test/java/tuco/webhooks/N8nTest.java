package tuco.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;

/** The published n8n workflow of contract 12.1 works as it is: empty texts for what it has not, then the reply (P1, P6). */
class N8nTest {
  /** What its HTTP node sends for a contact with a phone and nothing else. */
  private static final String BODY = """
      {"message": "Hello from n8n", "recipientPhone": "+15125550107", "recipientEmail": "", "recipientName": "Ada King",
       "fromLineId": "", "ghlContactId": "", "ghlLocationId": ""}""";

  @Test
  void theHttpNodeSendsAndTheWebhookNodeReadsTheReply() {
    try (World world = new World(); Receiver node = new Receiver()) {
      World.TestWorkspace workspace = world.aWorkspace();
      String line = world.aSimulatorLine(workspace.id());
      assertThat(workspace.api().post("/api/webhooks",
          "{\"url\":\"" + node.url() + "\",\"events\":[\"message.reply\"],\"name\":\"n8n\"}").status()).isEqualTo(201);

      Api.Answer sent = workspace.api().post("/api/messages", BODY);
      assertThat(sent.status()).as(sent.text()).isEqualTo(201);
      assertThat(sent.at("/message/_id")).startsWith("ms_");

      Eventually.within(Duration.ofSeconds(20), () -> assertThat(node.received).hasSize(1));
      JsonNode reply = node.received.getFirst().json();
      assertThat(reply.path("message").isTextual()).as("a text, not an object: %s", reply).isTrue();
      assertThat(reply.path("message").asText()).isEqualTo("Yes, please tell me more.");
      assertThat(reply.path("leadId").asText()).isEqualTo(sent.at("leadId"));
      assertThat(reply.path("fromLineId").asText()).isEqualTo(line);
      assertThat(reply.path("phone").asText()).isEqualTo("+15125550107");
      assertThat(reply.path("repliedAtUtc").asText()).matches("\\d{4}-.*Z");
      assertThat(reply.at("/parentMessages/0/messageId").asText()).isEqualTo(sent.at("messageId"));
      assertThat(reply.at("/data/reply/message").asText()).isEqualTo("Yes, please tell me more.");
    }
  }

  @Test
  void whatItGetsWrongIsAnErrorItCanShow() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      Api.Answer refused = workspace.api().post("/api/messages", BODY.replace("+15125550107", ""));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.at("error")).startsWith("Either recipientEmail or recipientPhone is required");
    }
  }
}
