package tuco.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.World;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The wire contract (P1), held as tables that can be read beside it: {@code src/test/resources/contract}, one file for
 * each of its sections. What the columns mean stands in {@code README.md} there.
 */
class ContractTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Path TABLES = Path.of("src/test/resources/contract");
  private static final List<String> COLUMNS = List.of(
      "name", "call", "send", "raw", "headers", "as", "before", "status", "answer", "exactly", "absent", "keep", "header");

  private static World world;
  private static World.TestWorkspace other;
  private static int workspaces;

  @BeforeAll
  static void start() {
    world = new World();
    other = world.aWorkspace();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @TestFactory
  Stream<DynamicContainer> everyDocumentedStatusBodyAndEdgeCase() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(TABLES)) {
      files = found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    return files.stream().map(file -> DynamicContainer.dynamicContainer(file.getFileName().toString(), cases(file)));
  }

  private static Stream<DynamicTest> cases(Path file) {
    JsonNode table;
    try {
      table = YAML.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
    return table.path("endpoints").valueStream().flatMap(endpoint -> endpoint.path("cases").valueStream().map(one ->
        DynamicTest.dynamicTest(endpoint.path("endpoint").asText() + ": " + one.path("name").asText(),
            () -> new Case(endpoint).run((ObjectNode) one))));
  }

  /** One line of a table, in a workspace of its own. */
  private static final class Case {
    private final JsonNode endpoint;
    private final World.TestWorkspace workspace = world.aWorkspace();
    private final Map<String, String> names = new LinkedHashMap<>();
    private String session = "";

    Case(JsonNode endpoint) {
      this.endpoint = endpoint;
      names.put("ws", Ids.text(Kind.WORKSPACE, workspace.id()));
      names.put("key", Ids.text(Kind.KEY, workspace.keyId()));
      names.put("owner", Ids.text(Kind.PERSON, workspace.ownerId()));
      names.put("ownerEmail", workspace.ownerEmail());
      if (!endpoint.path("line").asText().equals("none")) {
        names.put("line", world.aSimulatorLine(workspace.id()));
      }
      // Of one kind or another, in another workspace.
      for (Kind kind : Kind.values()) {
        names.put("foreign:" + kind.prefix(), Ids.text(kind, world.ids().next(Ids.tag(other.id()))));
        names.put("unknown:" + kind.prefix(), Ids.text(kind, world.ids().next(Ids.tag(workspace.id()))));
      }
      names.put("n", "%04d".formatted(150 + workspaces++ % 9_000));
    }

    void run(ObjectNode one) {
      one.fieldNames().forEachRemaining(column -> assertThat(COLUMNS).as("a column of a table").contains(column));
      one.path("before").forEach(step -> {
        step.fieldNames().forEachRemaining(column -> assertThat(COLUMNS).as("a column of a table").contains(column));
        check(step, call(step));
      });
      check(one, call(one));
    }

    private Api.Answer call(JsonNode one) {
      String[] call = filled(one.path("call").asText(endpoint.path("endpoint").asText())).split(" ", 2);
      Api api = switch (one.path("as").asText("key")) {
        case "nobody" -> world.anonymous();
        case "owner" -> world.api(session());
        case "key" -> workspace.api();
        default -> world.api(filled(one.path("as").asText()));
      };
      List<String> headers = new ArrayList<>();
      one.path("headers").properties().forEach(header -> {
        headers.add(header.getKey());
        headers.add(filled(header.getValue().asText()));
      });
      String body = one.has("raw") ? one.path("raw").asText() : one.has("send") ? filled(Json.text(one.path("send"))) : null;
      return api.with(headers.toArray(String[]::new)).call(call[0], call[1], body);
    }

    private String session() {
      if (session.isEmpty()) {
        session = world.anonymous().post("/api/sessions", "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\""
            + workspace.ownerPassword() + "\"}").at("token");
      }
      return session;
    }

    private void check(JsonNode one, Api.Answer answer) {
      String what = one.path("call").asText(endpoint.path("endpoint").asText()) + ": " + answer.status() + " " + answer.text();
      assertThat(answer.status()).as(what).isEqualTo(one.path("status").asInt(200));
      one.path("header").properties().forEach(header -> assertThat(answer.header(header.getKey())).as(what + " header " + header.getKey())
          .matches(filled(header.getValue().asText())));
      if (one.has("answer")) {
        Shape.check(Json.parse(filled(Json.text(one.path("answer")))), answer.json(), one.path("exactly").asBoolean(), what);
      }
      one.path("absent").forEach(pointer -> assertThat(answer.json().at(pointer.asText()).isMissingNode()).as(what + " absent " + pointer).isTrue());
      one.path("keep").properties().forEach(kept -> {
        JsonNode value = answer.json().at(kept.getValue().asText());
        assertThat(value.isValueNode()).as(what + " keeps " + kept).isTrue();
        names.put(kept.getKey(), value.asText());
      });
    }

    private String filled(String text) {
      String filled = text;
      for (Map.Entry<String, String> name : names.entrySet()) {
        filled = filled.replace("${" + name.getKey() + "}", name.getValue());
      }
      assertThat(filled).as("every name is known").doesNotContain("${");
      return filled;
    }
  }
}
