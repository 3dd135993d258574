package tuco.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import tuco.audit.Audit;
import tuco.config.Settings;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.limits.Plans;

/** An operator's work on one workspace, on the database itself, beside a Tuco that runs or not. */
final class OneWorkspace {
  private OneWorkspace() {}

  /** What is done; its answer is shown. */
  @FunctionalInterface
  interface Work {
    ObjectNode run(Tx tx, UUID workspace, Audit audit);
  }

  /**
   * Changes what may be done in a workspace, under its exclusive access lock.
   *
   * @throws Refused when there is no such workspace, or with the reason
   */
  static ObjectNode change(SettingsOptions options, String id, Work work) {
    UUID workspace = Ids.parse(Kind.WORKSPACE, id);
    if (workspace == null) {
      throw new Refused(id + " is no workspace's id; it should read like ws_ and 26 letters.");
    }
    Settings settings = options.read(Map.of());
    try (Store store = Store.openBeside(settings);
        Database database = Database.open(store.databases().app(), store.databases().engine(), 2, 1)) {
      return database.changeAccessOf(workspace, tx -> {
        Plans.standing(tx, workspace);
        return work.run(tx, workspace, new Audit(Clock.systemUTC()));
      });
    } catch (Problem problem) {
      throw new Refused(problem.error(), problem);
    }
  }

  static ObjectNode standing(Plans.Standing standing, String id) {
    return Json.object().put("workspaceId", id)
        .put("plan", standing.plan())
        .put("planExpiresAt", Json.timestampOrNull(standing.expiresAt()))
        .put("state", standing.readOnlyReason() == null ? "active" : "read_only")
        .put("reason", standing.readOnlyReason())
        .put("by", standing.readOnlyBy())
        .put("since", Json.timestampOrNull(standing.readOnlySince()));
  }
}
