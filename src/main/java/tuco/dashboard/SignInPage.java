package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.access.Sessions;
import tuco.caller.PersonCaller;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** In and out. */
public final class SignInPage {
  private final Pages pages;
  private final Sessions sessions;

  public SignInPage(Pages pages, Sessions sessions) {
    this.pages = pages;
    this.sessions = sessions;
  }

  /**
   * What the page shows.
   *
   * @param next where to go afterwards
   */
  public record View(String email, String next, @Nullable String fault) {}

  /** {@code GET /sign-in}. */
  public Response show(Request request) {
    return pages.open(request, "access/sign-in.jte", "Sign in", new View("", local(request.query().get("next")), null));
  }

  /** {@code POST /sign-in}. */
  public Response signIn(Request request) {
    requireOurs(request);
    String email = request.form().getOrDefault("email", "");
    String next = local(request.form().get("next"));
    try {
      Sessions.SignedIn session = sessions.signIn(
          email, request.form().getOrDefault("password", ""), request.form().get("code"), request.origin());
      return Cookies.signIn(Response.seeOther(next), request, session.token());
    } catch (Problem problem) {
      // The same words for every cause, as the API has it (A1).
      String fault = problem.status() == 401
          ? "This e-mail address and password do not fit together, or the code is not right."
          : "Too many attempts. Please wait a minute and try again.";
      return pages.refused(problem.status(), request, "access/sign-in.jte", "Sign in", new View(email, next, fault));
    }
  }

  /** {@code POST /sign-out}. */
  public Response signOut(Request request, PersonCaller caller) {
    sessions.end(caller, caller.sessionId());
    return Cookies.signOut(Response.seeOther("/sign-in"), request);
  }

  /** Refuses a form of another site that would sign somebody in as somebody else: there is no session yet to make a token of. */
  public static void requireOurs(Request request) {
    String site = request.header("sec-fetch-site");
    String origin = request.header("origin");
    String host = request.header("host");
    boolean foreign = site != null
        ? !site.equals("same-origin") && !site.equals("none")
        : origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host);
    if (foreign) {
      throw Problem.forbidden("This form came from another site. Open Tuco itself and try again.").code("cross_origin");
    }
  }

  /** A page of ours and nothing else: what follows a sign-in must not lead away. */
  private static String local(@Nullable String next) {
    boolean ours = next != null && next.startsWith("/") && !next.startsWith("//") && next.indexOf('\\') < 0 && next.chars().noneMatch(c -> c < ' ');
    return ours && next != null ? next : "/";
  }
}
