package tuco.webhooks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.http.Outbound;
import tuco.ids.Kind;
import tuco.traces.Span;
import tuco.traces.Traces;
import tuco.webhooks.Attempt.Claimed;
import tuco.webhooks.Attempt.Outcome;

/**
 * Delivers what the outbox holds, at least once: one thread writes outcomes and claims what is due, in turns, and each
 * call runs on a virtual thread of its own. A node that dies in between loses its claims after a minute, and another
 * node calls again with the same event id.
 */
public final class Delivery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
  private static final int AT_A_TIME = 512;
  /** Endpoints that fail cannot take all the room there is. */
  private static final int FAILING_AT_A_TIME = 128;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  private static final Duration RECLAIM_EVERY = Duration.ofSeconds(2);
  private static final Duration PRUNE_EVERY = Duration.ofMinutes(10);
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final Database database;
  private final DeliveryStore store;
  private final Health health;
  private final Attempt attempt;
  private final Bell bell;
  private final Traces traces;
  private final Set<Claimed> underWay = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final List<Outcome> unwritten = new ArrayList<>();
  private final Thread loop;
  private long reclaimAt = System.nanoTime();
  private long pruneAt = System.nanoTime();
  private volatile boolean stopping;

  /** Tells some people of a workspace that a webhook was switched off; returns at once. */
  @FunctionalInterface
  public interface Letter {
    void send(List<String> emails, String workspace, String words);
  }

  public Delivery(Database database, Bell bell, Outbound outbound, Vault vault, Clock clock, Letter letter, Traces traces) {
    this.database = database;
    this.bell = bell;
    this.traces = traces;
    this.store = new DeliveryStore(clock);
    this.health = new Health(clock, letter);
    this.attempt = new Attempt(outbound, vault, clock);
    this.loop = Thread.ofPlatform().name("webhooks").daemon(true).unstarted(this::run);
  }

  public void start() {
    loop.start();
  }

  private void run() {
    Duration pause = SHORTEST_PAUSE;
    while (!stopping) {
      try {
        int moved = turn();
        pause = moved > 0 ? SHORTEST_PAUSE : longer(pause);
      } catch (SQLException | DatabaseFailure e) {
        LOG.warn("webhooks wait for the database: {}", e.getMessage());
        pause = LONGEST_PAUSE;
      } catch (RuntimeException e) {
        LOG.error("a turn of webhook delivery failed", e);
        pause = LONGEST_PAUSE;
      }
      pause = rest(pause);
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /** Waits to be woken; work that trickles in is taken in heaps, at most one a few milliseconds. */
  private Duration rest(Duration pause) {
    try {
      if (bell.await(pause)) {
        TimeUnit.NANOSECONDS.sleep(SHORTEST_PAUSE.toNanos() / 2);
        return SHORTEST_PAUSE;
      }
    } catch (InterruptedException e) {
      stopping = true;
      Thread.currentThread().interrupt();
    }
    return pause;
  }

  /** Writes what is done, claims what is due; answers how much there was of both. */
  private int turn() throws SQLException {
    int written = write();
    housekeeping();
    List<Claimed> claimed = claim();
    for (Claimed one : claimed) {
      underWay.add(one);
      Thread.ofVirtual().name("webhook").start(() -> deliver(one));
    }
    return written + claimed.size();
  }

  private List<Claimed> claim() throws SQLException {
    int failing = (int) underWay.stream().filter(Claimed::failing).count();
    int free = AT_A_TIME - FAILING_AT_A_TIME - (underWay.size() - failing);
    try (Connection connection = database.engine().getConnection()) {
      return store.claim(connection, Math.max(0, free), Math.max(0, FAILING_AT_A_TIME - failing));
    }
  }

  private void deliver(Claimed claimed) {
    Span span = traces.call("deliver webhook").of(Kind.WORKSPACE, claimed.workspaceId()).of(Kind.WEBHOOK, claimed.webhookId())
        .of(Kind.EVENT, claimed.eventId()).of(Kind.DELIVERY, claimed.deliveryId()).count("attempt", claimed.attempts() + 1L);
    Outcome outcome;
    try {
      outcome = attempt.make(claimed);
    } catch (RuntimeException e) {
      LOG.error("webhook delivery {} failed on our side", claimed.deliveryId(), e);
      outcome = attempt.broken(claimed);
    }
    if (outcome.statusCode() != null) {
      span.status(outcome.statusCode());
    }
    span.outcome(outcome.status(), outcome.succeeded()).end();
    outcomes.add(outcome);
    bell.ring();
  }

  /** Outcomes and counters in one transaction; what could not be written stays for the next turn. */
  private int write() throws SQLException {
    for (Outcome outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
      unwritten.add(outcome);
    }
    if (unwritten.isEmpty()) {
      return 0;
    }
    database.crossing(tx -> {
      store.complete(tx.connection(), unwritten);
      health.update(tx.connection(), unwritten);
      return true;
    });
    int written = unwritten.size();
    unwritten.forEach(outcome -> underWay.remove(outcome.claimed()));
    unwritten.clear();
    return written;
  }

  private void housekeeping() throws SQLException {
    long now = System.nanoTime();
    if (now - reclaimAt >= 0) {
      reclaimAt = now + RECLAIM_EVERY.toNanos();
      try (Connection connection = database.engine().getConnection()) {
        store.reclaim(connection);
      }
    }
    if (now - pruneAt >= 0) {
      boolean more = database.crossing(tx -> store.prune(tx.connection()));
      pruneAt = now + (more ? RECLAIM_EVERY : PRUNE_EVERY).toNanos();
    }
  }

  /** Takes no more, lets calls end for a few seconds, and gives back what it could not finish. */
  @Override
  public void close() {
    stopping = true;
    bell.ring();
    if (!loop.isAlive()) {
      return;
    }
    try {
      loop.join();
      long end = System.nanoTime() + FAREWELL.toNanos();
      while (underWay.size() > outcomes.size() + unwritten.size() && System.nanoTime() < end) {
        bell.await(Duration.ofNanos(end - System.nanoTime()));
      }
      write();
      database.crossing(tx -> {
        store.release(tx.connection(), List.copyOf(underWay));
        return true;
      });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException | DatabaseFailure e) {
      LOG.warn("webhook deliveries under way could not be given back; they follow within a minute: {}", e.getMessage());
    }
  }
}
