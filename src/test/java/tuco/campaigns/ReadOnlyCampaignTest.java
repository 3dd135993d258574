package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tuco.BlindedCheck;
import tuco.Eventually;

/** B2, decisions 4.7: a campaign holds while its workspace is read-only, and goes on afterwards. */
class ReadOnlyCampaignTest {
  @Test
  void noMessageIsMadeEvenByANodeThatDoesNotLookAndTheCampaignGoesOnAfterwards() {
    try (CampaignWorld w = new CampaignWorld()) {
      String list = w.aList("Held");
      w.leads(list, 5);
      String campaign = w.campaign(list, """
          "steps":[{"message":"Hello"},{"message":"Again","delay":2,"delayUnit":"seconds"}]""");
      w.act(campaign, "launch");
      Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(5));
      w.update("update workspaces set plan_expires_at = clock_timestamp()");
      try (BlindedCheck _ = new BlindedCheck(w.world)) {
        Instant end = Clock.systemUTC().instant().plusSeconds(5);
        Eventually.within(SOON, () -> {
          assertThat(made(w)).isEqualTo(5);
          assertThat(Clock.systemUTC().instant()).isAfter(end);
        });
      }
      Eventually.within(SOON, () -> assertThat(w.one("select blocked_by from campaigns")).isEqualTo("read_only"));
      assertThat(made(w)).isEqualTo(5);
      w.update("update workspaces set plan_expires_at = null, read_only_reason = null, read_only_by = null, read_only_since = null");
      w.eventually(campaign, "completed");
      assertThat(w.sent(campaign)).isEqualTo(10);
    }
  }

  private static int made(CampaignWorld w) {
    return w.number("select count(*) from messages");
  }
}
