package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.leads.Imports;
import tuco.leads.LeadImport;
import tuco.leads.Lists;

/**
 * Leads from a file (P1, P7): which column is what, how the first lines would be read, how far it is, and
 * what became of each line. The file goes from the visitor's disk through the browser as it is read: nobody holds it.
 */
public final class ImportPage {
  private static final String HERE = "/leads/import";
  private static final Map<String, String> FIELDS = fields();

  private final Pages pages;
  private final LeadImport importer;
  private final Imports imports;
  private final Lists lists;

  public ImportPage(Pages pages, LeadImport importer, Imports imports, Lists lists) {
    this.pages = pages;
    this.importer = importer;
    this.imports = imports;
    this.lists = lists;
  }

  private static Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("phone", "Phone");
    fields.put("email", "E-mail");
    fields.put("name", "Full name");
    fields.put("firstName", "First name");
    fields.put("lastName", "Last name");
    fields.put("companyName", "Company");
    fields.put("jobTitle", "Job title");
    fields.put("tags", "Tags");
    fields.put("notes", "Notes");
    fields.put("timezone", "Time zone");
    fields.put("linkedinUrl", "LinkedIn");
    fields.put("contactOwnerEmail", "Owner's e-mail");
    fields.put("altPhone1", "Second phone");
    fields.put("altPhone2", "Third phone");
    fields.put("altPhone3", "Fourth phone");
    fields.put("altEmail1", "Second e-mail");
    fields.put("altEmail2", "Third e-mail");
    fields.put("altEmail3", "Fourth e-mail");
    fields.put("source", "Source");
    fields.put("externalId", "Your own id");
    fields.put("ghlContactId", "GoHighLevel contact id");
    fields.put("ghlLocationId", "GoHighLevel location id");
    fields.put("hsContactId", "HubSpot contact id");
    fields.put("hsPortalId", "HubSpot portal id");
    fields.put("consentSource", "Where they agreed");
    fields.put("consentTimestamp", "When they agreed");
    fields.put("consentText", "What they agreed to");
    return fields;
  }

  /** One import, as the list and its own page show it. */
  public record Row(JsonNode data, String list) {
    public String id() {
      return data.path("_id").asText();
    }

    public boolean running() {
      return data.path("status").asText().equals("running");
    }

    public boolean failed() {
      return data.path("status").asText().equals("failed");
    }

    public String state() {
      return running() ? "Running" : failed() ? "Broke off" : "Done";
    }

    /** The class of the state's tag. */
    public String tone() {
      return running() ? "info" : failed() ? "bad" : "good";
    }

    /** A count, as people write it. */
    public String count(String name) {
      return String.format(Locale.ENGLISH, "%,d", data.path(name).asLong());
    }
  }

  /** What the page of all imports shows. */
  public record View(List<Row> rows, Map<String, String> lists, boolean writes) {
    public boolean running() {
      return rows.stream().anyMatch(Row::running);
    }
  }

  /** {@code GET /leads/import}. */
  public Response show(Request request, Tx tx) {
    Map<String, String> names = lists.names(tx);
    List<Row> rows = Answers.tree(imports.list(request, tx)).path("imports").valueStream().map(data -> row(data, names)).toList();
    boolean writes = tx.caller().may(Right.LEADS_WRITE) && tx.caller().readOnlyReason() == null;
    return pages.show(request, tx, "leads/import.jte", "leads", "Import leads", new View(rows, names, writes));
  }

  private static Row row(JsonNode data, Map<String, String> names) {
    return new Row(data, names.getOrDefault(data.path("listId").asText(), "a list that was removed"));
  }

  /** How the first lines would be read. */
  public record Preview(JsonNode answer) {
    public String problem() {
      return answer.path("problem").asText("");
    }

    public List<Column> columns() {
      return answer.path("columns").valueStream()
          .map(column -> new Column(column.path("column").asText(), column.path("field").asText())).toList();
    }

    public List<Line> lines() {
      return answer.path("rows").valueStream().map(Line::new).toList();
    }
  }

  /** A column of the file and what it is taken for. */
  public record Column(String name, String field) {
    /** What it can be taken for, by the words for people. */
    public Map<String, String> choices() {
      Map<String, String> choices = new LinkedHashMap<>(FIELDS);
      String custom = field.startsWith("custom:") ? field : "custom:" + name.strip();
      if (custom.length() > "custom:".length()) {
        choices.put(custom, "Custom field “" + custom.substring("custom:".length()) + "”");
      }
      choices.put("", "Leave out");
      return choices;
    }
  }

  /** A line of the file. */
  public record Line(JsonNode row) {
    public String number() {
      return row.path("line").asText();
    }

    public String cell(int at) {
      return row.path("cells").path(at).asText("");
    }

    /** What is wrong with it, empty when nothing is. */
    public String faults() {
      List<String> faults = new ArrayList<>();
      row.path("errors").forEach(fault -> faults.add(fault.path("message").asText()));
      return String.join("; ", faults);
    }
  }

  /** {@code POST /leads/import}: the file as the body, its settings in the query as the API has them, the preview too. */
  public Response run(Request request, Caller caller, Credential credential, InputStream body) throws IOException {
    JsonNode answer = Answers.tree(importer.run(request, caller, credential, body));
    return answer.has("import")
        ? pages.done(request, HERE + "/" + answer.at("/import/_id").asText(), "The file is read to its end.")
        : pages.part(request, caller, "leads/importPreview.jte", new Preview(answer));
  }

  /** {@code GET /leads/import/{id}}. */
  public Response one(Request request, Tx tx) {
    JsonNode data = Answers.tree(imports.show(request, tx)).path("import");
    return pages.show(request, tx, "leads/importResult.jte", "leads", "Import", row(data, lists.names(tx)));
  }
}
