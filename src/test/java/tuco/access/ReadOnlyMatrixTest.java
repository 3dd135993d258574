package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.World;
import tuco.access.IsolationTest.Member;
import tuco.caller.Credential;
import tuco.caller.Role;
import tuco.caller.Token;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Read-only mode over everything there is (B1, B2, B4): every write is refused and changes no row, every read and every
 * security action succeeds. Made from the OpenAPI document and the routes, so that a new operation takes part by itself.
 */
class ReadOnlyMatrixTest {
  /** What goes on in a read-only workspace without anybody writing there. */
  private static final Map<String, String> NOT_BY_REQUESTS = Map.of(
      "key_uses", "that a key was shown is recorded, whatever it was answered",
      "key_activity", "the same, by day",
      "line_leases", "the engine's hold on a line says read_only",
      "webhook_deliveries", "what happened before is still delivered",
      "webhook_health", "and so is how the endpoint answers",
      "audit_seals", "the log is signed from time to time");

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Pattern ID = Pattern.compile("\\b([a-z]{2})_[0-9a-hjkmnp-tv-z]{26}\\b");
  private static final Operations OPERATIONS = new Operations();

  private static World world;
  private static Member frozen;
  private static List<Route> routes;
  /** How each read answered while the workspace was still writable. */
  private static final Map<String, Integer> BEFORE = new TreeMap<>();

