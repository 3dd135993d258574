package tuco.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The OpenAPI document read as tests need it: operations, and every place in them that holds an id ({@code x-id}). */
public final class Operations {
  /** What other systems call their things is none of ours. */
  private static final String LOOKS_LIKE_AN_ID = "(?!external|ghl|hs|hubspot|batch|correlation)(id|ids|_id|[a-zA-Z]+(Id|Ids))";

  private final ObjectNode document = new OpenApi().document();
  private final List<Operation> all = new ArrayList<>();

  public Operations() {
    document.path("paths").properties().forEach(path -> {
      JsonNode shared = path.getValue().path("parameters");
      path.getValue().properties().forEach(entry -> {
        if (List.of("get", "post", "put", "patch", "delete").contains(entry.getKey())) {
          all.add(operation(entry.getKey().toUpperCase(Locale.ROOT), path.getKey(), (ObjectNode) entry.getValue(), shared));
        }
      });
    });
  }

  /** All operations of the document. */
  public Stream<Operation> stream() {
    return all.stream();
  }

  /**
   * A place that holds an id.
   *
   * @param in {@code path}, {@code query} or {@code body}
   * @param steps the names that lead there; {@code []} is an element of an array
   * @param kind the kind's prefix, {@code none}, or empty when a name that looks like an id is not marked
   * @param skipped whether an id of another workspace is passed over there instead of refused
   */
  public record Position(String in, List<String> steps, String kind, boolean skipped) {
    @Override
    public String toString() {
      return in + " " + String.join(".", steps);
    }
  }

  /**
   * One operation and its ids.
   *
   * @param bodyPlaces the names that lead to each place of its JSON body; {@code []} is an element of an array
   */
  public record Operation(
      String method, String path, ObjectNode node, List<Position> positions, List<String> queryNames, List<String> headerNames,
      List<List<String>> bodyPlaces) {
    public String name() {
      return method + " " + path;
    }

    /** A complete, valid body; an empty object where the document gives none. */
    public ObjectNode example() {
      JsonNode example = node.at("/requestBody/content/application~1json/example");
      return example.isObject() ? ((ObjectNode) example).deepCopy() : Json.object();
    }

    /** Whether its body is a file of comma-separated lines. */
    public boolean takesCsv() {
      return node.at("/requestBody/content").has("text/csv");
    }

    public boolean forPerson() {
      return node.path("x-caller").asText().equals("person");
    }

    public boolean open() {
      return node.path("security").isArray() && node.path("security").isEmpty();
    }

    /** Only ids of this place. */
    public Stream<Position> in(String where) {
      return positions.stream().filter(position -> position.in().equals(where));
    }
  }

  private Operation operation(String method, String path, ObjectNode node, JsonNode shared) {
    List<Position> positions = new ArrayList<>();
    List<String> queryNames = new ArrayList<>();
    List<String> headerNames = new ArrayList<>();
    List<List<String>> places = new ArrayList<>();
    Stream.concat(node.path("parameters").valueStream(), shared.valueStream()).map(this::resolved).forEach(parameter -> {
      String in = parameter.path("in").asText();
      if (in.equals("query")) {
        queryNames.add(parameter.path("name").asText());
      } else if (in.equals("header")) {
        headerNames.add(parameter.path("name").asText());
      }
      if (in.equals("path") || in.equals("query")) {
        add(positions, in, List.of(parameter.path("name").asText()), resolved(parameter.path("schema")));
      }
    });
    walk(positions, places, List.of(), node.at("/requestBody/content/application~1json/schema"), new HashSet<>());
    return new Operation(method, path, node, positions, queryNames, headerNames, places);
  }

  private void walk(
      List<Position> positions, List<List<String>> places, List<String> steps, JsonNode unresolved, Set<JsonNode> seen) {
    JsonNode schema = resolved(unresolved);
    if (steps.size() > 8 || !seen.add(schema)) {
      return;
    }
    for (String group : List.of("allOf", "anyOf", "oneOf")) {
      schema.path(group).forEach(part -> walk(positions, places, steps, part, new HashSet<>(seen)));
    }
    schema.path("properties").properties().forEach(property -> {
      List<String> deeper = append(steps, property.getKey());
      JsonNode inner = resolved(property.getValue());
      places.add(deeper);
      add(positions, "body", deeper, inner);
      walk(positions, places, deeper, inner, new HashSet<>(seen));
    });
    if (schema.has("items")) {
      places.add(append(steps, "[]"));
      walk(positions, places, append(steps, "[]"), schema.path("items"), new HashSet<>(seen));
    }
  }

  private void add(List<Position> positions, String in, List<String> steps, JsonNode schema) {
    String kind = schema.path("x-id").asText("");
    boolean array = schema.path("type").asText().equals("array");
    if (!kind.isEmpty() || steps.getLast().matches(LOOKS_LIKE_AN_ID)) {
      positions.add(new Position(
          in, array ? append(steps, "[]") : steps, kind, schema.path("x-foreign").asText().equals("skipped")));
    }
  }

  private static List<String> append(List<String> steps, String step) {
    return Stream.concat(steps.stream(), Stream.of(step)).toList();
  }

  private JsonNode resolved(JsonNode node) {
    JsonNode now = node;
    while (now.has("$ref")) {
      now = document.at(now.get("$ref").asText().substring(1));
    }
    return now;
  }

  /** Sets the value at the steps, making what is missing on the way. */
  public static void set(ObjectNode body, List<String> steps, String value) {
    JsonNode at = body;
    for (int i = 0; i < steps.size(); i++) {
      String step = steps.get(i);
      boolean last = i == steps.size() - 1;
      if (last) {
        put(at, step, Json.tree(value));
        return;
      }
      JsonNode next = step.equals("[]") ? at.get(0) : at.get(step);
      if (next == null || !next.isContainerNode()) {
        next = steps.get(i + 1).equals("[]") ? Json.array() : Json.object();
        put(at, step, next);
      }
      at = next;
    }
  }

  private static void put(JsonNode at, String step, JsonNode value) {
    if (at instanceof ArrayNode array) {
      if (array.isEmpty()) {
        array.add(value);
      } else {
        array.set(0, value);
      }
    } else {
      ((ObjectNode) at).set(step, value);
    }
  }

  /** The route's line in the document, null when it is missing. */
  public @Nullable Operation of(Route route) {
    return all.stream().filter(op -> op.name().equals(route.name())).findAny().orElse(null);
  }
}
