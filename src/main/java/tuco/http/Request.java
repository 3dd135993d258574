package tuco.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Origin;
import tuco.caller.Token;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.traces.Span;

/** What was asked. Belongs to one thread at a time. */
public final class Request {
  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  private final String method;
  private final String path;
  private final String route;
  private final Map<String, String> params;
  private final Map<String, String> query;
  private final Map<String, String> headers;
  private byte[] body;
  private final String address;
  private final boolean secure;
  private final String requestId;
  private final String correlationId;
  private @Nullable Caller caller;
  private Span span = Span.NONE;
  private Rates.@Nullable Standing standing;
  private @Nullable Body read;
  private @Nullable Map<String, String> form;

  /**
   * @param path the path as it was sent, without the query
   * @param route the pattern that matched, safe to log
   * @param params the values in the path, by name
   * @param query the values in the query; of a repeated name the first
   * @param headers by lower-case name; repeated values joined by a comma
   * @param address the client's address, the proxy's word only where a proxy is configured
   * @param secure whether the client speaks TLS, to us or to a configured proxy
   */
  public Request(
      String method, String path, String route, Map<String, String> params, Map<String, String> query,
      Map<String, String> headers, byte[] body, String address, boolean secure, String requestId, String correlationId) {
    this.method = method;
    this.path = path;
    this.route = route;
    this.params = params;
    this.query = query;
    this.headers = headers;
    this.body = body;
    this.address = address;
    this.secure = secure;
    this.requestId = requestId;
    this.correlationId = correlationId;
  }

  /** The same request with this as its JSON body: how a page's form reaches the endpoint that does what it asks for. */
  public Request withJson(ObjectNode json) {
    Request request = new Request(
        method, path, route, params, query, headers, Json.bytes(json), address, secure, requestId, correlationId);
    request.caller = caller;
    return request;
  }

  /** The same request with this as its query: how a page asks an endpoint for more than its own address says. */
  public Request asking(Map<String, String> wanted) {
    Request request = new Request(
        method, path, route, params, wanted, headers, body, address, secure, requestId, correlationId);
    request.caller = caller;
    return request;
  }

  /**
   * One of several things that this request asks for at once.
   *
   * @param json what it asks for
   * @param idempotencyKey what the part is recognised by when it is repeated; null for nothing
   */
  public Request part(ObjectNode json, @Nullable String idempotencyKey) {
    Map<String, String> own = new HashMap<>(headers);
    if (idempotencyKey == null) {
      own.remove("idempotency-key");
    } else {
      own.put("idempotency-key", idempotencyKey);
    }
    return new Request(
        method, path, route, params, query, own, Json.bytes(json), address, secure, requestId, correlationId);
  }

  /** Its body has come. */
  void arrived(byte[] all) {
    body = all;
  }

  /** From here on the body reads as if this had been sent; what a repetition is recognised by stays as it was sent. */
  public void readAs(ObjectNode json) {
    read = new Body(json);
  }

  /** What of it is traced. */
  public Span span() {
    return span;
  }

  void traced(Span as) {
    span = as;
  }

  public String method() {
    return method;
  }

  public String path() {
    return path;
  }

  public String route() {
    return route;
  }

  public Map<String, String> query() {
    return query;
  }

  public Map<String, String> headers() {
    return headers;
  }

  public byte[] body() {
    return body;
  }

  public String address() {
    return address;
  }

  /** Where it came from, as the audit log keeps it. */
  public Origin origin() {
    return new Origin(address, client(), requestId, correlationId);
  }

  public boolean secure() {
    return secure;
  }

  public String requestId() {
    return requestId;
  }

  public String correlationId() {
    return correlationId;
  }

  /** Who asks, once the gate knows. */
  void identify(Caller known) {
    caller = known;
  }

  /** Notes what is left of the caller's rate. */
  void standsAt(Rates.@Nullable Standing left) {
    standing = left;
  }

  /** What is left of the caller's rate; null before the gate knows, and without a rate. */
  Rates.@Nullable Standing standing() {
    return standing;
  }

  /** Who asks; null before the gate knows. */
  public @Nullable Caller caller() {
    return caller;
  }

  /** A value of the path, empty when the route has no such name. */
  public String param(String name) {
    return params.getOrDefault(name, "");
  }

