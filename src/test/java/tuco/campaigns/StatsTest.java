package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Eventually;

/** What the figures of a campaign count (P4). */
class StatsTest {
  private static CampaignWorld w;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
  }

  @AfterAll
  static void stop() {
    w.world.close();
  }

  /** The figures and the list of people tell the same of those whom the end met on the way. */
  @Test
  void whoWasOnTheWayWhenTheCampaignEndedIsStoppedByIt() {
    String list = w.aList("Ended");
    w.leads(list, 4);
    String campaign = w.campaign(list, """
        "steps":[{"message":"One"},{"message":"Two","delay":2,"delayUnit":"days"}]""");
    w.act(campaign, "launch");
    Eventually.within(CampaignWorld.SOON, () -> assertThat(w.sent(campaign)).isEqualTo(4));
    assertThat(recipients(campaign).path("active").asInt() + recipients(campaign).path("inFlight").asInt()).isEqualTo(4);
    w.act(campaign, "complete");
    JsonNode after = recipients(campaign);
    assertThat(after.path("active").asInt()).as(after.toString()).isZero();
    assertThat(after.path("inFlight").asInt()).isZero();
    assertThat(after.path("stopped").asInt()).isEqualTo(4);
    assertThat(after.at("/stoppedBy/campaign_ended").asInt()).isEqualTo(4);
  }

  private static JsonNode recipients(String campaign) {
    return CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/stats")).json().path("recipients");
  }
}
