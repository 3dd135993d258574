package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/** P4, issue 6: replies at random instants of a running campaign, and no message of a later step is claimed after one was recorded. */
class ReplyRaceTest {
  private static final int LEADS = 150;
  private static final int STEPS = 12;

  private final long seed = Long.getLong("tuco.race.seed", System.nanoTime());
  private final Map<String, Instant> recorded = new ConcurrentHashMap<>();

  @Test
  void noMessageOfALaterStepIsClaimedAfterItsReplyWasRecorded() throws Exception {
    try (CampaignWorld w = new CampaignWorld()) {
      String list = w.aList("Race");
      List<String> leads = new ArrayList<>(w.leads(list, LEADS));
      String steps = "{\"message\":\"Step\"},".repeat(STEPS);
      String campaign = w.campaign(list, "\"steps\":[" + steps.substring(0, steps.length() - 1) + "]");
      w.act(campaign, "launch");
      // Who writes before he is in the campaign answers nothing of it.
      Eventually.within(CampaignWorld.SOON, () -> assertThat(
          w.number("select count(*) from enrolments where campaign_id = ?", CampaignWorld.id(Kind.CAMPAIGN, campaign))).isEqualTo(LEADS));
      try (ExecutorService people = Executors.newFixedThreadPool(4)) {
        for (int i = 0; i < LEADS; i++) {
          String lead = leads.get(i);
          long wait = new Random(seed + i).nextLong(Duration.ofMillis(1_500).toNanos() / 30);
          people.execute(() -> {
            // Not a wait for anything: the instant of the reply is drawn.
            LockSupport.parkNanos(wait);
            reply(w, lead);
          });
        }
        people.shutdown();
        assertThat(people.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(recorded).hasSize(LEADS);
      w.eventually(campaign, "completed");
      int interrupted = 0;
      for (String lead : leads) {
        List<String> late = w.all("""
            select v.at from message_events v join messages m using (workspace_id, message_id)
             where m.campaign_id = ? and m.lead_id = ? and v.cause = 'claimed' and v.at > ?::timestamptz""",
            CampaignWorld.id(Kind.CAMPAIGN, campaign), CampaignWorld.id(Kind.LEAD, lead), recorded.get(lead).toString());
        assertThat(late).as("claims for %s after its reply, seed %d", lead, seed).isEmpty();
        interrupted += w.number("select count(*) from messages where campaign_id = ? and lead_id = ? and direction = 'sent'",
            CampaignWorld.id(Kind.CAMPAIGN, campaign), CampaignWorld.id(Kind.LEAD, lead)) < STEPS ? 1 : 0;
      }
      assertThat(interrupted).as("replies in the middle of a sequence").isGreaterThan(LEADS / 4);
    }
  }

  private void reply(CampaignWorld w, String lead) {
    UUID leadId = CampaignWorld.id(Kind.LEAD, lead);
    String email = w.one("select email from leads where lead_id = ?", leadId);
    w.world.database().asWorkspace(w.workspace.id(), tx -> {
      World.inbox(w.world.node()).record(tx, Inbound.text(
          CampaignWorld.id(Kind.LINE, w.line), "race-" + lead, email, "Please tell me", Clock.systemUTC().instant(), List.of()));
      return tx;
    });
    // Committed: from here on nothing may be claimed. The claim notes the instant before it looks.
    recorded.put(lead, Clock.systemUTC().instant());
  }
}
