package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.db.TestDatabase;
import tuco.http.Json;

/** {@code tuco up} of issue 2, points 1 and 2: real processes, a real embedded PostgreSQL, real HTTP. */
class UpTest {
  @TempDir Path temporary;
  private Path home;

  @BeforeEach
  void inAPathWithSpaces() throws IOException {
    home = Files.createDirectory(temporary.resolve("a path with spaces"));
  }

  @Test
  void printedLineSendsAndEverythingOutlivesStopsAndKills() throws Exception {
    String key;
    String message;
    String workspace;
    TestDatabase.lendPrograms(home.resolve("data"));
    try (TucoProcess first = up(Map.of(), "--port", "0")) {
      String text = first.outWhen("Stop with Ctrl+C.");
      key = found(text, "(tuco_sk_[0-9A-Za-z]{49})");
      assertThat(found(text, "(http://localhost:\\d+/welcome/tuco_ln_\\w+)")).isNotEmpty();
      assertThat(text).contains("Sign in as  owner@example.com", home.resolve("data").toString());

      HttpResponse<String> sent = asTheShellReads(found(text, "(?m)^  curl (.*)$"));
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(201);
      message = Json.parse(sent.body()).at("/message/_id").asText();
      Api api = new Api(found(text, "(http://localhost:\\d+)"), key);
      String path = "/api/messages/" + message;
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(api.get(path).at("status")).isEqualTo("delivered"));
      assertThat(first.stop()).as(first.err()).isEqualTo(143);
      assertThat(first.err()).as("nothing but the text for people, and no secret").doesNotContain("ERROR", "WARN", key);
    }
    try (TucoProcess second = up(Map.of(), "--port", "0", "--json")) {
      JsonNode ready = json(second);
      workspace = ready.path("workspaceId").asText();
      assertThat(ready.path("apiKey").isNull()).isTrue();
      assertThat(ready.path("ownerPassword").isNull()).isTrue();
      assertStillThere(ready, key, message);
      // The operator's way to a workspace, beside the running server.
      TucoProcess found = TucoProcess.run(home, Map.of(), "workspace", "found", "Real", "--owner", "You@example.com", "--json");
      assertThat(found.process.exitValue()).as(found.err()).isZero();
      String token = found(Json.parse(found.out()).path("link").asText(), "/welcome/(tuco_ln_\\w+)$");
      assertThat(new Api(ready.path("url").asText(), null).get("/welcome/" + token).text()).contains("you@example.com");
      second.kill();
    }
    try (TucoProcess third = up(Map.of(), "--port", "0", "--json")) {
      JsonNode ready = json(third);
      assertThat(ready.path("workspaceId").asText()).isEqualTo(workspace);
      assertStillThere(ready, key, message);
      postgres().destroyForcibly();
      assertThat(third.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(third.process.exitValue()).isEqualTo(1);
      assertThat(third.err()).contains("The embedded PostgreSQL ended by itself");
    }
    try (TucoProcess fourth = up(Map.of(), "--port", "0", "--json")) {
      assertStillThere(json(fourth), key, message);
    }
  }

  @Test
  void jsonOfAFirstStartIsOneLineWhosePasswordAndKeyWork() throws Exception {
    Map<String, String> database = Map.of("TUCO_DATABASE_URL", TestDatabase.fresh());
    try (TucoProcess tuco = up(database, "--port", "0", "--json")) {
      JsonNode ready = json(tuco);
      assertThat(ready.properties().stream().map(Map.Entry::getKey))
          .containsExactly("url", "workspaceId", "ownerEmail", "ownerPassword", "apiKey", "lineId");
      assertThat(tuco.out().lines()).hasSize(1);
      Api api = new Api(ready.path("url").asText(), ready.path("apiKey").asText());
      assertThat(api.get("/api/whoami").status()).isEqualTo(200);
      Api.Answer session = new Api(ready.path("url").asText(), null).post("/api/sessions", Json.text(Json.object()
          .put("email", ready.path("ownerEmail").asText()).put("password", ready.path("ownerPassword").asText())));
      assertThat(session.status()).as(session.text()).isEqualTo(201);
      assertThat(api.get("/api/lines/by-user").text()).contains(ready.path("lineId").asText());
    }
  }

