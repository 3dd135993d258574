package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.ids.Ids;
import tuco.leads.Suppressions;
import tuco.limits.Limit;
import tuco.messages.Status;

/** How outcomes are written: a batch in a few statements over arrays. Runs as {@code tuco_engine}. */
final class OutcomeSql {
  private OutcomeSql() {}

  /**
   * Applies each outcome once at most: only to the attempt it belongs to, under the fence it was claimed with, and only
   * while that attempt is open. Whoever comes second, or for an attempt that was taken up again, changes nothing.
   */
  private static final String APPLY = """
      with o as (
        select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::int8[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                             ?::timestamptz[], ?::text[], ?::bool[], ?::int2[], ?::text[], ?::timestamptz[])
               with ordinality as o(workspace_id, message_id, attempt_id, fence, status, cause, words, error, external_id,
                    due_at, wait_reason, refund, uncounted, checked, at, n)
      ), done as (
        update message_states s
           set status           = o.status,
               error            = o.error,
               external_id      = coalesce(o.external_id, s.external_id),
               checked_addresses = case when o.checked is null then s.checked_addresses else s.checked_addresses || o.checked::text[] end,
               due_at           = coalesce(o.due_at, s.due_at),
               wait_reason      = o.wait_reason,
               sent_at          = case when o.status in ('sent', 'delivered') then o.at else s.sent_at end,
               delivered_at     = case when o.status = 'delivered' then o.at else s.delivered_at end,
               attempts         = s.attempts - o.uncounted,
               attempt_id       = case when o.status = 'queued' then null else s.attempt_id end,
               attempting_since = case when o.status = 'queued' then null else s.attempting_since end,
               counted_at       = case when o.refund then null else s.counted_at end,
               charged_day      = case when o.status = 'unknown' then s.charged_day end,
               charged_month    = case when o.status = 'unknown' then s.charged_month end,
               node_id          = null,
               asked_by         = null,
               event_count      = s.event_count + case when o.status = 'delivered' then 2 else 1 end,
               updated_at       = o.at
          from o
         where s.workspace_id = o.workspace_id and s.message_id = o.message_id
           and s.attempt_id = o.attempt_id and s.fence = o.fence
           and s.status = any (case when o.status = 'unknown' then ?::text[] else ?::text[] end)
        returning s.workspace_id, s.message_id, s.event_count, o.status, o.at, o.cause, o.words, o.n
      ), noted as (
        insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
        select workspace_id, message_id, event_count, status, at, cause, words from done
        union all
        select workspace_id, message_id, event_count - 1, 'sent', at, 'accepted_by_provider', null from done
         where status = 'delivered'
      )
      select n::int from done""";

