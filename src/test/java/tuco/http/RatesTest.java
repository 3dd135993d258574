package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.db.Tx;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** API rates of the plans, shared by all keys and members of a workspace (contract 2.0, standards 4.3). */
class RatesTest {
  private static final TestClock CLOCK = new TestClock(Clock.systemUTC().instant().toString());
  private static World world;

  @BeforeAll
  static void start() throws SQLException {
    world = new World(CLOCK);
    run("insert into plans (plan, api_rates) values ('three', '{\"send\": 3}')"); // Before the first node reads them.
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theSixtyFirstSendInAMinuteIs429AndNothingIsStored() {
    World.TestWorkspace workspace = onPlan("mini");
    for (int i = 1; i <= 60; i++) {
      Api.Answer answer = send(workspace.api(), i);
      assertThat(answer.status()).as(answer.text()).isEqualTo(201);
      assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"send\";q=60;w=60"); // R1
      assertThat(answer.header("RateLimit")).isEqualTo("\"send\";r=" + (60 - i) + ";t=" + i); // R2
    }
    Api.Answer refused = send(workspace.api(), 61);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.at("error")).isEqualTo("Rate limit exceeded");
    assertThat(refused.at("/violated-policies/0")).isEqualTo("send"); // R6
    assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"send\";q=60;w=60");
    assertThat(refused.header("RateLimit")).isEqualTo("\"send\";r=0;t=1");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).as("R4").isGreaterThanOrEqualTo(1);
    assertThat(count(workspace, "messages")).isEqualTo(60);
    assertThat(count(workspace, "leads")).isEqualTo(60);

    CLOCK.advance(Duration.ofSeconds(Integer.parseInt(refused.header("Retry-After"))));
    assertThat(send(workspace.api(), 61).status()).as("who waits as told gets through").isEqualTo(201);
    assertThat(send(workspace.api(), 62).status()).isEqualTo(429);
  }

  @Test
  void allKeysAndMembersShareTheBucketAndOtherWorkspacesDoNot() {
    World.TestWorkspace workspace = onPlan("three");
    Api key = workspace.api();
    Api otherKey = world.api(world.aKey(workspace.id(), Right.FULL).secret());
    Api member = world.api(world.anonymous().post("/api/sessions", Json.text(Json.object()
        .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()))).at("token"));
    assertThat(send(key, 1).status()).isEqualTo(201);
    assertThat(send(otherKey, 2).status()).isEqualTo(201);
    assertThat(send(member, 3).status()).isEqualTo(201);
    assertThat(send(key, 4).status()).isEqualTo(429);
    assertThat(send(otherKey, 4).status()).isEqualTo(429);
    assertThat(send(member, 4).status()).isEqualTo(429);
    assertThat(key.get("/api/messages").status()).as("another group").isEqualTo(200);
    assertThat(send(onPlan("three").api(), 1).status()).isEqualTo(201);
  }

  /** Decisions 1.6: on every answer, refusals among them; what is malformed counts as well. */
  @Test
  void refusalsSayWhatIsLeftToo() {
    Api.Answer malformed = onPlan("mini").api().post("/api/messages", "{}");
    assertThat(malformed.status()).isEqualTo(400);
    assertThat(malformed.header("RateLimit")).isEqualTo("\"send\";r=59;t=1");
  }

  /** Decisions 1.6: on every answer, whatever was asked for and whatever came of it. */
  @Test
  void onAPlanWithRatesEveryAnswerSaysWhatIsLeft() {
    World.TestWorkspace workspace = onPlan("growth");
    Api key = workspace.api();
    new Operations().stream().filter(operation -> !operation.open() && !operation.forPerson()).forEach(operation -> {
      String path = operation.path().replaceAll("\\{\\w+}", Ids.text(Kind.WORKSPACE, workspace.id()));
      Api.Answer answer = key.call(operation.method(), path, operation.method().equals("GET") ? null : "{}");
      assertThat(List.of(answer.header("RateLimit-Policy"), answer.header("RateLimit"))).as(operation.name() + " " + answer.text())
          .noneMatch(String::isEmpty);
    });
  }

  @Test
  void selfHostedHasNoRates() {
    World.TestWorkspace workspace = onPlan("self-hosted");
    for (int i = 1; i <= 61; i++) {
      Api.Answer answer = send(workspace.api(), i);
      assertThat(answer.status()).as(answer.text()).isEqualTo(201);
      // Then the only ceiling is that of calls at once (decisions 1.6).
      assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"concurrent\";q=256;qu=\"concurrent-requests\"");
    }
  }

  /** Plans are data (decisions 4.5): what the operator changes holds within seconds, without a restart. */
  @Test
  void aChangedPlanHoldsWithoutARestart() throws SQLException {
    World.TestWorkspace workspace = onPlan("self-hosted");
    Rates rates = new Rates(CLOCK);
    try (PlanRates often = new PlanRates(world.database(), rates, Duration.ofMillis(20))) {
      often.start();
      run("insert into plans (plan, api_rates) values ('tiny', '{\"other\": 1}')");
      run("update workspaces set plan = 'tiny' where workspace_id = '" + workspace.id() + "'");
      Caller caller = world.database().read(new Credential(Token.hash(workspace.key()), false, null), Tx::caller);
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(rates.take(caller, Rate.OTHER)).isNotNull());
    } finally {
      run("update workspaces set plan = 'self-hosted' where workspace_id = '" + workspace.id() + "'");
      run("delete from plans where plan = 'tiny'");
    }
  }

  private static World.TestWorkspace onPlan(String plan) {
    World.TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    world.database().crossing(tx -> tx.update("update workspaces set plan = :plan where workspace_id = :workspace")
        .bind("plan", plan).bind("workspace", workspace.id()).execute());
    return workspace;
  }

  private static Api.Answer send(Api api, int n) {
    return api.post("/api/messages", "{\"message\": \"Hello\", \"recipientPhone\": \"+155555501%02d\"}".formatted(n));
  }

  private static int count(World.TestWorkspace workspace, String table) {
    return world.database().asWorkspace(workspace.id(), tx ->
        tx.ownQuery("select count(*) from " + table + " where workspace_id = :workspace").mapTo(Integer.class).one());
  }

  private static void run(String sql) throws SQLException {
    try (Connection operator = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = operator.createStatement()) {
      statement.execute(sql);
    }
  }
}
