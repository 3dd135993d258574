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
  private static final String STAFF = "tuco_staff_session";

  private Cookies() {}

  /** The session token a browser sent, null when none that is well formed. */
  public static @Nullable String token(Request request) {
    return token(request, SESSION, Token.SESSION);
  }

  /** The staff session's token a browser sent, null when none that is well formed. */
  static @Nullable String staffToken(Request request) {
    return token(request, STAFF, Token.STAFF_SESSION);
  }

  private static @Nullable String token(Request request, String name, String prefix) {
    String token = request.cookie("__Host-" + name);
    if (token == null) {
      token = request.cookie(name);
    }
    return token != null && Token.wellFormed(prefix, token) ? token : null;
  }

  /** What a browser of the dashboard sent to be let in; null for nothing. */
  public static @Nullable Credential credential(Request request) {
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

  /** Signs a browser in to the staff console: a cookie of its own, which no link from another site carries. */
  public static Response signInStaff(Response response, Request request, String token) {
    return response.with("Set-Cookie", cookie(request, STAFF, token, "; HttpOnly; Max-Age=1800"));
  }

  /** Signs a browser out of the staff console. */
  public static Response signOutStaff(Response response, Request request) {
    return response.with("Set-Cookie", cookie(request, STAFF, "", "; HttpOnly; Max-Age=0"));
  }

  /** Chooses the workspace the pages show. */
  public static Response choose(Response response, Request request, UUID workspace) {
    return response.with("Set-Cookie", cookie(request, WORKSPACE, Ids.text(Kind.WORKSPACE, workspace), "; HttpOnly"));
  }

  /** Who posts a file, whose CSRF token stands in a header; null when nobody is signed in. */
  static @Nullable Credential ofForm(Request request) {
    Credential credential = credential(request);
    if (credential != null) {
      requireCsrf(request);
    }
    return credential;
  }

  private static String cookie(Request request, String name, String value, String more) {
    boolean secure = request.secure();
    String prefix = secure && !name.equals(WORKSPACE) ? "__Host-" : "";
    String site = name.equals(STAFF) ? "Strict" : "Lax";
    return prefix + name + "=" + value + "; Path=/; SameSite=" + site + (secure ? "; Secure" : "") + more;
  }

  /** The CSRF token of this browser's session, for a hidden field {@code csrf}; empty without a session. */
  public static String csrf(Request request) {
    return csrf(token(request));
  }

  /** As {@link #csrf(Request)}, of the staff console. */
  public static String staffCsrf(Request request) {
    return csrf(staffToken(request));
  }

  private static String csrf(@Nullable String token) {
    return token == null ? "" : Base64.getUrlEncoder().withoutPadding().encodeToString(Token.hash("csrf:" + token));
  }

  static void requireCsrf(Request request) {
    requireCsrf(request, csrf(request));
  }

  static void requireStaffCsrf(Request request) {
    requireCsrf(request, staffCsrf(request));
  }

  private static void requireCsrf(Request request, String right) {
    String sent = request.form().getOrDefault("csrf", request.headers().getOrDefault("x-csrf-token", ""));
    if (!MessageDigest.isEqual(
        sent.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8))) {
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
