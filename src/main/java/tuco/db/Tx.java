package tuco.db;

import java.sql.Connection;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;

/** One open transaction, and who asked for it. Belongs to one thread and ends with the work it was given to. */
public final class Tx {
  private final Handle handle;
  private final @Nullable Caller caller;
  private @Nullable UUID entered;

  Tx(Handle handle, @Nullable Caller caller) {
    this.handle = handle;
    this.caller = caller;
  }

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

  /** Done once this has been committed, and not when it is rolled back: for what cannot be taken back. */
  public void afterCommit(Runnable action) {
    handle.afterCommit(action);
  }

  /** The plain connection, for batches over arrays. */
  public Connection connection() {
    return handle.getConnection();
  }
}
