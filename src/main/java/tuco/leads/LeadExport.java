package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Leads as CSV that the import reads again, custom fields as columns of their own; in parts, so memory stays flat. */
public final class LeadExport {
  private static final int PART = 10_000;
  /** So many are held at once while a file is written: a lead may have 40,000 characters. */
  private static final int WRITTEN = 1_000;
  private static final String CSV = "text/csv; charset=utf-8";
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

  private record Wanted(@Nullable UUID list, @Nullable String tag) {
    static Wanted of(Request request, Tx tx) {
      return new Wanted(request.queryId("listId", Kind.LIST, tx.caller(), "Invalid listId"), request.queryText("tag"));
    }
  }

  /** GET /api/leads/export. */
  public Response run(Request request, Tx tx) {
    Wanted wanted = Wanted.of(request, tx);
    String cursor = request.queryText("cursor");
    int limit = request.queryInt("limit", PART, 1, PART);
    List<String> keys = keys(tx, wanted);
    Part part = part(tx, wanted, cursor == null ? null : LeadSearch.position(cursor), limit);
    record(tx, wanted, part.leads().size());
    StringWriter out = new StringWriter();
    write(out, keys, part.leads(), true);
    Response response = file(Response.text(200, CSV, out.toString()));
    return part.last() == null ? response : response.with("X-Next-Cursor", LeadSearch.cursor(part.last()));
  }

  /** All that match in one file, for a browser. A right that ends while it is written breaks it off (K8). */
  public Response whole(Request request, Database database, PersonCaller person) {
    Credential credential = Gate.lasting(Right.LEADS_READ, person);
    Wanted wanted = database.read(credential, tx -> {
      Wanted these = Wanted.of(request, tx);
      record(tx, these, tx.ownQuery("select count(*)" + MATCHING)
          .bind("list", these.list()).bind("tag", these.tag()).mapTo(Long.class).one());
      return these;
    });
    return file(Response.streamed(CSV, out -> {
      Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
      List<String> keys = database.read(credential, tx -> keys(tx, wanted));
      UUID before = null;
      boolean first = true;
      do {
        UUID from = before;
        Part part = database.read(credential, tx -> part(tx, wanted, from, WRITTEN));
        write(writer, keys, part.leads(), first);
        before = part.last();
        first = false;
      } while (before != null);
    }));
  }

  private static Response file(Response response) {
    return response.with("Content-Disposition", "attachment; filename=\"leads.csv\"");
  }

  private void record(Tx tx, Wanted wanted, long leads) {
    UUID list = wanted.list();
    audit.record(tx, Action.LEAD_EXPORT, list == null ? Kind.WORKSPACE : Kind.LIST, list == null ? tx.workspace() : list,
        Map.of("leads", leads));
  }

  /** The names of the custom fields: each is a column. */
  private static List<String> keys(Tx tx, Wanted wanted) {
    return tx.ownQuery(
            "select distinct k.key from (select l.custom_fields " + MATCHING + ") c, jsonb_object_keys(c.custom_fields) as k (key) order by 1")
        .bind("list", wanted.list()).bind("tag", wanted.tag()).mapTo(String.class).list();
  }

  /** Some leads, newest first; {@code last} is null when there are no more after them. */
  private record Part(List<ObjectNode> leads, @Nullable UUID last) {}

  private static Part part(Tx tx, Wanted wanted, @Nullable UUID before, int limit) {
    List<ObjectNode> leads = tx.ownQuery("select " + LeadJson.COLUMNS + MATCHING + """
             and (cast(:before as uuid) is null or l.lead_id < :before)
           order by l.lead_id desc limit :limit""")
        .bind("list", wanted.list()).bind("tag", wanted.tag()).bind("before", before).bind("limit", limit + 1)
        .map((row, context) -> LeadJson.of(row)).list();
    List<ObjectNode> shown = leads.subList(0, Math.min(limit, leads.size()));
    return new Part(shown, leads.size() > limit ? Ids.parse(Kind.LEAD, shown.getLast().path("_id").asText()) : null);
  }

  private static void write(Writer out, List<String> keys, List<ObjectNode> leads, boolean header) {
    CsvWriter writer = CsvWriter.builder().build(out);
    if (header) {
      writer.writeRecord(header(keys));
    }
    leads.forEach(lead -> writer.writeRecord(cells(lead, keys)));
    try {
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> header(List<String> keys) {
    List<String> header = new ArrayList<>();
    LeadFields.TEXTS.forEach(field -> header.add(field.name()));
    LeadFields.ADDRESSES.forEach(field -> header.add(field.name()));
    header.add("tags");
    header.add("contactOwnerEmail");
    header.addAll(keys);
    return header;
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
