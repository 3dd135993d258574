package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.World;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/**
 * Nothing of one workspace can be read, written, counted or guessed from another (A2, A4, O1). Made from the OpenAPI
 * document: every operation with another workspace's id in every place where the document marks one, existing and
 * invented, must give the same refusal to the byte.
 */
class IsolationTest {
  /** Kinds nothing of which can be made here in a line; both ids are invented then. */
  private static final Set<Kind> WITHOUT_FIXTURE = Set.of(
      Kind.DELIVERY, Kind.EVENT);

  private static World world;
  private static Member own;
  private static Member other;
  private static final Operations OPERATIONS = new Operations();

  /** An owner, what their workspace holds, and a word that stands in all of it. */
  record Member(World.TestWorkspace workspace, String token, Api api, Map<Kind, String> ids, String mark) {}

  @BeforeAll
  static void start() {
    world = new World();
    own = member(world, "ownmark", "+12025550171");
    other = member(world, "othermark", "+12025550172");
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  /** A workspace with one of everything, as its owner sees it. */
  static Member member(World world, String mark, String phone) {
    World.TestWorkspace workspace = world.aWorkspace();
    String token = world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + workspace.ownerPassword() + "\"}").at("token");
    Api api = world.api(token);
    Map<Kind, String> ids = new LinkedHashMap<>();
    ids.put(Kind.WORKSPACE, Ids.text(Kind.WORKSPACE, workspace.id()));
    ids.put(Kind.PERSON, Ids.text(Kind.PERSON, workspace.ownerId()));
    ids.put(Kind.KEY, Ids.text(Kind.KEY, workspace.keyId()));
    ids.put(Kind.LINE, world.aSimulatorLine(workspace.id()));
    ids.put(Kind.LIST, made(api, "/api/lists", "{\"name\":\"" + mark + "\"}", "/_id", "/list/_id", "/listId"));
    ids.put(Kind.LEAD, made(api, "/api/leads",
        "{\"leads\":[{\"firstName\":\"" + mark + "\",\"email\":\"" + mark + "@example.com\"}]}", "/leadId", "/leadIds/0"));
    ids.put(Kind.MESSAGE, made(api, "/api/messages", "{\"message\":\"" + mark + "\",\"recipientPhone\":\"" + phone
        + "\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}", "/messageId"));
    world.arrives(workspace.id(), Inbound.text(
        Objects.requireNonNull(Ids.parse(Kind.LINE, Objects.requireNonNull(ids.get(Kind.LINE)))), mark, phone, mark, Instant.now(), List.of()));
    ids.put(Kind.CONVERSATION, api.get("/api/unibox/conversations").at("/conversations/0/_id"));
    ids.put(Kind.WEBHOOK, made(api, "/api/webhooks", "{\"url\":\"https://" + mark + ".example.com/hook\",\"name\":\"" + mark
        + "\",\"events\":[\"message.sent\"]}", "/id", "/_id"));
    ids.put(Kind.INVITATION, made(api, "/api/members/invitations",
        "{\"email\":\"invited" + mark + "@example.com\",\"role\":\"member\"}", "/invitation/_id", "/_id"));
    ids.put(Kind.SUPPRESSION, made(api, "/api/dnc", "{\"email\":\"dnc" + mark + "@example.com\"}", "/_id", "/entry/_id", "/id", "/entries/0/_id"));
    ids.put(Kind.LINE_REQUEST, made(api, "/api/line-requests",
        "{\"firstName\":\"" + mark + "\",\"lastName\":\"x\",\"channelType\":\"phone\"}", "/lineRequestId"));
    ids.put(Kind.CAMPAIGN, made(api, "/api/campaigns",
        "{\"name\":\"" + mark + "\",\"listId\":\"" + ids.get(Kind.LIST) + "\",\"steps\":[{\"message\":\"Hello\"}]}", "/campaign/_id"));
    ids.put(Kind.IMPORT, api.upload("/api/leads/import", "text/csv", out ->
        out.write(("email\nimported-" + mark + "@example.com\n").getBytes(java.nio.charset.StandardCharsets.UTF_8))).at("/import/_id"));
    ids.put(Kind.GRANT, aGrant(world, workspace, mark));
    return new Member(workspace, token, api, ids, mark);
  }

