package tuco.limits;

import java.util.UUID;
import tuco.db.Tx;

/** What is noted on lines about the limits and the mode of their workspace, forgotten when those change. */
final class Holds {
  private Holds() {}

  /**
   * Locks the lines' leases in the claim's order, which is before the workspace's row, and forgets what they say of the
   * workspace: the next claim of any of them sees what is changed in this transaction.
   */
  static void forget(Tx tx, UUID workspace) {
    tx.query("select line_id from line_leases where workspace_id = :workspace order by line_id for update")
        .bind("workspace", workspace).mapTo(UUID.class).list();
    tx.update("""
            update line_leases
               set hold_until      = case when hold_reason like 'plan%' or hold_reason = 'read_only' then '-infinity' else hold_until end,
                   hold_reason     = case when hold_reason like 'plan%' or hold_reason = 'read_only' then null else hold_reason end,
                   new_hold_until  = case when new_hold_reason like 'plan%' then '-infinity' else new_hold_until end,
                   new_hold_reason = case when new_hold_reason like 'plan%' then null else new_hold_reason end
             where workspace_id = :workspace""")
        .bind("workspace", workspace).execute();
  }
}
