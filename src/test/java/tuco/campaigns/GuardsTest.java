package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.TestClock;
import tuco.ids.Kind;

/** Connectors 5: what keeps a campaign from doing harm, and that it says so. */
class GuardsTest {
  private final TestClock clock = new TestClock("2026-03-07T10:00:00Z");
  private final CampaignWorld w = new CampaignWorld(clock);

  @AfterEach
  void stop() {
    w.close();
  }

  private JsonNode recipient(String campaign, String lead) {
    return CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/recipients?leadId=" + lead)).json().at("/recipients/0");
  }

  private static java.util.UUID id(String campaign) {
    return CampaignWorld.id(Kind.CAMPAIGN, campaign);
  }

  /** Mails of the campaign that left: what a mail server would have made of them. */
  private void mails(String campaign) {
    w.update("update messages set message_type = 'email' where campaign_id = ?", id(campaign));
  }

  private List<String> notices() {
    return w.all("select message from notices where workspace_id = ? and kind = 'campaign_paused' order by notice_id", w.workspace.id());
  }

  private String sixty(String name) {
    String list = w.aList(name);
    w.leads(list, 60);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"One\"},{\"message\":\"Two\",\"delay\":1,\"delayUnit\":\"hours\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(60));
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 60"));
    mails(campaign);
    return campaign;
  }

  private int cameBack(String campaign, int many, String cause) {
    return w.update("""
        with few as (
          select m.workspace_id, m.message_id, s.event_count from messages m join message_states s using (workspace_id, message_id)
           where m.campaign_id = ? and s.status = 'delivered' order by m.message_id limit ?
        ), told as (
          insert into message_events (workspace_id, message_id, seq, status, at, cause)
          select workspace_id, message_id, event_count + 1, 'delivered', now(), ? from few)
        update message_states s set event_count = s.event_count + 1, status = case when ? = 'bounced' then 'failed' else s.status end
          from few where few.workspace_id = s.workspace_id and few.message_id = s.message_id""", id(campaign), many, cause, cause);
  }

  @Test
  void aCampaignOfWhichTooManyMailsComeBackIsPausedAndSaysSoUntilAPersonLooked() {
    String campaign = sixty("Bounces");
    assertThat(cameBack(campaign, 2, "bounced")).isEqualTo(2);
    clock.advance(Duration.ofMinutes(2));
    Eventually.within(SOON, () -> assertThat(w.one("select looked_at >= '2026-03-07T10:02:00Z' from campaigns where campaign_id = ?", id(campaign))).isEqualTo("t"));
    assertThat(w.status(campaign)).as("3 percent").isEqualTo("running");
    cameBack(campaign, 1, "bounced");
    clock.advance(Duration.ofMinutes(2));
    w.eventually(campaign, "paused");
    assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/pauseReason")).isEqualTo("bounces");
    assertThat(notices()).containsExactly(
        "The campaign \"Test\" was paused: 3 of its last 60 mails came back. Clean the list of dead addresses, then resume it.");
    w.act(campaign, "resume");
    clock.advance(Duration.ofHours(2));
    w.eventually(campaign, "completed");
    assertThat(w.sent(campaign)).as("what came back before is not held against it again").isEqualTo(120);
  }

  @Test
  void oneComplaintInSixtyMailsIsTooMany() {
    String campaign = sixty("Complaints");
    cameBack(campaign, 1, "complained");
    clock.advance(Duration.ofMinutes(2));
    w.eventually(campaign, "paused");
    assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/pauseReason")).isEqualTo("complaints");
  }

  @Test
  void theBandsHoldFromFiftyMailsOn() {
    assertThat(new MailBands.Figures(49, 49, 49).reason()).isNull();
    assertThat(new MailBands.Figures(50, 2, 0).reason()).isNull();
    assertThat(new MailBands.Figures(50, 3, 0).reason()).isEqualTo("bounces");
    assertThat(new MailBands.Figures(100, 5, 0).reason()).as("5 percent are too many").isEqualTo("bounces");
    assertThat(new MailBands.Figures(1_001, 50, 1).reason()).isNull();
    assertThat(new MailBands.Figures(1_000, 0, 1).reason()).isEqualTo("complaints");
  }