  @BeforeAll
  static void start() {
    world = new World();
    routes = world.node().routes();
    frozen = member();
    learnMoreIds(frozen);
    freeze(frozen);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static Member member() {
    int n = COUNT.incrementAndGet();
    return IsolationTest.member(world, "frozen" + n, "+120255501" + (50 + n % 20));
  }

  private static void freeze(Member member) {
    world.database().crossing(tx -> tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w")
        .bind("w", member.workspace().id()).execute());
  }

  @TestFactory
  Stream<DynamicTest> everyWriteIsRefusedAndNoRowChanges() {
    Map<String, String> before = new TreeMap<>();
    return Stream.of(
        Stream.of(DynamicTest.dynamicTest("the rows before", () -> before.putAll(rows(frozen)))),
        operations(route -> route.writes() && !route.openWhenReadOnly()).map(operation -> DynamicTest.dynamicTest(
            operation.name(), () -> assertRefused(call(operation, frozen, frozen.api().with("Idempotency-Key", "once"))))),
        Stream.of(DynamicTest.dynamicTest("the rows afterwards", () -> assertThat(rows(frozen)).isEqualTo(before)))).flatMap(all -> all);
  }

  private static void assertRefused(Api.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(402);
    assertThat(answer.at("error") + " " + answer.at("code") + " " + answer.at("reason")).isEqualTo("READ_ONLY READ_ONLY past_due");
    assertThat(answer.header("Retry-After")).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> everyReadSucceeds() {
    return operations(route -> !route.writes()).map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
      Api.Answer answer = call(operation, frozen, frozen.api());
      // 404 where the workspace holds no such thing, as before: an attachment of a message without any.
      assertThat(answer.status()).as(answer.text()).isEqualTo(BEFORE.get(operation.name())).isIn(200, 404);
    }));
  }

  @Test
  void theReadsReallyFindSomething() {
    assertThat(BEFORE.values().stream().filter(status -> status == 404).count()).isLessThanOrEqualTo(BEFORE.size() / 20);
  }

  /** B4: each in a workspace of its own, because most of them end something. */
  @TestFactory
  Stream<DynamicTest> everySecurityActionSucceeds() {
    return operations(route -> route.writes() && route.openWhenReadOnly()).map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
      Member member = member();
      UUID colleague = world.aMember(
          member.workspace().id(), Role.MEMBER, "colleague" + COUNT.incrementAndGet() + "@frozen.example.com");
      member.ids().put(Kind.PERSON, Ids.text(Kind.PERSON, colleague));
      if (operation.path().endsWith("/end-overlap")) {
        member.api().post("/api/api-keys/" + member.ids().get(Kind.KEY) + "/rotate", "{\"overlapSeconds\": 600}");
      }
      if (operation.path().equals("/api/staff-access/{id}/end")) {
        member.api().post("/api/staff-access/" + member.ids().get(Kind.GRANT) + "/approve", "{}");
      }
      freeze(member);
      Api.Answer answer = call(operation, member, member.api());
      assertThat(answer.status()).as(answer.text()).isBetween(200, 299);
    }));
  }

  @Test
  void aPersonEndsTheirSessions() {
    Api api = SignedIn.owner(frozen.workspace());
    assertThat(api.delete("/api/sessions/current").status()).isBetween(200, 299);
  }

  @Test
  void everyFormIsRefusedAsTheApiIs() {
    Api browser = world.anonymous().with("Cookie", "tuco_session=" + frozen.token(), "X-CSRF-Token",
        Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + frozen.token())));
    Map<String, String> before = rows(frozen);
    assertThat(routes.stream().filter(route -> route.handler() instanceof Route.PageWriting && !route.openWhenReadOnly()))
        .isNotEmpty()
        .allSatisfy(route -> assertThat(browser.post(route.path().replaceAll("\\{\\w+}", "x"), "").status()).as(route.name()).isEqualTo(402));
    assertThat(rows(frozen)).isEqualTo(before);
  }

  /** What security actions and Tuco's own records need to write while a workspace is read-only (B4); nothing else. */
  private static final Set<String> OPEN_TABLES = Set.of(
      "workspaces", "members", "invitations", "api_keys", "key_secrets", "key_activity", "key_uses", "idempotency", "notices",
      "audit_heads", "audit_entries", "audit_seals", "staff_grants", "staff_acts", "billing_objects", "billing_events",
      "webhook_events", "webhook_deliveries", "webhook_health");

  /** Decisions 4.7: a handler whose route forgot the check, or whose operation was marked as open by mistake, changes nothing. */
  @Test
  void theDatabaseRefusesWhatAForgottenCheckLetsThrough() {
    Credential credential = new Credential(Token.hash(frozen.token()), true, null);
    Map<String, String> rows = rows(frozen);
    List<String> tables = new ArrayList<>(rows.keySet());
    tables.removeAll(OPEN_TABLES);
    assertThat(List.of("leads", "messages", "message_states", "lines", "campaigns", "webhooks")).as("there is something to change")
        .allSatisfy(table -> assertThat(rows.getOrDefault(table, "0 ")).doesNotStartWith("0 "));
    Map<String, Integer> touched = world.database().write(credential, tx -> {
      Map<String, Integer> changed = new TreeMap<>();
      for (String table : tables) {
        changed.put(table, tx.ownUpdate("update " + table + " set workspace_id = workspace_id where workspace_id = :workspace").execute()
            + tx.ownUpdate("delete from " + table + " where workspace_id = :workspace").execute());
      }
      return changed;
    });
    assertThat(touched.values()).as(touched.toString()).containsOnly(0);
    for (String table : tables) {
      String copy = "insert into " + table + " select * from " + table + " where workspace_id = :workspace limit 1";
      try {
        int copied = world.database().write(credential, tx -> tx.ownUpdate(copy).execute());
        assertThat(copied).as(table).isZero(); // It holds nothing to copy.
      } catch (RuntimeException refused) {
        // A column that is generated cannot be copied at all.
        assertThat(refused).as(table).rootCause().hasMessageMatching("(?s).*(row-level security|into column).*");
      }
    }
  }

  /** Operations in a workspace whose route is of this kind. */
  private static Stream<Operation> operations(java.util.function.Predicate<Route> kind) {
    Map<String, Route> byName = new LinkedHashMap<>();
    routes.forEach(route -> byName.put(route.name(), route));
    return OPERATIONS.stream()
        .filter(operation -> !operation.open() && !operation.forPerson())
        .filter(operation -> byName.containsKey(operation.name()) && kind.test(byName.get(operation.name())))
        .sorted(Comparator.comparing(Operation::name));
  }

  /** Makes what a workspace can have by the documented examples, and reads it: for ids of kinds that have no fixture. */
  private static void learnMoreIds(Member member) {
    operations(route -> !route.path().contains("{") && route.method().equals("POST"))
        .forEach(operation -> learn(member, call(operation, member, member.api())));
    for (int round = 0; round < 2; round++) {
      operations(route -> !route.writes()).forEach(operation -> {
        Api.Answer answer = call(operation, member, member.api());
        learn(member, answer);
        BEFORE.put(operation.name(), answer.status());
      });
    }
  }

  private static void learn(Member member, Api.Answer answer) {
    Matcher ids = ID.matcher(answer.text());
    while (ids.find()) {
      for (Kind kind : Kind.values()) {
        if (kind.prefix().equals(ids.group(1))) {
          member.ids().putIfAbsent(kind, ids.group());
        }
      }
    }
  }

  private static Api.Answer call(Operation operation, Member member, Api api) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      path = path.replace("{" + position.steps().getFirst() + "}", id(member, position));
    }
    List<String> query = new ArrayList<>();
    for (JsonNode parameter : operation.node().path("parameters")) {
      if (parameter.path("in").asText().equals("query") && (parameter.path("required").asBoolean() || parameter.has("example"))) {
        String name = parameter.path("name").asText();
        String value = operation.in("query").filter(position -> position.steps().getFirst().equals(name))
            .findFirst().map(position -> id(member, position)).orElse(parameter.path("example").asText());
        query.add(name + "=" + value.replace("+", "%2B"));
      }
    }
    boolean csv = operation.node().at("/requestBody/content").has("text/csv");
    String body = csv ? "email\nada@example.com\n" : Json.text(operation.example());
    for (Map.Entry<Kind, String> own : member.ids().entrySet()) {
      body = body.replace("{" + own.getKey().prefix() + "}", own.getValue());
    }
    return api.call(operation.method(), path + (query.isEmpty() ? "" : "?" + String.join("&", query)),
        operation.method().equals("GET") ? null : body);
  }

  private static String id(Member member, Position position) {
    Kind kind = IsolationTest.kind(position);
    return member.ids().getOrDefault(kind, Ids.text(kind, world.ids().next(Ids.tag(member.workspace().id()))));
  }

  /** A fingerprint of all that each table holds of this workspace. */
  private static Map<String, String> rows(Member member) {
    return world.database().crossing(tx -> {
      Map<String, String> rows = new TreeMap<>();
      List<String> tables = tx.query("""
              select c.table_name from information_schema.columns c
                join pg_class t on t.oid = ('tuco.' || c.table_name)::regclass and t.relkind in ('r', 'p') and t.relrowsecurity
               where c.table_schema = 'tuco' and c.column_name = 'workspace_id'""").mapTo(String.class).list();
      assertThat(tables).contains("leads", "messages", "api_keys", "idempotency").containsAll(NOT_BY_REQUESTS.keySet());
      tables.removeAll(NOT_BY_REQUESTS.keySet());
      for (String table : tables) {
        rows.put(table, tx.query("""
                select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '')
                  from %s t where workspace_id = :w""".formatted(table))
            .bind("w", member.workspace().id()).mapTo(String.class).one());
      }
      return rows;
    });
  }
}