  /** A request of staff; its ticket bears the mark. */
  private static String aGrant(World world, World.TestWorkspace workspace, String mark) {
    UUID grant = world.ids().next(Ids.tag(workspace.id()));
    UUID staff = world.ids().next(Ids.NO_WORKSPACE);
    String outcome = world.database().staff().work(tx -> {
      tx.update("insert into staff (staff_id, email, name, created_at) values (:staff, :mark || '@operator.example.com', '', now())")
          .bind("staff", staff).bind("mark", mark).execute();
      tx.update("""
              insert into staff_sessions (token_hash, session_id, staff_id, created_at, expires_at, address, client)
              values (cast(:mark as bytea), :staff, :staff, now(), now() + interval '1 hour', '', '')""")
          .bind("staff", staff).bind("mark", mark).execute();
      return tx.query("""
              select staff_request(cast(:mark as bytea), :workspace, :grant, :staff, 'support_request', :mark, 'metadata', 'read_only', 4, '{}')""")
          .bind("staff", staff).bind("workspace", workspace.id()).bind("grant", grant).bind("mark", mark).mapTo(String.class).one();
    });
    assertThat(outcome).isEqualTo("waiting");
    return Ids.text(Kind.GRANT, grant);
  }

  private static String made(Api api, String path, String body, String... places) {
    Api.Answer answer = api.post(path, body);
    assertThat(answer.status()).as("%s %s", path, answer.text()).isBetween(200, 201);
    return Arrays.stream(places).map(answer::at).filter(id -> !id.isEmpty()).findFirst()
        .orElseThrow(() -> new AssertionError("no id in " + answer.text()));
  }

  @TestFactory
  Stream<DynamicTest> anIdOfAnotherWorkspaceIsRefusedTheSameWhetherItExistsOrNot() {
    return OPERATIONS.stream()
        .filter(operation -> !operation.open() && !operation.forPerson())
        .flatMap(operation -> operation.positions().stream()
            .filter(position -> !position.kind().equals("none"))
            .map(position -> DynamicTest.dynamicTest(operation.name() + ", " + position, () -> refused(operation, position))));
  }

  private static void refused(Operation operation, Position position) {
    Kind kind = kind(position);
    String existing = other.ids().get(kind);
    if (WITHOUT_FIXTURE.contains(kind)) {
      existing = foreign(kind);
    }
    assertThat(existing).as("a fixture of kind %s", kind).isNotNull();
    Api.Answer one = call(operation, position, existing);
    Api.Answer two = call(operation, position, foreign(kind));
    String expected = position.skipped() ? "a success" : kind == Kind.PERSON ? "404" : "403 wrong_workspace";
    assertThat(what(one)).as("%s with an id that exists elsewhere: %s", operation.name(), one.text()).isEqualTo(expected);
    assertThat(fingerprint(one)).as("whether the id exists elsewhere must not show").isEqualTo(fingerprint(two));
  }

  private static String what(Api.Answer answer) {
    return answer.status() / 100 == 2 ? "a success"
        : answer.status() == 403 ? "403 " + answer.at("code") : Integer.toString(answer.status());
  }

  static Kind kind(Position position) {
    return Arrays.stream(Kind.values()).filter(kind -> kind.prefix().equals(position.kind())).findAny().orElseThrow();
  }

  /** An id of the other workspace that nothing has. */
  private static String foreign(Kind kind) {
    return Ids.text(kind, world.ids().next(kind == Kind.PERSON ? Ids.NO_WORKSPACE : Ids.tag(other.workspace().id())));
  }

