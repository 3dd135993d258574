package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.MessageJson;

/** {@code GET /api/campaigns/{id}/recipients}: where each lead is, why it waits and until when. */
public final class Recipients {
  private static final List<String> STATES = List.of("active", "in_flight", "completed", "stopped", "replied");

  private final Campaigns campaigns;

  public Recipients(Campaigns campaigns) {
    this.campaigns = campaigns;
  }

  public Response list(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.CAMPAIGN, tx.caller());
    int limit = request.queryInt("limit", 50, 1, 100);
    String state = request.queryText("status");
    if (state != null && !STATES.contains(state)) {
      throw Problem.badField("status", "status must be one of " + String.join(", ", STATES));
    }
    UUID after = request.queryId("cursor", Kind.LEAD, tx.caller(), "Invalid cursor");
    UUID lead = request.queryId("leadId", Kind.LEAD, tx.caller(), "Invalid leadId");
    return Response.ok(page(tx, campaigns.find(tx, id), state, lead, after, limit));
  }

  /** A page in the order of the leads' ids, after this one. */
  ObjectNode page(Tx tx, Campaign campaign, @Nullable String state, @Nullable UUID lead, @Nullable UUID after, int limit)
      throws SQLException {
    Instant now = campaigns.now();
    Steps steps = Steps.of(tx.connection(), campaign);
    Standing standing = Standing.of(tx, campaign, steps.size(), now);
    List<ObjectNode> rows = tx.ownQuery("""
            select e.lead_id, e.state, e.step_index, e.next_at, e.line_id, e.message_id, e.wait_reason, e.stop_cause, e.replied_at,
                   e.last_sent_at, e.enrolled_at, n.health_status <> 'healthy' as line_down,
                   case when h.hold_until > :now then h.hold_reason when e.last_sent_at is null and h.new_hold_until > :now then h.new_hold_reason end as hold,
                   case when h.hold_until > :now then h.hold_until else h.new_hold_until end as held_until, l.first_name, l.last_name, l.email, l.phone, l.company_name
              from enrolments e
              join leads l on l.workspace_id = e.workspace_id and l.lead_id = e.lead_id
              left join lines n on n.workspace_id = e.workspace_id and n.line_id = e.line_id
              left join line_leases h on h.workspace_id = e.workspace_id and h.line_id = e.line_id
             where e.workspace_id = :workspace and e.campaign_id = :campaign
               and (cast(:after as uuid) is null or e.lead_id > :after)
               and (cast(:lead as uuid) is null or e.lead_id = :lead)
               and (cast(:state as text) is null or e.state = :state or :state = 'replied' and e.replied_at is not null)
             order by e.lead_id limit :limit""")
        .bind("campaign", campaign.id()).bind("after", after).bind("lead", lead).bind("state", state).bind("limit", limit + 1).bind("now", now)
        .map((row, context) -> recipient(row, campaign, steps, standing, now)).list();
    ObjectNode body = Json.object();
    ArrayNode page = body.putArray("recipients");
    List<ObjectNode> shown = rows.subList(0, Math.min(limit, rows.size()));
    putMessages(tx, shown, now);
    shown.forEach(page::add);
    body.put("nextCursor", rows.size() > limit ? shown.getLast().path("leadId").asText() : null);
    return body;
  }

  private static ObjectNode recipient(ResultSet row, Campaign campaign, Steps steps, Standing standing, Instant now)
      throws SQLException {
    String state = row.getString("state");
    boolean open = state.equals("active") || state.equals("in_flight");
    boolean over = campaign.state() == Campaign.State.COMPLETED || campaign.state() == Campaign.State.ARCHIVED;
    ObjectNode recipient = Json.object()
        .put("leadId", Ids.text(Kind.LEAD, row.getObject("lead_id", UUID.class)))
        .put("firstName", row.getString("first_name")).put("lastName", row.getString("last_name"))
        .put("email", row.getString("email")).put("phone", row.getString("phone"))
        .put("companyName", row.getString("company_name"))
        .put("status", open && over ? "stopped" : state)
        .put("stepIndex", state.equals("active") && row.getTimestamp("last_sent_at") == null ? 0 : steps.place(row.getInt("step_index")))
        .put("lineId", Ids.textOrNull(Kind.LINE, row.getObject("line_id", UUID.class)))
        .put("messageId", Ids.textOrNull(Kind.MESSAGE, row.getObject("message_id", UUID.class)))
        .put("stopCause", open && over ? "campaign_ended" : row.getString("stop_cause"))
        .put("repliedAt", Json.timestampOrNull(Campaign.at(row, "replied_at")))
        .put("lastSentAt", Json.timestampOrNull(Campaign.at(row, "last_sent_at")))
        .put("enrolledAt", Json.timestampOrNull(Campaign.at(row, "enrolled_at")));
    if (state.equals("active") && !over) {
      waits(recipient, campaign, standing, row, now);
    }
    return recipient;
  }

  /** What holds the whole campaign comes before what holds the lead. */
  private static void waits(ObjectNode recipient, Campaign campaign, Standing standing, ResultSet row, Instant now) throws SQLException {
    String reason = row.getString("wait_reason");
    Instant nextAt = row.getTimestamp("next_at").toInstant();
    Instant spaced = campaign.spacedUntil();
    if (campaign.state() == Campaign.State.PAUSED) {
      recipient.put("waitReason", Lifecycle.PAUSED);
    } else if (campaign.state() == Campaign.State.SCHEDULED) {
      recipient.put("waitReason", "scheduled").put("nextAt", Json.timestampOrNull(campaign.scheduledAt()));
    } else if (nextAt.isAfter(now)) {
      recipient.put("waitReason", reason == null ? "step_delay" : reason).put("nextAt", Json.timestamp(nextAt));
    } else if (standing.blockedBy() != null) {
      recipient.put("waitReason", standing.blockedBy()).put("nextAt", Json.timestampOrNull(standing.until()));
    } else if (row.getBoolean("line_down")) {
      recipient.put("waitReason", "line_down");
    } else if (row.getString("hold") != null) {
      recipient.put("waitReason", row.getString("hold")).put("nextAt", Json.timestamp(row.getTimestamp("held_until").toInstant()));
    } else if (row.getTimestamp("last_sent_at") == null && spaced != null && spaced.isAfter(now)) {
      recipient.put("waitReason", "spacing");
    } else {
      recipient.put("waitReason", "line_capacity");
    }
  }

  /** What is in the queue waits for what its message waits for. */
  private static void putMessages(Tx tx, List<ObjectNode> recipients, Instant now) {
    List<UUID> ids = new ArrayList<>();
    recipients.forEach(recipient -> {
      UUID id = recipient.path("messageId").isTextual() ? Ids.parse(Kind.MESSAGE, recipient.path("messageId").asText()) : null;
      if (id != null) {
        ids.add(id);
      }
    });
    if (ids.isEmpty()) {
      return;
    }
    Map<String, ObjectNode> messages = new HashMap<>();
    tx.ownQuery("select " + MessageJson.COLUMNS + " from " + MessageJson.TABLES
            + " where m.workspace_id = :workspace and m.message_id = any(:ids)")
        .bind("ids", ids.toArray(UUID[]::new)).map((row, context) -> MessageJson.of(row, now))
        .forEach(message -> messages.put(message.path("_id").asText(), message));
    for (ObjectNode recipient : recipients) {
      ObjectNode message = messages.get(recipient.path("messageId").asText());
      if (message != null) {
        recipient.set("messageStatus", message.get("status"));
        if (recipient.path("status").asText().equals("in_flight")) {
          recipient.set("waitReason", message.get("waitReason"));
          recipient.set("nextAt", message.get("nextEligibleAt"));
        }
      }
    }
  }
}
