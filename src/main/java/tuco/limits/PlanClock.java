package tuco.limits;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * When the days and months of a workspace's plan begin and end: at midnight in its zone (decisions 4.3), but for the
 * ones in which the zone was changed. Such a period goes on, with all that was used in it, until the new zone's next
 * boundary after the end it had at first. So it is longer, never shorter, and no change of zone, nor any chain of them,
 * makes room (B5); and who changes back has lost nothing.
 *
 * @param day the day a change of zone fell in, null when there was none
 * @param month the month a change of zone fell in
 */
public record PlanClock(ZoneId zone, @Nullable Span day, @Nullable Span month) {
  /** The columns of {@code workspaces} this is read from. */
  public static final String COLUMNS =
      "w.zone as plan_zone, w.plan_day_start, w.plan_day_until, w.plan_day_least, w.plan_month_start, w.plan_month_until, w.plan_month_least";

  /**
   * Month boundaries of two zones are a day apart at most. A month that ended the same day in the new zone must not go
   * on for another whole month: it ends where it would have, and is a few hours short at most.
   */
  private static final Duration SAME_MONTH = Duration.ofHours(27);

  /**
   * A period that began in one zone and ends in another.
   *
   * @param least when it would have ended without any change
   */
  public record Span(Instant start, Instant until, Instant least) {
    boolean contains(Instant at) {
      return !at.isBefore(start) && at.isBefore(until);
    }
  }

  /** A zone that was never changed. */
  public static PlanClock of(ZoneId zone) {
    return new PlanClock(zone, null, null);
  }

  /** Out of a row with {@link #COLUMNS}. */
  public static PlanClock of(ResultSet row) throws SQLException {
    return new PlanClock(Periods.zone(row.getString("plan_zone")),
        span(row.getTimestamp("plan_day_start"), row.getTimestamp("plan_day_until"), row.getTimestamp("plan_day_least")),
        span(row.getTimestamp("plan_month_start"), row.getTimestamp("plan_month_until"), row.getTimestamp("plan_month_least")));
  }

  private static @Nullable Span span(@Nullable Timestamp start, @Nullable Timestamp until, @Nullable Timestamp least) {
    return start == null || until == null ? null
        : new Span(start.toInstant(), until.toInstant(), least == null ? until.toInstant() : least.toInstant());
  }

  Instant dayStart(Instant at) {
    return day != null && day.contains(at) ? day.start() : Periods.day(at, zone);
  }

  Instant dayEnd(Instant at) {
    return day != null && day.contains(at) ? day.until() : Periods.nextDay(at, zone);
  }

  Instant monthStart(Instant at) {
    return month != null && month.contains(at) ? month.start() : Periods.month(at, zone);
  }

  Instant monthEnd(Instant at) {
    return month != null && month.contains(at) ? month.until() : Periods.nextMonth(at, zone);
  }

  /** The same workspace after its zone was changed at this instant. */
  PlanClock changedTo(ZoneId other, Instant now) {
    return new PlanClock(other, dayTo(other, now), monthTo(other, now));
  }

  private Span dayTo(ZoneId other, Instant now) {
    Instant least = day != null && day.contains(now) ? day.least() : dayEnd(now);
    Instant before = Periods.day(least, other);
    Instant midnight = before.isBefore(least) ? Periods.nextDay(least, other) : before;
    // Past its first end already: what was used since then must not be forgotten.
    return new Span(dayStart(now), midnight.isAfter(now) ? midnight : Periods.nextDay(now, other), least);
  }

  private Span monthTo(ZoneId other, Instant now) {
    Instant least = month != null && month.contains(now) ? month.least() : monthEnd(now);
    Instant first = Periods.nextMonth(least.minus(SAME_MONTH), other);
    Instant until = first.isAfter(least) ? first : least;
    return new Span(monthStart(now), until.isAfter(now) ? until : monthEnd(now), least);
  }
}
