package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.TestClock;
import tuco.World;
import tuco.audit.Action;
import tuco.caller.Role;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Every operation that writes says in the document ({@code x-audit}) what it leaves in the audit log, and leaves exactly
 * that (decisions 9.3). Made from the document: a new operation takes part by itself, and fails here without a mark.
 */
class AuditedOperationsTest {
  private static final TestClock CLOCK = TestClock.ticking();
  private static final AtomicInteger COUNT = new AtomicInteger();
  /** Where the document gives no example; {@code {ld}} stands for an own id of that kind. */
  private static final Map<String, String> BODIES = Map.of(
      "POST /api/workspaces", "{\"name\":\"Another\"}",
      "POST /api/members/invitations", "{\"email\":\"colleague@example.com\",\"role\":\"member\"}",
      "DELETE /api/leads", "{\"ids\":[\"{ld}\"]}",
      "POST /api/dnc", "{\"email\":\"never@example.com\"}",
      "POST /api/line-requests", "{\"firstName\":\"Ada\",\"lastName\":\"Line\",\"channelType\":\"phone\"}",
      "POST /api/line-requests/{id}", "{\"action\":\"cancel\"}",
      "POST /api/webhooks", "{\"url\":\"https://hook.example.com/x\",\"name\":\"x\",\"events\":[\"lead.created\"]}",
      "POST /api/webhooks/{id}/replay", "{\"from\":\"2020-01-01T00:00:00Z\"}");

  private static final Operations OPERATIONS = new Operations();
  private static World world;
  private static IsolationTest.Member shared;

