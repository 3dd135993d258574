package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.channels.Channel.Reconciled;
import tuco.channels.SendResult;
import tuco.traces.Traces;

/** Decisions 5.3, 5.4: never sent twice, never lost, whatever node stops or stalls wherever. */
class FencingTest {
  @Test
  void aCrashBetweenClaimAndSendIsReconciledAndSentOnce() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand dying = world.byHand();
      assertThat(dying.claims(10)).hasSize(1);
      assertThat(world.status(message)).isEqualTo("sending");
      ageAttempts(world);
      dying.standsStill();
      world.startEngine();
      world.eventually("unknown", message);
      clock.advance(Reconcile.FIRST_ASK);
      world.eventually("delivered", message);
      assertThat(world.channel.timesEach()).containsExactly(1L);
      assertThat(world.events(message)).startsWith(
          "queued(accepted) sending(claimed) unknown(outcome_lost) queued(proven_not_sent) sending(claimed) sent(");
      assertThat(world.used(line.lineId(), "line_day")).isOne();
    }
  }

  @Test
  void aCrashBetweenSendAndOutcomeIsFoundAtTheProviderAndNotSentAgain() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand dying = world.byHand();
      List<Claimed> claimed = dying.claims(10);
      world.channel.send(settings(line), List.of(claimed.getFirst().outgoing()), (outgoing, result) -> {});
      ageAttempts(world);
      dying.standsStill();
      world.startEngine();
      world.eventually("unknown", message);
      clock.advance(Reconcile.FIRST_ASK);
      world.eventually("sent", message);
      assertThat(world.channel.timesEach()).containsExactly(1L);
    }
  }

  @Test
  void whatNobodyCanTellStaysUnknownAndIsNeverSentAgain() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.Unknown("timed out");
      AtomicInteger asked = new AtomicInteger();
      world.channel.memory = message -> {
        asked.incrementAndGet();
        return new Reconciled.CannotTell("no such function");
      };
      UUID message = world.aMessage(line);
      world.startEngine();
      world.eventually("unknown", message);
      clock.advance(Duration.ofDays(1));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(asked).hasValue(1));
      world.staysAt(1, "unknown");
      assertThat(world.channel.timesEach()).containsExactly(1L);
      assertThat(world.used(line.lineId(), "line_day")).isOne();
    }
  }

  @Test
  void whatANodeWasAskingAboutWhenItDiedIsAskedByAnotherAtOnce() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand first = world.byHand();
      first.claims(10);
      ageAttempts(world);
      first.standsStill();
      ByHand asking = world.byHand();
      asking.reconciles();
      clock.advance(Reconcile.FIRST_ASK);
      assertThat(asking.takesQuestions()).hasSize(1);
      ByHand heir = world.byHand();
      heir.reconciles();
      assertThat(world.status(message)).as("another asks, and lives").isEqualTo("unknown");
      asking.standsStill();
      heir.reconciles();
      assertThat(world.status(message)).as("proven not sent").isEqualTo("queued");
    }
  }

  @Test
  void aPausedNodesLateOutcomeCountsOnceAndItsClaimsFindNothing() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand paused = world.byHand();
      Claimed claimed = paused.claims(10).getFirst();
      ageAttempts(world);
      paused.standsStill();
      ByHand heir = world.byHand();
      assertThat(heir.beat()).containsKey(line);
      heir.reconciles();
      clock.advance(Reconcile.FIRST_ASK);
      heir.reconciles();
      assertThat(world.status(message)).as("proven not sent").isEqualTo("queued");
      assertThat(heir.claims(10)).hasSize(1);

      // The paused node wakes up: its outcome belongs to an attempt that is over, its fence is outdated.
      paused.outcomes.write(List.of(Outcome.of(claimed.attempt(), new SendResult.Delivered("late"), clock.instant())));
      assertThat(world.status(message)).isEqualTo("sending");
      world.aMessage(line);
      assertThat(paused.claims(10)).isEmpty();
      assertThat(world.happened).isEmpty();
      assertThat(world.used(line.lineId(), "line_day")).isOne();
    }
  }

  @Test
  void anOutcomeThatComesTwiceIsAppliedOnce() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand node = world.byHand();
      Outcome fallback = Outcome.of(node.claims(1).getFirst().attempt(),
          new SendResult.NotReachable("no iMessage", List.of()), world.clock.instant());
      node.outcomes.write(List.of(fallback));
      node.outcomes.write(List.of(fallback));
      assertThat(world.events(message)).isEqualTo("queued(accepted) sending(claimed) fallback(not_reachable)");
      assertThat(world.happened).hasSize(1);
    }
  }

  /** After a pause nothing more of the batch leaves: what was not handed over waits again, uncounted. */
  @Test
  void aNodeWhoseHeartbeatIsLateHandsOverNothing() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.messages(line, 3);
      ByHand node = world.byHand();
      List<Claimed> claimed = node.claims(10);
      Nodes nodes = new Nodes(node.id, world.database.engine());
      Sender stale = new Sender(java.util.Map.of("test", world.channel), node.outcomes, nodes, world.clock, Traces.OFF);
      node.outcomes.start();
      stale.send(settings(line), claimed, nodes.pauses());
      node.outcomes.close();
      assertThat(world.channel.sent).isEmpty();
      assertThat(world.count("queued")).isEqualTo(3);
      assertThat(world.number("select max(attempts) from message_states")).isZero();
      assertThat(world.used(line.lineId(), "line_day")).isZero();
    }
  }

  /** The heartbeat may wake before the sender does: being alive again does not bring the old claim back. */
  @Test
  void whatWasClaimedBeforeAPauseDoesNotLeaveAfterIt() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.messages(line, 3);
      ByHand node = world.byHand();
      Nodes nodes = new Nodes(node.id, world.database.engine());
      int before = nodes.pauses();
      List<Claimed> claimed = node.claims(10);
      nodes.beat();
      assertThat(nodes.isFresh()).isTrue();
      Sender woken = new Sender(java.util.Map.of("test", world.channel), node.outcomes, nodes, world.clock, Traces.OFF);
      node.outcomes.start();
      woken.send(settings(line), claimed, before);
      assertThat(world.channel.sent).isEmpty();
      woken.send(settings(line), claimed, nodes.pauses());
      assertThat(world.channel.sent).hasSize(3);
      node.outcomes.close();
    }
  }

  @Test
  void linesAreSharedEvenlyAndADeadNodesLinesMoveOn() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      UUID workspace = world.aWorkspace();
      for (int i = 0; i < 9; i++) {
        world.aLine(workspace);
      }
      ByHand first = world.byHand();
      assertThat(first.beat()).hasSize(9);
      ByHand second = world.byHand();
      assertThat(first.beat()).hasSize(5);
      assertThat(second.beat()).hasSize(4).doesNotContainKeys(first.beat().keySet().toArray(LineKey[]::new));
      first.standsStill();
      assertThat(second.beat()).hasSize(9);
      // The one that was held for dead comes back: its fences are old, it gets its share anew.
      assertThat(first.claims(10)).isEmpty();
    }
  }

  private static void ageAttempts(EngineWorld world) {
    world.update("update message_states set attempting_since = attempting_since - interval '10 seconds' where status = 'sending'");
  }

  private static tuco.channels.LineSettings settings(LineKey line) {
    return new tuco.channels.LineSettings(
        line.workspaceId(), line.lineId(), "test", "+15550100", null, java.util.Map.of(), java.util.Map.of());
  }
}
