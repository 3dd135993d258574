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
    assertThat(w.texts(campaign, leads.getFirst())).isEqualTo("Hi Lead150 / Still there, friend?");
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
}
