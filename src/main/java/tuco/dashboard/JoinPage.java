package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.access.Invitations;
import tuco.access.Sessions;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** Where an invitation leads: somebody joins a workspace, with a new password or the one they have. */
public final class JoinPage {
  private final Pages pages;
  private final Invitations invitations;

  public JoinPage(Pages pages, Invitations invitations) {
    this.pages = pages;
    this.invitations = invitations;
  }

  /**
   * What the page shows.
   *
   * @param offer null when the link is used up
   */
  public record View(Invitations.@Nullable Offer offer, String token, String name, @Nullable String fault) {}

  /** {@code GET /join/{token}}. */
  public Response show(Request request) {
    return page(request, null);
  }

  /** {@code POST /join/{token}}. */
  public Response join(Request request) {
    SignInPage.requireOurs(request);
    try {
      Sessions.SignedIn session = invitations.accept(
          request.param("token"), request.form().getOrDefault("name", "").strip(),
          request.form().getOrDefault("password", ""), request.form().get("code"), request.origin());
      return Cookies.signIn(Response.seeOther("/workspaces"), request, session.token());
    } catch (Problem problem) {
      return page(request, switch (problem.status()) {
        case 401 -> "The password or the code is not right.";
        case 402 -> Frame.READ_ONLY;
        default -> problem.error();
      });
    }
  }

  private Response page(Request request, @Nullable String fault) {
    String token = request.param("token");
    Invitations.Offer offer = invitations.offer(token).orElse(null);
    View view = new View(offer, token, request.method().equals("POST") ? request.form().getOrDefault("name", "") : "", fault);
    int status = offer == null ? 404 : fault == null ? 200 : 400;
    // The token in the address must not travel on.
    return pages.refused(status, request, "access/join.jte", "Join a workspace", view).with("Referrer-Policy", "no-referrer");
  }
}
