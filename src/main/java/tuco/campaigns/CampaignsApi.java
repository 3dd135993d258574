package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Campaigns over HTTP (decisions 6.1, contract 2.12). */
public final class CampaignsApi {
  private final Campaigns campaigns;
  private final Lifecycle lifecycle;

  public CampaignsApi(Campaigns campaigns, Lifecycle lifecycle) {
    this.campaigns = campaigns;
    this.lifecycle = lifecycle;
  }

  /** {@code GET /api/campaigns}. */
  public Response list(Request request, Tx tx) {
    int limit = request.queryInt("limit", 50, 1, 100);
    String state = request.queryText("status");
    if (state != null && java.util.Arrays.stream(Campaign.State.values()).noneMatch(each -> each.wire().equals(state))) {
      throw Problem.badField("status", "status must be one of "
          + java.util.Arrays.toString(Campaign.State.values()).toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", ""));
    }
    List<Campaign> found = campaigns.page(tx, state, request.queryId("cursor", Kind.CAMPAIGN, tx.caller(), "Invalid cursor"), limit + 1);
    ObjectNode body = Json.object();
    ArrayNode page = body.putArray("campaigns");
    found.stream().limit(limit).forEach(campaign -> page.add(CampaignJson.of(campaign)));
    body.put("nextCursor", found.size() > limit ? Ids.text(Kind.CAMPAIGN, found.get(limit - 1).id()) : null);
    return Response.ok(body);
  }

  /** {@code POST /api/campaigns}. */
  public Response create(Request request, Tx tx) {
    Body body = request.json();
    CampaignBody wanted = CampaignBody.read(body, tx.caller(), null, Campaigns.customFields(tx));
    check(tx, body, wanted);
    UUID id = campaigns.create(tx, wanted, tx.caller().actorId());
    if (wanted.sendImmediately()) {
      lifecycle.launch(tx, id);
    }
    return Response.created(one(tx, id).put("message", wanted.sendImmediately() ? "Campaign launched" : "Campaign created"));
  }

  /** What only the database knows to be wrong, after what the body alone shows. */
  private static void check(Tx tx, Body body, CampaignBody wanted) {
    CampaignBody.Audience audience = wanted.audience();
    body.check(tx.caller());
    if (audience != null && audience.listId() != null && !Campaigns.hasList(tx, audience.listId())) {
      body.fault("listId", "List not found");
    }
    if (wanted.settings() != null && !Campaigns.missingLines(tx, wanted.settings().lines()).isEmpty()) {
      body.fault("lineIds", "Line not found or removed");
    }
    if (wanted.settings() != null && wanted.steps() != null && !wanted.settings().firstMessageLinks()
        && Campaigns.mayUseIMessage(tx, wanted.settings().lines())) {
      List<Step.Variant> variants = wanted.steps().getFirst().variants();
      for (int i = 0; i < variants.size(); i++) {
        if (Links.in(variants.get(i).text())) {
          body.fault(variants.size() == 1 ? "steps[0].message" : "steps[0].variants[" + i + "].message", Links.REFUSED);
        }
      }
    }
    body.check(tx.caller());
  }

  /** {@code GET /api/campaigns/{id}}: with its people by what became of their messages where that is asked for (contract 2.12). */
  public Response show(Request request, Tx tx) {
    UUID id = id(request, tx);
    ObjectNode body = one(tx, id);
    if (Outcomes.asked(request)) {
      Outcomes.put(request, tx, campaigns.find(tx, id), body);
    }
    return Response.ok(body);
  }

  /** {@code PATCH /api/campaigns/{id}}: also while it runs. */
  public Response change(Request request, Tx tx) {
    Campaign now = campaigns.lock(tx, id(request, tx));
    Body body = request.json();
    CampaignBody wanted = CampaignBody.read(body, tx.caller(), now.settings(), Campaigns.customFields(tx));
    check(tx, body, wanted);
    if (now.state() == Campaign.State.ARCHIVED) {
      throw Lifecycle.refused(now, "changed");
    }
    if (wanted.audience() != null && now.state() != Campaign.State.DRAFT && now.state() != Campaign.State.SCHEDULED) {
      throw Problem.conflict("The audience can be changed until a campaign is launched; clone it for another one.").code("campaign_state");
    }
    campaigns.change(tx, now, wanted);
    return Response.ok(one(tx, now.id()));
  }

  /** {@code DELETE /api/campaigns/{id}}: deletes a draft, archives any other. */
  public Response remove(Request request, Tx tx) throws SQLException {
    lifecycle.remove(tx, id(request, tx));
    return Response.ok(Json.object().put("success", true));
  }

  /** {@code POST /api/campaigns/{id}/launch}. */
  public Response launch(Request request, Tx tx) {
    UUID id = id(request, tx);
    lifecycle.launch(tx, id);
    return Response.ok(one(tx, id));
  }

  /** {@code POST /api/campaigns/{id}/pause}. */
  public Response pause(Request request, Tx tx) {
    UUID id = id(request, tx);
    lifecycle.pause(tx, id);
    return Response.ok(one(tx, id));
  }

  /** {@code POST /api/campaigns/{id}/resume}. */
  public Response resume(Request request, Tx tx) {
    UUID id = id(request, tx);
    lifecycle.resume(tx, id);
    return Response.ok(one(tx, id));
  }

  /** {@code POST /api/campaigns/{id}/complete}. */
  public Response complete(Request request, Tx tx) throws SQLException {
    UUID id = id(request, tx);
    lifecycle.complete(tx, id);
    return Response.ok(one(tx, id));
  }

  /** {@code POST /api/campaigns/{id}/clone}. */
  public Response copy(Request request, Tx tx) {
    Campaign campaign = campaigns.find(tx, id(request, tx));
    Body body = request.jsonOrEmpty();
    String name = body.text("name", 200);
    body.check(tx.caller());
    String copy = name == null ? campaign.name() + " (copy)" : name.strip();
    return Response.created(one(tx, campaigns.copy(tx, campaign, copy.length() > 200 ? copy.substring(0, 200) : copy, tx.caller().actorId())));
  }

  private static UUID id(Request request, Tx tx) {
    return request.pathId("id", Kind.CAMPAIGN, tx.caller());
  }

  /** How long a campaign will take, for the pages. */
  public Forecast forecast(Tx tx, UUID id) {
    Campaign campaign = campaigns.find(tx, id);
    return Forecast.of(tx, campaign, campaigns.steps(tx, campaign), campaigns.now());
  }

  private ObjectNode one(Tx tx, UUID id) {
    Campaign campaign = campaigns.find(tx, id);
    ObjectNode body = Json.object();
    List<Step> steps = campaigns.steps(tx, campaign);
    body.set("campaign", CampaignJson.of(campaign, steps, Standing.of(tx, campaign, steps.size(), campaigns.now())));
    return body;
  }

  /** A campaign for the pages, with its steps. */
  public ObjectNode view(Tx tx, UUID id) {
    return one(tx, id);
  }
}
