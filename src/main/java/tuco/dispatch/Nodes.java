package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.timers.Rounds;

/**
 * This node among its equals: it writes a heartbeat by the database's clock, and stops claiming by its own
 * (monotonic) one long before the others hold it for dead.
 */
final class Nodes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final long FRESH_NANOS = Duration.ofSeconds(3).toNanos();

  /** The condition in SQL that node {@code n} lives; {@link #FRESH_NANOS} is well below it. */
  static final String LIVES = "n.heartbeat_at > clock_timestamp() - interval '5 seconds'";

  private static final String BEAT = """
      insert into nodes (node_id, started_at, heartbeat_at) values (?, clock_timestamp(), clock_timestamp())
      on conflict (node_id) do update set heartbeat_at = excluded.heartbeat_at""";

  private final UUID id;
  private final DataSource engine;
  private final Rounds beats = new Rounds("heartbeat", EVERY, "the heartbeat could not be written", this::beat);
  private volatile long lastBeat;
  private final AtomicInteger pauses = new AtomicInteger();

  Nodes(UUID id, DataSource engine) {
    this.id = id;
    this.engine = engine;
    this.lastBeat = System.nanoTime() - FRESH_NANOS;
  }

  UUID id() {
    return id;
  }

  /** Whether this node still knows itself alive; when not, another may have its lines. */
  boolean isFresh() {
    return System.nanoTime() - lastBeat < FRESH_NANOS;
  }

  /**
   * Grows whenever this node comes back from a pause in which others may have held it for dead: what was claimed
   * before must not leave after it, however alive the node is again.
   */
  int pauses() {
    return pauses.get();
  }

  void start() throws SQLException {
    beat();
    beats.start();
  }

  /** Counts from before the statement, so that a slow database makes us older, never younger. */
  void beat() throws SQLException {
    long before = System.nanoTime();
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(BEAT)) {
      statement.setObject(1, id);
      statement.executeUpdate();
    }
    if (!isFresh()) {
      pauses.incrementAndGet();
    }
    lastBeat = before;
  }

  /** Takes the node out, so that its lines are free at once. */
  @Override
  public void close() {
    beats.close();
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement("delete from nodes where node_id = ?")) {
      statement.setObject(1, id);
      statement.executeUpdate();
    } catch (SQLException e) {
      LOG.warn("the node could not be taken out; it will be dead in seconds: {}", e.getMessage());
    }
  }
}
