package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.campaigns.CampaignWorld.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.dispatch.Window;
import tuco.ids.Kind;

/** P4, decisions 6.4 and 6.6: windows, quiet hours, delays across a change of the clocks, dates, lateness. */
class TimesTest {
  private final TestClock clock = new TestClock("2026-03-07T10:00:00Z"); // a Saturday
  private final CampaignWorld w = new CampaignWorld(clock);

  @AfterEach
  void stop() {
    w.close();
  }

  private String lead(String list, String email, String zone) {
    return CampaignWorld.created(w.api.post("/api/leads",
        "{\"listId\":\"%s\",\"leads\":[{\"firstName\":\"A\",\"email\":\"%s\",\"timezone\":\"%s\"}]}".formatted(list, email, zone))).at("/leadIds/0");
  }

  private JsonNode recipient(String campaign, String lead) {
    return CampaignWorld.ok(w.api.get("/api/campaigns/" + campaign + "/recipients?leadId=" + lead)).json().at("/recipients/0");
  }

  private static String campaign(CampaignWorld w, String list, String settings, String steps) {
    return CampaignWorld.created(w.api.post("/api/campaigns",
        "{\"name\":\"Times\",\"listId\":\"%s\",\"settings\":%s,\"steps\":%s}".formatted(list, settings, steps))).at("/campaign/_id");
  }

  @Test
  void eachIsWrittenToInTheWindowOfItsOwnZoneAndADayIsADayOnTheClock() {
    String list = w.aList("Zones");
    String london = lead(list, "london@example.com", "Europe/London");
    String angeles = lead(list, "angeles@example.com", "America/Los_Angeles");
    String campaign = campaign(w, list, """
        {"timezoneMode":"recipient","sendWindowStart":"09:00","sendWindowEnd":"17:00"}""",
        "[{\"message\":\"One\"},{\"message\":\"Two\",\"delay\":1,\"delayUnit\":\"days\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.texts(campaign, london)).isEqualTo("One"));
    Eventually.within(SOON, () -> assertThat(recipient(campaign, angeles).path("waitReason").asText()).isEqualTo("window"));
    assertThat(recipient(campaign, angeles).path("nextAt").asText()).isEqualTo("2026-03-07T17:00:00.000Z"); // 09:00 PST
    clock.set("2026-03-07T17:30:00Z");
    Eventually.within(SOON, () -> assertThat(w.texts(campaign, angeles)).isEqualTo("One"));
    // The clocks go forward in the night: a day later it is 09:30 again, 23 hours on.
    Eventually.within(SOON, () -> assertThat(recipient(campaign, angeles).path("nextAt").asText()).isEqualTo("2026-03-08T16:30:00.000Z"));
    clock.set("2026-03-08T10:00:00Z");
    Eventually.within(SOON, () -> assertThat(w.texts(campaign, london)).isEqualTo("One / Two"));
    clock.set("2026-03-08T16:30:01Z");
    Eventually.within(SOON, () -> assertThat(w.texts(campaign, angeles)).isEqualTo("One / Two"));
    w.eventually(campaign, "completed");
  }

  @Test
  void quietHoursHoldUnlessTheyAreSwitchedOff() {
    clock.set("2026-03-07T06:00:00Z");
    String list = w.aList("Quiet");
    String lead = lead(list, "asleep@example.com", "Europe/London");
    String campaign = campaign(w, list, "{}", "[{\"message\":\"One\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(recipient(campaign, lead).path("nextAt").asText()).isEqualTo("2026-03-07T08:00:00.000Z"));
    CampaignWorld.ok(w.api.patch("/api/campaigns/" + campaign, "{\"settings\":{\"quietHours\":false}}"));
    clock.set("2026-03-07T08:00:00Z");
    w.eventually(campaign, "completed");
  }

  @Test
  void severalPossibleZonesMustAllAllowIt() {
    // +1 208 is Idaho, in two zones; the lead's own zone would decide alone.
    Zones zones = new Zones();
    List<ZoneId> idaho = zones.of(null, "+12085550150", ZoneId.of("UTC")).zones();
    assertThat(idaho).contains(ZoneId.of("America/Boise"), ZoneId.of("America/Los_Angeles"));
    assertThat(zones.of("Europe/Paris", "+12085550150", ZoneId.of("UTC")).zones()).containsExactly(ZoneId.of("Europe/Paris"));
    assertThat(zones.of(null, null, ZoneId.of("Asia/Tokyo")).zones()).containsExactly(ZoneId.of("Asia/Tokyo"));
    Windows both = new Windows(idaho.stream().map(zone -> List.of(new Window(zone, LocalTime.of(9, 0), LocalTime.of(17, 0), Window.EVERY_DAY))).toList());
    assertThat(both.isOpenAt(Instant.parse("2026-01-10T16:30:00Z"))).as("09:30 in Boise, 08:30 in Los Angeles").isFalse();
    assertThat(both.nextOpening(Instant.parse("2026-01-10T01:00:00Z"))).isEqualTo(Instant.parse("2026-01-10T17:00:00Z"));
    Windows never = new Windows(List.of(
        List.of(new Window(ZoneId.of("UTC"), LocalTime.of(9, 0), LocalTime.of(10, 0), Window.EVERY_DAY)),
        List.of(new Window(ZoneId.of("UTC"), LocalTime.of(12, 0), LocalTime.of(13, 0), Window.EVERY_DAY))));
    Instant now = Instant.parse("2026-01-10T01:00:00Z");
    assertThat(never.nextOpening(now)).isAfterOrEqualTo(now.plus(Duration.ofDays(14)));
  }

  @Test
  void aCampaignBeginsOnItsDate() {
    String list = w.aList("Dated");
    w.leads(list, 2);
    String campaign = CampaignWorld.created(w.api.post("/api/campaigns", """
        {"name":"Dated","listId":"%s","scheduledDate":"2026-03-07T12:00:00Z","settings":{"quietHours":false},"steps":[{"message":"Now"}]}"""
        .formatted(list))).at("/campaign/_id");
    w.act(campaign, "launch");
    assertThat(w.status(campaign)).isEqualTo("scheduled");
    clock.set("2026-03-07T12:00:01Z");
    w.eventually(campaign, "completed");
    assertThat(w.sent(campaign)).isEqualTo(2);
  }

  @Test
  void withoutALineItWaitsAndSaysSoAndWhenThatWasTooLongItIsHeldForApproval() {
    String list = w.aList("Late");
    w.leads(list, 2);
    CampaignWorld.ok(w.api.patch("/api/lines/" + w.line, "{\"isActive\":false}"));
    String campaign = campaign(w, list, "{\"quietHours\":false,\"graceMinutes\":60}", "[{\"message\":\"One\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/blockedBy")).isEqualTo("no_line"));
    clock.advance(Duration.ofMinutes(90));
    CampaignWorld.ok(w.api.patch("/api/lines/" + w.line, "{\"isActive\":true}"));
    w.eventually(campaign, "paused");
    assertThat(w.api.get("/api/campaigns/" + campaign).at("/campaign/pauseReason")).isEqualTo("late");
    assertThat(w.sent(campaign)).isZero();
    w.act(campaign, "resume");
    w.eventually(campaign, "completed");
    assertThat(w.sent(campaign)).isEqualTo(2);
  }

