package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.db.TestDatabase;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Issue 6: {@code kill -9} of the real server while it plans a campaign and while it sends one. In the end every lead is
 * enrolled once, every step of every lead left once, and none is lost. {@code -Dtuco.kill.rounds} kills more often.
 */
class CampaignKillTest {
  private static final int ROUNDS = Math.max(2, Integer.getInteger("tuco.kill.rounds", 6) / 2);
  private static final int LEADS = Integer.getInteger("tuco.kill.leads", 2_500);
  private static final int STEPS = 2;

  private final long seed = Long.getLong("tuco.kill.seed", System.nanoTime());
  private final Random random = new Random(seed);
  @TempDir Path home;
  private int port;

  @Test
  void whateverInstantTheServerDiesEveryStepOfEveryLeadLeavesOnce() throws Exception {
    String database = TestDatabase.fresh();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    TucoProcess tuco = start(database);
    try {
      JsonNode ready = Json.parse(tuco.outWhen("}"));
      Api api = new Api("http://127.0.0.1:" + port, ready.path("apiKey").asText());
      String list = CampaignWorld.created(api.post("/api/lists", "{\"name\":\"Many\"}")).at("/list/_id");
      leads(database, Ids.parse(Kind.LIST, list));
      String campaign = CampaignWorld.created(api.post("/api/campaigns", """
          {"name":"Kill","listId":"%s","settings":{"quietHours":false,"sendImmediately":true},
           "steps":[{"message":"One"},{"message":"Two"}]}""".formatted(list))).at("/campaign/_id");
      UUID id = CampaignWorld.id(Kind.CAMPAIGN, campaign);
      for (int round = 0; round < ROUNDS; round++) {
        // Not a wait for anything: the instant of the kill is drawn, the first ones while it plans.
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(round == 0 ? 150 : 900).toNanos()));
        tuco.kill();
        passes(database);
        tuco = start(database);
        tuco.outWhen("}");
      }
      Eventually.within(Duration.ofSeconds(120), () -> {
        passes(database);
        assertThat(number(database, "select count(*) from campaigns where campaign_id = '" + id + "' and state = 'completed'"))
            .as("completed; " + text(database, "select string_agg(state || ' ' || n, ', ') from (select state, count(*) n from enrolments group by 1) x"))
            .isEqualTo(1);
      });
      assertThat(number(database, "select count(*) from enrolments where state = 'completed'")).as("seed " + seed).isEqualTo(LEADS);
      assertThat(number(database, "select count(distinct (lead_id, step_index)) from messages where campaign_id = '" + id + "'")).isEqualTo(LEADS * STEPS);
      assertThat(number(database, "select count(*) from messages where campaign_id = '" + id + "'")).isEqualTo(LEADS * STEPS);
      assertThat(number(database, "select count(*) from simulator_ledger")).as("left, seed " + seed).isEqualTo(LEADS * STEPS);
      assertThat(number(database, "select count(distinct message_id) from simulator_ledger")).isEqualTo(LEADS * STEPS);
    } finally {
      tuco.kill();
    }
  }

  private TucoProcess start(String database) {
    return TucoProcess.start(home, Map.of("TUCO_DATABASE_URL", database), "up", "--json", "--port", String.valueOf(port));
  }

  private static void leads(String database, UUID list) {
    TestDatabase.execute(database, """
        insert into leads (workspace_id, lead_id, list_id, email, source, created_at, updated_at)
        select l.workspace_id, (left(l.workspace_id::text, 8) || right(gen_random_uuid()::text, 28))::uuid, l.list_id,
               'person' || i || '@example.com', 'test', now() - interval '1 minute', now()
          from lists l, generate_series(1, %d) i where l.list_id = '%s'""".formatted(LEADS, list));
  }

  /** Time passes for what a dead node left behind. */
  private static void passes(String database) {
    TestDatabase.execute(database, "update nodes set heartbeat_at = heartbeat_at - interval '20 seconds' where heartbeat_at < now() - interval '3 seconds'");
    TestDatabase.execute(database, """
        update message_states set attempting_since = attempting_since - interval '20 seconds'
         where status = 'sending' and attempting_since < now() - interval '5 seconds'""");
    TestDatabase.execute(database, "update message_states set due_at = due_at - interval '20 seconds' where status = 'unknown'");
  }

  private static int number(String database, String sql) throws SQLException {
    return Integer.parseInt(text(database, sql));
  }

  private static String text(String database, String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(database);
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return String.valueOf(row.getString(1));
    } catch (SQLException e) {
      throw new SQLException(sql, e);
    }
  }
}