  @BeforeAll
  static void start() {
    world = new World(CLOCK);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void everyOperationThatWritesSaysWhatItLeavesInTheLogOrWhyNothing() {
    assertThat(OPERATIONS.stream().filter(operation -> !operation.method().equals("GET"))).allSatisfy(operation -> {
      List<String> marks = marks(operation);
      assertThat(marks).as("%s needs x-audit: an action of tuco.audit.Action, or \"none: why\"", operation.name()).isNotEmpty();
      assertThat(marks).as(operation.name()).allSatisfy(mark ->
          assertThat(Action.of(mark).isPresent() || mark.matches("none: \\w.{5,}")).as(mark).isTrue());
    });
  }

  @TestFactory
  Stream<DynamicTest> whatIsMarkedLeavesExactlyItsEntry() {
    return OPERATIONS.stream().filter(operation -> !marks(operation).isEmpty() && !unaudited(operation))
        .map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
          IsolationTest.Member member = member(operation);
          String before = newest(member.workspace().id());
          Done done = perform(operation, member);
          assertThat(done.answer().status()).as(done.answer().text()).isBetween(200, 299);
          assertThat(actions(done.workspace(), done.before() == null ? before : done.before()))
              .as(operation.name()).containsExactlyInAnyOrderElementsOf(marks(operation));
        }));
  }

  @Test
  void whatIsMarkedWithoutAnEntryLeavesNone() {
    IsolationTest.Member member = member();
    String before = newest(member.workspace().id());
    OPERATIONS.stream().filter(AuditedOperationsTest::unaudited).forEach(operation -> {
      documented(operation, member);
      assertThat(actions(member.workspace().id(), before)).as(operation.name()).isEmpty();
    });
  }

  @Test
  void aRepeatedAndARefusedRequestLeaveNothingMore() {
    IsolationTest.Member member = member();
    String before = newest(member.workspace().id());
    for (int i = 0; i < 3; i++) {
      assertThat(member.api().with("Idempotency-Key", "once").post("/api/api-keys", "{\"label\":\"A\"}").status()).isEqualTo(201);
    }
    assertThat(member.api().post("/api/api-keys", "{}").status()).isEqualTo(400);
    assertThat(actions(member.workspace().id(), before)).containsExactly("key.create");
  }

  private static List<String> marks(Operation operation) {
    JsonNode mark = operation.node().path("x-audit");
    List<String> marks = new ArrayList<>();
    if (mark.isArray()) {
      mark.forEach(each -> marks.add(each.asText()));
    } else if (mark.isTextual()) {
      marks.add(mark.asText());
    }
    return marks;
  }

  private static boolean unaudited(Operation operation) {
    return marks(operation).stream().anyMatch(mark -> mark.startsWith("none"));
  }

  /** One workspace for many operations, and another one after one that takes something away. */
  private static IsolationTest.Member member(Operation operation) {
    IsolationTest.Member member = shared == null || operation.open() ? member() : shared;
    boolean destroys = operation.method().equals("DELETE") || operation.forPerson() || operation.open()
        || operation.path().matches("/api/(members/\\{id}|staff-access).*");
    shared = destroys ? null : member;
    return member;
  }

  private static IsolationTest.Member member() {
    int n = COUNT.incrementAndGet();
    return IsolationTest.member(world, "audited" + n, "+120255501" + (50 + n % 20));
  }

  private static String newest(UUID workspace) {
    return world.database().asWorkspace(workspace, tx ->
        tx.ownQuery("select coalesce(max(seq), 0)::text from audit_entries where workspace_id = :workspace").mapTo(String.class).one());
  }

  private static List<String> actions(UUID workspace, String after) {
    return world.database().asWorkspace(workspace, tx -> tx.ownQuery(
            "select action from audit_entries where workspace_id = :workspace and seq > cast(:after as bigint) order by seq")
        .bind("after", after).mapTo(String.class).list());
  }

  /**
   * What was done, and where its entry belongs.
   *
   * @param before the newest entry before, when the preparation left entries itself
   */
  private record Done(Api.Answer answer, UUID workspace, String before) {}

  /** The document's example with own ids, unless it takes a preparation. */
  private static Done perform(Operation operation, IsolationTest.Member member) {
    UUID workspace = member.workspace().id();
    Api owner = member.api();
    String key = "/api/api-keys/" + member.ids().get(Kind.KEY);
    String before = null;
    Api.Answer answer = switch (operation.name()) {
      case "POST /api/api-keys/{id}/enable" -> {
        owner.post(key + "/disable", "{}");
        before = newest(workspace);
        yield owner.post(key + "/enable", "{}");
      }
      case "POST /api/leaked-keys" ->
          world.anonymous().post("/api/leaked-keys", "{\"tokens\":[\"" + member.workspace().key() + "\"]}");
      case "POST /api/sessions" -> SignedIn.signIn(world, member.workspace().ownerEmail(), World.PASSWORD);
      case "DELETE /api/sessions/{id}" -> {
        Api other = world.api(SignedIn.signIn(world, member.workspace().ownerEmail(), World.PASSWORD).at("token"));
        String id = other.get("/api/sessions").at("/sessions/0/_id");
        before = newest(workspace);
        yield owner.delete("/api/sessions/" + id);
      }
      case "PUT /api/me/password" -> owner.put("/api/me/password",
          "{\"password\":\"" + World.PASSWORD + "\",\"newPassword\":\"a much better password\"}");
      case "POST /api/me/email" -> owner.post("/api/me/email",
          "{\"email\":\"moved" + COUNT.incrementAndGet() + "@example.com\",\"password\":\"" + World.PASSWORD + "\"}");
      case "POST /api/me/totp/confirm" -> confirmTotp(owner);
      case "DELETE /api/me/totp" -> {
        String secret = owner.post("/api/me/totp", "{}").at("secret");
        owner.post("/api/me/totp/confirm", "{\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
        CLOCK.advance(Duration.ofSeconds(60));
        before = newest(workspace);
        yield owner.call("DELETE", "/api/me/totp",
            "{\"password\":\"" + World.PASSWORD + "\",\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
      }
      case "POST /api/invitations/accept" -> {
        String token = invited(owner, "joins" + COUNT.incrementAndGet() + "@example.com");
        before = newest(workspace);
        yield world.anonymous().post("/api/invitations/accept",
            "{\"token\":\"" + token + "\",\"password\":\"a long enough password\"}");
      }
      case "POST /api/me/invitations/accept" -> {
        World.TestWorkspace elsewhere = world.aWorkspace();
        String token = invited(owner, elsewhere.ownerEmail());
        before = newest(workspace);
        yield SignedIn.owner(elsewhere).post("/api/me/invitations/accept", "{\"token\":\"" + token + "\"}");
      }
      case "POST /api/webhooks/{id}/deliveries/{deliveryId}/replay" -> {
        String webhook = delivered(owner);
        String delivery = owner.get("/api/webhooks/" + webhook + "/deliveries").at("/deliveries/0/id");
        before = newest(workspace);
        yield owner.post("/api/webhooks/" + webhook + "/deliveries/" + delivery + "/replay", "{}");
      }
      case "POST /api/campaigns/{id}/pause", "POST /api/campaigns/{id}/complete", "POST /api/campaigns/{id}/resume" -> {
        IsolationTest.Member fresh = member();
        String campaign = "/api/campaigns/" + fresh.ids().get(Kind.CAMPAIGN);
        // In a far future, so that no worker ends it meanwhile.
        assertThat(fresh.api().patch(campaign, "{\"scheduledDate\":\"2199-01-01T00:00:00Z\"}").status()).isEqualTo(200);
        assertThat(fresh.api().post(campaign + "/launch", "{}").status()).isBetween(200, 299);
        if (operation.path().endsWith("resume")) {
          fresh.api().post(campaign + "/pause", "{}");
        }
        workspace = fresh.workspace().id();
        before = newest(workspace);
        yield documented(operation, fresh);
      }
      case "PUT /api/campaigns" -> {
        IsolationTest.Member fresh = member();
        workspace = fresh.workspace().id();
        before = newest(workspace);
        yield documented(operation, fresh);
      }
      case "POST /api/staff-access/{id}/end" -> {
        owner.post("/api/staff-access/" + member.ids().get(Kind.GRANT) + "/approve", "{}");
        before = newest(workspace);
        yield documented(operation, member);
      }
      default -> documented(operation, member);
    };
    String made = operation.name().equals("POST /api/workspaces") ? answer.at("/workspace/_id") : "";
    UUID other = made.isEmpty() ? null : Ids.parse(Kind.WORKSPACE, made);
    return other == null ? new Done(answer, workspace, before) : new Done(answer, other, "0");
  }

  private static Api.Answer confirmTotp(Api owner) {
    String secret = owner.post("/api/me/totp", "{}").at("secret");
    return owner.post("/api/me/totp/confirm", "{\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
  }

  private static String invited(Api owner, String email) {
    String link = owner.post("/api/members/invitations", "{\"email\":\"" + email + "\",\"role\":\"member\"}").at("link");
    return link.substring(link.lastIndexOf('/') + 1);
  }

  private static String delivered(Api owner) {
    String webhook = owner.post("/api/webhooks",
        "{\"url\":\"https://hook.example.com/x\",\"name\":\"x\",\"events\":[\"lead.created\"]}").at("id");
    owner.post("/api/leads", "{\"leads\":[{\"email\":\"delivered" + COUNT.incrementAndGet() + "@example.com\"}]}");
    return webhook;
  }

  private static Api.Answer documented(Operation operation, IsolationTest.Member member) {
    Map<Kind, String> ids = member.ids();
    if (operation.path().startsWith("/api/members/{id}")) {
      UUID colleague = world.aMember(
          member.workspace().id(), Role.MEMBER, "colleague" + COUNT.incrementAndGet() + "@example.com");
      ids.put(Kind.PERSON, Ids.text(Kind.PERSON, colleague));
    }
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      path = path.replace("{" + position.steps().getFirst() + "}", id(ids, position));
    }
    for (JsonNode parameter : operation.node().path("parameters")) {
      if (parameter.path("in").asText().equals("query") && parameter.path("required").asBoolean()) {
        Position position = operation.in("query")
            .filter(p -> p.steps().getFirst().equals(parameter.path("name").asText())).findAny().orElseThrow();
        path += "?" + position.steps().getFirst() + "=" + id(ids, position);
      }
    }
    ObjectNode body = operation.example();
    String text = operation.node().at("/requestBody/content").has("text/csv") ? "email\nada@example.com\n"
        : body.isEmpty() ? BODIES.getOrDefault(operation.name(), "{}") : Json.text(body);
    for (Map.Entry<Kind, String> mine : ids.entrySet()) {
      text = text.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
    }
    return member.api().call(operation.method(), path, operation.method().equals("GET") ? null : text);
  }

  private static String id(Map<Kind, String> ids, Position position) {
    Kind kind = IsolationTest.kind(position);
    String id = ids.get(kind);
    return id != null ? id : Ids.text(kind, world.ids().next(0));
  }
}
