package tuco.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The OpenAPI 3.1 document: one YAML file per feature under {@code resources/openapi}, merged once at start.
 * A test proves that it lists exactly the routes that are served, each with its right as {@code x-right}.
 */
public final class OpenApi {
  /** The files, in the order of the document; {@code base} holds what all share. */
  public static final List<String> PARTS = List.of("base", "access", "audit", "people", "leads", "lines", "messages", "webhooks",
      "limits",
      "inbox",
      "campaigns",
      "staff");

  private final ObjectNode document;

  public OpenApi() {
    YAMLMapper yaml = new YAMLMapper();
    ObjectNode merged = Json.object();
    for (String part : PARTS) {
      try (InputStream in = OpenApi.class.getResourceAsStream("/openapi/" + part + ".yaml")) {
        if (in == null) {
          throw new IllegalStateException("openapi/" + part + ".yaml is missing");
        }
        merge(merged, (ObjectNode) yaml.readTree(in));
      } catch (IOException e) {
        throw new UncheckedIOException("openapi/" + part + ".yaml cannot be read", e);
      }
    }
    this.document = merged;
  }

  private static void merge(ObjectNode into, ObjectNode from) {
    from.properties().forEach(entry -> {
      JsonNode there = into.get(entry.getKey());
      if (there instanceof ObjectNode a && entry.getValue() instanceof ObjectNode b) {
        merge(a, b);
      } else {
        into.set(entry.getKey(), entry.getValue());
      }
    });
  }

  /** The whole document. */
  public ObjectNode document() {
    return document;
  }
}
