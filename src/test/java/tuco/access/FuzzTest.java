package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tuco.Rows;
import tuco.World;
import tuco.access.IsolationTest.Member;
import tuco.http.Json;
import tuco.http.Operations;
import tuco.http.Operations.Operation;
import tuco.http.Operations.Position;
import tuco.ids.Kind;

/**
 * Nonsense is answered, never obeyed (P1): every operation of the OpenAPI document is called with wrong types, huge,
 * empty, deep, unreadable and repeated values in every place. No answer is a 5xx, none shows our insides, each refusal
 * says why, and after refusals every row is what it was. The suite makes the same part of all calls in each run;
 * {@code ./tuco test FuzzTest -Dtuco.fuzz.calls=100000} makes all of them, {@code -Dtuco.fuzz.seed=N} another part.
 */
class FuzzTest {
  private static final int CALLS = Integer.getInteger("tuco.fuzz.calls", 15);
  private static final long SEED = Long.getLong("tuco.fuzz.seed", 1);
  private static final Operations OPERATIONS = new Operations();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** JSON values no field expects in all of these forms. */
  private static final List<String> VALUES = List.of(
      "null", "true", "0", "-1", "1e400", "99999999999999999999999999", "1.5", "\"\"", "\"   \"", "[]", "{}", "[null]", "[[]]", "[{}]",
      "[1,\"a\",null]", "\"\\u0000\"", "\"\\ud800\"", "\"\u202e\ud83d\ude80\u0301\"", "\"'; drop table leads; --\"", "\"{{{}\"",
      "\"2026-02-30T25:61:00Z\"", "\"+999999999999-01-01T00:00:00Z\"", "\"" + "x".repeat(70_000) + "\"",
      "[" + "\"a\",".repeat(12_000) + "\"a\"]", "[".repeat(300) + "]".repeat(300), "{\"\\u0000\":{\"\":[null]}}");

  private static final List<String> WORDS = List.of(
      "", " ", "0", "-1", "abc", "99999999999999999999", "\u0000", "%", "\ud83d\ude80", "null", "[]", "x".repeat(5_000), "2026-02-30",
      "+999999999999-01-01T00:00:00Z", "' or 1=1", "ld_", "ld_zzzzzzzzzzzzzzzzzzzzzzzzzz", "*", "(", "a,b,,c", "eyJhIjoxfQ");

  private static final List<String> TABLES = List.of(
      "phone", "phone\n\u0000\n", "phone,phone\n1,2\n", "\"phone\n+12025550101\n", "phone\n" + "9".repeat(70_000) + "\n", ",,,\n,,,\n",
      "email\n\ud83d\ude80@\u202e\n", "email,x\na@example.com," + "y".repeat(30_000) + "\n", "phone\r+12025550101\r\r\n,,,\n",
      "email," + "c,".repeat(3_000) + "\nb@example.com\n", "\ufefftags;email\n" + "t,".repeat(500) + ";c@example.com\n",
      "email,contactOwnerEmail,timezone\nd@example.com,nobody,Mars\n", "phone\n" + "\"\"".repeat(1_100_000));

  private static final List<String> INSIDES = List.of("Exception", "at tuco.", "java.", "org.postgresql", "SQLSTATE");

  private static World world;
  private static int members;

