package tuco.access;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import tuco.caller.PersonCaller;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.limits.ZoneChange;

/** {@code /api/workspaces}: one for each environment that is to be apart (A5). */
public final class WorkspacesApi {
  /** What an environment may be called; the first is the default (K4). */
  public static final List<String> ENVIRONMENTS = List.of("production", "staging", "development", "other");

  private static final List<String> LEAK_POLICIES = List.of("disable", "alarm");

  private final Workspaces workspaces;
  private final Clock clock;

  public WorkspacesApi(Workspaces workspaces, Clock clock) {
    this.workspaces = workspaces;
    this.clock = clock;
  }

  /** {@code GET /api/workspaces}: those of the signed-in person. */
  public Response list(Request request, PersonCaller caller) {
    ObjectNode answer = Json.object();
    answer.set("workspaces", workspaces.listOf(caller.personId()));
    return Response.ok(answer);
  }

  /** {@code POST /api/workspaces}: the signed-in person owns it. */
  public Response create(Request request, Tx tx, PersonCaller caller) {
    Body body = request.json();
    String name = body.required("name", 200, "name is required");
    String environment = body.oneOf("environment", ENVIRONMENTS.getFirst(), ENVIRONMENTS,
        "environment must be one of " + String.join(", ", ENVIRONMENTS));
    body.check();
    UUID workspace = workspaces.create(tx, caller, name, environment);
    ObjectNode answer = Json.object();
    answer.putObject("workspace")
        .put("_id", Ids.text(Kind.WORKSPACE, workspace))
        .put("name", name)
        .put("environment", environment)
        .put("role", Role.OWNER.wire())
        .put("state", "active");
    return Response.created(answer);
  }

  /** {@code GET /api/workspaces/{id}}. */
  public Response show(Request request, Tx tx) {
    request.pathId("id", Kind.WORKSPACE, tx.caller());
    return Response.ok(workspace(tx));
  }

  /** {@code PATCH /api/workspaces/{id}}: what the body names. */
  public Response change(Request request, Tx tx) {
    request.pathId("id", Kind.WORKSPACE, tx.caller());
    Body body = request.json();
    Workspaces.Settings now = workspaces.settingsToChange(tx);
    String zone = body.mentions("zone") ? body.required("zone", 100, "zone must not be empty") : now.zone();
    if (!zone.isEmpty() && !ZoneId.getAvailableZoneIds().contains(zone)) {
      body.fault("zone", "zone must be an IANA time zone, such as Europe/Berlin");
    }
    Workspaces.Settings wanted = new Workspaces.Settings(
        body.mentions("name") ? body.required("name", 200, "name must not be empty") : now.name(),
        body.oneOf("environment", now.environment(), ENVIRONMENTS,
            "environment must be one of " + String.join(", ", ENVIRONMENTS)),
        zone,
        body.flag("doubleSendGuard", now.doubleSendGuard()),
        body.oneOf("leakPolicy", now.leakPolicy(), LEAK_POLICIES,
            "leakPolicy must be one of " + String.join(", ", LEAK_POLICIES)),
        now.plan(), now.readOnlyReason(), now.createdAt());
    body.check(tx.caller());
    ZoneChange.during(tx, zone, clock, () -> workspaces.change(tx, now, wanted));
    return Response.ok(workspace(tx));
  }

  /** {@code DELETE /api/workspaces/{id}}: for owners; ends all access at once (K8). */
  public Response remove(Request request, Tx tx) {
    request.pathId("id", Kind.WORKSPACE, tx.caller());
    if (tx.caller().role() != Role.OWNER) {
      throw Members.ownersOnly();
    }
    workspaces.remove(tx);
    return Response.ok(
        Json.object().put("success", true).put("effectiveAt", Json.timestamp(clock.instant())));
  }

  private ObjectNode workspace(Tx tx) {
    Workspaces.Settings settings = workspaces.settings(tx);
    ObjectNode answer = Json.object();
    answer.putObject("workspace")
        .put("_id", Ids.text(Kind.WORKSPACE, tx.workspace()))
        .put("name", settings.name())
        .put("environment", settings.environment())
        .put("zone", settings.zone())
        .put("doubleSendGuard", settings.doubleSendGuard())
        .put("leakPolicy", settings.leakPolicy())
        .put("plan", settings.plan())
        .put("state", settings.readOnlyReason() == null ? "active" : "read_only")
        .put("readOnlyReason", settings.readOnlyReason())
        .put("createdAt", Json.timestamp(settings.createdAt()));
    return answer;
  }
}
