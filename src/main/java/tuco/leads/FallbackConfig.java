package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.config.Vault;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Through which line fallback SMS go, and with which text (contract 2.21, 7.5). The contract's Twilio account is kept too,
 * its token sealed; what sends is a line of the workspace that can carry SMS.
 */
public final class FallbackConfig {
  private static final int LONGEST_TEXT = 20_000;
  private static final List<String> FIELDS = List.of("accountSid", "fromNumber", "messagingServiceSid");

  private final Vault vault;
  private final Phones phones;
  private final Clock clock;
  private final Audit audit;
  private final Predicate<String> carriesSms;

  /**
   * @param carriesSms whether a kind of line can carry SMS
   */
  public FallbackConfig(Vault vault, Phones phones, Clock clock, Audit audit, Predicate<String> carriesSms) {
    this.vault = vault;
    this.phones = phones;
    this.clock = clock;
    this.audit = audit;
    this.carriesSms = carriesSms;
  }

  /**
   * @param lineThere whether the line was not removed meanwhile
   */
  private record Stored(
      ObjectNode settings, byte @Nullable [] secrets, @Nullable UUID lineId, boolean lineThere, @Nullable String text,
      boolean onFailed, boolean active) {
    static final Stored NONE = new Stored(Json.object(), null, null, false, null, false, true);

    boolean configured() {
      return active && lineThere;
    }
  }

  /** GET /api/workspace/fallback-config. */
  public Response show(Request request, Tx tx) {
    return Response.ok(json(stored(tx, tx.workspace()).orElse(Stored.NONE)));
  }

  /** PATCH /api/workspace/fallback-config: changes what is mentioned; null or blank takes a value away. */
  public Response change(Request request, Tx tx) {
    Body body = request.json();
    Stored now = stored(tx, tx.workspace()).orElse(Stored.NONE);
    ObjectNode settings = now.settings().deepCopy();
    for (String field : FIELDS) {
      if (body.mentions(field)) {
        settings.put(field, body.text(field, 200));
      }
    }
    String from = settings.path("fromNumber").textValue();
    if (from != null) {
      String number = phones.normalise(from);
      if (number == null) {
        body.fault("fromNumber", "fromNumber must be a phone number in E.164, for example +12025550101");
      }
      settings.put("fromNumber", number);
    }
    byte[] secrets = now.secrets();
    if (body.mentions("authToken")) {
      String token = body.text("authToken", 200);
      secrets = token == null ? null : vault.seal(token.strip().getBytes(StandardCharsets.UTF_8));
    }
    boolean active = body.flag("isActive", now.active());
    boolean onFailed = body.flag("sendFallbackSmsOnFailed", now.onFailed());
    String text = body.mentions("text") ? body.text("text", LONGEST_TEXT) : now.text();
    UUID line = body.mentions("lineId") ? body.id("lineId", Kind.LINE, "Invalid lineId") : now.lineId();
    body.check(tx.caller());
    boolean named = body.mentions("lineId");
    if (named && line != null) {
      requireForSms(tx, line);
    }
    Stored changed = new Stored(settings, secrets, line, named ? line != null : now.lineThere(), text, onFailed, active);
    store(tx, changed);
    audit.record(tx, Action.FALLBACK_CHANGE, Kind.WORKSPACE, tx.workspace(), Map.of("fields", body.mentioned()));
    return Response.ok(json(changed));
  }

  private void requireForSms(Tx tx, UUID line) {
    String kind = tx.ownQuery("select kind from lines where workspace_id = :workspace and line_id = :line and removed_at is null")
        .bind("line", line).mapTo(String.class).findOne()
        .orElseThrow(() -> Problem.notFound("Line not found").code("line_not_found").field("lineId", "Line not found"));
    if (!carriesSms.test(kind)) {
      throw Problem.badField("lineId", "This line cannot send SMS.");
    }
  }

  /** Whether fallback SMS can be sent for this workspace. */
  public static boolean configured(Tx tx, UUID workspace) {
    return stored(tx, workspace).filter(Stored::configured).isPresent();
  }

  private static Optional<Stored> stored(Tx tx, UUID workspace) {
    return tx.query("""
            select c.settings, c.secrets, c.line_id, l.line_id is not null as line_there, c.text, c.on_failed, c.is_active
              from fallback_configs c
              left join lines l on l.workspace_id = c.workspace_id and l.line_id = c.line_id and l.removed_at is null
             where c.workspace_id = :workspace""")
        .bind("workspace", workspace)
        .map((row, context) -> new Stored(
            (ObjectNode) Json.parse(row.getString("settings")), row.getBytes("secrets"), row.getObject("line_id", UUID.class),
            row.getBoolean("line_there"), row.getString("text"), row.getBoolean("on_failed"), row.getBoolean("is_active")))
        .findOne();
  }

  private void store(Tx tx, Stored config) {
    tx.ownUpdate("""
            insert into fallback_configs (workspace_id, settings, secrets, line_id, text, on_failed, is_active, updated_at)
            values (:workspace, cast(:settings as jsonb), :secrets, :line, :text, :onFailed, :active, :now)
            on conflict (workspace_id) do update
               set settings = excluded.settings, secrets = excluded.secrets, line_id = excluded.line_id, text = excluded.text,
                   on_failed = excluded.on_failed, is_active = excluded.is_active, updated_at = excluded.updated_at""")
        .bind("settings", Json.text(config.settings())).bind("secrets", config.secrets())
        .bind("line", config.lineId()).bind("text", config.text()).bind("onFailed", config.onFailed())
        .bind("active", config.active()).bind("now", clock.instant()).execute();
  }

  private static ObjectNode json(Stored config) {
    ObjectNode body = Json.object()
        .put("provider", config.lineId() == null ? "twilio" : "line")
        .put("isActive", config.active())
        .put("lineId", Ids.textOrNull(Kind.LINE, config.lineId()))
        .put("text", config.text())
        .put("sendFallbackSmsOnFailed", config.onFailed());
    for (String field : FIELDS) {
      JsonNode value = config.settings().get(field);
      body.put(field, value == null ? null : value.textValue());
    }
    return body.put("hasAuthToken", config.secrets() != null)
        .put("configured", config.configured());
  }
}
