package tuco.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Channel;
import tuco.config.Vault;
import tuco.db.DatabaseFailure;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.traces.Traces;

/**
 * The engine of a node: one thread that decides which lines to claim for and when. Whatever takes long, providers
 * above all, happens on other threads, which tell this one when they are done.
 */
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int LINES_AT_ONCE = 64;
  private static final int MESSAGES_AT_ONCE = 256;
  private static final int MOST_BACKLOG = 2_048;
  private static final int SWEEP_AT_ONCE = 1_000;
  private static final Duration RECHECK = Duration.ofSeconds(15);
  private static final long BALANCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long BALANCE_SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long STOP_SECONDS = 30;

  private final Clock clock;
  private final DataSource engine;
  private final Nodes node;
  private final Leases leases;
  private final Claim claim;
  private final Outcomes outcomes;
  private final Sender sender;
  private final Recovery recovery;
  private final Reconcile reconcile;
  private final ExecutorService channelThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread thread;

  private final Set<LineKey> signals = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Finished> finished = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  // Of the dispatcher's thread alone.
  private final Map<LineKey, HeldLine> held = new HashMap<>();
  private final Rota rota = new Rota();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nextBalance = System.nanoTime();
  private long lastBalance = nextBalance - BALANCE_NANOS;
  private long nextSweep = nextBalance;

  /**
   * @param channels by the kind written in {@code lines.kind}
   * @param unsubscribeUrl the one-click address for a message (workspace, message) of an e-mail line, null for none
   * @param lastLook what campaigns say of their messages before they leave
   */
  public Dispatcher(DataSource engine, Map<String, Channel> channels, Vault vault, Happenings happenings, Clock clock,
      BiFunction<UUID, UUID, @Nullable String> unsubscribeUrl, LastLook lastLook, Traces traces) {
    this.clock = clock;
    this.engine = engine;
    node = new Nodes(new Ids(clock).next(Ids.NO_WORKSPACE), engine);
    leases = new Leases(node.id(), engine);
    claim = new Claim(node.id(), engine, vault, happenings, clock, unsubscribeUrl, lastLook, traces);
    outcomes = new Outcomes(engine, happenings, clock);
    sender = new Sender(channels, outcomes, node, clock, traces);
    recovery = new Recovery(engine, channels, happenings, clock);
    Failover failover = new Failover(engine, happenings, clock);
    Receipts receipts = new Receipts(engine, channels.values(), happenings, clock);
    reconcile = new Reconcile(node.id(), engine, channels, vault, outcomes, failover, receipts, clock, channelThreads);
    thread = Thread.ofPlatform().name("dispatcher").daemon(true).unstarted(this::run);
  }

  private record Finished(HeldLine line, Instant handedAt, int sent, long nanos) {}

  private record Timer(Instant at, HeldLine line) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return at.compareTo(other.at);
    }
  }

  /** Registers the node and starts to work. */
  public void start() {
    try {
      node.start();
    } catch (SQLException e) {
      throw new DatabaseFailure(e);
    }
    outcomes.start();
    reconcile.start();
    thread.start();
  }

  /** Tells, from any thread and cheaply, that a line has something new to send. */
  public void signal(UUID workspaceId, UUID lineId) {
    if (signals.add(new LineKey(workspaceId, lineId))) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    while (!closed) {
      try {
        round();
      } catch (SQLException | RuntimeException e) {
        LOG.warn("a round of the dispatcher failed and is repeated", e);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void round() throws SQLException {
    takeFinished();
    takeSignals();
    if (System.nanoTime() - nextBalance >= 0) {
      balance();
    }
    if (System.nanoTime() - nextSweep >= 0) {
      sweep();
    }
    fireTimers();
    if (rota.isEmpty()) {
      LockSupport.parkNanos(untilNext());
    } else if (!node.isFresh() || outcomes.backlog() > MOST_BACKLOG) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    } else {
      claimFor(rota.next(LINES_AT_ONCE));
    }
  }

  private void takeFinished() {
    for (Finished done = finished.poll(); done != null; done = finished.poll()) {
      HeldLine line = done.line;
      line.busy = false;
      line.handedAt = done.handedAt;
      line.learn(done.sent, done.nanos);
      if (line.again) {
        line.again = false;
        wake(line);
      }
    }
  }

  private void takeSignals() {
    for (LineKey key : List.copyOf(signals)) {
      signals.remove(key);
      HeldLine line = held.get(key);
      if (line != null) {
        wake(line);
      } else {
        // A new line perhaps, or another node's: look soon, but not for each signal.
        nextBalance = Math.min(nextBalance, lastBalance + BALANCE_SOON_NANOS);
      }
    }
  }

  /** Puts a line into the rota, now or as soon as its gap or hold is over. */
  private void wake(HeldLine line) {
    if (line.lost) {
      return;
    }
    if (line.busy) {
      line.again = true;
    } else if (line.wakeAt.isAfter(clock.instant())) {
      timer(line, line.wakeAt);
    } else {
      rota.add(line);
    }
  }

  private void timer(HeldLine line, Instant at) {
    if (!at.equals(line.timerAt)) {
      line.timerAt = at;
      timers.add(new Timer(at, line));
    }
  }

  private void fireTimers() {
    Instant now = clock.instant();
    while (!timers.isEmpty() && !timers.element().at.isAfter(now)) {
      Timer due = timers.remove();
      if (due.at.equals(due.line.timerAt)) {
        due.line.timerAt = Instant.MIN;
      }
      wake(due.line);
    }
  }

  private long untilNext() {
    long now = System.nanoTime();
    long nanos = Math.min(nextSweep - now, nextBalance - now);
    if (!timers.isEmpty()) {
      nanos = Math.min(nanos, Duration.between(clock.instant(), timers.element().at).toNanos());
    }
    // Not nothing: a park of zero would spin, a park is ended by every signal anyway.
    return Math.max(nanos, 100_000);
  }

  private void balance() throws SQLException {
    List<LineKey> busy = held.values().stream().filter(line -> line.busy).map(line -> line.key).toList();
    Map<LineKey, Long> mine = leases.balance(busy);
    held.values().removeIf(line -> {
      Long fence = mine.get(line.key);
      line.lost = fence == null || fence != line.fence;
      return line.lost;
    });
    mine.forEach((key, fence) -> {
      if (!held.containsKey(key)) {
        HeldLine line = new HeldLine(key, fence);
        held.put(key, line);
        wake(line);
      }
    });
    lastBalance = System.nanoTime();
    nextBalance = lastBalance + BALANCE_NANOS;
  }

  /** Finds what no signal told of: messages accepted on other nodes, and those whose time has come. */
  private void sweep() throws SQLException {
    long start = System.nanoTime();
    Instant now = clock.instant();
    List<HeldLine> idle = held.values().stream().filter(line -> !line.busy && !line.queued).toList();
    try (Connection connection = engine.getConnection()) {
      for (int from = 0; from < idle.size(); from += SWEEP_AT_ONCE) {
        List<HeldLine> some = idle.subList(from, Math.min(idle.size(), from + SWEEP_AT_ONCE));
        for (ClaimSql.Due due : ClaimSql.due(connection, some)) {
          next(due, now);
        }
      }
    }
    // Never more than a twentieth of the time, however many lines there are.
    long end = System.nanoTime();
    nextSweep = end + Math.max(SWEEP_NANOS, 20 * (end - start));
  }

  private void next(ClaimSql.Due due, Instant now) {
    HeldLine line = due.line();
    Instant at = Instant.MAX;
    if (due.follow() != null) {
      at = due.follow();
    }
    if (due.first() != null) {
      Instant first = later(due.first(), line.newWakeAt);
      at = first.isBefore(at) ? first : at;
    }
    at = later(at, line.wakeAt);
    if (!at.isAfter(now)) {
      wake(line);
    } else if (at.isBefore(now.plus(RECHECK))) {
      timer(line, at);
    }
  }

  private void claimFor(List<HeldLine> lines) throws SQLException {
    Instant now = clock.instant();
    int pauses = node.pauses();
    List<Claim.Want> wants = new ArrayList<>(lines.size());
    int share = Math.max(1, MESSAGES_AT_ONCE / lines.size());
    for (HeldLine line : lines) {
      int size = Math.min(line.batch, share);
      wants.add(new Claim.Want(line.key, line.fence, size, line.newWakeAt.isAfter(now) ? 1 : size, line.handedAt));
    }
    Map<LineKey, Claim.Taken> taken;
    try {
      taken = claim.run(wants);
    } catch (SQLException e) {
      if (e instanceof Claim.InDoubt doubt) {
        outcomes.takeBack(doubt);
      }
      if (Outcomes.isPassing(e)) {
        lines.forEach(rota::add);
        throw e;
      }
      alone(lines, e);
      return;
    } catch (RuntimeException e) {
      alone(lines, e);
      return;
    }
    for (HeldLine line : lines) {
      Claim.Taken of = taken.get(line.key);
      if (of == null) {
        line.lost = true;
        held.remove(line.key);
      } else {
        goOn(line, of, pauses, now);
      }
    }
  }

  /** What cannot be claimed, a line whose secrets do not open for example, must stop nobody else: each line by itself. */
  private void alone(List<HeldLine> lines, Exception cause) throws SQLException {
    if (lines.size() > 1) {
      LOG.warn("a claim for {} lines failed; each is taken alone", lines.size(), cause);
      for (HeldLine line : lines) {
        claimFor(List.of(line));
      }
      return;
    }
    HeldLine line = lines.getFirst();
    LOG.error("nothing can be claimed for line {}; it is tried again later", line.key.lineId(), cause);
    line.wakeAt = clock.instant().plus(RECHECK);
    timer(line, line.wakeAt);
  }

  private void goOn(HeldLine line, Claim.Taken taken, int pauses, Instant now) {
    Instant recheck = now.plus(RECHECK);
    line.wakeAt = earlier(taken.wakeAt(), recheck);
    line.newWakeAt = earlier(taken.newWakeAt(), recheck);
    if (taken.probe()) {
      channelThreads.execute(() -> {
        if (recovery.probe(line.key, taken.settings())) {
          signal(line.key.workspaceId(), line.key.lineId());
        }
      });
    }
    if (!taken.messages().isEmpty()) {
      line.busy = true;
      line.again = taken.more();
      channelThreads.execute(() -> send(line, taken, pauses));
    } else if (taken.more()) {
      wake(line);
    }
    if (line.wakeAt.isAfter(now)) {
      timer(line, line.wakeAt);
    } else if (line.newWakeAt.isAfter(now)) {
      timer(line, line.newWakeAt);
    }
  }

  private void send(HeldLine line, Claim.Taken taken, int pauses) {
    Instant handedAt = clock.instant();
    long start = System.nanoTime();
    try {
      sender.send(taken.settings(), taken.messages(), pauses);
    } finally {
      finished.add(new Finished(line, handedAt, taken.messages().size(), System.nanoTime() - start));
      LockSupport.unpark(thread);
    }
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /** Finishes what it holds, writes every outcome, gives the lines back and takes the node out. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(STOP_SECONDS * 1000);
      reconcile.close();
      channelThreads.shutdown();
      if (!channelThreads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("a channel is still sending; its messages will be reconciled");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    outcomes.close();
    try {
      leases.releaseAll();
    } catch (SQLException e) {
      LOG.warn("the lines could not be given back; others will take them in seconds: {}", e.getMessage());
    }
    node.close();
  }
}