  /** A call that is right but for this one id. */
  private static Api.Answer call(Operation operation, Position wanted, String id) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      String value = position.equals(wanted) ? id
          : own.ids().getOrDefault(kind(position), Ids.text(kind(position), world.ids().next(Ids.tag(own.workspace().id()))));
      path = path.replace("{" + position.steps().getFirst() + "}", value);
    }
    if (wanted.in().equals("query")) {
      path += "?" + wanted.steps().getFirst() + "=" + id;
    }
    ObjectNode body = operation.example();
    if (wanted.in().equals("body")) {
      if (wanted.steps().getFirst().equals("body") && body.has("leads")) {
        body.set("body", body.remove("leads")); // Another name for the same list.
      }
      Operations.set(body, wanted.steps(), id);
    }
    // Own ids stand in an example as {ls}, {ld} …
    String text = operation.node().at("/requestBody/content").has("text/csv") ? "email\nada@example.com\n" : Json.text(body);
    for (Map.Entry<Kind, String> mine : own.ids().entrySet()) {
      text = text.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
    }
    return own.api().call(operation.method(), path, operation.method().equals("GET") ? null : text);
  }

  /** Everything of an answer but the id that was sent and what names this one request. */
  private static String fingerprint(Api.Answer answer) {
    ObjectNode body = (ObjectNode) answer.json();
    body.remove(List.of("requestId", "instance"));
    return answer.status() + " " + answer.header("Content-Type") + " " + answer.header("WWW-Authenticate") + " " + body;
  }

  @TestFactory
  Stream<DynamicTest> noReadShowsATraceOfAnotherWorkspace() {
    return OPERATIONS.stream()
        .filter(operation -> operation.method().equals("GET") && !operation.open())
        .filter(operation -> operation.in("path").allMatch(position -> own.ids().containsKey(kind(position))))
        .map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
          String path = operation.path();
          for (Position position : operation.in("path").toList()) {
            path = path.replace("{" + position.steps().getFirst() + "}", own.ids().get(kind(position)));
          }
          for (String query : List.of("", "?search=othermark", "?q=othermark", "?email=othermark@example.com", "?limit=100")) {
            assertNoTrace(own.api().get(path + query).text());
          }
        }));
  }

  private static void assertNoTrace(String text) {
    String withoutEcho = text.replaceAll("\"instance\":\"[^\"]*\"", "");
    assertThat(withoutEcho).doesNotContain(other.mark() + "\"", "\"" + other.mark(), "invitedothermark");
    other.ids().values().forEach(id -> assertThat(withoutEcho).doesNotContain(id));
    assertThat(withoutEcho).doesNotContain(other.workspace().ownerEmail());
  }

  /** A cursor is opaque to who gets it, and whoever brings another workspace's must not read on where that one stopped. */
  @TestFactory
  Stream<DynamicTest> aCursorOfAnotherWorkspaceShowsNothingOfIt() {
    return OPERATIONS.stream()
        .filter(operation -> operation.method().equals("GET") && !operation.open() && !operation.forPerson())
        .filter(operation -> operation.queryNames().contains("cursor"))
        .filter(operation -> operation.in("path").allMatch(position -> own.ids().containsKey(kind(position))))
        .map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
          String theirs = at(operation, other) + "?limit=1";
          Api.Answer page = other.api().get(theirs);
          for (String tried : List.of(cursor(page), anyCursor())) {
            Api.Answer answer = own.api().get(at(operation, own) + "?limit=100&cursor=" + java.net.URLEncoder.encode(tried, java.nio.charset.StandardCharsets.UTF_8));
            assertThat(answer.status()).as(answer.text()).isIn(200, 400, 403);
            assertNoTrace(answer.text());
          }
        }));
  }

  private static String at(Operation operation, Member member) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      path = path.replace("{" + position.steps().getFirst() + "}", member.ids().get(kind(position)));
    }
    return path;
  }

  /** The cursor of the other workspace's leads, of which there are several. */
  private static String anyCursor() {
    String cursor = cursor(other.api().get("/api/leads?limit=1"));
    assertThat(cursor).isNotEmpty();
    return cursor;
  }

  private static String cursor(Api.Answer page) {
    JsonNode next = page.text().startsWith("{") ? page.json().findValue("nextCursor") : null;
    return next == null || next.isNull() ? page.header("X-Next-Cursor") : next.asText();
  }

  @Test
  void countsAndSearchesKnowOnlyTheirOwn() {
    for (String path : List.of("/api/leads", "/api/leads?search=example.com", "/api/leads?search=othermark")) {
      Api.Answer answer = own.api().get(path);
      assertThat(answer.json().at("/pagination/totalCount").asInt(-1)).as(path + " " + answer.text())
          .isEqualTo(path.contains("othermark") ? 0 : ownLeads(path));
    }
  }

  /** The two leads with an address that were made and imported, and the one a message made. */
  private static int ownLeads(String path) {
    return path.contains("search") ? 2 : 3;
  }

  @Test
  void everyKindTheDocumentMarksHasAFixtureHere() {
    Set<Kind> used = OPERATIONS.stream().filter(operation -> !operation.open() && !operation.forPerson())
        .flatMap(operation -> operation.positions().stream())
        .filter(position -> !position.kind().equals("none")).map(IsolationTest::kind).collect(Collectors.toSet());
    used.removeAll(WITHOUT_FIXTURE);
    assertThat(own.ids().keySet()).containsAll(used);
  }
}
