package tuco.http;

import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Credential;
import tuco.caller.Token;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Finds the one credential of a request, and refuses keys where they must not be (K13, decisions 1.5, 2.8). */
final class Credentials {
  static final String BOTH =
      "Send exactly one credential: either Authorization: Bearer <key> or X-API-Key, once.";
  static final String IN_URL =
      "A key was sent in the URL, where logs and proxies keep it. Send it as Authorization: Bearer <key>, and rotate this one.";
  static final String FOREIGN_ORIGIN =
      "API keys are for servers: a call with a key from a browser page of another origin is refused. Call from your back end.";

  private Credentials() {}

  /** Whether the request showed anything to be let in with. */
  static boolean sent(Request request) {
    return request.header("authorization") != null || request.header("x-api-key") != null;
  }

  /** The credential of an API call, null when none was sent. */
  static @Nullable Credential of(Request request) {
    refuseInUrl(request);
    String authorization = request.header("authorization");
    String apiKey = request.header("x-api-key");
    if (authorization != null && apiKey != null || repeated(authorization) || repeated(apiKey)) {
      throw Problem.bad(BOTH).code("invalid_request");
    }
    String text = apiKey != null ? apiKey.strip() : bearer(authorization);
    if (text == null) {
      return null;
    }
    Credential credential = Token.credential(text, workspace(request), request.origin());
    if (credential == null) {
      throw Problem.unauthorized(true);
    }
    if (!credential.session()) {
      refuseForeignOrigin(request);
    }
    return credential;
  }

  /** The hash of the one well-formed token a request shows, worth something or not; null for anything else. */
  static byte @Nullable [] shown(Route route, Request request) {
    try {
      Credential credential = route.api() ? of(request) : Cookies.credential(request);
      return credential == null ? null : credential.hash();
    } catch (Problem refused) {
      return null; // It is refused in its turn, and says why.
    }
  }

  /** The server joins repeated headers by a comma, which no credential holds. */
  private static boolean repeated(@Nullable String header) {
    return header != null && header.indexOf(',') >= 0;
  }

  static void refuseInUrl(Request request) {
    for (Map.Entry<String, String> parameter : request.query().entrySet()) {
      String name = parameter.getKey().toLowerCase(Locale.ROOT);
      if (Token.in(parameter.getValue()) || Token.in(parameter.getKey())
          || name.equals("access_token") || name.equals("api_key") || name.equals("apikey")) {
        throw Problem.bad(IN_URL).code("key_in_url");
      }
    }
    if (Token.in(request.path())) {
      throw Problem.bad(IN_URL).code("key_in_url");
    }
  }

  private static @Nullable String bearer(@Nullable String authorization) {
    if (authorization == null) {
      return null;
    }
    String header = authorization.strip();
    if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw Problem.unauthorized(true);
    }
    return header.substring(7).strip();
  }

  /** The workspace a person acts in: the one the path is about, else the one the header chooses (A3). */
  private static @Nullable UUID workspace(Request request) {
    if (request.route().startsWith("/api/workspaces/{id}")) {
      UUID id = Ids.parse(Kind.WORKSPACE, request.param("id"));
      if (id == null) {
        throw Problem.badField("id", "Invalid workspace id").code("invalid_id");
      }
      return id;
    }
    String text = request.header("x-workspace-id");
    if (text == null || text.isBlank()) {
      return null;
    }
    UUID id = Ids.parse(Kind.WORKSPACE, text.strip());
    if (id == null) {
      throw Problem.badField("X-Workspace-Id", "Invalid X-Workspace-Id").code("invalid_id");
    }
    return id;
  }

  private static void refuseForeignOrigin(Request request) {
    String origin = request.header("origin");
    String host = request.header("host");
    if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
      throw Problem.forbidden(FOREIGN_ORIGIN).code("cross_origin");
    }
  }
}
