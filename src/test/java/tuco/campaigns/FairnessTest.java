package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Kind;

/**
 * Issue 6, decisions 5.5: a large campaign of one workspace delays no single message of another, is launched at once and
 * sends its first message while it is still being planned. What holds is asked of the order of events; how long it takes is a
 * figure of {@code bench/campaigns}. {@code -Dtuco.campaign.leads=1000000} tries the real size.
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
      single(w, other.api(), "alone");
      String campaign = w.campaign(list, "\"steps\":[{\"message\":\"Hi {firstName|there}\"}]");
      UUID id = CampaignWorld.id(Kind.CAMPAIGN, campaign);
      Api.Answer launched = w.act(campaign, "launch");
      assertThat(launched.json().at("/campaign/planning/done").asBoolean()).as("answered before anybody was enrolled").isFalse();
      assertThat(launched.json().at("/campaign/planning/enrolled").asInt()).isZero();
      Eventually.within(CampaignWorld.SOON, () -> assertThat(w.sent(campaign)).isPositive());
      List<UUID> beside = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        beside.add(single(w, other.api(), "beside" + i));
      }
      assertThat(w.number("select count(*) from enrolments where campaign_id = ? and state in ('active', 'in_flight')", id))
          .as("the campaign went on beside them").isPositive();
      Eventually.within(Duration.ofMinutes(10), () ->
          assertThat(w.number("select count(*) from campaigns where campaign_id = ? and planned_at is not null", id)).isEqualTo(1));
      assertThat(w.one("""
          select (select min(created_at) from messages m where m.campaign_id = c.campaign_id) < c.planned_at
            from campaigns c where c.campaign_id = ?""", id)).as("the first message was made while it was planned").isEqualTo("t");
      // Without clocks of ours: how many of the campaign's messages were taken while somebody else's waited for its turn.
      assertThat(beside.stream().map(message -> w.number(OVERTAKEN, message, id)).toList()).as("messages of the campaign that went before")
          .allSatisfy(before -> assertThat(before).isLessThan(LEADS / 4));
    }
  }

  private static final String OVERTAKEN = """
      with waited as (
        select min(at) filter (where cause <> 'claimed') as since, min(at) filter (where cause = 'claimed') as until
          from message_events where message_id = ?)
      select count(*) from waited, message_events v join messages m using (workspace_id, message_id)
       where m.campaign_id = ? and v.cause = 'claimed' and v.at > since and v.at < until""";

  /** A message, when it has left. */
  private static UUID single(CampaignWorld w, Api api, String name) {
    String message = CampaignWorld.created(api.post("/api/messages",
        "{\"message\":\"Hello\",\"recipientEmail\":\"" + name + "@example.com\"}")).at("messageId");
    UUID id = CampaignWorld.id(Kind.MESSAGE, message);
    Eventually.within(CampaignWorld.SOON, () ->
        assertThat(w.one("select status from message_states where message_id = ?", id)).isIn("sent", "delivered"));
    return id;
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
