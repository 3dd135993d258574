package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.leads.LeadsApi;
import tuco.leads.ListsApi;

/** Lists of leads, and the tags in use (P1). */
public final class ListsPage {
  private static final String HERE = "/leads/lists";

  private final Pages pages;
  private final ListsApi api;
  private final LeadsApi leads;

  public ListsPage(Pages pages, ListsApi api, LeadsApi leads) {
    this.pages = pages;
    this.api = api;
    this.leads = leads;
  }

  /** A list as the pages show it, out of the API's answer. */
  public record Row(JsonNode list) {
    public String id() {
      return list.path("_id").asText();
    }

    public String name() {
      return list.path("name").asText();
    }

    public String description() {
      return list.path("description").asText("");
    }

    public int leads() {
      return list.path("leadCount").asInt();
    }
  }

  /** A tag and how many bear it. */
  public record Tag(String name, int leads) {
    /** The address of those who bear it. */
    public String href() {
      return Answers.address(LeadsPage.HERE, Map.of(), "tag", name);
    }
  }

  /** What the page shows. */
  public record View(List<Row> rows, List<Tag> tags, boolean writes) {}

  /** {@code GET /leads/lists}. */
  public Response show(Request request, Tx tx) {
    return pages.show(request, tx, "leads/lists.jte", "leads", "Lists and tags", new View(
        Answers.tree(api.list(request, tx)).path("lists").valueStream().map(Row::new).toList(),
        Answers.tree(leads.tags(request, tx)).path("tags").valueStream()
            .map(tag -> new Tag(tag.path("name").asText(), tag.path("leadCount").asInt())).toList(),
        LeadsPage.writes(tx)));
  }

  /** What the form shows; no row for a new list. */
  public record FormView(@Nullable Row row) {}

  /** {@code GET /leads/lists/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "leads/list-form.jte", "leads", "New list", new FormView(null));
  }

  /** {@code POST /leads/lists}. */
  public Response create(Request request, Tx tx) {
    api.create(request.withJson(Answers.texts(request.form(), "name", "description")), tx);
    return pages.done(request, HERE, "The list is there.");
  }

  /** {@code GET /leads/lists/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    return pages.show(request, tx, "leads/list-form.jte", "leads", "Edit list", new FormView(wanted(request, tx)));
  }

  private Row wanted(Request request, Tx tx) {
    return new Row(Answers.tree(api.show(request, tx)).path("list"));
  }

  /** {@code POST /leads/lists/{id}}. */
  public Response change(Request request, Tx tx) {
    api.change(request.withJson(Answers.texts(request.form(), "name", "description")), tx);
    return pages.done(request, HERE, "The list is changed.");
  }

  /** {@code GET /leads/lists/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    return pages.show(request, tx, "leads/list-remove.jte", "leads", "Remove list", wanted(request, tx));
  }

  /** {@code POST /leads/lists/{id}/remove}: the people stay, unless the form says otherwise. */
  public Response remove(Request request, Tx tx) throws SQLException {
    boolean all = "all".equals(request.form().get("what"));
    JsonNode answer = Answers.tree(api.remove(request.asking(Map.of("deleteLeads", Boolean.toString(all))), tx));
    return pages.done(request, HERE, all
        ? "The list is removed, and " + LeadsPage.people(answer.path("deletedLeads").asInt()) + " with it."
        : "The list is removed; " + LeadsPage.people(answer.path("movedLeads").asInt()) + " moved to Quick Sends.");
  }
}
