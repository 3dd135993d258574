package tuco.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.TestClock;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Right;

/** Decisions 4.5: plans are data; their ceilings hold exactly, and a change in the middle of a period keeps what was used. */
class PlansTest {
  private static final TestClock CLOCK = new TestClock("2026-11-10T15:00:00Z");
  private static World world;
  private static Node other;

  @BeforeAll
  static void start() {
    world = new World(CLOCK);
    world.startNode();
    other = world.startNode();
    Limits.plan(world, "two", "messages_per_day = 2, keys = 3, members = 2, email_lines = 2, phone_lines = 0");
    Limits.plan(world, "five", "messages_per_day = 5");
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void thePlansOfTheContractAreThere() { // contract 9.1
    List<String> plans = world.database().withoutTenant(tx -> tx.query("""
            select concat_ws(' ', plan, messages_per_day, new_per_day, phone_lines, email_lines) from plans
             where plan in ('self-hosted', 'mini', 'starter', 'growth') order by plan""").mapTo(String.class).list());
    assertThat(plans).containsExactly("growth 500 100 2 0", "mini 150 50 0 1", "self-hosted", "starter 150 50 1 0");
  }

  /** B5: where the operator sells plans, nobody gets round theirs by making another workspace. */
  @Test
  void aNewWorkspaceBeginsOnThePlanThatTheOperatorChose() {
    TestWorkspace workspace = world.aWorkspace();
    String person = world.anonymous().post("/api/sessions",
        "{\"email\": \"" + workspace.ownerEmail() + "\", \"password\": \"" + workspace.ownerPassword() + "\"}").at("token");
    Limits.owner(world, "update plans set for_new = (plan = 'mini')");
    try {
      String made = world.api(person).post("/api/workspaces", "{\"name\": \"Another\"}").at("/workspace/_id");
      assertThat(world.api(person).with("X-Workspace-Id", made).get("/api/usage").at("plan")).isEqualTo("mini");
    } finally {
      Limits.owner(world, "update plans set for_new = (plan = 'self-hosted')");
    }
    String made = world.api(person).post("/api/workspaces", "{\"name\": \"One more\"}").at("/workspace/_id");
    assertThat(world.api(person).with("X-Workspace-Id", made).get("/api/usage").at("plan")).isEqualTo("self-hosted");
  }

  /** B5: two nodes create the last one at once; one wins, the others hear which ceiling it was. */
  @Test
  void ofTheLastKeyTheLastLineAndTheLastMemberThereIsOne() throws Exception {
    TestWorkspace workspace = Limits.workspaceOn(world, "two", "UTC");
    String key = world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret();
    race(key, "/api/api-keys", "{\"label\": \"Key %d\"}", "keys", 3, 1);
    race(key, "/api/lines", """
        {"kind": "smtp", "email": "line%d@example.com", "host": "127.0.0.1", "port": 9, "tls": "none"}""", "email_lines", 2, 2);
    race(key, "/api/members/invitations", "{\"email\": \"guest%d@example.com\", \"role\": \"viewer\"}", "members", 2, 1);
    JsonNode things = workspace.api().get("/api/usage").json().path("things");
    assertThat(things.toString()).isEqualTo("""
        [{"name":"phone_lines","limit":0,"used":0,"remaining":0,"reached":true},\
        {"name":"email_lines","limit":2,"used":2,"remaining":0,"reached":true},\
        {"name":"keys","limit":3,"used":3,"remaining":0,"reached":true},\
        {"name":"members","limit":2,"used":2,"remaining":0,"reached":true}]""");
  }

  /** Eight at once on two nodes; so many get in. */
  private static void race(String key, String path, String body, String ceiling, int size, int room) throws Exception {
    List<Future<Api.Answer>> calls = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        Api api = new Api("http://127.0.0.1:" + (i % 2 == 0 ? world.node() : other).port(), key);
        String json = body.formatted(i);
        calls.add(threads.submit(() -> api.post(path, json)));
      }
    }
    int in = 0;
    for (Future<Api.Answer> call : calls) {
      Api.Answer answer = call.get();
      if (answer.status() == 201) {
        in++;
        continue;
      }
      assertThat(answer.status()).as(answer.text()).isEqualTo(409);
      assertThat(answer.at("code")).isEqualTo("plan_limit");
      assertThat(answer.json().path("violated-policies").toString()).isEqualTo("[\"" + ceiling + "\"]");
      assertThat(answer.json().path("limit").path("size").asInt()).isEqualTo(size);
      assertThat(answer.at("detail")).contains("Remove one that is no longer needed, or change the plan.");
    }
    assertThat(in).as(ceiling).isEqualTo(room);
  }

  /** What is used stays used: a larger plan lets the rest go at once, a smaller one holds until the period ends. */
  @Test
  void aChangeOfPlanKeepsWhatWasUsed() {
    TestWorkspace workspace = Limits.workspaceOn(world, "two", "UTC");
    world.aSimulatorLine(workspace.id());
    for (int i = 0; i < 7; i++) {
      send(workspace, i);
    }
    delivered(workspace, 2);
    assertThat(workspace.api().get("/api/usage").json().path("binding").toString()).isEqualTo("[\"plan_daily\"]");

    put(workspace, "five");
    // Said at once, and the engine looks again within its usual time.
    assertThat(workspace.api().get("/api/usage").json().path("binding")).isEmpty();
    CLOCK.advance(Duration.ofSeconds(15));
    delivered(workspace, 5);

    put(workspace, "two");
    JsonNode day = workspace.api().get("/api/usage").json().at("/limits/0");
    assertThat(day.path("used").asInt()).isEqualTo(5);
    assertThat(day.path("remaining").asInt()).isZero();
    assertThat(day.path("reached").asBoolean()).isTrue();
  }

  /** A change of zone makes no room; the day goes on until the new zone's midnight after its old end. */
  @Test
  void aChangeOfZoneKeepsWhatWasUsed() {
    TestWorkspace workspace = Limits.workspaceOn(world, "two", "America/New_York");
    world.aSimulatorLine(workspace.id());
    send(workspace, 1);
    send(workspace, 2);
    delivered(workspace, 2);
    Api owner = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    for (String zone : List.of("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin")) {
      Api.Answer changed = owner.patch("/api/workspaces/" + workspace.api().get("/api/whoami").at("/workspace/_id"),
          "{\"zone\": \"" + zone + "\"}");
      assertThat(changed.status()).as(changed.text()).isEqualTo(200);
      JsonNode day = workspace.api().get("/api/usage").json().at("/limits/0");
      assertThat(day.path("used").asInt()).as(zone).isEqualTo(2);
      assertThat(day.path("zone").asText()).isEqualTo(zone);
    }
    send(workspace, 3);
    CLOCK.advance(Duration.ofSeconds(15));
    Eventually.within(Duration.ofSeconds(10), () ->
        assertThat(workspace.api().get("/api/usage").json().path("binding").toString()).isEqualTo("[\"plan_daily\"]"));
    assertThat(workspace.api().get("/api/messages?status=delivered").json().path("messages")).hasSize(2);
  }

  private static void put(TestWorkspace workspace, String plan) {
    world.database().changeAccessOf(workspace.id(), tx -> {
      new Plans(new Audit(CLOCK)).put(tx, workspace.id(), plan, null, Actor.operator());
      return true;
    });
  }

  private static void send(TestWorkspace workspace, int number) {
    Api.Answer answer = workspace.api().post("/api/messages",
        "{\"message\": \"Hello\", \"recipientPhone\": \"+1202555016" + number + "\"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
  }

  private static void delivered(TestWorkspace workspace, int count) {
    Eventually.within(Duration.ofSeconds(10), () -> assertThat(Stream.of(
        workspace.api().get("/api/messages?status=delivered&limit=100").json().path("messages").size())).containsExactly(count));
  }
}
