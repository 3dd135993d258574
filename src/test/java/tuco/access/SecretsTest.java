package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.db.DatabaseUrl;

/**
 * No secret in logs, errors, answers, pages, metrics or the database (K13): the product is driven, right and wrong, and
 * all that it left behind is searched for every secret it issued or was told.
 */
class SecretsTest {
  private static final String PASSWORD = "pass phrase nobody stores 4711";

  private static World world;
  private static final Map<String, String> SECRETS = new LinkedHashMap<>();
  private static final List<String> ANSWERS = new ArrayList<>();
  private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
  private static final Logger OURS = (Logger) LoggerFactory.getLogger("tuco");
  private static final Level LEVEL_OF_OTHERS = OURS.getLevel();

  @BeforeAll
  static void driveTheProduct() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    LOG.setContext(root.getLoggerContext());
    LOG.start();
    root.addAppender(LOG);
    OURS.setLevel(Level.TRACE);
    world = new World();
    World.TestWorkspace workspace = world.aWorkspace();
    SECRETS.put("first key", workspace.key());
    SECRETS.put("owner's password", workspace.ownerPassword());
    String everything = world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret();
    SECRETS.put("key with all rights", everything);
    Api admin = world.api(everything);

    keys(admin);
    people(workspace);
    webhooks(admin);
    mistakes(workspace.key());
    readEverything(admin);
  }

  @AfterAll
  static void stop() {
    world.close();
    OURS.setLevel(LEVEL_OF_OTHERS);
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
  }

  private static void keys(Api admin) {
    Api.Answer key = revealed("created key", "secret", admin.with("Idempotency-Key", "k1").post("/api/api-keys", "{\"label\":\"A\"}"));
    kept(admin.with("Idempotency-Key", "k1").post("/api/api-keys", "{\"label\":\"A\"}"));
    String path = "/api/api-keys/" + key.at("/apiKey/_id");
    revealed("overlapping key", "secret", admin.with("Idempotency-Key", "r1").post(path + "/rotate", "{\"overlapSeconds\":600}"));
    kept(admin.with("Idempotency-Key", "r1").post(path + "/rotate", "{\"overlapSeconds\":600}"));
    kept(world.api(key.at("secret")).get("/api/whoami"));
    kept(admin.get(path));
    kept(admin.get("/api/api-keys"));
    Api.Answer leaked = revealed("leaked key", "secret", admin.post("/api/api-keys", "{\"label\":\"Leaked\"}"));
    kept(world.anonymous().post("/api/leaked-keys", "{\"tokens\":[\"" + leaked.at("secret") + "\"]}"));
    kept(world.api(leaked.at("secret")).get("/api/whoami"));
    kept(admin.delete(path));
  }

  private static void people(World.TestWorkspace workspace) {
    Api.Answer session = revealed("session", "token", world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + workspace.ownerPassword() + "\"}"));
    Api owner = world.api(session.at("token"));
    kept(owner.get("/api/sessions"));
    revealed("invitation", "link", owner.post("/api/members/invitations", "{\"email\":\"new@example.com\",\"role\":\"member\"}"));
    kept(owner.get("/api/members/invitations"));
    revealed("authenticator", "secret", owner.post("/api/me/totp", "{\"password\":\"" + workspace.ownerPassword() + "\"}"));
    SECRETS.put("new password", PASSWORD);
    Api.Answer changed = owner.put("/api/me/password",
        "{\"password\":\"" + workspace.ownerPassword() + "\",\"newPassword\":\"" + PASSWORD + "\"}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    kept(changed);
    kept(world.anonymous().post("/api/sessions", "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"wrong " + PASSWORD + "\"}"));
  }

  private static void webhooks(Api admin) {
    Api.Answer webhook = revealed("webhook secret", "secret", admin.post("/api/webhooks",
        "{\"url\":\"https://hooks.example.com/x\",\"name\":\"Hook\",\"events\":[\"message.sent\"]}"));
    revealed("rotated webhook secret", "secret", admin.post("/api/webhooks/" + webhook.at("id") + "/rotate-secret", "{}"));
    kept(admin.get("/api/webhooks"));
  }

  /** Where people put keys by mistake. */
  private static void mistakes(String key) {
    Api api = world.api(key);
    Api nobody = world.anonymous();
    kept(nobody.get("/api/whoami?api_key=" + key));
    kept(nobody.get("/api/leads/" + key));
    kept(nobody.get("/" + key));
    kept(nobody.with("Authorization", key).get("/api/whoami"));
    kept(nobody.with("Authorization", "Bearer " + key + " " + key).get("/api/whoami"));
    kept(api.with("X-API-Key", key).get("/api/whoami"));
    kept(api.with("Origin", "https://shop.example.com").get("/api/whoami"));
    kept(api.with("User-Agent", "curl " + key).get("/api/whoami"));
    kept(api.with("x-correlation-id", key).get("/api/whoami"));
    kept(api.with("Idempotency-Key", key).post("/api/leads", "{}"));
    kept(api.post("/api/messages", "{" + key));
    kept(api.post("/api/api-keys", "{\"label\":\"" + key + "\"}"));
    kept(nobody.post("/api/sessions", "{\"email\":\"a@example.com\",\"password\":\"" + key + "\"}"));
  }

  private static void readEverything(Api admin) {
    for (String path : List.of("/api/openapi.json", "/metrics", "/api/whoami", "/api/leads", "/api/messages", "/api/lines",
        "/api/api-keys?removed=true", "/api/webhooks", "/api/members", "/api/leads/export")) {
      kept(admin.get(path));
    }
    String session = SECRETS.get("session");
    for (String path : List.of("/", "/messages", "/lines", "/keys", "/settings/api-keys", "/webhooks", "/members", "/workspaces", "/sign-in")) {
      kept(world.anonymous().with("Cookie", "tuco_session=" + session).get(path));
    }
    // What is used is written a few seconds later; it belongs to what is searched.
    Eventually.within(Duration.ofSeconds(8), () -> assertThat(dump()).contains("GET /api/whoami"));
  }

  private static void kept(Api.Answer answer) {
    ANSWERS.add(answer.raw().uri().getPath() + " " + answer.status() + " " + answer.raw().headers().map() + " " + answer.text());
  }

  /** The one answer that shows a secret: all of it but the secret is searched as well. */
  private static Api.Answer revealed(String name, String place, Api.Answer answer) {
    String secret = answer.at(place);
    assertThat(secret).as("%s in %s", name, answer.text()).isNotEmpty();
    // Of a link the token at its end; a webhook's secret is base64 and may hold a slash of its own.
    String bare = secret.startsWith("http") ? secret.substring(secret.lastIndexOf('/') + 1) : secret;
    SECRETS.put(name, bare);
    ANSWERS.add(answer.raw().headers().map().toString());
    return answer;
  }

  @Test
  void noSecretStandsInTheDatabase() {
    assertClean("database", dump());
  }

  @Test
  void noSecretStandsInTheLogs() {
    StringBuilder text = new StringBuilder();
    List.copyOf(LOG.list).forEach(event -> text.append(event.getFormattedMessage()).append('\n')
        .append(event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy())));
    assertThat(text).as("something was logged").contains("stands for nobody");
    assertClean("logs", text.toString());
  }

  @Test
  void noSecretStandsInAnyOtherAnswerPageOrFigure() {
    ANSWERS.forEach(answer -> {
      // The path of a request is the client's own; what matters is what we say.
      assertClean("an answer: " + answer.substring(0, Math.min(60, answer.indexOf(' '))), answer.substring(answer.indexOf(' ')));
    });
  }

  /** As it is, and as bytes in the database's and in the usual notation. */
  private static void assertClean(String where, String text) {
    SECRETS.forEach((name, secret) -> {
      byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
      assertThat(text.contains(secret)).as("%s in %s", name, where).isFalse();
      assertThat(text.contains(HexFormat.of().formatHex(bytes))).as("%s as hex in %s", name, where).isFalse();
      assertThat(text.contains(Base64.getEncoder().withoutPadding().encodeToString(bytes))).as("%s as base64 in %s", name, where).isFalse();
    });
  }

  /** All rows of all tables: of tenants as the engine, which sees all of them, of the rest as the owner. */
  private static String dump() {
    StringBuilder text = new StringBuilder();
    for (DatabaseUrl url : List.of(world.owner, world.config().engine())) {
      try (Connection connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
          Statement statement = connection.createStatement()) {
        List<String> tables = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("""
            select relname from pg_class
             where relkind in ('r', 'p') and relnamespace = 'tuco'::regnamespace and has_table_privilege(oid, 'select')""")) {
          while (rows.next()) {
            tables.add(rows.getString(1));
          }
        }
        for (String table : tables) {
          try (ResultSet rows = statement.executeQuery("select t::text from tuco." + table + " t")) {
            while (rows.next()) {
              text.append(table).append(' ').append(rows.getString(1)).append('\n');
            }
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
    assertThat(text).contains("api_keys", "key_secrets", "sessions", "people");
    return text.toString();
  }
}
