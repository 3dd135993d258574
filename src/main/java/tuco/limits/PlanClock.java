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
 * boundary after its old end. So it is longer, never shorter, and no change of zone, nor any chain of them, makes room (B5).
 *
 * @param day the day a change of zone fell in, null when there was none
 * @param month the month a change of zone fell in
 */
public record PlanClock(ZoneId zone, @Nullable Span day, @Nullable Span month) {
  /** The columns of {@code workspaces} this is read from. */
  public static final String COLUMNS = "w.zone as plan_zone, w.plan_day_start, w.plan_day_until, w.plan_month_start, w.plan_month_until";

  /**
   * Month boundaries of two zones are a day apart at most. A month that ended the same day in the new zone must not go
   * on for another whole month: it ends where it would have, and is a few hours short at most.
   */
  private static final Duration SAME_MONTH = Duration.ofHours(27);

  /** A period that began in one zone and ends in another. */
  public record Span(Instant start, Instant until) {
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
        span(row.getTimestamp("plan_day_start"), row.getTimestamp("plan_day_until")),
        span(row.getTimestamp("plan_month_start"), row.getTimestamp("plan_month_until")));
  }

  private static @Nullable Span span(@Nullable Timestamp start, @Nullable Timestamp until) {
    return start == null || until == null ? null : new Span(start.toInstant(), until.toInstant());
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
    Instant midnight = Periods.day(dayEnd(now), other);
    Instant newDay = midnight.isBefore(dayEnd(now)) ? Periods.nextDay(dayEnd(now), other) : midnight;
    Instant monthEnd = monthEnd(now);
    Instant first = Periods.nextMonth(monthEnd.minus(SAME_MONTH), other);
    return new PlanClock(other, new Span(dayStart(now), newDay),
        new Span(monthStart(now), first.isAfter(monthEnd) ? first : monthEnd));
  }
}
