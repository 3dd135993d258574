package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;

/** What the gate reads beside a key's hash is at every instant what key and workspace say (K8, decisions 2.3). */
class KeyHoldersTest {
  /** Secrets beside which stands something else than their key and workspace say, by another route than the copying. */
  private static final String DIFFERENT = """
      select s.prefix || s.last_four || ': ' || coalesce(s.holder::text, 'nobody')
        from key_secrets s
        join api_keys k   on k.workspace_id = s.workspace_id and k.key_id = s.key_id
        join workspaces w on w.workspace_id = s.workspace_id
       where s.key_expires_at is distinct from k.expires_at
          or s.read_only_reason is distinct from w.read_only_reason
          or s.plan_expires_at is distinct from w.plan_expires_at
          or (s.holder is null) <> (k.disabled_at is not null or k.removed_at is not null or w.removed_at is not null)
          or s.holder[1]::integer <> w.tag or s.holder[2]::uuid <> k.key_id or s.holder[3] <> w.name or s.holder[4] <> w.zone
          or s.holder[5] <> w.plan or s.holder[6] <> k.label
          or s.holder[7] <> array_to_string(k.rights, ' ') or s.holder[8] <> array_to_string(k.allowed_addresses, ' ')""";

  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static List<String> different() {
    return world.database().crossing(tx -> tx.query(DIFFERENT).mapTo(String.class).list());
  }

  @Test
  void everyChangeOfAKeyOrItsWorkspaceIsSeenBesideTheHash() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    String key = "/api/api-keys/" + admin.post("/api/api-keys", "{\"label\":\"One two\"}").at("/apiKey/_id");
    assertThat(different()).isEmpty();
    for (String change : List.of(
        "{\"label\":\"Other\",\"rights\":\"read_only\",\"allowedAddresses\":[\"10.0.0.0/8\",\"::1\"]}",
        "{\"label\":\"Other\",\"expiresAt\":\"2100-01-01T00:00:00Z\"}")) {
      assertThat(admin.patch(key, change).status()).isEqualTo(200);
      assertThat(different()).as(change).isEmpty();
    }
    for (String action : List.of("rotate", "disable", "enable")) {
      assertThat(admin.post(key + "/" + action, "{\"overlapSeconds\":60}").status()).as(action).isEqualTo(200);
      assertThat(different()).as(action).isEmpty();
    }
    assertThat(admin.delete(key).status()).isEqualTo(200);
    assertThat(different()).isEmpty();
    for (String change : List.of(
        "name = 'Name', zone = 'Europe/Berlin'", "plan = 'mini', plan_expires_at = now()", "read_only_reason = 'manual'", "removed_at = now()")) {
      world.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate("update workspaces set " + change + " where workspace_id = :workspace").execute());
      assertThat(different()).as(change).isEmpty();
    }
  }

  @Test
  void ofTwoWhoChangeKeyAndWorkspaceAtOnceTheLaterCopiesBoth() throws Exception {
    World.TestWorkspace workspace = world.aWorkspace();
    world.aKey(workspace.id(), EnumSet.allOf(Right.class));
    Executor threads = work -> Thread.ofVirtual().start(work);
    for (boolean keyFirst : new boolean[] {true, false}) {
      String ofKey = "update api_keys set label = 'Changed " + keyFirst + "' where workspace_id = :workspace";
      String ofWorkspace = "update workspaces set name = 'Changed " + keyFirst + "' where workspace_id = :workspace";
      CountDownLatch changed = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> world.database().asWorkspace(workspace.id(), tx -> {
        int rows = tx.ownUpdate(keyFirst ? ofKey : ofWorkspace).execute();
        changed.countDown();
        await(goOn);
        return rows;
      }), threads);
      await(changed);
      CompletableFuture<Integer> second = CompletableFuture.supplyAsync(() ->
          world.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate(keyFirst ? ofWorkspace : ofKey).execute()), threads);
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(waiting()).isEqualTo(1));
      goOn.countDown();
      first.get(10, TimeUnit.SECONDS);
      second.get(10, TimeUnit.SECONDS);
      assertThat(different()).isEmpty();
    }
  }

  private static int waiting() {
    return world.database().crossing(tx ->
        tx.query("select count(*) from pg_locks where locktype = 'advisory' and classid = 7004 and not granted").mapTo(Integer.class).one());
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
