package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** {@code PUT /api/campaigns {campaignId, action}}: the contract's way to control a campaign (2.12). */
public final class ControlApi {
  private static final List<String> ACTIONS = List.of("activate", "pause", "resume", "complete", "retry_failed");

  private final CampaignsApi campaigns;
  private final Lifecycle lifecycle;

  public ControlApi(CampaignsApi campaigns, Lifecycle lifecycle) {
    this.campaigns = campaigns;
    this.lifecycle = lifecycle;
  }

  /** Does what {@code action} names, and answers with the campaign as it is then. */
  public Response control(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    UUID id = body.id("campaignId", Kind.CAMPAIGN, "Invalid campaignId");
    if (id == null && body.clean()) {
      body.fault("campaignId", "campaignId is required");
    }
    String action = body.requiredOneOf("action", ACTIONS, "action is required", "action must be one of " + String.join(", ", ACTIONS));
    body.check(tx.caller());
    UUID campaign = Objects.requireNonNull(id);
    String message = act(tx, campaign, action);
    ObjectNode answer = campaigns.view(tx, campaign);
    return Response.ok(answer.put("message", message));
  }

  private String act(Tx tx, UUID campaign, String action) throws SQLException {
    switch (action) {
      case "activate" -> lifecycle.launch(tx, campaign);
      case "pause" -> lifecycle.pause(tx, campaign);
      case "resume" -> lifecycle.resume(tx, campaign);
      case "complete" -> lifecycle.complete(tx, campaign);
      default -> {
        int again = lifecycle.retryFailed(tx, campaign);
        return again == 0 ? "Nobody's message failed before it left; there is nothing to retry"
            : again == 1 ? "1 person is tried again" : again + " people are tried again";
      }
    }
    return switch (action) {
      case "activate" -> "Campaign activated";
      case "pause" -> "Campaign paused";
      case "resume" -> "Campaign resumed";
      default -> "Campaign completed";
    };
  }
}
