package tuco.dashboard.console;

import org.jspecify.annotations.Nullable;
import tuco.caller.StaffCaller;
import tuco.dashboard.Pages;
import tuco.dashboard.SignInPage;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.staff.StaffLinks;
import tuco.staff.StaffSessions;

/** How staff come in and go: the one-time link, sign-in, sign-out. */
public final class DoorPages {
  private final Pages pages;
  private final StaffSessions sessions;
  private final StaffLinks links;

  DoorPages(Pages pages, StaffSessions sessions, StaffLinks links) {
    this.pages = pages;
    this.sessions = sessions;
    this.links = links;
  }

  /** What the sign-in page shows. */
  public record SignInView(String email, @Nullable String fault) {}

  /**
   * What the page of a one-time link shows.
   *
   * @param holder null when the link is used up
   */
  public record WelcomeView(StaffLinks.@Nullable Holder holder, String token, @Nullable String fault) {}

  /** {@code GET /staff/sign-in}. */
  public Response show(Request request) {
    return pages.open(request, "console/sign-in.jte", "Staff sign-in", new SignInView("", null));
  }

  /** {@code POST /staff/sign-in}. */
  public Response signIn(Request request) {
    SignInPage.requireOurs(request);
    String email = request.form().getOrDefault("email", "");
    try {
      String token = sessions.signIn(
          email, request.form().getOrDefault("password", ""), request.form().getOrDefault("code", ""), request.address(), request.client());
      return Cookies.signInStaff(Response.seeOther("/staff"), request, token);
    } catch (Problem problem) {
      String fault = problem.status() == 401
          ? "E-mail address, password and code do not fit together."
          : "Too many attempts. Please wait a minute and try again.";
      return pages.refused(problem.status(), request, "console/sign-in.jte", "Staff sign-in", new SignInView(email, fault));
    }
  }

  /** {@code POST /staff/sign-out}. */
  public Response signOut(Request request, StaffCaller caller) {
    sessions.end(caller);
    return Cookies.signOutStaff(Response.seeOther("/staff/sign-in"), request);
  }

  /** {@code GET /staff/welcome/{token}}. */
  public Response welcome(Request request) {
    return welcome(request, null);
  }

  /** {@code POST /staff/welcome/{token}}: password and app are set, signing in comes next and takes a fresh code. */
  public Response begin(Request request) {
    SignInPage.requireOurs(request);
    String password = request.form().getOrDefault("password", "");
    if (!password.equals(request.form().get("again"))) {
      return welcome(request, "The two passwords are not the same.");
    }
    try {
      links.redeem(request.param("token"), password, request.form().getOrDefault("code", ""));
      return pages.done(request, "/staff/sign-in", "You are set up. Sign in with the next code of your app.");
    } catch (Problem problem) {
      return welcome(request, problem.error() + (problem.error().endsWith(".") ? "" : "."));
    }
  }

  private Response welcome(Request request, @Nullable String fault) {
    String token = request.param("token");
    StaffLinks.Holder holder = links.holder(token).orElse(null);
    int status = holder == null ? 404 : fault == null ? 200 : 400;
    return pages.refused(status, request, "console/welcome.jte", holder == null ? "This link has expired" : "Welcome",
            new WelcomeView(holder, token, fault))
        .with("Referrer-Policy", "no-referrer"); // The token in the address must not travel on.
  }
}
