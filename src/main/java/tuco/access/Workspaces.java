package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
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
  private final Audit audit;
  private final SecureRandom random = new SecureRandom();

  public Workspaces(Database database, Ids ids, Clock clock, Audit audit) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.audit = audit;
  }

  /** A new workspace's id; its tag is random, never that of what belongs to no workspace. */
  public UUID newId() {
    int tag = random.nextInt();
    return ids.next(tag == Ids.NO_WORKSPACE ? 1 : tag);
  }

  /**
   * Creates a workspace owned by this person, on the operator's word, in a transaction that has it as tenant.
   *
   * @param environment {@code production}, {@code staging}, {@code development} or {@code other}
   */
  public void create(Tx tx, UUID workspace, String name, String environment, UUID owner) {
    create(tx, Actor.operator(), workspace, name, environment, owner);
  }

  private void create(Tx tx, Actor actor, UUID workspace, String name, String environment, UUID owner) {
    insert(tx, workspace, name, environment);
    audit.record(tx, actor, workspace, Action.WORKSPACE_CREATE, Kind.WORKSPACE, workspace,
        Map.of("name", name, "environment", environment, "owner", Ids.text(Kind.PERSON, owner)));
    addMember(tx, workspace, owner, Role.OWNER);
  }

  /** As {@link #create(Tx, PersonCaller, String, String)}, in a transaction of its own. */
  public UUID create(PersonCaller caller, String name, String environment) {
    return database.asPerson(caller, tx -> create(tx, caller, name, environment));
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
    create(tx, Actor.of(caller), workspace, name, environment, caller.personId());
    return workspace;
  }

  /** What a workspace is set to; plan, mode and birth are not for its members to change. */
  public record Settings(
      String name, String environment, String zone, boolean doubleSendGuard, String leakPolicy,
      String plan, @Nullable String readOnlyReason, Instant createdAt) {
    Map<String, Object> asMap() {
      return Map.of("name", name, "environment", environment, "zone", zone, "doubleSendGuard", doubleSendGuard, "leakPolicy", leakPolicy);
    }
  }

  /** The settings for a change of them: two changes at once wait for each other here, so that none writes back what the other has changed. */
  public Settings settingsToChange(Tx tx) {
    tx.query("select 1 from (select pg_advisory_xact_lock(7006, :tag)) as locked")
        .bind("tag", tx.caller().tag()).mapTo(Integer.class).one();
    return settings(tx);
  }

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

  /** Changes what differs from what was read in this transaction. */
  public void change(Tx tx, Settings now, Settings wanted) {
    tx.ownUpdate("""
            update workspaces
               set name = :name, environment = :environment, zone = :zone,
                   double_send_guard = :guard, leak_policy = :leakPolicy
             where workspace_id = :workspace""")
        .bind("name", wanted.name()).bind("environment", wanted.environment()).bind("zone", wanted.zone())
        .bind("guard", wanted.doubleSendGuard()).bind("leakPolicy", wanted.leakPolicy())
        .execute();
    audit.record(tx, Action.WORKSPACE_CHANGE, Kind.WORKSPACE, tx.workspace(), Audit.changes(now.asMap(), wanted.asMap()));
  }

  /** Ends all access to the workspace; its rows stay. Under the exclusive access lock (K8). */
  public void remove(Tx tx) {
    tx.ownUpdate("update workspaces set removed_at = :now where workspace_id = :workspace")
        .bind("now", clock.instant())
        .execute();
    audit.record(tx, Action.WORKSPACE_REMOVE, Kind.WORKSPACE, tx.workspace());
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
            insert into workspaces (workspace_id, tag, name, environment, plan, created_at)
            values (:workspace, :tag, :name, :environment,
                    coalesce((select plan from plans where for_new), 'self-hosted'), :now)""")
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
