package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.AccessRefused;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/**
 * Streams a CSV file into leads (contract 5.4, P1): chunks of lines, each in a transaction of its own that
 * authenticates anew, so that a revoked key stops an import at its next chunk (K8). Repeating a broken import is
 * safe: what is there counts as duplicate.
 */
public final class LeadImport {
  private static final int CHUNK = 2_000;
  private static final int PREVIEW = 10;
  /** An upload holds a worker for as long as its client likes: most workers are kept for others. */
  private static final int AT_ONCE = 4;

  private final Database database;
  private final LeadWriter writer;
  private final Lists lists;
  private final Imports imports;
  private final Phones phones;
  private final Semaphore running = new Semaphore(AT_ONCE);

  public LeadImport(Database database, LeadWriter writer, Lists lists, Imports imports, Phones phones) {
    this.database = database;
    this.writer = writer;
    this.lists = lists;
    this.imports = imports;
    this.phones = phones;
  }

  /** POST /api/leads/import: with {@code preview=true} only the first lines are read and nothing is written. */
  public Response run(Request request, Caller caller, Credential credential, InputStream body)
      throws IOException {
    if (!running.tryAcquire()) {
      throw Problem.of(503, "Too many imports are running").code("imports_busy")
          .detail("This node runs " + AT_ONCE + " imports at once; try again when one has ended.")
          .header("Retry-After", "10");
    }
    try (CsvFile file = new CsvFile(body, charset(request), separator(request), mapping(request))) {
      NewLead.Defaults defaults = defaults(request);
      return "true".equals(request.queryText("preview"))
          ? Response.ok(preview(file, defaults))
          : Response.ok(run(request, caller, credential, file, defaults));
    } finally {
      running.release();
    }
  }

  private static @Nullable Charset charset(Request request) {
    String text = request.queryText("encoding");
    return switch (text == null ? "" : text.toLowerCase(Locale.ROOT)) {
      case "" -> null;
      case "utf-8" -> StandardCharsets.UTF_8;
      case "utf-16" -> StandardCharsets.UTF_16;
      case "windows-1252", "iso-8859-1" -> Charset.forName("windows-1252");
      default -> throw Problem.badField("encoding", "encoding must be utf-8, utf-16 or windows-1252");
    };
  }

  private static @Nullable Character separator(Request request) {
    String text = request.query().get("delimiter");
    return switch (text == null ? "" : text) {
      case "" -> null;
      case ",", "comma" -> ',';
      case ";", "semicolon" -> ';';
      case "\t", "tab" -> '\t';
      default -> throw Problem.badField("delimiter", "delimiter must be comma, semicolon or tab");
    };
  }

  private static JsonNode mapping(Request request) {
    String text = request.queryText("mapping");
    if (text == null) {
      return Json.object();
    }
    JsonNode mapping = Json.parseOrNull(text);
    if (mapping == null || !mapping.isObject()) {
      throw Problem.badField("mapping", "mapping must be a JSON object of column names and field names");
    }
    return mapping;
  }

  private NewLead.Defaults defaults(Request request) {
    String code = request.queryText("defaultCountryCode");
    // In a query a plus sign means a space, and people forget to write %2B.
    String region = phones.region(code == null ? Phones.DEFAULT_COUNTRY_CODE : code);
    if (region == null) {
      throw Problem.badField("defaultCountryCode", "defaultCountryCode must be a country code, for example +1");
    }
    String source = request.queryText("source");
    if (source != null && source.length() > 100) {
      throw Problem.badField("source", "source must have at most 100 characters");
    }
    return new NewLead.Defaults(source == null ? "csv_import" : source, region,
        request.queryText("ghlLocationId"), request.queryText("contactOwnerEmail"));
  }

  private ObjectNode preview(CsvFile file, NewLead.Defaults defaults) throws IOException {
    ArrayNode rows = Json.array();
    int valid = 0;
    for (CsvRecord record = file.next(); record != null && rows.size() < PREVIEW; record = file.next()) {
      CsvRow.Read read = CsvRow.read(record.getFields(), file.mapping(), phones, defaults);
      ObjectNode row = Json.object().put("line", record.getStartingLineNumber()).put("valid", read.lead() != null);
      row.set("cells", Json.tree(record.getFields()));
      row.set("errors", Json.tree(read.faults()));
      rows.add(row);
      valid += read.lead() == null ? 0 : 1;
    }
    ObjectNode body = Json.object();
    body.set("columns", file.mapping().json());
    body.set("rows", rows);
    return body.put("encoding", file.charset().name().toLowerCase(Locale.ROOT)).put("validCount", valid).put("invalidCount", rows.size() - valid).put("problem", file.mapping().hopeless());
  }

