package tuco.dispatch;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import tuco.limits.Limit;
import tuco.limits.PlanClock;

/**
 * The periods that an attempt was charged to. Written down with it, because the workspace's zone may have changed more than
 * once until it is given back, and an instant alone would then name another day or month (B5).
 *
 * @param at when it was charged; says the line's periods too, which are UTC
 * @param day the start of the plan's day
 * @param month the start of the plan's month
 */
record Charge(Instant at, Instant day, Instant month) {
  static Charge of(PlanClock clock, Instant at) {
    return new Charge(at, Limit.MESSAGES_PER_DAY.start(at, clock), Limit.MESSAGES_PER_MONTH.start(at, clock));
  }

  /** Of an attempt that is on its way; one that an earlier version claimed has the periods of the present zone. */
  static Charge of(ResultSet row) throws SQLException {
    Instant at = Columns.instant(row, row.findColumn("counted_at"));
    if (row.getTimestamp("charged_day") == null) {
      return of(PlanClock.of(row), at);
    }
    return new Charge(at, Columns.instant(row, row.findColumn("charged_day")), Columns.instant(row, row.findColumn("charged_month")));
  }
}
