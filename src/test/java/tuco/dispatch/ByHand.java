package tuco.dispatch;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import tuco.traces.Traces;

/** A node whose steps the test takes one by one: it can stop between any two of them, as a crash or a pause would. */
final class ByHand {
  final UUID id;
  final Nodes nodes;
  final Leases leases;
  final Claim claim;
  final Outcomes outcomes;
  final Sender sender;
  private final EngineWorld world;
  private Map<LineKey, Long> held = Map.of();

  ByHand(EngineWorld world) throws SQLException {
    this.world = world;
    id = world.ids.next(0);
    var engine = world.database.engine();
    nodes = new Nodes(id, engine);
    leases = new Leases(id, engine);
    claim = new Claim(id, engine, world.vault, world.happenings(), world.clock, (w, m) -> null,
        (connection, asks, now) -> Map.of(), Traces.OFF);
    outcomes = new Outcomes(engine, world.happenings(), world.clock);
    sender = new Sender(Map.of("test", world.channel), outcomes, nodes, world.clock, Traces.OFF);
    beat();
  }

  /** Writes the heartbeat and takes lines. */
  Map<LineKey, Long> beat() throws SQLException {
    nodes.beat();
    held = leases.balance(List.of());
    return held;
  }

  /** What the database sees of a node that stands still: a heartbeat of ten seconds ago. */
  void standsStill() {
    world.update("update nodes set heartbeat_at = clock_timestamp() - interval '10 seconds' where node_id = ?", id);
  }

  List<Claimed> claims(int size) throws SQLException {
    List<Claim.Want> wants = new ArrayList<>();
    held.forEach((line, fence) -> wants.add(new Claim.Want(line, fence, size, size, Instant.MIN)));
    List<Claimed> claimed = new ArrayList<>();
    claim.run(wants).values().forEach(taken -> claimed.addAll(taken.messages()));
    return claimed;
  }

  /** Marks what dead nodes left, asks about what is due and writes the answers. */
  void reconciles() throws SQLException {
    Outcomes answers = new Outcomes(world.database.engine(), world.happenings(), world.clock);
    Reconcile reconcile = reconcile(answers);
    reconcile.mark();
    reconcile.take().forEach(reconcile::ask);
    answers.start();
    answers.close();
  }

  /** Takes what it is time to ask about, and gets no further. */
  List<Reconcile.Question> takesQuestions() throws SQLException {
    return reconcile(outcomes).take();
  }

  private Reconcile reconcile(Outcomes answers) {
    return new Reconcile(id, world.database.engine(), Map.of("test", world.channel), world.vault, answers,
        new Failover(world.database.engine(), world.happenings(), world.clock),
        new Receipts(world.database.engine(), List.of(world.channel), world.happenings(), world.clock), world.clock, Executors.newVirtualThreadPerTaskExecutor());
  }
}
