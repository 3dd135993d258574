package tuco.limits;

import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/** A workspace's days and months are to begin elsewhere; the present ones go on with all that was used ({@link PlanClock}). */
public final class ZoneChange {
  private ZoneChange() {}

  /**
   * Makes a change that sets this zone. Claims wait for it and it for them: they lock the lines' leases, then the
   * workspace's row, and so does this. Both look at the clock only then, so that a midnight while one waits for the other
   * puts none of them into a period that the other knows nothing of.
   */
  public static void during(Tx tx, String zone, Clock clock, Runnable change) {
    UUID workspace = tx.workspace();
    boolean changes = tx.query("select zone <> :zone from workspaces where workspace_id = :workspace")
        .bind("zone", zone).bind("workspace", workspace).mapTo(Boolean.class).one();
    if (!changes) {
      change.run();
      return;
    }
    Holds.forget(tx, workspace);
    PlanClock before = tx.query("select " + PlanClock.COLUMNS + " from workspaces w where w.workspace_id = :workspace for no key update")
        .bind("workspace", workspace).map((row, context) -> PlanClock.of(row)).one();
    change.run();
    PlanClock after = before.changedTo(Periods.zone(zone), clock.instant());
    tx.update("""
            update workspaces
               set plan_day_start = :dayStart, plan_day_until = :dayUntil, plan_day_least = :dayLeast,
                   plan_month_start = :monthStart, plan_month_until = :monthUntil, plan_month_least = :monthLeast
             where workspace_id = :workspace""")
        .bind("workspace", workspace)
        .bind("dayStart", at(after.day(), PlanClock.Span::start)).bind("dayUntil", at(after.day(), PlanClock.Span::until))
        .bind("dayLeast", at(after.day(), PlanClock.Span::least))
        .bind("monthStart", at(after.month(), PlanClock.Span::start)).bind("monthUntil", at(after.month(), PlanClock.Span::until))
        .bind("monthLeast", at(after.month(), PlanClock.Span::least))
        .execute();
  }

  private static @Nullable OffsetDateTime at(PlanClock.@Nullable Span span, Function<PlanClock.Span, Instant> which) {
    return span == null ? null : which.apply(span).atOffset(ZoneOffset.UTC);
  }
}
