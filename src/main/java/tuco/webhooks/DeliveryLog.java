package tuco.webhooks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The log of deliveries, and doing them again (decisions 8.3). A replay is a new delivery of the same event. */
public final class DeliveryLog {
  private static final int AT_ONCE = 10_000;
  private static final List<String> STATES = List.of("pending", "sending", "delivered", "failed", "cancelled");

  private final Ids ids;
  private final Clock clock;
  private final Outbox outbox;
  private final Audit audit;

  public DeliveryLog(Ids ids, Clock clock, Outbox outbox, Audit audit) {
    this.ids = ids;
    this.clock = clock;
    this.outbox = outbox;
    this.audit = audit;
  }

  /** {@code GET /api/webhooks/{id}/deliveries}: newest first, by cursor. */
  public Response list(Request request, Tx tx) {
    UUID webhook = existing(request, tx);
    int limit = request.queryInt("limit", 50, 1, 100);
    String status = request.queryText("status");
    if (status != null && !STATES.contains(status)) {
      throw Problem.badField("status", "status must be one of " + String.join(", ", STATES));
    }
    UUID before = cursor(request, tx);
    List<ObjectNode> found = tx.ownQuery("""
            select d.delivery_id, d.event_id, d.replay_of, d.status, d.attempts, d.next_at, d.last_attempt_at, d.status_code,
                   d.failure, d.response, d.duration_ms, d.finished_at, v.event, v.message_id, v.at
              from webhook_deliveries d
              join webhook_events v on v.workspace_id = d.workspace_id and v.event_id = d.event_id
             where d.workspace_id = :workspace
               and d.webhook_id = :webhook
               and (:before::uuid is null or d.delivery_id < :before)
               and (:status::text is null or d.status = :status)
             order by d.delivery_id desc
             limit :limit""")
        .bind("webhook", webhook).bind("before", before).bind("status", status).bind("limit", limit + 1)
        .map((row, context) -> json(row)).list();
    boolean more = found.size() > limit;
    ArrayNode page = Json.array();
    found.stream().limit(limit).forEach(page::add);
    ObjectNode body = Json.object();
    body.set("deliveries", page);
    body.put("nextCursor", more ? opaque(page.get(limit - 1).get("id").textValue()) : null);
    return Response.ok(body);
  }

  /** {@code POST /api/webhooks/{id}/deliveries/{deliveryId}/replay}. */
  public Response replayOne(Request request, Tx tx) throws SQLException {
    UUID webhook = active(request, tx);
    UUID of = request.pathId("deliveryId", Kind.DELIVERY, tx.caller());
    UUID event = tx.ownQuery("""
            select event_id
              from webhook_deliveries
             where workspace_id = :workspace
               and webhook_id = :webhook
               and delivery_id = :delivery""")
        .bind("webhook", webhook).bind("delivery", of).mapTo(UUID.class).findOne()
        .orElseThrow(() -> Problem.notFound("Delivery not found").code("not_found"));
    UUID again = ids.next(tx.caller().tag());
    outbox.deliver(tx.connection(), List.<UUID[]>of(new UUID[] {tx.workspace(), again, webhook, event}));
    tx.ownUpdate("""
            update webhook_deliveries
               set replay_of = :of
             where workspace_id = :workspace
               and delivery_id = :again""")
        .bind("of", of).bind("again", again).execute();
    audit.record(tx, Action.WEBHOOK_REPLAY, Kind.WEBHOOK, webhook, Map.of("delivery", Ids.text(Kind.DELIVERY, of)));
    return Response.ok(Json.object().put("success", true).put("deliveryId", Ids.text(Kind.DELIVERY, again)));
  }

