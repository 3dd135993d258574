package tuco.limits;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** The periods limits count in: UTC for lines, the workspace's zone for plans (decisions 4.3). */
public final class Periods {
  private Periods() {}

  /** Start of the line's day. */
  public static Instant lineDay(Instant at) {
    return at.truncatedTo(ChronoUnit.DAYS);
  }

  /** Start of the line's hour. */
  public static Instant lineHour(Instant at) {
    return at.truncatedTo(ChronoUnit.HOURS);
  }

  /** Start of the workspace's day. */
  public static Instant day(Instant at, ZoneId zone) {
    return start(at.atZone(zone).toLocalDate(), zone);
  }

  /** Start of the workspace's month. */
  public static Instant month(Instant at, ZoneId zone) {
    return start(at.atZone(zone).toLocalDate().withDayOfMonth(1), zone);
  }

  /** When the line's day ends. */
  public static Instant nextLineDay(Instant at) {
    return lineDay(at).plus(1, ChronoUnit.DAYS);
  }

  /** When the line's hour ends. */
  public static Instant nextLineHour(Instant at) {
    return lineHour(at).plus(1, ChronoUnit.HOURS);
  }

  /** When the workspace's day ends. */
  public static Instant nextDay(Instant at, ZoneId zone) {
    return start(at.atZone(zone).toLocalDate().plusDays(1), zone);
  }

  /** When the workspace's month ends. */
  public static Instant nextMonth(Instant at, ZoneId zone) {
    return start(at.atZone(zone).toLocalDate().withDayOfMonth(1).plusMonths(1), zone);
  }

  /** The zone of this name; one that this Java does not know must not stop the engine and counts as UTC. */
  public static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      return ZoneOffset.UTC;
    }
  }

  private static Instant start(LocalDate date, ZoneId zone) {
    return date.atStartOfDay(zone).toInstant();
  }
}
