package tuco.dispatch;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tuco.limits.PlanClock;

/** What is left of the limits while one transaction reserves. Used by one thread, thrown away afterwards. */
final class Budget {
  private Budget() {}

  /** One limit and its use so far; a null limit never binds. */
  static final class Counter {
    final @Nullable Integer limit;
    int used;

    Counter(@Nullable Integer limit) {
      this.limit = limit;
    }

    boolean isSpent() {
      return limit != null && used >= limit;
    }
  }

  /** The whole workspace's state and plan ceilings. */
  static final class OfWorkspace {
    final PlanClock clock;
    final boolean readOnly;
    final Counter day;
    final Counter month;
    final Counter newDay;

    OfWorkspace(PlanClock clock, boolean readOnly, @Nullable Integer day, @Nullable Integer month, @Nullable Integer newDay) {
      this.clock = clock;
      this.readOnly = readOnly;
      this.day = new Counter(day);
      this.month = new Counter(month);
      this.newDay = new Counter(newDay);
    }
  }

  /** A line's limits, gaps and holds; the holds are recomputed by each reservation. */
  static final class OfLine {
    final OfWorkspace workspace;
    final Counter day;
    final Counter newDay;
    final Counter newHour;
    final long deviceGapMillis;
    final long contactGapMillis;
    Instant readyAt;
    Instant newReadyAt;
    Instant downUntil = Instant.MIN;
    Instant holdUntil = Instant.MIN;
    @Nullable String holdReason;
    Instant newHoldUntil = Instant.MIN;
    @Nullable String newHoldReason;
    /** Whom this transaction writes to for the first time: the next message to them is no longer a first touch. */
    final Set<Object> touched = new HashSet<>();

    OfLine(OfWorkspace workspace, @Nullable Integer day, @Nullable Integer newDay, @Nullable Integer newHour,
        long deviceGapMillis, long contactGapMillis, Instant readyAt, Instant newReadyAt) {
      this.workspace = workspace;
      this.day = new Counter(day);
      this.newDay = new Counter(newDay);
      this.newHour = new Counter(newHour);
      this.deviceGapMillis = deviceGapMillis;
      this.contactGapMillis = contactGapMillis;
      this.readyAt = readyAt;
      this.newReadyAt = newReadyAt;
    }

    /** Holds the whole line; of several reasons the one that lasts longest binds. */
    void hold(Instant until, String reason) {
      if (until.isAfter(holdUntil)) {
        holdUntil = until;
        holdReason = reason;
      }
    }

    /** Holds first messages only. */
    void holdNew(Instant until, String reason) {
      if (until.isAfter(newHoldUntil)) {
        newHoldUntil = until;
        newHoldReason = reason;
      }
    }
  }
}
