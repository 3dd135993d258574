package tuco.staff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.World;
import tuco.caller.StaffCaller;
import tuco.caller.Token;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The console's pages, made from the routes: none opens without a staff session, none shows anything without a grant (S1). */
class ConsoleTest {
  private static final String MARK = "zebra";

  private static World world;
  private static World.TestWorkspace workspace;
  private static AStaffMember sam;
  private static String token;
  private static StaffCaller caller;
  private static Api browser;
  private static Api owner;
  private static final Map<String, String> IDS = new HashMap<>();

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    sam = new AStaffMember(world, "sam@operator.example.com");
    token = sam.signIn(0);
    caller = sam.caller(token);
    browser = world.anonymous().with("Cookie", "tuco_staff_session=" + token, "X-CSRF-Token", csrf(token));
    owner = world.api(world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token"));
    IDS.put("line", world.aSimulatorLine(workspace.id()));
    IDS.put("lead", workspace.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"" + MARK + "\",\"email\":\"" + MARK + "@example.com\"}]}").at("/leadIds/0"));
    IDS.put("message", workspace.api().post("/api/messages", "{\"message\":\"" + MARK + "\",\"recipientEmail\":\"" + MARK
        + "2@example.com\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}").at("/messageId"));
    if (IDS.get("message").isEmpty()) {
      IDS.put("message", workspace.api().post("/api/messages", "{\"message\":\"" + MARK
          + "\",\"recipientPhone\":\"+12025550151\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}").at("/messageId"));
    }
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static String csrf(String session) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + session));
  }

  private static List<Route> console() {
    return world.node().routes().stream().filter(route -> route.path().equals("/staff") || route.path().startsWith("/staff/")).toList();
  }

  private static List<Route> guarded() {
    return console().stream().filter(route -> route.handler() instanceof Route.StaffPage).toList();
  }

  @Test
  void onlyTheDoorIsOpenToEverybody() {
    assertThat(console()).filteredOn(route -> !(route.handler() instanceof Route.StaffPage)).extracting(Route::name).containsExactlyInAnyOrder(
        "GET /staff/sign-in", "POST /staff/sign-in", "GET /staff/welcome/{token}", "POST /staff/welcome/{token}");
    assertThat(world.node().routes()).filteredOn(route -> route.handler() instanceof Route.StaffPage)
        .allSatisfy(route -> assertThat(route.path()).startsWith("/staff"));
  }

  @TestFactory
  Stream<DynamicTest> withoutAStaffSessionEveryPageLeadsToTheSignIn() {
    String member = world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token");
    Map<String, Api> outsiders = Map.of(
        "nobody", world.anonymous(),
        "an owner", world.anonymous().with("Cookie", "tuco_session=" + member, "X-CSRF-Token", csrf(member)),
        "an owner with the other cookie", world.anonymous().with("Cookie", "tuco_staff_session=" + member),
        "a key", workspace.api());
    return guarded().stream().map(route -> DynamicTest.dynamicTest(route.name(), () -> outsiders.forEach((who, api) -> {
      Api.Answer answer = call(api, route, Ids.text(Kind.GRANT, UUID.randomUUID()));
      assertThat(answer.status() + " " + answer.header("Location")).as(who).isEqualTo("303 /staff/sign-in");
    })));
  }

  @Test
  void aStaffSessionIsWorthNothingOutsideTheConsole() {
    Api elsewhere = world.anonymous().with("Cookie", "tuco_session=" + token + "; tuco_staff_session=" + token);
    assertThat(elsewhere.get("/messages").header("Location")).startsWith("/sign-in");
    assertThat(world.api(token).get("/api/whoami").status()).isEqualTo(401);
    assertThat(world.api(token).get("/api/me").status()).isEqualTo(401);
  }

  @Test
  void aFormOfAnotherPageIsRefused() {
    Api forged = world.anonymous().with("Cookie", "tuco_staff_session=" + token);
    guarded().stream().filter(Route::writes).forEach(route ->
        assertThat(call(forged, route, Ids.text(Kind.GRANT, UUID.randomUUID())).status()).as(route.name()).isEqualTo(403));
    assertThat(world.database().staff().session(Token.hash(token))).isPresent();
  }

  /** Everything below a grant: with none, one that waits, was refused, has ended, is a colleague's, and with one that holds. */
  @TestFactory
  Stream<DynamicTest> nothingBelowAGrantIsShownUnlessItHolds() {
    AStaffMember colleague = new AStaffMember(world, "colleague@operator.example.com");
    UUID colleagues = decided(colleague.ask(colleague.caller(), workspace.id(), "content"), "approve");
    UUID ended = decided(sam.ask(caller, workspace.id(), "content"), "approve");
    decided(ended, "end");
    UUID refused = decided(sam.ask(caller, workspace.id(), "content"), "refuse");
    UUID masked = decided(sam.ask(caller, workspace.id(), "metadata"), "approve");
    UUID open = decided(sam.ask(caller, workspace.id(), "content"), "approve");
    UUID waiting = sam.ask(caller, workspace.id(), "content");
    List<Route> below = guarded().stream().filter(route -> route.path().startsWith("/staff/grants/{id}") && !route.path().endsWith("/end")).toList();
    assertThat(below).hasSizeGreaterThan(7);
    return below.stream().map(route -> DynamicTest.dynamicTest(route.name(), () -> {
      for (UUID closed : List.of(ended, refused, waiting)) {
        Api.Answer answer = call(browser, route, Ids.text(Kind.GRANT, closed));
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.text()).doesNotContain(MARK);
      }
      for (UUID unknown : List.of(colleagues, UUID.randomUUID())) {
        Api.Answer answer = call(browser, route, Ids.text(Kind.GRANT, unknown));
        assertThat(answer.status()).as(answer.text()).isEqualTo(404);
        assertThat(answer.text()).doesNotContain(MARK);
      }
      Api.Answer shown = call(browser, route, Ids.text(Kind.GRANT, masked));
      assertThat(shown.text()).doesNotContain(MARK);
      if (!route.writes()) {
        assertThat(shown.status()).as(shown.text()).isEqualTo(200);
        assertThat(shown.text()).contains("You are looking at the data of", "End now");
        assertThat(call(browser, route, Ids.text(Kind.GRANT, open)).status()).isEqualTo(200);
        if (route.path().contains("messages") || route.path().contains("leads")) {
          assertThat(call(browser, route, Ids.text(Kind.GRANT, open)).text()).contains(MARK);
        }
      } else {
        assertThat(shown.status()).as("for reading only").isEqualTo(403);
      }
    }));
  }

  private static UUID decided(UUID grant, String how) {
    Api.Answer answer = owner.post("/api/staff-access/" + Ids.text(Kind.GRANT, grant) + "/" + how, "{}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return grant;
  }

  private static Api.Answer call(Api api, Route route, String grant) {
    String path = route.path().replace("{id}", route.path().contains("/grants/") ? grant : Ids.text(Kind.WORKSPACE, workspace.id()));
    for (Map.Entry<String, String> id : IDS.entrySet()) {
      path = path.replace("{" + id.getKey() + "}", id.getValue());
    }
    return api.call(route.method(), path, route.writes() ? "" : null);
  }
}
