package tuco.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.TcpProxy;
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
      "name", "given", "call", "send", "raw", "headers", "as", "before", "status", "answer", "exactly", "absent", "keep", "header", "told");

  private static final Duration SOON = Duration.ofSeconds(20);

  private static World world;
  private static World.TestWorkspace other;
  private static Hook hook;
  private static int workspaces;

  @BeforeAll
  static void start() throws SQLException {
    world = new World();
    String groups = "{\"send\":1,\"availability\":1,\"replies\":1,\"unibox\":1}";
    // Before the first node reads the plans.
    try (Connection operator = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = operator.createStatement()) {
      statement.execute("insert into plans (plan, api_rates) values ('one a minute', '" + groups + "')");
    }
    other = world.aWorkspace();
    hook = new Hook();
  }

  @AfterAll
  static void stop() {
    world.close();
    hook.close();
  }

  @TestFactory
  Stream<DynamicContainer> everyDocumentedStatusBodyAndEdgeCase() throws IOException {
    return files().stream().map(file -> DynamicContainer.dynamicContainer(file.getFileName().toString(), cases(file)));
  }

  /** 503, whatever the endpoint: never "allowed", never a 500, and a client is told to come again (decisions 2.3). */
  @Test
  void everyEndpointSaysSoWhenItsDatabaseIsGone() throws Exception {
    try (TcpProxy wire = new TcpProxy(world.owner.host(), world.owner.port()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Node cutOff = world.startNodeThrough(wire.port());
      Map<String, Callable<Api.Answer>> calls = new LinkedHashMap<>();
      for (Path file : files()) {
        table(file).path("endpoints").valueStream().filter(endpoint -> endpoint.has("common")).forEach(endpoint -> {
          Case one = new Case(endpoint);
          calls.put(endpoint.path("endpoint").asText(), () -> one.call(endpoint.path("common"), one.workspace.api(cutOff)));
        });
      }
      wire.vanish();
      List<Future<Api.Answer>> answers = threads.invokeAll(calls.values());
      int i = 0;
      for (String endpoint : calls.keySet()) {
        Api.Answer answer = answers.get(i++).get();
        assertThat(answer.status()).as(endpoint + " " + answer.text()).isEqualTo(503);
        assertThat(answer.at("error")).as(endpoint).isEqualTo("Service temporarily unavailable");
        assertThat(answer.header("Retry-After")).as(endpoint).isEqualTo("1");
      }
      world.stop(cutOff);
    }
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> found = Files.list(TABLES)) {
      return found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private static JsonNode table(Path file) {
    try {
      return YAML.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static Stream<DynamicTest> cases(Path file) {
    return table(file).path("endpoints").valueStream().flatMap(endpoint -> Stream.concat(Common.of(endpoint), endpoint.path("cases").valueStream())
        .map(one -> DynamicTest.dynamicTest(endpoint.path("endpoint").asText() + ": " + one.path("name").asText(),
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
      names.put("hook", hook.url());
      names.put("home", world.node().url());
      names.put("n", "%04d".formatted(150 + workspaces++ % 9_000));
    }

    void run(ObjectNode one) {
      one.fieldNames().forEachRemaining(column -> assertThat(COLUMNS).as("a column of a table").contains(column));
      one.path("before").forEach(step -> {
        step.fieldNames().forEachRemaining(column -> assertThat(COLUMNS).as("a column of a table").contains(column));
        given(step);
        check(step, call(step));
      });
      given(one);
      check(one, call(one));
    }

    /** What only the operator, or a day, brings about. */
    private void given(JsonNode one) {
      String given = one.path("given").asText();
      String sql = switch (given) {
        case "" -> "";
        case "read-only" -> "update workspaces set read_only_reason = 'past_due' where workspace_id = :w";
        case "one request a minute" -> "update workspaces set plan = 'one a minute' where workspace_id = :w";
        case "no questions left" -> """
            insert into availability_counters (workspace_id, line_id, day, used)
            select workspace_id, line_id, (now() at time zone 'UTC')::date, 70 from lines where workspace_id = :w
            on conflict (workspace_id, line_id, day) do update set used = 70""";
        default -> throw new IllegalArgumentException("given: " + given);
      };
      if (!sql.isEmpty()) {
        world.database().<Integer>crossing(tx -> tx.update(sql).bind("w", workspace.id()).execute());
      }
    }

    private Api.Answer call(JsonNode one) {
      return call(one, switch (one.path("as").asText("key")) {
        case "nobody" -> world.anonymous();
        case "owner" -> world.api(session());
        case "owner of two" -> world.api(ofTwo());
        case "key" -> workspace.api();
        default -> world.api(filled(one.path("as").asText()));
      });
    }

    Api.Answer call(JsonNode one, Api api) {
      String[] call = filled(one.path("call").asText(endpoint.path("endpoint").asText())).split(" ", 2);
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

    /** Whoever has several workspaces and names none. */
    private String ofTwo() {
      Api.Answer second = world.api(session()).post("/api/workspaces", "{\"name\":\"Second\",\"environment\":\"staging\"}");
      assertThat(second.status()).as(second.text()).isEqualTo(201);
      return session();
    }

    private void check(JsonNode one, Api.Answer answer) {
      String what = one.path("call").asText(endpoint.path("endpoint").asText()) + ": " + answer.status() + " " + answer.text();
      if (!one.path("status").asText().equals("any")) {
        assertThat(answer.status()).as(what).isEqualTo(one.path("status").asInt(200));
      }
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
      one.path("told").forEach(wanted -> Eventually.within(SOON, () -> {
        JsonNode filled = Json.parse(filled(Json.text(wanted)));
        JsonNode told = hook.told(names.get("ws"), filled.path("event").asText());
        Shape.check(filled, told, true, "the webhook was told " + told);
        Shape.check(filled.path("data"), told.path("data"), true, "the webhook was told " + told);
      }));
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
