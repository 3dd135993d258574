package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.access.Forgotten;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** For who forgot a password: a link by mail, or whom to ask where this installation mails nothing. */
public final class ForgottenPage {
  private static final String TEMPLATE = "access/forgotten.jte";

  private final Pages pages;
  private final Forgotten forgotten;

  public ForgottenPage(Pages pages, Forgotten forgotten) {
    this.pages = pages;
    this.forgotten = forgotten;
  }

  /**
   * What the page shows.
   *
   * @param asked the address a link was asked for; null before
   */
  public record View(boolean mails, @Nullable String asked, @Nullable String fault) {}

  /** {@code GET /forgotten}. */
  public Response show(Request request) {
    return pages.open(request, TEMPLATE, "Forgotten password", new View(forgotten.mails(), null, null));
  }

  /** {@code POST /forgotten}: the same page whether or not somebody has this address. */
  public Response ask(Request request) {
    SignInPage.requireOurs(request);
    String email = request.form().getOrDefault("email", "").strip();
    try {
      forgotten.ask(email, request.origin());
    } catch (Problem tooMany) {
      return pages.refused(tooMany.status(), request, TEMPLATE, "Forgotten password",
          new View(true, null, "Too many attempts. Please wait a minute and try again."));
    }
    return pages.open(request, TEMPLATE, "Forgotten password", new View(forgotten.mails(), email, null));
  }
}
