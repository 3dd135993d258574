package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.ids.Kind;

/** The document and the server say the same (decisions 1.10, O8). */
class OpenApiTest {
  private static World world;
  private static List<Route> routes;
  private static final Operations OPERATIONS = new Operations();

  @BeforeAll
  static void start() {
    world = new World();
    routes = world.node().routes().stream().filter(Route::api).toList();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theDocumentListsExactlyTheRoutesThatAreServed() {
    Set<String> served = routes.stream().map(Route::name).collect(Collectors.toCollection(TreeSet::new));
    Set<String> documented = OPERATIONS.stream().map(Operations.Operation::name).collect(Collectors.toCollection(TreeSet::new));
    assertThat(documented).isEqualTo(served);
  }

  @Test
  void everyOperationNamesTheRightItTakes() {
    assertThat(routes).allSatisfy(route -> {
      Operations.Operation operation = OPERATIONS.of(route);
      assertThat(operation).as(route.name()).isNotNull();
      assertThat(operation.node().path("x-right").asText("")).as(route.name())
          .isEqualTo(route.right() == null ? "" : route.right().wire());
      assertThat(operation.open()).as("%s has security: []", route.name()).isEqualTo(route.handler() instanceof Route.Open);
      assertThat(operation.forPerson()).as("%s has x-caller: person", route.name())
          .isEqualTo(route.handler() instanceof Route.Personal || route.handler() instanceof Route.PersonalWriting);
    });
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    var document = new OpenApi().document();
    assertThat(document.findValuesAsText("$ref")).isNotEmpty()
        .allSatisfy(ref -> assertThat(document.at(ref.substring(1)).isObject()).as(ref).isTrue());
  }

  @Test
  void everyPlaceThatHoldsAnIdSaysOfWhichKind() { // what IsolationTest is made from
    Set<String> kinds = java.util.Arrays.stream(Kind.values()).map(Kind::prefix).collect(Collectors.toCollection(TreeSet::new));
    kinds.add("none");
    Set<String> unmarked = OPERATIONS.stream()
        .flatMap(op -> op.positions().stream().filter(position -> !kinds.contains(position.kind()))
            .map(position -> op.name() + ": " + position))
        .collect(Collectors.toCollection(TreeSet::new));
    assertThat(unmarked).as("needs x-id, see the description in base.yaml").isEmpty();
  }
}
