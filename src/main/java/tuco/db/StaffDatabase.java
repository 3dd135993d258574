package tuco.db;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import tuco.caller.Origin;
import tuco.caller.StaffCaller;

/**
 * The database as the staff console sees it, as {@code tuco_staff}: no tenant table, only staff's own tables, functions
 * that ask for a session, and views that need a live grant (S1). Whoever is given this and nothing else cannot read a
 * workspace without one.
 */
public final class StaffDatabase implements AutoCloseable {
  private final HikariDataSource pool;
  private final Jdbi jdbi;

  StaffDatabase(HikariDataSource pool) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool).installPlugin(new PostgresPlugin());
  }

  /** Work in one transaction, in no workspace until {@code staff_enter} opens one. */
  public <T> T work(Database.Work<T> work) {
    return Database.inTransaction(jdbi, handle -> Database.run(new Tx(handle, null, Origin.NONE), work));
  }

  /** Who is signed in with this token; empty when the session has ended or there was none. */
  public Optional<StaffCaller> session(byte[] tokenHash) {
    return work(tx -> tx.query("""
            select w.staff_id, w.session_id, w.email, w.name, x.expires_at
              from staff_of(:hash) w
              join staff_sessions x on x.session_id = w.session_id""")
        .bind("hash", tokenHash)
        .map((row, context) -> new StaffCaller(
            row.getObject("staff_id", UUID.class), row.getObject("session_id", UUID.class), row.getString("email"),
            row.getString("name"), tokenHash, row.getTimestamp("expires_at").toInstant()))
        .findOne());
  }

  @Override
  public void close() {
    pool.close();
  }
}
