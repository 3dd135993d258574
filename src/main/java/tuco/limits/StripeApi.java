package tuco.limits;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import tuco.config.StripeSettings;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** {@code POST /api/billing/stripe}: Stripe's events, which set plans and read-only mode (decisions 4.5, 4.7). */
public final class StripeApi {
  private final StripeSettings settings;
  private final StripeSignature signature;
  private final Billing billing;
  private final Clock clock;

  public StripeApi(StripeSettings settings, Billing billing, Clock clock) {
    this.settings = settings;
    this.signature = new StripeSignature(settings.secrets());
    this.billing = billing;
    this.clock = clock;
  }

  /**
   * Takes one event. 200 for whatever is signed, wanted or not, so that Stripe does not try again; a database that cannot
   * be reached answers 503, and Stripe does.
   */
  public Response take(Request request) {
    if (settings.secrets().isEmpty()) {
      throw Problem.notFound("This Tuco takes no billing events.").code("billing_off");
    }
    Instant now = clock.instant();
    if (!signature.isGood(request.header("stripe-signature"), request.body(), now)) {
      throw Problem.bad("The signature is wrong or too old.").code("invalid_signature");
    }
    JsonNode json = Json.parseOrNull(new String(request.body(), StandardCharsets.UTF_8));
    StripeEvent event = json == null ? null : StripeEvent.of(json);
    String effect = event == null ? "ignored" : billing.apply(event, now);
    return Response.ok(Json.object().put("received", true).put("effect", effect));
  }
}
