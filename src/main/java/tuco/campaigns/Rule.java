package tuco.campaigns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Condition;
import tuco.http.Body;
import tuco.http.Json;

/** How a {@link Condition} is read from a body, stored and shown. */
final class Rule {
  private Rule() {}

  /** Reads a stop rule; faults are recorded. */
  static @Nullable Condition stopping(Body body) {
    Condition rule = read(body);
    if (rule != null && (rule.type() == Condition.Type.NO_REPLY || rule.type() == Condition.Type.DEFAULT)) {
      body.fault("type", "no_reply and default are for branches only");
    }
    return rule;
  }

  /** Reads the condition of a branch; faults are recorded. {@code hours} is another way to say how long nobody replied. */
  static @Nullable Condition read(Body body) {
    Integer hours = body.number("hours", 1, 24 * 365);
    if (hours != null && !body.has("value")) {
      body.tree().put("value", hours).put("unit", "hours");
    }
    return Condition.of(body);
  }

  /** As it is stored and shown. */
  static ObjectNode json(Condition rule) {
    ObjectNode json = Json.object();
    if (rule.id() != null) {
      json.put("ruleId", rule.id());
    }
    json.put("type", rule.type().wire());
    switch (rule.type()) {
      case KEYWORD -> List.of(rule.subject().split(",")).forEach(json.putArray("keywords")::add);
      case TAG, NO_TAG, GHL_TAG -> json.put("tag", rule.subject());
      case FIELD, HUBSPOT_PROPERTY, GHL_PROPERTY -> {
        json.put("field", rule.subject()).put("operator", rule.operator().wire());
        if (!rule.value().isEmpty()) {
          json.put("value", rule.value());
        }
      }
      case NO_REPLY -> json.put("value", rule.silence().toMinutes()).put("unit", "minutes");
      default -> { }
    }
    return json;
  }

  /** What {@link #json} wrote. */
  static Condition of(JsonNode json) {
    Body body = new Body(((ObjectNode) json).deepCopy());
    Condition rule = Condition.of(body);
    if (rule == null) {
      throw new IllegalStateException("a stored rule cannot be read: " + json);
    }
    return rule;
  }

  static List<Condition> list(JsonNode array) {
    List<Condition> rules = new ArrayList<>();
    array.forEach(each -> rules.add(of(each)));
    return rules;
  }

  static ArrayNode array(List<Condition> rules) {
    ArrayNode array = Json.array();
    rules.forEach(rule -> array.add(json(rule)));
    return array;
  }

  /** The rules under this name; those with faults are left out. */
  static List<Condition> stopping(Body body, String name, int most) {
    List<Condition> rules = new ArrayList<>();
    for (Body each : body.objects(name, most)) {
      Condition rule = stopping(each);
      if (rule != null) {
        rules.add(rule);
      }
    }
    return rules;
  }
}
