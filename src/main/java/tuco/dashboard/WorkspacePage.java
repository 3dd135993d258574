package tuco.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneId;
import java.util.List;
import tuco.access.Workspaces;
import tuco.access.WorkspacesApi;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Settings > Workspace: its name, what it is for, its time zone and its habits. */
public final class WorkspacePage {
  private final Pages pages;
  private final Workspaces workspaces;
  private final WorkspacesApi api;

  public WorkspacePage(Pages pages, Workspaces workspaces, WorkspacesApi api) {
    this.pages = pages;
    this.workspaces = workspaces;
    this.api = api;
  }

  /** What the page shows. */
  public record View(Workspaces.Settings settings, String id, List<String> environments, List<String> zones, boolean manages, boolean owns) {}

  /** {@code GET /settings/workspace/{id}}. */
  public Response show(Request request, Tx tx) {
    List<String> zones = ZoneId.getAvailableZoneIds().stream().filter(zone -> zone.contains("/") && !zone.startsWith("Etc/")
        && !zone.startsWith("SystemV/") || zone.equals("UTC")).sorted().toList();
    return pages.show(request, tx, "workspace/workspace.jte", "workspace", "Workspace", new View(
        workspaces.settings(tx), Ids.text(Kind.WORKSPACE, tx.workspace()), WorkspacesApi.ENVIRONMENTS, zones,
        tx.caller().may(Right.MEMBERS_MANAGE), tx.caller().may(Right.BILLING_MANAGE)));
  }

  /** {@code POST /settings/workspace/{id}}. */
  public Response change(Request request, Tx tx) {
    ObjectNode body = Answers.texts(request.form(), "name", "environment", "zone", "leakPolicy");
    body.put("doubleSendGuard", request.form().containsKey("doubleSendGuard"));
    api.change(request.withJson(body), tx);
    return pages.done(request, "/settings/workspace", "The settings are saved.");
  }

  /** What the question before a removal shows. */
  public record RemovalView(String name, String id) {}

  /** {@code GET /settings/workspace/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    request.pathId("id", Kind.WORKSPACE, tx.caller());
    return pages.show(request, tx, "workspace/remove.jte", "workspace", "Remove workspace",
        new RemovalView(tx.caller().workspaceName(), Ids.text(Kind.WORKSPACE, tx.workspace())));
  }

  /** {@code POST /settings/workspace/{id}/remove}: only for whoever types its name. */
  public Response remove(Request request, Tx tx) {
    if (!request.form().getOrDefault("sure", "").strip().equals(tx.caller().workspaceName())) {
      throw Problem.badField("sure", "This is not its name.");
    }
    api.remove(request, tx);
    return pages.done(request, "/workspaces", "The workspace is removed.");
  }
}