  @Test
  void aCampaignThatMaySendMailIsLaunchedWithAPostalAddressOnlyAndItsMailsNameIt() {
    w.update("update lines set kind = 'smtp', channel_type = 'email', daily_total_limit = 0 where workspace_id = ?", w.workspace.id());
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns",
        "{\"name\":\"Mail\",\"apiOnly\":true,\"settings\":{\"quietHours\":false},\"steps\":[{\"message\":\"Hello\"}]}")).at("/campaign/_id");
    Api.Answer refused = w.api.post("/api/campaigns/" + campaign + "/launch", "{}");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.at("code")).isEqualTo("postal_address_required");
    assertThat(refused.at("error")).contains("Sending rules");
    CampaignWorld.ok(w.api.put("/api/workspace/sending-rules", "{\"postalAddress\":\" Example Ltd\\n1 Example Street \"}"));
    w.act(campaign, "launch");
    String lead = w.leads(w.aList("Mail"), 1).getFirst();
    JsonNode preview = CampaignWorld.ok(w.api.post("/api/campaigns/" + campaign + "/preview", "{\"leadId\":\"" + lead + "\"}")).json();
    assertThat(preview.at("/recipients/0/steps/0/message").asText()).isEqualTo("Hello\n\nExample Ltd\n1 Example Street");
    CampaignWorld.ok(w.api.put("/api/workspace/sending-rules", "{\"postalAddress\":null}"));
    CampaignWorld.created(w.api.post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + lead + "\"}"));
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("waitReason").asText()).isEqualTo("no_postal_address"));
    CampaignWorld.ok(w.api.put("/api/workspace/sending-rules", "{\"postalAddress\":\"Example Ltd\\n1 Example Street\"}"));
    clock.advance(Duration.ofSeconds(61));
    Eventually.within(SOON, () -> assertThat(w.all("select text from messages where campaign_id = ?", id(campaign)))
        .containsExactly("Hello\n\nExample Ltd\n1 Example Street"));
    assertThat(PostalAddress.under("From 1 Example Street", "email", "1 Example Street")).as("named already").isEqualTo("From 1 Example Street");
    assertThat(PostalAddress.under("Hi", "sms", "1 Example Street")).isEqualTo("Hi");
  }

  @Test
  void whoDoesNotAnswerOnAnIMessageLineIsLeftInPeaceAfterThree() {
    String list = w.aList("Silent");
    String lead = w.leads(list, 1).getFirst();
    String step = "{\"message\":\"Hi\",\"delay\":1,\"delayUnit\":\"hours\"}";
    String campaign = w.campaign(list, "\"steps\":[" + String.join(",", List.of(step, step, step, step)) + "]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 1"));
    for (int sent = 1; sent <= 3; sent++) {
      int expected = sent;
      clock.advance(Duration.ofMinutes(61));
      Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(expected));
      Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 1"));
    }
    w.update("update lines set kind = 'bluebubbles' where workspace_id = ?", w.workspace.id());
    clock.advance(Duration.ofMinutes(61));
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("stopCause").asText()).isEqualTo("unanswered"));
    assertThat(w.sent(campaign)).isEqualTo(3);
  }

  @Test
  void theSameWordsGoToTenPeopleInTenMinutesFromOneIMessageLineAndTheOthersWaitForAReason() {
    // Of what it gets nothing leaves, so that it is not found to be down: there is no channel of this kind.
    w.update("update lines set kind = 'bluebubbles', daily_total_limit = 0 where workspace_id = ?", w.workspace.id());
    String list = w.aList("Same");
    w.leads(list, 12);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"Hi {firstName}\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 2, in_flight 10"));
    Eventually.within(SOON, () -> assertThat(w.all("select distinct wait_reason from enrolments where campaign_id = ? and state = 'active'", id(campaign)))
        .containsExactly("same_text"));
    clock.advance(Duration.ofMinutes(11));
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).doesNotContain("active"));
    String varied = w.aList("Varied");
    w.leads(varied, 12);
    String other = w.campaign(varied, "\"steps\":[{\"message\":\"{spin:Hi|Hello} {firstName}\"}]");
    w.act(other, "launch");
    Eventually.within(SOON, () -> assertThat(w.places(other)).isEqualTo("in_flight 12"));
  }

  @Test
  void aStartThatWasMissedByMoreThanADayIsHeldForApprovalAlsoOverAChangeOfTheClocks() {
    // 23 hours of the wall clock, in which New York loses one, are no day.
    String list = w.aList("Missed");
    w.leads(list, 1);
    for (String[] each : new String[][] {{"2026-03-07T20:00:00Z", "completed"}, {"2026-03-06T20:00:00Z", "paused"}}) {
      String campaign = CampaignWorld.created(w.api.post("/api/campaigns", """
          {"name":"Missed","listId":"%s","settings":{"quietHours":false,"touchesPerDay":null,"timezone":"America/New_York"},"steps":[{"message":"Now"}]}"""
          .formatted(list))).at("/campaign/_id");
      w.update("update campaigns set state = 'scheduled', scheduled_at = ?::timestamptz where campaign_id = ?", "2026-04-01T00:00:00Z", id(campaign));
      clock.set("2026-03-08T19:30:00Z");
      w.update("update campaigns set scheduled_at = ?::timestamptz where campaign_id = ?", each[0], id(campaign));
      w.eventually(campaign, each[1]);
      if (each[1].equals("paused")) {
        assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/pauseReason")).isEqualTo("late");
        assertThat(notices()).hasSize(1).first().asString().contains("is held");
        w.act(campaign, "resume");
        w.eventually(campaign, "completed");
      }
    }
  }

  @Test
  void aPreviewCountsTheSmsExactly() {
    String list = w.aList("Segments");
    CampaignWorld.created(w.api.post("/api/leads", "{\"listId\":\"" + list + "\",\"leads\":[{\"firstName\":\"A\",\"phone\":\"+12025550150\"}]}"));
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"" + "a".repeat(161) + "\",\"smsFallback\":\"Привет\"}]");
    JsonNode step = CampaignWorld.ok(w.api.post("/api/campaigns/" + campaign + "/preview", "{}")).json().at("/recipients/0/steps/0");
    assertThat(step.path("segments").toString()).isEqualTo("{\"parts\":2,\"characters\":161,\"encoding\":\"GSM-7\"}");
    assertThat(step.path("smsFallbackSegments").toString()).isEqualTo("{\"parts\":1,\"characters\":6,\"encoding\":\"UCS-2\"}");
  }
}
