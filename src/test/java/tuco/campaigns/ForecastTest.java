package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What the launch dialogue promises: how many people, and when the first and the last message leave (P4). */
class ForecastTest {
  /** A Monday. */
  private static final Instant MORNING = Instant.parse("2026-03-02T09:00:00Z");

  private static CampaignWorld w;
  private static String list;

  @BeforeAll
  static void start() {
    w = new CampaignWorld();
    list = w.aList("Forecast");
    w.leads(list, 120);
  }

  @AfterAll
  static void stop() {
    w.close();
  }

  private static Forecast forecast(String settings, String steps) {
    String id = CampaignWorld.created(w.api.post("/api/campaigns", """
        {"name":"Forecast","listId":"%s","settings":%s,"steps":%s}""".formatted(list, settings, steps))).at("/campaign/_id");
    Campaigns campaigns = new Campaigns(new Ids(Clock.systemUTC()), Clock.systemUTC());
    UUID campaign = CampaignWorld.id(Kind.CAMPAIGN, id);
    return w.world.database().asWorkspace(w.workspace.id(), tx -> {
      Campaign found = campaigns.find(tx, campaign);
      return Forecast.of(tx, found, campaigns.steps(tx, found), MORNING);
    });
  }

  private static void limits(String limits) {
    CampaignWorld.ok(w.api.patch("/api/lines/" + w.line, limits));
  }

  @Test
  void theDailyLimitOfTheLineSetsTheLastDay() {
    limits("{\"dailyNewConversationsLimit\":50,\"dailyTotalMessagesLimit\":75,\"hourlyNewConversationsLimit\":50,\"deviceGapSeconds\":30,\"contactGapSeconds\":45}");
    Forecast forecast = forecast("{\"quietHours\":false}", "[{\"message\":\"Hi\"}]");
    assertThat(forecast.people()).isEqualTo(120);
    assertThat(forecast.messages()).isEqualTo(120);
    assertThat(forecast.first()).isEqualTo(MORNING);
    assertThat(forecast.firstsOver()).as("50, 50 and 20 on the third UTC day").isBetween(
        Instant.parse("2026-03-04T00:00:00Z"), Instant.parse("2026-03-04T01:00:00Z"));
    assertThat(forecast.over()).isEqualTo(forecast.firstsOver());
    assertThat(forecast.speed()).isEqualTo("at most 50 people a day over one line; the daily limits of the line set this");
    assertThat(forecast.troubles()).isEmpty();
  }

  @Test
  void theWindowTheSpacingAndTheDelaysAreKept() {
    limits("{\"dailyNewConversationsLimit\":null,\"dailyTotalMessagesLimit\":null,\"hourlyNewConversationsLimit\":null,\"deviceGapSeconds\":0,\"contactGapSeconds\":0}");
    Forecast spaced = forecast(
        "{\"quietHours\":false,\"spacingSeconds\":60,\"sendWindowStart\":\"10:00\",\"sendWindowEnd\":\"11:00\",\"timezone\":\"UTC\"}",
        "[{\"message\":\"Hi\"},{\"message\":\"Again\",\"delay\":3,\"delayUnit\":\"days\"}]");
    assertThat(spaced.messages()).isEqualTo(240);
    assertThat(spaced.first()).isEqualTo(Instant.parse("2026-03-02T10:00:00Z"));
    assertThat(spaced.firstsOver()).isBetween(Instant.parse("2026-03-03T10:45:00Z"), Instant.parse("2026-03-03T11:00:00Z"));
    assertThat(spaced.over()).isEqualTo(java.util.Objects.requireNonNull(spaced.firstsOver()).plus(Duration.ofDays(3)));
  }

  @Test
  void withoutALineItSaysSoAndPromisesNothing() {
    CampaignWorld.ok(w.api.patch("/api/lines/" + w.line, "{\"isActive\":false}"));
    try {
      Forecast forecast = forecast("{\"quietHours\":false}", "[{\"message\":\"Hi\"}]");
      assertThat(forecast.firstsOver()).isNull();
      assertThat(forecast.over()).isNull();
      assertThat(forecast.troubles()).singleElement().asString().startsWith("No line can carry this campaign");
    } finally {
      CampaignWorld.ok(w.api.patch("/api/lines/" + w.line, "{\"isActive\":true}"));
    }
  }
}
