package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import tuco.Api;
import tuco.Rows;
import tuco.World;
import tuco.access.IsolationTest.Member;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * A client that calls again whenever an answer is lost does no harm (P1, decisions 1.8): every writing operation of the
 * OpenAPI document is called twice with one Idempotency-Key; the second call changes no row and gets the same answer,
 * but for secrets that are shown once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetryTest {
  /**
   * A file is read anew: its lines are duplicates then, only the import itself is listed once more. A question is asked
   * again, and answered from the cache. A removed workspace takes the answers kept in it along.
   */
  private static final Set<String> WITHOUT_REPLAY = Set.of(
      "POST /api/leads/import", "POST /api/check-availability", "POST /api/check-availability-rr",
      "POST /api/leads/check-availability", "POST /api/campaigns/{id}/preview", "DELETE /api/workspaces/{id}");
  /** What only says that this answer is a repetition, or must not be shown again. */
  private static final Set<String> SHOWN_ONCE = Set.of("secret", "key", "apiKey", "token", "warning", "link", "url", "recoveryCodes");

  private final Operations operations = new Operations();
  private final List<String> succeeded = new ArrayList<>();
  private World world;
  private int members;

  @BeforeAll
  void start() {
    world = new World();
    world.startApiNode();
  }

  @AfterAll
  void stop() {
    world.close();
  }

  @TestFactory
  Stream<DynamicTest> theSecondOfTwoEqualCallsChangesNothingAndAnswersTheSame() {
    Stream<DynamicTest> calls = writes().map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
      Member member = IsolationTest.member(world, "retry" + ++members, "+1202555%04d".formatted(170 + members));
      Api api = member.api().with("Idempotency-Key", "lost-" + members);
      Api.Answer first = call(api, operation, member);
      String before = Rows.of(world);
      Api.Answer second = call(api, operation, member);
      String what = operation.name() + ": " + first.status() + " " + first.text() + " and then " + second.text();
      assertThat(Rows.of(world)).as(what).isEqualTo(before);
      if (first.status() < 300) {
        succeeded.add(operation.name());
        assertThat(second.status()).as(what).isEqualTo(first.status());
        assertThat(lasting(second)).as(what).isEqualTo(lasting(first));
      }
    }));
    return Stream.concat(calls, Stream.of(DynamicTest.dynamicTest("most of them succeeded, so that this shows something",
        () -> assertThat(succeeded).hasSizeGreaterThan((int) writes().count() * 3 / 4))));
  }

  private Stream<Operation> writes() {
    // What a person does to themselves belongs to no workspace, which is where answers are kept.
    return operations.stream().filter(operation -> !operation.method().equals("GET") && !operation.open()
        && !operation.forPerson() && !WITHOUT_REPLAY.contains(operation.name()));
  }

  private Api.Answer call(Api api, Operation operation, Member member) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      Kind kind = IsolationTest.kind(position);
      String id = member.ids().getOrDefault(kind, Ids.text(kind, world.ids().next(Ids.tag(member.workspace().id()))));
      path = path.replace("{" + position.steps().getFirst() + "}", id);
    }
    String body = operation.node().at("/requestBody/content").has("text/csv") ? "email\nada@example.com\n" : Json.text(operation.example());
    for (Map.Entry<Kind, String> mine : member.ids().entrySet()) {
      body = body.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
    }
    return api.call(operation.method(), path, body);
  }

  private static JsonNode lasting(Api.Answer answer) {
    JsonNode body = Json.parse(answer.text().replace("\"replayed\":true,", ""));
    if (body instanceof ObjectNode object) {
      object.remove(SHOWN_ONCE);
    }
    return body;
  }
}
