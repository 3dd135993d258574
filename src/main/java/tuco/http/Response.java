package tuco.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer, complete before it is sent. */
public final class Response {
  private final int status;
  private final byte[] body;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final @Nullable JsonNode tree;
  private @Nullable Source source;
  private @Nullable JsonNode replay;

  /** The same answer with another body. */
  Response withTree(JsonNode other) {
    Response response = json(status, other);
    response.headers.putAll(headers);
    response.replay = replay;
    return response;
  }

  private Response(int status, byte[] body, String contentType, @Nullable JsonNode tree) {
    this.status = status;
    this.body = body;
    this.tree = tree;
    if (!contentType.isEmpty()) {
      headers.put("Content-Type", contentType);
    }
  }

  public static Response json(int status, JsonNode body) {
    return new Response(status, Json.bytes(body), "application/json", body);
  }

  public static Response ok(JsonNode body) {
    return json(200, body);
  }

  public static Response created(JsonNode body) {
    return json(201, body);
  }

  public static Response text(int status, String contentType, String text) {
    return new Response(status, text.getBytes(StandardCharsets.UTF_8), contentType, null);
  }

  public static Response html(String page) {
    return text(200, "text/html; charset=utf-8", page);
  }

  public static Response bytes(String contentType, byte[] body) {
    return new Response(200, body, contentType, null);
  }

  /** What writes a body that is too large to hold, piece by piece, once the head of the answer is on its way. */
  @FunctionalInterface
  public interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  /** A body that is written as it is made. Whoever reads it must be able to tell that it broke off. */
  public static Response streamed(String contentType, Source source) {
    Response response = new Response(200, new byte[0], contentType, null);
    response.source = source;
    return response;
  }

  /** What writes the body; null when it is complete already. */
  @Nullable Source source() {
    return source;
  }

  /** 303: after a form was posted, show this page. */
  public static Response seeOther(String location) {
    return text(303, "", "").with("Location", location);
  }

  /** Sets a header. */
  public Response with(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Adds to a header that is a list. */
  public Response adding(String name, String value) {
    headers.merge(name, value, (there, more) -> there + ", " + more);
    return this;
  }

  /** What a replay answers instead, for an answer that shows a secret once (K13). */
  public Response replayedAs(JsonNode withoutSecret) {
    replay = withoutSecret;
    return this;
  }

  /** The body to keep for replay. */
  public String replayBody() {
    return replay == null ? new String(body, StandardCharsets.UTF_8) : Json.text(replay);
  }

  /** Changes the content type. */
  public Response as(String contentType) {
    return with("Content-Type", contentType);
  }

  public int status() {
    return status;
  }

  public byte[] body() {
    return body;
  }

  public Map<String, String> headers() {
    return headers;
  }

  /** The JSON it was made of, null for other kinds of answer. */
  public @Nullable JsonNode tree() {
    return tree;
  }
}
