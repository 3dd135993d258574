package tuco.webhooks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.webhooks.Attempt.Claimed;
import tuco.webhooks.Attempt.Outcome;

/** The SQL of delivery. Crosses workspaces, as {@code tuco_engine} (decisions 3.3). */
final class DeliveryStore {
  /** How many calls one endpoint gets at a time; one while it fails, to see whether it is back. */
  private static final int PER_ENDPOINT = 8;
  private static final Duration KEPT = Duration.ofDays(30);

  private final Clock clock;

  DeliveryStore(Clock clock) {
    this.clock = clock;
  }

  /**
   * Steps from endpoint to endpoint through the index of what is pending, so that a dead endpoint's long queue costs the
   * others nothing, and takes from each no more than it may have at a time. Two nodes never take the same delivery
   * (skip locked, then status and time once more); they may together exceed an endpoint's share for a moment, which harms nobody.
   * A claim expires by the database's clock; when a call is due, the node's clock says.
   */
  private static final String CLAIM = """
      with recursive endpoints as (
        (select workspace_id, webhook_id
           from webhook_deliveries
          where status = 'pending'
          order by workspace_id, webhook_id
          limit 1)
        union all
        select n.workspace_id, n.webhook_id
          from endpoints e
         cross join lateral (
           select workspace_id, webhook_id
             from webhook_deliveries
            where status = 'pending'
              and (workspace_id, webhook_id) > (e.workspace_id, e.webhook_id)
            order by workspace_id, webhook_id
            limit 1) n
      ), candidates as (
        select d.workspace_id, d.delivery_id, d.next_at, h.failure_count > 0 as failing,
               w.url, w.secret, case when w.previous_secret_until > ? then w.previous_secret end as previous_secret
          from endpoints e
          join webhooks w       on w.workspace_id = e.workspace_id and w.webhook_id = e.webhook_id and w.is_active
          join webhook_health h on h.workspace_id = e.workspace_id and h.webhook_id = e.webhook_id and h.paused_until <= ?
         cross join lateral (
           select count(*) as n
             from webhook_deliveries
            where workspace_id = e.workspace_id and webhook_id = e.webhook_id and status = 'sending') o
         cross join lateral (
           select d.workspace_id, d.delivery_id, d.next_at
             from webhook_deliveries d
            where d.workspace_id = e.workspace_id and d.webhook_id = e.webhook_id
              and d.status = 'pending' and d.next_at <= ?
            order by d.next_at
            limit greatest(0, case when h.failure_count > 0 then 1 else ? end - o.n)) d
      ), placed as (
        select *, row_number() over (partition by failing order by next_at) as place from candidates
      ), held as (
        select p.*
          from placed p
          join webhook_deliveries d on d.workspace_id = p.workspace_id and d.delivery_id = p.delivery_id
         where p.place <= case when p.failing then ? else ? end
           and d.status = 'pending' and d.next_at = p.next_at
           for update of d skip locked
      ), taken as (
        update webhook_deliveries d
           set status = 'sending', claim_id = ?, claimed_until = clock_timestamp() + interval '60 seconds'
          from held p
         where d.workspace_id = p.workspace_id and d.delivery_id = p.delivery_id
        returning d.workspace_id, d.delivery_id, d.webhook_id, d.event_id, d.attempts, p.url, p.secret, p.previous_secret, p.failing
      )
      select t.*, v.event, v.body
        from taken t
        join webhook_events v on v.workspace_id = t.workspace_id and v.event_id = t.event_id""";

