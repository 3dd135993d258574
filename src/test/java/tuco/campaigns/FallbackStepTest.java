package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import tuco.Eventually;

/** Decisions 6.2, contract 6.1: a step's own text goes as SMS to a lead without iMessage, and the sequence goes on. */
class FallbackStepTest {
  @Test
  void aStepsSmsSaysItsOwnTextToTheLeadAndIsNotTakenForTheStepItself() {
    try (CampaignWorld w = new CampaignWorld()) {
      CampaignWorld.ok(w.api.patch("/api/workspace/fallback-config", "{\"lineId\":\"" + w.line + "\"}"));
      String list = w.aList("Without iMessage");
      w.api.post("/api/leads", "{\"listId\":\"" + list + "\",\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+14155550101\"}]}");
      String campaign = w.campaign(list, """
          "steps":[{"message":"Hi {firstName}","smsFallback":"SMS for {firstName}"}]""");
      w.act(campaign, "launch");
      w.eventually(campaign, "completed");
      Eventually.within(SOON, () -> {
        JsonNode messages = w.api.get("/api/messages?campaignId=" + campaign).json().path("messages");
        assertThat(messages).extracting(message -> message.path("messageType").asText() + " " + message.path("status").asText()
                + " " + message.path("message").asText())
            .containsExactlyInAnyOrder("imessage fallback Hi Ada", "sms delivered SMS for Ada");
      });
      JsonNode step = w.api.get("/api/campaigns/" + campaign + "/stats").json().at("/steps/0");
      assertThat(step.path("fallback").asInt() + " " + step.path("bySms").asInt()).as(step.toString()).isEqualTo("1 1");
    }
  }
}
