package tuco.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A message as the API and the webhooks show it (contract 7.1), with why it waits and until when (decisions 4.1). */
public final class MessageJson {
  /** The columns {@link #of} reads. */
  public static final String COLUMNS = """
      m.workspace_id, m.message_id, m.lead_id, m.direction, m.message_type, m.text, m.recipient, m.recipient_phone,
      m.recipient_email, m.recipient_name, m.attachments, m.scheduled_date, m.zone, m.window_start, m.window_end, m.weekdays,
      m.send_fallback_sms, m.fallback_text, m.fallback_of, m.batch_id, m.campaign_id, m.step_index, m.ghl_contact_id, m.ghl_location_id,
      m.hs_contact_id, m.hs_portal_id, m.correlation_id, m.created_by, m.created_at, m.updated_at as edited_at,
      s.status, s.line_id, s.first_touch, s.due_at, s.wait_reason, s.attempts, s.external_id, s.error, s.checked_addresses,
      s.sent_at, s.delivered_at, s.read_at, s.updated_at,
      case when s.status in ('fallback', 'failed') then (
        select f.message_id from messages f where f.workspace_id = m.workspace_id and f.fallback_of = m.message_id) end as fallback_id,
      n.address as line_address, n.channel_type as line_channel,
      e.ready_at, e.new_ready_at, e.hold_until, e.hold_reason, e.new_hold_until, e.new_hold_reason,
      case when s.status in ('queued', 'pending', 'scheduled') then
        (select read_only_now(w.read_only_reason, w.plan_expires_at) from workspaces w where w.workspace_id = m.workspace_id)
      end as read_only""";

  /** The tables they come from, joined by primary keys. */
  public static final String TABLES = """
      messages m
      join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
      left join lines n on n.workspace_id = s.workspace_id and n.line_id = s.line_id
      left join line_leases e on e.workspace_id = s.workspace_id and e.line_id = s.line_id""";

  private MessageJson() {}

  /** The current row as a message. */
  public static ObjectNode of(ResultSet row, Instant now) throws SQLException {
    ObjectNode message = Json.object();
    String status = row.getString("status");
    message.put("_id", Ids.text(Kind.MESSAGE, row.getObject("message_id", UUID.class)));
    message.put("message", row.getString("text"));
    message.put("messageType", row.getString("message_type"));
    message.put("status", status);
    message.put("direction", row.getString("direction"));
    message.put("fromLineId", Ids.textOrNull(Kind.LINE, row.getObject("line_id", UUID.class)));
    boolean phoneLine = "phone".equals(row.getString("line_channel"));
    message.put("fromLinePhone", phoneLine ? row.getString("line_address") : null);
    message.put("fromLineEmail", phoneLine ? null : row.getString("line_address"));
    message.put("recipient", row.getString("recipient"));
    message.put("recipientPhone", row.getString("recipient_phone"));
    message.put("recipientEmail", row.getString("recipient_email"));
    message.put("recipientName", row.getString("recipient_name"));
    message.put("leadId", Ids.textOrNull(Kind.LEAD, row.getObject("lead_id", UUID.class)));
    message.put("workspaceId", Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)));
    UUID author = row.getObject("created_by", UUID.class);
    boolean person = author != null && Ids.tag(author) == Ids.NO_WORKSPACE;
    message.put("createdByUserId", Ids.textOrNull(Kind.PERSON, person ? author : null));
    message.put("createdByKeyId", Ids.textOrNull(Kind.KEY, person ? null : author));
    message.put("scheduledDate", instant(row, "scheduled_date"));
    message.put("batchId", row.getString("batch_id"));
    message.put("campaignId", Ids.textOrNull(Kind.CAMPAIGN, row.getObject("campaign_id", UUID.class)));
    int step = row.getInt("step_index");
    message.put("stepIndex", row.wasNull() ? null : Integer.valueOf(step));
    settings(row, message);
    message.put("sendFallbackSmsOnFailed", row.getBoolean("send_fallback_sms"));
    message.put("fallbackText", row.getString("fallback_text"));
    message.put("fallbackOf", Ids.textOrNull(Kind.MESSAGE, row.getObject("fallback_of", UUID.class)));
    message.put("fallbackMessageId", Ids.textOrNull(Kind.MESSAGE, row.getObject("fallback_id", UUID.class)));
    attachments(row.getString("attachments"), message);
    wait(row, status, now, message);
    message.put("attempts", row.getInt("attempts"));
    message.put("sentAt", instant(row, "sent_at"));
    message.put("deliveredAt", instant(row, "delivered_at"));
    message.put("readAt", instant(row, "read_at"));
    message.put("externalMessageId", row.getString("external_id"));
    message.put("errorMessage", row.getString("error"));
    message.set("checkedAddresses", Json.tree(texts(row)));
    for (String crm : new String[] {"ghl_contact_id:ghlContactId", "ghl_location_id:ghlLocationId", "hs_contact_id:hsContactId", "hs_portal_id:hsPortalId"}) {
      int colon = crm.indexOf(':');
      message.put(crm.substring(colon + 1), row.getString(crm.substring(0, colon)));
    }
    message.put("correlationId", row.getString("correlation_id"));
    message.put("createdAt", instant(row, "created_at"));
    message.put("updatedAt", instant(row, "updated_at"));
    return message;
  }

  private static void settings(ResultSet row, ObjectNode message) throws SQLException {
    ObjectNode settings = message.putObject("settings");
    settings.put("timezone", row.getString("zone"));
    settings.put("sendWindowStart", row.getString("window_start"));
    settings.put("sendWindowEnd", row.getString("window_end"));
    java.sql.Array days = row.getArray("weekdays");
    settings.set("allowedDaysOfWeek", days == null ? null : Json.tree(days.getArray()));
  }

  private static void attachments(@Nullable String json, ObjectNode message) {
    var urls = message.putArray("attachmentUrls");
    if (json != null) {
      var names = message.putArray("attachmentNames");
      for (JsonNode attachment : Json.parse(json)) {
        urls.add(attachment.path("url").asText());
        names.add(attachment.path("name").asText());
      }
    }
  }

  private static void wait(ResultSet row, String status, Instant now, ObjectNode message) throws SQLException {
    if (!List.of("queued", "pending", "scheduled").contains(status)) {
      return;
    }
    if (row.getString("read_only") != null) {
      // Whatever else it waits for, it does not go before that is settled, and nobody knows when (decisions 4.7).
      message.put("waitReason", "read_only");
      message.putNull("nextEligibleAt");
      return;
    }
    Wait wait = Wait.of(
        at(row, "due_at"), row.getString("wait_reason"), row.getBoolean("first_touch"),
        at(row, "ready_at"), at(row, "new_ready_at"), at(row, "hold_until"), row.getString("hold_reason"),
        at(row, "new_hold_until"), row.getString("new_hold_reason"), now);
    message.put("waitReason", wait.reason());
    message.put("nextEligibleAt", Json.timestampOrNull(wait.until()));
  }

  private static List<String> texts(ResultSet row) throws SQLException {
    java.sql.Array array = row.getArray("checked_addresses");
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  private static @Nullable String instant(ResultSet row, String column) throws SQLException {
    return Json.timestampOrNull(at(row, column));
  }

  /** An instant; null for null and for PostgreSQL's minus infinity, which stands for "never held". */
  private static @Nullable Instant at(ResultSet row, String column) throws SQLException {
    Timestamp at = row.getTimestamp(column);
    return at == null || at.getTime() < 0 ? null : at.toInstant();
  }
}
