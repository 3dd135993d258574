package tuco.db;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Origin;

/** One open transaction, and who asked for it. Belongs to one thread and ends with the work it was given to. */
public final class Tx {
  private final Handle handle;
  private final @Nullable Caller caller;
  private final List<Last> last = new ArrayList<>();
  private Origin origin;
  private @Nullable UUID entered;

  Tx(Handle handle, @Nullable Caller caller, Origin origin) {
    this.handle = handle;
    this.caller = caller;
    this.origin = origin;
  }

  private record Last(UUID workspace, Runnable action) {}

  /** Who asked, as this transaction read it. */
  public Caller caller() {
    if (caller == null) {
      throw new IllegalStateException("this transaction has no caller");
    }
    return caller;
  }

  /** Whether nobody asked from outside: the command line or a first set-up is at work, which may do everything. */
  public boolean operator() {
    return caller == null;
  }

  /** Where the request came from. */
  public Origin origin() {
    return origin;
  }

  /** For a transaction that no credential began: the request it serves. */
  public Tx comesFrom(Origin request) {
    origin = request;
    return this;
  }

  /** The workspace this transaction works in. */
  public UUID workspace() {
    return entered == null ? caller().workspaceId() : entered;
  }

  /** Goes on in this workspace; for a transaction that began in none. */
  public void enter(UUID workspaceId) {
    if (caller != null) {
      throw new IllegalStateException("this transaction is in its caller's workspace");
    }
    handle.createQuery("select set_tenant(:workspace, 'write')::text").bind("workspace", workspaceId).mapTo(String.class).one();
    entered = workspaceId;
  }

  /** A query with {@code :named} parameters. */
  public Query query(String sql) {
    return handle.createQuery(sql);
  }

  /** A query with {@code :workspace} bound to this transaction's workspace. */
  public Query ownQuery(String sql) {
    return handle.createQuery(sql).bind("workspace", workspace());
  }

  /** A change with {@code :named} parameters. */
  public Update update(String sql) {
    return handle.createUpdate(sql);
  }

  /** A change with {@code :workspace} bound to this transaction's workspace. */
  public Update ownUpdate(String sql) {
    return handle.createUpdate(sql).bind("workspace", workspace());
  }

  /**
   * Done in this transaction after all else, in the workspace named: for a lock that must be held as briefly as can
   * be. All take such locks in the order of the workspaces, so that nobody waits in a circle.
   */
  public void beforeCommit(UUID workspace, Runnable action) {
    last.add(new Last(workspace, action));
  }

  /** What {@link #beforeCommit} left for now. */
  void finish() {
    UUID here = entered != null ? entered : caller != null ? caller.workspaceId() : null;
    last.sort(Comparator.comparing(Last::workspace));
    for (Last each : last) {
      if (!each.workspace().equals(here)) {
        handle.createQuery("select set_tenant(:workspace, 'security')::text")
            .bind("workspace", each.workspace()).mapTo(String.class).one();
        here = each.workspace();
      }
      each.action().run();
    }
  }

  /** Done once this has been committed, and not when it is rolled back: for what cannot be taken back. */
  public void afterCommit(Runnable action) {
    handle.afterCommit(action);
  }

  /** The plain connection, for batches over arrays. */
  public Connection connection() {
    return handle.getConnection();
  }
}
