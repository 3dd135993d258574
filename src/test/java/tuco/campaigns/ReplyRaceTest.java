package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
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

  private static final String CLAIMED = """
      select m.message_id::text from message_events v join messages m using (workspace_id, message_id)
       where m.lead_id = ? and m.campaign_id is not null and v.cause = 'claimed' order by 1""";

  private final long seed = Long.getLong("tuco.race.seed", System.nanoTime());
  private final Map<String, List<String>> taken = new ConcurrentHashMap<>();

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
      assertThat(taken).hasSize(LEADS);
      w.eventually(campaign, "completed");
      int interrupted = 0;
      for (String lead : leads) {
        assertThat(w.all(CLAIMED, CampaignWorld.id(Kind.LEAD, lead))).as("claimed for %s, seed %d", lead, seed).isEqualTo(taken.get(lead));
        interrupted += w.number("select count(*) from messages where campaign_id = ? and lead_id = ? and direction = 'sent'",
            CampaignWorld.id(Kind.CAMPAIGN, campaign), CampaignWorld.id(Kind.LEAD, lead)) < STEPS ? 1 : 0;
      }
      assertThat(interrupted).as("replies in the middle of a sequence").isGreaterThan(LEADS / 4);
    }
  }

  private void reply(CampaignWorld w, String lead) {
    UUID leadId = CampaignWorld.id(Kind.LEAD, lead);
    String email = w.one("select email from leads where lead_id = ?", leadId);
    // By the order of the database, without clocks: what had been claimed when the reply was recorded is all there ever is.
    taken.put(lead, w.world.database().asWorkspace(w.workspace.id(), tx -> {
      World.inbox(w.world.node()).record(tx, Inbound.text(
          CampaignWorld.id(Kind.LINE, w.line), "race-" + lead, email, "Please tell me", Clock.systemUTC().instant(), List.of()));
      return tx.query(CLAIMED.replace("?", ":lead")).bind("lead", leadId).mapTo(String.class).list();
    }));
  }
}