  /** Takes what is due, at most so many of endpoints that answer and so many of those that fail. */
  List<Claimed> claim(Connection connection, int healthy, int failing) throws SQLException {
    UUID claim = UUID.randomUUID();
    Timestamp now = Timestamp.from(clock.instant());
    try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
      statement.setTimestamp(1, now);
      statement.setTimestamp(2, now);
      statement.setTimestamp(3, now);
      statement.setInt(4, PER_ENDPOINT);
      statement.setInt(5, failing);
      statement.setInt(6, healthy);
      statement.setObject(7, claim);
      List<Claimed> claimed = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          claimed.add(new Claimed(
              row.getObject("workspace_id", UUID.class), row.getObject("delivery_id", UUID.class),
              row.getObject("webhook_id", UUID.class), row.getObject("event_id", UUID.class), claim,
              row.getString("event"), row.getString("body"), row.getString("url"), row.getBytes("secret"),
              row.getBytes("previous_secret"), row.getInt("attempts"), row.getBoolean("failing")));
        }
      }
      return claimed;
    }
  }

  /** Writes how the tries went. One that was claimed again meanwhile, because this node was too slow, is left alone. */
  void complete(Connection connection, List<Outcome> outcomes) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        update webhook_deliveries d
           set status          = case when f.status = 'pending' and not w.is_active then 'cancelled' else f.status end,
               attempts        = d.attempts + 1,
               next_at         = f.next_at,
               claim_id        = null,
               claimed_until   = null,
               last_attempt_at = f.at,
               status_code     = f.status_code,
               failure         = f.failure,
               response        = f.response,
               duration_ms     = f.duration_ms,
               finished_at     = case when f.status <> 'pending' or not w.is_active then f.at end
          from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[], ?::timestamptz[], ?::int[], ?::text[],
                      ?::text[], ?::int[])
               as f(workspace_id, delivery_id, claim_id, status, at, next_at, status_code, failure, response, duration_ms)
          join webhook_deliveries x on x.workspace_id = f.workspace_id and x.delivery_id = f.delivery_id
          join webhooks w on w.workspace_id = x.workspace_id and w.webhook_id = x.webhook_id
         where d.workspace_id = f.workspace_id and d.delivery_id = f.delivery_id
           and d.claim_id = f.claim_id""")) {
      array(statement, 1, "uuid", outcomes, outcome -> outcome.claimed().workspaceId());
      array(statement, 2, "uuid", outcomes, outcome -> outcome.claimed().deliveryId());
      array(statement, 3, "uuid", outcomes, outcome -> outcome.claimed().claimId());
      array(statement, 4, "text", outcomes, Outcome::status);
      array(statement, 5, "timestamptz", outcomes, outcome -> outcome.at().toString());
      array(statement, 6, "timestamptz", outcomes, outcome -> outcome.nextAt().toString());
      array(statement, 7, "int4", outcomes, Outcome::statusCode);
      array(statement, 8, "text", outcomes, outcome -> outcome.failure() == null ? null : outcome.failure().wire());
      array(statement, 9, "text", outcomes, Outcome::response);
      array(statement, 10, "int4", outcomes, Outcome::durationMs);
      statement.executeUpdate();
    }
  }

  /** Gives back what a node held that died or hung; it is tried again under the same event id. */
  void reclaim(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        update webhook_deliveries
           set status = 'pending', claim_id = null, claimed_until = null
         where status = 'sending'
           and claimed_until < clock_timestamp()""")) {
      statement.executeUpdate();
    }
  }

  /** Gives back what this node held and will not finish. */
  void release(Connection connection, List<Claimed> held) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        update webhook_deliveries d
           set status = 'pending', claim_id = null, claimed_until = null
          from unnest(?::uuid[], ?::uuid[], ?::uuid[]) as h(workspace_id, delivery_id, claim_id)
         where d.workspace_id = h.workspace_id and d.delivery_id = h.delivery_id and d.claim_id = h.claim_id""")) {
      array(statement, 1, "uuid", held, Claimed::workspaceId);
      array(statement, 2, "uuid", held, Claimed::deliveryId);
      array(statement, 3, "uuid", held, Claimed::claimId);
      statement.executeUpdate();
    }
  }

  /** Forgets what ended a month ago, a bounded piece at a time; answers whether there may be more. */
  boolean prune(Connection connection) throws SQLException {
    Timestamp before = Timestamp.from(clock.instant().minus(KEPT));
    int gone = 0;
    for (String sql : List.of("""
        delete from webhook_deliveries
         where (workspace_id, delivery_id) in (
           select d.workspace_id, d.delivery_id
             from webhook_events v
             join webhook_deliveries d on d.workspace_id = v.workspace_id and d.event_id = v.event_id
            where v.at < ? and d.status not in ('pending', 'sending')
            order by v.at
            limit 5000)""", """
        delete from webhook_events
         where (workspace_id, event_id) in (
           select v.workspace_id, v.event_id
             from webhook_events v
            where v.at < ?
              and not exists (select from webhook_deliveries d
                               where d.workspace_id = v.workspace_id and d.event_id = v.event_id)
            order by v.at
            limit 5000)""")) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setTimestamp(1, before);
        gone = Math.max(gone, statement.executeUpdate());
      }
    }
    return gone == 5_000;
  }

  static <T> void array(
      PreparedStatement statement, int index, String type, List<T> rows, Function<T, @Nullable Object> value)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf(type, rows.stream().map(value).toArray()));
  }

  static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }
}
