package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Token;

/** How a request shows who it is, and how it is refused (A1, A2, K13; standards 4.1 H1–H8). */
class CredentialsTest {
  private static World world;
  private static World.TestWorkspace workspace;
  private static Api admin;
  private static Api nobody;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    nobody = world.anonymous();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void withoutACredentialTheChallengeNamesNoError() { // H1, H2
    Api.Answer answer = nobody.get("/api/whoami");
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.at("error")).isEqualTo("Unauthorized");
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"tuco\"");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void every401IsTheSameToTheByte() { // A1, H3
    for (List<String> call : List.of(
        List.of("GET", "/api/whoami"), List.of("GET", "/api/messages"), List.of("PATCH", "/api/api-keys/nonsense"),
        List.of("POST", "/api/messages"), List.of("POST", "/api/api-keys"), List.of("GET", "/api/sessions"))) {
      Map<String, String> seen = new LinkedHashMap<>();
      worthless().forEach((why, header) -> seen.put(why, fingerprint(
          nobody.with("Authorization", header).call(call.get(0), call.get(1), call.get(0).equals("GET") ? null : "{}"))));
      assertThat(seen.values()).as("%s", seen).containsOnly(seen.get("never issued"));
      assertThat(seen.get("never issued")).startsWith("401 ").contains("error=\"invalid_token\"");
    }
  }

  private static Map<String, String> worthless() {
    Token tokens = new Token();
    String good = admin.post("/api/api-keys", "{\"label\":\"w\"}").at("secret");
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("never issued", "Bearer " + tokens.mint(Token.KEY));
    headers.put("never issued session", "Bearer " + tokens.mint(Token.SESSION));
    headers.put("malformed", "Bearer nonsense");
    headers.put("empty", "Bearer");
    headers.put("wrong checksum", "Bearer " + good.substring(0, 56) + (good.charAt(56) == '0' ? '1' : '0'));
    headers.put("something after the token", "Bearer " + good + " x"); // H6
    headers.put("other scheme", "Basic dXNlcjpwYXNz");
    headers.put("without a scheme", good);
    headers.put("disabled", "Bearer " + ended("/disable"));
    headers.put("rotated", "Bearer " + ended("/rotate"));
    headers.put("removed", "Bearer " + ended(""));
    Api.Answer expiring = admin.post("/api/api-keys",
        "{\"label\":\"w\",\"expiresAt\":\"" + Instant.now().plusMillis(300) + "\"}");
    Eventually.within(java.time.Duration.ofSeconds(3),
        () -> assertThat(world.api(expiring.at("secret")).get("/api/whoami").status()).isEqualTo(401));
    headers.put("expired", "Bearer " + expiring.at("secret"));
    return headers;
  }

  /** The secret of a key that has just been stopped in this way; the empty one removes it. */
  private static String ended(String verb) {
    Api.Answer key = admin.post("/api/api-keys", "{\"label\":\"w\"}");
    String path = "/api/api-keys/" + key.at("/apiKey/_id");
    assertThat((verb.isEmpty() ? admin.delete(path) : admin.post(path + verb, "")).status()).isEqualTo(200);
    return key.at("secret");
  }

  /** Everything of an answer but what names this one request. */
  private static String fingerprint(Api.Answer answer) {
    ObjectNode body = (ObjectNode) answer.json();
    body.remove("requestId");
    Map<String, Object> headers = new TreeMap<>(answer.raw().headers().map());
    headers.remove("x-request-id");
    headers.remove("x-correlation-id");
    return answer.status() + " " + headers + " " + body + " " + answer.text().length();
  }

  @Test
  void refusingAnEndedKeyTakesTheSameQuestionToTheDatabaseAsRefusingAnInventedOne() {
    // Not timed but weighed: the bytes to and from the database are the same, so it is the same one statement.
    try (tuco.TcpProxy wire = new tuco.TcpProxy(world.owner.host(), world.owner.port())) {
      Api client = new Api("http://127.0.0.1:" + world.startNodeThrough(wire.port()).port(), null);
      String disabled = ended("/disable");
      String invented = new Token().mint(Token.KEY);
      for (String call : List.of("GET", "POST")) {
        // The driver names a statement when it meets it for the fifth time on a connection, which weighs less from then on.
        for (int i = 0; i < 160; i++) {
          client.with("X-API-Key", workspace.key()).call(call, "/api/api-keys", call.equals("GET") ? null : "{}");
        }
        assertThat(List.of(weight(wire, client, call, disabled), weight(wire, client, call, ended("/rotate"))))
            .containsOnly(weight(wire, client, call, invented));
      }
    }
  }

  /** The smallest of a few, because the pool keeps its connections alive now and then. */
  private static List<Long> weight(tuco.TcpProxy wire, Api client, String method, String secret) {
    List<Long> least = List.of(Long.MAX_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < 5; i++) {
      long up = wire.up();
      long down = wire.down();
      assertThat(client.with("X-API-Key", secret).call(method, "/api/api-keys", method.equals("GET") ? null : "{}").status())
          .isEqualTo(401);
      least = List.of(Math.min(least.get(0), wire.up() - up), Math.min(least.get(1), wire.down() - down));
    }
    return least;
  }

  @Test
  void theSchemeIsReadInAnyCaseWithSpacesAround() { // H6
    for (String scheme : List.of("bearer ", "BEARER ", "  Bearer   ")) {
      assertThat(nobody.with("Authorization", scheme + workspace.key() + " ").get("/api/whoami").status()).isEqualTo(200);
    }
    assertThat(nobody.with("X-API-Key", workspace.key()).get("/api/whoami").status()).isEqualTo(200);
  }

  @Test
  void twoCredentialsAreRefusedEvenWhenBothAreRight() { // H5
    String bearer = "Bearer " + workspace.key();
    for (Api twice : List.of(
        nobody.with("Authorization", bearer, "X-API-Key", workspace.key()),
        nobody.with("Authorization", bearer, "Authorization", bearer),
        nobody.with("X-API-Key", workspace.key(), "X-API-Key", workspace.key()))) {
      Api.Answer answer = twice.get("/api/whoami");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.at("code")).isEqualTo("invalid_request");
    }
  }

  @Test
  void aKeyInTheUrlIsRefusedWithTheReasonAndNotRepeated() { // H7, K13
    for (String path : List.of(
        "/api/whoami?api_key=" + workspace.key(), "/api/whoami?x=1&x=" + workspace.key(), "/api/whoami?access_token=abc",
        "/api/messages/" + workspace.key(), "/api/messages/" + workspace.key().replace("_", "%5F"))) {
      Api.Answer answer = workspace.api().get(path);
      assertThat(answer.status()).as(path).isEqualTo(400);
      assertThat(answer.at("code")).isEqualTo("key_in_url");
      assertThat(answer.text()).contains("URL").doesNotContain(workspace.key().substring(10));
    }
    assertThat(nobody.get("/api/openapi.json?key=" + workspace.key()).at("code")).as("where no key is asked for too").isEqualTo("key_in_url");
    assertThat(nobody.get("/nothing/" + workspace.key()).text()).doesNotContain(workspace.key().substring(10));
  }

  @Test
  void aKeyFromAPageOfAnotherOriginIsRefusedWithTheReason() { // K13, decisions 2.8
    for (String origin : List.of("https://shop.example.com", "null", "http://127.0.0.1:1")) {
      Api.Answer answer = workspace.api().with("Origin", origin).get("/api/whoami");
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.at("code")).isEqualTo("cross_origin");
      assertThat(answer.at("error")).contains("back end");
      assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
    }
    assertThat(workspace.api().with("Origin", world.url()).get("/api/whoami").status()).isEqualTo(200);
    Api.Answer preflight = nobody.with("Origin", "https://shop.example.com", "Access-Control-Request-Method", "GET")
        .call("OPTIONS", "/api/whoami", null);
    assertThat(preflight.status()).isGreaterThanOrEqualTo(400);
    assertThat(preflight.header("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void whoLacksARightIsToldWhich() { // H4
    Api reader = world.api(world.aKey(workspace.id(), Right.READS).secret());
    Api.Answer answer = reader.post("/api/api-keys", "{\"label\":\"x\"}");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.at("missingRight")).isEqualTo("keys:manage");
    assertThat(answer.header("WWW-Authenticate"))
        .isEqualTo("Bearer realm=\"tuco\", error=\"insufficient_scope\", scope=\"keys:manage\"");
  }

  @Test
  void whoeverGuessesIsHeldUpAndTheHolderOfAKeyAtTheSameAddressIsNot() { // O2
    String url = "http://127.0.0.1:" + world.startNode().port(); // Attempts are counted by each node.
    Api guesser = new Api(url, new Token().mint(Token.KEY));
    Api.Answer last = guesser.get("/api/whoami");
    for (int i = 0; i < 3_000 && last.status() == 401; i++) {
      last = guesser.get("/api/whoami");
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(last.header("Retry-After")).isNotEmpty();
    assertThat(new Api(url, workspace.key()).get("/api/whoami").status()).isEqualTo(200);
    assertThat(new Api(url, null).get("/api/whoami").status()).isEqualTo(401);
  }

  @Test
  void withoutItsDatabaseANodeAnswers503AndNeverLetsAnybodyIn() { // decisions 2.3
    try (tuco.TcpProxy wire = new tuco.TcpProxy(world.owner.host(), world.owner.port())) {
      Node node = world.startNodeThrough(wire.port());
      Api client = new Api("http://127.0.0.1:" + node.port(), workspace.key());
      assertThat(client.get("/api/whoami").status()).isEqualTo(200);
      wire.vanish();
      Api.Answer answer = client.get("/api/whoami");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.at("code")).isEqualTo("database_unavailable");
      assertThat(answer.header("Retry-After")).isNotEmpty();
      assertThat(CompletableFuture.runAsync(() -> world.stop(node))).as("it stops all the same").succeedsWithin(Duration.ofSeconds(30));
    }
  }

  @Test
  void aSecretPastedWhereItIsStoredIsRefused() { // K13
    String body = "{\"label\":\"" + workspace.key() + "\",\"integration\":\"" + workspace.key() + "\"}";
    assertThat(admin.post("/api/api-keys", body).json().get("errors").findValuesAsText("field"))
        .containsExactlyInAnyOrder("label", "integration");
    assertThat(admin.with("Idempotency-Key", workspace.key()).post("/api/api-keys", "{\"label\":\"x\"}").status()).isEqualTo(400);
    assertThat(admin.with("x-correlation-id", workspace.key()).get("/api/whoami").header("x-correlation-id")).startsWith("app_");
  }
}
