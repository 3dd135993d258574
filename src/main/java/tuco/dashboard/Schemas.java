package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** JSON schemas as lists of fields that a person reads. */
public final class Schemas {
  /** Deep enough for everything we answer; a schema that holds itself ends here. */
  private static final int DEEPEST = 4;

  private final JsonNode document;

  Schemas(JsonNode document) {
    this.document = document;
  }

  /** A field, what it holds, and the fields inside it. */
  public record Field(String name, String type, boolean required, String description, List<Field> fields) {}

  /** What a reference stands for, or the node itself. */
  JsonNode resolve(JsonNode node) {
    JsonNode at = node;
    for (int i = 0; i < DEEPEST && at.path("$ref").isTextual(); i++) {
      at = document.at(at.path("$ref").asText().substring(1));
    }
    return at;
  }

  /** The parameters of an operation, with where each stands. */
  List<Field> parameters(JsonNode parameters) {
    return parameters.valueStream().map(this::resolve)
        .map(one -> new Field(
            one.path("name").asText(), one.path("in").asText() + ", " + type(one.path("schema")),
            one.path("required").asBoolean(), one.path("description").asText().strip(), List.<Field>of()))
        .toList();
  }

  /** The fields of an object, or of the objects in an array. */
  List<Field> fields(JsonNode schema) {
    return fields(schema, 0);
  }

  private List<Field> fields(JsonNode schema, int depth) {
    if (depth >= DEEPEST) {
      return List.of();
    }
    JsonNode whole = resolve(schema);
    Map<String, Field> fields = new LinkedHashMap<>();
    for (String together : new String[] {"allOf", "oneOf", "anyOf"}) {
      whole.path(together).forEach(part -> fields(part, depth).forEach(field -> fields.putIfAbsent(field.name(), field)));
    }
    if (whole.has("items")) {
      return fields(whole.path("items"), depth);
    }
    List<String> required = whole.path("required").valueStream().map(JsonNode::asText).toList();
    whole.path("properties").properties().forEach(property -> {
      JsonNode one = resolve(property.getValue());
      fields.put(property.getKey(), new Field(
          property.getKey(), type(property.getValue()), required.contains(property.getKey()),
          one.path("description").asText().strip(), fields(property.getValue(), depth + 1)));
    });
    return new ArrayList<>(fields.values());
  }

  private String type(JsonNode schema) {
    JsonNode one = resolve(schema);
    if (one.has("enum")) {
      return one.path("enum").valueStream().map(JsonNode::asText).collect(Collectors.joining(", ", "one of ", ""));
    }
    if (one.has("const")) {
      return "always " + one.path("const").asText();
    }
    JsonNode choices = one.has("oneOf") ? one.path("oneOf") : one.path("anyOf");
    if (!choices.isEmpty()) {
      return choices.valueStream().map(this::type).distinct().collect(Collectors.joining(" or "));
    }
    JsonNode type = one.path("type");
    if (type.isArray()) {
      return type.valueStream().map(JsonNode::asText).collect(Collectors.joining(" or "));
    }
    if (type.asText().equals("array")) {
      return "array of " + type(one.path("items"));
    }
    String name = type.asText(one.has("properties") || one.has("allOf") ? "object" : "any");
    return name
        + (one.has("format") ? " (" + one.path("format").asText() + ")" : "")
        + (one.has("maxLength") ? ", at most " + one.path("maxLength").asText() + " characters" : "")
        + (one.has("default") ? ", default " + one.path("default").asText() : "");
  }
}
