package tuco.db;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Empty databases in one real PostgreSQL that the whole test JVM shares and the next run finds again. */
public final class TestDatabase {
  /** Without fsync, for tests alone: they make and drop many databases and none has to survive the machine. */
  private static final EmbeddedPostgres.Settings FAST = new EmbeddedPostgres.Settings(false, 400, 128);

  /** Of this JVM alone: Surefire runs several at a time. */
  private static final Path HOME = Path.of("target", "test-pg", System.getProperty("tuco.fork", "fork-1"));

  private static final AtomicInteger COUNT = new AtomicInteger();

  private TestDatabase() {}

  /** The URL of a new, empty database owned by the user in it. */
  public static String fresh() {
    String name = "t" + COUNT.incrementAndGet();
    // Copying files takes 15 ms; the default way writes every block to the log and took 90.
    execute(Server.SHARED.url(), "create database " + name + " strategy file_copy");
    return Server.SHARED.url().replaceFirst("/tuco$", "/" + name);
  }

  /** Spares a data directory the unpacking of PostgreSQL's programs, which takes most of a first start's time. */
  public static void lendPrograms(Path data) throws IOException {
    Path programs = PostgresBundle.unpackInto(Files.createDirectories(HOME.resolve("postgres"))).toAbsolutePath();
    Path home = Files.createDirectories(data.resolve("postgres"));
    Files.createSymbolicLink(home.resolve(programs.getFileName()), programs);
  }

  /** The URL of a new database with the schema: a copy of one that was migrated once. */
  public static String migrated() {
    String name = "t" + COUNT.incrementAndGet();
    execute(Server.SHARED.url(), "create database " + name + " template " + Template.NAME + " strategy file_copy");
    String url = Server.SHARED.url().replaceFirst("/tuco$", "/" + name);
    // What belongs to a role in one database is not copied with it.
    try (Connection connection = connect(url)) {
      connection.setAutoCommit(false);
      DatabaseUrl owner = DatabaseUrl.parse(url);
      Roles.ensure(connection, owner,
          owner.as(Roles.APP, Roles.password(owner, Roles.APP)), owner.as(Roles.ENGINE, Roles.password(owner, Roles.ENGINE)));
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return url;
  }

  /** Migrated with the first test that wants the schema. */
  private static final class Template {
    static final String NAME = make();

    private static String make() {
      String url = fresh();
      Migrations.run(DatabaseUrl.parse(url));
      return url.substring(url.lastIndexOf('/') + 1);
    }
  }

  /** Opens a plain JDBC connection to a {@code postgresql://user:password@host:port/database} URL. */
  public static Connection connect(String url) throws SQLException {
    URI uri = URI.create(url);
    String[] user = uri.getUserInfo().split(":", 2);
    return DriverManager.getConnection(
        "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), user[0], user[1]);
  }

  /** A connection as Tuco itself makes it. */
  static Connection connect(DatabaseUrl url) throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  /** Runs one statement outside a transaction. */
  public static void execute(String url, String sql) {
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Loaded, and thereby started, with the first test that wants a database. */
  private static final class Server {
    static final EmbeddedPostgres SHARED = start();

    private static EmbeddedPostgres start() {
      EmbeddedPostgres postgres = EmbeddedPostgres.start(HOME, FAST);
      Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
      dropThoseOfTheLastRun(postgres.url());
      return postgres;
    }

    private static void dropThoseOfTheLastRun(String url) {
      List<String> names = new ArrayList<>();
      try (Connection connection = connect(url);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select datname from pg_database where datname ~ '^t[0-9]+$'")) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
        for (String name : names) {
          // A process the last run left behind may still hold on to it. Not "with (force)": that also wants to end an
          // autovacuum worker, which the owner may not; the plain command sends it away and waits for all of them.
          statement.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "' and usename is not null");
          statement.execute("drop database " + name);
        }
      } catch (SQLException e) {
        throw new IllegalStateException("databases of the last run cannot be dropped", e);
      }
    }
  }
}
