package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.access.Keys;
import tuco.caller.Right;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Whose a stored answer is: nobody gets another's, and whoever lost the right to ask gets none (standards 4.4). */
class IdempotencyScopeTest {
  private static final List<String> ROUTES = List.of("/api/lists", "/api/messages");
  private static World world;
  private World.TestWorkspace workspace;
  private Api admin;
  private Keys.Created key;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void aWorkspace() {
    workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    key = world.aKey(workspace.id(), Right.FULL);
  }

  private static Api.Answer once(Api api, String route) {
    return api.with("Idempotency-Key", "the-same").post(route, route.equals("/api/lists")
        ? "{\"name\":\"A list\"}" : "{\"message\":\"Hello\",\"recipientEmail\":\"r@example.com\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}");
  }

  private static boolean replayed(Api.Answer answer) {
    return answer.header("Idempotent-Replayed").equals("true");
  }

  @Test
  void anotherKeyAnotherMemberAndAnotherWorkspaceGetTheirOwnAnswer() { // I3
    World.TestWorkspace other = world.aWorkspace();
    world.aSimulatorLine(other.id());
    Api member = world.api(world.anonymous().post("/api/sessions", Json.text(Json.object()
        .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()))).at("token"));
    for (String route : ROUTES) {
      assertThat(replayed(once(world.api(key.secret()), route))).isFalse();
      assertThat(replayed(once(world.api(key.secret()), route))).as("the same key").isTrue();
      for (Api stranger : List.of(admin, member, other.api())) {
        assertThat(replayed(once(stranger, route))).as(route).isFalse();
      }
    }
    assertThat(replayed(once(world.api(key.secret()).with("x-correlation-id", "another"), "/api/lists"))).isTrue();
  }

  @Test
  void theValueIsTheSameWithAndWithoutQuotes() { // I1
    String body = "{\"name\":\"Quoted\"}";
    assertThat(replayed(admin.with("Idempotency-Key", "\"a value\"").post("/api/lists", body))).isFalse();
    assertThat(replayed(admin.with("Idempotency-Key", "a value").post("/api/lists", body))).isTrue();
  }

  @Test
  void aRotatedSecretStillMatches() { // I4
    ROUTES.forEach(route -> once(world.api(key.secret()), route));
    String fresh = admin.post(path() + "/rotate", "").at("secret");
    for (String route : ROUTES) {
      assertThat(replayed(once(world.api(fresh), route))).as(route).isTrue();
      assertThat(once(world.api(key.secret()), route).status()).isEqualTo(401);
    }
  }

  @Test
  void whoeverLostTheRightGetsNoStoredAnswer() { // I6
    ROUTES.forEach(route -> once(world.api(key.secret()), route));
    admin.patch(path(), "{\"rights\":[\"usage:read\"]}");
    for (String route : ROUTES) {
      Api.Answer refused = once(world.api(key.secret()), route);
      assertThat(refused.status()).isEqualTo(403);
      assertThat(replayed(refused)).isFalse();
    }
    admin.patch(path(), "{\"rights\":\"full\",\"allowedAddresses\":[\"192.0.2.1\"]}");
    ROUTES.forEach(route -> assertThat(once(world.api(key.secret()), route).status()).isEqualTo(403));
    admin.patch(path(), "{\"allowedAddresses\":[]}");
    ROUTES.forEach(route -> assertThat(replayed(once(world.api(key.secret()), route))).as("and back").isTrue());
    admin.delete(path());
    ROUTES.forEach(route -> assertThat(once(world.api(key.secret()), route).status()).isEqualTo(401));
  }

  @Test
  void anAcceptedRequestStaysAcceptedInReadOnlyMode() { // I5
    ROUTES.forEach(route -> once(world.api(key.secret()), route));
    world.database().changeAccessOf(workspace.id(), tx -> tx.ownUpdate(
        "update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").execute());
    for (String route : ROUTES) {
      assertThat(replayed(once(world.api(key.secret()), route))).as(route).isTrue();
      assertThat(once(admin, route).status()).isEqualTo(402);
    }
  }

  @Test
  void refusalsAreNotKept() { // I6
    Keys.Created weak = world.aKey(workspace.id(), Set.of(Right.USAGE_READ));
    ROUTES.forEach(route -> assertThat(once(world.api(weak.secret()), route).status()).isEqualTo(403));
    assertThat(admin.patch("/api/api-keys/" + Ids.text(Kind.KEY, weak.keyId()), "{\"rights\":\"full\"}").status()).isEqualTo(200);
    ROUTES.forEach(route -> assertThat(once(world.api(weak.secret()), route).status()).isIn(200, 201));
  }

  private String path() {
    return "/api/api-keys/" + Ids.text(Kind.KEY, key.keyId());
  }
}
