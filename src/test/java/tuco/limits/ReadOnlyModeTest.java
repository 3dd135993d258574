package tuco.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.db.DatabaseUrl;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** B1 to B3, decisions 4.7: read-only mode by the operator and by the end of a plan, on every node at once. */
class ReadOnlyModeTest {
  private static final Plans PLANS = new Plans(new Audit(Clock.systemUTC()));
  private static final ReadOnly READ_ONLY = new ReadOnly(new Audit(Clock.systemUTC()));
  private static World world;
  @TempDir Path directory;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNode();
    world.startNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theOperatorsCommandHoldsAtOnceAndLetsGoAgain() throws Exception {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    String id = Ids.text(Kind.WORKSPACE, workspace.id());
    Api.Answer queued = workspace.api().post("/api/messages", """
        {"message": "Later", "recipientPhone": "+12025550151", "scheduledDate": "2199-01-01T00:00:00Z"}""");

    JsonNode on = command("read-only", "on", "--workspace", id, "--reason", "past_due", "--json");
    assertThat(on.path("state").asText()).isEqualTo("read_only");
    assertThat(on.path("reason").asText()).isEqualTo("past_due");
    assertThat(on.path("by").asText()).isEqualTo("operator");
    assertThat(on.path("changed").asBoolean()).isTrue();
    Api.Answer refused = workspace.api().post("/api/lists", "{\"name\": \"Too late\"}");
    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.at("error") + refused.at("code") + refused.at("reason")).isEqualTo("READ_ONLYREAD_ONLYpast_due");
    assertThat(refused.at("detail")).isEqualTo("Tuco workspace is in read-only mode; please resolve billing in Tuco.");
    assertThat(refused.header("Retry-After")).isEmpty();
    Api.Answer waiting = workspace.api().get("/api/messages/" + queued.at("messageId"));
    assertThat(waiting.at("waitReason")).isEqualTo("read_only");
    assertThat(waiting.json().path("nextEligibleAt").isNull()).isTrue();
    Api.Answer usage = workspace.api().get("/api/usage");
    assertThat(usage.at("readOnlyReason")).isEqualTo("past_due");
    assertThat(usage.json().path("binding").toString()).isEqualTo("[\"read_only\"]");

