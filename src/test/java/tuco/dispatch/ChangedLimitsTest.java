package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.limits.ZoneChange;

/** B5: a limit that is changed while a claim is about to reserve from it holds as changed, from its confirmation on. */
class ChangedLimitsTest {
  @Test
  void aClaimThatWaitedForTheChangeOfALineSeesIt() throws Exception {
    assertThat(claimedDuring("update tuco.lines set daily_total_limit = 2 where line_id = '%2$s'", null)).isEqualTo(2);
  }

  @Test
  void aClaimThatWaitedForAPauseTakesNothing() throws Exception {
    assertThat(claimedDuring("update tuco.lines set is_active = false where line_id = '%2$s'", null)).isZero();
  }

  @Test
  void aClaimThatWaitedForAChangeOfPlanKeepsTheNewCeiling() throws Exception {
    assertThat(claimedDuring("update tuco.workspaces set plan = '%3$s' where workspace_id = '%1$s'", 3)).isEqualTo(3);
  }

  /** A midnight passes while a claim waits for a change of zone: it is charged to the day that the change began, not to one of its own. */
  @Test
  void aClaimThatWaitedForAChangeOfZoneIsChargedToTheDayThatGoesOn() throws Exception {
    TestClock clock = new TestClock("2026-03-01T23:59:59Z");
    try (EngineWorld world = new EngineWorld(clock); var one = Executors.newSingleThreadExecutor()) {
      UUID workspace = world.aWorkspace(world.aPlan(3, null, null), "UTC");
      world.messages(world.aLine(workspace), 10);
      ByHand node = world.byHand();
      Future<List<Claimed>> claims = world.database.asWorkspace(workspace, tx -> {
        tx.query("select line_id from line_leases for update").mapTo(UUID.class).list();
        Future<List<Claimed>> waiting = one.submit(() -> node.claims(10));
        somebodyWaits(world);
        clock.set("2026-03-02T00:00:01Z");
        ZoneChange.during(tx, "Europe/Berlin", clock, () ->
            tx.ownUpdate("update workspaces set zone = 'Europe/Berlin' where workspace_id = :workspace").execute());
        return waiting;
      });
      assertThat(claims.get()).hasSize(3);
      assertThat(world.text("select string_agg(period_start || ' ' || used, ', ') from usage_counters where kind = 'workspace_day'"))
          .isEqualTo("2026-03-02 00:00:00+00 3");
      clock.set("2026-03-02T22:59:59Z");
      assertThat(node.claims(10)).isEmpty();
    }
  }

  /** As the services do it: the row changes, the line's lease is taken, and a claim comes by before the commit. */
  private static int claimedDuring(String change, @Nullable Integer ceiling) throws Exception {
    try (EngineWorld world = new EngineWorld(new TestClock("2026-03-01T10:00:00Z"));
        var one = Executors.newSingleThreadExecutor();
        Connection changing = world.database.engine().getConnection();
        Statement statement = changing.createStatement()) {
      UUID workspace = world.aWorkspace();
      LineKey line = world.aLine(workspace);
      world.set(line, "daily_total_limit = 5");
      world.messages(line, 10);
      ByHand node = world.byHand();
      changing.setAutoCommit(false);
      statement.execute(change.formatted(workspace, line.lineId(), ceiling == null ? "" : world.aPlan(ceiling, null, null)));
      statement.execute("update tuco.line_leases set hold_reason = null where line_id = '" + line.lineId() + "'");
      Future<List<Claimed>> claims = one.submit(() -> node.claims(10));
      somebodyWaits(world);
      changing.commit();
      return claims.get().size();
    }
  }

  private static void somebodyWaits(EngineWorld world) {
    Eventually.within(Duration.ofSeconds(10), () ->
        assertThat(world.number("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).isOne());
  }
}
