package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.AcceptanceBatch.Accepted;
import tuco.messages.AcceptanceSql.Hold;

/** The answers of {@code POST /api/messages}, as the contract has them (2.2). */
final class Answers {
  private Answers() {}

  /** 201 for a named or a new lead; 200 with the duplicate's fields when the recipient was known already. */
  static Response accepted(Accepted m, String source) {
    ObjectNode body = Json.object();
    String messageId = Ids.text(Kind.MESSAGE, m.messageId());
    String leadId = Ids.text(Kind.LEAD, m.lead().leadId());
    body.put("success", true);
    body.put("status", m.status());
    body.put("skipped", false);
    body.put("messageId", messageId);
    body.set("message", message(m, messageId, leadId));
    body.put("leadId", leadId);
    for (String crm : new String[] {"ghlContactId", "ghlLocationId", "hsPortalId", "hsContactId"}) {
      body.set(crm, m.wanted().extras() == null ? null : m.wanted().extras().get(crm));
    }
    if (m.later() != null) {
      body.put("scheduledDate", Json.timestamp(m.later()));
    }
    if (m.hold() != null) {
      body.put("reason", reason(m.hold()));
      body.put("waitReason", m.hold().reason());
    }
    boolean known = !m.leadCreated() && source.equals("found");
    if (known) {
      body.put("duplicateOnly", true);
      body.putArray("existingLeadIds").add(leadId);
      body.putArray("leadIds").add(leadId);
      body.put("duplicateMessage", "Recipient matched an existing lead; the message was linked to it.");
    }
    Response response = Response.json(known ? 200 : 201, body);
    // A line that is down is no quota.
    return m.hold() == null || m.hold().reason().equals("line_down") ? response : response.adding("RateLimit", spent(m.hold(), m.now()));
  }

  /** The policy that binds, with nothing left until it is over: never a second too early (standards R2, R4). */
  private static String spent(Hold hold, Instant now) {
    return "\"" + hold.reason() + "\";r=0;t=" + secondsUntil(hold, now);
  }

  private static long secondsUntil(Hold hold, Instant now) {
    return Math.max(1, Math.ceilDiv(Duration.between(now, hold.until()).toMillis(), 1000L));
  }

  /** Why it waits, in the contract's words where it has some. */
  private static String reason(Hold hold) {
    return switch (hold.reason()) {
      case "line_daily_total", "line_daily_new", "plan_daily", "plan_new_daily" -> "Daily limit reached; scheduled for next send window.";
      case "line_hourly_new" -> "Hourly limit reached; scheduled for next send window.";
      case "plan_monthly" -> "Monthly limit reached; scheduled for next send window.";
      default -> "The line is not available; scheduled for when it is.";
    };
  }

  /** 429 for a client that asked not to wait ({@code onLimit: "reject"}, decisions 4.1): nothing was stored. */
  static Problem overLimit(Hold hold, Instant now) {
    return Problem.of(429, "quota_exceeded").code("quota_exceeded").reason(hold.reason())
        .detail(reason(hold).replace("; scheduled for next send window.", "; it resets at " + Json.timestamp(hold.until()) + "."))
        .member("violated-policies", List.of(hold.reason()))
        .header("RateLimit", spent(hold, now))
        .header("Retry-After", Long.toString(secondsUntil(hold, now)));
  }

  private static ObjectNode message(Accepted m, String messageId, String leadId) {
    String now = Json.timestamp(m.now());
    String phone = m.wanted().phone() != null ? m.wanted().phone() : m.lead().addresses()[0];
    String email = m.wanted().email() != null ? m.wanted().email() : m.lead().addresses()[4];
    return Json.object()
        .put("_id", messageId)
        .put("message", m.wanted().text())
        .put("messageType", m.chosen().type())
        .put("status", m.status())
        .put("direction", "sent")
        .put("fromLineId", Ids.text(Kind.LINE, m.chosen().line().lineId()))
        .put("recipientPhone", phone)
        .put("recipientEmail", email)
        .put("recipientName", m.wanted().name().isEmpty() ? m.lead().name() : m.wanted().name())
        .put("leadId", leadId)
        .put("workspaceId", Ids.text(Kind.WORKSPACE, m.caller().workspaceId()))
        .put("batchId", m.wanted().batchId())
        .put("scheduledDate", Json.timestampOrNull(m.later()))
        .putNull("sentAt")
        .putNull("externalMessageId")
        .put("createdAt", now)
        .put("updatedAt", now);
  }

  /** 200: the same text went to the same recipient a moment ago (decisions 5.6). */
  static ObjectNode skipped(UUID original, UUID lead, long seconds) {
    return Json.object()
        .put("success", true)
        .put("skipped", true)
        .put("reason", "duplicate_send_recent")
        .put("originalMessageId", Ids.text(Kind.MESSAGE, original))
        .put("leadId", Ids.text(Kind.LEAD, lead))
        .put("secondsSinceOriginal", seconds);
  }
}
