package tuco.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;
import tuco.caller.Token;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Migrations from every earlier version, by two nodes at once, on rows (decisions 10.2). The same files in the same order lead
 * from each version to the newest, so one database that gets its rows on the whole way meets every step; some versions stand
 * for what people do, who leave one out.
 */
class EarlierVersionsTest {
  private static final String KEY = new Token().mint(Token.KEY);
  /** The first with messages, one in the middle, the last but one, and the newest with all that was met before. */
  private static final List<EarlierVersions.Version> VERSIONS = new ArrayList<>();

  @BeforeAll
  static void olderOnesAreBroughtUpToDateByTwoNodesAtOnce() throws Exception {
    List<String> all = EarlierVersions.all();
    EarlierVersions earlier = new EarlierVersions(Token.hash(KEY));
    for (int place : new int[] {1, all.size() / 2, all.size() - 2, all.size() - 1}) {
      VERSIONS.add(earlier.at(all.get(place)));
    }
    try (ExecutorService nodes = Executors.newFixedThreadPool(2)) {
      for (EarlierVersions.Version version : VERSIONS) {
        Callable<Boolean> node = () -> {
          Migrations.run(DatabaseUrl.parse(version.url()));
          return true;
        };
        for (Future<Boolean> migrated : nodes.invokeAll(List.of(node, node))) {
          assertThat(migrated.get()).as(version.name()).isTrue();
        }
      }
    }
  }

  @Test
  void theSchemaIsThatOfANewDatabase() throws Exception {
    String fresh = TestDatabase.fresh();
    Migrations.run(DatabaseUrl.parse(fresh));
    List<String> schema = Catalogue.of(fresh);
    assertThat(schema).hasSizeGreaterThan(500);
    for (EarlierVersions.Version version : VERSIONS) {
      assertThat(Catalogue.of(version.url())).as("from %s", version.name()).isEqualTo(schema);
    }
  }

  @Test
  void everyRowSaysWhatItSaidBefore() throws Exception {
    for (EarlierVersions.Version version : VERSIONS) {
      assertThat(version.rows()).as(version.name()).isNotEmpty();
      assertThat(EarlierVersions.missing(version.url(), version.rows())).as("from %s", version.name()).isEmpty();
    }
  }

  /** What migrations make of rows that were there before them. */
  @Test
  void newColumnsOfOldRowsAreFilled() throws Exception {
    for (EarlierVersions.Version version : VERSIONS) {
      List<String> expected = new ArrayList<>(List.of("V041 2", "V041 1", "V042 self-hosted"));
      if (version.rows().stream().anyMatch(row -> row.startsWith("campaign_steps "))) {
        expected.addAll(List.of("V046 0", "V046 1"));
      }
      try (Connection connection = EarlierVersions.unfenced(version.url())) {
        assertThat(Catalogue.ask(connection, """
            (select 'V041 ' || sends from contacts where address in ('+12025550141', '+12025550142') order by address)
            union all (select 'V042 ' || plan from plans where for_new)
            union all (select 'V046 ' || place from campaign_steps order by step_index)""")).as(version.name()).isEqualTo(expected);
      }
    }
  }

  /** The key of before still opens, what was sent can be read, what waited is sent, once, and what never left is given back. */
  @Test
  void theOldestDatabaseWithMessagesGoesOnWorking() throws Exception {
    String url = new EarlierVersions(Token.hash(KEY)).at(VERSIONS.getFirst().name()).url();
    DatabaseUrl oldest = DatabaseUrl.parse(url);
    Migrations.run(oldest);
    try (Node node = new Node(World.configOf(oldest, true), Clock.systemUTC()).start()) {
      Api api = new Api("http://127.0.0.1:" + node.port(), KEY);
      assertThat(api.get("/api/messages/" + message(25)).json().path("status").asText()).isEqualTo("delivered");
      Eventually.within(Duration.ofSeconds(10), () ->
          assertThat(api.get("/api/messages/" + message(26)).json().path("status").asText()).isEqualTo("delivered"));
      Eventually.within(Duration.ofSeconds(10), () ->
          assertThat(api.get("/api/messages/" + message(27)).json().path("status").asText()).isEqualTo("delivered"));
      Api.Answer sent = api.post("/api/messages", "{\"recipientPhone\":\"+12025550141\",\"message\":\"After the upgrade\"}");
      assertThat(sent.status()).as("to somebody known: %s", sent.text()).isEqualTo(200);
    }
    try (Connection connection = EarlierVersions.unfenced(url)) {
      assertThat(Catalogue.ask(connection, """
          select kind || ' ' || used from usage_counters where period_start < '2026-01-05' and kind like 'workspace%' order by 1"""))
          .containsExactly("workspace_day 0", "workspace_month 2");
    }
  }

  private static String message(int n) {
    return Ids.text(Kind.MESSAGE, UUID.fromString("0000000b-019b-8000-8000-%012d".formatted(n)));
  }
}
