package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.leads.LeadExport;
import tuco.leads.LeadsApi;

/** Leads: found by text, list and tag; labelled and deleted many at once; downloaded (P1). */
public final class LeadsPage {
  static final String HERE = "/leads";

  private final Pages pages;
  private final LeadsApi api;
  private final LeadExport export;
  private final Database database;

  public LeadsPage(Pages pages, LeadsApi api, LeadExport export, Database database) {
    this.pages = pages;
    this.api = api;
    this.export = export;
    this.database = database;
  }

  /** A lead as the pages show it, out of the API's answer. */
  public record Row(JsonNode lead) {
    public String id() {
      return text("_id");
    }

    /** The field's text, empty when there is none. */
    public String text(String name) {
      return lead.path(name).asText("");
    }

    /** First and last name; empty for somebody without. */
    public String name() {
      return (text("firstName") + " " + text("lastName")).strip();
    }

    /** The name, or the address of somebody without one. */
    public String called() {
      return !name().isEmpty() ? name() : addresses().isEmpty() ? "Somebody without an address" : addresses().getFirst();
    }

    /** All addresses, the first one first. */
    public List<String> addresses() {
      return Stream.of("phone", "email", "altPhone1", "altPhone2", "altPhone3", "altEmail1", "altEmail2", "altEmail3")
          .map(this::text).filter(address -> !address.isEmpty()).toList();
    }

    public List<String> tags() {
      return lead.path("tags").valueStream().map(JsonNode::asText).toList();
    }

    public Instant createdAt() {
      return Instant.parse(text("createdAt"));
    }
  }

  /**
   * What the list shows.
   *
   * @param fields what was asked for: {@code search}, {@code listId}, {@code tag}
   * @param lists the names of all lists by their ids
   */
  public record ListView(
      List<Row> rows, Map<String, String> lists, Map<String, String> fields, int page, long pages, long total, boolean writes, boolean sends) {
    /** Whether there is something to do with those who are ticked. */
    public boolean ticks() {
      return writes || sends;
    }

    public String field(String name) {
      return fields.getOrDefault(name, "");
    }

    public boolean narrowed() {
      return !fields.isEmpty();
    }

    /** The address of another page of this list. */
    public String at(int number) {
      return Answers.address(HERE, fields, "page", number == 1 ? null : Integer.toString(number));
    }

    /** The address of this list narrowed to a tag. */
    public String tagged(String tag) {
      return Answers.address(HERE, Map.of(), "tag", tag);
    }

    /** Where the file with all of these is. */
    public String file() {
      return Answers.address(HERE + "/export", fields, "search", null);
    }
  }

  /** {@code GET /leads}. */
  public Response list(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.list(request, tx));
    Map<String, String> fields = new LinkedHashMap<>();
    for (String name : List.of("search", "listId", "tag")) {
      String text = request.queryText(name);
      if (text != null) {
        fields.put(name, text);
      }
    }
    JsonNode pagination = answer.path("pagination");
    return pages.show(request, tx, "leads/list.jte", "leads", "Leads", new ListView(
        answer.path("leads").valueStream().map(Row::new).toList(), names(answer.path("lists")), fields,
        pagination.path("page").asInt(), pagination.path("totalPages").asLong(), pagination.path("totalCount").asLong(),
        writes(tx), tx.caller().may(Right.MESSAGES_SEND) && tx.caller().readOnlyReason() == null));
  }

  /** The names of lists by their ids. */
  static Map<String, String> names(JsonNode lists) {
    Map<String, String> names = new LinkedHashMap<>();
    lists.forEach(list -> names.put(list.path("_id").asText(), list.path("name").asText()));
    return names;
  }

  /** Whether this person may change leads now. */
  static boolean writes(Tx tx) {
    return tx.caller().may(Right.LEADS_WRITE) && tx.caller().readOnlyReason() == null;
  }

  /** {@code GET /leads/export}: outside a transaction, because a large file takes its time. */
  public Response export(Request request, PersonCaller person) {
    return export.whole(request, database, person);
  }

  /** The leads that were ticked, below this name. */
  static ObjectNode ticked(Request request, String name) {
    ObjectNode body = Json.object();
    Answers.words(request.form().getOrDefault("id", "")).forEach(body.putArray(name)::add);
    if (body.path(name).isEmpty()) {
      throw Problem.bad("Tick the people this is about first.").code("nothing_ticked");
    }
    return body;
  }

  /** {@code POST /leads/tag} and {@code …/untag}: labels those that were ticked. */
  public Response tag(Request request, Tx tx) throws SQLException {
    boolean add = request.path().endsWith("/tag");
    ObjectNode body = ticked(request, "ids");
    List<String> tags = tags(request.form().getOrDefault("tags", ""));
    if (tags.isEmpty()) {
      throw Problem.badField("tags", "Name a tag.");
    }
    tags.forEach(body.putArray(add ? "add" : "remove")::add);
    int count = Answers.tree(api.tag(request.withJson(body), tx)).path("updatedCount").asInt();
    return pages.done(request, back(request), people(count) + (count == 1 ? " is" : " are")
        + (add ? " tagged " : " no longer tagged ") + String.join(", ", tags) + ".");
  }

  /** The tags of a text, separated by commas. */
  static List<String> tags(String text) {
    Set<String> tags = new TreeSet<>();
    for (String tag : text.split("[,;]", -1)) {
      if (!tag.isBlank()) {
        tags.add(tag.strip());
      }
    }
    return List.copyOf(tags);
  }

  /** What the question before a deletion shows. */
  public record DeletionView(List<String> ids, String question, String back) {}

  /** {@code POST /leads/delete}: asks first; what the question sends deletes. */
  public Response delete(Request request, Tx tx) throws SQLException {
    ObjectNode body = ticked(request, "ids");
    if (!request.form().containsKey("sure")) {
      List<String> ids = body.path("ids").valueStream().map(JsonNode::asText).toList();
      return pages.show(request, tx, "leads/delete.jte", "leads", "Delete leads",
          new DeletionView(ids, "Delete " + people(ids.size()) + "?", back(request)));
    }
    int count = Answers.tree(api.deleteMany(request.withJson(body), tx)).path("deletedCount").asInt();
    return pages.done(request, back(request), people(count) + (count == 1 ? " is" : " are") + " deleted.");
  }

  static String people(int count) {
    return count == 1 ? "1 person" : String.format(java.util.Locale.ENGLISH, "%,d people", count);
  }

  /** The list as it was when the form was sent. */
  static String back(Request request) {
    String back = request.form().getOrDefault("back", HERE);
    return back.equals(HERE) || back.startsWith(HERE + "?") ? back : HERE;
  }
}
