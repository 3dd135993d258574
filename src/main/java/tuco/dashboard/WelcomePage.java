package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.access.OneTimeLinks;
import tuco.access.Sessions;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** Where a one-time link leads: somebody sets a password and is in (decisions 2.7). */
public final class WelcomePage {
  private final Pages pages;
  private final OneTimeLinks links;
  private final Sessions sessions;

  public WelcomePage(Pages pages, OneTimeLinks links, Sessions sessions) {
    this.pages = pages;
    this.links = links;
    this.sessions = sessions;
  }

  /**
   * What the page shows.
   *
   * @param holder null when the link is used up
   */
  public record View(OneTimeLinks.@Nullable Holder holder, String token, @Nullable String fault) {}

  /** {@code GET /welcome/{token}}. */
  public Response show(Request request) {
    return page(request, request.param("token"), null);
  }

  /** {@code POST /welcome/{token}}. */
  public Response setPassword(Request request) {
    SignInPage.requireOurs(request);
    String token = request.param("token");
    String password = request.form().getOrDefault("password", "");
    if (!password.equals(request.form().get("again"))) {
      return page(request, token, "The two passwords are not the same.");
    }
    try {
      OneTimeLinks.Holder holder = links.redeem(token, password, request.origin());
      return enter(request, holder.email(), password);
    } catch (Problem problem) {
      return page(request, token, problem.error() + (problem.error().endsWith(".") ? "" : "."));
    }
  }

  /** Whoever set the password is signed in, unless their authenticator app has a say. */
  private Response enter(Request request, String email, String password) {
    try {
      Sessions.SignedIn session = sessions.signIn(email, password, null, request.origin());
      return Cookies.signIn(Response.seeOther("/"), request, session.token());
    } catch (Problem needsCode) {
      return pages.done(request, "/sign-in", "Your password is set. Sign in with it and a code of your authenticator app.");
    }
  }

  private Response page(Request request, String token, @Nullable String fault) {
    OneTimeLinks.Holder holder = links.holder(token).orElse(null);
    View view = new View(holder, token, fault);
    Response response = holder == null
        ? pages.refused(404, request, "access/welcome.jte", "This link has expired", view)
        : pages.refused(fault == null ? 200 : 400, request, "access/welcome.jte", "Welcome", view);
    // The token in the address must not travel on.
    return response.with("Referrer-Policy", "no-referrer");
  }
}
