package tuco.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Columns;
import tuco.db.Composite;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A message as the API and the webhooks show it (contract 7.1), with why it waits and until when (decisions 4.1). */
public final class MessageJson {
  private static final String MESSAGE = """
      m.workspace_id, m.message_id, m.lead_id, m.direction, m.message_type, m.text, m.recipient, m.recipient_phone,
      m.recipient_email, m.recipient_name, m.attachments, m.scheduled_date, m.zone, m.window_start, m.window_end, m.weekdays,
      m.send_fallback_sms, m.fallback_text, m.fallback_of, m.batch_id, m.campaign_id, m.step_index, m.ghl_contact_id,
      m.ghl_location_id, m.hs_contact_id, m.hs_portal_id, m.correlation_id, m.created_by, m.created_at""";

  private static final String STATE = """
      s.status, s.line_id, s.first_touch, s.due_at, s.wait_reason, s.attempts, s.external_id, s.error, s.checked_addresses,
      s.sent_at, s.delivered_at, s.read_at, s.updated_at""";

  private static final String FALLBACK = """
      case when s.status in ('fallback', 'failed') then fallback_of(s.workspace_id, s.message_id) end as fallback_id""";

  private static final String LINE = """
      n.address as line_address, n.channel_type as line_channel, n.is_active as line_active,
      e.ready_at, e.new_ready_at, e.hold_until, e.hold_reason, e.new_hold_until, e.new_hold_reason""";

  /** The columns {@link #of} reads. */
  public static final String COLUMNS = String.join(",\n", MESSAGE, STATE, FALLBACK, LINE, """
      case when s.status in ('queued', 'pending', 'scheduled') then
        (select read_only_now(w.read_only_reason, w.plan_expires_at) from workspaces w where w.workspace_id = m.workspace_id)
      end as read_only""");

  /** The tables they come from, joined by primary keys. */
  public static final String TABLES = """
      messages m
      join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
      left join lines n on n.workspace_id = s.workspace_id and n.line_id = s.line_id
      left join line_leases e on e.workspace_id = s.workspace_id and e.line_id = s.line_id""";

  /**
   * One message of the workspace {@code t.workspace_id} as one value, null when there is none; its parameter is an array
   * of messages of which this is the one at {@code t.place}.
   */
  static final String ONE = """
      (select row(m, s, %s) from %s where m.workspace_id = t.workspace_id and m.message_id = (?::uuid[])[t.place]) as message"""
      .formatted((FALLBACK + ", " + LINE).replaceAll(" as \\w+", ""), TABLES);

  /** The columns of {@link #ONE}, given those of the tables whose rows are in it. */
  static Composite.Shape shape(List<String> messages, List<String> states) {
    return new Composite.Shape(List.of(messages, states), List.of(
        "fallback_id", "line_address", "line_channel", "line_active", "ready_at", "new_ready_at", "hold_until", "hold_reason",
        "new_hold_until", "new_hold_reason"));
  }

  private MessageJson() {}

  /** The current row as a message. */
  public static ObjectNode of(ResultSet row, Instant now) throws SQLException {
    Columns columns = Columns.of(row);
    return of(columns, columns.text("read_only"), now);
  }

