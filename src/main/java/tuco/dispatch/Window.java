package tuco.dispatch;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;

/**
 * When a message may leave, by the wall clock of a zone (decisions 6.4). An end at or before the start means over
 * midnight; such a window belongs to the day it opens on.
 *
 * @param weekdays bit 0 for Sunday to bit 6 for Saturday
 */
public record Window(ZoneId zone, LocalTime start, LocalTime end, int weekdays) {
  /** Every day of the week. */
  public static final int EVERY_DAY = 0b111_1111;

  /** A day more than a week: beyond it a window that is not open never opens. */
  private static final int DAYS_AHEAD = 15;

  /** Whether the wall clock shows a time within the window. */
  public boolean isOpenAt(Instant at) {
    ZonedDateTime local = at.atZone(zone);
    LocalTime time = local.toLocalTime();
    if (start.isBefore(end)) {
      return onDay(local.toLocalDate()) && !time.isBefore(start) && time.isBefore(end);
    }
    return onDay(local.toLocalDate()) && !time.isBefore(start)
        || onDay(local.toLocalDate().minusDays(1)) && time.isBefore(end);
  }

  /**
   * The first instant at or after this one at which the window is open. Across a change of the clock it can open at
   * the change itself (the start was skipped) or twice in a night (the start was repeated).
   */
  public Instant nextOpening(Instant from) {
    if (isOpenAt(from)) {
      return from;
    }
    Instant limit = from.plusSeconds(86_400L * DAYS_AHEAD);
    Instant best = limit;
    LocalDate today = from.atZone(zone).toLocalDate();
    for (int day = 0; day < DAYS_AHEAD && best.equals(limit); day++) {
      var opening = today.plusDays(day).atTime(start);
      for (ZoneOffset offset : zone.getRules().getValidOffsets(opening)) {
        best = earlier(from, best, opening.toInstant(offset));
      }
    }
    ZoneOffsetTransition change = zone.getRules().nextTransition(from);
    return change == null ? best : earlier(from, best, change.getInstant());
  }

  private Instant earlier(Instant from, Instant best, Instant candidate) {
    return !candidate.isBefore(from) && candidate.isBefore(best) && isOpenAt(candidate) ? candidate : best;
  }

  private boolean onDay(LocalDate date) {
    return (weekdays >> (date.getDayOfWeek().getValue() % 7) & 1) == 1;
  }
}
