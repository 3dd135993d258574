package tuco.inbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What a reply tells of the conversation around it, in {@code GET /api/replies} and in webhooks (contract 2.13, 8.2). */
public final class ReplyHistory {
  private static final int ITEMS = 10;
  private static final int PARENTS = 2;
  private static final int TEXT = 200;

  private final List<Item> sent = new ArrayList<>();
  private final List<Item> received = new ArrayList<>();
  private final @Nullable UUID campaign;
  private @Nullable Item answered;

  private ReplyHistory(@Nullable UUID campaign) {
    this.campaign = campaign;
  }

  /** A reply, whose conversation it is, and the campaign it belongs to. */
  public record Key(UUID workspaceId, UUID messageId, @Nullable UUID leadId, @Nullable UUID campaignId) {}

  private record Item(
      UUID messageId, String text, @Nullable Instant at, @Nullable String batchId, @Nullable Integer stepIndex) {}

  /**
   * Reads the last ten in each direction around each reply, newest first, campaign-scoped where it has a campaign, and the
   * message it answers.
   */
  public static Map<UUID, ReplyHistory> load(Connection connection, List<Key> replies) throws SQLException {
    Map<UUID, ReplyHistory> histories = new HashMap<>();
    if (replies.isEmpty()) {
      return histories;
    }
    replies.forEach(reply -> histories.put(reply.messageId(), new ReplyHistory(reply.campaignId())));
    try (PreparedStatement statement = connection.prepareStatement("""
        select r.message_id as reply_id, h.*
          from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[]) as r(workspace_id, message_id, lead_id, campaign_id)
         cross join lateral (
           (select 'answered' as part, m.message_id, m.text, s.sent_at as at, m.batch_id, m.step_index
              from inbound_messages own
              join messages m       on m.workspace_id = own.workspace_id and m.message_id = own.answers
              join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
             where own.workspace_id = r.workspace_id and own.message_id = r.message_id)
           union all
           (select m.direction, m.message_id, m.text, s.sent_at, m.batch_id, m.step_index
              from messages m
              join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
             where m.workspace_id = r.workspace_id and m.lead_id = r.lead_id and m.direction = 'sent'
               and s.sent_at is not null
               and (r.campaign_id is null or m.campaign_id = r.campaign_id)
             order by s.sent_at desc
             limit 10)
           union all
           (select m.direction, m.message_id, m.text, i.received_at, m.batch_id, m.step_index
              from inbound_messages own
              join inbound_messages i on i.workspace_id = own.workspace_id and i.conversation_id = own.conversation_id
              join messages m         on m.workspace_id = i.workspace_id and m.message_id = i.message_id
             where own.workspace_id = r.workspace_id and own.message_id = r.message_id
               and i.nature = any(?)
             order by i.received_at desc, i.message_id desc
             limit 10)) h""")) {
      statement.setArray(1, connection.createArrayOf("uuid", replies.stream().map(Key::workspaceId).toArray()));
      statement.setArray(2, connection.createArrayOf("uuid", replies.stream().map(Key::messageId).toArray()));
      statement.setArray(3, connection.createArrayOf("uuid", replies.stream().map(Key::leadId).toArray()));
      statement.setArray(4, connection.createArrayOf("uuid", replies.stream().map(Key::campaignId).toArray()));
      statement.setArray(5, connection.createArrayOf("text", Nature.REPLIES));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          ReplyHistory history = histories.get(rows.getObject("reply_id", UUID.class));
          if (history != null) {
            switch (rows.getString("part")) {
              case "answered" -> history.answered = item(rows);
              case "sent" -> history.sent.add(item(rows));
              default -> history.received.add(item(rows));
            }
          }
        }
      }
    }
    return histories;
  }

  private static Item item(ResultSet row) throws SQLException {
    return new Item(
        row.getObject("message_id", UUID.class), row.getString("text"),
        row.getTimestamp("at") == null ? null : row.getTimestamp("at").toInstant(), row.getString("batch_id"),
        row.getObject("step_index", Integer.class));
  }

  /** Adds what only the webhooks of replies carry (contract 8.2). */
  public void put(ObjectNode body, ObjectNode data, Instant at, ObjectNode message, @Nullable ObjectNode lead) {
    if (lead != null) {
      for (String name : List.of("firstName", "lastName", "phone", "listId")) {
        body.set(name, lead.get(name));
      }
    }
    Item original = answered != null || sent.isEmpty() ? answered : sent.getFirst();
    String repliedAt = Json.timestamp(at);
    ArrayNode parents = parents(PARENTS);
    body.put("campaignId", Ids.textOrNull(Kind.CAMPAIGN, campaign));
    body.set("fromLineId", message.get("fromLineId"));
    body.set("recipientName", message.get("recipientName"));
    body.put("repliedAtUtc", repliedAt);
    body.set("parentMessages", parents);
    body.put("originalMessageId", original == null ? null : Ids.text(Kind.MESSAGE, original.messageId()));
    body.put("originalMessage", original == null ? null : original.text());
    data.set("reply", reply(message, lead, repliedAt));
    data.put("repliedAtUtc", repliedAt);
    data.set("parentMessages", parents.deepCopy());
  }

  /** One item of {@code GET /api/replies}. */
  public ObjectNode reply(ObjectNode message, @Nullable ObjectNode lead, String repliedAt) {
    ObjectNode reply = Json.object();
    reply.set("leadId", message.get("leadId"));
    reply.set("messageId", message.get("_id"));
    reply.set("message", message.get("message"));
    reply.put("respondedAtUtc", repliedAt);
    reply.set("recipientPhone", message.get("recipientPhone"));
    reply.set("recipientEmail", message.get("recipientEmail"));
    reply.put("name", name(message, lead));
    ArrayNode recent = reply.putArray("recentReplies");
    received.forEach(item -> recent.addObject()
        .put("messageId", Ids.text(Kind.MESSAGE, item.messageId()))
        .put("message", cut(item.text()))
        .put("receivedAtUtc", Json.timestampOrNull(item.at())));
    reply.set("parentMessages", parents(ITEMS));
    return reply;
  }

  private ArrayNode parents(int most) {
    ArrayNode parents = Json.array();
    sent.stream().limit(most).forEach(item -> parents.addObject()
        .put("messageId", Ids.text(Kind.MESSAGE, item.messageId()))
        .put("message", cut(item.text()))
        .put("sentAtUtc", Json.timestampOrNull(item.at()))
        .put("batchId", item.batchId())
        .put("stepIndex", item.stepIndex()));
    return parents;
  }

  private static String name(ObjectNode message, @Nullable ObjectNode lead) {
    String name = lead == null ? "" : (lead.path("firstName").asText("") + " " + lead.path("lastName").asText("")).strip();
    return name.isEmpty() ? message.path("recipientName").asText("") : name;
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= TEXT ? text : text.substring(0, text.offsetByCodePoints(0, TEXT));
  }
}