  /** @return the outcomes that were applied; the others' attempts are no longer open */
  static List<Outcome> apply(Connection connection, List<Outcome> outcomes) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(APPLY)) {
      Columns.set(statement, 1, "uuid", outcomes, o -> o.attempt().line().workspaceId());
      Columns.set(statement, 2, "uuid", outcomes, o -> o.attempt().messageId());
      Columns.set(statement, 3, "uuid", outcomes, o -> o.attempt().attemptId());
      Columns.set(statement, 4, "int8", outcomes, o -> o.attempt().fence());
      Columns.set(statement, 5, "text", outcomes, o -> o.status().wire());
      Columns.set(statement, 6, "text", outcomes, Outcome::cause);
      Columns.set(statement, 7, "text", outcomes, Outcome::words);
      Columns.set(statement, 8, "text", outcomes, Outcome::error);
      Columns.set(statement, 9, "text", outcomes, Outcome::externalId);
      Columns.set(statement, 10, "timestamptz", outcomes, Outcome::dueAt);
      Columns.set(statement, 11, "text", outcomes, Outcome::waitReason);
      Columns.set(statement, 12, "bool", outcomes, Outcome::refund);
      Columns.set(statement, 13, "int2", outcomes, o -> o.countsAsAttempt() ? 0 : 1);
      Columns.set(statement, 14, "text", outcomes, checked(connection));
      Columns.set(statement, 15, "timestamptz", outcomes, Outcome::at);
      statement.setArray(16, connection.createArrayOf("text", Status.UNKNOWN.sources()));
      statement.setArray(17, connection.createArrayOf("text", Status.FALLBACK.sources()));
      List<Outcome> applied = new ArrayList<>(outcomes.size());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          applied.add(outcomes.get(row.getInt(1) - 1));
        }
      }
      return applied;
    }
  }

  /** An array within an array column travels as its text. */
  private static Function<Outcome, @Nullable Object> checked(Connection connection) {
    return outcome -> {
      List<String> addresses = outcome.checkedAddresses();
      try {
        return addresses == null ? null : connection.createArrayOf("text", addresses.toArray()).toString();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  /** Gives back, in the periods that were charged, what never left (decisions 4.2). */
  static void refund(Connection connection, List<Outcome> applied) throws SQLException {
    List<Outcome> refunds = applied.stream().filter(Outcome::refund).toList();
    if (refunds.isEmpty()) {
      return;
    }
    Counters counters = new Counters();
    for (Outcome outcome : refunds) {
      counters.message(outcome.attempt().line(), outcome.attempt().charge());
    }
    FirstTouches.refund(connection, refunds, counters);
    counters.takeBack(connection);
  }

  /**
   * What is given back makes room: the lines of the workspace no longer say that a limit is used up. If it still is, the
   * next claim says so again. Locked in the claim's order, before any message or counter; the lines that get something
   * back in any case, so that no claim takes a person for known whom this transaction forgets.
   */
  private static final String UNHOLD = """
      with held as (
        select e.workspace_id, e.line_id
          from line_leases e
         where e.workspace_id = any (?)
           and (e.hold_reason = any (?) or e.new_hold_reason = any (?) or e.line_id = any (?))
         order by e.workspace_id, e.line_id
           for update)
      update line_leases e
         set hold_until      = case when e.hold_reason = any (?) then '-infinity' else e.hold_until end,
             hold_reason     = case when e.hold_reason = any (?) then null else e.hold_reason end,
             new_hold_until  = case when e.new_hold_reason = any (?) then '-infinity' else e.new_hold_until end,
             new_hold_reason = case when e.new_hold_reason = any (?) then null else e.new_hold_reason end
        from held h
       where e.workspace_id = h.workspace_id and e.line_id = h.line_id
         and (e.hold_reason = any (?) or e.new_hold_reason = any (?))""";

  static void unhold(Connection connection, List<Outcome> outcomes) throws SQLException {
    List<LineKey> lines = outcomes.stream().filter(Outcome::refund).map(o -> o.attempt().line()).distinct().toList();
    if (lines.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(UNHOLD)) {
      Columns.set(statement, 1, "uuid", lines, LineKey::workspaceId);
      Columns.set(statement, 4, "uuid", lines, LineKey::lineId);
      for (int reasons : new int[] {2, 3, 5, 6, 7, 8, 9, 10}) {
        statement.setArray(reasons, connection.createArrayOf("text", Limit.waitReasons()));
      }
      statement.executeUpdate();
    }
  }

  private static final String SUPPRESS = """
      insert into suppressions (workspace_id, suppression_id, address_hash, address, kind, reason, source, created_at)
      select s.*, 'provider', ?::timestamptz
        from unnest(?::uuid[], ?::uuid[], ?::bytea[], ?::text[], ?::text[], ?::text[]) as s
      on conflict (workspace_id, address_hash) do nothing""";

  static void suppress(Connection connection, Ids ids, List<Outcome> applied, Instant now) throws SQLException {
    List<Outcome> dead = applied.stream().filter(Outcome::suppress).toList();
    if (dead.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(SUPPRESS)) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, "uuid", dead, o -> o.attempt().line().workspaceId());
      Columns.set(statement, 3, "uuid", dead, o -> ids.next(Ids.tag(o.attempt().line().workspaceId())));
      Columns.set(statement, 4, "bytea", dead, o -> Suppressions.hash(o.attempt().line().workspaceId(), o.attempt().recipient()));
      Columns.set(statement, 5, "text", dead, o -> o.attempt().recipient());
      Columns.set(statement, 6, "text", dead, o -> o.attempt().recipient().indexOf('@') >= 0 ? "email" : "phone");
      Columns.set(statement, 7, "text", dead, Outcome::words);
      statement.executeUpdate();
    }
  }
}
