package tuco.messages;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.http.Json;
import tuco.messages.AcceptanceBatch.Accepted;

/**
 * What a batch of the acceptance has to tell (decisions 8.2): leads it created or changed, messages it put off. Most
 * batches have nothing to tell, and most workspaces nobody to tell it to; then it costs nothing, or one look.
 */
final class News {
  private static final List<String> EVENTS = List.of(Events.LEAD_CREATED, Events.LEAD_UPDATED, Events.SCHEDULED);

  /** Endpoints we disabled ourselves listen too: their events are kept for a replay. */
  private static final String LISTENERS = """
      select distinct workspace_id
        from webhooks
       where workspace_id = any(?) and events && ? and (is_active or disabled_reason is not null)""";

  private News() {}

  /**
   * What somebody wants to hear, in the order in which it happened.
   *
   * @param ofLeads what happened to leads
   */
  static List<Happening> wanted(Connection connection, List<Happening> ofLeads, List<Accepted> messages) throws SQLException {
    List<Happening> news = new ArrayList<>(ofLeads);
    for (Accepted message : messages) {
      if (message.status().equals("scheduled")) {
        news.add(new Happening(
            message.caller().workspaceId(), Events.SCHEDULED, message.messageId(), message.now(), data(message)));
      }
    }
    if (news.isEmpty()) {
      return news;
    }
    Set<UUID> listeners = listeners(connection, news);
    news.removeIf(happening -> !listeners.contains(happening.workspaceId()));
    return news;
  }

  private static Map<String, Object> data(Accepted message) {
    String at = String.valueOf(Json.timestampOrNull(message.later()));
    return message.hold() == null
        ? Map.of("scheduledDate", at)
        : Map.of("scheduledDate", at, "waitReason", message.hold().reason());
  }

  private static Set<UUID> listeners(Connection connection, List<Happening> news) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LISTENERS)) {
      statement.setArray(1, connection.createArrayOf("uuid", news.stream().map(Happening::workspaceId).distinct().toArray()));
      statement.setArray(2, connection.createArrayOf("text", EVENTS.toArray()));
      Set<UUID> listeners = new HashSet<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          listeners.add(row.getObject(1, UUID.class));
        }
      }
      return listeners;
    }
  }
}
