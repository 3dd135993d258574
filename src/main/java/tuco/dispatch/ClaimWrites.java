package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.dispatch.ClaimSql.CandidateRow;
import tuco.dispatch.ClaimSql.LineRow;
import tuco.events.Happening;
import tuco.messages.Status;

/** What the claim decided, written in the same transaction in a few statements over arrays. */
final class ClaimWrites {
  /** A message that was decided on. */
  record Sending(CandidateRow message, Attempt attempt, boolean newIsLimited) {}

  record Later(CandidateRow message, Instant dueAt, String reason) {}

  record Cancelled(CandidateRow message, String cause) {}

  /** A line whose gaps or holds changed. */
  record Hold(LineRow line, Budget.OfLine budget) {}

  final List<Sending> sending = new ArrayList<>();
  final List<Later> later = new ArrayList<>();
  final List<Cancelled> cancelled = new ArrayList<>();
  final List<Hold> holds = new ArrayList<>();
  final Counters counters = new Counters();

  /** The durable mark that precedes the provider's call (decisions 5.3), and its event. */
  private static final String MARK = """
      with marked as (
        update message_states s
           set status = 'sending', first_touch = c.first_touch, attempts = c.attempts, attempt_id = c.attempt_id,
               attempting_since = clock_timestamp(), node_id = ?, fence = c.fence, counted_at = ?,
               charged_day = c.charged_day, charged_month = c.charged_month,
               wait_reason = null, error = null, event_count = s.event_count + 1, updated_at = ?
          from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::int8[], ?::int2[], ?::bool[], ?::timestamptz[], ?::timestamptz[])
               as c(workspace_id, message_id, attempt_id, fence, attempts, first_touch, charged_day, charged_month)
         where s.workspace_id = c.workspace_id and s.message_id = c.message_id and s.status = any(?)
        returning s.workspace_id, s.message_id, s.event_count)
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, event_count, 'sending', ?, 'claimed' from marked""";

  private static final String TOUCH = """
      insert into contacts (workspace_id, line_id, address, lead_id, first_sent_at, last_sent_at, sends, charged_at, charged_day)
      select c.workspace_id, c.line_id, c.address, c.lead_id, c.at, c.at, c.sends, case when c.charged_day is not null then c.at end, c.charged_day
        from (select *, ?::timestamptz as at
                from unnest(?::uuid[], ?::uuid[], ?::text[], ?::uuid[], ?::int4[], ?::timestamptz[])
                     as c(workspace_id, line_id, address, lead_id, sends, charged_day)) c
      on conflict (workspace_id, line_id, address) do update
         set last_sent_at = excluded.last_sent_at, sends = contacts.sends + excluded.sends,
             charged_at = coalesce(contacts.charged_at, excluded.charged_at),
             charged_day = coalesce(contacts.charged_day, excluded.charged_day)""";

  /**
   * Those that wait behind a first message to the same person follow it, and need not wait for first-touch limits. The few
   * people's messages are gathered first, and the coalesce hides the queue's own index: its figures, always late for a
   * queue, make the planner think it short, and it walked all of it for each person.
   */
  private static final String FOLLOW = """
      with theirs as materialized (
        select c.workspace_id, c.line_id, m.message_id
          from unnest(?::uuid[], ?::uuid[], ?::uuid[]) as c(workspace_id, line_id, lead_id)
          join messages m on m.workspace_id = c.workspace_id and m.lead_id = c.lead_id)
      update message_states s
         set first_touch = false
        from theirs t
       where s.workspace_id = t.workspace_id and s.message_id = t.message_id and s.line_id = t.line_id
         and coalesce(s.status, '') in ('queued', 'pending', 'scheduled') and s.first_touch""";

  private static final String DEFER = """
      update message_states s
         set due_at = c.due_at, wait_reason = c.reason, updated_at = ?
        from unnest(?::uuid[], ?::uuid[], ?::timestamptz[], ?::text[]) as c(workspace_id, message_id, due_at, reason)
       where s.workspace_id = c.workspace_id and s.message_id = c.message_id
         and s.status in ('queued', 'pending', 'scheduled')""";

  private static final String CANCEL = """
      with cancelled as (
        update message_states s
           set status = 'cancelled', error = c.cause, wait_reason = null, event_count = s.event_count + 1, updated_at = ?
          from unnest(?::uuid[], ?::uuid[], ?::text[]) as c(workspace_id, message_id, cause)
         where s.workspace_id = c.workspace_id and s.message_id = c.message_id and s.status = any(?)
        returning s.workspace_id, s.message_id, s.event_count, c.cause)
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, event_count, 'cancelled', ?, cause from cancelled""";

  private static final String HOLD = """
      update line_leases e
         set ready_at = c.ready_at, new_ready_at = c.new_ready_at, hold_until = c.hold_until, hold_reason = c.hold_reason,
             new_hold_until = c.new_hold_until, new_hold_reason = c.new_hold_reason
        from unnest(?::uuid[], ?::uuid[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::text[])
             as c(workspace_id, line_id, ready_at, new_ready_at, hold_until, hold_reason, new_hold_until, new_hold_reason)
       where e.workspace_id = c.workspace_id and e.line_id = c.line_id""";

  void write(Connection connection, UUID node, Instant now) throws SQLException {
    mark(connection, node, now);
    touch(connection, now);
    follow(connection);
    defer(connection, now);
    cancel(connection, now);
    hold(connection);
    // Last, because these rows are shared by all lines of a workspace: their locks are held the shortest.
    counters.add(connection);
  }

