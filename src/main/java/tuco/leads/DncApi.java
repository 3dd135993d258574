package tuco.leads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** The do-not-contact list over HTTP (contract 2.21). */
public final class DncApi {
  private final Suppressions suppressions;
  private final Phones phones;
  private final Audit audit;

  public DncApi(Suppressions suppressions, Phones phones, Audit audit) {
    this.suppressions = suppressions;
    this.phones = phones;
    this.audit = audit;
  }

  /** GET /api/dnc. */
  public Response list(Request request, Tx tx) {
    String search = request.queryText("search");
    if (search != null && !Body.storable(search)) {
      throw Problem.badField("search", "search contains a character that is not allowed");
    }
    int page = request.queryInt("page", 1, 1, 1_000_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    long total = suppressions.count(tx, search);
    ObjectNode body = Json.object();
    body.set("entries", suppressions.page(tx, search, page, limit));
    body.set("pagination", Json.object().put("page", page).put("limit", limit)
        .put("totalCount", total).put("totalPages", (total + limit - 1) / limit));
    return Response.ok(body);
  }

  /** POST /api/dnc: 201 for a new address, 200 for one that is there; either way what is queued is cancelled. */
  public Response add(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    String address = address(body);
    String reason = body.text("reason", 500);
    body.check();
    Suppressions.Added added =
        suppressions.add(tx, tx.workspace(), address, reason == null ? "" : reason.strip(), "manual");
    audit.record(tx, Action.DNC_ADD, Kind.SUPPRESSION, added.suppressionId(),
        Map.of("alreadyListed", !added.added(), "cancelled", added.cancelled().size()));
    ObjectNode answer = Json.object().put("success", true);
    answer.set("entry", suppressions.find(tx, added.suppressionId()).orElseThrow());
    answer.put("alreadyListed", !added.added()).put("cancelledCount", added.cancelled().size());
    return added.added() ? Response.created(answer) : Response.ok(answer);
  }

  private String address(Body body) {
    String phone = body.text("phone", 50);
    String email = body.text("email", 300);
    if (phone == null == (email == null)) {
      body.fault("phone", phone == null ? "Either phone or email is required" : "Give either phone or email, not both");
      return "";
    }
    String address = normalised(phone, email);
    if (address == null) {
      LeadFields.Address field = LeadFields.ADDRESSES.get(phone == null ? 4 : 0);
      body.fault(field.name(), LeadFields.wrong(field));
      return "";
    }
    return address;
  }

  private @Nullable String normalised(@Nullable String phone, @Nullable String email) {
    return phone != null ? phones.normalise(phone) : email != null ? Emails.normalise(email) : null;
  }

  /** DELETE /api/dnc?id=. */
  public Response remove(Request request, Tx tx) {
    UUID id = request.queryId("id", Kind.SUPPRESSION, tx.caller(), "Invalid id");
    if (id == null) {
      throw Problem.badField("id", "id is required: the _id of an entry");
    }
    if (!suppressions.remove(tx, id)) {
      throw Problem.notFound("Entry not found").code("dnc_not_found");
    }
    audit.record(tx, Action.DNC_REMOVE, Kind.SUPPRESSION, id);
    return Response.ok(Json.object().put("success", true));
  }
}
