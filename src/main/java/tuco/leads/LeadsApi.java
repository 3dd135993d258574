package tuco.leads;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Leads over HTTP (contract 2.5 to 2.8). */
public final class LeadsApi {
  static final int BATCH = 10_000;

  private final Leads leads;
  private final LeadWriter writer;
  private final LeadSearch search;
  private final Lists lists;
  private final Phones phones;

  public LeadsApi(Leads leads, LeadWriter writer, LeadSearch search, Lists lists, Phones phones) {
    this.leads = leads;
    this.writer = writer;
    this.search = search;
    this.lists = lists;
    this.phones = phones;
  }

  static Problem notFound() {
    return Problem.notFound("Lead not found").code("lead_not_found");
  }

  static Problem listNotFound() {
    return Problem.notFound(
        "List not found. The specified listId does not exist or is invalid. Omit listId to use the Quick Sends list.")
        .code("list_not_found");
  }

  /** POST /api/leads: one or many; those that exist are reported, not refused. */
  public Response create(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    NewLead.Defaults defaults = defaults(body, "csv");
    List<Body> inputs = body.objects(body.has("leads") ? "leads" : "body", BATCH);
    List<NewLead> wanted = inputs.stream().map(input -> NewLead.of(input, phones, defaults)).toList();
    if (inputs.isEmpty() && body.clean()) {
      body.fault("leads", "leads must be a non-empty array");
    }
    UUID list = list(body, tx);
    body.check(tx.caller());
    UUID into = list == null ? lists.named(tx, tx.workspace(), Lists.QUICK_SENDS) : list;
    List<LeadWriter.Outcome> outcomes =
        writer.create(tx, tx.workspace(), into, wanted, Owners.load(tx, tx.workspace()));
    return answer(tx, inputs, outcomes, into);
  }

  private NewLead.Defaults defaults(Body body, String source) {
    String code = body.text("defaultCountryCode", 10);
    String region = phones.region(code == null ? Phones.DEFAULT_COUNTRY_CODE : code);
    if (region == null) {
      body.fault("defaultCountryCode", "defaultCountryCode must be a country code, for example +1");
    }
    String given = body.text("source", 100);
    return new NewLead.Defaults(given == null ? source : given.strip(), region == null ? "US" : region,
        body.text("ghlLocationId", 200), body.text("contactOwnerEmail", 254));
  }

  /** The list that was named, null for the usual one; 404 for one that is not there. */
  private @Nullable UUID list(Body body, Tx tx) {
    String text = body.text("listId", 100);
    if (text == null) {
      return null;
    }
    UUID list = Ids.parse(Kind.LIST, text.strip());
    if (list == null) {
      throw listNotFound();
    }
    if (Ids.tag(list) != tx.caller().tag()) {
      throw Problem.wrongWorkspace();
    }
    if (!lists.exists(tx, tx.workspace(), list)) {
      throw listNotFound();
    }
    return list;
  }

