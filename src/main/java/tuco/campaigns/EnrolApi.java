package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.LeadIntake;
import tuco.leads.LeadJson;

/** {@code POST /api/campaigns/{id}/leads}, and {@code /enroll} as its other name (contract 2.10). */
public final class EnrolApi {
  private final Campaigns campaigns;
  private final LeadIntake intake;
  private final Runnable wake;

  public EnrolApi(Campaigns campaigns, LeadIntake intake, Runnable wake) {
    this.campaigns = campaigns;
    this.intake = intake;
    this.wake = wake;
  }

  /** Adds one lead; adding it again changes nothing, unless re-entry is asked for (decisions 6.7). */
  public Response add(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.CAMPAIGN, tx.caller());
    Body body = request.json();
    UUID leadId = body.id("leadId", Kind.LEAD, "Invalid leadId");
    boolean again = body.flag("allowReentry", false);
    if (leadId == null && body.clean() && !body.has("lead")) {
      body.fault("leadId", "Either leadId or lead data is required");
    }
    Body given = leadId == null ? lead(body) : null;
    LeadIntake.Wanted wanted = given == null ? null : intake.read(given);
    body.check(tx.caller());
    Campaign campaign = campaigns.forEnrolment(tx, id);
    if (!campaign.state().takesLeads()) {
      throw Problem.conflict("This campaign is " + campaign.state().wire() + "; leads can be added while it runs or is scheduled.")
          .code("campaign_state");
    }
    UUID lead = wanted != null ? intake.resolve(tx, campaign.listId(), wanted) : leadId;
    if (lead == null) {
      throw Problem.bad("Lead not resolved").code("validation");
    }
    ObjectNode known = lead(tx, lead);
    List<Step> steps = campaigns.steps(tx, campaign);
    boolean enrolled = enrol(tx, campaign, lead, steps, again);
    tx.afterCommit(wake);
    ObjectNode answer = Json.object()
        .put("success", true)
        .put("leadId", Ids.text(Kind.LEAD, lead))
        .put("campaignId", Ids.text(Kind.CAMPAIGN, id))
        .put("messageCount", enrolled ? steps.size() : 0)
        .put("message", enrolled ? "Lead added to campaign and sequence started" : "Lead already in campaign (re-entry not allowed).")
        .put("alreadyInCampaign", !enrolled);
    if (!enrolled) {
      answer.putArray("existingLeadIds").add(Ids.text(Kind.LEAD, lead));
    }
    LeadJson.putCrmIds(answer, known);
    return enrolled ? Response.created(answer) : Response.ok(answer);
  }

  private static @Nullable Body lead(Body body) {
    if (body.has("lead") && body.raw("lead") != null && !body.raw("lead").isObject()) {
      body.fault("lead", "Invalid request: must provide leadId or lead data");
      return null;
    }
    return body.nested("lead");
  }

  private static ObjectNode lead(Tx tx, UUID lead) {
    Optional<ObjectNode> found = tx.ownQuery("select " + LeadJson.COLUMNS
            + " from leads l where l.workspace_id = :workspace and l.lead_id = :lead for key share")
        .bind("lead", lead).map((row, context) -> LeadJson.of(row)).findOne();
    return found.orElseThrow(() -> Problem.notFound("Lead not found").code("lead_not_found"));
  }

  /** The primary key lets one of all who enrol the same lead at the same moment do it. */
  private boolean enrol(Tx tx, Campaign campaign, UUID lead, List<Step> steps, boolean again) {
    Instant now = campaigns.now();
    Instant due = steps.isEmpty() ? now : steps.getFirst().after(now, ZoneId.of("UTC"));
    int put = tx.ownUpdate("""
            insert into enrolments (workspace_id, campaign_id, lead_id, state, next_at, enrolled_at, updated_at)
            values (:workspace, :campaign, :lead, 'active', :due, :now, :now)
            on conflict (workspace_id, campaign_id, lead_id) do nothing""")
        .bind("campaign", campaign.id()).bind("lead", lead).bind("due", due).bind("now", now).execute();
    if (put == 0 && again) {
      put = tx.ownUpdate("""
              update enrolments
                 set state = 'active', entry = entry + 1, step_index = 0, next_at = :due, message_id = null, wait_reason = null,
                     stop_cause = null, replied_at = null, last_sent_at = null, enrolled_at = :now, updated_at = :now
               where workspace_id = :workspace and campaign_id = :campaign and lead_id = :lead and state in ('completed', 'stopped')""")
          .bind("campaign", campaign.id()).bind("lead", lead).bind("due", due).bind("now", now).execute();
    }
    return put == 1;
  }
}
