package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.AuditApi;
import tuco.audit.AuditLog;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Gate;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Settings > Audit: who did what, for owners and admins; filtered, and taken along (decisions 9.3). */
public final class AuditPage {
  private static final int ROWS = 50;

  private final Pages pages;
  private final AuditApi api;

  public AuditPage(Pages pages, AuditApi api) {
    this.pages = pages;
    this.api = api;
  }

  /** An entry as the page shows it. */
  public record Row(JsonNode entry) {
    public String who() {
      return entry.at("/actor/name").asText();
    }

    public String kind() {
      return entry.at("/actor/kind").asText();
    }

    /** The client's name for itself, its beginning. */
    public String client() {
      String client = entry.path("client").asText();
      return client.length() <= 32 ? client : client.substring(0, 31) + "…";
    }

    public String what() {
      return Action.of(entry.path("action").asText()).map(Action::words).orElse(entry.path("action").asText());
    }

    /** The details in one line, for people; empty when there are none. */
    public String details() {
      StringBuilder text = new StringBuilder();
      JsonNode details = entry.path("details");
      details.path("changed").properties().forEach(change -> text.append(text.isEmpty() ? "" : "; ").append(change.getKey())
          .append(": ").append(word(change.getValue().path("from"))).append(" → ").append(word(change.getValue().path("to"))));
      details.properties().stream().filter(each -> !each.getKey().equals("changed")).forEach(each ->
          text.append(text.isEmpty() ? "" : "; ").append(each.getKey()).append(": ").append(word(each.getValue())));
      return text.toString();
    }

    private static String word(JsonNode value) {
      if (value.isArray()) {
        return value.isEmpty() ? "none" : value.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
      }
      return value.isNull() || value.isMissingNode() ? "nothing" : value.isValueNode() ? value.asText() : value.toString().replace("\"", "");
    }
  }

  /**
   * What the page shows.
   *
   * @param fields what was asked for, by the form's names
   * @param actors people and keys, by their ids
   * @param older the query of the next page; null at the end
   */
  public record View(
      List<Row> rows, Map<String, String> fields, Map<String, String> actors, Map<String, String> actions, @Nullable String older,
      String fingerprint) {
    public String field(String name) {
      return fields.getOrDefault(name, "");
    }

    public boolean narrowed() {
      return !fields.isEmpty();
    }
  }

  /** {@code GET /settings/audit}. */
  public Response show(Request request, Tx tx) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String name : List.of("actor", "action", "object", "from", "to")) {
      String text = request.queryText(name);
      if (text != null) {
        fields.put(name, text);
      }
    }
    ZoneId zone = ZoneId.of(tx.caller().zone());
    AuditLog.Filter filter = new AuditLog.Filter(
        fields.get("actor"), fields.get("action"), fields.get("object"), day(fields.get("from"), 0, zone), day(fields.get("to"), 1, zone));
    String before = request.queryText("before");
    long last = before != null && before.matches("\\d{1,18}") ? Long.parseLong(before) : Long.MAX_VALUE;
    List<ObjectNode> found = AuditLog.page(tx, filter, last, ROWS + 1);
    List<Row> rows = found.stream().limit(ROWS).map(Row::new).toList();
    String older = found.size() <= ROWS ? null : query(fields) + "before=" + rows.getLast().entry().path("seq").asText();
    return pages.show(request, tx, "audit/audit.jte", "audit", "Audit",
        new View(rows, fields, actors(tx), actions(), older, Answers.tree(api.key(request, tx)).path("fingerprint").asText()));
  }

  private static @Nullable Instant day(@Nullable String text, int plus, ZoneId zone) {
    try {
      return text == null ? null : LocalDate.parse(text).plusDays(plus).atStartOfDay(zone).toInstant();
    } catch (DateTimeException e) {
      throw Problem.badField("from", "A day reads like 2027-01-31.");
    }
  }

  private static String query(Map<String, String> fields) {
    StringBuilder query = new StringBuilder("/settings/audit?");
    fields.forEach((name, value) -> query.append(name).append('=')
        .append(java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8)).append('&'));
    return query.toString();
  }

  private static Map<String, String> actors(Tx tx) {
    Map<String, String> actors = new LinkedHashMap<>();
    tx.ownQuery("""
            select p.person_id, p.email
              from members m join people p on p.person_id = m.person_id
             where m.workspace_id = :workspace
             order by p.email""")
        .map((row, context) -> Map.entry(Ids.text(Kind.PERSON, row.getObject(1, java.util.UUID.class)), row.getString(2)))
        .forEach(each -> actors.put(each.getKey(), each.getValue()));
    tx.ownQuery("select key_id, label from api_keys where workspace_id = :workspace order by label, key_id")
        .map((row, context) -> Map.entry(Ids.text(Kind.KEY, row.getObject(1, java.util.UUID.class)), "Key " + row.getString(2)))
        .forEach(each -> actors.put(each.getKey(), each.getValue()));
    return actors;
  }

  private static Map<String, String> actions() {
    Map<String, String> actions = new LinkedHashMap<>();
    for (Action action : Action.values()) {
      actions.put(action.wire(), Words.capital(action.words()));
    }
    return actions;
  }

  /** {@code GET /settings/audit/export}: the file that {@code tuco audit verify} takes. */
  public Response export(Request request, PersonCaller person) {
    return api.file(Gate.lasting(Right.AUDIT_READ, person));
  }
}
