package tuco.dispatch;

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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Channel;
import tuco.channels.Channel.Reconciled;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.config.Vault;
import tuco.limits.PlanClock;
import tuco.lines.StoredLine;
import tuco.messages.Status;
import tuco.timers.Rounds;

/**
 * Attempts whose outcome was lost: marked {@code unknown} and asked for at the provider. Only what the provider proves
 * not to have is sent again (decisions 5.3). Any node does this for any line; the database lets each attempt be marked,
 * asked for and settled by one.
 */
final class Reconcile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);

  /** A provider may need a moment until it knows of a message itself. */
  static final Duration FIRST_ASK = Duration.ofSeconds(15);

  private static final Duration LONGEST_BETWEEN_ASKS = Duration.ofHours(6);
  private static final Duration ASKING = Duration.ofMinutes(10);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final int AT_ONCE = 256;
  private static final int ROUNDS_PER_FAILOVER = 3;

  /** A node that lives reports its outcomes itself; after so long even its attempt is shown as unknown. */
  private static final String OVERDUE = "15 minutes";

  private static final String MARK = """
      with lost as (
        select s.workspace_id, s.message_id,
               not exists (select from nodes n where n.node_id = s.node_id and %s) as dead
          from message_states s
         where s.status = 'sending' and s.attempting_since < clock_timestamp() - interval '5 seconds'
           and (s.attempting_since < clock_timestamp() - interval '%s'
                or not exists (select from nodes n where n.node_id = s.node_id and %s))
         order by s.attempting_since
         limit %d for update of s skip locked
      ), marked as (
        update message_states s
           set status = 'unknown', error = 'The outcome of the attempt was lost', due_at = ?,
               node_id = case when l.dead then null else s.node_id end, asked_by = null,
               event_count = s.event_count + 1, updated_at = ?
          from lost l
         where s.workspace_id = l.workspace_id and s.message_id = l.message_id and s.status = any(?)
        returning s.workspace_id, s.message_id, s.event_count)
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, event_count, 'unknown', ?, 'outcome_lost' from marked"""
      .formatted(Nodes.LIVES, OVERDUE, Nodes.LIVES, AT_ONCE);

  /**
   * Whose node lives is left alone: it may still be at it. Moving due_at on is what keeps a second node from asking too;
   * what a node was asking about when it died is taken up at once.
   */
  private static final String TAKE = """
      with due as (
        select s.workspace_id, s.message_id
          from message_states s
         where s.status = 'unknown'
           and (s.due_at <= ?
                or s.asked_by is not null and not exists (select from nodes n where n.node_id = s.asked_by and %s))
           and not exists (select from nodes n where n.node_id = s.node_id and %s)
         order by s.due_at
         limit %d for update of s skip locked
      ), taken as (
        update message_states s set due_at = ?, asked_by = ?
          from due d
         where s.workspace_id = d.workspace_id and s.message_id = d.message_id
        returning s.*)
      select %s, t.message_id, t.attempt_id, t.fence, t.attempts, t.counted_at, t.charged_day, t.charged_month, t.first_touch, t.attempting_since,
             m.message_type, m.recipient, m.recipient_name, m.text, %s
        from taken t
        join messages m   on m.workspace_id = t.workspace_id and m.message_id = t.message_id
        join lines l      on l.workspace_id = t.workspace_id and l.line_id = t.line_id
        join workspaces w on w.workspace_id = t.workspace_id"""
      .formatted(Nodes.LIVES, Nodes.LIVES, AT_ONCE, StoredLine.COLUMNS, PlanClock.COLUMNS);

  private static final String ASK_AGAIN = """
      update message_states set due_at = ?, asked_by = null
       where workspace_id = ? and message_id = ? and attempt_id = ? and status = 'unknown'""";

  private final UUID node;
  private final DataSource engine;
  private final Map<String, Channel> channels;
  private final Vault vault;
  private final Outcomes outcomes;
  private final Failover failover;
  private final Receipts receipts;
  private final Clock clock;
  private final ExecutorService threads;
  private final Rounds rounds = new Rounds("reconcile", EVERY, "a round of reconciliation failed and is repeated", this::round);
  /** Only the thread of the rounds counts. */
  private int round;
  /** Questions must not take all connections: the heartbeat needs one. */
  private final Semaphore asking = new Semaphore(3);

  Reconcile(UUID node, DataSource engine, Map<String, Channel> channels, Vault vault, Outcomes outcomes, Failover failover,
      Receipts receipts, Clock clock, ExecutorService threads) {
    this.node = node;
    this.engine = engine;
    this.channels = channels;
    this.vault = vault;
    this.outcomes = outcomes;
    this.failover = failover;
    this.receipts = receipts;
    this.clock = clock;
    this.threads = threads;
  }

  void start() {
    rounds.start();
  }

  /** An attempt to ask the provider about. */
  record Question(LineSettings line, Attempt attempt, Instant since, Outgoing outgoing) {}

  private void round() throws SQLException {
    if (round++ % ROUNDS_PER_FAILOVER == 0) {
      failover.run();
    }
    receipts.run();
    mark();
    Map<UUID, List<Question>> byLine = new HashMap<>();
    take().forEach(each -> byLine.computeIfAbsent(each.line.lineId(), key -> new ArrayList<>()).add(each));
    // A provider that hangs keeps its own line's questions waiting and nobody else's.
    byLine.values().forEach(questions -> threads.execute(() -> askAll(questions)));
  }

  private void askAll(List<Question> questions) {
    asking.acquireUninterruptibly();
    try {
      questions.forEach(this::ask);
    } finally {
      asking.release();
    }
  }

  /** Marks what dead nodes left behind. */
  int mark() throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(MARK)) {
      Columns.set(statement, 1, now.plus(FIRST_ASK));
      Columns.set(statement, 2, now);
      statement.setArray(3, connection.createArrayOf("text", Status.UNKNOWN.sources()));
      Columns.set(statement, 4, now);
      return statement.executeUpdate();
    }
  }

  /** Takes the attempts it is time to ask about; nobody else asks about them for a while. */
  List<Question> take() throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(TAKE)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, now.plus(ASKING));
      statement.setObject(3, node);
      List<Question> questions = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          add(questions, row);
        }
      }
      return questions;
    }
  }

  /** All these rows are taken already: one that cannot be read must not cost the others their question. */
  private void add(List<Question> questions, ResultSet row) throws SQLException {
    try {
      questions.add(question(row));
    } catch (RuntimeException e) {
      LOG.error("message {} cannot be asked about", row.getObject("message_id"), e);
    }
  }

  private Question question(ResultSet row) throws SQLException {
    UUID workspace = row.getObject("workspace_id", UUID.class);
    LineKey line = new LineKey(workspace, row.getObject("line_id", UUID.class));
    UUID message = row.getObject("message_id", UUID.class);
    UUID attemptId = row.getObject("attempt_id", UUID.class);
    String recipient = row.getString("recipient");
    Attempt attempt = new Attempt(line, message, attemptId, row.getLong("fence"), row.getInt("attempts"),
        Charge.of(row), row.getBoolean("first_touch"), recipient, true);
    Outgoing outgoing = new Outgoing(workspace, message, attemptId, row.getString("message_type"), recipient, row.getString("recipient_name"),
        row.getString("text"), null, null, List.of());
    return new Question(StoredLine.settings(row, vault), attempt,
        Columns.instant(row, row.findColumn("attempting_since")), outgoing);
  }

  /** Asks the provider, and settles the attempt or sets the time of the next question. */
  void ask(Question question) {
    Instant now = clock.instant();
    switch (answer(question)) {
      case Reconciled.Found(SendResult.Unknown unknown) -> askAgain(question, now);
      case Reconciled.Found found -> outcomes.add(Outcome.of(question.attempt, found.result(), now));
      case Reconciled.NotSent notSent ->
          outcomes.add(Outcome.neverLeft(question.attempt, "proven_not_sent", true, now));
      case Reconciled.CannotTell cannot -> askAgain(question, now);
    }
  }

  private Reconciled answer(Question question) {
    Channel channel = channels.get(question.line.kind());
    if (channel == null) {
      return new Reconciled.CannotTell("no channel");
    }
    try {
      return channel.reconcile(question.line, question.outgoing);
    } catch (RuntimeException e) {
      LOG.error("channel {} failed to reconcile on line {}", question.line.kind(), question.line.lineId(), e);
      return new Reconciled.CannotTell("the channel failed");
    }
  }

  /** The time between two questions doubles: it is as long as the attempt is old. */
  private void askAgain(Question question, Instant now) {
    Duration age = Duration.between(question.since, now);
    Duration wait = age.compareTo(FIRST_ASK) < 0 ? FIRST_ASK
        : age.compareTo(LONGEST_BETWEEN_ASKS) > 0 ? LONGEST_BETWEEN_ASKS : age;
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(ASK_AGAIN)) {
      Columns.set(statement, 1, now.plus(wait));
      statement.setObject(2, question.attempt.line().workspaceId());
      statement.setObject(3, question.attempt.messageId());
      statement.setObject(4, question.attempt.attemptId());
      statement.executeUpdate();
    } catch (SQLException e) {
      LOG.warn("the next question cannot be noted; it is asked when this one's time is up: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
