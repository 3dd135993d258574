package tuco.dashboard;

import tuco.campaigns.CampaignsApi;
import tuco.campaigns.Forecast;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** Before a campaign starts: how many people, when, and what is in the way; then it starts (P4). */
public final class CampaignLaunchPage {
  private final Pages pages;
  private final CampaignsPage campaigns;
  private final CampaignsApi api;

  public CampaignLaunchPage(Pages pages, CampaignsPage campaigns, CampaignsApi api) {
    this.pages = pages;
    this.campaigns = campaigns;
    this.api = api;
  }

  /** What the pages show. */
  public record View(CampaignsPage.Row row, Forecast forecast) {}

  private View view(Request request, Tx tx) {
    return new View(campaigns.row(request, tx), api.forecast(tx, request.pathId("id", Kind.CAMPAIGN, tx.caller())));
  }

  /** {@code GET /campaigns/{id}/review}. */
  public Response review(Request request, Tx tx) {
    View view = view(request, tx);
    return pages.show(request, tx, "campaigns/review.jte", "campaigns", "Review " + view.row().name(), view);
  }

  /** {@code GET /campaigns/{id}/launch}. */
  public Response launching(Request request, Tx tx) {
    return pages.show(request, tx, "campaigns/launch.jte", "campaigns", "Launch", view(request, tx));
  }

  /** {@code POST /campaigns/{id}/launch}. */
  public Response launch(Request request, Tx tx) {
    String status = new CampaignsPage.Row(Answers.tree(api.launch(request.withJson(Json.object()), tx)).path("campaign")).status();
    return pages.done(request, "/campaigns/" + request.param("id"),
        status.equals("scheduled") ? "It starts by itself when its time comes." : "Launched. The first messages are leaving.");
  }
}
