package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.ids.Kind;

/** Contract 2.12: {@code retry_failed} takes up again what never left, and nothing else. */
class RetryFailedTest {
  private static CampaignWorld w;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
  }

  @AfterAll
  static void stop() {
    w.close();
  }

  private static String lead(String list, String address) {
    return CampaignWorld.created(w.api.post("/api/leads",
        "{\"listId\":\"%s\",\"leads\":[{\"firstName\":\"A\",\"email\":\"%s\"}]}".formatted(list, address))).at("/leadIds/0");
  }

  private static String retry(String campaign) {
    return CampaignWorld.ok(w.api.call("PUT", "/api/campaigns", "{\"campaignId\":\"" + campaign + "\",\"action\":\"retry_failed\"}")).at("message");
  }

  private static JsonNode people(String campaign, String status) {
    return CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "?limit=10" + status)).json();
  }

  private static int tries(String lead) {
    return w.number("""
        select count(*) from message_events v join messages m using (workspace_id, message_id)
         where m.lead_id = ? and v.cause = 'claimed'""", CampaignWorld.id(Kind.LEAD, lead));
  }

  @Test
  void whoseMessageNeverLeftIsTriedAgainFromThatStepAndNobodyGetsOneTwice() {
    String list = w.aList("Some fail");
    List<String> reached = w.leads(list, 2);
    String failing = lead(list, "fail+1@example.com");
    String bounced = lead(list, "bounces+1@example.com");
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"One\"},{\"message\":\"Two\"}]");
    w.act(campaign, "launch");
    w.eventually(campaign, "completed");
    Eventually.within(CampaignWorld.SOON, () -> assertThat(people(campaign, "").at("/counts/failed").asInt()).as("one refused, one came back").isEqualTo(2));
    JsonNode failed = people(campaign, "&status=failed");
    assertThat(failed.path("recipients").findValuesAsText("leadId")).containsExactlyInAnyOrder(failing, bounced);
    assertThat(failed.at("/pagination/totalCount").asInt()).isEqualTo(2);

    // As when the report comes before the engine has followed its message up.
    w.update("update enrolments set state = 'stopped', stop_cause = 'failed' where campaign_id = ? and lead_id = ?",
        CampaignWorld.id(Kind.CAMPAIGN, campaign), CampaignWorld.id(Kind.LEAD, bounced));
    int before = tries(bounced);
    assertThat(retry(campaign)).isEqualTo("1 person is tried again");
    w.eventually(campaign, "completed");
    assertThat(tries(failing)).as("it was refused once more").isEqualTo(2);
    CampaignWorld.ok(w.api.call("PUT", "/api/leads/" + failing, "{\"email\":\"right@example.com\"}"));
    assertThat(retry(campaign)).isEqualTo("1 person is tried again");
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, failing)).isEqualTo("One / Two");
    assertThat(tries(bounced)).as("what left and came back is not sent again").isEqualTo(before);
    assertThat(reached).allSatisfy(lead -> assertThat(w.texts(campaign, lead)).isEqualTo("One / Two"));
    assertThat(people(campaign, "&status=delivered").at("/pagination/totalCount").asInt()).isEqualTo(3);
    assertThat(retry(campaign)).startsWith("Nobody's message failed");
    assertThat(w.number("select count(*) from audit_entries where workspace_id = ? and action = 'campaign.resume'", w.workspace.id())).isEqualTo(2);
  }

  @Test
  void whoseLineIsBackGoesOn() {
    String line = CampaignWorld.created(w.api.post("/api/lines", "{\"kind\":\"simulator\",\"phone\":\"+12025550198\"}")).at("/line/_id");
    String list = w.aList("Stranded");
    String lead = w.leads(list, 1).getFirst();
    String campaign = w.campaign(list, "\"lineIds\":[\"" + line + "\"],\"steps\":[{\"message\":\"One\"},{\"message\":\"Two\",\"delay\":1,\"delayUnit\":\"hours\"}]");
    w.act(campaign, "launch");
    Eventually.within(CampaignWorld.SOON, () -> assertThat(w.sent(campaign)).isEqualTo(1));
    CampaignWorld.ok(w.api.patch("/api/lines/" + line, "{\"isActive\":false}"));
    Eventually.within(CampaignWorld.SOON, () -> assertThat(w.places(campaign)).isEqualTo("stopped 1"));
    assertThat(retry(campaign)).as("its line is off still").startsWith("Nobody's message failed");
    CampaignWorld.ok(w.api.patch("/api/lines/" + line, "{\"isActive\":true}"));
    assertThat(retry(campaign)).isEqualTo("1 person is tried again");
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, lead)).isEqualTo("One / Two");
    assertThat(w.number("select count(*) from campaign_messages where campaign_id = ?", CampaignWorld.id(Kind.CAMPAIGN, campaign))).isEqualTo(2);
  }
}
