package tuco.access;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Kind;

/**
 * The members of the transaction's workspace. Every method that changes something expects the access lock to be held
 * exclusively (see {@link AccessLock}): changes wait for each other, so that of two owners who leave at once one
 * remains, and nothing a removed member began commits later (K8).
 */
public final class Members {
  private final Clock clock;
  private final Audit audit;

  public Members(Clock clock, Audit audit) {
    this.clock = clock;
    this.audit = audit;
  }

  /** One of the workspace's people. */
  public record Member(UUID personId, String email, String name, Role role, Instant joinedAt) {}

  /** All members, owners first: whom to ask stands at the top (K5). */
  public List<Member> list(Tx tx) {
    return select(tx, "order by case m.role when 'owner' then 1 when 'admin' then 2 when 'member' then 3 else 4 end, m.joined_at", null);
  }

  /** Those who decide on keys and members, for everybody who has to ask them (K5). */
  public List<Member> ownersAndAdmins(Tx tx) {
    return list(tx).stream().filter(member -> member.role() == Role.OWNER || member.role() == Role.ADMIN).toList();
  }

  /**
   * One member.
   *
   * @throws Problem 404 when the person is none, whether or not there is such a person elsewhere
   */
  public Member require(Tx tx, UUID person) {
    return select(tx, "and m.person_id = :person", person).stream().findFirst()
        .orElseThrow(() -> Problem.notFound("Member not found"));
  }

  private static List<Member> select(Tx tx, String rest, @Nullable UUID person) {
    return tx.ownQuery("""
            select m.person_id, p.email, p.name, m.role, m.joined_at
              from members m
              join people p on p.person_id = m.person_id
             where m.workspace_id = :workspace\s""" + rest)
        .bind("person", person)
        .map((row, context) -> new Member(
            row.getObject("person_id", UUID.class), row.getString("email"), row.getString("name"),
            Role.of(row.getString("role")), row.getTimestamp("joined_at").toInstant()))
        .list();
  }

  /**
   * Gives a member another role.
   *
   * @throws Problem 403 when an admin touches an owner or makes one; 409 for the last owner
   */
  public Member changeRole(Tx tx, UUID person, Role role) {
    Member member = require(tx, person);
    requireOwnerFor(tx, member.role());
    requireOwnerFor(tx, role);
    if (member.role() == Role.OWNER && role != Role.OWNER) {
      requireAnotherOwner(tx, person, "The last owner cannot take another role. Transfer the ownership first.");
    }
    setRole(tx, person, role);
    audit.record(tx, Action.MEMBER_ROLE, Kind.PERSON, person,
        Map.of("from", member.role().wire(), "to", role.wire()));
    return new Member(person, member.email(), member.name(), role, member.joinedAt());
  }

  /**
   * Takes a member out; anybody may leave.
   *
   * @throws Problem 403 when an admin removes an owner; 409 for the last owner
   */
  public void remove(Tx tx, UUID person) {
    Member member = require(tx, person);
    if (tx.operator() || !person.equals(tx.caller().personId())) {
      requireOwnerFor(tx, member.role());
    }
    if (member.role() == Role.OWNER) {
      requireAnotherOwner(tx, person, "The last owner cannot leave. Transfer the ownership or remove the workspace first.");
    }
    tx.ownUpdate("delete from members where workspace_id = :workspace and person_id = :person")
        .bind("person", person)
        .execute();
    audit.record(tx, Action.MEMBER_REMOVE, Kind.PERSON, person, Map.of("email", member.email(), "role", member.role().wire()));
  }

  /**
   * Hands the caller's ownership to another member; the caller stays as an admin.
   *
   * @throws Problem 403 when the caller is no owner
   */
  public void transferOwnership(Tx tx, UUID person) {
    UUID caller = tx.caller().personId();
    if (caller == null || tx.caller().role() != Role.OWNER) {
      throw ownersOnly();
    }
    require(tx, person);
    if (person.equals(caller)) {
      throw Problem.conflict("You are an owner already.").code("already_owner");
    }
    setRole(tx, person, Role.OWNER);
    setRole(tx, caller, Role.ADMIN);
    audit.record(tx, Action.MEMBER_TRANSFER, Kind.PERSON, person);
  }

  /**
   * Makes a person a member, as long as the plan has room.
   *
   * @throws Problem 409 when they are one already, or the plan has no room
   */
  public void add(Tx tx, UUID workspace, UUID person, Role role) {
    requireRoom(tx, workspace, 0);
    int added = tx.update("""
            insert into members (workspace_id, person_id, role, joined_at)
            values (:workspace, :person, :role, :now)
            on conflict do nothing""")
        .bind("workspace", workspace).bind("person", person).bind("role", role.wire()).bind("now", clock.instant())
        .execute();
    if (added == 0) {
      throw Problem.conflict("This person is a member already.").code("already_member");
    }
  }

  /** Holds the plan's ceiling against members and the invitations that count besides (decisions 4.5). */
  static void requireRoom(Tx tx, UUID workspace, int invitations) {
    record Room(String plan, int most, int present) {}
    Optional<Room> full = tx.query("""
            select w.plan, p.members, :invitations + m.present as present
              from workspaces w
              join plans p on p.plan = w.plan
             cross join lateral (select count(*)::int as present from members m where m.workspace_id = w.workspace_id) m
             where w.workspace_id = :workspace and p.members <= :invitations + m.present""")
        .bind("workspace", workspace).bind("invitations", invitations)
        .map((row, context) -> new Room(row.getString("plan"), row.getInt("members"), row.getInt("present"))).findOne();
    if (full.isPresent()) {
      Room room = full.get();
      throw Problem.planFull(room.plan(), "members", (room.most() == 1 ? "member" : "members") + ", open invitations included,", room.most(), room.present());
    }
  }

  private static void setRole(Tx tx, UUID person, Role role) {
    tx.ownUpdate("update members set role = :role where workspace_id = :workspace and person_id = :person")
        .bind("person", person).bind("role", role.wire())
        .execute();
  }

  /** Only an owner, or the operator, touches owners or makes some; a key never does. */
  static void requireOwnerFor(Tx tx, Role role) {
    if (role == Role.OWNER && !tx.operator() && tx.caller().role() != Role.OWNER) {
      throw ownersOnly();
    }
  }

  static Problem ownersOnly() {
    return Problem.forbidden("Only an owner may do this.").code("owners_only");
  }

  /** Counts under the exclusive access lock, so that nobody else's leaving can come in between. */
  private static void requireAnotherOwner(Tx tx, UUID person, String refusal) {
    boolean another = tx.ownQuery("""
            select exists (select from members
                            where workspace_id = :workspace and role = 'owner' and person_id <> :person)""")
        .bind("person", person).mapTo(Boolean.class).one();
    if (!another) {
      throw Problem.conflict(refusal).code("last_owner");
    }
  }
}
