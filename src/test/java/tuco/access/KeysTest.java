package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;

/** The life of API keys over HTTP (K1–K4, K9, K11–K13). */
class KeysTest {
  private static World world;
  private static World.TestWorkspace workspace;
  private static Api admin;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aNewKeyHasFullAccessAndWorksAtOnce() { // K3, K6, K9
    Api.Answer created = admin.post("/api/api-keys", "{\"label\":\" CRM sync \",\"integration\":\"HubSpot\"}");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    assertThat(created.at("secret")).matches("tuco_sk_[0-9A-Za-z]{49}");
    assertThat(created.at("effectiveAt")).isNotEmpty();
    JsonNode key = created.json().get("apiKey");
    assertThat(key.path("label").asText()).isEqualTo("CRM sync");
    assertThat(key.path("environment").asText()).isEqualTo("production");
    assertThat(key.path("integration").asText()).isEqualTo("HubSpot");
    assertThat(key.path("access").asText()).isEqualTo("full");
    assertThat(key.path("state").asText()).isEqualTo("active");
    assertThat(key.at("/secrets/0/lastFour").asText()).isEqualTo(created.at("secret").substring(53));
    assertThat(world.api(created.at("secret")).get("/api/whoami").at("/apiKey/_id")).isEqualTo(key.path("_id").asText());
  }

