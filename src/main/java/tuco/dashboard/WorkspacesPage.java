package tuco.dashboard;

import java.util.List;
import java.util.UUID;
import tuco.access.Workspaces;
import tuco.caller.PersonCaller;
import tuco.db.Database;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The workspaces of a person: choose one, create one (A5). */
public final class WorkspacesPage {
  private static final List<String> ENVIRONMENTS = List.of("production", "staging", "development", "other");

  private final Pages pages;
  private final Database database;
  private final Workspaces workspaces;

  public WorkspacesPage(Pages pages, Database database, Workspaces workspaces) {
    this.pages = pages;
    this.database = database;
    this.workspaces = workspaces;
  }

  /** A workspace and what the person is in it. */
  public record Membership(String id, String name, String environment, String role, boolean readOnly) {}

  /** What the chooser shows. */
  public record View(String email, List<Membership> workspaces) {}

  /** What the form for a new one shows. */
  public record FreshView(List<String> environments) {}

  /** {@code GET /workspaces}. */
  public Response list(Request request, PersonCaller caller) {
    return pages.open(request, "access/workspaces.jte", "Workspaces", new View(caller.email(), of(caller)));
  }

  private List<Membership> of(PersonCaller caller) {
    return database.withoutTenant(tx -> tx.query("""
            select workspace_id, name, environment, role, read_only_reason
              from workspaces_of(:person)""")
        .bind("person", caller.personId())
        .map((row, context) -> new Membership(
            Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)), row.getString("name"),
            row.getString("environment"), row.getString("role"), row.getString("read_only_reason") != null))
        .list());
  }

  /** {@code POST /workspaces}. */
  public Response choose(Request request, PersonCaller caller) {
    String wanted = request.form().getOrDefault("workspace", "");
    UUID id = Ids.parse(Kind.WORKSPACE, wanted);
    if (id == null || of(caller).stream().noneMatch(one -> one.id().equals(wanted))) {
      throw Problem.forbidden("You are not a member of this workspace.").code("wrong_workspace");
    }
    return Cookies.choose(Response.seeOther("/"), request, id);
  }

  /** {@code GET /workspaces/new}. */
  public Response fresh(Request request, PersonCaller caller) {
    return pages.open(request, "access/new-workspace.jte", "New workspace", new FreshView(ENVIRONMENTS));
  }

  /** {@code POST /workspaces/new}. */
  public Response create(Request request, PersonCaller caller) {
    String name = request.form().getOrDefault("name", "").strip();
    String environment = request.form().getOrDefault("environment", "");
    if (name.isEmpty() || name.length() > 100) {
      throw Problem.badField("name", "A workspace needs a name of at most 100 characters.");
    }
    if (!ENVIRONMENTS.contains(environment)) {
      throw Problem.badField("environment", "Choose what the workspace is for.");
    }
    return Cookies.choose(Response.seeOther("/"), request, workspaces.create(caller, name, environment));
  }
}
