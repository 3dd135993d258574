package tuco.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.caller.Token;

/**
 * A refusal with everything the caller may know: one object that is both the contract's
 * ({@code error, code, reason}) and RFC 9457's (decisions 1.4). Thrown anywhere, answered in one place.
 */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String error;
  private final transient List<FieldError> fields = new ArrayList<>();
  private final transient Map<String, String> headers = new LinkedHashMap<>();
  private final transient Map<String, Object> members = new LinkedHashMap<>();
  private @Nullable String code;
  private @Nullable String reason;
  private @Nullable String detail;

  private Problem(int status, String error) {
    super(error, null, false, false);
    this.status = status;
    this.error = error;
  }

  /** A field of the request and the rule it breaks, in a sentence. */
  public record FieldError(String field, String message) {}

  /** A refusal with this status and the contract's exact text. */
  public static Problem of(int status, String error) {
    return new Problem(status, error);
  }

  /** 400: the request breaks a rule. */
  public static Problem bad(String error) {
    return new Problem(400, error);
  }

  /** 400 that names one field. */
  public static Problem badField(String field, String error) {
    return bad(error).field(field, error);
  }

  /** 401, uniform: it does not say why (A1). */
  public static Problem unauthorized(boolean credentialSent) {
    String challenge = "Bearer realm=\"tuco\"";
    return new Problem(401, "Unauthorized")
        .header("WWW-Authenticate", credentialSent ? challenge + ", error=\"invalid_token\"" : challenge);
  }

  /** 403: known caller, not allowed. */
  public static Problem forbidden(String error) {
    return new Problem(403, error);
  }

  /** 403: the id belongs to another workspace, whether or not there is such a thing (decisions 1.2). */
  public static Problem wrongWorkspace() {
    return forbidden("This id belongs to another workspace.").code("wrong_workspace");
  }

  /** 404. */
  public static Problem notFound(String error) {
    return new Problem(404, error);
  }

  /** 409: the present state does not allow it. */
  public static Problem conflict(String error) {
    return new Problem(409, error);
  }

  /** 402: read-only mode (B1); final until someone resolves it, so without {@code Retry-After}. */
  public static Problem readOnly(String reason) {
    return new Problem(402, "READ_ONLY")
        .code("READ_ONLY")
        .reason(reason)
        .detail("Tuco workspace is in read-only mode; please resolve billing in Tuco.");
  }

  /** The machine's word for it. */
  public Problem code(String value) {
    code = value;
    return this;
  }

  public Problem reason(String value) {
    reason = value;
    return this;
  }

  /**
   * The plan has no room for one more (decisions 4.5): 409 that names the ceiling, its size and its use; 403 where the
   * plan has none of these at all.
   *
   * @param name as in {@code GET /api/usage}
   * @param what for people, in the plural
   */
  public static Problem planFull(String plan, String name, String what, int size, int used) {
    String sentence = size == 0
        ? "The plan " + plan + " has no " + what + "."
        : "The plan " + plan + " allows " + size + " " + what + " and the workspace has " + used + ".";
    return of(size == 0 ? 403 : 409, sentence).code("plan_limit")
        .detail(sentence + (size == 0 ? " Change the plan." : " Remove one that is no longer needed, or change the plan."))
        .member("violated-policies", List.of(name))
        .member("limit", Map.of("name", name, "size", size, "used", used));
  }

  /** A sentence for people that says what to do. */
  public Problem detail(String value) {
    detail = value;
    return this;
  }

  /** Adds a fault of one field. */
  public Problem field(String field, String message) {
    fields.add(new FieldError(field, message));
    return this;
  }

  /** Adds a header to the answer. */
  public Problem header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Adds a member to the answer's object; the value is written as JSON. */
  public Problem member(String name, Object value) {
    members.put(name, value);
    return this;
  }

  public int status() {
    return status;
  }

  /** The contract's text. */
  public String error() {
    return error;
  }

  public @Nullable String code() {
    return code;
  }

  /** The faults by field, in the order they were found. */
  public List<FieldError> fields() {
    return List.copyOf(fields);
  }

  /** The answer to send. */
  Response toResponse(String requestId, String instance) {
    ObjectNode body = Json.object();
    body.put("error", error);
    if (code != null) {
      body.put("code", code);
    }
    if (reason != null) {
      body.put("reason", reason);
    }
    body.put("type", code == null ? "about:blank" : "/docs/errors#" + code);
    body.put("title", title());
    body.put("status", status);
    body.put("detail", detail == null ? error : detail);
    body.put("instance", Token.redact(instance));
    body.put("requestId", requestId);
    if (!fields.isEmpty()) {
      body.set("errors", Json.tree(fields));
    }
    members.forEach((name, value) -> body.set(name, Json.tree(value)));
    Response response = Response.json(status, body).as("application/problem+json");
    headers.forEach(response::with);
    return response;
  }

  private String title() {
    return switch (status) {
      case 400 -> "Bad request";
      case 401 -> "Unauthorized";
      case 402 -> "Workspace is read-only";
      case 403 -> "Forbidden";
      case 404 -> "Not found";
      case 405 -> "Method not allowed";
      case 409 -> "Conflict";
      case 413 -> "Too large";
      case 414 -> "Address too long";
      case 415 -> "Unsupported media type";
      case 422 -> "Cannot be processed";
      case 429 -> "Too many requests";
      case 431 -> "Headers too large";
      case 503 -> "Service unavailable";
      default -> "Internal server error";
    };
  }
}