  private Response answer(Tx tx, List<Body> inputs, List<LeadWriter.Outcome> outcomes, UUID list) {
    ArrayNode saved = Json.array();
    LinkedHashSet<UUID> existing = new LinkedHashSet<>();
    outcomes.forEach(outcome -> {
      if (outcome.saved()) {
        saved.add(Ids.text(Kind.LEAD, outcome.leadId()));
      } else {
        existing.add(outcome.leadId());
      }
    });
    UUID first = saved.isEmpty() ? existing.getFirst()
        : outcomes.stream().filter(LeadWriter.Outcome::saved).findFirst().orElseThrow().leadId();
    List<UUID> needed = new ArrayList<>(existing);
    needed.add(first);
    Map<UUID, ObjectNode> known = leads.byId(tx, needed);
    ArrayNode duplicates = Json.array();
    for (int i = 0; i < outcomes.size(); i++) {
      if (!outcomes.get(i).saved()) {
        ObjectNode duplicate = Json.object();
        duplicate.set("input", inputs.get(i).tree());
        duplicate.set("existingLead", known.get(outcomes.get(i).leadId()));
        duplicates.add(duplicate);
      }
    }
    ObjectNode body = Json.object();
    if (saved.isEmpty()) {
      ArrayNode ids = Json.array();
      existing.forEach(id -> ids.add(Ids.text(Kind.LEAD, id)));
      body.put("message", outcomes.size() == 1
              ? "Lead was a duplicate; existing lead ID returned."
              : "All leads were duplicates; existing lead IDs returned.")
          .put("duplicateOnly", true).put("duplicateCount", duplicates.size())
          .put("totalProcessed", outcomes.size()).put("leadId", Ids.text(Kind.LEAD, first));
      body.set("existingLeadIds", ids);
      body.set("leadIds", ids.deepCopy());
      body.set("duplicates", duplicates);
      LeadJson.putCrmIds(body, known.get(first));
      return Response.ok(body);
    }
    body.put("message", "Leads saved successfully")
        .put("savedCount", saved.size()).put("duplicateCount", duplicates.size())
        .put("totalProcessed", outcomes.size()).put("listId", Ids.text(Kind.LIST, list))
        .put("leadId", Ids.text(Kind.LEAD, first));
    body.set("leadIds", saved);
    body.set("leadListIds", Json.array().add(Ids.text(Kind.LIST, list)));
    if (!duplicates.isEmpty()) {
      body.set("duplicates", duplicates);
    }
    LeadJson.putCrmIds(body, known.get(first));
    return Response.created(body);
  }

  /** GET /api/leads: one by {@code id}, or a page of those that match. */
  public Response list(Request request, Tx tx) {
    Caller caller = tx.caller();
    UUID id = request.queryId("id", Kind.LEAD, caller, "Invalid lead id");
    if (id != null) {
      return Response.ok(one(tx, id));
    }
    LeadSearch.Wanted wanted = new LeadSearch.Wanted(
        searched(request), request.queryId("listId", Kind.LIST, caller, "Invalid listId"), request.queryText("tag"));
    int limit = request.queryInt("limit", 50, 1, 100);
    if (request.query().containsKey("cursor")) {
      return Response.ok(after(tx, wanted, request.queryText("cursor"), limit));
    }
    int page = request.queryInt("page", 1, 1, 1_000_000);
    LeadSearch.Found found = search.page(tx, wanted, page, limit);
    ObjectNode body = Json.object();
    body.set("leads", found.leads());
    body.set("lists", array(lists.all(tx)));
    ObjectNode pagination = Json.object()
        .put("page", page).put("limit", limit)
        .put("totalCount", found.total()).put("totalPages", (found.total() + limit - 1) / limit);
    if (found.leads().size() == limit && found.total() > (long) page * limit) {
      UUID last = Ids.parse(Kind.LEAD, found.leads().get(limit - 1).path("_id").asText());
      pagination.put("nextCursor", last == null ? null : LeadSearch.cursor(last));
    }
    body.set("pagination", pagination);
    return Response.ok(body);
  }

  private ObjectNode after(Tx tx, LeadSearch.Wanted wanted, @Nullable String cursor, int limit) {
    UUID before = cursor == null ? null : LeadSearch.position(cursor);
    List<ObjectNode> found = search.after(tx, wanted, before, limit + 1);
    List<ObjectNode> shown = found.subList(0, Math.min(limit, found.size()));
    UUID last = found.size() > limit ? Ids.parse(Kind.LEAD, shown.getLast().path("_id").asText()) : null;
    ObjectNode body = Json.object();
    body.set("leads", array(shown));
    body.set("pagination", Json.object().put("limit", limit).put("nextCursor", last == null ? null : LeadSearch.cursor(last)));
    return body;
  }

  private static @Nullable String searched(Request request) {
    String text = request.queryText("search");
    if (text != null && (text.length() > 200 || !Body.storable(text))) {
      throw Problem.badField("search", "search must have at most 200 characters");
    }
    return text;
  }

