package tuco.leads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Named groups of leads; each lead is in one (contract 5.3). */
public final class Lists {
  /** The list of leads that were put into none. */
  static final String QUICK_SENDS = "Quick Sends";

  /** How many leads of a list are deleted in one statement. */
  private static final int PART = 5_000;

  private static final String SELECT = """
      select l.*, (select count(*) from leads d where d.workspace_id = l.workspace_id and d.list_id = l.list_id) as lead_count
        from lists l
       where l.workspace_id = :workspace
      """;

  private final Ids ids;
  private final Clock clock;
  private final Audit audit;
  private final Happenings happenings;

  public Lists(Ids ids, Clock clock, Audit audit, Happenings happenings) {
    this.ids = ids;
    this.clock = clock;
    this.audit = audit;
    this.happenings = happenings;
  }

  /** All lists, newest first. */
  List<ObjectNode> all(Tx tx) {
    return tx.ownQuery(SELECT + " order by l.list_id desc").map((row, context) -> json(row)).list();
  }

  /** The names of all lists by their ids, in their order; without the counting. */
  public Map<String, String> names(Tx tx) {
    Map<String, String> names = new LinkedHashMap<>();
    tx.ownQuery("select list_id, name from lists where workspace_id = :workspace order by name")
        .map((row, context) -> Map.entry(Ids.text(Kind.LIST, row.getObject(1, UUID.class)), row.getString(2)))
        .forEach(list -> names.put(list.getKey(), list.getValue()));
    return names;
  }

  Optional<ObjectNode> find(Tx tx, UUID list) {
    return tx.ownQuery(SELECT + " and l.list_id = :list").bind("list", list).map((row, context) -> json(row)).findOne();
  }

  boolean exists(Tx tx, UUID workspace, UUID list) {
    return tx.query("select exists (select from lists where workspace_id = :workspace and list_id = :list)")
        .bind("workspace", workspace).bind("list", list).mapTo(Boolean.class).one();
  }

  /** The list of this name, created when there is none; two who create it at once get the same. */
  UUID named(Tx tx, UUID workspace, String name) {
    Optional<UUID> there = idOf(tx, workspace, name);
    if (there.isPresent()) {
      return there.get();
    }
    insert(tx, workspace, name, "");
    return idOf(tx, workspace, name).orElseThrow();
  }

  private static Optional<UUID> idOf(Tx tx, UUID workspace, String name) {
    return tx.query("select list_id from lists where workspace_id = :workspace and name = :name")
        .bind("workspace", workspace).bind("name", name).mapTo(UUID.class).findOne();
  }

  /** A new list; 409 when the name is taken. */
  UUID create(Tx tx, UUID workspace, String name, String description) {
    return insert(tx, workspace, name, description).orElseThrow(() -> taken(name));
  }

  private Optional<UUID> insert(Tx tx, UUID workspace, String name, String description) {
    return tx.query("""
            insert into lists (workspace_id, list_id, name, description, created_at, updated_at)
            values (:workspace, :list, :name, :description, :now, :now)
            on conflict (workspace_id, name) do nothing
            returning list_id""")
        .bind("workspace", workspace).bind("list", ids.next(Ids.tag(workspace))).bind("name", name)
        .bind("description", description).bind("now", clock.instant()).mapTo(UUID.class).findOne();
  }

  /** Renames; 409 when another list has the name. Whether there was such a list. */
  boolean change(Tx tx, UUID list, String name, String description) {
    Optional<UUID> other = idOf(tx, tx.workspace(), name);
    if (other.isPresent() && !other.get().equals(list)) {
      throw taken(name);
    }
    return tx.ownUpdate("""
            update lists set name = :name, description = :description, updated_at = :now
             where workspace_id = :workspace and list_id = :list""")
        .bind("list", list).bind("name", name).bind("description", description).bind("now", clock.instant())
        .execute() == 1;
  }

  private static Problem taken(String name) {
    return Problem.conflict("A list with this name exists already.").code("list_exists").field("name", name);
  }

  /** Removes a list; its leads go with it, or to "Quick Sends". How many leads went or moved. */
  int remove(Tx tx, UUID list, boolean withLeads) throws SQLException {
    if (withLeads) {
      int gone = 0;
      int part = PART;
      while (part == PART) {
        part = deleteSome(tx, list);
        gone += part;
      }
      drop(tx, list, Map.of("deletedLeads", gone));
      return gone;
    }
    UUID refuge = named(tx, tx.workspace(), QUICK_SENDS);
    if (refuge.equals(list)) {
      throw Problem.conflict("Leads without another list belong to Quick Sends; remove it together with its leads.")
          .code("list_in_use");
    }
    int moved = tx.ownUpdate("""
            update leads set list_id = :refuge, updated_at = :now
             where workspace_id = :workspace and list_id = :list""")
        .bind("refuge", refuge).bind("list", list).bind("now", clock.instant()).execute();
    drop(tx, list, Map.of("movedLeads", moved));
    return moved;
  }

  /** Deletes some leads of a list, and tells who listens of each as of any other deleted lead. */
  private int deleteSome(Tx tx, UUID list) throws SQLException {
    List<UUID> leads = tx.ownQuery("""
            select lead_id from leads
             where workspace_id = :workspace and list_id = :list
             order by lead_id
             limit :limit
               for update""")
        .bind("list", list).bind("limit", PART).mapTo(UUID.class).list();
    happenings.record(tx.connection(), leads.stream()
        .map(lead -> Happening.ofLead(tx.workspace(), Events.LEAD_DELETED, lead, clock.instant())).toList());
    tx.ownUpdate("delete from leads where workspace_id = :workspace and lead_id = any (:leads)")
        .bind("leads", leads.toArray(UUID[]::new)).execute();
    return leads.size();
  }

  private void drop(Tx tx, UUID list, Map<String, ?> details) {
    tx.ownUpdate("delete from lists where workspace_id = :workspace and list_id = :list").bind("list", list).execute();
    audit.record(tx, Action.LIST_DELETE, Kind.LIST, list, details);
  }

  private static ObjectNode json(ResultSet row) throws SQLException {
    return Json.object()
        .put("_id", Ids.text(Kind.LIST, row.getObject("list_id", UUID.class)))
        .put("name", row.getString("name"))
        .put("description", row.getString("description"))
        .put("workspaceId", Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)))
        .put("leadCount", row.getLong("lead_count"))
        .put("createdAt", Json.timestamp(row.getTimestamp("created_at").toInstant()))
        .put("updatedAt", Json.timestamp(row.getTimestamp("updated_at").toInstant()));
  }
}
