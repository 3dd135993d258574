package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.http.Json;

/** The options of the commands that talk to a running Tuco over its API, and that talk. */
public final class Remote {
  @Option(names = "--url", paramLabel = "URL", description = "Where Tuco runs (default: TUCO_URL, else http://localhost:8080).")
  private @Nullable String url;

  @Option(names = "--key", paramLabel = "KEY", description = "An API key or a session token (default: TUCO_KEY).")
  private @Nullable String key;

  @Option(names = "--workspace", paramLabel = "ID", description = "The workspace to act in, for a session with several.")
  private @Nullable String workspace;

  @Option(names = "--json", description = "Print the API's answer as one line of JSON.")
  private boolean json;

  boolean json() {
    return json;
  }

  JsonNode get(String path) {
    return call("GET", path, null);
  }

  /** A list that comes in pages, whole: the last page's answer with the rows of all of them. */
  JsonNode all(String path, String rows) {
    ArrayNode found = Json.array();
    for (int page = 1; ; page++) {
      JsonNode answer = get(path + "?limit=100&page=" + page);
      answer.path(rows).forEach(found::add);
      if (page >= answer.at("/pagination/totalPages").asInt()) {
        return ((ObjectNode) answer).set(rows, found);
      }
    }
  }

  JsonNode post(String path, ObjectNode body) {
    return call("POST", path, body);
  }

  JsonNode patch(String path, ObjectNode body) {
    return call("PATCH", path, body);
  }

  JsonNode delete(String path) {
    return call("DELETE", path, null);
  }

  /** Part of a path or a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonNode call(String method, String path, @Nullable ObjectNode body) {
    String credential = settings().text(Setting.KEY);
    if (credential.isEmpty()) {
      throw new Refused("This takes an API key or a session token: set TUCO_KEY, or give --key.");
    }
    return call(method, path, body, credential);
  }

  /** Calls without a credential. */
  JsonNode postOpenly(String path, ObjectNode body) {
    return call("POST", path, body, null);
  }

  private JsonNode call(String method, String path, @Nullable ObjectNode body, @Nullable String credential) {
    String base = settings().text(Setting.URL).replaceFirst("/+$", "");
    HttpRequest.Builder request = HttpRequest.newBuilder(address(base + path, base)).timeout(Duration.ofSeconds(60))
        .header("User-Agent", "tuco/" + Tuco.VERSION)
        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    if (credential != null) {
      request.header("Authorization", "Bearer " + credential);
    }
    if (workspace != null) {
      request.header("X-Workspace-Id", workspace);
    }
    if (body != null) {
      request.header("Content-Type", "application/json").header("Idempotency-Key", UUID.randomUUID().toString());
    }
    HttpResponse<String> response = send(request.build(), base);
    JsonNode answer = parsed(response, base);
    if (response.statusCode() >= 400) {
      throw new Refused(words(response.statusCode(), answer));
    }
    return answer;
  }

  private Settings settings() {
    Map<Setting, String> options = new EnumMap<>(Setting.class);
    if (url != null) {
      options.put(Setting.URL, url);
    }
    if (key != null) {
      options.put(Setting.KEY, key);
    }
    return Settings.read(options, System.getenv());
  }

  /** Where to call, below a base that a person wrote. */
  static URI address(String text, String base) {
    try {
      URI address = URI.create(text);
      if (address.getHost() != null && String.valueOf(address.getScheme()).matches("https?")) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw new Refused(base + " is no address; it should read like http://localhost:8080.", e);
    }
    throw new Refused(base + " is no address; it should read like http://localhost:8080.");
  }

  private static HttpResponse<String> send(HttpRequest request, String base) {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new Refused("No Tuco answers at " + base + ": start it with `tuco up`, or say with --url where it is.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refused("Interrupted.", e);
    }
  }

  private static JsonNode parsed(HttpResponse<String> response, String base) {
    try {
      return Json.parse(response.body());
    } catch (UncheckedIOException e) {
      throw new Refused("What answers at " + base + " is no Tuco (status " + response.statusCode() + ").", e);
    }
  }

  /** The error with its detail, and every field that is wrong. */
  private static String words(int status, JsonNode problem) {
    String error = problem.path("error").asText();
    String detail = problem.path("detail").asText("");
    StringBuilder words = new StringBuilder("Tuco refuses (" + status + "): " + error);
    if (!detail.isEmpty() && !detail.equals(error)) {
      words.append(error.endsWith(".") ? " " : ". ").append(detail);
    }
    for (JsonNode fault : problem.path("errors")) {
      words.append("\n  ").append(fault.path("field").asText()).append(": ").append(fault.path("message").asText());
    }
    return words.toString();
  }
}