  private ObjectNode run(Request request, Caller caller, Credential credential, CsvFile file, NewLead.Defaults defaults)
      throws IOException {
    String hopeless = file.mapping().hopeless();
    if (hopeless != null) {
      throw Problem.badField("mapping", hopeless);
    }
    // A file that breaks in its first lines is refused whole: nothing was written yet.
    List<Line> lines = lines(file, defaults);
    Imports.Progress progress = database.write(credential, tx -> imports.start(tx, list(request, tx)));
    UUID workspace = caller.workspaceId();
    try {
      while (lines.size() == CHUNK) {
        chunk(credential, file, progress, lines, false);
        lines = lines(file, defaults);
      }
      chunk(credential, file, progress, lines, true);
      return database.read(credential, tx -> imports.one(tx, progress.importId));
    } catch (IOException | RuntimeException e) {
      fail(workspace, progress, e);
      throw e;
    }
  }

  /** The lines of the next chunk, fewer only at the end of the file. */
  private List<Line> lines(CsvFile file, NewLead.Defaults defaults) throws IOException {
    List<Line> lines = new ArrayList<>(CHUNK);
    while (lines.size() < CHUNK) {
      CsvRecord record = file.next();
      if (record == null) {
        break;
      }
      lines.add(new Line(record.getStartingLineNumber(), CsvRow.read(record.getFields(), file.mapping(), phones, defaults)));
    }
    return lines;
  }

  private record Line(long number, CsvRow.Read read) {}

  /** The list to put the leads into: named by id or by name, else "Quick Sends". */
  private UUID list(Request request, Tx tx) {
    refuseReadOnly(tx);
    UUID id = request.queryId("listId", Kind.LIST, tx.caller(), "Invalid listId");
    if (id != null) {
      if (!lists.exists(tx, tx.workspace(), id)) {
        throw LeadsApi.listNotFound();
      }
      return id;
    }
    String name = request.queryText("listName");
    if (name != null && (name.length() > 200 || name.indexOf(0) >= 0)) {
      throw Problem.badField("listName", "listName must have at most 200 characters");
    }
    return lists.named(tx, tx.workspace(), name == null ? Lists.QUICK_SENDS : name);
  }

  private static void refuseReadOnly(Tx tx) {
    String reason = tx.caller().readOnlyReason();
    if (reason != null) {
      throw Problem.readOnly(reason);
    }
  }

  private void chunk(Credential credential, CsvFile file, Imports.Progress progress, List<Line> lines, boolean last) {
    List<NewLead> leads = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    for (Line line : lines) {
      NewLead lead = line.read().lead();
      if (lead != null) {
        leads.add(lead);
        numbers.add(line.number());
      }
    }
    database.write(credential, tx -> {
      refuseReadOnly(tx);
      List<LeadWriter.Outcome> result = leads.isEmpty() ? List.of()
          : writer.create(tx, tx.workspace(), progress.listId, leads, Owners.load(tx, tx.workspace()));
      count(file, progress, lines, numbers, result);
      imports.store(tx, progress, last);
      return result;
    });
  }

  private static void count(CsvFile file, Imports.Progress progress, List<Line> lines, List<Long> numbers,
      List<LeadWriter.Outcome> outcomes) {
    progress.rows += lines.size();
    progress.bytes = file.bytesRead();
    for (Line line : lines) {
      if (line.read().lead() == null) {
        progress.invalid++;
        line.read().faults().forEach(fault -> progress.invalid(line.number(), fault));
      }
    }
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i).saved()) {
        progress.saved++;
      } else {
        progress.duplicate(numbers.get(i), outcomes.get(i).leadId());
      }
    }
  }

  private void fail(UUID workspace, Imports.Progress progress, Exception cause) {
    String words = switch (cause) {
      case Problem problem -> problem.error();
      case AccessRefused refused -> "The access of the importing key or member ended.";
      case IOException broken -> "The upload broke off.";
      default -> "An internal error ended the import.";
    };
    database.asWorkspace(workspace, tx -> {
      imports.fail(tx, workspace, progress.importId, words);
      return words;
    });
  }
}