  /** What the outside is to hear of. */
  List<Happening> happenings(Instant now) {
    return cancelled.stream()
        .map(row -> new Happening(row.message.line().workspaceId(), "message.cancelled", row.message.messageId(), now,
            Map.of("reason", row.cause)))
        .toList();
  }

  private void mark(Connection connection, UUID node, Instant now) throws SQLException {
    if (sending.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(MARK)) {
      statement.setObject(1, node);
      Columns.set(statement, 2, now);
      Columns.set(statement, 3, now);
      Columns.set(statement, 4, "uuid", sending, row -> row.attempt.line().workspaceId());
      Columns.set(statement, 5, "uuid", sending, row -> row.attempt.messageId());
      Columns.set(statement, 6, "uuid", sending, row -> row.attempt.attemptId());
      Columns.set(statement, 7, "int8", sending, row -> row.attempt.fence());
      Columns.set(statement, 8, "int2", sending, row -> row.attempt.attempts());
      Columns.set(statement, 9, "bool", sending, row -> row.attempt.firstTouch());
      Columns.set(statement, 10, "timestamptz", sending, row -> row.attempt.charge().day());
      Columns.set(statement, 11, "timestamptz", sending, row -> row.attempt.charge().month());
      statement.setArray(12, connection.createArrayOf("text", Status.SENDING.sources()));
      Columns.set(statement, 13, now);
      int marked = statement.executeUpdate();
      if (marked != sending.size()) {
        throw new IllegalStateException("of %d locked messages %d could be marked".formatted(sending.size(), marked));
      }
    }
  }

  private void touch(Connection connection, Instant now) throws SQLException {
    if (sending.isEmpty()) {
      return;
    }
    record Contact(LineKey line, String address) {}
    Map<Contact, List<Sending>> contacts = new LinkedHashMap<>();
    for (Sending row : sending) {
      contacts.computeIfAbsent(new Contact(row.attempt.line(), row.attempt.recipient()), key -> new ArrayList<>()).add(row);
    }
    List<Map.Entry<Contact, List<Sending>>> rows = new ArrayList<>(contacts.entrySet());
    rows.sort(Comparator.comparing(row -> row.getKey().address()));
    try (PreparedStatement statement = connection.prepareStatement(TOUCH)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", rows, row -> row.getKey().line().workspaceId());
      Columns.set(statement, 3, "uuid", rows, row -> row.getKey().line().lineId());
      Columns.set(statement, 4, "text", rows, row -> row.getKey().address());
      Columns.set(statement, 5, "uuid", rows, row -> row.getValue().getFirst().message.leadId());
      Columns.set(statement, 6, "int4", rows, row -> row.getValue().size());
      Columns.set(statement, 7, "timestamptz", rows, row -> row.getValue().stream().filter(each -> each.attempt.firstTouch())
          .findFirst().map(each -> each.attempt.charge().day()).orElse(null));
      statement.executeUpdate();
    }
  }

  private void follow(Connection connection) throws SQLException {
    List<Sending> first = sending.stream()
        .filter(row -> row.attempt.firstTouch() && row.newIsLimited)
        .toList();
    if (first.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(FOLLOW)) {
      Columns.set(statement, 1, "uuid", first, row -> row.attempt.line().workspaceId());
      Columns.set(statement, 2, "uuid", first, row -> row.attempt.line().lineId());
      Columns.set(statement, 3, "uuid", first, row -> row.message.leadId());
      statement.executeUpdate();
    }
  }

  private void defer(Connection connection, Instant now) throws SQLException {
    if (later.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(DEFER)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", later, row -> row.message.line().workspaceId());
      Columns.set(statement, 3, "uuid", later, row -> row.message.messageId());
      Columns.set(statement, 4, "timestamptz", later, Later::dueAt);
      Columns.set(statement, 5, "text", later, Later::reason);
      statement.executeUpdate();
    }
  }

  private void cancel(Connection connection, Instant now) throws SQLException {
    if (cancelled.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(CANCEL)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", cancelled, row -> row.message.line().workspaceId());
      Columns.set(statement, 3, "uuid", cancelled, row -> row.message.messageId());
      Columns.set(statement, 4, "text", cancelled, Cancelled::cause);
      statement.setArray(5, connection.createArrayOf("text", Status.CANCELLED.sources()));
      Columns.set(statement, 6, now);
      statement.executeUpdate();
    }
  }

  private void hold(Connection connection) throws SQLException {
    if (holds.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(HOLD)) {
      Columns.set(statement, 1, "uuid", holds, row -> row.line.key().workspaceId());
      Columns.set(statement, 2, "uuid", holds, row -> row.line.key().lineId());
      Columns.set(statement, 3, "timestamptz", holds, row -> row.budget.readyAt);
      Columns.set(statement, 4, "timestamptz", holds, row -> row.budget.newReadyAt);
      Columns.set(statement, 5, "timestamptz", holds, row -> row.budget.holdUntil);
      Columns.set(statement, 6, "text", holds, row -> row.budget.holdReason);
      Columns.set(statement, 7, "timestamptz", holds, row -> row.budget.newHoldUntil);
      Columns.set(statement, 8, "text", holds, row -> row.budget.newHoldReason);
      statement.executeUpdate();
    }
  }
}