  @Test
  void firstMessagesKeepTheirDistance() {
    String list = w.aList("Spaced");
    w.leads(list, 4);
    String campaign = campaign(w, list, "{\"quietHours\":false,\"spacingSeconds\":30}", "[{\"message\":\"One\"}]");
    w.act(campaign, "launch");
    for (int sent = 1; sent <= 4; sent++) {
      int expected = sent;
      Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(expected));
      clock.advance(Duration.ofSeconds(30));
    }
    w.eventually(campaign, "completed");
    assertThat(w.all("""
        select extract(epoch from v.at - lag(v.at) over (order by v.at))::int
          from messages m join message_events v using (workspace_id, message_id) where m.campaign_id = ? and v.cause = 'claimed' order by v.at""",
        CampaignWorld.id(Kind.CAMPAIGN, campaign))).filteredOn(gap -> gap != null).allSatisfy(gap -> assertThat(Integer.parseInt(gap)).isGreaterThanOrEqualTo(30));
  }

  @Test
  void whoWaitsForATimeOfTheirOwnStandsBeforeNobody() {
    String list = w.aList("Parked");
    w.leads(list, 4);
    String campaign = campaign(w, list, "{\"quietHours\":false}", "[{\"message\":\"One\"},{\"message\":\"Two\",\"delay\":1,\"delayUnit\":\"hours\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(4));
    // Only then all four were sent before the clock moves, and are due together.
    Eventually.within(SOON, () -> assertThat(w.places(campaign)).isEqualTo("active 4"));
    // So slow a line has two messages of the campaign before it at most; both of these are parked.
    w.update("update lines set device_gap_ms = 120000 where workspace_id = ?", w.workspace.id());
    clock.advance(Duration.ofHours(1));
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(5));
    Eventually.within(SOON, () -> assertThat(w.update("""
        update message_states s set due_at = ?::timestamptz, wait_reason = 'out_of_office' from messages m
         where m.workspace_id = s.workspace_id and m.message_id = s.message_id and m.campaign_id = ? and s.status = 'queued'
           and (select count(*) from message_states q join messages o using (workspace_id, message_id)
                 where o.campaign_id = m.campaign_id and q.status = 'queued') = 2""",
        clock.instant().plus(Duration.ofDays(3)).toString(), CampaignWorld.id(Kind.CAMPAIGN, campaign))).isEqualTo(2));
    clock.advance(Duration.ofSeconds(121));
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).as("the fourth").isEqualTo(6));
  }

  @Test
  void whoJoinsTheListLaterIsEnrolledWhereThatIsWanted() {
    String list = w.aList("Joining");
    w.leads(list, 2);
    String campaign = campaign(w, list, "{\"quietHours\":false,\"autoEnrol\":true}", "[{\"message\":\"One\"}]");
    w.act(campaign, "launch");
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(2));
    w.leads(list, 3);
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).isEqualTo(5));
    List<String> others = w.leads(w.aList("Elsewhere"), 2);
    CampaignWorld.ok(w.api.patch("/api/leads/" + others.getFirst(), "{\"listId\":\"" + list + "\"}"));
    Eventually.within(SOON, () -> assertThat(w.sent(campaign)).as("who is moved to the list joins as well").isEqualTo(6));
    assertThat(w.status(campaign)).as("it stays open for more").isEqualTo("running");
  }
}
