package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.DncApi;
import tuco.leads.LeadsApi;
import tuco.leads.ListsApi;
import tuco.leads.Suppressions;

/** One lead: everything that is known of them, what was sent to them, whether they may be written to; created and changed (P1). */
public final class LeadPage {
  private static final String[] FIELDS = {
    "firstName", "lastName", "phone", "email", "companyName", "jobTitle", "notes", "timezone", "linkedinUrl", "externalId",
    "contactOwnerEmail", "altPhone1", "altPhone2", "altPhone3", "altEmail1", "altEmail2", "altEmail3", "consentSource", "consentTimestamp",
    "consentText", "listId"
  };
  private static final int EMPTY_ROWS = 2;
  private static final int MESSAGES = 20;

  private final Pages pages;
  private final LeadsApi api;
  private final ListsApi lists;
  private final DncApi dnc;
  private final MessagesPage messages;

  public LeadPage(Pages pages, LeadsApi api, ListsApi lists, DncApi dnc, MessagesPage messages) {
    this.pages = pages;
    this.api = api;
    this.lists = lists;
    this.dnc = dnc;
    this.messages = messages;
  }

  /** A campaign this person is or was in. */
  public record Enrolment(String id, String name, String state) {}

  /**
   * What the page of one shows.
   *
   * @param blocked those of the addresses that are on the do-not-contact list
   * @param conversation where they wrote back; null when they never did
   */
  public record DetailView(
      LeadsPage.Row row, String list, Map<String, String> custom, List<String> blocked, List<MessagesPage.Row> messages,
      List<Enrolment> campaigns, @Nullable String conversation, boolean writes, boolean sends, boolean erases) {}

  /** A free field in the form. */
  public record Custom(String key, String value) {}

  /** What the form shows; no row for a new lead. */
  public record FormView(LeadsPage.@Nullable Row row, Map<String, String> lists, String list, List<Custom> custom) {
    public String text(String name) {
      return row == null ? "" : row.text(name);
    }

    public String tags() {
      return row == null ? "" : String.join(", ", row.tags());
    }
  }

  /** {@code GET /leads/{id}}. */
  public Response detail(Request request, Tx tx) {
    LeadsPage.Row row = wanted(request, tx);
    UUID lead = request.pathId("id", Kind.LEAD, tx.caller());
    boolean reads = tx.caller().may(Right.MESSAGES_READ);
    return pages.show(request, tx, "leads/detail.jte", "leads", row.called(), new DetailView(
        row, names(request, tx).getOrDefault(row.text("listId"), ""), custom(row),
        row.addresses().stream().filter(address -> Suppressions.contains(tx, tx.workspace(), address)).toList(),
        reads ? messages.newest(request.asking(Map.of("leadId", row.id())), tx, MESSAGES) : List.of(),
        tx.caller().may(Right.CAMPAIGNS_READ) ? campaigns(tx, lead) : List.of(),
        reads ? conversation(tx, lead) : null,
        LeadsPage.writes(tx), tx.caller().may(Right.MESSAGES_SEND) && tx.caller().readOnlyReason() == null, reads));
  }

  private LeadsPage.Row wanted(Request request, Tx tx) {
    return new LeadsPage.Row(Answers.tree(api.show(request, tx)).path("lead"));
  }

  private Map<String, String> names(Request request, Tx tx) {
    return LeadsPage.names(Answers.tree(lists.list(request, tx)).path("lists"));
  }

  private static Map<String, String> custom(LeadsPage.Row row) {
    Map<String, String> custom = new LinkedHashMap<>();
    row.lead().path("customFields").properties().forEach(each -> custom.put(each.getKey(), shown(each.getValue())));
    return custom;
  }

  private static String shown(JsonNode value) {
    return value.isNull() ? "" : value.isValueNode() ? value.asText() : Json.text(value);
  }

  private static List<Enrolment> campaigns(Tx tx, UUID lead) {
    return tx.ownQuery("""
            select c.campaign_id, c.name, e.state
              from campaigns c
              cross join lateral (
                   select state from enrolments
                    where workspace_id = :workspace and campaign_id = c.campaign_id and lead_id = :lead
                    limit 1) e
             where c.workspace_id = :workspace
             order by c.campaign_id desc
             limit 20""")
        .bind("lead", lead)
        .map((row, context) -> new Enrolment(
            Ids.text(Kind.CAMPAIGN, row.getObject(1, UUID.class)), row.getString(2), row.getString(3)))
        .list();
  }

  private static @Nullable String conversation(Tx tx, UUID lead) {
    return tx.ownQuery("select conversation_id from conversations where workspace_id = :workspace and lead_id = :lead")
        .bind("lead", lead).mapTo(UUID.class).findOne().map(id -> Ids.text(Kind.CONVERSATION, id)).orElse(null);
  }

  /** {@code GET /leads/new}. */
  public Response fresh(Request request, Tx tx) {
    String list = request.queryText("listId");
    return pages.show(request, tx, "leads/form.jte", "leads", "New lead",
        new FormView(null, names(request, tx), list == null ? "" : list, rows(Map.of())));
  }

