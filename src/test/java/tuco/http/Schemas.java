package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The schemas of the OpenAPI document, held against real answers (decisions 1.10). */
public final class Schemas {
  private static final Schemas OF_THE_DOCUMENT = new Schemas();

  private final ObjectNode document = new OpenApi().document();
  private final JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private final List<Path> paths = document.path("paths").properties().stream().map(Path::of).toList();
  private final Map<String, JsonSchema> schemas = new ConcurrentHashMap<>();

  private record Path(String template, Pattern pattern, JsonNode operations) {
    static Path of(Map.Entry<String, JsonNode> entry) {
      String expression = entry.getKey().replaceAll("\\{[^}]*\\}", "[^/]+");
      return new Path(entry.getKey(), Pattern.compile(expression), entry.getValue());
    }
  }

  /** Fails when an answer is not what the document, or for its RateLimit fields the standard, promises for its status. */
  public static void check(String method, String path, HttpResponse<String> answer) {
    String type = answer.headers().firstValue("content-type").orElse("");
    RateFields.check(method + " " + path, answer);
    if (path.startsWith("/api/")) {
      assertThat(answer.headers().firstValue("cache-control").orElse("")).as("%s %s: H8", method, path).isEqualTo("no-store");
      assertThat(answer.statusCode() / 100).as("%s %s: H11, no redirect", method, path).isNotEqualTo(3);
    }
    if (type.equals("application/problem+json") && !method.equals("HEAD")) {
      OF_THE_DOCUMENT.refusal(method + " " + path, answer);
    } else if (type.startsWith("application/json")) {
      OF_THE_DOCUMENT.compare(method.toLowerCase(Locale.ROOT), path.split("\\?")[0], answer);
    }
  }

  /** Every refusal is RFC 9457's object with our members, and is known by the id of its request (standards P1, P3, P5). */
  private void refusal(String call, HttpResponse<String> answer) {
    String what = call + " answered " + answer.statusCode() + " " + answer.body();
    JsonNode problem = Json.parse(answer.body());
    if (call.startsWith("POST /api/line-requests") && problem.path("status").isTextual()) {
      ((ObjectNode) problem).put("status", answer.statusCode()); // The contract's own word stands there (contract 2.17).
    }
    JsonSchema schema = schemas.computeIfAbsent("a refusal", key -> {
      ObjectNode whole = ((ObjectNode) document.at("/components/schemas/Problem")).deepCopy();
      return factory.getSchema(whole.set("components", document.get("components")));
    });
    assertThat(schema.validate(problem)).as(what).isEmpty();
    assertThat(problem.path("status").asInt()).as(what).isEqualTo(answer.statusCode());
    assertThat(problem.path("requestId").asText()).as(what).isEqualTo(answer.headers().firstValue("x-request-id").orElse(""));
    assertThat(problem.path("type").asText()).as(what) // P2
        .isEqualTo(problem.has("code") ? "/docs/errors#" + problem.path("code").asText() : "about:blank");
  }

  private void compare(String method, String path, HttpResponse<String> answer) {
    for (Path one : paths) {
      JsonNode operation = one.operations().path(method);
      if (operation.isObject() && one.template().equals(path) || !operation.isMissingNode() && one.pattern().matcher(path).matches()) {
        String what = method + " " + path + " answered " + answer.statusCode() + " " + answer.body();
        JsonSchema schema = schema(one.template() + " " + method + " " + answer.statusCode(), operation, answer.statusCode());
        assertThat(schema).as("a schema for " + what).isNotNull();
        assertThat(schema.validate(Json.parse(answer.body()))).as(what).isEmpty();
        return;
      }
    }
  }

  private @Nullable JsonSchema schema(String name, JsonNode operation, int status) {
    return schemas.computeIfAbsent(name, key -> {
      JsonNode response = operation.at("/responses/" + status);
      if (response.has("$ref")) {
        response = document.at(response.path("$ref").asText().substring(1));
      }
      JsonNode schema = response.at("/content/application~1json/schema");
      if (schema.isMissingNode()) {
        return null;
      }
      ObjectNode whole = schema.deepCopy();
      whole.set("components", document.get("components"));
      return factory.getSchema(whole);
    });
  }
}