  @BeforeAll
  static void start() {
    world = new World();
    world.startApiNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  /** One call that makes no sense in one place. */
  private record Call(String what, String path, byte[] body, String... headers) {}

  @TestFactory
  Stream<DynamicTest> nonsenseIsRefusedWithAReasonAndChangesNothing() {
    return OPERATIONS.stream().map(operation -> DynamicTest.dynamicTest(operation.name(), () -> {
      List<Call> calls = calls(operation);
      Collections.shuffle(calls, new Random(SEED ^ operation.name().hashCode()));
      Run run = new Run(operation);
      calls.stream().limit(CALLS).forEach(run::make);
      assertThat(run.faults).as("with seed %d", SEED).isEmpty();
    }));
  }

  /** The calls of one operation, and what was wrong with their answers. */
  private static final class Run {
    private final Operation operation;
    private final List<String> faults = new ArrayList<>();
    private Member member = member();
    private String transactions = Rows.transactions(world);
    private String rows = Rows.of(world);

    Run(Operation operation) {
      this.operation = operation;
    }

    void make(Call call) {
      HttpResponse<String> answer = send(operation, call, member);
      boolean refused = answer.statusCode() >= 400;
      boolean changed = rowsChanged();
      if (answer.statusCode() >= 500 || refused && (changed || !hasAReasonForPeople(answer.body()))) {
        faults.add("%s: %s%s %s".formatted(call.what(), answer.statusCode(), changed ? ", rows changed" : "", head(answer.body())));
      }
      if (answer.statusCode() == 401 || answer.statusCode() == 404 && !call.what().startsWith("path")) {
        // An earlier call agreed to throw the caller out, or to delete what this one is about.
        member = member();
        rowsChanged();
      }
    }

    /** Whether a row is another than at the last look; what no transaction wrote to is not read again. */
    private boolean rowsChanged() {
      String before = rows;
      String now = Rows.transactions(world);
      if (!now.equals(transactions)) {
        transactions = now;
        rows = Rows.of(world);
      }
      return !rows.equals(before);
    }

    private static boolean hasAReasonForPeople(String body) {
      return INSIDES.stream().noneMatch(body::contains) && !Json.parse(body).path("error").asText().isEmpty();
    }
  }

  private static Member member() {
    members++;
    return IsolationTest.member(world, "fuzz" + members, "+1202555%04d".formatted(170 + members % 9_000));
  }

  private static HttpResponse<String> send(Operation operation, Call call, Member member) {
    String path = call.path();
    String body = new String(call.body(), StandardCharsets.ISO_8859_1);
    for (Map.Entry<Kind, String> mine : member.ids().entrySet()) {
      path = path.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
      body = body.replace("{" + mine.getKey().prefix() + "}", mine.getValue());
    }
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(world.url() + path.replace("{", "%7B").replace("}", "%7D")))
        .timeout(Duration.ofSeconds(30))
        .method(operation.method(), HttpRequest.BodyPublishers.ofByteArray(body.getBytes(StandardCharsets.ISO_8859_1)));
    if (call.body().length > 0) {
      request.header("Content-Type", "application/json");
    }
    if (!operation.open()) {
      request.header("Authorization", "Bearer " + member.token());
    }
    if (call.headers().length > 0) {
      request.headers(call.headers());
    }
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(operation.name() + " with " + call.what(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String head(String text) {
    return text.substring(0, Math.min(400, text.length()));
  }

  /** Every nonsense for every place of an operation. */
  private static List<Call> calls(Operation operation) {
    List<Call> calls = new ArrayList<>();
    String right = path(operation, "", "");
    byte[] rightBody = operation.method().equals("GET") ? new byte[0] : utf8(Json.text(operation.example()));
    for (Position position : operation.in("path").toList()) {
      String name = position.steps().getFirst();
      WORDS.stream().filter(word -> !word.isBlank() && !word.equals("%")).forEach(word ->
          calls.add(new Call("path " + name + " " + head(word), path(operation, name, encoded(word)), rightBody)));
    }
    for (String name : operation.queryNames()) {
      WORDS.forEach(word -> calls.add(new Call("query " + name + " " + head(word), right + "?" + name + "=" + encoded(word), rightBody)));
      calls.add(new Call("query " + name + " twice", right + "?" + name + "=1&" + name + "=2", rightBody));
    }
    for (String name : operation.headerNames()) {
      WORDS.stream().filter(word -> word.chars().allMatch(c -> c >= ' ' && c < 127)).forEach(word ->
          calls.add(new Call("header " + name + " " + head(word), right, rightBody, name, word)));
    }
    if (operation.takesCsv()) {
      TABLES.forEach(table -> calls.add(new Call("table " + head(table), right, utf8(table))));
    }
    if (!operation.method().equals("GET")) {
      wholeBodies().forEach((what, body) -> calls.add(new Call("body " + what, right, body)));
      for (List<String> steps : operation.bodyPlaces()) {
        VALUES.forEach(value -> calls.add(new Call(
            "body " + String.join(".", steps) + " " + head(value), right, with(operation, steps, value))));
        calls.add(new Call("body " + String.join(".", steps) + " twice", right, twice(operation, steps.getFirst())));
      }
    }
    return calls;
  }

  private static Map<String, byte[]> wholeBodies() {
    return new TreeMap<>(Map.of(
        "nothing", new byte[0], "null", utf8("null"), "an array", utf8("[]"), "a text", utf8("\"x\""), "a number", utf8("1e999"),
        "half", utf8("{\"a\":"), "deep", utf8("{\"a\":" + "[".repeat(100_000)), "not UTF-8", new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', ':', '1', '}'},
        "huge", utf8("{\"message\":\"" + "x".repeat(3_000_000) + "\"}"), "an empty name", utf8("{\"\":1}")));
  }

  private static String path(Operation operation, String wanted, String value) {
    String path = operation.path();
    for (Position position : operation.in("path").toList()) {
      String name = position.steps().getFirst();
      path = path.replace("{" + name + "}", name.equals(wanted) ? value : "{" + position.kind() + "}");
    }
    return path;
  }

  private static byte[] with(Operation operation, List<String> steps, String value) {
    ObjectNode body = operation.example();
    Operations.set(body, steps, "@here@");
    return utf8(Json.text(body).replace("\"@here@\"", value));
  }

  private static byte[] twice(Operation operation, String name) {
    String body = Json.text(operation.example());
    String again = "\"" + name + "\":\"again\"";
    return utf8(body.equals("{}") ? "{" + again + "," + again + "}" : "{" + again + "," + body.substring(1));
  }

  private static String encoded(String word) {
    return URLEncoder.encode(word, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
