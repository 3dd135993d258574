package tuco.inbox;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.Database;
import tuco.timers.Rounds;

/**
 * What simulated people answer ({@code docs/simulator.md}): the ledger keeps their answers as a provider would, and this
 * brings them in. An answer leaves the ledger in the transaction that records it: a crash loses none and doubles none.
 */
public final class SimulatedReplies implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SimulatedReplies.class);
  private static final int BATCH = 100;

  private final Database database;
  private final Inbox inbox;
  private final Clock clock;
  private final Rounds rounds;

  public SimulatedReplies(Database database, Inbox inbox, Clock clock, Duration pause) {
    this.database = database;
    this.inbox = inbox;
    this.clock = clock;
    this.rounds = new Rounds("simulated-replies", pause, "simulated replies wait", this::bringIn);
  }

  private record Due(
      UUID workspaceId, UUID messageId, UUID attemptId, UUID lineId, String sender, String body, Inbound.By by, Instant at) {
    static Due of(ResultSet row) throws SQLException {
      return new Due(
          row.getObject("workspace_id", UUID.class), row.getObject("message_id", UUID.class),
          row.getObject("attempt_id", UUID.class), row.getObject("line_id", UUID.class), row.getString("sender"),
          row.getString("body"), Inbound.By.valueOf(row.getString("by").toUpperCase(Locale.ROOT)),
          row.getTimestamp("due_at").toInstant());
    }

    Inbound inbound() {
      Inbound.Bounce bounce = by == Inbound.By.BOUNCE ? new Inbound.Bounce(body, true, false) : null;
      return new Inbound(
          lineId, "sim_" + attemptId, sender, "", null, by, body, null, null, null, at, List.of(messageId), bounce, List.of());
    }
  }

  public void start() {
    rounds.start();
  }

  /** Brings in all that is due. */
  private void bringIn() {
    List<Due> due;
    do {
      due = database.crossing(tx -> tx.query("""
              select * from simulator_replies where due_at <= :now order by due_at limit :batch""")
          .bind("now", clock.instant()).bind("batch", BATCH).map((row, context) -> Due.of(row)).list());
      due.forEach(this::bringIn);
    } while (due.size() == BATCH && !rounds.closing());
  }

  private void bringIn(Due due) {
    try {
      database.asWorkspace(due.workspaceId(), tx -> {
        // Another node that brings it in at this moment is waited for; then the row is gone.
        int mine = tx.ownUpdate("""
                delete from simulator_replies
                 where workspace_id = :workspace and message_id = :message and attempt_id = :attempt""")
            .bind("message", due.messageId()).bind("attempt", due.attemptId()).execute();
        return mine == 1 && inbox.record(tx, due.inbound()).fresh();
      });
    } catch (RuntimeException e) {
      LOG.warn("the simulated reply to message {} is tried again later", due.messageId(), e);
      database.asWorkspace(due.workspaceId(), tx -> tx.ownUpdate("""
              update simulator_replies set due_at = :later
               where workspace_id = :workspace and message_id = :message and attempt_id = :attempt""")
          .bind("later", clock.instant().plusSeconds(10)).bind("message", due.messageId())
          .bind("attempt", due.attemptId()).execute());
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
