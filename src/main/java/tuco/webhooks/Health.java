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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.webhooks.Attempt.Outcome;

/** How the endpoints answer: the counters people see, and when an endpoint is given up (decisions 8.3). */
final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final Duration PATIENCE = Duration.ofDays(5);

  private final Ids ids;
  private final Clock clock;
  private final Delivery.Letter letter;

  Health(Clock clock, Delivery.Letter letter) {
    this.ids = new Ids(clock);
    this.clock = clock;
    this.letter = letter;
  }

  /** What a batch of outcomes says of one endpoint, in their order. */
  private static final class Change {
    final UUID workspaceId;
    final UUID webhookId;
    Instant triggered = Instant.MIN;
    @Nullable Instant success;
    @Nullable Instant failure;
    @Nullable Instant failingSince;
    @Nullable Instant pausedUntil;
    int failures;
    boolean gone;

    Change(UUID workspaceId, UUID webhookId) {
      this.workspaceId = workspaceId;
      this.webhookId = webhookId;
    }

    void add(Outcome outcome) {
      triggered = outcome.at();
      if (outcome.succeeded()) {
        success = outcome.at();
        failures = 0;
        failingSince = null;
        return;
      }
      failure = outcome.at();
      failures++;
      failingSince = failingSince == null ? outcome.at() : failingSince;
      pausedUntil = outcome.pausedUntil() == null ? pausedUntil : outcome.pausedUntil();
      gone |= outcome.failure() == Failure.GONE;
    }
  }

  /** Counts the outcomes and disables endpoints that are gone or have failed for too long. */
  void update(Connection connection, List<Outcome> outcomes) throws SQLException {
    Map<UUID, Change> changes = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      changes.computeIfAbsent(
          outcome.claimed().webhookId(), webhook -> new Change(outcome.claimed().workspaceId(), webhook)).add(outcome);
    }
    List<Change> rows = new ArrayList<>(changes.values());
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      DeliveryStore.array(statement, 1, "uuid", rows, change -> change.workspaceId);
      DeliveryStore.array(statement, 2, "uuid", rows, change -> change.webhookId);
      DeliveryStore.array(statement, 3, "timestamptz", rows, change -> change.triggered.toString());
      DeliveryStore.array(statement, 4, "timestamptz", rows, change -> DeliveryStore.text(change.success));
      DeliveryStore.array(statement, 5, "timestamptz", rows, change -> DeliveryStore.text(change.failure));
      DeliveryStore.array(statement, 6, "timestamptz", rows, change -> DeliveryStore.text(change.failingSince));
      DeliveryStore.array(statement, 7, "timestamptz", rows, change -> DeliveryStore.text(change.pausedUntil));
      DeliveryStore.array(statement, 8, "int4", rows, change -> change.failures);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Change change = changes.get(row.getObject("webhook_id", UUID.class));
          Instant since = row.getTimestamp("failing_since") == null ? null : row.getTimestamp("failing_since").toInstant();
          if (change != null && change.gone) {
            disable(connection, change, "gone");
          } else if (change != null && since != null && !since.plus(PATIENCE).isAfter(clock.instant())) {
            disable(connection, change, "failing");
          }
        }
      }
    }
  }

  /** Rows are locked in one order, so that two nodes cannot wait for each other in a circle. */
  private static final String UPDATE = """
      with change as (
        select * from unnest(?::uuid[], ?::uuid[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[],
                             ?::timestamptz[], ?::int[])
               as c(workspace_id, webhook_id, triggered, success, failure, failing_since, paused_until, failures)
      ), held as (
        select h.workspace_id, h.webhook_id
          from webhook_health h
         where (h.workspace_id, h.webhook_id) in (select workspace_id, webhook_id from change)
         order by h.workspace_id, h.webhook_id
           for update
      )
      update webhook_health h
         set last_triggered_at = c.triggered,
             last_success_at   = coalesce(c.success, h.last_success_at),
             last_failure_at   = coalesce(c.failure, h.last_failure_at),
             failure_count     = case when c.success is null then h.failure_count + c.failures else c.failures end,
             failing_since     = case when c.success is null then coalesce(h.failing_since, c.failing_since)
                                      else c.failing_since end,
             paused_until      = greatest(h.paused_until, c.paused_until)
        from change c
        join held on held.workspace_id = c.workspace_id and held.webhook_id = c.webhook_id
       where h.workspace_id = c.workspace_id and h.webhook_id = c.webhook_id
      returning h.webhook_id, h.failing_since""";

  /** Nothing goes there any more; what waits is cancelled and can be replayed when someone has switched it on again. */
  private void disable(Connection connection, Change change, String reason) throws SQLException {
    Timestamp now = Timestamp.from(clock.instant());
    if (!switchOff(connection, change, reason, now)) {
      return;
    }
    int cancelled;
    try (PreparedStatement statement = connection.prepareStatement("""
        update webhook_deliveries
           set status = 'cancelled', failure = 'disabled', finished_at = ?
         where workspace_id = ? and webhook_id = ? and status = 'pending'""")) {
      statement.setTimestamp(1, now);
      statement.setObject(2, change.workspaceId);
      statement.setObject(3, change.webhookId);
      cancelled = statement.executeUpdate();
    }
    LOG.warn("webhook {} of workspace {} was disabled ({}); {} waiting deliveries were cancelled",
        Ids.text(Kind.WEBHOOK, change.webhookId), Ids.text(Kind.WORKSPACE, change.workspaceId), reason, cancelled);
  }

  /** False when it was off already; else owners and admins are told, in the same statement. */
  private boolean switchOff(Connection connection, Change change, String reason, Timestamp now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        with off as (
          update webhooks
             set is_active = false, disabled_reason = ?, updated_at = ?
           where workspace_id = ? and webhook_id = ? and is_active
          returning workspace_id, webhook_id, name
        ), told as (
          insert into notices (workspace_id, notice_id, kind, subject_id, message, created_at)
          select workspace_id, ?, 'webhook_disabled', webhook_id, 'The webhook "' || name || '" was disabled: ' || ?, ?
            from off
          returning workspace_id, message
        )
        select w.name, t.message,
               array(select p.email::text from members m join people p on p.person_id = m.person_id
                      where m.workspace_id = t.workspace_id and m.role in ('owner', 'admin'))
          from told t
          join workspaces w on w.workspace_id = t.workspace_id""")) {
      statement.setString(1, reason);
      statement.setTimestamp(2, now);
      statement.setObject(3, change.workspaceId);
      statement.setObject(4, change.webhookId);
      statement.setObject(5, ids.next(Ids.tag(change.workspaceId)));
      statement.setString(6, reason.equals("gone")
          ? "its endpoint answered 410 (gone). Switch it on again once the endpoint is back."
          : "its endpoint has failed for five days. Repair it, switch it on again, and replay what it missed.");
      statement.setTimestamp(7, now);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        letter.send(List.of((String[]) row.getArray(3).getArray()), row.getString(1), row.getString(2));
        return true;
      }
    }
  }
}
