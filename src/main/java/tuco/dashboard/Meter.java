package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The use of a limit (B6).
 *
 * @param limit null when there is none
 * @param resetsAt when counting begins anew
 */
public record Meter(String label, int used, @Nullable Integer limit, Instant resetsAt) {
  static Meter of(String label, JsonNode used, JsonNode limit, JsonNode resetsAt) {
    return new Meter(label, used.asInt(), limit.isNumber() ? Integer.valueOf(limit.intValue()) : null, Instant.parse(resetsAt.asText()));
  }

  /** The colour: calm, nearly full, full. */
  public String tone() {
    if (limit == null) {
      return "bar";
    }
    return used >= limit ? "bar full" : used >= limit * 0.8 ? "bar high" : "bar";
  }
}
