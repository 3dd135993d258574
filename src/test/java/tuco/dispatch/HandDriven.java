package tuco.dispatch;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import tuco.Eventually;
import tuco.channels.Channel;
import tuco.config.Vault;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.traces.Traces;

/** The engine of a node without its thread: a test that moves the clock says when it looks. */
public final class HandDriven implements AutoCloseable {
  private static final int LINES_AT_ONCE = 64;
  private static final int BATCH = 16;

  private final Nodes node;
  private final Leases leases;
  private final Claim claim;
  private final Outcomes outcomes;
  private final Sender sender;
  private final Clock clock;
  private final Map<LineKey, Instant> handedAt = new HashMap<>();
  private Map<LineKey, Long> held = Map.of();

  /** A node of its own on this database. */
  public HandDriven(
      DataSource engine, Map<String, Channel> channels, Vault vault, Happenings happenings, Clock clock, LastLook lastLook)
      throws SQLException {
    this.clock = clock;
    node = new Nodes(new Ids(clock).next(Ids.NO_WORKSPACE), engine);
    leases = new Leases(node.id(), engine);
    claim = new Claim(node.id(), engine, vault, happenings, clock, (workspace, message) -> null, lastLook, Traces.OFF);
    outcomes = new Outcomes(engine, happenings, clock);
    sender = new Sender(channels, outcomes, node, clock, Traces.OFF);
    node.start();
    outcomes.start();
    held = leases.balance(List.of());
  }

  /** Takes what it is entitled to by now. */
  public void balance() throws SQLException {
    held = leases.balance(List.of());
  }

  /** Everything that may leave at this instant leaves, and its outcome is written; answers how many that were. */
  public int turn() throws SQLException {
    List<Map.Entry<LineKey, Long>> lines = List.copyOf(held.entrySet());
    int handed = 0;
    for (int from = 0; from < lines.size(); from += LINES_AT_ONCE) {
      List<Claim.Want> wants = new ArrayList<>();
      for (Map.Entry<LineKey, Long> line : lines.subList(from, Math.min(lines.size(), from + LINES_AT_ONCE))) {
        wants.add(new Claim.Want(line.getKey(), line.getValue(), BATCH, BATCH, handedAt.getOrDefault(line.getKey(), Instant.MIN)));
      }
      int pauses = node.pauses();
      for (Map.Entry<LineKey, Claim.Taken> taken : claim.run(wants).entrySet()) {
        List<Claimed> messages = taken.getValue().messages();
        if (!messages.isEmpty()) {
          handedAt.put(taken.getKey(), clock.instant());
          sender.send(taken.getValue().settings(), messages, pauses);
          handed += messages.size();
        }
      }
    }
    return handed;
  }

  /** Waits until every outcome is written. */
  public void settle() {
    Eventually.within(Duration.ofSeconds(30), () -> {
      if (outcomes.backlog() > 0) {
        throw new AssertionError(outcomes.backlog() + " outcomes are not written yet");
      }
    });
  }

  @Override
  public void close() {
    outcomes.close();
    node.close();
  }
}
