package tuco.staff;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Kind;

/**
 * The workspace's say in who of the operator's staff may look: its rule, requests, grants, and the record of what was
 * read. Every method that changes something expects the access lock to be held exclusively (see
 * {@link tuco.access.AccessLock}): when an end is confirmed, nothing staff ask for afterwards succeeds, on any node.
 */
public final class SupportAccess {
  /** Where a grant's time is over the state says so, by the database's clock. */
  private static final String GRANTS = """
      select g.*, case when g.status = 'live' and g.expires_at <= clock_timestamp() then 'expired' else g.status end as state,
             (select count(*) from staff_acts a where a.workspace_id = g.workspace_id and a.grant_id = g.grant_id
                 and a.action not in ('asked', 'gave_back')) as acts
        from staff_grants g
       where g.workspace_id = :workspace\s""";

  private final Audit audit;

  public SupportAccess(Audit audit) {
    this.audit = audit;
  }

  /** A grant or a request, as the workspace's owners see it. */
  public record Grant(
      UUID grantId, String staffEmail, String staffName, String purpose, String ticket, String scope, String access, int hours,
      boolean standing, String status, Instant requestedAt, @Nullable Instant decidedAt, @Nullable String decidedBy,
      @Nullable Instant expiresAt, @Nullable Instant endedAt, @Nullable String endedBy, long acts) {}

  /** Something that staff did in the workspace. */
  public record Act(
      UUID actId, UUID grantId, String staffEmail, String staffName, String ticket, String action, @Nullable String object,
      String address, String requestId, Instant at) {}

  /** What the workspace allows: {@code approval}, {@code standing} or {@code none}. */
  public String policy(Tx tx) {
    return tx.ownQuery("select staff_access from workspaces where workspace_id = :workspace").mapTo(String.class).one();
  }

  /** How many requests wait for an owner. */
  public static int waiting(Tx tx) {
    return tx.ownQuery("select count(*) from staff_grants where workspace_id = :workspace and status = 'waiting'").mapTo(Integer.class).one();
  }

  /**
   * Grants and requests, the newest first.
   *
   * @param status one state, or null for all
   * @param before the last one seen, or null
   */
  public List<Grant> grants(Tx tx, @Nullable String status, @Nullable UUID before, int limit) {
    return tx.ownQuery("select * from (" + GRANTS + """
              ) found
             where (cast(:status as text) is null or state = :status)
               and (cast(:before as uuid) is null or grant_id < :before)
             order by grant_id desc
             limit :limit""")
        .bind("status", status).bind("before", before).bind("limit", limit).map((row, context) -> grant(row)).list();
  }

  /**
   * One grant.
   *
   * @throws Problem 404
   */
  public Grant grant(Tx tx, UUID id) {
    return tx.ownQuery(GRANTS + " and g.grant_id = :id").bind("id", id).map((row, context) -> grant(row)).findOne()
        .orElseThrow(() -> Problem.notFound("Grant not found").code("not_found"));
  }

  private static Grant grant(ResultSet row) throws SQLException {
    return new Grant(
        row.getObject("grant_id", UUID.class), row.getString("staff_email"), row.getString("staff_name"), row.getString("purpose"),
        row.getString("ticket"), row.getString("scope"), row.getString("access"), row.getInt("hours"), row.getBoolean("standing"),
        row.getString("state"), row.getTimestamp("requested_at").toInstant(), StaffGrants.instant(row.getTimestamp("decided_at")),
        row.getString("decided_by_name"), StaffGrants.instant(row.getTimestamp("expires_at")),
        StaffGrants.instant(row.getTimestamp("ended_at")), row.getString("ended_by_name"), row.getLong("acts"));
  }

  /** What staff did, the newest first; under one grant or under all. */
  public List<Act> acts(Tx tx, @Nullable UUID grant, @Nullable UUID before, int limit) {
    return tx.ownQuery("""
            select a.act_id, a.grant_id, g.staff_email, g.staff_name, g.ticket, a.action, a.object, a.address, a.request_id, a.at
              from staff_acts a
              join staff_grants g on g.workspace_id = a.workspace_id and g.grant_id = a.grant_id
             where a.workspace_id = :workspace
               and (cast(:grant as uuid) is null or a.grant_id = :grant)
               and (cast(:before as uuid) is null or a.act_id < :before)
             order by a.act_id desc
             limit :limit""")
        .bind("grant", grant).bind("before", before).bind("limit", limit)
        .map((row, context) -> new Act(
            row.getObject("act_id", UUID.class), row.getObject("grant_id", UUID.class), row.getString("staff_email"),
            row.getString("staff_name"), row.getString("ticket"), row.getString("action"), row.getString("object"),
            row.getString("address"), row.getString("request_id"), row.getTimestamp("at").toInstant()))
        .list();
  }

