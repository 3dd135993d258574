package tuco.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** B5: the days and months of a plan, over changes of zone and of the clocks. */
class PlanClockTest {
  private static final List<String> ZONES = List.of(
      "UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe",
      "America/Sao_Paulo", "Asia/Kolkata", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "America/St_Johns");

  @Test
  void aDayOnWhichTheClocksChangeIsShorterOrLongerByTheHour() {
    PlanClock berlin = PlanClock.of(ZoneId.of("Europe/Berlin"));
    assertThat(length(berlin, "2026-03-29T12:00:00Z")).isEqualTo(Duration.ofHours(23));
    assertThat(length(berlin, "2026-10-25T12:00:00Z")).isEqualTo(Duration.ofHours(25));
    // In Cairo the day of the change begins at one o'clock: midnight does not exist.
    PlanClock cairo = PlanClock.of(ZoneId.of("Africa/Cairo"));
    assertThat(cairo.dayStart(Instant.parse("2026-04-24T12:00:00Z"))).isEqualTo(Instant.parse("2026-04-23T22:00:00Z"));
    assertThat(length(cairo, "2026-04-24T12:00:00Z")).isEqualTo(Duration.ofHours(23));
  }

  private static Duration length(PlanClock clock, String at) {
    return Duration.between(clock.dayStart(Instant.parse(at)), clock.dayEnd(Instant.parse(at)));
  }

  @Test
  void theDayInWhichTheZoneChangesGoesOnUntilTheNewZonesNextMidnightAfterItsEnd() {
    Instant now = Instant.parse("2026-11-10T15:00:00Z");
    PlanClock berlin = PlanClock.of(ZoneId.of("America/New_York")).changedTo(ZoneId.of("Europe/Berlin"), now);
    assertThat(berlin.dayStart(now)).as("that of New York").isEqualTo(Instant.parse("2026-11-10T05:00:00Z"));
    assertThat(berlin.dayEnd(now)).as("Berlin's midnight after New York's").isEqualTo(Instant.parse("2026-11-11T23:00:00Z"));
    assertThat(berlin.dayStart(Instant.parse("2026-11-12T10:00:00Z"))).isEqualTo(Instant.parse("2026-11-11T23:00:00Z"));
    assertThat(berlin.monthEnd(now)).as("New York's month ends after Berlin's").isEqualTo(Instant.parse("2026-12-01T05:00:00Z"));
    assertThat(berlin.monthStart(Instant.parse("2026-12-01T05:00:00Z"))).isEqualTo(Instant.parse("2026-11-30T23:00:00Z"));

    PlanClock west = PlanClock.of(ZoneId.of("Europe/Berlin")).changedTo(ZoneId.of("America/New_York"), now);
    assertThat(west.dayEnd(now)).isEqualTo(Instant.parse("2026-11-11T05:00:00Z"));
    assertThat(west.monthEnd(now)).isEqualTo(Instant.parse("2026-12-01T05:00:00Z"));
  }

  /** Somebody chose a wrong zone and changes it back: the day and the month end when they would have ended. */
  @Test
  void whoChangesTheZoneBackHasLostNothing() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      Instant now = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(86_400 * 365));
      ZoneId home = zone(random);
      PlanClock before = PlanClock.of(home);
      PlanClock away = before;
      for (int i = random.nextInt(4); i >= 0; i--) {
        away = away.changedTo(zone(random), now);
      }
      PlanClock back = away.changedTo(home, now.plusSeconds(1));
      if (now.plusSeconds(1).isBefore(before.dayEnd(now))) {
        assertThat(back.dayEnd(now)).as("seed %d", seed).isEqualTo(before.dayEnd(now));
        assertThat(back.monthEnd(now)).as("seed %d", seed).isEqualTo(before.monthEnd(now));
      }
      // Changed back only after the day's own end, it goes on: what was used since then is counted in it.
      Instant late = before.dayEnd(now).plusSeconds(60);
      if (late.isBefore(away.dayEnd(now))) {
        assertThat(away.changedTo(home, late).dayStart(late)).as("seed %d", seed).isEqualTo(before.dayStart(now));
      }
    }
  }

  /** Zones at random instants for two years: periods follow one another without a gap, and none is short. */
  @Test
  void noChainOfChangesMakesMoreDaysOrMonths() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Instant now = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(86_400 * 365));
      PlanClock clock = PlanClock.of(zone(random));
      List<Instant> days = new ArrayList<>(List.of(clock.dayStart(now)));
      List<Instant> months = new ArrayList<>(List.of(clock.monthStart(now)));
      Instant dayEnd = clock.dayEnd(now);
      Instant monthEnd = clock.monthEnd(now);
      Instant begin = now;
      Instant end = now.plus(Duration.ofDays(120));
      while (now.isBefore(end)) {
        now = now.plusSeconds(random.nextInt(random.nextInt(4) == 0 ? 100_000 : 2_000));
        if (!now.isBefore(dayEnd)) {
          days.add(dayEnd);
        }
        if (!now.isBefore(monthEnd)) {
          months.add(monthEnd);
        }
        Instant key = clock.dayStart(now);
        if (random.nextInt(3) == 0) {
          clock = clock.changedTo(zone(random), now);
          assertThat(clock.dayStart(now)).as("seed %d: the same day, and so the same counter", seed).isEqualTo(key);
        }
        dayEnd = clock.dayEnd(now);
        monthEnd = clock.monthEnd(now);
        assertThat(dayEnd).isAfter(now);
        assertThat(monthEnd).isAfter(now);
      }
      long hours = Duration.between(begin, now).toHours();
      assertThat(days.size()).as("seed %d: days in %d hours", seed, hours).isLessThanOrEqualTo((int) (hours / 23) + 2);
      assertThat(months.size()).as("seed %d: months", seed).isLessThanOrEqualTo(6);
    }
  }

  private static ZoneId zone(Random random) {
    return ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
  }
}
