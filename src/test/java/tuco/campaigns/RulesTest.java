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
import tuco.World;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/** Issue 6, connectors.md 5: the rules of a responsible sender, and that whatever waits says why. */
class RulesTest {
  private final TestClock clock = new TestClock("2026-03-09T15:00:00Z"); // a Monday
  private final CampaignWorld w = new CampaignWorld(clock);

  @AfterEach
  void stop() {
    w.close();
  }

  private String launched(String list, String settings, String steps) {
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns",
        "{\"name\":\"Rules\",\"listId\":\"%s\",\"settings\":%s,\"steps\":%s}".formatted(list, settings, steps))).at("/campaign/_id");
    w.act(campaign, "launch");
    return campaign;
  }

  private JsonNode recipient(String campaign, String lead) {
    return CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/recipients?leadId=" + lead)).json().at("/recipients/0");
  }

  @Test
  void twoCampaignsDoNotWriteToSomebodyOnOneDay() {
    String list = w.aList("Touched");
    List<String> leads = w.leads(list, 20);
    String one = launched(list, "{\"quietHours\":false}", "[{\"message\":\"One\"},{\"message\":\"One more\"}]");
    String two = launched(list, "{\"quietHours\":false}", "[{\"message\":\"Two\"}]");
    Eventually.within(SOON, () -> assertThat(w.number("""
        select count(*) from enrolments e where e.campaign_id in (?, ?) and (e.state = 'completed' or e.wait_reason = 'daily_touch')""",
        CampaignWorld.id(Kind.CAMPAIGN, one), CampaignWorld.id(Kind.CAMPAIGN, two))).isEqualTo(40));
    for (String lead : leads) {
      assertThat(List.of(w.texts(one, lead), w.texts(two, lead))).as("what a campaign's own steps say counts as one touch")
          .isIn(List.of("One / One more", ""), List.of("", "Two"));
    }
    String waits = leads.stream().filter(lead -> w.texts(two, lead).isEmpty()).findFirst().orElseThrow();
    assertThat(recipient(two, waits).path("waitReason").asText()).isEqualTo("daily_touch");
    assertThat(recipient(two, waits).path("nextAt").asText()).as("the next day of their clock").isEqualTo("2026-03-10T00:00:00.000Z");
    clock.set("2026-03-10T00:00:01Z");
    w.eventually(two, "completed");
    w.eventually(one, "completed");
    String three = launched(list, "{\"quietHours\":false,\"touchesPerDay\":null}", "[{\"message\":\"Three\"}]");
    w.eventually(three, "completed");
    assertThat(w.sent(three)).isEqualTo(20);
  }

  @Test
  void aFirstMessageOnAnIMessageLineHoldsNoLinkUnlessThatIsPermitted() {
    w.update("update lines set kind = 'bluebubbles' where workspace_id = ?", w.workspace.id());
    String list = w.aList("Links");
    String body = "{\"name\":\"L\",\"listId\":\"" + list + "\",\"settings\":{\"quietHours\":false,\"firstMessageLinks\":%s},\"steps\":[%s]}";
    for (String link : List.of("https://example.com/x", "see www.example.org", "example.com", "go to acme.example/now")) {
      Api.Answer refused = w.api.post("/api/campaigns", body.formatted(false, "{\"message\":\"Look: " + link + "\"}"));
      assertThat(refused.status()).as(link).isEqualTo(400);
      assertThat(refused.json().at("/errors/0/field").asText()).isEqualTo("steps[0].message");
    }
    CampaignWorld.created(w.api.post("/api/campaigns", body.formatted(false, "{\"message\":\"Hi. Mail me at a@example.com\"},{\"message\":\"https://example.com\"}")));
    CampaignWorld.created(w.api.post("/api/campaigns", body.formatted(true, "{\"message\":\"https://example.com\"}")));
    String lead = CampaignWorld.created(w.api.post("/api/leads", "{\"listId\":\"" + list
        + "\",\"leads\":[{\"firstName\":\"A\",\"email\":\"link@example.com\",\"customFields\":{\"page\":\"https://example.com/a\"}}]}")).at("/leadIds/0");
    String campaign = launched(list, "{\"quietHours\":false}", "[{\"message\":\"Look: {page}\"}]");
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("stopCause").asText()).isEqualTo("link_in_first_message"));
  }

  @Test
  void whoMayHaveOptedOutInOtherWordsIsLeftAloneUntilAPersonHasLooked() {
    String list = w.aList("Free text");
    String lead = w.leads(list, 1).getFirst();
    String campaign = launched(list, "{\"quietHours\":false,\"stopOnReply\":false}",
        "[{\"message\":\"One\"},{\"message\":\"Two\",\"delay\":1,\"delayUnit\":\"hours\"}]");
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("waitReason").asText()).isEqualTo("step_delay"));
    w.world.database().asWorkspace(w.workspace.id(), tx -> World.inbox(w.world.node()).record(tx, Inbound.text(
        CampaignWorld.id(Kind.LINE, w.line), "free", w.one("select email from leads where lead_id = ?", CampaignWorld.id(Kind.LEAD, lead)),
        "Please stop texting me", clock.instant(), List.of())));
    String conversation = w.api.get("/api/unibox/conversations").at("/conversations/0/_id");
    clock.advance(Duration.ofHours(25));
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("waitReason").asText()).isEqualTo("possible_opt_out"));
    String other = launched(list, "{\"quietHours\":false}", "[{\"message\":\"Another\"}]");
    Eventually.within(SOON, () -> assertThat(recipient(other, lead).path("waitReason").asText()).as("of every campaign").isEqualTo("possible_opt_out"));
    assertThat(w.texts(campaign, lead)).isEqualTo("One");
    assertThat(w.api.patch("/api/unibox/conversations/" + conversation, "{\"attention\":true}").status()).isEqualTo(400);
    CampaignWorld.ok(w.api.patch("/api/unibox/conversations/" + conversation, "{\"attention\":false}"));
    clock.advance(Duration.ofMinutes(11));
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, lead)).isEqualTo("One / Two");
  }

  @Test
  void aCampaignThatCannotSendSaysWhyAndUntilWhen() {
    String list = w.aList("Held");
    List<String> leads = w.leads(list, 3);
    w.update("update lines set daily_total_limit = 1 where workspace_id = ?", w.workspace.id());
    String campaign = launched(list, "{\"quietHours\":false}", "[{\"message\":\"One\"}]");
    Eventually.within(SOON, () -> assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/blockedBy")).isEqualTo("line_daily_total"));
    assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/blockedUntil")).isEqualTo("2026-03-10T00:00:00.000Z");
    Eventually.within(SOON, () -> assertThat(leads.stream().map(lead -> recipient(campaign, lead).path("waitReason").asText("through")))
        .containsExactlyInAnyOrder("through", "line_daily_total", "line_daily_total"));
    w.update("update lines set daily_total_limit = null where workspace_id = ?", w.workspace.id());
    String closed = launched(list, "{\"timezone\":\"UTC\",\"sendWindowStart\":\"09:00\",\"sendWindowEnd\":\"12:00\"}", "[{\"message\":\"One\"}]");
    JsonNode shown = w.api.get("/api/campaigns/" + closed).json().path("campaign");
    assertThat(shown.path("blockedBy").asText() + " " + shown.path("blockedUntil").asText()).isEqualTo("window 2026-03-10T09:00:00.000Z");
  }

  @Test
  void aCampaignThatNoNodeWorksOnSaysSo() {
    try (World world = new World(clock)) {
      world.startApiNode();
      World.TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      String campaign = CampaignWorld.created(workspace.api().post("/api/campaigns", """
          {"name":"Alone","apiOnly":true,"settings":{"quietHours":false,"sendImmediately":true},"steps":[{"message":"One"}]}""")).at("/campaign/_id");
      assertThat(workspace.api().get("/api/campaigns/" + campaign).json().at("/campaign/blockedBy").isNull()).isTrue();
      clock.advance(Duration.ofMinutes(6));
      assertThat(workspace.api().get("/api/campaigns/" + campaign).at("/campaign/blockedBy")).isEqualTo("not_worked_on");
    }
  }
}
