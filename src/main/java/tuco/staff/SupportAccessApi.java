package tuco.staff;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
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

/** {@code /api/staff-access}: the owners' side of the operator's access (decisions 9.1). */
public final class SupportAccessApi {
  private static final List<String> STATES = List.of("waiting", "live", "refused", "expired", "ended");

  private final SupportAccess access;
  private final Clock clock;

  public SupportAccessApi(SupportAccess access, Clock clock) {
    this.access = access;
    this.clock = clock;
  }

  /** {@code GET /api/staff-access}: the rule, and grants and requests, the newest first. */
  public Response show(Request request, Tx tx) {
    int limit = request.queryInt("limit", 50, 1, 100);
    String status = request.queryText("status");
    if (status != null && !STATES.contains(status)) {
      throw Problem.badField("status", "status must be one of " + String.join(", ", STATES));
    }
    UUID before = request.queryId("cursor", Kind.GRANT, tx.caller(), "Invalid cursor");
    List<SupportAccess.Grant> found = access.grants(tx, status, before, limit + 1);
    ObjectNode answer = Json.object().put("policy", access.policy(tx)).put("waiting", SupportAccess.waiting(tx));
    ArrayNode grants = answer.putArray("grants");
    found.stream().limit(limit).forEach(grant -> grants.add(json(grant)));
    answer.put("nextCursor", found.size() <= limit ? null : Ids.text(Kind.GRANT, found.get(limit - 1).grantId()));
    return Response.ok(answer);
  }

  /** {@code PATCH /api/staff-access}: what the workspace allows. */
  public Response change(Request request, Tx tx) {
    Body body = request.json();
    if (!body.has("policy") && body.clean()) {
      body.fault("policy", "policy is required");
    }
    String policy = body.oneOf("policy", "approval", SupportWords.POLICIES, "policy must be one of " + String.join(", ", SupportWords.POLICIES));
    body.check(tx.caller());
    access.changePolicy(tx, policy);
    return Response.ok(Json.object().put("policy", policy).put("effectiveAt", Json.timestamp(clock.instant())));
  }

  /** {@code GET /api/staff-access/acts}: what staff did in the workspace, the newest first. */
  public Response acts(Request request, Tx tx) {
    int limit = request.queryInt("limit", 50, 1, 100);
    UUID grant = request.queryId("grantId", Kind.GRANT, tx.caller(), "Invalid grantId");
    UUID before = request.queryId("cursor", Kind.EVENT, tx.caller(), "Invalid cursor");
    List<SupportAccess.Act> found = access.acts(tx, grant, before, limit + 1);
    ObjectNode answer = Json.object();
    ArrayNode acts = answer.putArray("acts");
    found.stream().limit(limit).forEach(act -> acts.addObject()
        .put("_id", Ids.text(Kind.EVENT, act.actId()))
        .put("grantId", Ids.text(Kind.GRANT, act.grantId()))
        .put("staffEmail", act.staffEmail())
        .put("staffName", act.staffName())
        .put("ticket", act.ticket())
        .put("action", act.action())
        .put("object", act.object())
        .put("address", act.address())
        .put("requestId", act.requestId())
        .put("at", Json.timestamp(act.at())));
    answer.put("nextCursor", found.size() <= limit ? null : Ids.text(Kind.EVENT, found.get(limit - 1).actId()));
    return Response.ok(answer);
  }

  /** {@code POST /api/staff-access/{id}/approve}. */
  public Response approve(Request request, Tx tx) {
    return decided(access.approve(tx, id(request, tx)));
  }

  /** {@code POST /api/staff-access/{id}/refuse}. */
  public Response refuse(Request request, Tx tx) {
    return decided(access.refuse(tx, id(request, tx)));
  }

  /** {@code POST /api/staff-access/{id}/end}. */
  public Response end(Request request, Tx tx) {
    return decided(access.end(tx, id(request, tx)));
  }

  private static UUID id(Request request, Tx tx) {
    return request.pathId("id", Kind.GRANT, tx.caller());
  }

  private Response decided(SupportAccess.Grant grant) {
    ObjectNode answer = Json.object();
    answer.set("grant", json(grant));
    answer.put("effectiveAt", Json.timestamp(clock.instant()));
    return Response.ok(answer);
  }

  private static ObjectNode json(SupportAccess.Grant grant) {
    return Json.object()
        .put("_id", Ids.text(Kind.GRANT, grant.grantId()))
        .put("staffEmail", grant.staffEmail())
        .put("staffName", grant.staffName())
        .put("purpose", grant.purpose())
        .put("ticket", grant.ticket())
        .put("scope", grant.scope())
        .put("access", grant.access())
        .put("hours", grant.hours())
        .put("standing", grant.standing())
        .put("status", grant.status())
        .put("requestedAt", Json.timestamp(grant.requestedAt()))
        .put("decidedAt", timestamp(grant.decidedAt()))
        .put("decidedBy", grant.decidedBy())
        .put("expiresAt", timestamp(grant.expiresAt()))
        .put("endedAt", timestamp(grant.endedAt()))
        .put("endedBy", grant.endedBy())
        .put("acts", grant.acts());
  }

  private static @Nullable String timestamp(@Nullable Instant at) {
    return at == null ? null : Json.timestamp(at);
  }
}
