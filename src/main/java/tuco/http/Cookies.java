package tuco.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Credential;
import tuco.caller.Token;
import tuco.db.AccessRefused;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The dashboard's session: a cookie for the token, one for the chosen workspace, and the CSRF token made of the first. */
public final class Cookies {
  private static final String SESSION = "tuco_session";
  private static final String WORKSPACE = "tuco_workspace";

  private Cookies() {}

  /** The session token a browser sent, null when none that is well formed. */
  public static @Nullable String token(Request request) {
    String token = request.cookie("__Host-" + SESSION);
    if (token == null) {
      token = request.cookie(SESSION);
    }
    return token != null && Token.wellFormed(Token.SESSION, token) ? token : null;
  }

  static @Nullable Credential credential(Request request) {
    String token = token(request);
    if (token == null) {
      return null;
    }
    String chosen = request.cookie(WORKSPACE);
    UUID workspace = chosen == null ? null : Ids.parse(Kind.WORKSPACE, chosen);
    return Token.credential(token, workspace, request.origin());
  }

  /** Signs a browser in. {@code Secure} and {@code __Host-} where the request came over TLS. */
  public static Response signIn(Response response, Request request, String token) {
    return response.with("Set-Cookie", cookie(request, SESSION, token, "; HttpOnly"));
  }

  /** Signs a browser out. */
  public static Response signOut(Response response, Request request) {
    return response.with("Set-Cookie", cookie(request, SESSION, "", "; HttpOnly; Max-Age=0"));
  }

  /** Chooses the workspace the pages show. */
  public static Response choose(Response response, Request request, UUID workspace) {
    return response.with("Set-Cookie", cookie(request, WORKSPACE, Ids.text(Kind.WORKSPACE, workspace), "; HttpOnly"));
  }

  private static String cookie(Request request, String name, String value, String more) {
    boolean secure = request.secure();
    String prefix = secure && name.equals(SESSION) ? "__Host-" : "";
    return prefix + name + "=" + value + "; Path=/; SameSite=Lax" + (secure ? "; Secure" : "") + more;
  }

  /** The CSRF token of this browser's session, for a hidden field {@code csrf}; empty without a session. */
  public static String csrf(Request request) {
    String token = token(request);
    return token == null ? "" : Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + token));
  }

  static void requireCsrf(Request request) {
    String sent = request.form().getOrDefault("csrf", request.headers().getOrDefault("x-csrf-token", ""));
    if (!MessageDigest.isEqual(
        sent.getBytes(StandardCharsets.UTF_8), csrf(request).getBytes(StandardCharsets.UTF_8))) {
      throw Problem.forbidden("This form is out of date. Go back, reload the page and try again.").code("csrf");
    }
  }

  static Response toSignIn(Request request) {
    String wanted = request.method().equals("GET") ? "?next=" + URLEncoder.encode(request.path(), StandardCharsets.UTF_8) : "";
    return Response.seeOther("/sign-in" + wanted);
  }

  static Response refused(AccessRefused.Why why, Request request) {
    return switch (why) {
      case UNAUTHORIZED -> toSignIn(request);
      case NO_WORKSPACE, WRONG_WORKSPACE -> Response.seeOther("/workspaces");
    };
  }
}