  /** The client as it calls itself, cut to a sane length. */
  public String client() {
    String agent = Token.redact(headers.getOrDefault("user-agent", ""));
    return agent.length() <= 200 ? agent : agent.substring(0, 200);
  }

  /** A cookie's value, null when it was not sent. */
  public @Nullable String cookie(String name) {
    String header = headers.get("cookie");
    if (header == null) {
      return null;
    }
    for (String pair : header.split("[;,]\\s*")) {
      if (pair.startsWith(name) && pair.length() > name.length() && pair.charAt(name.length()) == '=') {
        return pair.substring(name.length() + 1);
      }
    }
    return null;
  }

  /** The fields of a posted form. */
  public Map<String, String> form() {
    if (form == null) {
      form = Form.parse(body);
    }
    return form;
  }

  public @Nullable String header(String lowerCaseName) {
    return headers.get(lowerCaseName);
  }

  /** A value of the query; blank counts as absent (decisions 1.3). */
  public @Nullable String queryText(String name) {
    String value = query.get(name);
    if (value != null && value.indexOf(0) >= 0) {
      // No text in the database can hold it.
      throw Problem.badField(name, name + " must not contain the character U+0000");
    }
    return value == null || value.isBlank() ? null : value.strip();
  }

  /** A whole number of the query within bounds. */
  public int queryInt(String name, int otherwise, int min, int max) {
    String value = queryText(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one refusal for both faults.
    }
    throw Problem.badField(name, name + " must be a whole number from " + min + " to " + max);
  }

  /**
   * A time of the query: with its offset, or a day in UTC, which means all of it; null when absent.
   *
   * @param end whether a day means its end
   */
  public @Nullable Instant queryInstant(String name, boolean end) {
    String text = queryText(name);
    if (text == null) {
      return null;
    }
    try {
      Instant at = text.length() == 10
          ? LocalDate.parse(text).plusDays(end ? 1 : 0).atStartOfDay(ZoneOffset.UTC).toInstant().minusNanos(end ? 1_000 : 0)
          : OffsetDateTime.parse(text).toInstant();
      if (!at.isBefore(EARLIEST) && at.isBefore(LATEST)) {
        return at;
      }
    } catch (DateTimeException e) {
      // Falls through to the one refusal.
    }
    throw Problem.badField(name, "Invalid " + name);
  }

  /** An id of the caller's workspace in the query, or null when absent. */
  public @Nullable UUID queryId(String name, Kind kind, Caller caller, String malformed) {
    String value = queryText(name);
    return value == null ? null : own(kind, value, caller, name, malformed);
  }

  /** The id in the path: 400 when it does not parse, 403 when it is another workspace's (decisions 1.2). */
  public UUID pathId(String name, Kind kind, Caller caller) {
    String value = params.getOrDefault(name, "");
    return own(kind, value, caller, name, "Invalid " + name);
  }

  /** Reads an id and holds it against the caller's workspace. */
  public static UUID own(Kind kind, String text, Caller caller, String field, String malformed) {
    UUID id = Ids.parse(kind, text);
    if (id == null) {
      throw Problem.badField(field, malformed).code("invalid_id");
    }
    if (kind != Kind.PERSON && Ids.tag(id) != caller.tag()) {
      throw Problem.wrongWorkspace();
    }
    return id;
  }

  /** The body as a JSON object, ready for checked reading; the same one on every call. */
  public Body json() {
    if (read == null) {
      read = parse();
    }
    return read;
  }

  private Body parse() {
    JsonNode tree = Json.parseOrNull(body);
    if (tree == null) {
      throw Problem.bad("Invalid request body (JSON required)").code("invalid_json");
    }
    if (!(tree instanceof ObjectNode object)) {
      throw Problem.bad("Request body must be a JSON object").code("invalid_json");
    }
    return new Body(object);
  }

  /** As {@link #json}, an empty object when nothing was sent. */
  public Body jsonOrEmpty() {
    if (read == null && body.length == 0) {
      read = new Body(Json.object());
    }
    return json();
  }

  /** What in the body nobody asked for. */
  List<String> warnings() {
    return read == null ? List.of() : read.warnings();
  }

  /** Values of a query name given as a comma-separated list. */
  public List<String> queryList(String name) {
    String value = queryText(name);
    return value == null ? List.of() : List.of(value.split("\\s*,\\s*"));
  }
}