  static ObjectNode of(Columns row, @Nullable String readOnly, Instant now) throws SQLException {
    ObjectNode message = Json.object();
    String status = Objects.requireNonNull(row.text("status"));
    message.put("_id", Ids.textOrNull(Kind.MESSAGE, row.uuid("message_id")));
    message.put("message", row.text("text"));
    message.put("messageType", row.text("message_type"));
    message.put("status", status);
    message.put("direction", row.text("direction"));
    message.put("fromLineId", Ids.textOrNull(Kind.LINE, row.uuid("line_id")));
    boolean phoneLine = "phone".equals(row.text("line_channel"));
    message.put("fromLinePhone", phoneLine ? row.text("line_address") : null);
    message.put("fromLineEmail", phoneLine ? null : row.text("line_address"));
    message.put("recipient", row.text("recipient"));
    message.put("recipientPhone", row.text("recipient_phone"));
    message.put("recipientEmail", row.text("recipient_email"));
    message.put("recipientName", row.text("recipient_name"));
    message.put("leadId", Ids.textOrNull(Kind.LEAD, row.uuid("lead_id")));
    message.put("workspaceId", Ids.textOrNull(Kind.WORKSPACE, row.uuid("workspace_id")));
    UUID author = row.uuid("created_by");
    boolean person = author != null && Ids.tag(author) == Ids.NO_WORKSPACE;
    message.put("createdByUserId", Ids.textOrNull(Kind.PERSON, person ? author : null));
    message.put("createdByKeyId", Ids.textOrNull(Kind.KEY, person ? null : author));
    message.put("scheduledDate", instant(row, "scheduled_date"));
    message.put("batchId", row.text("batch_id"));
    message.put("campaignId", Ids.textOrNull(Kind.CAMPAIGN, row.uuid("campaign_id")));
    message.put("stepIndex", row.number("step_index"));
    settings(row, message);
    message.put("sendFallbackSmsOnFailed", row.flag("send_fallback_sms"));
    message.put("fallbackText", row.text("fallback_text"));
    message.put("fallbackOf", Ids.textOrNull(Kind.MESSAGE, row.uuid("fallback_of")));
    message.put("fallbackMessageId", Ids.textOrNull(Kind.MESSAGE, row.uuid("fallback_id")));
    attachments(row.text("attachments"), message);
    wait(row, status, readOnly, now, message);
    message.put("attempts", row.number("attempts"));
    message.put("sentAt", instant(row, "sent_at"));
    message.put("deliveredAt", instant(row, "delivered_at"));
    message.put("readAt", instant(row, "read_at"));
    message.put("externalMessageId", row.text("external_id"));
    message.put("errorMessage", row.text("error"));
    row.texts("checked_addresses").forEach(message.putArray("checkedAddresses")::add);
    message.put("ghlContactId", row.text("ghl_contact_id"));
    message.put("ghlLocationId", row.text("ghl_location_id"));
    message.putNull("ghlConversationMessageId");
    message.put("hsContactId", row.text("hs_contact_id"));
    message.put("hsPortalId", row.text("hs_portal_id"));
    message.put("correlationId", row.text("correlation_id"));
    message.put("createdAt", instant(row, "created_at"));
    message.put("updatedAt", instant(row, "updated_at"));
    return message;
  }

  private static void settings(Columns row, ObjectNode message) throws SQLException {
    ObjectNode settings = message.putObject("settings");
    settings.put("timezone", row.text("zone"));
    settings.put("sendWindowStart", row.text("window_start"));
    settings.put("sendWindowEnd", row.text("window_end"));
    List<Integer> days = row.numbers("weekdays");
    settings.set("allowedDaysOfWeek", days == null ? null : Json.tree(days));
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

  private static void wait(Columns row, String status, @Nullable String readOnly, Instant now, ObjectNode message) throws SQLException {
    if (!List.of("queued", "pending", "scheduled").contains(status)) {
      return;
    }
    if (readOnly != null) {
      // Whatever else it waits for, it does not go before that is settled, and nobody knows when (decisions 4.7).
      message.put("waitReason", "read_only");
      message.putNull("nextEligibleAt");
      return;
    }
    if (!row.flag("line_active")) {
      // Switched off or removed, and no other line could take it over: it goes on when somebody switches one on.
      message.put("waitReason", "line_paused");
      message.putNull("nextEligibleAt");
      return;
    }
    Wait wait = Wait.of(
        row.instant("due_at"), row.text("wait_reason"), row.flag("first_touch"),
        row.instant("ready_at"), row.instant("new_ready_at"), row.instant("hold_until"), row.text("hold_reason"),
        row.instant("new_hold_until"), row.text("new_hold_reason"), now);
    message.put("waitReason", wait.reason());
    message.put("nextEligibleAt", Json.timestampOrNull(wait.until()));
  }

  private static @Nullable String instant(Columns row, String column) throws SQLException {
    return Json.timestampOrNull(row.instant(column));
  }
}
