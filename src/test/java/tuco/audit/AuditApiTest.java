package tuco.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The log as its owners read it, and take it along (decisions 9.3). */
class AuditApiTest {
  private static World world;
  private static World.TestWorkspace workspace;
  private static Api admin;
  private static String adminKey;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    var key = world.aKey(workspace.id(), EnumSet.allOf(Right.class));
    adminKey = Ids.text(Kind.KEY, key.keyId());
    admin = world.api(key.secret());
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void anEntrySaysWhoWhatWhenAndFromWhere() { // standards V8 16.2.1
    Api.Answer made = admin.with("User-Agent", "curl/8", "x-correlation-id", "order-17").post("/api/api-keys", "{\"label\":\"CRM\"}");
    JsonNode entry = admin.get("/api/audit?object=" + made.at("/apiKey/_id")).json().at("/entries/0");
    assertThat(entry.path("action").asText()).isEqualTo("key.create");
    assertThat(entry.at("/actor/kind").asText()).isEqualTo("key");
    assertThat(entry.at("/actor/id").asText()).isEqualTo(adminKey);
    assertThat(entry.at("/actor/name").asText()).isEqualTo("Another key");
    assertThat(entry.path("address").asText()).isEqualTo("127.0.0.1");
    assertThat(entry.path("client").asText()).isEqualTo("curl/8");
    assertThat(entry.path("correlationId").asText()).isEqualTo("order-17");
    assertThat(entry.path("requestId").asText()).isEqualTo(made.header("X-Request-Id"));
    assertThat(entry.at("/details/label").asText()).isEqualTo("CRM");
    assertThat(entry.path("workspace").asText()).isEqualTo(Ids.text(Kind.WORKSPACE, workspace.id()));
    assertThat(entry.toString()).doesNotContain(made.at("secret"));
  }

  @Test
  void aChangeShowsWhatItWasBefore() {
    String key = admin.post("/api/api-keys", "{\"label\":\"Before\"}").at("/apiKey/_id");
    admin.patch("/api/api-keys/" + key, "{\"label\":\"After\",\"rights\":\"read_only\"}");
    JsonNode changed = admin.get("/api/audit?action=key.change&object=" + key).json().at("/entries/0/details/changed");
    assertThat(changed.at("/label/from").asText()).isEqualTo("Before");
    assertThat(changed.at("/label/to").asText()).isEqualTo("After");
    assertThat(changed.at("/rights/to").size()).isEqualTo(Right.READS.size());
    assertThat(changed.has("environment")).isFalse();
    JsonNode report = admin.get("/api/api-keys/" + key + "/report").json();
    assertThat(report.path("changes")).as("the key's report tells it too (K12)").hasSize(2);
    assertThat(report.at("/changes/0/action").asText()).isEqualTo("key.change");
  }

  @Test
  void itIsFilteredByPersonKeyActionObjectAndTimeAndReadByCursor() {
    UUID colleague = world.aMember(workspace.id(), Role.ADMIN, "colleague@audit.example.com");
    Api theirs = world.api(world.anonymous().post("/api/sessions",
        "{\"email\":\"colleague@audit.example.com\",\"password\":\"" + World.PASSWORD + "\"}").at("token"));
    for (int i = 0; i < 3; i++) {
      theirs.post("/api/dnc", "{\"email\":\"never" + i + "@example.com\"}");
    }
    String person = Ids.text(Kind.PERSON, colleague);
    assertThat(actions("?personId=" + person)).containsExactly("dnc.add", "dnc.add", "dnc.add", "session.start");
    assertThat(actions("?personId=" + person + "&action=session.start")).containsExactly("session.start");
    assertThat(actions("?keyId=" + adminKey + "&action=session.start")).isEmpty();
    assertThat(actions("?since=2199-01-01T00:00:00Z")).isEmpty();
    assertThat(actions("?personId=" + person + "&until=2199-01-01T00:00:00Z")).hasSize(4);
    List<String> paged = new ArrayList<>();
    String query = "?limit=3&personId=" + person;
    for (String next = ""; !next.equals("null");) {
      JsonNode page = admin.get("/api/audit" + query + (next.isEmpty() ? "" : "&cursor=" + next)).json();
      page.path("entries").forEach(entry -> paged.add(entry.path("action").asText()));
      next = page.path("nextCursor").asText();
    }
    assertThat(paged).hasSize(4);
    for (String wrong : List.of("?action=no.such", "?object=4711", "?since=yesterday", "?cursor=x", "?personId=me", "?keyId=" + adminKey + "&personId=" + person)) {
      assertThat(admin.get("/api/audit" + wrong).status()).as(wrong).isEqualTo(400);
    }
    assertThat(admin.get("/api/audit?object=" + Ids.text(Kind.KEY, world.aWorkspace().keyId())).status()).isEqualTo(403);
  }

