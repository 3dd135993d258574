package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;
import tuco.caller.Role;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Creates workspaces: the tenant itself and its first member. */
public final class Workspaces {
  private final Database database;
  private final Ids ids;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  public Workspaces(Database database, Ids ids, Clock clock) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
  }

  /** A new workspace's id; its tag is random, never that of what belongs to no workspace. */
  public UUID newId() {
    int tag = random.nextInt();
    return ids.next(tag == Ids.NO_WORKSPACE ? 1 : tag);
  }

  /**
   * Creates a workspace owned by this person.
   *
   * @param environment {@code production}, {@code staging}, {@code development} or {@code other}
   */
  public UUID create(String name, String environment, UUID owner) {
    UUID workspace = newId();
    return database.asWorkspace(workspace, tx -> {
      create(tx, workspace, name, environment, owner);
      return workspace;
    });
  }

  /** As {@link #create(String, String, UUID)}, in a transaction of the caller's that has the new workspace as tenant. */
  public void create(Tx tx, UUID workspace, String name, String environment, UUID owner) {
    insert(tx, workspace, name, environment);
    addMember(tx, workspace, owner, Role.OWNER);
  }

  /** The workspaces a person belongs to, for the switcher and the list. */
  public ArrayNode listOf(UUID person) {
    ArrayNode list = Json.array();
    database.withoutTenant(tx -> tx.query("""
            select workspace_id, name, environment, role, read_only_reason
              from workspaces_of(:person)""")
        .bind("person", person)
        .map((row, context) -> Json.object()
            .put("_id", Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)))
            .put("name", row.getString("name"))
            .put("environment", row.getString("environment"))
            .put("role", row.getString("role"))
            .put("state", row.getString("read_only_reason") == null ? "active" : "read_only"))
        .list()).forEach(list::add);
    return list;
  }

  private void insert(Tx tx, UUID workspace, String name, String environment) {
    tx.update("""
            insert into workspaces (workspace_id, tag, name, environment, created_at)
            values (:workspace, :tag, :name, :environment, :now)""")
        .bind("workspace", workspace).bind("tag", Ids.tag(workspace)).bind("name", name)
        .bind("environment", environment).bind("now", clock.instant())
        .execute();
  }

  /** Makes a person a member. */
  public void addMember(Tx tx, UUID workspace, UUID person, Role role) {
    tx.update("""
            insert into members (workspace_id, person_id, role, joined_at)
            values (:workspace, :person, :role, :now)""")
        .bind("workspace", workspace).bind("person", person).bind("role", role.wire())
        .bind("now", clock.instant())
        .execute();
  }
}
