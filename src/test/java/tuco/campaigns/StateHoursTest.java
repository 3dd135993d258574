package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.http.Json;

/** Connectors.md 5: quiet hours of states, as dated data. */
class StateHoursTest {
  /** 2026-03-09 is a Monday after the change to summer time: Chicago is five hours behind UTC, New York four. */
  @ParameterizedTest
  @CsvSource({
      "+17135550100, 2026-03-15T16:30:00Z, false, Texas on a Sunday at 11:30", "+17135550100, 2026-03-15T17:30:00Z, true, at 12:30",
      "+17135550100, 2026-03-14T14:30:00Z, true, on a Saturday at 09:30", "+12035550100, 2026-03-10T00:30:00Z, false, Connecticut at 20:30",
      "+12125550100, 2026-03-09T23:59:00Z, true, New York at 19:59", "+12125550100, 2026-03-10T00:30:00Z, false, at 20:30 an hour of the night is kept",
      "+13055550100, 2026-03-09T23:30:00Z, true, Florida at 19:30", "+14015550100, 2026-03-09T22:30:00Z, false, Rhode Island on a Monday at 18:30",
      "+14015550100, 2026-03-14T21:30:00Z, false, on a Saturday at 17:30", "+14015550100, 2026-03-14T20:30:00Z, true, at 16:30"})
  void statesKeepTheirOwnQuietHours(String phone, String at, boolean open, String words) {
    CampaignSettings settings = CampaignSettings.of(Json.object().put("quietHours", true).put("quietHoursStart", "08:00").put("quietHoursEnd", "21:00"));
    Windows windows = Windows.of(settings, ZoneId.of("UTC"), new Zones().of(null, phone, ZoneId.of("UTC")));
    assertThat(windows.isOpenAt(Instant.parse(at))).as(words).isEqualTo(open);
    Instant next = windows.nextOpening(Instant.parse(at));
    assertThat(windows.isOpenAt(next)).isTrue();
    assertThat(windows.isOpenAt(next.minusMillis(1)) && !open).isFalse();
  }

  @Test
  void aStateIsTakenFromTheNumberAndAnUnknownOneHasTheStrictestHours() {
    StateHours.Hours nineToEight = new StateHours.Hours(0b111_1110, LocalTime.of(9, 0), LocalTime.of(20, 0));
    Zones zones = new Zones();
    assertThat(zones.of(null, "+18005550100", ZoneId.of("UTC")).hours()).hasSize(2).contains(nineToEight);
    assertThat(zones.of("America/Chicago", "+17135550100", ZoneId.of("UTC")).hours()).as("also where the lead's zone is known").hasSize(2);
    assertThat(zones.of(null, "+14165550100", ZoneId.of("UTC")).hours()).as("Toronto").isEmpty();
    assertThat(zones.of(null, "+442079460000", ZoneId.of("UTC")).hours()).as("London").isEmpty();
    assertThat(zones.of(null, "+12025550123", ZoneId.of("UTC")).hours()).as("Washington has none of its own").isEmpty();
  }
}
