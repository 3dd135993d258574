package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.ids.Kind;

/** P4, contract 2.10: leads are let in once, whoever does it and however often. */
class EnrolTest {
  private static CampaignWorld w;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
  }

  @AfterAll
  static void stop() {
    w.close();
  }

  private static String running(String steps) {
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns", """
        {"name":"By API","apiOnly":true,"settings":{"quietHours":false},"steps":%s}""".formatted(steps))).at("/campaign/_id");
    w.act(campaign, "launch");
    return campaign;
  }

  @Test
  void aLeadIsAddedByIdOrByItsDataAndOnceOnly() {
    String campaign = running("[{\"message\":\"Hello {firstName}\"},{\"message\":\"Again\",\"delay\":1,\"delayUnit\":\"days\"}]");
    Api.Answer added = w.api.post("/api/campaigns/" + campaign + "/leads",
        "{\"lead\":{\"firstName\":\"Ada\",\"email\":\"ada@enrol.example.com\",\"ghlContactId\":\"ghl-1\"}}");
    assertThat(added.status()).as(added.text()).isEqualTo(201);
    assertThat(added.at("message")).isEqualTo("Lead added to campaign and sequence started");
    assertThat(added.json().path("messageCount").asInt()).isEqualTo(2);
    assertThat(added.at("ghlContactId")).isEqualTo("ghl-1");
    Api.Answer again = w.api.post("/api/campaigns/" + campaign + "/enroll", "{\"leadId\":\"" + added.at("leadId") + "\"}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.at("message")).isEqualTo("Lead already in campaign (re-entry not allowed).");
    assertThat(again.json().path("alreadyInCampaign").asBoolean()).isTrue();
    assertThat(again.at("/existingLeadIds/0")).isEqualTo(added.at("leadId"));
    Api.Answer sameByCrm = w.api.post("/api/campaigns/" + campaign + "/leads",
        "{\"lead\":{\"firstName\":\"Other\",\"email\":\"other@enrol.example.com\",\"ghlContactId\":\"ghl-1\"}}");
    assertThat(sameByCrm.at("leadId")).isEqualTo(added.at("leadId"));
    assertThat(sameByCrm.status()).isEqualTo(200);
  }

  @Test
  void theContractsRefusals() {
    String campaign = running("[{\"message\":\"Hello\"}]");
    String path = "/api/campaigns/" + campaign + "/leads";
    assertThat(w.api.post(path, "{}").at("error")).isEqualTo("Either leadId or lead data is required");
    assertThat(w.api.post(path, "{\"lead\":\"x\"}").at("error")).isEqualTo("Invalid request: must provide leadId or lead data");
    assertThat(w.api.post(path, "{\"lead\":{\"email\":\"a@example.com\"}}").at("error")).isEqualTo("firstName is required");
    assertThat(w.api.post(path, "{\"lead\":{\"firstName\":\"A\"}}").at("error")).isEqualTo("Either email or phone is required");
    String none = tuco.ids.Ids.text(Kind.LEAD, w.world.ids().next(tuco.ids.Ids.tag(w.workspace.id())));
    assertThat(w.api.post(path, "{\"leadId\":\"" + none + "\"}").at("error")).isEqualTo("Lead not found");
    String nowhere = tuco.ids.Ids.text(Kind.CAMPAIGN, w.world.ids().next(tuco.ids.Ids.tag(w.workspace.id())));
    Api.Answer answer = w.api.post("/api/campaigns/" + nowhere + "/leads", "{\"leadId\":\"" + none + "\"}");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.at("error")).isEqualTo("Campaign not found");
  }

  @Test
  void whoeverEnrolsALeadAtTheSameMomentItIsInOnceAndEachStepLeavesOnce() throws Exception {
    String list = w.aList("At once");
    List<String> leads = w.leads(list, 10);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"Hello\"}]");
    int status;
    try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
      Future<?> launch = clients.submit(() -> w.act(campaign, "launch"));
      List<Future<Integer>> adds = IntStream.range(0, 60).mapToObj(i -> clients.submit(() ->
          w.api.post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + leads.get(i % 10) + "\"}").status())).toList();
      launch.get();
      for (Future<Integer> add : adds) {
        status = add.get();
        assertThat(status).isIn(200, 201, 409);
      }
    }
    w.eventually(campaign, "completed");
    assertThat(w.places(campaign)).isEqualTo("completed 10");
    assertThat(w.sent(campaign)).isEqualTo(10);
  }

  @Test
  void aTagIsAnAudienceAndWhoGetsItLaterMayJoin() {
    String list = w.aList("Tagged");
    List<String> leads = w.leads(list, 5);
    CampaignWorld.ok(w.api.post("/api/leads/tags", "{\"ids\":[\"%s\",\"%s\"],\"add\":[\"vip\"]}".formatted(leads.get(0), leads.get(1))));
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns", """
        {"name":"By tag","tag":"vip","settings":{"quietHours":false,"autoEnrol":true},"steps":[{"message":"Hello"}]}""")).at("/campaign/_id");
    w.act(campaign, "launch");
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.places(campaign)).isEqualTo("completed 2"));
    assertThat(w.api.get("/api/campaigns/" + campaign).json().at("/campaign/planning/done").asBoolean()).isTrue();
    CampaignWorld.ok(w.api.post("/api/leads/tags", "{\"ids\":[\"%s\"],\"add\":[\"vip\"]}".formatted(leads.get(4))));
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.places(campaign)).isEqualTo("completed 3"));
  }

  @Test
  void aCampaignThatTheEngineStumblesOverSaysSo() {
    String list = w.aList("Broken");
    w.leads(list, 1);
    String campaign = w.campaign(list, "\"steps\":[{\"message\":\"Hello\",\"delay\":1,\"delayUnit\":\"hours\"}]");
    w.act(campaign, "launch");
    w.eventually(campaign, "running");
    java.util.UUID id = CampaignWorld.id(Kind.CAMPAIGN, campaign);
    w.update("update campaign_steps set step = jsonb_set(step, '{delayUnit}', '\"years\"') where campaign_id = ?", id);
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.one("select blocked_by from campaigns where campaign_id = ?", id)).isEqualTo("failing"));
    w.update("update campaign_steps set step = jsonb_set(step, '{delayUnit}', '\"hours\"') where campaign_id = ?", id);
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.one("select blocked_by from campaigns where campaign_id = ?", id)).isEqualTo("null"));
  }

  @Test
  void reEntryTakesAnExplicitFlag() {
    String campaign = running("[{\"message\":\"Hello\"}]");
    String lead = w.leads(w.aList("Twice"), 1).getFirst();
    CampaignWorld.created(w.api.post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + lead + "\"}"));
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.places(campaign)).isEqualTo("completed 1"));
    CampaignWorld.created(w.api.post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + lead + "\",\"allowReentry\":true}"));
    tuco.Eventually.within(CampaignWorld.SOON, () -> assertThat(w.sent(campaign)).isEqualTo(2));
  }
}
