package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Leads as CSV that the import reads again, custom fields as columns of their own; in parts, so memory stays flat. */
public final class LeadExport {
  private static final int PART = 10_000;
  private static final String MATCHING = """
       from leads l
      where l.workspace_id = :workspace
        and (cast(:list as uuid) is null or l.list_id = :list)
        and (cast(:tag as text) is null or cast(:tag as text) = any (l.tags))
      """;

  private final Audit audit;

  public LeadExport(Audit audit) {
    this.audit = audit;
  }

  /** GET /api/leads/export. */
  public Response run(Request request, Tx tx) {
    UUID list = request.queryId("listId", Kind.LIST, tx.caller(), "Invalid listId");
    String tag = request.queryText("tag");
    String cursor = request.queryText("cursor");
    UUID before = cursor == null ? null : LeadSearch.position(cursor);
    int limit = request.queryInt("limit", PART, 1, PART);
    List<String> keys = tx.ownQuery(
            "select distinct k.key from (select l.custom_fields " + MATCHING + ") c, jsonb_object_keys(c.custom_fields) as k (key) order by 1")
        .bind("list", list).bind("tag", tag).mapTo(String.class).list();
    List<ObjectNode> leads = tx.ownQuery("select " + LeadJson.COLUMNS + MATCHING + """
             and (cast(:before as uuid) is null or l.lead_id < :before)
           order by l.lead_id desc limit :limit""")
        .bind("list", list).bind("tag", tag).bind("before", before).bind("limit", limit + 1)
        .map((row, context) -> LeadJson.of(row)).list();
    List<ObjectNode> part = leads.subList(0, Math.min(limit, leads.size()));
    audit.record(tx, Action.LEAD_EXPORT, list == null ? Kind.WORKSPACE : Kind.LIST, list == null ? tx.workspace() : list,
        Map.of("leads", part.size()));
    Response response = Response.text(200, "text/csv; charset=utf-8", csv(part, keys))
        .with("Content-Disposition", "attachment; filename=\"leads.csv\"");
    UUID last = leads.size() > limit ? Ids.parse(Kind.LEAD, part.getLast().path("_id").asText()) : null;
    return last == null ? response : response.with("X-Next-Cursor", LeadSearch.cursor(last));
  }

  private static String csv(List<ObjectNode> leads, List<String> keys) {
    StringWriter out = new StringWriter();
    CsvWriter writer = CsvWriter.builder().build(out);
    List<String> header = new ArrayList<>();
    LeadFields.TEXTS.forEach(field -> header.add(field.name()));
    LeadFields.ADDRESSES.forEach(field -> header.add(field.name()));
    header.add("tags");
    header.add("contactOwnerEmail");
    header.addAll(keys);
    writer.writeRecord(header);
    leads.forEach(lead -> writer.writeRecord(cells(lead, keys)));
    try {
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private static List<String> cells(ObjectNode lead, List<String> keys) {
    List<String> cells = new ArrayList<>();
    LeadFields.TEXTS.forEach(field -> cells.add(guarded(text(lead, field))));
    LeadFields.ADDRESSES.forEach(field -> cells.add(lead.path(field.name()).asText("")));
    List<String> tags = new ArrayList<>();
    lead.path("tags").forEach(tag -> tags.add(tag.asText()));
    cells.add(guarded(String.join(";", tags)));
    cells.add(lead.path("contactOwnerEmail").asText(""));
    keys.forEach(key -> {
      JsonNode value = lead.path("customFields").path(key);
      cells.add(guarded(value.isValueNode() ? value.asText("") : value.isMissingNode() ? "" : Json.text(value)));
    });
    return cells;
  }

  private static String text(ObjectNode lead, LeadFields.Text field) {
    JsonNode integrations = lead.path("integrationIds");
    return switch (field.name()) {
      case "ghlContactId" -> integrations.path("ghlRecordId").asText("");
      case "ghlLocationId" -> integrations.path("ghlLocationId").asText("");
      case "hsContactId" -> integrations.path("hubspotRecordId").asText("");
      case "hsPortalId" -> integrations.path("hubspotPortalId").asText("");
      default -> lead.path(field.name()).asText("");
    };
  }

  /** A spreadsheet must not take a lead's text for a formula; the import takes the apostrophe off again. */
  private static String guarded(@Nullable String text) {
    return text == null ? "" : !text.isEmpty() && "=+-@".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
  }
}
