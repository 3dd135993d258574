package tuco;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import tuco.http.Idempotency;
import tuco.timers.Rounds;

/**
 * Deletes what nobody needs any more, in small batches, so that tables stop growing and no lock is held for long. One
 * daemon thread on every worker wakes every few minutes, and a try-lock lets one node at a time do it. That a round is
 * left out or done twice harms nothing, so it needs no scheduler and no record of its rounds.
 */
final class Housekeeping implements AutoCloseable {
  private static final int BATCH = 1_000;

  /** Held for one batch, so that a node that hangs holds it no longer than its connection. */
  static final String LOCK = "select pg_try_advisory_xact_lock(7004, 0)";

  /**
   * What goes when.
   *
   * @param since the instant from which a row is of no use; null while it is
   * @param kept for how long it stays then
   */
  private record Rule(String table, String since, Duration kept) {
    /** Rows that somebody changes at this moment are left for the next time: nobody ever waits for the cleaning. */
    String sql() {
      return """
          delete from %1$s
           where ctid = any (array(select ctid from %1$s where %2$s < ? limit %3$d for update skip locked))"""
          .formatted(table, since, BATCH);
    }
  }

  private static final List<Rule> RULES = List.of(
      new Rule("idempotency", "created_at", Idempotency.LIFETIME),
      new Rule("person_idempotency", "created_at", Idempotency.LIFETIME),
      new Rule("sessions", "least(ended_at, expires_at)", Duration.ofDays(30)),
      new Rule("one_time_links", "least(used_at, expires_at)", Duration.ofDays(1)),
      new Rule("invitations", "least(accepted_at, expires_at)", Duration.ofDays(30)),
      // Stripe repeats an event for three days.
      new Rule("billing_events", "received_at", Duration.ofDays(90)),
      new Rule("key_activity", "day", Duration.ofDays(90)),
      // The lines of a node that died went to others within seconds; its row only tells that it was there.
      new Rule("nodes", "heartbeat_at", Duration.ofDays(1)));

  private final DataSource engine;
  private final Clock clock;
  private final Rounds rounds;

  /**
   * @param engine connections of the role that works across workspaces
   * @param every how often this node looks
   */
  Housekeeping(DataSource engine, Clock clock, Duration every) {
    this.engine = engine;
    this.clock = clock;
    this.rounds = new Rounds("housekeeping", every, "cleaning up failed and will be tried again", this::clean);
  }

  void start() {
    rounds.start();
  }

  /** Deletes everything that may go now, unless another node is at it. */
  void clean() throws SQLException {
    for (Rule rule : RULES) {
      int deleted = BATCH;
      while (deleted == BATCH && !rounds.closing()) {
        deleted = batch(rule);
      }
    }
  }

  /** One batch in a transaction of its own; how many rows went. */
  private int batch(Rule rule) throws SQLException {
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement delete = connection.prepareStatement(rule.sql())) {
        delete.setTimestamp(1, Timestamp.from(clock.instant().minus(rule.kept())));
        int deleted = isOurs(connection) ? delete.executeUpdate() : 0;
        connection.commit();
        return deleted;
      }
    }
  }

  private static boolean isOurs(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(LOCK)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Ends after the batch at hand. */
  @Override
  public void close() {
    rounds.close();
  }
}
