package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Kind;

/**
 * Issue 6, decisions 5.5: a large campaign of one workspace delays no single message of another, is launched at once and
 * sends its first message while it is still being planned. {@code -Dtuco.campaign.leads=1000000} measures the real size.
 */
class FairnessTest {
  private static final int LEADS = Integer.getInteger("tuco.campaign.leads", 20_000);

  @Test
  void aLargeCampaignStartsAtOnceAndDelaysNobodyElsesMessage() {
    try (CampaignWorld w = new CampaignWorld()) {
      String list = w.aList("Large");
      leads(w, CampaignWorld.id(Kind.LIST, list));
      World.TestWorkspace other = w.world.aWorkspace();
      w.world.aSimulatorLine(other.id());
      List<Long> alone = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        alone.add(single(w, other.api(), "alone" + i));
      }
      String campaign = w.campaign(list, "\"steps\":[{\"message\":\"Hi {firstName|there}\"}]");
      UUID id = CampaignWorld.id(Kind.CAMPAIGN, campaign);
      long start = System.nanoTime();
      w.act(campaign, "launch");
      long answered = System.nanoTime() - start;
      Eventually.within(CampaignWorld.SOON, () -> assertThat(w.number("select count(*) from messages where campaign_id = ?", id)).isPositive());
      Eventually.within(CampaignWorld.SOON, () -> assertThat(w.sent(campaign)).isPositive());
      long first = System.nanoTime() - start;
      List<Long> beside = new ArrayList<>();
      long planned = 0;
      for (int i = 0; i < 20; i++) {
        beside.add(single(w, other.api(), "beside" + i));
        if (planned == 0 && w.number("select count(*) from campaigns where campaign_id = ? and planned_at is not null", id) == 1) {
          planned = System.nanoTime() - start;
        }
      }
      assertThat(w.number("select count(*) from enrolments where campaign_id = ? and state in ('active', 'in_flight')", id))
          .as("the campaign went on beside them").isPositive();
      if (planned == 0) {
        Eventually.within(Duration.ofMinutes(10), () ->
            assertThat(w.number("select count(*) from campaigns where campaign_id = ? and planned_at is not null", id)).isEqualTo(1));
        planned = System.nanoTime() - start;
      }
      Collections.sort(alone);
      Collections.sort(beside);
      System.out.printf("FairnessTest %d leads: launch answered in %d ms, first message left after %d ms, planned after %d ms; "
              + "single messages of another workspace: median %d ms alone, %d ms beside it, worst %d ms%n",
          LEADS, answered / 1_000_000, first / 1_000_000, planned / 1_000_000, alone.get(2), beside.get(10), beside.getLast());
      assertThat(Duration.ofNanos(answered)).isLessThan(Duration.ofSeconds(1));
      assertThat(Duration.ofNanos(first)).isLessThan(Duration.ofSeconds(3));
      assertThat(beside.get(10)).as("median, in ms").isLessThan(1_000);
    }
  }

  /** Milliseconds until a message has left. */
  private static long single(CampaignWorld w, Api api, String name) {
    long start = System.nanoTime();
    String message = CampaignWorld.created(api.post("/api/messages",
        "{\"message\":\"Hello\",\"recipientEmail\":\"" + name + "@example.com\"}")).at("messageId");
    UUID id = CampaignWorld.id(Kind.MESSAGE, message);
    Eventually.within(CampaignWorld.SOON, () ->
        assertThat(w.one("select status from message_states where message_id = ?", id)).isIn("sent", "delivered"));
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static void leads(CampaignWorld w, UUID list) {
    for (int from = 0; from < LEADS; from += 50_000) {
      w.update("""
          insert into leads (workspace_id, lead_id, list_id, first_name, email, source, created_at, updated_at)
          select l.workspace_id, (left(l.workspace_id::text, 8) || right(gen_random_uuid()::text, 28))::uuid, l.list_id,
                 'N' || i, 'p' || i || '@example.com', 'test', now() - interval '1 minute', now()
            from lists l, generate_series(?::int, ?::int) i where l.list_id = ?""",
          from + 1, Math.min(LEADS, from + 50_000), list);
    }
  }
}
