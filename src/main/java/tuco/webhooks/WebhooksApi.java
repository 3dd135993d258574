package tuco.webhooks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.config.Vault;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Outbound;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Management of webhooks (contract 2.18), and rotation of their secrets (decisions 8.3). */
public final class WebhooksApi {
  private static final int MOST = 100;
  private static final int URL = 2_000;
  private static final int NAME = 200;
  private static final int DESCRIPTION = 2_000;
  private static final int LONGEST_OVERLAP = (int) Duration.ofDays(7).toSeconds();
  private static final int USUAL_OVERLAP = (int) Duration.ofDays(1).toSeconds();
  private static final String WARNING = "Save this secret now. It is shown only once and cannot be retrieved later.";

  private final Ids ids;
  private final Clock clock;
  private final Vault vault;
  private final Outbound outbound;
  private final Audit audit;
  private final Signatures signatures = new Signatures();

  public WebhooksApi(Ids ids, Clock clock, Vault vault, Outbound outbound, Audit audit) {
    this.ids = ids;
    this.clock = clock;
    this.vault = vault;
    this.outbound = outbound;
    this.audit = audit;
  }

  /** {@code GET /api/webhooks}: all, newest first, never the secret. */
  public Response list(Request request, Tx tx) {
    ArrayNode webhooks = Json.array();
    tx.ownQuery(SELECT + " order by w.webhook_id desc").map((row, context) -> json(row)).forEach(webhooks::add);
    ObjectNode body = Json.object();
    body.set("webhooks", webhooks);
    return Response.ok(body);
  }

  /** {@code POST /api/webhooks}: the only answer, besides a rotation's, that shows a secret. */
  public Response create(Request request, Tx tx) {
    Body body = request.json();
    String url = url(body);
    List<String> events = events(body);
    String name = body.required("name", NAME, "Name is required");
    String description = body.text("description", DESCRIPTION);
    body.check(tx.caller());
    if (tx.ownQuery("select count(*) from webhooks where workspace_id = :workspace").mapTo(int.class).one() >= MOST) {
      throw Problem.bad("A workspace may have at most " + MOST + " webhooks").code("too_many_webhooks");
    }
    UUID webhook = ids.next(tx.caller().tag());
    String secret = signatures.mint();
    Instant now = clock.instant();
    tx.ownUpdate("""
            insert into webhooks (workspace_id, webhook_id, url, name, description, events, secret, created_at, updated_at)
            values (:workspace, :webhook, :url, :name, :description, :events, :secret, :now, :now)""")
        .bind("webhook", webhook).bind("url", url).bind("name", name).bind("description", description)
        .bind("events", events.toArray(String[]::new)).bind("secret", seal(secret)).bind("now", now)
        .execute();
    tx.ownUpdate("insert into webhook_health (workspace_id, webhook_id) values (:workspace, :webhook)")
        .bind("webhook", webhook).execute();
    audit.record(tx, Action.WEBHOOK_CREATE, Kind.WEBHOOK, webhook, Map.of("events", events));
    ObjectNode created = Json.object().put("id", Ids.text(Kind.WEBHOOK, webhook)).put("secret", secret).put("url", url);
    created.set("events", Json.tree(events));
    created.put("name", name).put("description", description).put("createdAt", Json.timestamp(now)).put("warning", WARNING);
    return Response.created(created).replayedAs(created.deepCopy().without("secret"));
  }

  /** {@code GET /api/webhooks/{id}}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(tx.ownQuery(SELECT + " and w.webhook_id = :webhook")
        .bind("webhook", id(request, tx))
        .map((row, context) -> json(row)).findOne().orElseThrow(WebhooksApi::notFound));
  }

  /** {@code PATCH /api/webhooks/{id}}: any of url, events, name, description, isActive. */
  public Response change(Request request, Tx tx) {
    UUID webhook = id(request, tx);
    Body body = request.json();
    String url = body.mentions("url") ? url(body) : null;
    List<String> events = body.mentions("events") ? events(body) : null;
    String name = body.mentions("name") ? body.required("name", NAME, "Name is required") : null;
    boolean describes = body.mentions("description");
    String description = body.text("description", DESCRIPTION);
    Boolean active = body.has("isActive") ? body.flag("isActive", true) : null;
    body.check(tx.caller());
    int changed = tx.ownUpdate("""
            update webhooks
               set url             = coalesce(:url, url),
                   events          = coalesce(:events, events),
                   name            = coalesce(:name, name),
                   description     = case when :describes then :description else description end,
                   is_active       = coalesce(:active, is_active),
                   disabled_reason = case when :active is null then disabled_reason end,
                   updated_at      = :now
             where workspace_id = :workspace
               and webhook_id = :webhook""")
        .bind("webhook", webhook).bind("url", url).bind("events", events == null ? null : events.toArray(String[]::new))
        .bind("name", name).bind("describes", describes).bind("description", description).bind("active", active)
        .bind("now", clock.instant())
        .execute();
    if (changed == 0) {
      throw notFound();
    }
    if (url != null || Boolean.TRUE.equals(active)) {
      forgetFailures(tx, webhook);
    }
    if (Boolean.FALSE.equals(active)) {
      cancelWaiting(tx, webhook);
    }
    audit.record(tx, Action.WEBHOOK_CHANGE, Kind.WEBHOOK, webhook, Map.of("fields", body.mentioned()));
    return success();
  }