  /** GET /api/leads/{id}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(one(tx, id(request, tx)));
  }

  private ObjectNode one(Tx tx, UUID lead) {
    ObjectNode body = Json.object();
    body.set("lead", leads.find(tx, lead).orElseThrow(LeadsApi::notFound));
    return body;
  }

  private static UUID id(Request request, Tx tx) {
    return Request.own(Kind.LEAD, request.param("id"), tx.caller(), "id", "Invalid lead id");
  }

  /** PUT and PATCH /api/leads/{id}: changes what is mentioned. */
  public Response change(Request request, Tx tx) throws SQLException {
    UUID lead = id(request, tx);
    leads.change(tx, lead, request.json());
    return Response.ok(one(tx, lead).put("success", true));
  }

  /** PUT /api/leads: the same, with the lead's id in the body. */
  public Response changeByBody(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    String field = body.has("id") ? "id" : body.has("leadId") ? "leadId" : "_id";
    UUID lead = Request.own(
        Kind.LEAD, body.required(field, 100, "Invalid lead id"), tx.caller(), field, "Invalid lead id");
    leads.change(tx, lead, body);
    return Response.ok(one(tx, lead).put("success", true));
  }

  /** DELETE /api/leads: those of the ids that are the caller's; others are not counted. */
  public Response deleteMany(Request request, Tx tx) throws SQLException {
    Body body = request.jsonOrEmpty();
    List<UUID> own = new ArrayList<>();
    List<String> given = body.texts("ids", BATCH, 100, "No ids provided");
    if (given.isEmpty() && body.clean()) {
      body.fault("ids", "No ids provided");
    }
    for (String text : given) {
      UUID lead = Ids.parse(Kind.LEAD, text.strip());
      if (lead == null) {
        throw Problem.badField("ids", "Invalid lead id in ids array").code("invalid_id");
      }
      if (Ids.tag(lead) == tx.caller().tag()) {
        own.add(lead);
      }
    }
    body.check();
    return Response.ok(Json.object().put("deletedCount", own.isEmpty() ? 0 : leads.delete(tx, own).size()));
  }

  /** DELETE /api/leads/{id}. */
  public Response delete(Request request, Tx tx) throws SQLException {
    if (leads.delete(tx, List.of(id(request, tx))).isEmpty()) {
      throw notFound();
    }
    return Response.ok(Json.object().put("deletedCount", 1));
  }

  /** POST /api/leads/tags: adds and takes away labels of many leads. */
  public Response tag(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    List<String> add = LeadFields.tags(body, "add");
    List<String> remove = LeadFields.tags(body, "remove");
    List<UUID> ids = new ArrayList<>();
    for (String text : body.texts("ids", BATCH, 100, "No ids provided")) {
      ids.add(Request.own(Kind.LEAD, text.strip(), tx.caller(), "ids", "Invalid lead id in ids array"));
    }
    if (ids.isEmpty() && body.clean()) {
      body.fault("ids", "No ids provided");
    }
    if (add.isEmpty() && remove.isEmpty() && body.clean()) {
      body.fault("add", "add or remove is required: the tags to add or to take away");
    }
    body.check();
    return Response.ok(Json.object().put("updatedCount", leads.tag(tx, ids, add, remove)));
  }

  /** GET /api/tags: the labels in use and how many leads bear each. */
  public Response tags(Request request, Tx tx) {
    ArrayNode tags = Json.array();
    tx.ownQuery("""
            select t.tag, count(*) as leads
              from leads l, unnest(l.tags) as t (tag)
             where l.workspace_id = :workspace
             group by t.tag
             order by t.tag""")
        .map((row, context) -> Json.object().put("name", row.getString(1)).put("leadCount", row.getLong(2)))
        .forEach(tags::add);
    ObjectNode body = Json.object();
    body.set("tags", tags);
    return Response.ok(body);
  }

  static ArrayNode array(List<ObjectNode> objects) {
    ArrayNode array = Json.array();
    objects.forEach(array::add);
    return array;
  }
}
