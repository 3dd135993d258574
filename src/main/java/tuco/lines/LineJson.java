package tuco.lines;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A line as the API shows it (contract 2.14), with its use of today and when that resets (B6); never its secrets. */
final class LineJson {
  private LineJson() {}

  static ObjectNode of(ResultSet row, Instant now) throws SQLException {
    String address = row.getString("address");
    boolean phone = row.getString("channel_type").equals("phone");
    ObjectNode line = Json.object()
        .put("_id", Ids.text(Kind.LINE, row.getObject("line_id", UUID.class)))
        .put("workspaceId", Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)))
        .put("kind", row.getString("kind"))
        .put("channelType", row.getString("channel_type"))
        .put("lineType", row.getString("line_type"))
        .put("phone", phone ? address : null)
        .put("email", phone ? null : address)
        .put("firstName", row.getString("first_name"))
        .put("lastName", row.getString("last_name"))
        .put("isActive", row.getBoolean("is_active"))
        .put("pauseReason", row.getString("pause_reason"))
        .put("provisioningStatus", row.getString("provisioning_status"));
    line.set("settings", Json.parse(row.getString("settings")));
    line.put("dailyNewConversationsLimit", row.getObject("daily_new_limit", Integer.class))
        .put("dailyTotalMessagesLimit", row.getObject("daily_total_limit", Integer.class))
        .put("hourlyNewConversationsLimit", row.getObject("hourly_new_limit", Integer.class))
        .put("deviceGapSeconds", row.getInt("device_gap_ms") / 1000)
        .put("contactGapSeconds", row.getInt("contact_gap_ms") / 1000);
    line.set("warmup", nullable(row.getString("warmup")));
    line.set("usage", usage(row, now));
    line.set("healthCheck", Json.object()
        .put("status", row.getString("health_status"))
        .put("words", row.getString("health_words"))
        .put("consecutiveFailures", row.getInt("consecutive_failures"))
        .put("lastCheckedAt", timestamp(row, "health_checked_at")));
    String trouble = row.getString("mailbox_trouble");
    line.set("mailbox", trouble == null ? null : Json.object()
        .put("trouble", trouble).put("checkedAt", timestamp(row, "mailbox_checked_at")));
    return line
        .put("createdAt", timestamp(row, "created_at"))
        .put("updatedAt", timestamp(row, "updated_at"));
  }

  private static ObjectNode usage(ResultSet row, Instant now) throws SQLException {
    Instant midnight = now.truncatedTo(ChronoUnit.DAYS);
    return Json.object()
        .put("date", midnight.atOffset(ZoneOffset.UTC).toLocalDate().toString())
        .put("newConversationsCount", row.getInt("new_today"))
        .put("totalMessagesCount", row.getInt("total_today"))
        .put("newConversationsThisHour", row.getInt("new_this_hour"))
        .put("timezone", "UTC")
        .put("resetsAt", Json.timestamp(midnight.plus(1, ChronoUnit.DAYS)))
        .put("hourResetsAt", Json.timestamp(now.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS)));
  }

  private static @Nullable JsonNode nullable(@Nullable String json) {
    return json == null ? null : Json.parse(json);
  }

  private static @Nullable String timestamp(ResultSet row, String column) throws SQLException {
    java.sql.Timestamp at = row.getTimestamp(column);
    return at == null ? null : Json.timestamp(at.toInstant());
  }
}
