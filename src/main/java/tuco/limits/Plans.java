package tuco.limits;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Kind;

/** Which plan a workspace is on (decisions 4.5): counters keep what was used, only the ceilings change. */
public final class Plans {
  private final Audit audit;

  public Plans(Audit audit) {
    this.audit = audit;
  }

  /** The plans there are. */
  public static List<String> names(Tx tx) {
    return tx.query("select plan from plans order by messages_per_day nulls first, plan").mapTo(String.class).list();
  }

  /**
   * Puts a workspace on a plan, under the exclusive access lock. What an ended plan made read-only takes writes again.
   *
   * @param expiresAt when the plan ends and the workspace becomes read-only; null for never
   * @throws Problem 400 when there is no such plan
   */
  public void put(Tx tx, UUID workspace, String plan, @Nullable Instant expiresAt, Actor actor) {
    List<String> names = names(tx);
    if (!names.contains(plan)) {
      throw Problem.bad("There is no plan " + plan + "; there are " + String.join(", ", names) + ".");
    }
    Standing before = standing(tx, workspace);
    Holds.forget(tx, workspace);
    tx.update("""
            update workspaces
               set plan = :plan, plan_expires_at = cast(:expires as timestamptz),
                   read_only_reason = case when read_only_by = 'expiry' then null else read_only_reason end,
                   read_only_since  = case when read_only_by = 'expiry' then null else read_only_since end,
                   read_only_by     = nullif(read_only_by, 'expiry')
             where workspace_id = :workspace""")
        .bind("workspace", workspace).bind("plan", plan)
        .bind("expires", expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC))
        .execute();
    Map<String, ?> changes = Audit.changes(facts(before), facts(standing(tx, workspace)));
    if (!changes.isEmpty()) {
      audit.record(tx, actor, workspace, Action.PLAN_CHANGE, Kind.WORKSPACE, workspace, changes);
    }
  }

  private static Map<String, @Nullable Object> facts(Standing standing) {
    Map<String, @Nullable Object> facts = new HashMap<>();
    facts.put("plan", standing.plan());
    facts.put("expiresAt", Json.timestampOrNull(standing.expiresAt()));
    facts.put("readOnly", standing.readOnlyReason());
    return facts;
  }

  /** How a workspace stands. */
  public record Standing(
      String plan, @Nullable Instant expiresAt, @Nullable String readOnlyReason, @Nullable String readOnlyBy,
      @Nullable Instant readOnlySince) {}

  /** How the transaction's workspace stands now. */
  public static Standing standing(Tx tx, UUID workspace) {
    return tx.query("""
            select plan, plan_expires_at, read_only_now(read_only_reason, plan_expires_at) as reason,
                   coalesce(read_only_by, case when plan_expires_at <= clock_timestamp() then 'expiry' end) as by,
                   coalesce(read_only_since, case when plan_expires_at <= clock_timestamp() then plan_expires_at end) as since
              from workspaces
             where workspace_id = :workspace""")
        .bind("workspace", workspace)
        .map((row, context) -> new Standing(row.getString("plan"), instant(row.getTimestamp("plan_expires_at")),
            row.getString("reason"), row.getString("by"), instant(row.getTimestamp("since"))))
        .findOne().orElseThrow(() -> Problem.notFound("There is no such workspace."));
  }

  private static @Nullable Instant instant(java.sql.@Nullable Timestamp at) {
    return at == null ? null : at.toInstant();
  }
}