  @Test
  void withoutDemoThereIsNone() throws Exception {
    Map<String, String> database = Map.of("TUCO_DATABASE_URL", TestDatabase.fresh());
    try (TucoProcess tuco = up(database, "--port", "0", "--json", "--no-demo", "--roles", "worker")) {
      JsonNode ready = json(tuco);
      assertThat(ready.path("workspaceId").isNull()).isTrue();
      Api worker = new Api(ready.path("url").asText(), null);
      assertThat(worker.get("/healthz").status()).isEqualTo(200);
      assertThat(worker.get("/api/openapi.json").status()).as("a worker serves no API").isEqualTo(404);
    }
  }

  @Test
  void takenPortIsOneSentenceBeforeAnythingIsMade() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = taken.getLocalPort();
      assertRefused(Map.of(), "Port " + port + " is already in use; choose another with --port.", "--port", String.valueOf(port));
      assertThat(home.resolve("data")).doesNotExist();
    }
  }

  @Test
  void whateverHindersAStartIsOneSentence() throws Exception {
    Path inTheWay = Files.createFile(home.resolve("file"));
    assertRefused(Map.of(), "The data directory " + inTheWay + " cannot be written: ", "--data", "file");
    Files.createDirectories(home.resolve("half/postgres/cluster/base"));
    assertRefused(Map.of(), "The data directory " + home.resolve("half") + " is only half initialised", "--data", "half");
    assertRefused(Map.of("TUCO_SPEED", "9"), "Unknown setting TUCO_SPEED in the environment; `tuco help config` lists them all.");
    assertRefused(Map.of("TUCO_DATABASE_URL", "postgresql://someone:guess@127.0.0.1:1/tuco"),
        "The database postgresql://someone@127.0.0.1:1/tuco cannot be reached: ");
    assertRefused(Map.of("TUCO_DATABASE_URL", "postgresql://someone:guess@db.invalid/tuco"),
        "The database postgresql://someone@db.invalid:5432/tuco cannot be reached: there is no host db.invalid.");
    assertRefused(Map.of(), "Tuco cannot listen on 192.0.2.1 port ", "--host", "192.0.2.1");
    String other = TestDatabase.fresh().replaceFirst(":[^:@]+@", ":guess@");
    assertRefused(Map.of("TUCO_DATABASE_URL", other), "The database " + other.replace(":guess", "") + " refuses: password authentication failed");
  }

  private TucoProcess up(Map<String, String> environment, String... options) {
    return TucoProcess.start(home, environment, Stream.concat(
        Stream.of("up"), Stream.of(options)).toArray(String[]::new));
  }

  private void assertRefused(Map<String, String> environment, String sentence, String... options) throws Exception {
    try (TucoProcess tuco = up(environment, options)) {
      assertThat(tuco.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(tuco.err().lines()).singleElement().asString().startsWith(sentence).endsWith(".");
      assertThat(tuco.process.exitValue()).isEqualTo(1);
      assertThat(tuco.out()).isEmpty();
    }
  }

  private static JsonNode json(TucoProcess tuco) {
    return Json.parse(tuco.outWhen("}"));
  }

  private static void assertStillThere(JsonNode ready, String key, String message) {
    Api.Answer answer = new Api(ready.path("url").asText(), key).get("/api/messages/" + message);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private ProcessHandle postgres() throws IOException {
    Path pidFile = home.resolve("data/postgres/cluster/postmaster.pid");
    return ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).getFirst())).orElseThrow();
  }

  /** Sends what {@code curl} would, its arguments taken apart by a real shell. */
  private static HttpResponse<String> asTheShellReads(String arguments) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "printf '%s\\n' " + arguments).start();
    List<String> words = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(words.getFirst())).timeout(Duration.ofSeconds(10));
    for (int i = 1; i < words.size(); i += 2) {
      if (words.get(i).equals("-H")) {
        String[] header = words.get(i + 1).split(": ", 2);
        request.header(header[0], header[1]);
      } else {
        assertThat(words.get(i)).isEqualTo("-d");
        request.POST(HttpRequest.BodyPublishers.ofString(words.get(i + 1)));
      }
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static String found(String text, String expression) {
    Matcher matcher = Pattern.compile(expression).matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(1);
  }
}
