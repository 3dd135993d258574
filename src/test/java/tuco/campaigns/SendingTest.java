package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Eventually;

/** P4: sequences with delays leave, once each, and can be paused, edited and ended. */
class SendingTest {
  private static CampaignWorld w;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
  }

  @AfterAll
  static void stop() {
    w.close();
  }

  @Test
  void aLaunchAnswersAtOnceAndEveryLeadGetsEveryStepOnceInOrder() {
    String list = w.aList("Two steps");
    List<String> leads = w.leads(list, 20);
    String campaign = w.campaign(list, """
        "steps":[{"message":"Hi {firstName}"},{"message":"Still there, {lastName|friend}?","delay":1,"delayUnit":"seconds"}]""");
    assertThat(w.status(campaign)).isEqualTo("draft");
    w.act(campaign, "launch");
    w.eventually(campaign, "completed");
    assertThat(w.places(campaign)).isEqualTo("completed 20");
    assertThat(w.sent(campaign)).isEqualTo(40);
    assertThat(w.texts(campaign, leads.getFirst())).matches("Hi Lead\\d+ / Still there, friend\\?");
    assertThat(w.number("""
        select count(*) from messages a join messages b using (workspace_id, campaign_id, lead_id)
          join message_states s on s.message_id = a.message_id join message_states t on t.message_id = b.message_id
         where a.step_index = 0 and b.step_index = 1 and t.sent_at < s.sent_at + interval '1 second'""")).isZero();
  }

  @Test
  void aRelaunchEnrolsOnlyWhoIsNew() {
    String list = w.aList("Again");
    w.leads(list, 3);
    String campaign = w.campaign(list, """
        "steps":[{"message":"Hello"}]""");
    w.act(campaign, "launch");
    w.act(campaign, "launch");
    w.eventually(campaign, "completed");
    w.leads(list, 2);
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("completed 5"));
    assertThat(w.sent(campaign)).isEqualTo(5);
  }

  @Test
  void aPauseTakesEffectBeforeTheNextClaimAndAResumeGoesOn() {
    String list = w.aList("Paused");
    w.leads(list, 10);
    String campaign = w.campaign(list, """
        "steps":[{"message":"Hello"},{"message":"Again"}]""");
    w.update("update lines set device_gap_ms = 1000 where workspace_id = ?", w.workspace.id());
    try {
      w.act(campaign, "launch");
      Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isGreaterThan(0));
      w.act(campaign, "pause");
      int claimed = w.number("""
          select count(*) from message_events v join messages m using (workspace_id, message_id)
           where m.campaign_id = ? and v.cause = 'claimed'""", CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign));
      java.time.Instant end = java.time.Clock.systemUTC().instant().plusMillis(1_200);
      Eventually.within(SOON, () -> {
        assertThat(w.sent(campaign)).isLessThanOrEqualTo(claimed);
        assertThat(java.time.Clock.systemUTC().instant()).isAfter(end);
      });
      assertThat(claimed).isLessThan(10);
      var recipients = CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/recipients")).json();
      assertThat(recipients.findValuesAsText("waitReason")).contains("campaign_paused");
    } finally {
      w.update("update lines set device_gap_ms = 0 where workspace_id = ?", w.workspace.id());
    }
    w.act(campaign, "resume");
    w.eventually(campaign, "completed");
    assertThat(w.sent(campaign)).isEqualTo(20);
  }

  @Test
  void anEditWhileItRunsAppliesToWhatWasNotSentYet() {
    String list = w.aList("Edited");
    List<String> leads = w.leads(list, 2);
    String campaign = w.campaign(list, """
        "steps":[{"message":"One"},{"message":"Two","delay":2,"delayUnit":"seconds"}]""");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(2));
    var answer = CampaignWorld.ok(w.api.patch("/api/campaigns/" + campaign, """
        {"steps":[{"message":"One, better"},{"message":"Two, better, {firstName}","delay":2,"delayUnit":"seconds"},{"message":"Three"}]}"""));
    assertThat(answer.json().at("/campaign/stepsVersion").asInt()).isEqualTo(2);
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, leads.getFirst())).matches("One / Two, better, Lead\\d+ / Three");
  }

  @Test
  void whateverAnEditMovesAddsOrRemovesNobodyGetsAStepTwiceOrMissesOne() {
    String list = w.aList("Moved");
    List<String> leads = w.leads(list, 2);
    String campaign = w.campaign(list, """
        "steps":[{"message":"A"},{"message":"B","delay":1,"delayUnit":"hours"},{"message":"C","delay":1,"delayUnit":"hours"}]""");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 2"));
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(2));
    // A goes down where B was, B goes, something new comes first and last: who had A waited for B and goes on with C.
    var answer = CampaignWorld.ok(w.api.patch("/api/campaigns/" + campaign, """
        {"steps":[{"message":"New"},{"message":"A","delay":1,"delayUnit":"seconds"},{"message":"C","delay":1,"delayUnit":"seconds"},{"message":"D"}]}"""));
    assertThat(answer.json().at("/campaign/steps").findValuesAsText("number")).containsExactly("3", "0", "2", "4");
    w.update("update enrolments set next_at = now() where campaign_id = ? and state = 'active'", CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign));
    String late = w.leads(list, 1).getFirst();
    CampaignWorld.created(w.api.post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + late + "\"}"));
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, leads.getFirst())).as("by steps' numbers").isEqualTo("A / C / D");
    assertThat(w.texts(campaign, leads.getLast())).isEqualTo("A / C / D");
    assertThat(w.texts(campaign, late).split(" / ")).as("who had nothing gets all of it").containsExactlyInAnyOrder("New", "A", "C", "D");
    var stats = CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/stats")).json();
    assertThat(stats.path("steps").valueStream().map(step -> step.path("sent").asInt())).as(stats.toString()).containsExactly(1, 3, 3, 3);
    assertThat(w.places(campaign)).isEqualTo("completed 3");
  }

  @Test
  void aQueuedStepThatWasRemovedDoesNotLeaveAndItsPeopleGoOn() {
    String list = w.aList("Removed");
    List<String> leads = w.leads(list, 3);
    String campaign = w.campaign(list, """
        "steps":[{"message":"A"},{"message":"B","delay":3,"delayUnit":"seconds"},{"message":"C"}]""");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(3));
    w.update("update lines set device_gap_ms = 3000 where workspace_id = ?", w.workspace.id());
    try {
      Eventually.within(SOON, () -> assertThat(w.number("""
          select count(*) from messages m join message_states s using (workspace_id, message_id)
           where m.campaign_id = ? and m.step_index = 1 and s.status = 'queued'""", CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign))).isGreaterThan(1));
      CampaignWorld.ok(w.api.patch("/api/campaigns/" + campaign, "{\"steps\":[{\"message\":\"A\"},{\"message\":\"C\"}]}"));
    } finally {
      w.update("update lines set device_gap_ms = 0 where workspace_id = ?", w.workspace.id());
    }
    w.eventually(campaign, "completed");
    assertThat(w.places(campaign)).isEqualTo("completed 3");
    assertThat(leads).allSatisfy(lead -> assertThat(w.texts(campaign, lead)).isIn("A / C", "A / B / C"));
    assertThat(leads.stream().filter(lead -> w.texts(campaign, lead).equals("A / C"))).isNotEmpty();
  }

  @Test
  void whatIsWrongWithACampaignIsToldAllAtOnce() {
    var answer = w.api.post("/api/campaigns", """
        {"name":" ","steps":[{"message":"Hi {fristName}"},{"message":"","delay":-1,"delayUnit":"weeks"}],
         "settings":{"sendWindowStart":"25:00","timezone":"Mars/Phobos"}}""");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("errors").findValuesAsText("field")).contains("name", "steps[0].message", "steps[1].message",
        "steps[1].delay", "steps[1].delayUnit", "settings.sendWindowStart", "settings.timezone");
    assertThat(answer.text()).contains("firstName");
  }

  @Test
  void aPreviewSaysWhoGetsWhatWhenAndFromWhichLineAndWritesNothing() {
    String list = w.aList("Preview");
    List<String> leads = w.leads(list, 3);
    String campaign = w.campaign(list, """
        "steps":[{"message":"Hi {firstName}"},{"message":"Two","delay":1,"delayUnit":"days"}]""");
    var preview = CampaignWorld.ok(w.api.post("/api/campaigns/" + campaign + "/preview", "{}")).json();
    assertThat(preview.path("audienceSize").asInt()).isEqualTo(3);
    assertThat(leads).contains(preview.at("/recipients/0/leadId").asText());
    assertThat(preview.at("/recipients/0/lineId").asText()).isEqualTo(w.line);
    assertThat(preview.at("/recipients/0/steps/0/message").asText()).startsWith("Hi Lead");
    assertThat(w.number("select count(*) from enrolments where campaign_id = ?", CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign))).isZero();
  }

  @Test
  void whoHasNoIMessageGetsTheStepsSmsAndGoesOnFromThere() {
    String sms = CampaignWorld.created(w.api.post("/api/lines", "{\"kind\":\"simulator\",\"phone\":\"+12025550199\"}")).at("/line/_id");
    CampaignWorld.ok(w.api.patch("/api/workspace/fallback-config", "{\"lineId\":\"" + sms + "\"}"));
    String list = w.aList("By SMS");
    String lead = CampaignWorld.created(w.api.post("/api/leads",
        "{\"listId\":\"" + list + "\",\"leads\":[{\"firstName\":\"Ann\",\"phone\":\"+14155550101\"}]}")).at("/leadIds/0");
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns", """
        {"name":"By SMS","listId":"%s","lineIds":["%s"],"settings":{"quietHours":false},
         "steps":[{"message":"Hi","smsFallback":"Hi {firstName}, by SMS"},{"message":"Later","delay":2,"delayUnit":"days"}]}"""
        .formatted(list, w.line))).at("/campaign/_id");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.all("""
        select m.message_type || ' ' || s.status || ' ' || m.text from messages m join message_states s using (workspace_id, message_id)
         where m.campaign_id = ? order by 1""", CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign)))
        .containsExactly("imessage fallback Hi", "sms delivered Hi Ann, by SMS"));
    Eventually.within(SOON, () -> assertThat(CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/recipients?leadId=" + lead))
        .at("/recipients/0/waitReason")).isEqualTo("step_delay"));
  }

  @Test
  void webhooksNameTheCampaign() {
    CampaignWorld.created(w.api.post("/api/webhooks",
        "{\"url\":\"https://hooks.example.com/campaigns\",\"name\":\"C\",\"events\":[\"message.sent\",\"campaign.completed\"]}"));
    String list = w.aList("Told");
    w.leads(list, 1);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"One\"}]");
    w.act(campaign, "launch");
    w.eventually(campaign, "completed");
    assertThat(w.all("select (body::jsonb)->>'event' || ' ' || coalesce((body::jsonb)->>'campaignName', (body::jsonb)#>>'{data,campaignName}') || ' ' || coalesce((body::jsonb)->>'campaignId', (body::jsonb)#>>'{data,campaignId}') from webhook_events where workspace_id = ? order by 1",
        w.workspace.id())).containsExactly("campaign.completed Test " + campaign, "message.sent Test " + campaign);
  }

  @Test
  void aQueuedMessageThatSomebodyEditedByHandSaysWhatTheyWrote() {
    String list = w.aList("By hand");
    List<String> leads = w.leads(list, 3);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"As planned\"}]");
    w.update("update lines set device_gap_ms = 2000 where workspace_id = ?", w.workspace.id());
    try {
      w.act(campaign, "launch");
      Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isPositive());
      String waiting = w.one("""
          select m.message_id from messages m join message_states s using (workspace_id, message_id)
           where m.campaign_id = ? and s.status = 'queued' order by s.due_at desc, m.message_id desc limit 1""",
          CampaignWorld.id(tuco.ids.Kind.CAMPAIGN, campaign));
      CampaignWorld.ok(w.api.patch("/api/messages/" + tuco.ids.Ids.text(tuco.ids.Kind.MESSAGE, java.util.UUID.fromString(waiting)),
          "{\"message\":\"By hand\"}"));
    } finally {
      w.update("update lines set device_gap_ms = 0 where workspace_id = ?", w.workspace.id());
    }
    w.eventually(campaign, "completed");
    assertThat(leads.stream().map(lead -> w.texts(campaign, lead)).toList()).containsExactlyInAnyOrder("As planned", "As planned", "By hand");
  }
}
