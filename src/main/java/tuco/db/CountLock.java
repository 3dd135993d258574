package tuco.db;

/**
 * One creation at a time of what a plan limits: what is counted under this lock is what is there when one more is added,
 * on any node (B5). Taken after the access lock, never before it.
 */
public final class CountLock {
  private static final int SPACE = 7003;

  private CountLock() {}

  /**
   * Takes the workspace's lock until the transaction ends.
   *
   * @param tag the workspace's, see {@link tuco.ids.Ids#tag}
   */
  public static void take(Tx tx, int tag) {
    tx.query("select 1 from (select pg_advisory_xact_lock(:space, :tag)) as locked")
        .bind("space", SPACE).bind("tag", tag).mapTo(Integer.class).one();
  }
}
