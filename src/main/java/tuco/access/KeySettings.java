package tuco.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.http.Body;
import tuco.http.Cidr;
import tuco.http.Json;

/** What people decide about a key (K4, K11), and how a request says it. */
public record KeySettings(
    String label,
    String environment,
    @Nullable String integration,
    Set<Right> rights,
    @Nullable Instant expiresAt,
    List<String> allowedAddresses) {

  /** What environments there are. */
  public static final List<String> ENVIRONMENTS = List.of("production", "staging", "development", "other");

  private static final String RIGHTS_RULE =
      "rights must be \"full\", \"read_only\", \"send_only\" or an array of rights";
  private static final int MOST_ADDRESSES = 100;

  /** A new key's settings before the request is read: full access (K6), in the workspace's environment. */
  static KeySettings ofNewKey(String environment) {
    return new KeySettings("", environment, null, Right.FULL, null, List.of());
  }

  /** These settings with what the body mentions; faults go to the body. Null or blank clears what may be absent. */
  KeySettings changedBy(Body body, Instant now) {
    String newLabel = label.isEmpty() || body.mentions("label")
        ? body.required("label", 100, "label is required") : label;
    String newIntegration = body.mentions("integration") ? body.text("integration", 100) : integration;
    refuseSecret(body, "label", newLabel);
    refuseSecret(body, "integration", newIntegration);
    Instant newExpiry = expiresAt;
    if (body.mentions("expiresAt")) {
      newExpiry = body.instant("expiresAt", "expiresAt must be an instant such as 2027-01-31T00:00:00Z");
      if (newExpiry != null && !newExpiry.isAfter(now) && !newExpiry.equals(expiresAt)) {
        body.fault("expiresAt", "expiresAt must be in the future");
      }
    }
    return new KeySettings(
        newLabel,
        body.oneOf("environment", environment, ENVIRONMENTS, "environment must be one of " + String.join(", ", ENVIRONMENTS)),
        newIntegration == null ? null : newIntegration.strip(),
        body.mentions("rights") ? rights(body) : rights,
        newExpiry,
        body.mentions("allowedAddresses") ? addresses(body) : allowedAddresses);
  }

  /** For the audit log. */
  Map<String, @Nullable Object> asMap() {
    Map<String, @Nullable Object> map = new TreeMap<>();
    map.put("label", label);
    map.put("environment", environment);
    map.put("integration", integration);
    map.put("rights", rights.stream().map(Right::wire).sorted().toList());
    map.put("expiresAt", Json.timestampOrNull(expiresAt));
    map.put("allowedAddresses", allowedAddresses);
    return map;
  }

  /** Whoever pastes the secret into the wrong field must not have it stored (K13). */
  private static void refuseSecret(Body body, String name, @Nullable String text) {
    if (text != null && Token.in(text)) {
      body.fault(name, name + " must not contain a key");
    }
  }

  private static Set<Right> rights(Body body) {
    JsonNode value = body.raw("rights");
    if (value == null) {
      return Right.FULL;
    }
    if (value.isTextual()) {
      return switch (value.textValue()) {
        case "full", "" -> Right.FULL;
        case "read_only" -> Right.READS;
        case "send_only" -> Right.SEND_ONLY;
        default -> {
          body.fault("rights", RIGHTS_RULE);
          yield Set.of();
        }
      };
    }
    EnumSet<Right> chosen = EnumSet.noneOf(Right.class);
    if (value instanceof ArrayNode array && !array.isEmpty()) {
      array.forEach(item -> Right.of(item.asText()).ifPresentOrElse(
          chosen::add, () -> body.fault("rights", "there is no right called " + shown(item))));
    } else {
      body.fault("rights", RIGHTS_RULE);
    }
    return chosen;
  }

  private static String shown(JsonNode item) {
    String text = item.asText();
    return text.matches("[\\w:]{1,40}") ? text : "that";
  }

  private static List<String> addresses(Body body) {
    List<String> blocks = body.texts("allowedAddresses", MOST_ADDRESSES, 50, "allowedAddresses must be an array of addresses")
        .stream().map(String::strip).filter(block -> !block.isEmpty()).distinct().collect(Collectors.toList());
    for (String block : blocks) {
      if (!Cidr.valid(block)) {
        body.fault("allowedAddresses", "allowedAddresses must hold addresses or blocks such as 192.0.2.0/24 or 2001:db8::/32");
        return List.of();
      }
    }
    return blocks;
  }
}
