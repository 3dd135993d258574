package tuco.limits;

import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
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
               set plan_day_start = :dayStart, plan_day_until = :dayUntil,
                   plan_month_start = :monthStart, plan_month_until = :monthUntil
             where workspace_id = :workspace""")
        .bind("workspace", workspace)
        .bind("dayStart", start(after.day())).bind("dayUntil", until(after.day()))
        .bind("monthStart", start(after.month())).bind("monthUntil", until(after.month()))
        .execute();
  }

  private static @Nullable OffsetDateTime start(PlanClock.@Nullable Span span) {
    return span == null ? null : span.start().atOffset(ZoneOffset.UTC);
  }

  private static @Nullable OffsetDateTime until(PlanClock.@Nullable Span span) {
    return span == null ? null : span.until().atOffset(ZoneOffset.UTC);
  }
}
