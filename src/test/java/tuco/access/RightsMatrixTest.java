package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.caller.Token;
import tuco.http.Operations;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Every right of a key and every role against every operation there is (A2, O5, decisions 2.4). Made from the routes, so
 * that a new one takes part by itself; one without a right must be named here with the reason.
 */
class RightsMatrixTest {
  /** For anybody at all. */
  private static final Map<String, String> OPEN = Map.ofEntries(
      Map.entry("GET /api/openapi.json", "the document of the API"),
      Map.entry("POST /api/sessions", "how one signs in"),
      Map.entry("POST /api/billing/stripe", "the signature of the event is the credential"),
      Map.entry("POST /api/leaked-keys", "whoever finds a key may say so"),
      Map.entry("GET /api/health-check", "whether the service can be reached"),
      Map.entry("POST /api/invitations/accept", "the link of an invitation is the credential"));

  /** For everybody in the workspace, whatever their rights. */
  private static final Map<String, String> FOR_ALL_MEMBERS = Map.of(
      "GET /api/whoami", "what one's own credential stands for",
      "GET /api/api-keys", "any member sees that keys exist (K2); a key needs keys:manage, see KeysTest",
      "GET /api/workspaces/{id}", "the workspace one is in",
      "GET /api/members", "any member sees whom to ask (K5)",
      "DELETE /api/members/{id}", "anybody may leave; others need members:manage, see MembersTest");

  /** Where the contract wants a member's session and answers 401 to a key. */
  private static final Map<String, String> SESSION_ONLY = Map.of("GET /api/lines/check-availability", "contract 2.15");

  private static World world;
  private static World.TestWorkspace workspace;
  private static List<Route> routes;
  private static final Operations OPERATIONS = new Operations();
  private static final Map<Set<Right>, Api> KEYS = new HashMap<>();
  private static final Map<Role, String> TOKENS = new EnumMap<>(Role.class);
  private static final Map<Role, Api> MEMBERS = new EnumMap<>(Role.class);

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    routes = world.node().routes().stream().filter(Route::api).toList();
    for (Role role : Role.values()) {
      String email = role.wire() + "@rights.example.com";
      world.aMember(workspace.id(), role, email);
      TOKENS.put(role, world.anonymous().post(
          "/api/sessions", "{\"email\":\"" + email + "\",\"password\":\"correct horse\"}").at("token"));
      MEMBERS.put(role, world.api(TOKENS.get(role)));
    }
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void everyOperationTakesARightOrIsNamedWithAReason() {
    assertThat(names(routes.stream().filter(route -> route.handler() instanceof Route.Open).toList())).isEqualTo(OPEN.keySet());
    assertThat(names(routes.stream().filter(RightsMatrixTest::inAWorkspace).filter(route -> route.right() == null).toList()))
        .isEqualTo(FOR_ALL_MEMBERS.keySet());
  }

  @Test
  void whateverChangesKeysWaitsForWritersUnderTheAccessLock() { // K8
    assertThat(world.node().routes().stream().filter(Route::writes).filter(route -> route.right() == Right.KEYS_MANAGE))
        .allSatisfy(route -> assertThat(route.changesAccess() || route.path().equals("/notices")).as(route.name()).isTrue());
  }

  /** Rights only add up, so who is refused with all but the one is refused with any fewer. */
  @Test
  void aKeyWithTheOneRightIsLetInAndAKeyWithAllTheOthersIsNot() {
    List<String> wrong = new ArrayList<>();
    guarded().forEach(route -> {
      Api.Answer with = call(only(route.right()), route, true);
      if (refusedFor(route, with) || with.status() == 401 && !SESSION_ONLY.containsKey(route.name())) {
        wrong.add("with " + route.name() + ": " + with.status() + " " + with.text());
      }
      Api.Answer without = call(allBut(route.right()), route, false);
      if (!refusedFor(route, without)) {
        wrong.add("without " + route.name() + ": " + without.status() + " " + without.text());
      }
    });
    assertThat(wrong).isEmpty();
  }

  private static Api only(Right right) {
    return KEYS.computeIfAbsent(Set.of(right), rights -> world.api(world.aKey(workspace.id(), rights).secret()));
  }

  private static Api allBut(Right right) {
    return KEYS.computeIfAbsent(
        EnumSet.complementOf(EnumSet.of(right)), rights -> world.api(world.aKey(workspace.id(), rights).secret()));
  }

  @Test
  void aPageShowsWhatTheRoleAllowsAndAFormDoesNothingMore() {
    TOKENS.forEach((role, token) -> world.node().routes().stream()
        .filter(route -> route.handler() instanceof Route.Page || route.handler() instanceof Route.PageWriting)
        .filter(route -> route.right() != null && !(route.writes() && role.rights().contains(route.right())))
        .forEach(route -> {
          Api browser = world.anonymous().with("Cookie", "tuco_session=" + token, "X-CSRF-Token", csrf(token));
          int status = browser.call(route.method(), route.path().replaceAll("\\{\\w+}", "x"), route.writes() ? "" : null).status();
          assertThat(status == 403).as("%s %s: %s", role, route.name(), status).isEqualTo(!role.rights().contains(route.right()));
        }));
  }

