package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/** P4, P5: what ends a sequence, decided in the transaction that records the cause (decisions 6.5). */
class StopsTest {
  private static final String TWO_STEPS = """
      "steps":[{"message":"Hi"},{"message":"Still there?","delay":1,"delayUnit":"hours"%s}]""";

  private static CampaignWorld w;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
  }

  @AfterAll
  static void stop() {
    w.close();
  }

  private static String launched(String name, String steps, String... emails) {
    String list = w.aList(name);
    for (String email : emails) {
      CampaignWorld.created(w.api.post("/api/leads",
          "{\"listId\":\"%s\",\"leads\":[{\"firstName\":\"Ada\",\"email\":\"%s\"}]}".formatted(list, email)));
    }
    String campaign = w.campaign(list, steps);
    w.act(campaign, "launch");
    return campaign;
  }

  private static String place(String campaign, String email) {
    return w.one("""
        select e.state || coalesce(' ' || e.stop_cause, '') || coalesce(' ' || e.wait_reason, '')
          from enrolments e join leads l using (workspace_id, lead_id) where e.campaign_id = ? and l.email = ?""",
        CampaignWorld.id(Kind.CAMPAIGN, campaign), email);
  }

  private static void eventually(String campaign, String email, String place) {
    Eventually.within(SOON, () -> assertThat(place(campaign, email)).isEqualTo(place));
  }

  @Test
  void aReplyEndsTheSequenceAndCountsForItsStep() {
    String campaign = launched("Replies", TWO_STEPS.formatted(""), "replies@one.example.com", "quiet@one.example.com");
    eventually(campaign, "replies@one.example.com", "stopped replied");
    eventually(campaign, "quiet@one.example.com", "active step_delay");
    var stats = CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/stats")).json();
    assertThat(stats.at("/steps/0/replied").asInt()).as(stats.toString()).isEqualTo(1);
    assertThat(stats.at("/messages/rates/replied").asDouble()).isEqualTo(0.5);
    assertThat(stats.at("/recipients/stoppedBy/replied").asInt()).isEqualTo(1);
  }

  @Test
  void anOptOutEndsItAndAnOutOfOfficeNoteOnlyParksIt() {
    String campaign = launched("Opt-outs", TWO_STEPS.formatted(""), "optsout@two.example.com", "autoreply@two.example.com");
    eventually(campaign, "optsout@two.example.com", "stopped opt_out");
    eventually(campaign, "autoreply@two.example.com", "active out_of_office");
  }

  @Test
  void aTagOrAFieldThatARuleAsksForEndsItAtOnce() {
    String campaign = launched("Tags", TWO_STEPS.formatted("""
        ,"stopRules":[{"type":"tag_exists","tag":"customer"},{"type":"field","field":"jobTitle","operator":"contains","value":"chief"}]"""),
        "tagged@three.example.com", "titled@three.example.com", "plain@three.example.com");
    for (String email : List.of("tagged@three.example.com", "titled@three.example.com", "plain@three.example.com")) {
      eventually(campaign, email, "active step_delay");
    }
    CampaignWorld.ok(w.api.post("/api/leads/tags", "{\"ids\":[\"%s\"],\"add\":[\"Customer\"]}".formatted(lead("tagged@three.example.com"))));
    CampaignWorld.ok(w.api.patch("/api/leads/" + lead("titled@three.example.com"), "{\"jobTitle\":\"Chief of staff\"}"));
    assertThat(place(campaign, "tagged@three.example.com")).isEqualTo("stopped stop_rule: Has the tag customer");
    assertThat(place(campaign, "titled@three.example.com")).startsWith("stopped stop_rule: jobTitle is");
    assertThat(place(campaign, "plain@three.example.com")).isEqualTo("active step_delay");
  }

  @Test
  void aReplyThatABranchWaitsForTakesTheBranch() {
    String campaign = launched("Branches", """
        "steps":[{"message":"Hi","branches":[{"type":"replied_keyword","keywords":["tell me more"],"goTo":2}]},
                 {"message":"Nobody home","delay":1,"delayUnit":"hours"},{"message":"Gladly"}]""", "replies@four.example.com");
    Eventually.within(SOON, () -> assertThat(w.texts(campaign, lead("replies@four.example.com"))).isEqualTo("Hi / Gladly"));
    w.eventually(campaign, "completed");
  }

  @Test
  void aStepThatWaitsInTheQueueDoesNotLeaveAfterAReplyThatOpensAnotherWay() {
    String campaign = launched("Overtaken", """
        "steps":[{"message":"Hi","branches":[{"type":"replied","goTo":2}]},
                 {"message":"Nobody home?","branches":[{"type":"replied","goTo":2}]},{"message":"Gladly"}]""", "waits@five.example.com");
    w.update("update lines set device_gap_ms = 2500 where workspace_id = ?", w.workspace.id());
    try {
      Eventually.within(SOON, () -> assertThat(w.number("""
          select count(*) from messages m join message_states s using (workspace_id, message_id)
           where m.campaign_id = ? and m.step_index = 1 and s.status = 'queued'""", CampaignWorld.id(Kind.CAMPAIGN, campaign))).isEqualTo(1));
      w.world.database().asWorkspace(w.workspace.id(), tx -> World.inbox(w.world.node()).record(tx, Inbound.text(
          CampaignWorld.id(Kind.LINE, w.line), "overtaken", "waits@five.example.com", "Here I am", Clock.systemUTC().instant(), List.of())));
    } finally {
      w.update("update lines set device_gap_ms = 0 where workspace_id = ?", w.workspace.id());
    }
    w.eventually(campaign, "completed");
    assertThat(w.texts(campaign, lead("waits@five.example.com"))).isEqualTo("Hi / Gladly");
    assertThat(place(campaign, "waits@five.example.com")).isEqualTo("completed");
  }

  private static String lead(String email) {
    return w.api.get("/api/leads?search=" + email).at("/leads/0/_id");
  }
}
