package tuco;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.http.Schemas;

/** A plain HTTP client for tests, as an integrator would write it; every answer must match its schema (decisions 1.10). */
public final class Api {
  private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private final String base;
  private final @Nullable String credential;
  private final String[] headers;

  public Api(String base, @Nullable String credential, String... headers) {
    this.base = base;
    this.credential = credential;
    this.headers = headers;
  }

  /** The same client with more headers: name, value, name, value. */
  public Api with(String... more) {
    String[] all = new String[headers.length + more.length];
    System.arraycopy(headers, 0, all, 0, headers.length);
    System.arraycopy(more, 0, all, headers.length, more.length);
    return new Api(base, credential, all);
  }

  public Answer get(String path) {
    return call("GET", path, null);
  }

  public Answer post(String path, String json) {
    return call("POST", path, json);
  }

  public Answer put(String path, String json) {
    return call("PUT", path, json);
  }

  public Answer patch(String path, String json) {
    return call("PATCH", path, json);
  }

  public Answer delete(String path) {
    return call("DELETE", path, null);
  }

  /** Any call; {@code json} null sends no body. */
  public Answer call(String method, String path, @Nullable String json) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30))
        .method(method, json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json));
    if (credential != null) {
      request.header("Authorization", "Bearer " + credential);
    }
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<String> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      Schemas.check(method, path, answer);
      return new Answer(answer);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Posts a body that is written as it goes. */
  public Answer upload(String path, String type, Writing body) {
    PipedInputStream in = new PipedInputStream(1 << 20);
    // A connection of its own: on a shared one the client holds up all others while it waits for the body.
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60))
        .version(HttpClient.Version.HTTP_1_1)
        .header("Authorization", "Bearer " + credential).header("Content-Type", type)
        .POST(HttpRequest.BodyPublishers.ofInputStream(() -> in)).build();
    CompletableFuture<HttpResponse<String>> answer;
    try (PipedOutputStream out = new PipedOutputStream(in)) {
      answer = CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
      body.to(out);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return new Answer(answer.join());
  }

  /** Writes a body. */
  @FunctionalInterface
  public interface Writing {
    void to(OutputStream out) throws IOException;
  }

  /** What came back. */
  public record Answer(HttpResponse<String> raw) {
    public int status() {
      return raw.statusCode();
    }

    public String text() {
      return raw.body();
    }

    public JsonNode json() {
      return Json.parse(raw.body());
    }

    /** A header's value, empty when absent. */
    public String header(String name) {
      return raw.headers().firstValue(name).orElse("");
    }

    /** A text in the body, by JSON pointer or top-level name; empty when absent. */
    public String at(String name) {
      return (name.startsWith("/") ? json().at(name) : json().path(name)).asText("");
    }
  }
}
