package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Migrations at start, safe with several nodes (decisions 10.2). */
class MigrationsTest {
  @Test
  void severalNodesAtOnceMigrateOnce() throws Exception {
    String url = TestDatabase.fresh();
    DatabaseUrl owner = DatabaseUrl.parse(url);
    Callable<Boolean> node = () -> {
      Migrations.run(owner);
      return true;
    };
    try (ExecutorService nodes = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : nodes.invokeAll(Stream.generate(() -> node).limit(4).toList())) {
        assertThat(done.get()).isTrue();
      }
    }
    assertThat(ask(url, "select count(*) = count(distinct version) and bool_and(success) from tuco.flyway_schema_history where version is not null"))
        .containsExactly("t");
    assertThat(ask(url, "select count(*) from tuco.installation")).containsExactly("1");
  }

  @Test
  void againChangesNothing() throws Exception {
    String url = TestDatabase.fresh();
    Migrations.run(DatabaseUrl.parse(url));
    String everything = """
        select c.relname || a.attname || format_type(a.atttypid, a.atttypmod) || coalesce(c.relacl::text, '')
          from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'tuco'::regnamespace and a.attnum > 0
         union all select version || installed_on from tuco.flyway_schema_history where version is not null order by 1""";
    List<String> before = ask(url, everything);
    Migrations.run(DatabaseUrl.parse(url));
    assertThat(ask(url, everything)).isEqualTo(before).hasSizeGreaterThan(100);
  }

  private static List<String> ask(String url, String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> answers = new ArrayList<>();
      while (rows.next()) {
        answers.add(rows.getString(1));
      }
      return answers;
    }
  }
}
