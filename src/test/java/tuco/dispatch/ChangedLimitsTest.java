package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
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
import tuco.db.Tx;
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
        change(tx, "Europe/Berlin", clock);
        return waiting;
      });
      assertThat(claims.get()).hasSize(3);
      assertThat(world.text("select string_agg(period_start || ' ' || used, ', ') from usage_counters where kind = 'workspace_day'"))
          .isEqualTo("2026-03-02 00:00:00+00 3");
      clock.set("2026-03-02T22:59:59Z");
      assertThat(node.claims(10)).isEmpty();
    }
  }

  /**
   * A message that was claimed around the end of a month, after a change of zone, and that nobody knew the outcome of until
   * after another change: it is given back to the day and month it was taken from, and makes no room in the present ones.
   */
  @Test
  void whatNeverLeftIsGivenBackWhereItWasTakenHoweverOftenTheZoneChangedMeanwhile() throws Exception {
    TestClock clock = new TestClock("2026-11-30T23:30:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace(world.aPlan(null, 3, null), "America/New_York");
      world.messages(world.aLine(workspace), 10);
      ByHand node = world.byHand();
      lost(node, node.claims(1).getFirst(), clock);
      move(world, workspace, "Europe/Berlin", clock);
      clock.set("2026-12-01T06:00:00Z");
      node.beat();
      assertThat(node.claims(10)).as("December, which is Berlin's and overlaps New York's November").hasSize(3);
      move(world, workspace, "America/New_York", clock);
      assertThat(used(world)).as("the day still goes on").isEqualTo(
          "workspace_day 2026-11-30 05 4, workspace_month 2026-11-01 04 1, workspace_month 2026-11-30 23 3");

      node.reconciles();
      assertThat(world.count("unknown")).as("proven not sent").isZero();
      assertThat(used(world)).isEqualTo("workspace_day 2026-11-30 05 3, workspace_month 2026-11-30 23 3");
      assertThat(node.claims(10)).as("none too many in December").isEmpty();
    }
  }

  /** A version before V070 did not note the periods: its attempts, met while they are open, are given back as it would have done it. */
  @Test
  void whatAnEarlierVersionClaimedIsGivenBackToo() throws Exception {
    TestClock clock = new TestClock("2026-11-30T23:30:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace(world.aPlan(null, 3, null), "America/New_York");
      world.messages(world.aLine(workspace), 10);
      ByHand node = world.byHand();
      lost(node, node.claims(1).getFirst(), clock);
      world.update("update message_states set charged_day = null, charged_month = null");
      move(world, workspace, "Europe/Berlin", clock);
      clock.set("2026-12-01T06:00:00Z");
      node.beat();
      assertThat(node.claims(10)).hasSize(3);
      node.reconciles();
      assertThat(used(world)).isEqualTo("workspace_day 2026-11-30 05 3, workspace_month 2026-11-30 23 3");
    }
  }

  private static void lost(ByHand node, Claimed claimed, TestClock clock) throws SQLException {
    node.outcomes.write(List.of(Outcome.unknown(claimed.attempt(), "outcome_unknown", "no answer", clock.instant())));
  }

  private static void move(EngineWorld world, UUID workspace, String zone, TestClock clock) {
    world.database.asWorkspace(workspace, tx -> {
      change(tx, zone, clock);
      return true;
    });
  }

  private static void change(Tx tx, String zone, TestClock clock) {
    ZoneChange.during(tx, zone, clock, () ->
        tx.ownUpdate("update workspaces set zone = :zone where workspace_id = :workspace").bind("zone", zone).execute());
  }

  private static String used(EngineWorld world) {
    return world.text("""
        select string_agg(kind || to_char(period_start at time zone 'UTC', ' YYYY-MM-DD HH24 ') || used, ', ' order by kind, period_start)
          from usage_counters where kind in ('workspace_day', 'workspace_month') and used > 0""");
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
