package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;

/** One campaign: what blocks it, how far it is, what each step brought, and where everybody stands (P4). */
public final class CampaignPage {
  private final Pages pages;
  private final CampaignsPage campaigns;

  public CampaignPage(Pages pages, CampaignsPage campaigns) {
    this.pages = pages;
    this.campaigns = campaigns;
  }

  /** What the page shows. */
  public record View(CampaignsPage.Row row, boolean writes) {
    public List<JsonNode> steps() {
      return row.campaign().path("steps").valueStream().toList();
    }
  }

  /** {@code GET /campaigns/{id}}. */
  public Response show(Request request, Tx tx) {
    CampaignsPage.Row row = campaigns.row(request, tx);
    return pages.show(request, tx, "campaigns/detail.jte", "campaigns", row.name(), new View(row, tx.caller().may(Right.CAMPAIGNS_WRITE)));
  }
}
