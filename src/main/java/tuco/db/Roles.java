package tuco.db;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The database roles (decisions 3.2, 3.3): none of them owns anything, is superuser or may bypass row security.
 * Their passwords are derived from the owner's, so that every node that knows the owner's address knows them
 * and nothing needs to be stored.
 */
public final class Roles {
  /** Serves requests under forced row security. */
  public static final String APP = "tuco_app";

  /** Work that crosses workspaces: dispatch, webhooks, timers, the acceptance batch. */
  public static final String ENGINE = "tuco_engine";

  /** Owns the functions that look up credentials; nobody logs in as it. */
  public static final String GATE = "tuco_gate";

  /** Owns the function that cuts the connections of those who delay a change of access; nobody logs in as it. */
  public static final String REVOKER = "tuco_revoker";

  /** Owns the function that writes the audit log, and alone may write there; nobody logs in as it. */
  public static final String AUDITOR = "tuco_auditor";

  /** Serves the staff console: no right on any tenant table, only on the views of {@link #LENS} (S1). */
  public static final String STAFF = "tuco_staff";

  /** Owns the views that staff read through, under policies that need a live grant; nobody logs in as it. */
  public static final String LENS = "tuco_lens";

  private static final List<String> OWNERS = List.of(GATE, REVOKER, AUDITOR, LENS);

  /** {@code duplicate_object}, or {@code unique_violation} when the other one was not done yet. */
  private static final Set<String> MADE_MEANWHILE = Set.of("42710", "23505");

  /** What PostgreSQL has no word of its own for: "tuple concurrently updated". */
  private static final String CHANGED_MEANWHILE = "XX000";

  private static final String LOCK = "7000";

  private Roles() {}

  /** The console's address: its password is derived from the application's, so that every node knows it without a setting. */
  public static DatabaseUrl staff(DatabaseUrl app) {
    return app.as(STAFF, password(app, STAFF));
  }

  /** The password of a derived role. */
  public static String password(DatabaseUrl owner, String role) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(("tuco:" + owner.password()).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] digest = mac.doFinal(role.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  /** Makes what is missing and lets the roles in; safe with several nodes at once. */
  static void ensure(Connection owner, DatabaseUrl url, DatabaseUrl app, DatabaseUrl engine) throws SQLException {
    try (Statement statement = owner.createStatement()) {
      // One node of this database at a time. Roles belong to the whole server, where another database's Tuco may be at it too.
      statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
      create(statement, APP, "noinherit login password " + literal(app.password()) + " connection limit -1");
      create(statement, ENGINE, "noinherit login password " + literal(engine.password()) + " connection limit -1");
      create(statement, STAFF, "noinherit login password " + literal(staff(app).password()) + " connection limit -1");
      create(statement, GATE, "noinherit nologin");
      create(statement, AUDITOR, "noinherit nologin");
      create(statement, LENS, "noinherit nologin");
      // A role may end the connections of the roles it inherits from; that needs no pg_signal_backend.
      create(statement, REVOKER, "inherit nologin");
      unlessMade(statement, "grant " + APP + ", " + ENGINE + ", " + STAFF + " to " + REVOKER);
      unlessMade(statement, "grant " + String.join(", ", OWNERS) + " to current_user");
      statement.execute("create schema if not exists tuco");
      statement.execute("grant usage on schema tuco to " + String.join(", ", APP, ENGINE, STAFF) + ", " + String.join(", ", OWNERS));
      statement.execute("grant create on schema tuco to " + String.join(", ", OWNERS));
      for (String role : new String[] {APP, ENGINE, STAFF}) {
        statement.execute("grant connect on database " + quoted(url.database()) + " to " + role);
        limit(statement, role, url, "statement_timeout", "30s");
        limit(statement, role, url, "lock_timeout", "10s");
        // Shorter than the wait for a lock: whoever waits for a row that a hanging node holds still gets it.
        limit(statement, role, url, "idle_in_transaction_session_timeout", "5s");
      }
    }
  }

  private static void create(Statement statement, String role, String options) throws SQLException {
    boolean missing;
    try (ResultSet row = statement.executeQuery("select not exists (select from pg_roles where rolname = '" + role + "')")) {
      row.next();
      missing = row.getBoolean(1);
    }
    if (missing) {
      unlessMade(statement, "create role " + role + " nosuperuser nocreatedb nocreaterole " + options);
    }
  }

  /** Waits for a Tuco in another database that makes the same, and makes it when that one did not. */
  private static void unlessMade(Statement statement, String sql) throws SQLException {
    Savepoint before = statement.getConnection().setSavepoint();
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      if (!MADE_MEANWHILE.contains(e.getSQLState())) {
        throw e;
      }
      statement.getConnection().rollback(before);
    }
  }

  /** For a derived password whose owner's password was changed. Who signs in afterwards learns whether it is the right one. */
  static void setPassword(Connection owner, DatabaseUrl role) throws SQLException {
    try (Statement statement = owner.createStatement()) {
      statement.execute("select pg_advisory_lock(" + LOCK + ")");
      statement.execute("alter role " + role.user() + " password " + literal(role.password()));
    } catch (SQLException e) {
      // A Tuco of the same owner, in another database, has just set the same password.
      if (!CHANGED_MEANWHILE.equals(e.getSQLState())) {
        throw e;
      }
    }
  }

  /** The databases of this server, other than this one, in which another user's Tuco works with these roles; null for none. */
  static @Nullable String databasesOfOthers(Connection owner) throws SQLException {
    // All of it is what every user may read, in whichever database.
    try (Statement statement = owner.createStatement(); ResultSet row = statement.executeQuery("""
        select string_agg(distinct datname, ', ')
        from pg_db_role_setting join pg_database on pg_database.oid = setdatabase join pg_roles on pg_roles.oid = setrole
        where rolname = '%s' and datname <> current_database()
          and exists (
            select from pg_auth_members join pg_roles made on made.oid = roleid join pg_roles owner on owner.oid = member
            where made.rolname = '%s' and owner.rolname <> current_user)
        """.formatted(APP, GATE))) {
      row.next();
      return row.getString(1);
    }
  }

  private static void limit(Statement statement, String role, DatabaseUrl url, String setting, String value)
      throws SQLException {
    statement.execute(
        "alter role " + role + " in database " + quoted(url.database()) + " set " + setting + " = '" + value + "'");
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
