package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Decisions 6.4: windows are wall-clock and right across changes of the clock. */
class WindowTest {
  private static final List<String> ZONES =
      List.of("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago");

  private static Window window(String zone, String start, String end, int weekdays) {
    return new Window(ZoneId.of(zone), LocalTime.parse(start), LocalTime.parse(end), weekdays);
  }

  private static String opening(Window window, String from) {
    return window.nextOpening(Instant.parse(from)).toString();
  }

  @Test
  void nineOClockMovesWithTheClockInSpringAndAutumn() {
    Window office = window("America/New_York", "09:00", "17:00", Window.EVERY_DAY);
    assertThat(opening(office, "2026-03-07T23:00:00Z")).isEqualTo("2026-03-08T13:00:00Z");
    assertThat(opening(office, "2026-03-06T23:00:00Z")).isEqualTo("2026-03-07T14:00:00Z");
    assertThat(opening(office, "2026-10-31T22:00:00Z")).isEqualTo("2026-11-01T14:00:00Z");
    assertThat(opening(office, "2026-10-30T22:00:00Z")).isEqualTo("2026-10-31T13:00:00Z");
  }

  @Test
  void aStartThatTheClockSkipsOpensAtTheChange() {
    assertThat(opening(window("America/New_York", "02:30", "05:00", Window.EVERY_DAY), "2026-03-08T05:00:00Z"))
        .isEqualTo("2026-03-08T07:00:00Z");
  }

  @Test
  void aWindowOverMidnightBelongsToTheDayItOpensOn() {
    Window saturdayNight = window("UTC", "22:00", "02:00", 1 << 6);
    assertThat(saturdayNight.isOpenAt(Instant.parse("2026-03-08T01:59:59Z"))).isTrue();
    assertThat(saturdayNight.isOpenAt(Instant.parse("2026-03-07T01:00:00Z"))).isFalse();
    assertThat(opening(saturdayNight, "2026-03-08T02:00:00Z")).isEqualTo("2026-03-14T22:00:00Z");
  }

  /** Against the plainest model there is: look at every minute in turn. */
  @Test
  void theNextOpeningIsTheFirstMinuteAtWhichItIsOpen() {
    Random random = new Random(20260308);
    for (int round = 0; round < 400; round++) {
      Window window = new Window(ZoneId.of(ZONES.get(random.nextInt(ZONES.size()))),
          LocalTime.of(random.nextInt(24), random.nextInt(4) * 15), LocalTime.of(random.nextInt(24), random.nextInt(4) * 15),
          1 + random.nextInt(Window.EVERY_DAY));
      // Around the two changes of the clock as often as not.
      Instant base = Instant.parse(random.nextBoolean() ? "2026-03-05T00:00:00Z" : "2026-10-22T00:00:00Z");
      Instant from = base.plus(Duration.ofMinutes(random.nextInt(14 * 24 * 60)));
      Instant naive = from;
      while (!window.isOpenAt(naive)) {
        naive = naive.plus(Duration.ofMinutes(1));
      }
      assertThat(window.nextOpening(from)).as("%s from %s", window, from).isEqualTo(naive);
    }
  }
}
