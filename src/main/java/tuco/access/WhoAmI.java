package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Function;
import tuco.caller.Caller;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code GET /api/whoami}: what a credential stands for (decisions 1.11). */
public final class WhoAmI {
  private final Function<Tx, ArrayNode> limits;

  /**
   * @param limits the workspace's limits with use and reset
   */
  public WhoAmI(Function<Tx, ArrayNode> limits) {
    this.limits = limits;
  }

  public Response show(Request request, Tx tx) {
    Caller caller = tx.caller();
    ObjectNode body = Json.object();
    ObjectNode workspace = body.putObject("workspace");
    workspace.put("_id", Ids.text(Kind.WORKSPACE, caller.workspaceId()));
    workspace.put("name", caller.workspaceName());
    workspace.put("zone", caller.zone());
    workspace.put("plan", caller.plan());
    workspace.put("state", caller.readOnlyReason() == null ? "active" : "read_only");
    workspace.put("readOnlyReason", caller.readOnlyReason());
    if (caller.keyId() != null) {
      body.putObject("apiKey").put("_id", Ids.text(Kind.KEY, caller.keyId())).put("label", caller.actorName());
    }
    if (caller.personId() != null && caller.role() != null) {
      body.putObject("member")
          .put("_id", Ids.text(Kind.PERSON, caller.personId()))
          .put("email", caller.actorName())
          .put("role", caller.role().wire());
    }
    body.set("rights", Json.tree(Right.wires(caller.rights())));
    body.set("limits", limits.apply(tx));
    return Response.ok(body);
  }
}