    JsonNode off = command("read-only", "off", "--workspace", id, "--json");
    assertThat(off.path("state").asText()).isEqualTo("active");
    assertThat(workspace.api().post("/api/lists", "{\"name\": \"In time\"}").status()).isEqualTo(201);
    assertThat(workspace.api().get("/api/messages/" + queued.at("messageId")).at("waitReason")).isEqualTo("scheduled");
  }

  @Test
  void theOperatorPutsAWorkspaceOnAPlanWithAnEnd() throws Exception {
    TestWorkspace workspace = world.aWorkspace();
    String id = Ids.text(Kind.WORKSPACE, workspace.id());
    JsonNode trial = command("workspace", "plan", id, "starter", "--until", "2199-01-01T00:00:00Z", "--json");
    assertThat(trial.path("plan").asText() + trial.path("planExpiresAt").asText()).isEqualTo("starter2199-01-01T00:00:00.000Z");
    assertThat(workspace.api().get("/api/usage").json().at("/limits/0/limit").asInt()).isEqualTo(150);
    assertThat(workspace.api().get("/api/usage").at("planExpiresAt")).isEqualTo("2199-01-01T00:00:00.000Z");

    TucoProcess wrong = TucoProcess.run(directory, environment(), "workspace", "plan", id, "gold");
    assertThat(wrong.process.exitValue()).isEqualTo(1);
    assertThat(wrong.err().strip()).startsWith("There is no plan gold; there are ").hasLineCount(1);
  }

  private JsonNode command(String... arguments) throws InterruptedException {
    TucoProcess run = TucoProcess.run(directory, environment(), arguments);
    assertThat(run.process.exitValue()).as(run.err()).isZero();
    return Json.parse(run.out());
  }

  private static Map<String, String> environment() {
    DatabaseUrl url = world.owner;
    return Map.of("TUCO_DATABASE_URL",
        "postgresql://" + url.user() + ":" + url.password() + "@" + url.host() + ":" + url.port() + "/" + url.database());
  }

  /** A plan ends at its instant by the database's clock: no timer has to come by, no write gets in afterwards. */
  @Test
  void aPlanEndsToTheInstant() {
    TestWorkspace workspace = world.aWorkspace();
    String line = world.aSimulatorLine(workspace.id());
    Instant end = world.database().crossing(tx -> tx.query("""
            update workspaces set plan = 'starter', plan_expires_at = clock_timestamp() + interval '300 ms'
             where workspace_id = :w returning plan_expires_at""")
        .bind("w", workspace.id()).mapTo(Instant.class).one());
    int[] n = {0};
    Eventually.within(Duration.ofSeconds(4), () -> {
      n[0]++;
      Api.Answer answer = workspace.api().post("/api/lists", "{\"name\": \"List " + n[0] + "\"}");
      assertThat(answer.status()).isEqualTo(402);
      assertThat(answer.at("reason")).isEqualTo("trial_ended");
    });
    assertThat(n[0]).as("some got in before").isGreaterThan(1);
    assertThat(number("select count(*) from lists where workspace_id = :w and created_at > :end", workspace, end)).isZero();
    // The batch of sends and the pages say the same.
    assertThat(workspace.api().post("/api/messages", """
        {"message": "Late", "recipientPhone": "+12025550152", "fromLineId": "%s"}""".formatted(line)).status()).isEqualTo(402);
    assertThat(workspace.api().get("/api/whoami").at("/workspace/readOnlyReason")).isEqualTo("trial_ended");

    // In the end the timer has written it down, and an operator who puts the workspace on a plan lets it write again.
    Eventually.within(Duration.ofSeconds(15), () -> assertThat(number(
        "select count(*) from workspaces where workspace_id = :w and read_only_by = 'expiry' and read_only_since >= :end",
        workspace, end)).isOne());
    world.database().changeAccessOf(workspace.id(), tx -> {
      PLANS.put(tx, workspace.id(), "growth", null, Actor.operator());
      return true;
    });
    assertThat(workspace.api().post("/api/lists", "{\"name\": \"Paid\"}").status()).isEqualTo(201);
  }

  /** An operator's word stands above the end of a plan. */
  @Test
  void whatTheOperatorSetStaysWhenThePlanIsChanged() {
    TestWorkspace workspace = world.aWorkspace();
    world.database().changeAccessOf(workspace.id(), tx -> {
      READ_ONLY.on(tx, workspace.id(), "suspended", ReadOnly.By.OPERATOR, Actor.operator());
      PLANS.put(tx, workspace.id(), "growth", null, Actor.operator());
      return true;
    });
    assertThat(workspace.api().post("/api/lists", "{\"name\": \"No\"}").at("reason")).isEqualTo("suspended");
  }

  /** What is queued holds and goes on; also what waits while the plan is over and nobody has written that down. */
  @Test
  void theQueueHoldsWhileAPlanIsOverAndGoesOnAfterwards() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    Api.Answer soon = workspace.api().post("/api/messages", """
        {"message": "Soon", "recipientPhone": "+12025550153", "scheduledDate": "%s"}""".formatted(Instant.now().plusSeconds(2)));
    world.database().crossing(tx -> tx.update("update workspaces set plan_expires_at = clock_timestamp() where workspace_id = :w")
        .bind("w", workspace.id()).execute());
    Eventually.within(Duration.ofSeconds(10), () -> assertThat(number(
        "select count(*) from line_leases where workspace_id = :w and hold_reason = 'read_only'", workspace)).isOne());
    assertThat(workspace.api().get("/api/messages/" + soon.at("messageId")).at("status")).isIn("queued", "pending", "scheduled");
    world.database().changeAccessOf(workspace.id(), tx -> READ_ONLY.off(tx, workspace.id(), Actor.operator()));
    Eventually.within(Duration.ofSeconds(20), () ->
        assertThat(workspace.api().get("/api/messages/" + soon.at("messageId")).at("status")).isEqualTo("delivered"));
  }

  /** Nothing leaves for a workspace that was removed. */
  @Test
  void nothingLeavesForARemovedWorkspace() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    TestWorkspace neighbour = world.aWorkspace();
    world.aSimulatorLine(neighbour.id());
    String at = Instant.now().plusSeconds(2).toString();
    for (TestWorkspace each : new TestWorkspace[] {workspace, neighbour}) {
      each.api().post("/api/messages", "{\"message\": \"Soon\", \"recipientPhone\": \"+12025550154\", \"scheduledDate\": \"" + at + "\"}");
    }
    Api owner = world.api(world.anonymous().post("/api/sessions", Json.text(Json.object()
        .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()))).at("token"));
    assertThat(owner.delete("/api/workspaces/" + Ids.text(Kind.WORKSPACE, workspace.id())).status()).isEqualTo(200);
    Eventually.within(Duration.ofSeconds(15), () -> assertThat(number(
        "select count(*) from simulator_ledger where workspace_id = :w", neighbour)).isOne());
    // The neighbour's, due at the same instant, has left: this one's time has come and gone as well.
    assertThat(number("select count(*) from simulator_ledger where workspace_id = :w", workspace)).isZero();
    assertThat(number("select count(*) from message_states where workspace_id = :w and status = 'sending'", workspace)).isZero();
  }

  private static int number(String sql, TestWorkspace workspace) {
    return world.database().crossing(tx -> tx.query(sql).bind("w", workspace.id()).mapTo(Integer.class).one());
  }

  private static int number(String sql, TestWorkspace workspace, Instant end) {
    return world.database().crossing(tx -> tx.query(sql).bind("w", workspace.id()).bind("end", end).mapTo(Integer.class).one());
  }
}