  /**
   * {@code POST /api/webhooks/{id}/replay}: every event of a time range that the webhook subscribes to, whatever became of
   * it before. A bounded piece at a time; {@code nextFrom} says where the next begins.
   */
  public Response replayRange(Request request, Tx tx) throws SQLException {
    UUID webhook = active(request, tx);
    Body body = request.json();
    Instant from = body.instant("from", "from must be a timestamp in ISO 8601");
    Instant to = body.instant("to", "to must be a timestamp in ISO 8601");
    if (from == null && body.clean()) {
      body.fault("from", "from is required");
    }
    body.check(tx.caller());
    Instant end = to == null ? clock.instant() : to;
    if (end.isBefore(from)) {
      throw Problem.badField("from", "from must be before to");
    }
    List<Stored> events = tx.ownQuery("""
            select v.event_id, v.at
              from webhook_events v
              join webhooks w on w.workspace_id = v.workspace_id and w.webhook_id = :webhook
             where v.workspace_id = :workspace
               and v.at >= :from
               and v.at < :to
               and v.event = any(w.events)
             order by v.at, v.event_id
             limit :limit""")
        .bind("webhook", webhook).bind("from", from).bind("to", end).bind("limit", AT_ONCE + 1)
        .map((row, context) -> new Stored(row.getObject(1, UUID.class), row.getTimestamp(2).toInstant())).list();
    List<UUID[]> deliveries = new ArrayList<>();
    events.stream().limit(AT_ONCE)
        .forEach(event -> deliveries.add(new UUID[] {tx.workspace(), ids.next(tx.caller().tag()), webhook, event.id()}));
    if (!deliveries.isEmpty()) {
      outbox.deliver(tx.connection(), deliveries);
    }
    audit.record(tx, Action.WEBHOOK_REPLAY, Kind.WEBHOOK, webhook,
        Map.of("from", Json.timestamp(Objects.requireNonNull(from)), "to", Json.timestamp(end), "deliveries", deliveries.size()));
    Instant next = events.size() > AT_ONCE ? events.getLast().at() : null;
    return Response.ok(Json.object().put("success", true).put("replayed", deliveries.size())
        .put("nextFrom", Json.timestampOrNull(next)));
  }

  private record Stored(UUID id, Instant at) {}

  private static UUID existing(Request request, Tx tx) {
    UUID webhook = request.pathId("id", Kind.WEBHOOK, tx.caller());
    state(tx, webhook);
    return webhook;
  }

  private static UUID active(Request request, Tx tx) {
    UUID webhook = request.pathId("id", Kind.WEBHOOK, tx.caller());
    if (!state(tx, webhook)) {
      throw Problem.conflict("Webhook is inactive").code("inactive").detail("Switch it on before you replay.");
    }
    return webhook;
  }

  private static boolean state(Tx tx, UUID webhook) {
    return tx.ownQuery("select is_active from webhooks where workspace_id = :workspace and webhook_id = :webhook")
        .bind("webhook", webhook).mapTo(Boolean.class).findOne().orElseThrow(WebhooksApi::notFound);
  }

  private static @Nullable UUID cursor(Request request, Tx tx) {
    String cursor = request.queryText("cursor");
    if (cursor == null) {
      return null;
    }
    try {
      String id = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      return Request.own(Kind.DELIVERY, id, tx.caller(), "cursor", "Invalid cursor");
    } catch (IllegalArgumentException e) {
      throw Problem.badField("cursor", "Invalid cursor");
    }
  }

  private static String opaque(String id) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode json(ResultSet row) throws SQLException {
    boolean waits = row.getString("status").equals("pending");
    return Json.object()
        .put("id", Ids.text(Kind.DELIVERY, row.getObject("delivery_id", UUID.class)))
        .put("eventId", Ids.text(Kind.EVENT, row.getObject("event_id", UUID.class)))
        .put("event", row.getString("event"))
        .put("eventAt", WebhooksApi.time(row, "at"))
        .put("messageId", Ids.textOrNull(Kind.MESSAGE, row.getObject("message_id", UUID.class)))
        .put("replayOf", Ids.textOrNull(Kind.DELIVERY, row.getObject("replay_of", UUID.class)))
        .put("status", row.getString("status"))
        .put("attempts", row.getInt("attempts"))
        .put("nextAttemptAt", waits ? WebhooksApi.time(row, "next_at") : null)
        .put("lastAttemptAt", WebhooksApi.time(row, "last_attempt_at"))
        .put("statusCode", row.getObject("status_code", Integer.class))
        .put("failure", row.getString("failure"))
        .put("response", row.getString("response"))
        .put("durationMs", row.getObject("duration_ms", Integer.class))
        .put("finishedAt", WebhooksApi.time(row, "finished_at"));
  }
}