  /** {@code GET /leads/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    LeadsPage.Row row = wanted(request, tx);
    return pages.show(request, tx, "leads/form.jte", "leads", "Edit " + row.called(),
        new FormView(row, names(request, tx), row.text("listId"), rows(custom(row))));
  }

  private static List<Custom> rows(Map<String, String> custom) {
    List<Custom> rows = new ArrayList<>();
    custom.forEach((key, value) -> rows.add(new Custom(key, value)));
    for (int i = 0; i < EMPTY_ROWS; i++) {
      rows.add(new Custom("", ""));
    }
    return rows;
  }

  /** {@code POST /leads}: whoever is there already is named, and nothing that was typed is lost. */
  public Response create(Request request, Tx tx) throws SQLException {
    ObjectNode body = Json.object();
    body.putArray("leads").add(body(request.form(), Json.object()).put("source", "dashboard"));
    body.put("listId", request.form().getOrDefault("listId", ""));
    JsonNode answer;
    try {
      answer = Answers.tree(api.create(request.withJson(body), tx));
    } catch (Problem problem) {
      throw Answers.renamed(problem, LeadPage::inForm);
    }
    String id = answer.path("leadId").asText();
    if (answer.path("duplicateOnly").asBoolean()) {
      String called = new LeadsPage.Row(answer.path("duplicates").path(0).path("existingLead")).called();
      throw Problem.conflict("Somebody with this phone number or e-mail address is here already: " + called + ".")
          .code("lead_exists").member("link", Map.of("href", LeadsPage.HERE + "/" + id, "text", "Open " + called));
    }
    return pages.done(request, LeadsPage.HERE + "/" + id, "The person is saved.");
  }

  /** A field of the endpoint's body as the form calls it. */
  private static String inForm(String field) {
    return field.substring(field.lastIndexOf('.') + 1);
  }

  /** {@code POST /leads/{id}}. */
  public Response change(Request request, Tx tx) throws SQLException {
    LeadsPage.Row row = wanted(request, tx);
    api.change(request.withJson(body(request.form(), row.lead().path("customFields"))), tx);
    return pages.done(request, LeadsPage.HERE + "/" + row.id(), "The changes are saved.");
  }

  /**
   * The form as the endpoint's body.
   *
   * @param before the free fields as they are: one whose text did not change keeps its type
   */
  private static ObjectNode body(Map<String, String> form, JsonNode before) {
    ObjectNode body = Answers.texts(form, FIELDS);
    LeadsPage.tags(form.getOrDefault("tags", "")).forEach(body.putArray("tags")::add);
    ObjectNode custom = body.putObject("customFields");
    for (int i = 0; form.containsKey("customKey" + i); i++) {
      String key = form.getOrDefault("customKey" + i, "").strip();
      String value = form.getOrDefault("customValue" + i, "");
      if (!key.isEmpty()) {
        JsonNode old = before.path(key);
        custom.set(key, !old.isMissingNode() && shown(old).equals(value) ? old : Json.tree(value));
      }
    }
    return body;
  }

  /** {@code POST /leads/{id}/do-not-contact}: all addresses of the person; what is queued for them is cancelled. */
  public Response block(Request request, Tx tx) throws SQLException {
    LeadsPage.Row row = wanted(request, tx);
    ObjectNode body = Json.object().put("reason", "Set by hand");
    String address = row.addresses().getFirst();
    body.put(address.contains("@") ? "email" : "phone", address);
    int cancelled = Answers.tree(dnc.add(request.withJson(body), tx)).path("cancelledCount").asInt();
    return pages.done(request, LeadsPage.HERE + "/" + row.id(), row.called() + " is on the do-not-contact list."
        + (cancelled == 0 ? "" : " Waiting messages that were cancelled: " + cancelled + "."));
  }

  /** {@code GET /leads/{id}/do-not-contact}. */
  public Response blocking(Request request, Tx tx) {
    LeadsPage.Row row = wanted(request, tx);
    String here = LeadsPage.HERE + "/" + row.id();
    return pages.show(request, tx, "confirm.jte", "leads", "Do not contact", new ConfirmView(
        "Never write to " + row.called() + " again?",
        "Nothing can be sent to any of their addresses, and what waits for them is cancelled. It holds even if they are deleted and imported again.",
        here + "/do-not-contact", "Do not contact", here));
  }

  /** {@code GET /leads/{id}/delete}. */
  public Response deleting(Request request, Tx tx) {
    LeadsPage.Row row = wanted(request, tx);
    String here = LeadsPage.HERE + "/" + row.id();
    return pages.show(request, tx, "confirm.jte", "leads", "Delete lead", new ConfirmView(
        "Delete " + row.called() + "?", "Their messages go too, and what waits for them is not sent. If they are on the do-not-contact list, they stay on it.",
        here + "/delete", "Delete", here));
  }

  /** {@code POST /leads/{id}/delete}. */
  public Response delete(Request request, Tx tx) throws SQLException {
    String called = wanted(request, tx).called();
    api.delete(request, tx);
    return pages.done(request, LeadsPage.HERE, called + " is deleted.");
  }
}
