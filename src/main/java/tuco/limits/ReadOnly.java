package tuco.limits;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.ids.Kind;

/**
 * Read-only mode on and off (B1, decisions 4.7). Always under the exclusive access lock, so that no write that began
 * before commits afterwards on any node (K8); what is queued holds by itself and goes on by itself.
 */
public final class ReadOnly {
  /** Why a workspace can be read-only. */
  public static final List<String> REASONS = List.of("past_due", "suspended", "trial_ended", "manual");

  private final Audit audit;

  public ReadOnly(Audit audit) {
    this.audit = audit;
  }

  /** Who set the mode: billing events and the end of a plan leave alone what an operator set. */
  public enum By {
    OPERATOR, BILLING, EXPIRY;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Refuses writes from now on; whether anything changed. */
  public boolean on(Tx tx, UUID workspace, String reason, By by, Actor actor) {
    Holds.forget(tx, workspace);
    boolean changed = tx.update("""
            update workspaces
               set read_only_reason = :reason, read_only_by = :by, read_only_since = clock_timestamp()
             where workspace_id = :workspace and (read_only_reason, read_only_by) is distinct from (:reason, :by)""")
        .bind("workspace", workspace).bind("reason", reason).bind("by", by.wire()).execute() == 1;
    if (changed) {
      audit.record(tx, actor, workspace, Action.READ_ONLY_ON, Kind.WORKSPACE, workspace, Map.of("reason", reason));
    }
    return changed;
  }

  /** Takes writes again. A plan that has ended meanwhile ends anew only when somebody gives it another end. */
  public boolean off(Tx tx, UUID workspace, Actor actor) {
    Holds.forget(tx, workspace);
    boolean changed = tx.update("""
            update workspaces
               set read_only_reason = null, read_only_by = null, read_only_since = null,
                   plan_expires_at = case when plan_expires_at > clock_timestamp() then plan_expires_at end
             where workspace_id = :workspace and (read_only_reason is not null or plan_expires_at <= clock_timestamp())""")
        .bind("workspace", workspace).execute() == 1;
    if (changed) {
      audit.record(tx, actor, workspace, Action.READ_ONLY_OFF, Kind.WORKSPACE, workspace, Map.of());
    }
    return changed;
  }
}
