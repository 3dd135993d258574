package tuco.access;

import tuco.db.Tx;

/**
 * The lock behind the revocation guarantee (K8). Whoever writes in a workspace holds it shared until the write is
 * committed; whoever changes access holds it exclusively, and so waits for the writes under way and is seen by all
 * later ones. A holder that hangs is cut off after about a second (see {@code lock_access} in V001).
 */
public final class AccessLock {
  private AccessLock() {}

  /**
   * Takes the lock for a change of access, before any row is changed. A route marked
   * {@link tuco.http.Route#changingAccess} and {@link tuco.db.Database#changeAccess} hold it already; this is for
   * transactions without a caller. A transaction that began as an ordinary write may not take it.
   *
   * @param tag the workspace's, see {@link tuco.ids.Ids#tag}
   */
  public static void exclusive(Tx tx, int tag) {
    tx.query("select lock_access(:tag)::text").bind("tag", tag).mapTo(String.class).one();
  }
}
