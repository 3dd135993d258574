package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.access.IsolationTest.Member;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * What decides over rights, plan and tenant is written by nobody who merely names it in a body (standards O3, V2 8.2.3): every
 * writing operation of the OpenAPI document gets such fields beside its own, and must say that it did not heed them.
 */
class UnaskedFieldsTest {
  private static final Map<String, Object> UNASKED = Map.ofEntries(
      Map.entry("plan", "growth"), Map.entry("readOnlyReason", "manual"), Map.entry("read_only_reason", "manual"),
      Map.entry("state", "read_only"), Map.entry("role", "viewer"), Map.entry("tag", 1), Map.entry("rights", List.of("audit:read")),
      Map.entry("createdBy", "us_00000000000000000000000000"), Map.entry("createdAt", "1999-01-01T00:00:00.000Z"),
      Map.entry("messagesPerDay", 1), Map.entry("dailySent", 0), Map.entry("removedAt", "1999-01-01T00:00:00.000Z"));

  @Test
  void fieldsThatAreNotTheCallersAreNotHeeded() {
    try (World world = new World()) {
      Member member = IsolationTest.member(world, "unasked", "+12025550199");
      String other = Ids.text(Kind.WORKSPACE, world.aWorkspace().id());
      List<String> before = standing(world);
      List<String> heeded = new ArrayList<>();
      Set<String> told = new HashSet<>();
      new Operations().stream()
          .filter(operation -> List.of("POST", "PUT", "PATCH").contains(operation.method()) && !operation.open() && !operation.forPerson()
              && operation.node().at("/requestBody/content").has("application/json"))
          .forEach(operation -> {
            ObjectNode body = operation.example();
            Set<String> unasked = new HashSet<>(UNASKED.keySet());
            unasked.add("workspaceId");
            operation.bodyPlaces().forEach(place -> unasked.remove(place.getFirst()));
            unasked.removeIf(body::has);
            unasked.forEach(name -> body.set(name, Json.tree(name.equals("workspaceId") ? other : UNASKED.get(name))));
            Api.Answer answer = call(world, operation, member, Json.text(body));
            if (answer.status() < 300) {
              String warnings = answer.json().path("warnings").toString();
              unasked.stream().filter(name -> !warnings.contains(name)).forEach(name -> heeded.add(operation.name() + ": " + name));
              told.add(operation.name());
            }
          });
      assertThat(heeded).as("fields that no warning names").isEmpty();
      assertThat(standing(world)).containsAll(before);
      assertThat(told).as("most of them succeeded, so that this shows something").hasSizeGreaterThan(30);
    }
  }

  /** Everything that access hangs on, of what was there before. */
  private static List<String> standing(World world) {
    return world.database().crossing(tx -> tx.query("""
            select 'w ' || workspace_id || tag || plan || coalesce(read_only_reason, '') || created_at from workspaces
            union all select 'm ' || workspace_id || person_id || role from members
            union all select 'k ' || workspace_id || key_id || coalesce(created_by::text, '') || created_at from api_keys""")
        .mapTo(String.class).list());
  }

  private static Api.Answer call(World world, Operation operation, Member member, String example) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      Kind kind = IsolationTest.kind(position);
      path = path.replace("{" + position.steps().getFirst() + "}",
          member.ids().getOrDefault(kind, Ids.text(kind, world.ids().next(Ids.tag(member.workspace().id())))));
    }
    String body = example;
    for (Map.Entry<Kind, String> mine : member.ids().entrySet()) {
      body = body.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
    }
    return member.api().call(operation.method(), path, body);
  }
}