  private static List<String> actions(String query) {
    List<String> actions = new ArrayList<>();
    admin.get("/api/audit" + query).json().path("entries").forEach(entry -> actions.add(entry.path("action").asText()));
    return actions;
  }

  @Test
  void aRefusedSignInStandsInTheLogOfEveryWorkspaceOfThatPersonAndTooManyDoNotFloodIt() { // V8 16.3.1
    World.TestWorkspace other = world.aWorkspace();
    var sessions = "{\"email\":\"" + other.ownerEmail() + "\",\"password\":\"wrong\"}";
    assertThat(world.anonymous().post("/api/sessions", sessions).status()).isEqualTo(401);
    Api theirs = world.api(world.aKey(other.id(), EnumSet.of(Right.AUDIT_READ)).secret());
    Eventually.within(Duration.ofSeconds(5), () -> {
      JsonNode entry = theirs.get("/api/audit?action=session.refused").json().at("/entries/0");
      assertThat(entry.path("object").asText()).isEqualTo(Ids.text(Kind.PERSON, other.ownerId()));
      assertThat(entry.at("/details/wrong").asText()).isEqualTo("password");
      assertThat(entry.path("address").asText()).isEqualTo("127.0.0.1");
    });
  }

  @Test
  void ownersAndAdminsReadItAndNobodyElse() {
    for (Role role : Role.values()) {
      String email = role.wire() + "@audit-roles.example.com";
      world.aMember(workspace.id(), role, email);
      Api api = world.api(world.anonymous().post("/api/sessions",
          "{\"email\":\"" + email + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token"));
      int expected = role == Role.OWNER || role == Role.ADMIN ? 200 : 403;
      for (String path : List.of("/api/audit", "/api/audit/export", "/api/audit/key")) {
        assertThat(api.get(path).status()).as(role + " " + path).isEqualTo(expected);
      }
    }
    assertThat(workspace.api().get("/api/audit").status()).as("a key with full access").isEqualTo(403);
  }

  @Test
  void theExportIsStreamedWholeAndVerifies() throws IOException {
    World.TestWorkspace large = world.aWorkspace();
    world.database().asWorkspace(large.id(), tx -> {
      Audit audit = new Audit(java.time.Clock.systemUTC());
      for (int i = 0; i < 1_300; i++) {
        audit.record(tx, Action.LINE_CHANGE, Kind.WORKSPACE, large.id(), Map.of("n", i));
      }
      return null;
    });
    Api reader = world.api(world.aKey(large.id(), EnumSet.of(Right.AUDIT_READ)).secret());
    Api.Answer answer = reader.get("/api/audit/export");
    assertThat(answer.header("Content-Type")).isEqualTo("application/x-ndjson");
    Path file = Files.writeString(folder.resolve("log"), answer.text());
    Verifier.Verdict verdict = new Verifier(reader.get("/api/audit/key").at("fingerprint"), null).verify(file);
    assertThat(verdict.words()).isEqualTo("complete and unchanged");
    assertThat(verdict.entries()).isEqualTo(1_302);
    assertThat(answer.text()).as("the export itself is in it").contains("\"action\":\"audit.export\"");
  }
}
