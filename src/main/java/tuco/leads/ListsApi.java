package tuco.leads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.UUID;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** Lists over HTTP (contract 5.3). */
public final class ListsApi {
  private static final int NAME = 200;
  private static final int DESCRIPTION = 2_000;

  private final Lists lists;

  public ListsApi(Lists lists) {
    this.lists = lists;
  }

  /** GET /api/lists. */
  public Response list(Request request, Tx tx) {
    ObjectNode body = Json.object();
    body.set("lists", LeadsApi.array(lists.all(tx)));
    return Response.ok(body);
  }

  /** POST /api/lists. */
  public Response create(Request request, Tx tx) {
    Body body = request.json();
    String name = body.required("name", NAME, "Name is required");
    String description = body.text("description", DESCRIPTION);
    body.check();
    return Response.created(one(tx, lists.create(tx, tx.workspace(), name, description == null ? "" : description)));
  }

  /** GET /api/lists/{id}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(one(tx, request.pathId("id", Kind.LIST, tx.caller())));
  }

  /** PATCH /api/lists/{id}. */
  public Response change(Request request, Tx tx) {
    UUID list = request.pathId("id", Kind.LIST, tx.caller());
    Body body = request.json();
    ObjectNode now = lists.find(tx, list).orElseThrow(ListsApi::notFound);
    String name = body.mentions("name") ? body.required("name", NAME, "Name is required") : now.path("name").asText();
    String given = body.text("description", DESCRIPTION);
    String description = !body.mentions("description") ? now.path("description").asText() : given == null ? "" : given;
    body.check();
    lists.change(tx, list, name, description);
    return Response.ok(one(tx, list));
  }

  /** DELETE /api/lists/{id}: its leads move to "Quick Sends", or go too with {@code deleteLeads=true}. */
  public Response remove(Request request, Tx tx) throws SQLException {
    UUID list = request.pathId("id", Kind.LIST, tx.caller());
    String flag = request.queryText("deleteLeads");
    if (flag != null && !flag.equals("true") && !flag.equals("false")) {
      throw Problem.badField("deleteLeads", "deleteLeads must be true or false");
    }
    boolean withLeads = "true".equals(flag);
    if (!lists.exists(tx, tx.workspace(), list)) {
      throw notFound();
    }
    int leads = lists.remove(tx, list, withLeads);
    return Response.ok(Json.object().put("success", true)
        .put("deletedLeads", withLeads ? leads : 0).put("movedLeads", withLeads ? 0 : leads));
  }

  private ObjectNode one(Tx tx, UUID list) {
    ObjectNode body = Json.object();
    body.set("list", lists.find(tx, list).orElseThrow(ListsApi::notFound));
    return body;
  }

  private static Problem notFound() {
    return Problem.notFound("List not found").code("list_not_found");
  }
}
