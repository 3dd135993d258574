package tuco.db;

import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;

/** Brings a database to this version's schema; safe when several nodes start at once, forward only. */
public final class Migrations {
  private static final int OLDEST_SERVER = 15;
  private static final String WRONG_PASSWORD = "28P01";

  private Migrations() {}

  /** As {@link #run(DatabaseUrl, DatabaseUrl, DatabaseUrl)}, the other users' passwords derived from the owner's. */
  public static void run(DatabaseUrl owner) {
    run(owner, owner.as(Roles.APP, Roles.password(owner, Roles.APP)), owner.as(Roles.ENGINE, Roles.password(owner, Roles.ENGINE)));
  }

  /**
   * Makes the roles and the schema.
   *
   * @param owner a user that may create roles, and owns the schema afterwards
   * @param app {@code tuco_app} with the password it gets or has
   * @param engine {@code tuco_engine} with the password it gets or has
   * @throws StartFailure with one clear sentence
   */
  public static void run(DatabaseUrl owner, DatabaseUrl app, DatabaseUrl engine) {
    try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password())) {
      requireVersion(connection, owner);
      if (app.password().equals(Roles.password(owner, app.user()))) {
        requireOurs(connection, owner, app);
      }
      connection.setAutoCommit(false);
      Roles.ensure(connection, owner, app, engine);
      connection.commit();
    } catch (SQLException e) {
      throw failure(owner, e);
    }
    try {
      flyway(owner).load().migrate();
    } catch (FlywayException e) {
      throw new StartFailure("The database " + owner + " cannot be migrated: " + sentence(e.getMessage()), e);
    }
    for (DatabaseUrl role : new DatabaseUrl[] {app, engine}) {
      requireSignIn(owner, role, role.password().equals(Roles.password(owner, role.user())));
    }
    requireSignIn(owner, Roles.staff(app), true);
  }

  static FluentConfiguration flyway(DatabaseUrl owner) {
    return Flyway.configure()
        .dataSource(owner.jdbc(), owner.user(), owner.password())
        .schemas("tuco")
        .locations("classpath:db")
        .validateMigrationNaming(true);
  }

  /**
   * How a database is, without a change to it.
   *
   * @param version PostgreSQL's major version
   * @param pending migrations that {@link #run} would make
   * @param clock the database's time
   */
  public record State(int version, int pending, Instant clock) {}

  /**
   * Looks at a database.
   *
   * @throws StartFailure with one clear sentence when it cannot be used
   */
  public static State look(DatabaseUrl owner) {
    try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password());
        Statement statement = connection.createStatement();
        ResultSet now = statement.executeQuery("select clock_timestamp()")) {
      requireVersion(connection, owner);
      now.next();
      int pending = flyway(owner).load().info().pending().length;
      return new State(connection.getMetaData().getDatabaseMajorVersion(), pending, now.getTimestamp(1).toInstant());
    } catch (SQLException e) {
      throw failure(owner, e);
    }
  }

  private static void requireVersion(Connection connection, DatabaseUrl url) throws SQLException {
    int version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < OLDEST_SERVER) {
      throw new StartFailure("Tuco needs PostgreSQL " + OLDEST_SERVER + " or newer; " + url + " is version " + version + ".");
    }
  }

  /** Before anything is changed: two owners would take the roles away from each other with every start, the one while the other runs. */
  private static void requireOurs(Connection connection, DatabaseUrl owner, DatabaseUrl app) throws SQLException {
    String others = Roles.databasesOfOthers(connection);
    if (others == null) {
      return;
    }
    try {
      signIn(app);
    } catch (SQLException e) {
      if (!WRONG_PASSWORD.equals(e.getSQLState())) {
        throw failure(app, e);
      }
      throw new StartFailure(("The user %s does not know the password of %s, with which another user's Tuco works on the same server, in the database %s:"
          + " let one user own both, or give each a server of its own.").formatted(owner.user(), app.user(), others), e);
    }
  }

  /** A derived password follows the one it is derived from when that was changed; one that people chose is theirs. */
  private static void requireSignIn(DatabaseUrl owner, DatabaseUrl role, boolean derived) {
    try {
      signIn(role);
    } catch (SQLException e) {
      if (!WRONG_PASSWORD.equals(e.getSQLState()) || !derived) {
        throw failure(role, e);
      }
      try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password())) {
        Roles.setPassword(connection, role);
        signIn(role);
      } catch (SQLException again) {
        throw failure(role, again);
      }
    }
  }

  private static void signIn(DatabaseUrl role) throws SQLException {
    DriverManager.getConnection(role.jdbc(), role.user(), role.password()).close();
  }

  private static StartFailure failure(DatabaseUrl url, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String words = sentence(e.getMessage()).replaceFirst("^FATAL: ", "").replaceFirst("^ERROR: ", "");
    if (e.getCause() instanceof UnknownHostException) {
      return new StartFailure("The database " + url + " cannot be reached: there is no host " + url.host() + ".", e);
    }
    if (state.startsWith("08")) {
      return new StartFailure("The database " + url + " cannot be reached: " + words, e);
    }
    if (state.equals("42501")) {
      return new StartFailure("The user " + url.user() + " of the database " + url + " may not do what a migration needs (create roles and a schema): " + words, e);
    }
    return new StartFailure("The database " + url + " refuses: " + words, e);
  }

  private static String sentence(@Nullable String words) {
    String line = words == null ? "no reason given" : words.lines().map(String::strip).filter(l -> !l.isEmpty()).collect(Collectors.joining(" "));
    return line.endsWith(".") ? line : line + ".";
  }
}
