package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.PersonCaller;
import tuco.caller.Role;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Creates workspaces: the tenant itself and its first member. */
public final class Workspaces {
  private static final int MOST_OWNED = 100;

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

  /**
   * Creates a workspace for who is signed in.
   *
   * @throws Problem 409 when they own as many as one may
   */
  public UUID create(Tx tx, PersonCaller caller, String name, String environment) {
    int owned = tx.query("select count(*) from workspaces_of(:person) where role = 'owner'")
        .bind("person", caller.personId()).mapTo(Integer.class).one();
    if (owned >= MOST_OWNED) {
      throw Problem.conflict("One person may own " + MOST_OWNED + " workspaces.").code("too_many_workspaces");
    }
    UUID workspace = newId();
    tx.enter(workspace);
    create(tx, workspace, name, environment, caller.personId());
    return workspace;
  }

  /** What a workspace is set to; plan, mode and birth are not for its members to change. */
  public record Settings(
      String name, String environment, String zone, boolean doubleSendGuard, String leakPolicy,
      String plan, @Nullable String readOnlyReason, Instant createdAt) {}

  public Settings settings(Tx tx) {
    return tx.ownQuery("""
            select name, environment, zone, double_send_guard, leak_policy, plan, created_at,
                   read_only_now(read_only_reason, plan_expires_at) as read_only_reason
              from workspaces
             where workspace_id = :workspace""")
        .map((row, context) -> new Settings(
            row.getString("name"), row.getString("environment"), row.getString("zone"),
            row.getBoolean("double_send_guard"), row.getString("leak_policy"), row.getString("plan"),
            row.getString("read_only_reason"), row.getTimestamp("created_at").toInstant()))
        .one();
  }

  public void change(Tx tx, Settings wanted) {
    tx.ownUpdate("""
            update workspaces
               set name = :name, environment = :environment, zone = :zone,
                   double_send_guard = :guard, leak_policy = :leakPolicy
             where workspace_id = :workspace""")
        .bind("name", wanted.name()).bind("environment", wanted.environment()).bind("zone", wanted.zone())
        .bind("guard", wanted.doubleSendGuard()).bind("leakPolicy", wanted.leakPolicy())
        .execute();
  }

  /** Ends all access to the workspace; its rows stay. Under the exclusive access lock (K8). */
  public void remove(Tx tx) {
    tx.ownUpdate("update workspaces set removed_at = :now where workspace_id = :workspace")
        .bind("now", clock.instant())
        .execute();
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
