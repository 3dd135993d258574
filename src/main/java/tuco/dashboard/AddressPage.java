package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.access.EmailChange;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** Where the link leads that confirms a new e-mail address: a button, because scanners of mails open links too. */
public final class AddressPage {
  private static final String TEMPLATE = "access/address.jte";

  private final Pages pages;
  private final EmailChange change;

  public AddressPage(Pages pages, EmailChange change) {
    this.pages = pages;
    this.change = change;
  }

  /**
   * What the page shows.
   *
   * @param wanted null when the link is used up
   */
  public record View(EmailChange.@Nullable Wanted wanted, String token) {}

  /** {@code GET /address/{token}}. */
  public Response show(Request request) {
    String token = request.param("token");
    EmailChange.Wanted wanted = change.wanted(token).orElse(null);
    Response response = wanted == null
        ? pages.refused(404, request, TEMPLATE, "This link has expired", new View(null, token))
        : pages.open(request, TEMPLATE, "Confirm your address", new View(wanted, token));
    // The token in the address must not travel on.
    return response.with("Referrer-Policy", "no-referrer");
  }

  /** {@code POST /address/{token}}. */
  public Response confirm(Request request) {
    SignInPage.requireOurs(request);
    try {
      EmailChange.Wanted changed = change.confirm(request.param("token"), request.origin());
      return pages.done(request, "/sign-in", "Your address is changed. Sign in with " + changed.to() + " from now on.");
    } catch (Problem spent) {
      return pages.refused(spent.status(), request, TEMPLATE, "This link has expired", new View(null, ""));
    }
  }
}