  @Test
  void aKeyIsShownOnceAndAReplayLeavesItOut() { // K13
    Api client = admin.with("Idempotency-Key", "create-once");
    Api.Answer first = client.post("/api/api-keys", "{\"label\":\"Once\"}");
    Api.Answer again = client.post("/api/api-keys", "{\"label\":\"Once\"}");
    assertThat(first.json().has("secret")).isTrue();
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.at("/apiKey/_id")).isEqualTo(first.at("/apiKey/_id"));
    assertThat(again.json().has("secret")).isFalse();
    assertThat(admin.get("/api/api-keys/" + first.at("/apiKey/_id")).text()).doesNotContain(first.at("secret"));
  }

  @Test
  void everyFaultOfANewKeyIsNamedAtOnce() {
    Api.Answer refused = admin.post("/api/api-keys", """
        {"environment":"moon","rights":["leads:read","fly"],"expiresAt":"2020-01-01T00:00:00Z","allowedAddresses":["10.0.0.0/33"]}""");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().get("errors").findValuesAsText("field"))
        .containsExactlyInAnyOrder("label", "expiresAt", "environment", "rights", "allowedAddresses");
    assertThat(admin.post("/api/api-keys", "{\"label\":\"" + "x".repeat(101) + "\"}").status()).isEqualTo(400);
    assertThat(admin.post("/api/api-keys", "{\"label\":\"x\",\"rights\":[]}").status()).isEqualTo(400);
  }

  @Test
  void aKeyCanBeRenamedRestrictedAndFreedAgain() {
    Created key = create("{\"label\":\"Old\",\"rights\":\"read_only\"}");
    Api.Answer changed = admin.patch(key.path(), "{\"label\":\"New\",\"environment\":\"staging\",\"rights\":\"send_only\",\"nonsense\":1}");
    assertThat(changed.at("/apiKey/label")).isEqualTo("New");
    assertThat(changed.at("/apiKey/environment")).isEqualTo("staging");
    assertThat(changed.at("/apiKey/access")).isEqualTo("send_only");
    assertThat(changed.at("/warnings/0")).contains("nonsense");
    assertThat(rights(key)).containsExactlyInAnyOrderElementsOf(Right.wires(Right.SEND_ONLY));
    assertThat(admin.patch(key.path(), "{\"label\":\"  \"}").status()).isEqualTo(400);
    admin.patch(key.path(), "{\"rights\":[\"leads:read\"]}");
    assertThat(rights(key)).containsExactly("leads:read");
    assertThat(admin.get(key.path()).at("/apiKey/label")).as("what is not mentioned stays").isEqualTo("New");
  }

  @Test
  void anExpiredKeyIsRefusedAndSaysSoOnlyToItsOwners() {
    Created key = create("{\"label\":\"Short\"}");
    admin.patch(key.path(), "{\"expiresAt\":\"" + Instant.now().plusMillis(400) + "\"}");
    Eventually.within(Duration.ofSeconds(3), () -> assertThat(key.api().get("/api/whoami").status()).isEqualTo(401));
    assertThat(admin.get(key.path()).at("/apiKey/state")).isEqualTo("expired");
    admin.patch(key.path(), "{\"expiresAt\":null}");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
  }

  @Test
  void aKeyBoundToAddressesWorksFromThereOnly() {
    Created key = create("{\"label\":\"Bound\",\"allowedAddresses\":[\"192.0.2.0/24\",\"2001:db8::/32\"]}");
    Api.Answer elsewhere = key.api().get("/api/whoami");
    assertThat(elsewhere.status()).isEqualTo(403);
    assertThat(elsewhere.at("code")).isEqualTo("address_not_allowed");
    admin.patch(key.path(), "{\"allowedAddresses\":[\"127.0.0.0/8\"]}");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
    admin.patch(key.path(), "{\"allowedAddresses\":[]}");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
  }

  @Test
  void rotationEndsTheOldSecretAtOnce() { // K8, K9, K12
    Created key = create("{\"label\":\"Rotated\"}");
    Api.Answer rotated = admin.post(key.path() + "/rotate", "");
    assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(401);
    assertThat(world.api(rotated.at("secret")).get("/api/whoami").at("/apiKey/_id")).isEqualTo(key.id());
    assertThat(rotated.json().at("/apiKey/secrets")).hasSize(1);
  }

  @Test
  void anOverlapLetsBothSecretsInUntilItIsEnded() {
    Created key = create("{\"label\":\"Overlapping\"}");
    Api.Answer rotated = admin.post(key.path() + "/rotate", "{\"overlapSeconds\":600}");
    assertThat(rotated.json().at("/apiKey/secrets")).hasSize(2);
    assertThat(rotated.json().at("/apiKey/secrets/1/endsAt").asText()).isNotEmpty();
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
    assertThat(world.api(rotated.at("secret")).get("/api/whoami").status()).isEqualTo(200);

    String third = admin.post(key.path() + "/rotate", "{\"overlapSeconds\":600}").at("secret");
    assertThat(key.api().get("/api/whoami").status()).as("a key has two live secrets at most").isEqualTo(401);
    assertThat(world.api(rotated.at("secret")).get("/api/whoami").status()).isEqualTo(200);

    assertThat(admin.post(key.path() + "/end-overlap", "").status()).isEqualTo(200);
    assertThat(world.api(rotated.at("secret")).get("/api/whoami").status()).isEqualTo(401);
    assertThat(world.api(third).get("/api/whoami").status()).isEqualTo(200);
    assertThat(admin.post(key.path() + "/rotate", "{\"overlapSeconds\":604801}").status()).isEqualTo(400);
  }

  @Test
  void anOverlapRunsOut() {
    Created key = create("{\"label\":\"Running out\"}");
    admin.post(key.path() + "/rotate", "{\"overlapSeconds\":1}");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
    Eventually.within(Duration.ofSeconds(4), () -> assertThat(key.api().get("/api/whoami").status()).isEqualTo(401));
  }

  @Test
  void aDisabledKeyStopsAndAnEnabledOneGoesOn() { // K3, K8
    Created key = create("{\"label\":\"Switched\"}");
    assertThat(admin.post(key.path() + "/disable", "").at("/apiKey/state")).isEqualTo("disabled");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(401);
    assertThat(admin.post(key.path() + "/enable", "").at("/apiKey/state")).isEqualTo("active");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(200);
  }

  @Test
  void aRemovedKeyStopsForGoodAndStaysAsATombstone() { // K3, K8
    Created key = create("{\"label\":\"Removed\"}");
    assertThat(admin.delete(key.path()).at("/apiKey/state")).isEqualTo("removed");
    assertThat(key.api().get("/api/whoami").status()).isEqualTo(401);
    assertThat(admin.get("/api/api-keys?limit=100").text()).doesNotContain(key.id());
    assertThat(admin.get("/api/api-keys?limit=100&removed=true").text()).contains(key.id());
    assertThat(admin.get(key.path()).at("/apiKey/state")).isEqualTo("removed");
    for (String verb : List.of("/enable", "/disable", "/rotate", "/end-overlap")) {
      assertThat(admin.post(key.path() + verb, "").at("code")).isEqualTo("key_removed");
    }
    assertThat(admin.patch(key.path(), "{\"label\":\"Back\"}").status()).isEqualTo(409);
    assertThat(admin.delete(key.path()).status()).as("once more is no fault").isEqualTo(200);
  }

  @Test
  void nobodyGivesAKeyMoreThanTheyMayDo() { // decisions 2.4
    Created manager = create("{\"label\":\"Manager\",\"rights\":[\"keys:manage\",\"leads:read\"]}");
    Api.Answer refused = manager.api().post("/api/api-keys", "{\"label\":\"More\"}");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("code")).isEqualTo("insufficient_scope");
    assertThat(manager.api().post("/api/api-keys", "{\"label\":\"Same\",\"rights\":[\"leads:read\"]}").status()).isEqualTo(201);
    assertThat(manager.api().patch(manager.path(), "{\"rights\":\"full\"}").status()).isEqualTo(403);
    Created full = create("{\"label\":\"Full\"}");
    assertThat(manager.api().post(full.path() + "/rotate", "").status()).as("a rotation would hand it over").isEqualTo(403);
    assertThat(manager.api().post(full.path() + "/disable", "").status()).isEqualTo(200);
  }

  @Test
  void otherMembersSeeThatKeysExistAndWhomToAskButChangeNothing() { // K2, K5
    Created key = create("{\"label\":\"Seen\"}");
    world.aMember(workspace.id(), Role.MEMBER, "seer@example.com");
    Api member = world.api(world.api("").with().post("/api/sessions",
        "{\"email\":\"seer@example.com\",\"password\":\"correct horse\"}").at("token"));
    Api.Answer list = member.get("/api/api-keys?limit=100");
    assertThat(list.status()).as(list.text()).isEqualTo(200);
    assertThat(list.text()).contains(key.id(), "\"label\":\"Seen\"", workspace.ownerEmail())
        .doesNotContain("lastFour", "rights", "allowedAddresses", "lastUsed");
    assertThat(member.get(key.path()).status()).isEqualTo(403);
    assertThat(member.post("/api/api-keys", "{\"label\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(member.patch(key.path(), "{\"label\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(member.delete(key.path()).status()).isEqualTo(403);
    for (String verb : List.of("/rotate", "/disable", "/enable", "/end-overlap")) {
      assertThat(member.post(key.path() + verb, "").status()).isEqualTo(403);
    }
    assertThat(key.api().get("/api/api-keys").at("missingRight")).isEqualTo("keys:manage");
  }

  @Test
  void thePlansCeilingOnKeysHolds() {
    World.TestWorkspace small = world.aWorkspace();
    Api owner = world.api(world.aKey(small.id(), EnumSet.allOf(Right.class)).secret());
    ownerSql("insert into tuco.plans (plan, keys) values ('three-keys', 3)");
    ownerSql("alter table tuco.workspaces no force row level security");
    ownerSql("update tuco.workspaces set plan = 'three-keys' where workspace_id = '" + small.id() + "'");
    ownerSql("alter table tuco.workspaces force row level security");
    Api.Answer third = owner.post("/api/api-keys", "{\"label\":\"Third\"}");
    assertThat(third.status()).isEqualTo(201);
    Api.Answer fourth = owner.post("/api/api-keys", "{\"label\":\"Fourth\"}");
    assertThat(fourth.status()).isEqualTo(409);
    assertThat(fourth.at("code")).isEqualTo("plan_limit");
    owner.delete("/api/api-keys/" + third.at("/apiKey/_id"));
    assertThat(owner.post("/api/api-keys", "{\"label\":\"Fourth\"}").status()).isEqualTo(201);
  }

  @Test
  void securityActionsWorkInReadOnlyModeAndTheOthersDoNot() { // B4
    World.TestWorkspace frozen = world.aWorkspace();
    Api owner = world.api(world.aKey(frozen.id(), EnumSet.allOf(Right.class)).secret());
    String key = "/api/api-keys/" + owner.post("/api/api-keys", "{\"label\":\"Frozen\"}").at("/apiKey/_id");
    ownerSql("alter table tuco.workspaces no force row level security");
    ownerSql("update tuco.workspaces set read_only_reason = 'past_due' where workspace_id = '" + frozen.id() + "'");
    ownerSql("alter table tuco.workspaces force row level security");
    assertThat(owner.post("/api/api-keys", "{\"label\":\"More\"}").status()).isEqualTo(402);
    assertThat(owner.patch(key, "{\"label\":\"Other\"}").status()).isEqualTo(402);
    assertThat(owner.post(key + "/enable", "").status()).isEqualTo(402);
    assertThat(owner.with("Idempotency-Key", "r1").post(key + "/rotate", "{\"overlapSeconds\":60}").status()).isEqualTo(200);
    assertThat(owner.post(key + "/end-overlap", "").status()).isEqualTo(200);
    assertThat(owner.post(key + "/disable", "").status()).isEqualTo(200);
    assertThat(owner.delete(key).status()).isEqualTo(200);
  }

  @Test
  void useIsKnownWithoutAWritePerRequest() { // decisions 2.5
    Created key = create("{\"label\":\"Used\"}");
    // A person watches, so that no other key's use is counted.
    Api person = world.api(SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).at("token"));
    Api client = key.api().with("User-Agent", "crm-sync/1.2");
    client.get("/api/whoami");
    // Once this one is known, so is all that other keys did before.
    Eventually.within(Duration.ofSeconds(6), () ->
        assertThat(person.get(key.path()).json().at("/apiKey/lastUsedClient").asText()).isEqualTo("crm-sync/1.2"));
    int before = writesOf("key_uses");
    for (int i = 0; i < 200; i++) {
      client.get("/api/whoami");
    }
    client.get(key.path());
    Eventually.within(Duration.ofSeconds(6), () -> {
      JsonNode seen = person.get(key.path()).json().get("apiKey");
      assertThat(seen.path("lastUsedClient").asText()).isEqualTo("crm-sync/1.2");
      assertThat(seen.path("lastUsedAddress").asText()).isEqualTo("127.0.0.1");
      assertThat(Instant.parse(seen.path("lastUsedAt").asText())).isAfter(Instant.now().minusSeconds(30));
      assertThat(rowOf(person.get(key.path() + "/activity").json().get("activity"), "GET /api/whoami", 200)).isEqualTo(201);
      assertThat(rowOf(person.get(key.path() + "/activity").json().get("activity"), "GET /api/api-keys/{id}", 403)).isEqualTo(1);
    });
    // PostgreSQL counts late: what the keys of other tests did just before may be among them.
    assertThat(writesOf("key_uses") - before).as("201 calls by this key wrote a handful of times").isLessThan(100);
    JsonNode report = person.get(key.path() + "/report").json();
    assertThat(rowOf(report.get("calls"), "GET /api/whoami", 200)).isEqualTo(201);
    assertThat(report.path("messageCount").asInt()).isZero();
    assertThat(person.get(key.path() + "/report?since=2999-01-01T00:00:00Z").json().get("calls")).isEmpty();
    assertThat(person.get(key.path() + "/report?since=yesterday").status()).isEqualTo(400);
  }

  @Test
  void theReportTellsWhatTheKeyChanged() { // K12
    Created key = create("{\"label\":\"Busy\"}");
    assertThat(key.api().post("/api/webhooks", "{\"url\":\"https://hook.example.com/x\",\"name\":\"h\",\"events\":[\"message.sent\"]}").status())
        .isEqualTo(201);
    JsonNode deeds = admin.get(key.path() + "/report").json().get("deeds");
    assertThat(deeds).hasSize(1);
    assertThat(deeds.at("/0/action").asText()).isEqualTo("webhook.create");
    assertThat(deeds.at("/0/object").asText()).startsWith("wh_");
  }

  @Test
  void nobodyBringsAKeyBackThatMayDoMoreThanThey() { // decisions 2.4
    Created strong = create("{\"label\":\"Strong\",\"rights\":[\"leads:read\",\"billing:manage\"]}");
    admin.post(strong.path() + "/disable", "");
    Api weak = world.api(world.aKey(workspace.id(), EnumSet.of(Right.KEYS_MANAGE, Right.LEADS_READ)).secret());
    Api.Answer refused = weak.post(strong.path() + "/enable", "");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("missingRight")).isEqualTo("billing:manage");
    assertThat(admin.post(strong.path() + "/enable", "").status()).isEqualTo(200);
  }

  @Test
  void theReportListsEveryMessageTheKeyMadeInPages() { // K12
    Created key = create("{\"label\":\"Sender\"}");
    world.aSimulatorLine(workspace.id());
    for (int i = 0; i < 3; i++) {
      key.api().post("/api/messages", "{\"message\":\"m" + i + "\",\"recipientEmail\":\"r@example.com\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}");
    }
    workspace.api().post("/api/messages", "{\"message\":\"by another\",\"recipientEmail\":\"r@example.com\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}");
    JsonNode first = admin.get(key.path() + "/report?limit=2").json();
    assertThat(first.path("messageCount").asInt()).isEqualTo(3);
    assertThat(first.get("messages")).hasSize(2);
    JsonNode rest = admin.get(key.path() + "/report?limit=2&after=" + first.path("next").asText()).json();
    assertThat(rest.get("messages")).hasSize(1);
    assertThat(rest.path("next").isNull()).isTrue();
  }

  private static int rowOf(JsonNode rows, String route, int status) {
    for (JsonNode row : rows) {
      if (row.path("route").asText().equals(route) && row.path("status").asInt() == status) {
        return row.path("calls").asInt();
      }
    }
    return 0;
  }

  private static int writesOf(String table) {
    return world.database().withoutTenant(tx -> tx.query(
            "select n_tup_ins + n_tup_upd from pg_stat_user_tables where schemaname = 'tuco' and relname = :table")
        .bind("table", table).mapTo(Integer.class).one());
  }

  private static void ownerSql(String sql) {
    tuco.db.TestDatabase.execute("postgresql://" + world.owner.user() + ":" + world.owner.password() + "@"
        + world.owner.host() + ":" + world.owner.port() + "/" + world.owner.database(), sql);
  }

  private record Created(String id, String secret) {
    String path() {
      return "/api/api-keys/" + id;
    }

    Api api() {
      return world.api(secret);
    }
  }

  private static Created create(String json) {
    Api.Answer answer = admin.post("/api/api-keys", json);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return new Created(answer.at("/apiKey/_id"), answer.at("secret"));
  }

  private static Set<String> rights(Created key) {
    Set<String> rights = new java.util.HashSet<>();
    key.api().get("/api/whoami").json().get("rights").forEach(right -> rights.add(right.asText()));
    return rights;
  }
}
