package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.http.Request;
import tuco.http.Response;
import tuco.inbox.Unsubscribe;

/** Where the unsubscribe link of a mail leads: for mail programs (RFC 8058) and for people. */
public final class UnsubscribePage {
  private final Pages pages;
  private final Unsubscribe unsubscribe;

  public UnsubscribePage(Pages pages, Unsubscribe unsubscribe) {
    this.pages = pages;
    this.unsubscribe = unsubscribe;
  }

  /**
   * What the page shows.
   *
   * @param recipient null when the link stands for nobody
   */
  public record View(Unsubscribe.@Nullable Recipient recipient, String token, boolean done) {}

  /** {@code GET /u/{token}}: asks, and does nothing yet. */
  public Response show(Request request) {
    String token = request.param("token");
    return page(request, new View(unsubscribe.recipient(token).orElse(null), token, false));
  }

  /** {@code POST /u/{token}}: from a mail program without cookies, or by the page's button. Never redirects. */
  public Response unsubscribe(Request request) {
    String token = request.param("token");
    return page(request, new View(unsubscribe.optOut(token).orElse(null), token, true));
  }

  private Response page(Request request, View view) {
    Response response = view.recipient() == null
        ? pages.refused(404, request, "access/unsubscribe.jte", "This link is not valid", view)
        : pages.open(request, "access/unsubscribe.jte", "Unsubscribe", view);
    // The token in the address must not travel on.
    return response.with("Referrer-Policy", "no-referrer");
  }
}
