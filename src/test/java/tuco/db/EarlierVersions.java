package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Databases of earlier versions, with rows in every table: as soon as a migration has made a table it gets a row, so that
 * every later one meets it.
 */
final class EarlierVersions {
  private static final String FENCES = "select format('alter table %s %s force row level security', oid::regclass, '?') from pg_class"
      + " where relnamespace = 'tuco'::regnamespace and relrowsecurity";

  private final byte[] keyHash;

  /** What a database was like before it was brought up to date. */
  record Version(String name, String url, List<String> rows) {}

  EarlierVersions(byte[] keyHash) {
    this.keyHash = keyHash;
  }

  /** Their names, oldest first. */
  static List<String> all() {
    MigrationInfo[] all = Migrations.flyway(DatabaseUrl.parse(TestDatabase.migrated())).load().info().all();
    return Stream.of(all).map(migration -> migration.getVersion().getVersion()).toList();
  }

  /** A database that was migrated to this version, and got its rows on the way. */
  Version at(String version) throws SQLException {
    String url = TestDatabase.fresh();
    DatabaseUrl owner = DatabaseUrl.parse(url);
    try (Connection connection = TestDatabase.connect(url)) {
      connection.setAutoCommit(false);
      Roles.ensure(connection, owner, derived(owner, Roles.APP), derived(owner, Roles.ENGINE));
      connection.commit();
    }
    Set<String> rows = new LinkedHashSet<>();
    Migrations.flyway(owner).target(version).callbacks(new Seeding(rows)).load().migrate();
    return new Version(version, url, List.copyOf(rows));
  }

  private static DatabaseUrl derived(DatabaseUrl owner, String role) {
    return owner.as(role, Roles.password(owner, role));
  }

  /** Adds each version's rows, in the transaction of its migration; collects what all rows say at each version. */
  private final class Seeding implements Callback {
    private final Set<String> rows;

    Seeding(Set<String> rows) {
      this.rows = rows;
    }

    @Override
    public void handle(Event event, Context context) {
      try {
        rows.addAll(seed(context.getConnection(), context.getMigrationInfo().getScript()));
      } catch (SQLException | IOException e) {
        throw new IllegalStateException(context.getMigrationInfo().getScript(), e);
      }
    }

    @Override
    public boolean supports(Event event, Context context) {
      return event == Event.AFTER_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
      return true;
    }

    @Override
    public String getCallbackName() {
      return "seeding";
    }
  }

  /** Adds this version's rows; answers all there are, one line each: the table and the row as JSON. */
  private List<String> seed(Connection connection, String script) throws SQLException, IOException {
    fence(connection, false);
    String name = script.replaceFirst("__.*", "");
    try (Statement statement = connection.createStatement();
        InputStream seed = EarlierVersions.class.getResourceAsStream("/versions/" + name + ".sql")) {
      statement.execute("""
          create or replace function pg_temp.id(n integer) returns uuid language sql as
          $$ select ('0000000b-019b-8000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
          create or replace function pg_temp.key_hash() returns bytea language sql as $$ select '\\x%s'::bytea $$;
          select set_tenant(pg_temp.id(1), 'write')""".formatted(HexFormat.of().formatHex(keyHash)));
      if (seed != null) {
        statement.execute(new String(seed.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\\b(id|key_hash)\\(", "pg_temp.$1("));
      }
    }
    List<String> empty = tables(connection);
    List<String> rows = rows(connection, empty);
    empty.removeAll(rows.stream().map(row -> row.substring(0, row.indexOf(' '))).collect(Collectors.toSet()));
    assertThat(empty).as("tables that are empty at %s: add a row of each to src/test/resources/versions/%s.sql, so that later"
        + " migrations are tried on rows", script, name).isEmpty();
    fence(connection, true);
    return rows;
  }

  /** The owner's connection, with row security lifted until it is closed. */
  static Connection unfenced(String url) throws SQLException {
    Connection connection = TestDatabase.connect(DatabaseUrl.parse(url));
    connection.setAutoCommit(false);
    fence(connection, false);
    return connection;
  }

  private static void fence(Connection connection, boolean forced) throws SQLException {
    List<String> changes = Catalogue.ask(connection, FENCES.replace("?", forced ? "" : "no"));
    try (Statement statement = connection.createStatement()) {
      statement.execute(String.join(";", changes));
    }
  }

  private static List<String> tables(Connection connection) throws SQLException {
    return Catalogue.ask(connection, """
        select relname from pg_class
         where relnamespace = 'tuco'::regnamespace and relkind in ('r', 'p') and relname <> 'flyway_schema_history' order by 1""");
  }

  private static List<String> rows(Connection connection, List<String> tables) throws SQLException {
    return Catalogue.ask(connection, tables.stream()
        .map(table -> "select '" + table + " ' || to_jsonb(t)::text from " + table + " t").collect(Collectors.joining(" union all ")));
  }

  /** Which of these rows are not there any more, or say something else than before. */
  static List<String> missing(String url, List<String> before) throws SQLException {
    try (Connection connection = unfenced(url);
        Statement statement = connection.createStatement()) {
      statement.execute("create temporary table before (t text, was jsonb)");
      try (PreparedStatement insert = connection.prepareStatement(
          "insert into before select split_part(r, ' ', 1), substr(r, strpos(r, ' '))::jsonb from unnest(?) r")) {
        insert.setArray(1, connection.createArrayOf("text", before.toArray()));
        insert.execute();
      }
      String gone = tables(connection).stream()
          .map(table -> "select '" + table + " ' || was::text from before where t = '" + table
              + "' and not exists (select from " + table + " now where to_jsonb(now) @> was)")
          .collect(Collectors.joining(" union all "));
      return Catalogue.ask(connection, gone + " union all select t || ' is gone' from before where to_regclass(t) is null");
    }
  }
}
