package tuco.webhooks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tuco.db.Roles;
import tuco.events.Happening;
import tuco.http.Json;
import tuco.ids.Ids;

/**
 * The outbox: what happened becomes an event with its final text, and a delivery for each subscribed webhook, in the
 * transaction in which it happened (decisions 8.3). Costs one cheap statement where nobody listens.
 */
public final class Outbox {
  private final Ids ids;
  private final Clock clock;
  private final Bell bell;

  public Outbox(Ids ids, Clock clock, Bell bell) {
    this.ids = ids;
    this.clock = clock;
    this.bell = bell;
  }

  record Subscription(UUID webhookId, Set<String> events, boolean active) {}

  /** Records happenings of any workspaces this connection may see. */
  public void record(Connection connection, List<Happening> happenings) throws SQLException {
    Map<UUID, List<Subscription>> subscriptions = subscriptions(connection, happenings);
    if (subscriptions.isEmpty()) {
      return;
    }
    List<Happening> wanted = happenings.stream()
        .filter(happening -> subscriptions.getOrDefault(happening.workspaceId(), List.of()).stream()
            .anyMatch(subscription -> subscription.events().contains(happening.event())))
        .toList();
    if (wanted.isEmpty()) {
      return;
    }
    EventBodies bodies = EventBodies.load(connection, wanted, clock.instant());
    List<UUID> events = new ArrayList<>(wanted.size());
    List<String> texts = new ArrayList<>(wanted.size());
    List<UUID[]> deliveries = new ArrayList<>();
    for (Happening happening : wanted) {
      UUID workspace = happening.workspaceId();
      UUID event = ids.next(Ids.tag(workspace));
      ObjectNode body = bodies.of(happening);
      events.add(event);
      texts.add(Json.text(body));
      for (Subscription subscription : subscriptions.getOrDefault(workspace, List.of())) {
        if (subscription.active() && subscription.events().contains(happening.event())) {
          deliveries.add(new UUID[] {workspace, ids.next(Ids.tag(workspace)), subscription.webhookId(), event});
        }
      }
    }
    insert(connection, wanted, events, texts);
    if (!deliveries.isEmpty()) {
      deliver(connection, deliveries);
      bell.ring();
    }
  }

  /** Endpoints we disabled ourselves count too: their events are kept, so that they can be replayed once it is repaired. */
  static Map<UUID, List<Subscription>> subscriptions(Connection connection, List<Happening> happenings)
      throws SQLException {
    Set<UUID> workspaces = new LinkedHashSet<>();
    happenings.forEach(happening -> workspaces.add(happening.workspaceId()));
    Map<UUID, List<Subscription>> subscriptions = new HashMap<>();
    if (workspaces.isEmpty()) {
      return subscriptions;
    }
    // The engine's batch carries messages of many workspaces: a webhook removed at this moment must wait for it, not break it.
    boolean engine = Roles.ENGINE.equals(connection.getMetaData().getUserName());
    try (PreparedStatement statement = connection.prepareStatement("""
        select workspace_id, webhook_id, events, is_active
          from webhooks
         where workspace_id = any(?)
           and events && ?
           and (is_active or disabled_reason is not null)
        """ + (engine ? "order by workspace_id, webhook_id for key share" : ""))) {
      statement.setArray(1, connection.createArrayOf("uuid", workspaces.toArray()));
      statement.setArray(2, connection.createArrayOf("text", happenings.stream().map(Happening::event).distinct().toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          subscriptions.computeIfAbsent(rows.getObject(1, UUID.class), workspace -> new ArrayList<>())
              .add(new Subscription(
                  rows.getObject(2, UUID.class), Set.copyOf(Arrays.asList((String[]) rows.getArray(3).getArray())), rows.getBoolean(4)));
        }
      }
    }
    return subscriptions;
  }

  private static void insert(Connection connection, List<Happening> wanted, List<UUID> events, List<String> texts)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        insert into webhook_events (workspace_id, event_id, event, message_id, at, body)
        select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::uuid[], ?::timestamptz[], ?::text[])""")) {
      statement.setArray(1, connection.createArrayOf("uuid", wanted.stream().map(Happening::workspaceId).toArray()));
      statement.setArray(2, connection.createArrayOf("uuid", events.toArray()));
      statement.setArray(3, connection.createArrayOf("text", wanted.stream().map(Happening::event).toArray()));
      statement.setArray(4, connection.createArrayOf("uuid", wanted.stream().map(Happening::messageId).toArray()));
      statement.setArray(5, connection.createArrayOf("timestamptz", wanted.stream().map(h -> h.at().toString()).toArray()));
      statement.setArray(6, connection.createArrayOf("text", texts.toArray()));
      statement.executeUpdate();
    }
  }

  /** Makes deliveries that are due now; each is workspace, delivery, webhook, event. */
  void deliver(Connection connection, List<UUID[]> deliveries) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        insert into webhook_deliveries (workspace_id, delivery_id, webhook_id, event_id, next_at)
        select n.*, ? from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[]) as n""")) {
      statement.setTimestamp(1, Timestamp.from(clock.instant()));
      for (int column = 0; column < 4; column++) {
        int of = column;
        statement.setArray(
            2 + column, connection.createArrayOf("uuid", deliveries.stream().map(row -> row[of]).toArray()));
      }
      statement.executeUpdate();
    }
  }

}
