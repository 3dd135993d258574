package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Token;

/** Keys found in public (K12, decisions 2.6). */
class LeakedKeysTest {
  private static final String ENDED = new Token().mint(Token.KEY);
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aLeakedKeyIsStoppedAtOnceAndItsPeopleAreTold() {
    World.TestWorkspace workspace = world.aWorkspace();
    assertThat(report(workspace.key()).status()).isEqualTo(202);
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);
    assertThat(notices(workspace)).singleElement().asString().contains("Test key").contains("was disabled");
    report(workspace.key());
    assertThat(notices(workspace)).as("who repeats a report floods nobody").hasSize(1);
  }

  @Test
  void aWorkspaceThatOnlyWantsTheAlarmKeepsItsKey() {
    World.TestWorkspace workspace = world.aWorkspace();
    world.database().asWorkspace(workspace.id(), tx -> tx.update(
            "update workspaces set leak_policy = 'alarm' where workspace_id = :workspace")
        .bind("workspace", workspace.id()).execute());
    assertThat(report(workspace.key()).status()).isEqualTo(202);
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(200);
    assertThat(notices(workspace)).singleElement().asString().contains("rotate");
  }

  /** The secret a rotation has ended is harmless: whoever finds it must not be able to stop the key. */
  @Test
  void anEndedSecretStopsNothing() {
    World.TestWorkspace workspace = world.aWorkspace();
    world.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate("""
            insert into key_secrets (workspace_id, key_id, secret_id, hash, prefix, last_four, created_at, ends_at)
            values (:workspace, :key, :secret, :hash, '', '', now(), now() - interval '1 second')""")
        .bind("key", workspace.keyId()).bind("secret", world.ids().next(tuco.ids.Ids.tag(workspace.id())))
        .bind("hash", Token.hash(ENDED)).execute());
    assertThat(report(ENDED).status()).isEqualTo(202);
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(200);
    assertThat(notices(workspace)).isEmpty();
  }

  @Test
  void aRealAndAnInventedTokenGetTheSameAnswer() {
    World.TestWorkspace workspace = world.aWorkspace();
    String real = world.aKey(workspace.id(), Right.FULL).secret();
    Api.Answer invented = report(new Token().mint(Token.KEY));
    assertThat(List.of(report(real), report("nonsense")))
        .allSatisfy(answer -> assertThat(answer.status() + answer.text()).isEqualTo(invented.status() + invented.text()));
  }

  @Test
  void theSpellingForScannersIsUnderstood() { // T1
    World.TestWorkspace workspace = world.aWorkspace();
    report("secret-token:" + workspace.key());
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);
  }

  @Test
  void reportsAreLimitedInSizeAndNumber() {
    assertThat(world.anonymous().post("/api/leaked-keys", "{\"tokens\":[" + "\"x\",".repeat(100) + "\"x\"]}").status()).isEqualTo(400);
    assertThat(world.anonymous().post("/api/leaked-keys", "{\"tokens\":[]}").status()).isEqualTo(400);
    Api other = new Api("http://127.0.0.1:" + world.startNode().port(), null); // Reports are counted by each node.
    Api.Answer last = other.post("/api/leaked-keys", "{\"tokens\":[\"x\"]}");
    for (int i = 0; i < 100 && last.status() == 202; i++) {
      last = other.post("/api/leaked-keys", "{\"tokens\":[\"x\"]}");
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(last.header("Retry-After")).isNotEmpty();
  }

  private static Api.Answer report(String token) {
    return world.anonymous().post("/api/leaked-keys", "{\"tokens\":[\"" + token + "\"]}");
  }

  private static List<String> notices(World.TestWorkspace workspace) {
    return world.database().asWorkspace(workspace.id(), tx -> tx.query(
            "select message from notices where workspace_id = :workspace")
        .bind("workspace", workspace.id()).mapTo(String.class).list());
  }
}
