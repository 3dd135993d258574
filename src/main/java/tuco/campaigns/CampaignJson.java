package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A campaign as the API shows it. */
final class CampaignJson {
  private CampaignJson() {}

  static ObjectNode of(Campaign campaign) {
    ObjectNode json = Json.object()
        .put("_id", Ids.text(Kind.CAMPAIGN, campaign.id()))
        .put("name", campaign.name())
        .put("status", campaign.state().wire())
        .put("workspaceId", Ids.text(Kind.WORKSPACE, campaign.workspaceId()));
    ObjectNode audience = json.putObject("audience");
    audience.put("type", campaign.audience());
    audience.put("listId", Ids.textOrNull(Kind.LIST, campaign.listId()));
    audience.put("tag", campaign.tag());
    json.put("listId", Ids.textOrNull(Kind.LIST, campaign.listId()));
    json.set("lineIds", campaign.settings().linesJson());
    json.set("settings", campaign.settings().json());
    json.put("stepsVersion", campaign.version());
    json.put("pauseReason", campaign.state() == Campaign.State.PAUSED ? campaign.pauseReason() : null);
    json.put("blockedBy", campaign.state().sends() ? campaign.blockedBy() : null);
    json.put("blockedSince", campaign.state().sends() ? Json.timestampOrNull(campaign.blockedSince()) : null);
    ObjectNode planning = json.putObject("planning");
    planning.put("done", campaign.plannedAt() != null || !campaign.hasAudience());
    planning.put("leads", campaign.audienceCount());
    planning.put("lookedAt", campaign.plannedCount());
    planning.put("enrolled", campaign.enrolledCount());
    json.put("scheduledDate", Json.timestampOrNull(campaign.scheduledAt()));
    json.put("startedAt", Json.timestampOrNull(campaign.startedAt()));
    json.put("completedAt", Json.timestampOrNull(campaign.completedAt()));
    json.put("createdAt", Json.timestamp(campaign.createdAt()));
    json.put("updatedAt", Json.timestamp(campaign.updatedAt()));
    return json;
  }

  /** With its steps, and what holds all of it. */
  static ObjectNode of(Campaign campaign, List<Step> steps, Standing standing) {
    ObjectNode json = of(campaign);
    json.put("blockedBy", standing.blockedBy());
    json.put("blockedSince", Json.timestampOrNull(standing.since()));
    json.put("blockedUntil", Json.timestampOrNull(standing.until()));
    json.set("steps", steps(steps));
    return json;
  }

  static ArrayNode steps(List<Step> steps) {
    ArrayNode array = Json.array();
    for (int place = 0; place < steps.size(); place++) {
      Step step = steps.get(place);
      ObjectNode json = array.addObject().put("stepIndex", place).put("number", step.number());
      if (step.variants().size() == 1) {
        json.put("message", step.variants().getFirst().text());
      }
      json.setAll(step.json());
    }
    return array;
  }
}
