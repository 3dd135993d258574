package tuco.privacy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.LeadJson;

/** All that is stored of one person: handed out as JSON, and erased with a receipt (decisions 9.4). */
public final class PersonalData {
  private static final Map<String, Kind> IDS = Map.ofEntries(
      Map.entry("workspace_id", Kind.WORKSPACE), Map.entry("lead_id", Kind.LEAD), Map.entry("list_id", Kind.LIST),
      Map.entry("line_id", Kind.LINE), Map.entry("campaign_id", Kind.CAMPAIGN), Map.entry("message_id", Kind.MESSAGE),
      Map.entry("fallback_of", Kind.MESSAGE), Map.entry("answers", Kind.MESSAGE), Map.entry("last_reply_id", Kind.MESSAGE),
      Map.entry("webhook_id", Kind.WEBHOOK), Map.entry("delivery_id", Kind.DELIVERY), Map.entry("event_id", Kind.EVENT),
      Map.entry("suppression_id", Kind.SUPPRESSION), Map.entry("import_id", Kind.IMPORT));

  private final Ids ids;
  private final Clock clock;
  private final Audit audit;

  public PersonalData(Ids ids, Clock clock, Audit audit) {
    this.ids = ids;
    this.clock = clock;
    this.audit = audit;
  }

  /** {@code GET /api/leads/{id}/personal-data}. */
  public Response export(Request request, Tx tx) {
    Gate.requireRight(Right.MESSAGES_READ, tx.caller());
    Subject subject = subject(request, tx, false);
    ObjectNode body = Json.object()
        .put("leadId", Ids.text(Kind.LEAD, subject.lead()))
        .put("exportedAt", Json.timestamp(clock.instant()));
    body.set("lead", tx.ownQuery("select " + LeadJson.COLUMNS + " from leads l where l.workspace_id = :workspace and l.lead_id = :lead")
        .bind("lead", subject.lead()).map((row, context) -> LeadJson.of(row)).one());
    body.put("list", tx.ownQuery("""
            select s.name
              from leads l
              join lists s on s.workspace_id = l.workspace_id and s.list_id = l.list_id
             where l.workspace_id = :workspace and l.lead_id = :lead""")
        .bind("lead", subject.lead()).mapTo(String.class).one());
    for (Place place : Place.ALL) {
      if (!place.name().equals("lead")) {
        body.set(place.name(), rows(tx, subject, place));
      }
    }
    audit.record(tx, Action.LEAD_DATA, Kind.LEAD, subject.lead());
    return Response.ok(body).with("Content-Disposition",
        "attachment; filename=\"personal-data-" + Ids.text(Kind.LEAD, subject.lead()) + ".json\"");
  }

  private static ArrayNode rows(Tx tx, Subject subject, Place place) {
    ArrayNode rows = Json.array();
    String sql = place.select();
    subject.bind(tx.ownQuery(sql), sql, tx.workspace()).mapTo(String.class)
        .forEach(row -> rows.add(wire((ObjectNode) Json.parse(row))));
    return rows;
  }

  /** Names and ids as the API writes them. */
  private static ObjectNode wire(ObjectNode row) {
    ObjectNode wire = Json.object();
    row.properties().forEach(column -> {
      Kind kind = IDS.get(column.getKey());
      JsonNode value = column.getValue();
      wire.set(camel(column.getKey()),
          kind != null && value.isTextual() ? Json.tree(Ids.text(kind, UUID.fromString(value.textValue()))) : value);
    });
    return wire;
  }

  private static String camel(String column) {
    StringBuilder name = new StringBuilder();
    for (String part : column.split("_")) {
      name.append(name.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
    }
    return name.toString();
  }

  /** {@code POST /api/leads/{id}/erase}: for good; the answer is the receipt. */
  public Response erase(Request request, Tx tx) {
    Subject subject = subject(request, tx, true);
    Map<String, Integer> erased = new TreeMap<>();
    for (Place place : Place.ALL) {
      String sql = place.erase();
      int rows = subject.bind(tx.ownUpdate(sql), sql, tx.workspace()).execute();
      if (rows > 0) {
        erased.merge(place.name(), rows, Integer::sum);
      }
    }
    ObjectNode receipt = Json.object()
        .put("_id", Ids.text(Kind.AUDIT, ids.next(tx.caller().tag())))
        .put("workspaceId", Ids.text(Kind.WORKSPACE, tx.workspace()))
        .put("leadId", Ids.text(Kind.LEAD, subject.lead()))
        .put("erasedAt", Json.timestamp(clock.instant()));
    receipt.set("erased", Json.tree(erased));
    String hash = Audit.hash(receipt);
    audit.record(tx, Action.LEAD_ERASE, Kind.LEAD, subject.lead(),
        Map.of("receipt", receipt.path("_id").asText(), "sha256", hash, "erased", erased));
    return Response.ok(Json.object().set("receipt", receipt.put("sha256", hash)));
  }

  private static Subject subject(Request request, Tx tx, boolean locked) {
    return Subject.of(tx, request.pathId("id", Kind.LEAD, tx.caller()), locked)
        .orElseThrow(() -> Problem.notFound("Lead not found").code("lead_not_found"));
  }

  /** The lead who has an address; null when nobody has. */
  public @Nullable UUID leadOf(Tx tx, String address) {
    return tx.ownQuery("select lead_id from lead_addresses where workspace_id = :workspace and address = :address")
        .bind("address", address).mapTo(UUID.class).findOne().orElse(null);
  }
}
