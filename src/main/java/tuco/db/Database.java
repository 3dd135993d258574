package tuco.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Origin;
import tuco.caller.PersonCaller;
import tuco.ids.Ids;

/**
 * The two pools and the ways to work in a transaction. Requests go through {@link #read} and
 * {@link #write}: each authenticates inside its own transaction and runs under row security (decisions 2.3, 3.2).
 */
public final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /** PostgreSQL's type of {@code row(…)}. */
  private static final int RECORD = 2249;

  private final HikariDataSource app;
  private final HikariDataSource engine;
  private final Jdbi appJdbi;
  private final Jdbi engineJdbi;
  private final StaffDatabase staff;

  private Database(HikariDataSource app, HikariDataSource engine, StaffDatabase staff) {
    this.staff = staff;
    this.app = app;
    this.engine = engine;
    this.appJdbi = Jdbi.create(app).installPlugin(new PostgresPlugin());
    this.engineJdbi = Jdbi.create(engine).installPlugin(new PostgresPlugin());
  }

  /**
   * Opens the pools; the schema must be there (see {@link Migrations}).
   *
   * @param app the address as {@code tuco_app}
   * @param engine the address as {@code tuco_engine}
   */
  public static Database open(DatabaseUrl app, DatabaseUrl engine, int appConnections, int engineConnections) {
    // The engine's statements touch rows of a queue that is empty now and full in a minute, and every statement of the
    // application is about one workspace among many: a plan made on yesterday's statistics must never be to read a
    // whole table. Nor is one compiled: its estimate, and not its work, would decide that, and it takes longer than the work.
    String always = "set enable_seqscan = off; set jit = off";
    return new Database(
        appPool(app, appConnections, always), new HikariDataSource(config("engine", engine, engineConnections, always)),
        new StaffDatabase(staffPool(Roles.staff(app))));
  }

  /** The usual case: one address of the owner, the roles' passwords derived from it. */
  public static Database open(DatabaseUrl owner) {
    return open(
        owner.as(Roles.APP, Roles.password(owner, Roles.APP)),
        owner.as(Roles.ENGINE, Roles.password(owner, Roles.ENGINE)),
        16,
        8);
  }

  private static HikariDataSource appPool(DatabaseUrl url, int connections, String first) {
    HikariConfig config = config("app", url, connections, first);
    // Binary from the first answer on, which for the driver is a threshold below nought; rows too (see Composite).
    config.addDataSourceProperty("prepareThreshold", "-1");
    config.addDataSourceProperty("binaryTransferEnable", Integer.toString(RECORD));
    return new HikariDataSource(config);
  }

  /** Staff are few and seldom there: no connection waits for them. */
  private static HikariDataSource staffPool(DatabaseUrl url) {
    HikariConfig config = config("staff", url, 4, null);
    config.setMinimumIdle(0);
    config.setInitializationFailTimeout(-1);
    config.setIdleTimeout(60_000);
    return new HikariDataSource(config);
  }

  private static HikariConfig config(String name, DatabaseUrl url, int connections, @Nullable String first) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url.jdbc());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setConnectionInitSql(first);
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(Math.min(2, connections));
    config.setConnectionTimeout(5_000);
    config.setInitializationFailTimeout(10_000);
    config.addDataSourceProperty("prepareThreshold", "1");
    config.addDataSourceProperty("preparedStatementCacheQueries", "512");
    config.addDataSourceProperty("socketTimeout", "60");
    return config;
  }

  /** The database as the staff console sees it. */
  public StaffDatabase staff() {
    return staff;
  }

  /** Connections as {@code tuco_app}; without a tenant they see no tenant's row. */
  public DataSource app() {
    return app;
  }

  /** Connections as {@code tuco_engine}, for work that crosses workspaces (decisions 3.3). */
  public DataSource engine() {
    return engine;
  }

  /**
   * Authenticates and reads in one transaction, with the tenant set and nothing writable.
   *
   * @throws AccessRefused when the credential does not stand for anybody now
   */
  public <T> T read(Credential credential, Work<T> work) {
    return inTransaction(appJdbi, handle -> {
      Caller caller = GateQuery.one(handle.getConnection(), credential, false);
      credential.condition().check(caller);
      return run(new Tx(handle, caller, credential.origin()), work);
    });
  }

  /**
   * Authenticates under the workspace's shared access lock and writes in the same transaction: a change of
   * access that was confirmed before is seen, one that comes meanwhile waits for this to end (K8).
   *
   * @throws AccessRefused when the credential does not stand for anybody now
   */
  public <T> T write(Credential credential, Work<T> work) {
    return inTransaction(appJdbi, handle -> {
      Caller caller = GateQuery.one(handle.getConnection(), credential, true);
      credential.condition().check(caller);
      return run(new Tx(handle, caller, credential.origin()), work);
    });
  }

  /**
   * As {@link #write}, under the exclusive access lock from the start: for every change of access. When it returns,
   * no write that the change forbids can commit any more, on any node (K8).
   *
   * @throws AccessRefused when the credential does not stand for anybody now
   */
  public <T> T changeAccess(Credential credential, Work<T> work) {
    return inTransaction(appJdbi, handle -> {
      Caller caller = GateQuery.oneToChangeAccess(handle.getConnection(), credential);
      credential.condition().check(caller);
      return run(new Tx(handle, caller, credential.origin()), work);
    });
  }

  /** Work in one workspace that no credential asked for: first set-up, invitations, the command line. */
  public <T> T asWorkspace(UUID workspaceId, Work<T> work) {
    return inTransaction(appJdbi, handle -> {
      Tx tx = new Tx(handle, null, Origin.NONE);
      tx.enter(workspaceId);
      return run(tx, work);
    });
  }

  /**
   * As {@link #asWorkspace}, under the exclusive access lock from the start: an operator's change of what may be done in
   * a workspace. When it returns, no write that the change forbids can commit any more, on any node (K8).
   */
  public <T> T changeAccessOf(UUID workspaceId, Work<T> work) {
    return asWorkspace(workspaceId, tx -> {
      tx.query("select lock_access(:tag)::text").bind("tag", Ids.tag(workspaceId)).mapTo(String.class).one();
      return work.run(tx);
    });
  }

  /** Who is signed in with this credential, in no workspace; empty for keys and for what is no live session. */
  public Optional<PersonCaller> person(Credential credential) {
    return inTransaction(appJdbi, handle -> credential.session() ? session(handle, credential) : Optional.empty());
  }

  /**
   * A person's change of what is theirs. Changes by one person wait for each other, the end of a session among them,
   * so that a session that has ended changes nothing later (K8).
   *
   * @throws AccessRefused when the session has ended meanwhile
   */
  public <T> T asPerson(PersonCaller caller, Work<T> work) {
    return inTransaction(appJdbi, handle -> {
      handle.createQuery("select 1 from people where person_id = :person for no key update")
          .bind("person", caller.personId()).mapTo(Integer.class).one();
      if (session(handle, caller.credential()).isEmpty()) {
        throw new AccessRefused(AccessRefused.Why.UNAUTHORIZED);
      }
      return run(new Tx(handle, null, caller.credential().origin()), work);
    });
  }

  private static Optional<PersonCaller> session(Handle handle, Credential credential) {
    return handle.createQuery("""
            select p.person_id, s.session_id, p.email, p.name
              from sessions s
              join people p on p.person_id = s.person_id
             where s.token_hash = :hash and s.ended_at is null and s.expires_at > clock_timestamp()""")
        .bind("hash", credential.hash())
        .map((row, context) -> new PersonCaller(
            row.getObject("person_id", UUID.class), row.getObject("session_id", UUID.class),
            row.getString("email"), row.getString("name"), credential))
        .findOne();
  }

  /** Work without any tenant: people, sessions. Row security shows it no tenant's row. */
  public <T> T withoutTenant(Work<T> work) {
    return inTransaction(appJdbi, handle -> run(new Tx(handle, null, Origin.NONE), work));
  }

  /** Work that crosses workspaces, as {@code tuco_engine}. */
  public <T> T crossing(Work<T> work) {
    return inTransaction(engineJdbi, handle -> run(new Tx(handle, null, Origin.NONE), work));
  }

  static <T> T run(Tx tx, Work<T> work) throws SQLException {
    T result = work.run(tx);
    tx.finish();
    return result;
  }

  static <T> T inTransaction(Jdbi jdbi, Body<T> body) {
    try (Handle handle = jdbi.open()) {
      handle.begin();
      boolean done = false;
      try {
        T result = body.run(handle);
        handle.commit();
        done = true;
        return result;
      } finally {
        if (!done && !handle.getConnection().isClosed()) {
          handle.rollback();
        }
      }
    } catch (SQLException e) {
      throw new DatabaseFailure(e);
    } catch (JdbiException e) {
      throw e.getCause() instanceof SQLException cause ? new DatabaseFailure(cause) : e;
    }
  }

  /**
   * Said once before a stop. Where the database does not answer, its connections are cut now: whatever still waits for it,
   * or would want to write something in the end, hears so at once, instead of adding up its patience to that of others.
   */
  public void aboutToStop() {
    Properties soon = new Properties();
    soon.setProperty("user", engine.getUsername());
    soon.setProperty("password", engine.getPassword());
    soon.setProperty("loginTimeout", "2");
    soon.setProperty("connectTimeout", "2");
    soon.setProperty("socketTimeout", "2");
    try (Connection connection = DriverManager.getConnection(engine.getJdbcUrl(), soon)) {
      connection.isValid(2);
    } catch (SQLException e) {
      LOG.warn("the database does not answer ({}); stopping without it", e.getMessage());
      close();
    }
  }

  @Override
  public void close() {
    staff.close();
    app.close();
    engine.close();
  }

  /** What is done in a transaction; whatever it throws rolls it back. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Tx tx) throws SQLException;
  }

  @FunctionalInterface
  interface Body<T> {
    T run(Handle handle) throws SQLException;
  }
}
