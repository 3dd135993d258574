package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Eventually;
import tuco.TucoProcess;
import tuco.db.DatabaseUrl;

/**
 * B5: three real nodes, workspaces with a ceiling of L a day and eight times as many messages, and {@code kill -9} at
 * random instants: exactly L leave, by the simulator's own ledger. The workspaces' messages fall due one after another,
 * all at once in each, so that every ceiling is met by all nodes in the same moment.
 *
 * <p>{@code -Dtuco.kill.rounds=50} kills fifty times; {@code -Dtuco.kill.seed} repeats a run's instants.
 */
class LimitsKillTest {
  private static final int KILLS = Integer.getInteger("tuco.kill.rounds", 2);
  private static final int WORKSPACES = 4 + 2 * KILLS;
  private static final int LINES = 6;
  private static final int LIMIT = 25;
  private static final int OF_A_LINE = 10;
  private static final List<String> ZONES = List.of("UTC", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu");

  private final long seed = Long.getLong("tuco.kill.seed", System.nanoTime());
  private final Random random = new Random(seed);
  @TempDir Path home;

  private final List<TucoProcess> nodes = new ArrayList<>();

  @Test
  void exactlyTheCeilingLeavesWhateverDies() throws Exception {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      List<UUID> workspaces = workspaces(world);
      for (int node = 0; node < 3; node++) {
        nodes.add(start(world.owner, node));
      }
      spread(world);
      for (int i = 0; i < workspaces.size(); i++) {
        world.update("update message_states set due_at = clock_timestamp() + interval '2 s' + ? * interval '400 ms' where workspace_id = ?",
            i, workspaces.get(i));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        // Not a wait for anything: the instant of the kill is drawn.
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(kill == 0 ? 5_000 : 900).toNanos()));
        int victim = random.nextInt(3);
        nodes.get(victim).kill();
        timePasses(world);
        nodes.set(victim, start(world.owner, victim));
      }
      for (UUID workspace : workspaces) {
        Eventually.within(Duration.ofSeconds(60), () -> {
          assertThat(left(world, workspace)).as("seed %d", seed).isGreaterThanOrEqualTo(LIMIT);
          askNow(world);
          assertThat(world.number("select count(*) from message_states where status in ('sending', 'unknown')")).isZero();
        });
      }
      staysExact(world, workspaces);
      System.out.printf("LimitsKillTest seed %d: %d kills, %d workspaces%n", seed, KILLS, workspaces.size());
    } finally {
      for (TucoProcess node : nodes) {
        node.kill();
      }
    }
  }

  private static List<UUID> workspaces(EngineWorld world) {
    String plan = world.aPlan(LIMIT, null, null);
    List<UUID> workspaces = new ArrayList<>();
    for (int i = 0; i < WORKSPACES; i++) {
      UUID workspace = world.aWorkspace(plan, ZONES.get(i % ZONES.size()));
      for (int n = 0; n < LINES; n++) {
        LineKey line = world.aLine(workspace);
        world.set(line, "kind = 'simulator', daily_total_limit = " + OF_A_LINE);
        for (int m = 0; m <= 8 * LIMIT / LINES; m++) {
          // Not the numbers that mean something to the simulator, which end in 555 01xx.
          world.aMessage(line, "+1666" + String.format("%07d", number(workspaces, n, m)), true);
        }
      }
      workspaces.add(workspace);
    }
    world.update("update message_states set due_at = clock_timestamp() + interval '1 hour'");
    return workspaces;
  }

  /** Gives each workspace's lines to the three nodes in turn: every ceiling is everybody's. */
  private static void spread(EngineWorld world) {
    world.update("""
        with n as (select node_id, row_number() over (order by node_id) - 1 as i from nodes),
             l as (select workspace_id, line_id, (row_number() over (order by workspace_id, line_id)) % 3 as i from line_leases)
        update line_leases e set node_id = n.node_id, fence = e.fence + 1
          from l join n using (i)
         where e.workspace_id = l.workspace_id and e.line_id = l.line_id""");
    assertThat(world.number("select count(distinct node_id) from line_leases")).isEqualTo(3);
  }

  private static int number(List<UUID> before, int line, int message) {
    return before.size() * 10_000 + line * 1_000 + message;
  }

  /** Watched over several sweeps of every node: not one more, and the counters say the same as the ledger. */
  private void staysExact(EngineWorld world, List<UUID> workspaces) {
    long end = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
    Eventually.within(Duration.ofSeconds(20), () -> {
      for (UUID workspace : workspaces) {
        assertThat(left(world, workspace)).as("seed %d", seed).isEqualTo(LIMIT);
      }
      assertThat(System.nanoTime()).isGreaterThan(end);
    });
    assertThat(world.number("select count(*) from (select from simulator_ledger group by message_id having count(*) > 1) twice")).isZero();
    assertThat(world.text("select string_agg(distinct used::text, ',') from usage_counters where kind = 'workspace_day'"))
        .isEqualTo(String.valueOf(LIMIT));
    assertThat(world.text("""
        select string_agg(distinct n::text, ',') from (select sum(used) as n from usage_counters where kind = 'line_day' group by workspace_id) sums"""))
        .isEqualTo(String.valueOf(LIMIT));
    assertThat(world.number("select max(used) from usage_counters where kind = 'line_day'")).isLessThanOrEqualTo(OF_A_LINE);
    assertThat(world.number("select count(distinct workspace_id) from line_leases where hold_until > now() and hold_reason = 'plan_daily'"))
        .isEqualTo(workspaces.size());
  }

  private static int left(EngineWorld world, UUID workspace) {
    return world.number("select count(*) from simulator_ledger where workspace_id = ?", workspace);
  }

  /** Lets twenty seconds pass for what the dead node left; those that live have none of it. */
  private static void timePasses(EngineWorld world) {
    world.update("update nodes set heartbeat_at = heartbeat_at - interval '20 seconds'");
    world.update("update message_states set attempting_since = attempting_since - interval '20 seconds' where status = 'sending'");
    askNow(world);
  }

  private static void askNow(EngineWorld world) {
    world.update("update message_states set due_at = due_at - interval '20 seconds' where status = 'unknown'");
  }

  private TucoProcess start(DatabaseUrl url, int index) throws IOException {
    TucoProcess node = TucoProcess.start(Files.createDirectories(home.resolve("node" + index)),
        Map.of(
            "TUCO_DATABASE_URL", "postgresql://" + url.user() + ":" + url.password() + "@" + url.host() + ":" + url.port() + "/" + url.database(),
            "TUCO_SECRET_KEY", Base64.getEncoder().encodeToString(new byte[32]), "TUCO_ROLES", "worker"),
        "up", "--json", "--port", "0", "--no-demo");
    node.outWhen("}");
    return node;
  }
}
