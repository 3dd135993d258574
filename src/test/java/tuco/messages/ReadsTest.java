package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.db.GateQuery;

/** Reads that share a statement: each under its own key, its own tenant, with its own answer (A1, A2, A4, K8). */
class ReadsTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private static String send(TestWorkspace workspace, String email) {
    return workspace.api().post("/api/messages",
        "{\"recipientEmail\":\"" + email + "\",\"message\":\"To " + email + "\",\"scheduledDate\":\"2100-01-01T00:00:00Z\"}").at("messageId");
  }

  @Test
  void inOneStatementRowSecurityAloneShowsEachKeyItsOwnWorkspace() throws SQLException {
    TestWorkspace one = workspaceWithLine();
    TestWorkspace two = workspaceWithLine();
    send(one, "a@example.com");
    send(two, "b@example.com");
    send(two, "c@example.com");
    byte[][] hashes = {Token.hash(two.key()), Token.hash("nobody's"), Token.hash(one.key()), Token.hash(two.key())};
    Map<Integer, List<Integer>> seen = new LinkedHashMap<>();
    try (Connection connection = world.database().app().getConnection();
        PreparedStatement statement = connection.prepareStatement("""
            select t.place,
                   array[(select count(*) from messages where t.place > 0), (select count(*) from message_states where t.place > 0),
                         (select count(*) from lines where t.place > 0), (select count(*) from line_leases where t.place > 0)]::int[]
              from
            """ + GateQuery.KEYS)) {
      statement.setArray(1, connection.createArrayOf("bytea", hashes));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          seen.put(row.getInt(1), List.of((Integer[]) row.getArray(2).getArray()));
        }
      }
    }
    assertThat(seen).containsOnly(
        Map.entry(1, List.of(2, 2, 1, 1)), Map.entry(3, List.of(1, 1, 1, 1)), Map.entry(4, List.of(2, 2, 1, 1)));
  }

  @Test
  void whoReadsAtOnceEachGetsTheirOwnAnswer() throws Exception {
    TestWorkspace one = workspaceWithLine();
    TestWorkspace two = workspaceWithLine();
    String ofOne = send(one, "a@example.com");
    String ofTwo = send(two, "b@example.com");
    String missing = "ms_" + ofOne.substring(3, 28) + (ofOne.endsWith("0") ? "1" : "0");
    Api revoked = world.api(world.aKey(one.id(), Set.of(Right.MESSAGES_READ)).secret());
    Api rightless = world.api(world.aKey(two.id(), Set.of(Right.LEADS_READ)).secret());
    String session = world.anonymous().post("/api/sessions",
        "{\"email\":\"" + two.ownerEmail() + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token");
    assertThat(revoked.get("/api/messages/" + ofOne).status()).isEqualTo(200);
    world.database().asWorkspace(one.id(), tx -> tx.ownUpdate(
        "update api_keys set disabled_at = now() where workspace_id = :workspace and rights = '{messages:read}'").execute());
    List<Asked> asked = List.of(
        new Asked(one.api(), ofOne, 200, "To a@example.com"), new Asked(two.api(), ofTwo, 200, "To b@example.com"),
        new Asked(one.api(), ofTwo, 403, ""), new Asked(two.api(), ofOne, 403, ""), new Asked(one.api(), missing, 404, ""),
        new Asked(one.api(), "ms_no", 400, ""), new Asked(revoked, ofOne, 401, ""), new Asked(rightless, ofTwo, 403, ""),
        new Asked(world.api(session), ofTwo, 200, "To b@example.com"), new Asked(world.api(session), ofOne, 403, ""));
    List<Future<Api.Answer>> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(50)) {
      for (int round = 0; round < 30; round++) {
        for (Asked each : asked) {
          answers.add(clients.submit(() -> each.api.get("/api/messages/" + each.id)));
        }
      }
    }
    for (int i = 0; i < answers.size(); i++) {
      Asked each = asked.get(i % asked.size());
      Api.Answer answer = answers.get(i).get();
      assertThat(answer.status()).as(each + " " + answer.text()).isEqualTo(each.status);
      if (each.status == 200) {
        assertThat(answer.at("_id")).isEqualTo(each.id);
        assertThat(answer.at("message")).isEqualTo(each.text);
      }
    }
  }

  private record Asked(Api api, String id, int status, String text) {}
}