  /** {@code DELETE /api/webhooks/{id}}, with its log. */
  public Response remove(Request request, Tx tx) {
    UUID webhook = id(request, tx);
    int gone = tx.ownUpdate("delete from webhooks where workspace_id = :workspace and webhook_id = :webhook")
        .bind("webhook", webhook).execute();
    if (gone == 0) {
      throw notFound();
    }
    audit.record(tx, Action.WEBHOOK_REMOVE, Kind.WEBHOOK, webhook);
    return success();
  }

  /** {@code POST /api/webhooks/{id}/rotate-secret}: during the overlap {@code webhook-signature} bears both. */
  public Response rotate(Request request, Tx tx) {
    UUID webhook = id(request, tx);
    Body body = request.jsonOrEmpty();
    Integer asked = body.number("overlapSeconds", 0, LONGEST_OVERLAP);
    body.check(tx.caller());
    int overlap = asked == null ? USUAL_OVERLAP : asked;
    String secret = signatures.mint();
    Instant now = clock.instant();
    Instant until = overlap == 0 ? null : now.plusSeconds(overlap);
    int changed = tx.ownUpdate("""
            update webhooks
               set previous_secret       = case when :overlap then secret end,
                   previous_secret_until = :until,
                   secret                = :secret,
                   updated_at            = :now
             where workspace_id = :workspace
               and webhook_id = :webhook""")
        .bind("overlap", overlap > 0).bind("until", until).bind("secret", seal(secret)).bind("now", now)
        .bind("webhook", webhook)
        .execute();
    if (changed == 0) {
      throw notFound();
    }
    audit.record(tx, Action.WEBHOOK_ROTATE, Kind.WEBHOOK, webhook, Map.of("overlapSeconds", overlap));
    ObjectNode rotated = Json.object().put("id", Ids.text(Kind.WEBHOOK, webhook)).put("secret", secret)
        .put("effectiveAt", Json.timestamp(now))
        .put("previousSecretEndsAt", Json.timestamp(until == null ? now : until))
        .put("warning", WARNING);
    return Response.ok(rotated).replayedAs(rotated.deepCopy().without("secret"));
  }

  /** A fresh start for an endpoint that was moved or switched on again. */
  private static void forgetFailures(Tx tx, UUID webhook) {
    tx.ownUpdate("""
            update webhook_health
               set failure_count = 0, failing_since = null, paused_until = '-infinity'
             where workspace_id = :workspace
               and webhook_id = :webhook""")
        .bind("webhook", webhook).execute();
  }

  private void cancelWaiting(Tx tx, UUID webhook) {
    tx.ownUpdate("""
            update webhook_deliveries
               set status = 'cancelled', failure = 'disabled', finished_at = :now
             where workspace_id = :workspace
               and webhook_id = :webhook
               and status = 'pending'""")
        .bind("webhook", webhook).bind("now", clock.instant()).execute();
  }

  private String url(Body body) {
    String url = body.required("url", URL, "URL is required");
    String objection = url.isEmpty() ? null : outbound.objection(url);
    if (objection != null) {
      body.fault("url", objection);
    }
    return url;
  }

  private static List<String> events(Body body) {
    List<String> events = body.texts("events", 100, 100, "At least one event must be selected").stream().distinct().toList();
    List<String> unknown = events.stream().filter(event -> !Events.ALL.contains(event)).toList();
    if (!unknown.isEmpty()) {
      body.fault("events", "Invalid events: " + String.join(", ", unknown));
    } else if (events.isEmpty()) {
      body.fault("events", "At least one event must be selected");
    }
    return events;
  }

  private byte[] seal(String secret) {
    return vault.seal(secret.getBytes(StandardCharsets.UTF_8));
  }

  private static UUID id(Request request, Tx tx) {
    return request.pathId("id", Kind.WEBHOOK, tx.caller());
  }

  private static Response success() {
    return Response.ok(Json.object().put("success", true));
  }

  static Problem notFound() {
    return Problem.notFound("Webhook not found").code("not_found");
  }

  private static final String SELECT = """
      select w.webhook_id, w.url, w.events, w.name, w.description, w.is_active, w.disabled_reason, w.created_at, w.updated_at,
             w.previous_secret_until, h.last_triggered_at, h.last_success_at, h.last_failure_at, h.failure_count
        from webhooks w
        join webhook_health h on h.workspace_id = w.workspace_id and h.webhook_id = w.webhook_id
       where w.workspace_id = :workspace""";

  private static ObjectNode json(ResultSet row) throws SQLException {
    ObjectNode webhook = Json.object()
        .put("id", Ids.text(Kind.WEBHOOK, row.getObject("webhook_id", UUID.class)))
        .put("url", row.getString("url"));
    webhook.set("events", Json.tree(row.getArray("events").getArray()));
    return webhook.put("name", row.getString("name"))
        .put("description", row.getString("description"))
        .put("isActive", row.getBoolean("is_active"))
        .put("disabledReason", row.getString("disabled_reason"))
        .put("lastTriggeredAt", time(row, "last_triggered_at"))
        .put("lastSuccessAt", time(row, "last_success_at"))
        .put("lastFailureAt", time(row, "last_failure_at"))
        .put("failureCount", row.getInt("failure_count"))
        .put("previousSecretEndsAt", time(row, "previous_secret_until"))
        .put("createdAt", time(row, "created_at"))
        .put("updatedAt", time(row, "updated_at"));
  }

  static @Nullable String time(ResultSet row, String column) throws SQLException {
    return row.getTimestamp(column) == null ? null : Json.timestamp(row.getTimestamp(column).toInstant());
  }
}