  /**
   * Changes what the workspace allows. Grants that the new rule does not allow end with it.
   *
   * @throws Problem 403 for who is no owner
   */
  public void changePolicy(Tx tx, String policy) {
    requireOwner(tx);
    tx.ownUpdate("update workspaces set staff_access = :policy where workspace_id = :workspace").bind("policy", policy).execute();
    audit.record(tx, Action.STAFF_POLICY, Kind.WORKSPACE, tx.workspace(), Map.of("policy", policy));
    List<UUID> ended = switch (policy) {
      case "none" -> end(tx, "true");
      case "approval" -> end(tx, "standing");
      default -> List.of();
    };
    ended.forEach(grant -> audit.record(tx, Action.STAFF_END, Kind.GRANT, grant));
  }

  private static List<UUID> end(Tx tx, String which) {
    return tx.ownQuery("""
            update staff_grants
               set status = 'ended', ended_at = clock_timestamp(), ended_by_name = :by
             where workspace_id = :workspace and status in ('waiting', 'live') and\s""" + which + " returning grant_id")
        .bind("by", tx.caller().actorName()).mapTo(UUID.class).list();
  }

  /**
   * Approves a request; its hours begin now.
   *
   * @throws Problem 403 for who is no owner, 409 when it does not wait any more
   */
  public Grant approve(Tx tx, UUID id) {
    requireOwner(tx);
    grant(tx, id);
    if (policy(tx).equals("none")) {
      throw Problem.conflict("This workspace lets no staff in. Change that first.").code("staff_closed");
    }
    decide(tx, id, "live", "expires_at = clock_timestamp() + make_interval(hours => hours)");
    audit.record(tx, Action.STAFF_APPROVE, Kind.GRANT, id);
    return grant(tx, id);
  }

  /**
   * Refuses a request.
   *
   * @throws Problem 409 when it does not wait any more
   */
  public Grant refuse(Tx tx, UUID id) {
    grant(tx, id);
    decide(tx, id, "refused", "ended_at = null");
    audit.record(tx, Action.STAFF_REFUSE, Kind.GRANT, id);
    return grant(tx, id);
  }

  private static void decide(Tx tx, UUID id, String status, String more) {
    int decided = tx.ownUpdate("""
            update staff_grants
               set status = :status, decided_at = clock_timestamp(), decided_by = :actor, decided_by_name = :by,\s""" + more + """

             where workspace_id = :workspace and grant_id = :id and status = 'waiting'""")
        .bind("id", id).bind("status", status).bind("actor", tx.caller().actorId()).bind("by", tx.caller().actorName()).execute();
    if (decided == 0) {
      throw Problem.conflict("This request does not wait any more.").code("grant_decided");
    }
  }

  /**
   * Ends a grant at once.
   *
   * @throws Problem 409 when it does not hold
   */
  public Grant end(Tx tx, UUID id) {
    Grant grant = grant(tx, id);
    if (!grant.status().equals("live")) {
      throw Problem.conflict("This grant does not hold any more.").code("grant_decided");
    }
    tx.ownUpdate("""
            update staff_grants
               set status = 'ended', ended_at = clock_timestamp(), ended_by_name = :by
             where workspace_id = :workspace and grant_id = :id and status = 'live'""")
        .bind("id", id).bind("by", tx.caller().actorName()).execute();
    audit.record(tx, Action.STAFF_END, Kind.GRANT, id);
    return grant(tx, id);
  }

  /** To let somebody in is for an owner in person (S3); to keep somebody out, for whoever decides on staff access. */
  private static void requireOwner(Tx tx) {
    if (tx.caller().role() != Role.OWNER) {
      throw Problem.forbidden("Only an owner may do this.").code("owners_only");
    }
  }
}
