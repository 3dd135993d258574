package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.events.Happenings;
import tuco.ids.Ids;

/**
 * The campaigns' engine of a node: one thread that goes through the campaigns of all workspaces in turn, a bounded step
 * of each: plan a chunk, follow up what ended, feed what is due. Whoever holds a campaign's row works on it; any node can.
 */
public final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How long a campaign in which nothing happens is left alone, in multiples of how long it took to see that. */
  private static final int REST = 10;

  private static final Duration LONGEST_REST = Duration.ofSeconds(1);

  private final DataSource engine;
  private final Clock clock;
  private final Pass pass;
  private final BiConsumer<UUID, UUID> signal;
  private final Thread thread;
  private final Map<CampaignKey, Long> restUntil = new HashMap<>();
  private volatile boolean closed;
  private volatile boolean woken;

  /**
   * @param signal tells the dispatcher that a line (workspace, line) has something new
   * @param letter tells people of a campaign that was paused by itself
   */
  public Worker(DataSource engine, Happenings happenings, Clock clock, BiConsumer<UUID, UUID> signal, Holds.Letter letter) {
    this.engine = engine;
    this.clock = clock;
    this.signal = signal;
    Ids ids = new Ids(clock);
    this.pass = new Pass(happenings, ids, new Holds(ids, letter));
    thread = Thread.ofPlatform().name("campaigns").daemon(true).unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Tells, from any thread, that there may be work at once. */
  public void wake() {
    woken = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      try {
        boolean more = round();
        if (!more && !woken) {
          LockSupport.parkNanos(ROUND_NANOS);
        }
      } catch (SQLException | RuntimeException e) {
        LOG.warn("a round through the campaigns failed and is repeated", e);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** One turn of every campaign that has something to do; whether more can be done at once. */
  boolean round() throws SQLException {
    if (woken) {
      woken = false;
      restUntil.clear();
    }
    List<CampaignKey> atWork = atWork();
    restUntil.keySet().retainAll(atWork);
    boolean more = false;
    for (CampaignKey campaign : atWork) {
      Long rest = restUntil.get(campaign);
      if (!closed && (rest == null || System.nanoTime() - rest >= 0)) {
        more |= turn(campaign);
      }
    }
    return more;
  }

  private static final String AT_WORK = """
      select c.workspace_id, c.campaign_id
        from campaigns c
        join workspaces w on w.workspace_id = c.workspace_id
       where (c.state in ('activating', 'running') or c.state = 'scheduled' and c.scheduled_at <= ?) and w.removed_at is null
       order by c.workspace_id, c.campaign_id""";

  private List<CampaignKey> atWork() throws SQLException {
    List<CampaignKey> campaigns = new ArrayList<>();
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(AT_WORK)) {
      tuco.dispatch.Columns.set(statement, 1, clock.instant());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          campaigns.add(new CampaignKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)));
        }
      }
    }
    return campaigns;
  }

  private boolean turn(CampaignKey key) throws SQLException {
    long start = System.nanoTime();
    Pass.Result result;
    try {
      result = transact(key);
    } catch (SQLException | RuntimeException e) {
      // One campaign that cannot be worked on must stop no other.
      LOG.warn("campaign {} could not be worked on and is tried again", key.id(), e);
      noteFailure(key);
      result = null;
    }
    long took = System.nanoTime() - start;
    if (result != null && result.more()) {
      restUntil.remove(key);
    } else {
      long rest = Math.max(result == null ? PAUSE_NANOS : ROUND_NANOS, Math.min(REST * took, LONGEST_REST.toNanos()));
      restUntil.put(key, System.nanoTime() + rest);
    }
    if (result != null) {
      result.lines().forEach(line -> signal.accept(key.workspaceId(), line));
    }
    return result != null && result.more();
  }

  /** So that its page says it and nobody waits for it in vain; the next turn that goes well takes it back. */
  private void noteFailure(CampaignKey key) throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement("""
            update campaigns set blocked_by = 'failing', blocked_since = coalesce(blocked_since, ?), looked_at = ?
             where workspace_id = ? and campaign_id = ?""")) {
      tuco.dispatch.Columns.set(statement, 1, clock.instant());
      tuco.dispatch.Columns.set(statement, 2, clock.instant());
      statement.setObject(3, key.workspaceId());
      statement.setObject(4, key.id());
      statement.executeUpdate();
    }
  }

  private Pass.@Nullable Result transact(CampaignKey key) throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try {
        Pass.Result result = pass.run(connection, key, now);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
        throw e;
      }
    }
  }

  /** Ends after the turn at hand. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
