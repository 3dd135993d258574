package tuco.campaigns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;
import tuco.http.Json;

/**
 * A condition on a lead: stops a sequence, or chooses its next step (contract 6.5).
 *
 * @param name the tag or the field, empty for other types
 * @param operator how a tag or field is compared
 * @param keywords what a reply must hold, for {@code keyword}
 * @param within how long without a reply, for {@code no_reply}
 */
record Rule(@Nullable String id, Type type, String name, Operator operator, String value, List<String> keywords, Duration within) {
  /** What a rule looks at; the wire names. */
  enum Type {
    REPLIED("replied"),
    KEYWORD("keyword"),
    NO_REPLY("no_reply"),
    TAG("tag"),
    FIELD("field"),
    CONTACTED_BEFORE("contacted_before"),
    CONTACTED_IN_CAMPAIGN("contacted_before_in_campaign"),
    UNSUBSCRIBED("unsubscribed"),
    DEFAULT("default");

    final String wire;

    Type(String wire) {
      this.wire = wire;
    }
  }

  /** The contract's operators. */
  enum Operator {
    EQ, NEQ, CONTAINS, NOT_CONTAINS, STARTS_WITH, GT, GTE, LT, LTE, GT_DATE, LT_DATE, EXISTS, NOT_EXISTS;

    String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final List<String> STOPPING = List.of("replied", "keyword", "tag", "field", "contacted_before",
      "contacted_before_in_campaign", "unsubscribed");
  private static final List<String> BRANCHING = List.of("replied", "keyword", "no_reply", "tag", "field", "contacted_before",
      "contacted_before_in_campaign", "default");
  private static final List<String> OPERATORS = java.util.Arrays.stream(Operator.values()).map(Operator::wire).toList();

  /** Reads a stop rule; faults are recorded. */
  static Rule stopping(Body body) {
    return read(body, STOPPING);
  }

  /** Reads the condition of a branch; faults are recorded. */
  static Rule branching(Body body) {
    return read(body, BRANCHING);
  }

  private static Rule read(Body body, List<String> types) {
    String id = body.text("ruleId", 100);
    String wire = body.oneOf("type", "", types, "type must be one of " + String.join(", ", types));
    if (wire.isEmpty() && body.clean()) {
      body.fault("type", "type must be one of " + String.join(", ", types));
    }
    Type type = type(wire);
    String name = "";
    Operator operator = Operator.EXISTS;
    String value = "";
    List<String> keywords = List.of();
    Duration within = Duration.ZERO;
    if (type == Type.TAG) {
      name = body.required("tag", 100, "tag is required").strip();
      operator = operator(body, List.of("exists", "not_exists"));
    } else if (type == Type.FIELD) {
      name = body.required("field", 100, "field is required").strip();
      operator = operator(body, OPERATORS);
      boolean compares = operator != Operator.EXISTS && operator != Operator.NOT_EXISTS;
      value = compares ? body.required("value", 1_000, "value is required") : "";
    } else if (type == Type.KEYWORD) {
      keywords = body.texts("keywords", 50, 100, "keywords must be an array").stream().map(String::strip).filter(word -> !word.isEmpty()).toList();
      if (keywords.isEmpty() && body.clean()) {
        body.fault("keywords", "keywords is required");
      }
    } else if (type == Type.NO_REPLY) {
      Integer hours = body.number("hours", 0, 24 * 365);
      within = Duration.ofHours(hours == null ? 0 : hours);
    }
    return new Rule(id, type, name, operator, value, keywords, within);
  }

  private static Operator operator(Body body, List<String> allowed) {
    String wire = body.oneOf("operator", "exists", allowed, "operator must be one of " + String.join(", ", allowed));
    return Operator.valueOf(wire.toUpperCase(java.util.Locale.ROOT));
  }

  private static Type type(String wire) {
    for (Type type : Type.values()) {
      if (type.wire.equals(wire)) {
        return type;
      }
    }
    return Type.DEFAULT;
  }

  /** As it is stored and shown. */
  ObjectNode json() {
    ObjectNode json = Json.object();
    if (id != null) {
      json.put("ruleId", id);
    }
    json.put("type", type.wire);
    switch (type) {
      case TAG -> json.put("tag", name).put("operator", operator.wire());
      case FIELD -> {
        json.put("field", name).put("operator", operator.wire());
        if (!value.isEmpty()) {
          json.put("value", value);
        }
      }
      case KEYWORD -> keywords.forEach(json.putArray("keywords")::add);
      case NO_REPLY -> json.put("hours", within.toHours());
      default -> { }
    }
    return json;
  }

  /** What {@link #json} wrote. */
  static Rule of(JsonNode json) {
    List<String> keywords = new ArrayList<>();
    json.path("keywords").forEach(word -> keywords.add(word.asText()));
    Type type = type(json.path("type").asText());
    return new Rule(
        json.path("ruleId").textValue(), type, json.path(type == Type.TAG ? "tag" : "field").asText(""),
        Operator.valueOf(json.path("operator").asText("exists").toUpperCase(java.util.Locale.ROOT)),
        json.path("value").asText(""), keywords, Duration.ofHours(json.path("hours").asLong(0)));
  }

  static List<Rule> list(JsonNode array) {
    List<Rule> rules = new ArrayList<>();
    array.forEach(each -> rules.add(of(each)));
    return rules;
  }

  static ArrayNode array(List<Rule> rules) {
    ArrayNode array = Json.array();
    rules.forEach(rule -> array.add(rule.json()));
    return array;
  }
}
