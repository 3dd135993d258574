package tuco.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.messages.Status;

/**
 * The node's writer of outcomes: takes whatever waits, up to {@value #BATCH}, into one transaction, without a timer.
 * What it cannot write while the database is away it keeps and writes later; what a crash takes with it is reconciled.
 */
final class Outcomes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);
  private static final int BATCH = 256;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final DataSource engine;
  private final Happenings happenings;
  private final Ids ids;
  private final FallbackSms fallbackSms;
  private final Clock clock;
  private final LinkedBlockingQueue<Outcome> waiting = new LinkedBlockingQueue<>();
  private final Thread writer;
  private volatile boolean closed;

  Outcomes(DataSource engine, Happenings happenings, Clock clock) {
    this.engine = engine;
    this.happenings = happenings;
    this.ids = new Ids(clock);
    this.fallbackSms = new FallbackSms(ids);
    this.clock = clock;
    this.writer = Thread.ofPlatform().name("outcomes").daemon(true).unstarted(this::run);
  }

  void start() {
    writer.start();
  }

  /** Takes an outcome from any thread. */
  void add(Outcome outcome) {
    waiting.add(outcome);
  }

  /**
   * Takes back what was claimed if it was. It finds out: it waits for the leases that the claim holds until it has ended, and
   * then changes nothing where the attempt is not open.
   */
  void takeBack(Claim.InDoubt claim) {
    claim.attempts.forEach(attempt -> add(Outcome.neverLeft(attempt, "claim_in_doubt", false, clock.instant())));
  }

  /** How many wait to be written: the dispatcher claims no more when it is far behind. */
  int backlog() {
    return waiting.size();
  }

  private void run() {
    List<Outcome> taken = new ArrayList<>(BATCH);
    while (!closed || !waiting.isEmpty()) {
      try {
        Outcome first = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (first == null) {
          continue;
        }
        taken.add(first);
        waiting.drainTo(taken, BATCH - 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      keep(taken);
      taken.clear();
    }
  }

  /** Writes them, and again after a pause while the database is away; what cannot be written at all costs only itself. */
  private void keep(List<Outcome> outcomes) {
    while (true) {
      try {
        write(outcomes);
        return;
      } catch (SQLException e) {
        if (!isPassing(e)) {
          alone(outcomes, e);
          return;
        }
        LOG.warn("{} outcomes wait for the database: {}", outcomes.size(), e.getMessage());
      } catch (RuntimeException e) {
        alone(outcomes, e);
        return;
      }
      if (closed && !hasTimeLeft()) {
        LOG.error("{} outcomes are lost to the stop; they will be reconciled", outcomes.size());
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void alone(List<Outcome> outcomes, Exception cause) {
    if (outcomes.size() == 1) {
      Outcome outcome = outcomes.getFirst();
      LOG.error("the outcome of message {} cannot be written; it will be reconciled", outcome.attempt().messageId(), cause);
      if (outcome.status() != Status.UNKNOWN) {
        // As long as this node lives, nobody asks about its attempts before it says that it does not know.
        keep(List.of(Outcome.unknown(outcome.attempt(), "outcome_not_written", "What became of it could not be written down", clock.instant())));
      }
      return;
    }
    LOG.warn("a batch of {} outcomes is taken one by one", outcomes.size(), cause);
    List.copyOf(outcomes).forEach(outcome -> keep(List.of(outcome)));
  }

  /** Connection trouble, deadlocks, shutdowns: the same statement can succeed later. */
  static boolean isPassing(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("40") || state.startsWith("53")
        || state.startsWith("57") || state.startsWith("55");
  }

  private long stopBy;

  private boolean hasTimeLeft() {
    return System.nanoTime() < stopBy;
  }

  /** Writes a batch in one transaction. */
  void write(List<Outcome> outcomes) throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try {
        // Lines before messages before counters: the order in which the claim locks them.
        List<Happening> news = new ArrayList<>(Streaks.of(connection, outcomes, now));
        OutcomeSql.unhold(connection, outcomes);
        NextAddress next = NextAddress.of(connection, outcomes);
        List<Outcome> applied = OutcomeSql.apply(connection, next.outcomes);
        next.write(connection, applied);
        OutcomeSql.suppress(connection, ids, applied, now);
        OutcomeSql.refund(connection, applied);
        fallbackSms.follow(connection, unreached(applied), now);
        applied.forEach(outcome -> news.addAll(outcome.happenings()));
        if (!news.isEmpty()) {
          happenings.record(connection, news);
        }
        connection.commit();
        tellDropped(next.outcomes, applied);
      } catch (SQLException | RuntimeException e) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
        throw e;
      }
    }
  }

  private static List<FallbackSms.Message> unreached(List<Outcome> applied) {
    return applied.stream()
        .filter(outcome -> outcome.status() == Status.FALLBACK || outcome.status() == Status.FAILED)
        .map(outcome -> new FallbackSms.Message(outcome.attempt().line().workspaceId(), outcome.attempt().messageId()))
        .toList();
  }

  private static void tellDropped(List<Outcome> outcomes, List<Outcome> applied) {
    if (applied.size() == outcomes.size()) {
      return;
    }
    Set<Outcome> kept = new HashSet<>(applied);
    for (Outcome outcome : outcomes) {
      if (!kept.contains(outcome)) {
        LOG.warn("attempt {} of message {} is no longer open; its outcome {} is dropped",
            outcome.attempt().attemptId(), outcome.attempt().messageId(), outcome.status().wire());
      }
    }
  }

  /** Writes what waits and ends. */
  @Override
  public void close() {
    stopBy = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    closed = true;
    try {
      writer.join(15_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