  /** As the page writes it into its forms. */
  private static String csrf(String token) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + token));
  }

  @Test
  void aMemberDoesWhatTheirRoleAllowsAndNothingElse() {
    List<String> wrong = new ArrayList<>();
    MEMBERS.forEach((role, api) -> guarded().forEach(route -> {
      Api.Answer answer = call(api, route, role.rights().contains(route.right()));
      if (refusedFor(route, answer) == role.rights().contains(route.right()) || answer.status() == 401) {
        wrong.add(role + " " + route.name() + ": " + answer.status() + " " + answer.text());
      }
    }));
    assertThat(wrong).isEmpty();
  }

  @Test
  void withoutACredentialOnlyTheOpenOperationsAnswer() {
    routes.stream().filter(route -> !(route.handler() instanceof Route.Open)).forEach(route ->
        assertThat(call(world.anonymous(), route, false).status()).as(route.name()).isEqualTo(401));
  }

  @Test
  void thePageOfTheDocumentationSaysWhatTheTablesInTheCodeSay() throws IOException {
    Path page = Path.of("docs", "rights.md");
    String wanted = documentation();
    if (Boolean.getBoolean("tuco.docs.write")) {
      Files.writeString(page, wanted);
    }
    assertThat(Files.exists(page) ? Files.readString(page) : "")
        .as("docs/rights.md is stale: run ./tuco test RightsMatrixTest -Dtuco.docs.write=true").isEqualTo(wanted);
  }

  /** Whether the gate refused it for want of exactly the route's right. */
  private static boolean refusedFor(Route route, Api.Answer answer) {
    return answer.status() == 403 && answer.at("code").equals("insufficient_scope")
        && route.right() != null && answer.at("missingRight").equals(route.right().wire());
  }

  private static boolean inAWorkspace(Route route) {
    return !(route.handler() instanceof Route.Open || route.handler() instanceof Route.Personal
        || route.handler() instanceof Route.PersonalWriting);
  }

  private static List<Route> guarded() {
    return routes.stream().filter(route -> route.right() != null).toList();
  }

  private static Set<String> names(List<Route> some) {
    return some.stream().map(Route::name).collect(Collectors.toSet());
  }

  /** Ids of our own that nothing has, so that whoever is let in changes nothing; of workspaces another's. */
  private static Api.Answer call(Api api, Route route, boolean letIn) {
    Operations.Operation operation = OPERATIONS.of(route);
    String path = route.path();
    for (Operations.Position position : operation == null ? List.<Operations.Position>of() : operation.in("path").toList()) {
      Kind kind = Arrays.stream(Kind.values()).filter(k -> k.prefix().equals(position.kind())).findAny().orElseThrow();
      UUID id = kind == Kind.WORKSPACE && !letIn ? workspace.id() : world.ids().next(Ids.tag(workspace.id()));
      path = path.replace("{" + position.steps().getFirst() + "}", Ids.text(kind, id));
    }
    return api.call(route.method(), path, route.method().equals("GET") ? null : "{}");
  }

  private static String documentation() {
    StringBuilder text = new StringBuilder("""
        # Rights

        Made from the tables in `tuco.caller.Right`, `tuco.caller.Role` and `tuco.Routes` by `RightsMatrixTest`, which fails
        when this page is stale.

        ## What each right allows, and who has it

        A key has *full access* unless someone restricts it; it never has more than its creator. *Read only* and
        *send only* are the usual restrictions, any other set can be chosen.

        | Right | Allows | Owner | Admin | Member | Viewer | Full access | Read only | Send only |
        |---|---|---|---|---|---|---|---|---|
        """);
    for (Right right : Right.values()) {
      text.append("| `").append(right.wire()).append("` | ").append(right.meaning()).append(" |");
      for (Role role : Role.values()) {
        text.append(role.rights().contains(right) ? " yes |" : " |");
      }
      for (Set<Right> set : List.of(Right.FULL, Right.READS, Right.SEND_ONLY)) {
        text.append(set.contains(right) ? " yes |" : " |");
      }
      text.append('\n');
    }
    text.append("\n## Which right each operation takes\n\n| Operation | Right |\n|---|---|\n");
    routes.stream().sorted(java.util.Comparator.comparing(Route::path).thenComparing(Route::method)).forEach(route -> text
        .append("| `").append(route.name()).append("` | ").append(rightOf(route)).append(" |\n"));
    return text.toString();
  }

  private static String rightOf(Route route) {
    if (route.right() != null) {
      return "`" + route.right().wire() + "`";
    }
    if (route.handler() instanceof Route.Open) {
      return "none: " + OPEN.getOrDefault(route.name(), "");
    }
    return inAWorkspace(route) ? "any: " + FOR_ALL_MEMBERS.getOrDefault(route.name(), "") : "a signed-in person";
  }
}
