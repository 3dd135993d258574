package tuco.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * An API key as it stands; never its secrets.
 *
 * @param createdBy the person or the key that made it; null for one made on the command line
 * @param secrets what may be shown of the one or two live secrets
 */
public record Key(
    UUID id,
    KeySettings settings,
    State state,
    @Nullable UUID createdBy,
    Instant createdAt,
    @Nullable Instant disabledAt,
    @Nullable String disabledReason,
    @Nullable Instant removedAt,
    List<Secret> secrets,
    @Nullable Instant lastUsedAt,
    @Nullable String lastUsedAddress,
    @Nullable String lastUsedClient) {

  /** Whether a key is let in, and if not why (decisions 2.2). */
  public enum State {
    ACTIVE,
    DISABLED,
    EXPIRED,
    REMOVED;

    /** The name on the wire. */
    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Enough of a secret to recognise it; {@code endsAt} is when an overlap lets it go. */
  public record Secret(String prefix, String lastFour, Instant createdAt, @Nullable Instant endsAt) {}

  /** The columns {@link #of} reads, for a query over {@code api_keys k left join key_uses u}. */
  static final String COLUMNS = """
      k.key_id, k.label, k.environment, k.integration, k.rights, k.expires_at, k.allowed_addresses,
             k.created_by, k.created_at, k.disabled_at, k.disabled_reason, k.removed_at,
             u.last_used_at, u.address, u.client,
             case when k.removed_at is not null               then 'REMOVED'
                  when k.disabled_at is not null              then 'DISABLED'
                  when k.expires_at <= clock_timestamp()      then 'EXPIRED'
                  else 'ACTIVE' end as state,
             (select json_agg(json_build_object('prefix', s.prefix, 'lastFour', s.last_four,
                       'createdAt', extract(epoch from s.created_at), 'endsAt', extract(epoch from s.ends_at))
                     order by s.secret_id desc)
                from key_secrets s
               where s.workspace_id = k.workspace_id and s.key_id = k.key_id
                 and (s.ends_at is null or s.ends_at > clock_timestamp())) as secrets""";

  static Key of(ResultSet row) throws SQLException {
    EnumSet<Right> rights = EnumSet.noneOf(Right.class);
    for (String wire : (String[]) row.getArray("rights").getArray()) {
      Right.of(wire).ifPresent(rights::add);
    }
    Instant createdAt = row.getTimestamp("created_at").toInstant();
    return new Key(
        row.getObject("key_id", UUID.class),
        new KeySettings(
            row.getString("label"), row.getString("environment"), row.getString("integration"), rights,
            instant(row, "expires_at"), List.of((String[]) row.getArray("allowed_addresses").getArray())),
        State.valueOf(row.getString("state")),
        row.getObject("created_by", UUID.class),
        createdAt,
        instant(row, "disabled_at"), row.getString("disabled_reason"), instant(row, "removed_at"),
        secrets(row.getString("secrets")),
        instant(row, "last_used_at"), row.getString("address"), row.getString("client"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    java.sql.Timestamp at = row.getTimestamp(column);
    return at == null ? null : at.toInstant();
  }

  private static List<Secret> secrets(@Nullable String json) {
    return json == null ? List.of() : Json.parse(json).valueStream()
        .map(s -> new Secret(s.path("prefix").asText(), s.path("lastFour").asText(),
            epoch(s.path("createdAt")), s.path("endsAt").isNumber() ? epoch(s.path("endsAt")) : null))
        .toList();
  }

  private static Instant epoch(JsonNode seconds) {
    return Instant.ofEpochMilli(Math.round(seconds.asDouble() * 1000));
  }

  /** Everything an owner or admin sees. */
  ObjectNode json() {
    ObjectNode json = masked();
    json.set("rights", Json.tree(Right.wires(settings.rights())));
    json.put("access", access(settings.rights()));
    json.put("expiresAt", Json.timestampOrNull(settings.expiresAt()));
    json.set("allowedAddresses", Json.tree(settings.allowedAddresses()));
    json.put("createdBy", createdBy == null ? null
        : Ids.text(Ids.tag(createdBy) == Ids.NO_WORKSPACE ? Kind.PERSON : Kind.KEY, createdBy));
    json.put("disabledAt", Json.timestampOrNull(disabledAt)).put("disabledReason", disabledReason);
    json.put("removedAt", Json.timestampOrNull(removedAt));
    json.put("lastUsedAt", Json.timestampOrNull(lastUsedAt));
    json.put("lastUsedAddress", lastUsedAddress).put("lastUsedClient", lastUsedClient);
    var live = json.putArray("secrets");
    secrets.forEach(secret -> live.addObject()
        .put("prefix", secret.prefix()).put("lastFour", secret.lastFour())
        .put("createdAt", Json.timestamp(secret.createdAt())).put("endsAt", Json.timestampOrNull(secret.endsAt())));
    return json;
  }

  /** What any member sees: that the key exists and what it is for (K2, K4). */
  ObjectNode masked() {
    return Json.object()
        .put("_id", Ids.text(Kind.KEY, id)).put("label", settings.label())
        .put("environment", settings.environment()).put("integration", settings.integration())
        .put("state", state.wire()).put("createdAt", Json.timestamp(createdAt));
  }

  private static String access(Set<Right> rights) {
    return rights.equals(Right.FULL) ? "full"
        : rights.equals(Right.READS) ? "read_only"
        : rights.equals(Right.SEND_ONLY) ? "send_only" : "custom";
  }
}
