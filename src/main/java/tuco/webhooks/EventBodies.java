package tuco.webhooks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.ReplyHistory;
import tuco.leads.LeadJson;
import tuco.messages.MessageJson;

/** The payloads of events, to the letter of the contract (8.2), from the rows as this transaction sees them. */
final class EventBodies {
  private final Map<UUID, ObjectNode> messages = new HashMap<>();
  private final Map<UUID, UUID> leadOfMessage = new HashMap<>();
  private final Map<UUID, String> campaignOfMessage = new HashMap<>();
  private final Map<UUID, ObjectNode> leads = new HashMap<>();
  private Map<UUID, ReplyHistory> histories = Map.of();

  private EventBodies() {}

  /** Reads what the payloads of all these happenings need: one statement for messages, one for leads. */
  static EventBodies load(Connection connection, List<Happening> happenings, Instant now) throws SQLException {
    EventBodies bodies = new EventBodies();
    bodies.loadMessages(connection, happenings.stream().filter(happening -> happening.messageId() != null).toList(), now);
    bodies.loadLeads(connection, happenings);
    bodies.histories = ReplyHistory.load(connection, happenings.stream()
        .filter(happening -> happening.event().equals(Events.REPLY) && bodies.messages.containsKey(happening.messageId()))
        .map(happening -> bodies.leadKey(happening))
        .toList());
    return bodies;
  }

  private ReplyHistory.Key leadKey(Happening happening) {
    UUID message = Objects.requireNonNull(happening.messageId());
    JsonNode campaign = messages.get(message) == null ? null : messages.get(message).get("campaignId");
    return new ReplyHistory.Key(happening.workspaceId(), message, leadOfMessage.get(message),
        campaign == null || campaign.isNull() ? null : Ids.parse(Kind.CAMPAIGN, campaign.textValue()));
  }

