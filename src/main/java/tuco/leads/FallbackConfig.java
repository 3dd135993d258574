package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.config.Vault;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** Through whom fallback SMS go: the workspace's Twilio account, its token sealed (contract 2.21, 7.5). */
public final class FallbackConfig {
  private static final List<String> FIELDS = List.of("accountSid", "fromNumber", "messagingServiceSid");

  private final Vault vault;
  private final Phones phones;
  private final Clock clock;
  private final Audit audit;

  public FallbackConfig(Vault vault, Phones phones, Clock clock, Audit audit) {
    this.vault = vault;
    this.phones = phones;
    this.clock = clock;
    this.audit = audit;
  }

  private record Stored(ObjectNode settings, byte @Nullable [] secrets, boolean active) {
    boolean complete() {
      return secrets != null && settings.hasNonNull("accountSid")
          && (settings.hasNonNull("fromNumber") || settings.hasNonNull("messagingServiceSid"));
    }
  }

  /** GET /api/workspace/fallback-config. */
  public Response show(Request request, Tx tx) {
    return Response.ok(json(stored(tx, tx.workspace()).orElse(new Stored(Json.object(), null, true))));
  }

  /** PATCH /api/workspace/fallback-config: changes what is mentioned; null or blank takes a value away. */
  public Response change(Request request, Tx tx) {
    Body body = request.json();
    Stored now = stored(tx, tx.workspace()).orElse(new Stored(Json.object(), null, true));
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
    body.check();
    Stored changed = new Stored(settings, secrets, active);
    store(tx, changed);
    audit.record(tx, Action.FALLBACK_CHANGE, Kind.WORKSPACE, tx.workspace(), Map.of("fields", body.mentioned()));
    return Response.ok(json(changed));
  }

  /** Whether fallback SMS can be sent for this workspace. */
  public static boolean configured(Tx tx, UUID workspace) {
    return stored(tx, workspace).filter(config -> config.active() && config.complete()).isPresent();
  }

  private static Optional<Stored> stored(Tx tx, UUID workspace) {
    return tx.query("select settings, secrets, is_active from fallback_configs where workspace_id = :workspace")
        .bind("workspace", workspace)
        .map((row, context) ->
            new Stored((ObjectNode) Json.parse(row.getString(1)), row.getBytes(2), row.getBoolean(3)))
        .findOne();
  }

  private void store(Tx tx, Stored config) {
    tx.ownUpdate("""
            insert into fallback_configs (workspace_id, settings, secrets, is_active, updated_at)
            values (:workspace, cast(:settings as jsonb), :secrets, :active, :now)
            on conflict (workspace_id) do update
               set settings = excluded.settings, secrets = excluded.secrets, is_active = excluded.is_active,
                   updated_at = excluded.updated_at""")
        .bind("settings", Json.text(config.settings())).bind("secrets", config.secrets())
        .bind("active", config.active()).bind("now", clock.instant()).execute();
  }

  private static ObjectNode json(Stored config) {
    ObjectNode body = Json.object().put("provider", "twilio").put("isActive", config.active());
    for (String field : FIELDS) {
      JsonNode value = config.settings().get(field);
      body.put(field, value == null ? null : value.textValue());
    }
    return body.put("hasAuthToken", config.secrets() != null)
        .put("configured", config.active() && config.complete());
  }
}