  private void loadMessages(Connection connection, List<Happening> happenings, Instant now)
      throws SQLException {
    if (happenings.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        select %s, k.name as campaign_name
          from %s
          left join campaigns k on k.workspace_id = m.workspace_id and k.campaign_id = m.campaign_id
         where (m.workspace_id, m.message_id) in (select * from unnest(?::uuid[], ?::uuid[]))"""
        .formatted(MessageJson.COLUMNS, MessageJson.TABLES))) {
      statement.setArray(1, connection.createArrayOf("uuid", happenings.stream().map(Happening::workspaceId).toArray()));
      statement.setArray(2, connection.createArrayOf("uuid", happenings.stream().map(Happening::messageId).toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          UUID message = rows.getObject("message_id", UUID.class);
          messages.put(message, MessageJson.of(rows, now));
          leadOfMessage.put(message, rows.getObject("lead_id", UUID.class));
          campaignOfMessage.put(message, rows.getString("campaign_name"));
        }
      }
    }
  }

  private void loadLeads(Connection connection, List<Happening> happenings) throws SQLException {
    List<UUID> workspaces = new ArrayList<>();
    List<UUID> wanted = new ArrayList<>();
    for (Happening happening : happenings) {
      UUID lead = leadOf(happening);
      if (lead != null) {
        workspaces.add(happening.workspaceId());
        wanted.add(lead);
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        select %s
          from leads l
         where (l.workspace_id, l.lead_id) in (select * from unnest(?::uuid[], ?::uuid[]))""".formatted(LeadJson.COLUMNS))) {
      statement.setArray(1, connection.createArrayOf("uuid", workspaces.toArray()));
      statement.setArray(2, connection.createArrayOf("uuid", wanted.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          leads.put(rows.getObject("lead_id", UUID.class), LeadJson.of(rows));
        }
      }
    }
  }

  private @Nullable UUID leadOf(Happening happening) {
    if (happening.messageId() != null) {
      return leadOfMessage.get(happening.messageId());
    }
    return happening.data().get("leadId") instanceof String text ? Ids.parse(Kind.LEAD, text) : null;
  }

  /** The payload of one event. */
  ObjectNode of(Happening happening) {
    ObjectNode body = Json.object()
        .put("event", happening.event())
        .put("type", happening.event())
        .put("timestamp", Json.timestamp(happening.at()))
        .put("workspaceId", Ids.text(Kind.WORKSPACE, happening.workspaceId()));
    UUID leadId = leadOf(happening);
    ObjectNode lead = leadId == null ? null : leads.get(leadId);
    ObjectNode message = happening.messageId() == null ? null : messages.get(happening.messageId());
    if (message == null) {
      if (lead != null) {
        putLead(body, lead);
      }
      body.set("data", Json.tree(happening.data()));
      return body;
    }
    message = asOf(happening, message.deepCopy());
    boolean reply = happening.event().equals(Events.REPLY);
    body.set("messageId", message.get("_id"));
    body.set("message", reply ? message.get("message") : message);
    if (lead != null) {
      putLead(body, lead);
    }
    putCrmIds(body, message, lead);
    body.set("campaignId", message.get("campaignId"));
    body.put("campaignName", campaignOfMessage.get(happening.messageId()));
    ObjectNode data = body.putObject("data");
    if (reply) {
      ReplyHistory history = Objects.requireNonNull(histories.get(happening.messageId()));
      history.put(body, data, happening.at(), message, lead);
    } else {
      putData(data, happening, message);
    }
    return body;
  }

  /** The message as of the event: what came later in the same transaction has an event of its own. */
  private static ObjectNode asOf(Happening happening, ObjectNode message) {
    switch (happening.event()) {
      case Events.SENT -> message.put("status", "sent").putNull("deliveredAt").putNull("readAt");
      case Events.DELIVERED -> message.put("status", "delivered").putNull("readAt");
      case Events.FAILED -> message.put("status", "failed");
      case Events.FALLBACK -> message.put("status", "fallback");
      case Events.CANCELLED -> message.put("status", "cancelled");
      case Events.SCHEDULED -> message.put("status", "scheduled");
      default -> { }
    }
    return message;
  }

  private static void putLead(ObjectNode body, ObjectNode lead) {
    body.set("leadId", lead.get("_id"));
    body.set("lead", lead);
    body.set("contactOwnerEmail", lead.get("contactOwnerEmail"));
  }

  /** The message's own identifiers, else the lead's. */
  private static void putCrmIds(ObjectNode body, ObjectNode message, @Nullable ObjectNode lead) {
    LeadJson.putCrmIds(body, lead);
    for (String name : List.of("ghlContactId", "ghlLocationId", "hsPortalId", "hsContactId")) {
      if (message.path(name).isTextual()) {
        body.set(name, message.get(name));
      }
    }
  }

  /** {@code data} per event: exactly the contract's fields for the contract's events, whatever was given for the others. */
  private static void putData(ObjectNode data, Happening happening, ObjectNode message) {
    switch (happening.event()) {
      case Events.SENT -> { }
      case Events.FAILED -> data.set("error", either(given(happening, "error"), message.get("errorMessage")));
      case Events.FALLBACK -> {
        data.set("reason", either(either(given(happening, "reason"), message.get("errorMessage")),
            Json.tree("No address of the recipient has iMessage")));
        data.set("checkedAddresses", either(given(happening, "checkedAddresses"), message.get("checkedAddresses")));
      }
      case Events.OPENED -> data.set("readAt", either(given(happening, "readAt"), message.get("readAt")));
      default -> happening.data().forEach((name, value) -> data.set(name, Json.tree(value)));
    }
  }

  static @Nullable JsonNode given(Happening happening, String name) {
    Object value = happening.data().get(name);
    return value == null ? null : Json.tree(value);
  }

  private static @Nullable JsonNode either(@Nullable JsonNode first, @Nullable JsonNode second) {
    return first == null || first.isNull() ? second : first;
  }
}
