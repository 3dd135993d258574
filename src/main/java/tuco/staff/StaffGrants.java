package tuco.staff;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Origin;
import tuco.caller.StaffCaller;
import tuco.db.AccessRefused;
import tuco.db.StaffDatabase;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * What staff do: look at the list of workspaces, ask for a grant, read under it, give it back. All of it as
 * {@code tuco_staff}, so that the database itself refuses what no grant allows (S1), and writes down what is done (S2).
 */
public final class StaffGrants {
  private final StaffDatabase database;
  private final Ids ids;

  public StaffGrants(StaffDatabase database, Ids ids) {
    this.database = database;
    this.ids = ids;
  }

  /** A workspace as staff see it without a grant: what the operator knows anyway, and counts. */
  public record Workspace(
      UUID workspaceId, String name, String environment, String plan, @Nullable String readOnlyReason, String staffAccess,
      Instant createdAt, long members, long lines, long leads, long sentThisMonth) {}

  /** A grant, or the request of one, as whoever asked for it sees it. */
  public record Mine(
      UUID grantId, UUID workspaceId, String workspaceName, String purpose, String ticket, String scope, String access,
      int hours, boolean standing, String status, Instant requestedAt, @Nullable String decidedBy, @Nullable Instant expiresAt,
      @Nullable Instant endedAt, @Nullable String endedBy) {}

  /** What somebody asks for. */
  public record Wanted(UUID workspaceId, String purpose, String ticket, String scope, String access, int hours) {}

  /** What is done with an open workspace. */
  @FunctionalInterface
  public interface Look<T> {
    T at(Tx tx, Pass pass);
  }

  /** Workspaces whose name holds the words, in the order of their names. */
  public List<Workspace> workspaces(StaffCaller caller, String search, int limit, int offset) {
    UUID id = Ids.parse(Kind.WORKSPACE, search);
    return database.work(tx -> tx.query("select * from staff_workspaces(:token, :search, :limit, :offset)")
        .bind("token", caller.tokenHash()).bind("search", id == null ? search : id.toString())
        .bind("limit", limit).bind("offset", offset)
        .map((row, context) -> new Workspace(
            row.getObject("workspace_id", UUID.class), row.getString("name"), row.getString("environment"), row.getString("plan"),
            row.getString("read_only_reason"), row.getString("staff_access"), row.getTimestamp("created_at").toInstant(),
            row.getLong("members"), row.getLong("lines"), row.getLong("leads"), row.getLong("sent_this_month")))
        .list());
  }

  /** One's own grants and requests, the newest first. */
  public List<Mine> mine(StaffCaller caller) {
    return database.work(tx -> tx.query("select * from staff_grants_of(:token)")
        .bind("token", caller.tokenHash()).map((row, context) -> mine(row)).list());
  }

  private static Mine mine(ResultSet row) throws SQLException {
    return new Mine(
        row.getObject("grant_id", UUID.class), row.getObject("workspace_id", UUID.class), row.getString("workspace_name"),
        row.getString("purpose"), row.getString("ticket"), row.getString("scope"), row.getString("access"), row.getInt("hours"),
        row.getBoolean("standing"), row.getString("status"), row.getTimestamp("requested_at").toInstant(),
        row.getString("decided_by_name"), instant(row.getTimestamp("expires_at")), instant(row.getTimestamp("ended_at")),
        row.getString("ended_by_name"));
  }

  static @Nullable Instant instant(@Nullable Timestamp at) {
    return at == null ? null : at.toInstant();
  }

  /**
   * Asks for a grant. Where the workspace allows standing grants it holds at once, otherwise an owner decides.
   *
   * @return whether it holds
   * @throws Problem 404, or 409 where the workspace lets no staff in or a request waits already
   */
  public boolean request(StaffCaller caller, Wanted wanted, Origin origin) {
    int tag = Ids.tag(wanted.workspaceId());
    String outcome = database.work(tx -> tx.query("""
            select staff_request(:token, :workspace, :grant, :act, :purpose, :ticket, :scope, :access, :hours, cast(:origin as jsonb))""")
        .bind("token", caller.tokenHash()).bind("workspace", wanted.workspaceId()).bind("grant", ids.next(tag))
        .bind("act", ids.next(tag)).bind("purpose", wanted.purpose()).bind("ticket", wanted.ticket())
        .bind("scope", wanted.scope()).bind("access", wanted.access()).bind("hours", wanted.hours()).bind("origin", json(origin))
        .mapTo(String.class).one());
    if (!outcome.equals("live") && !outcome.equals("waiting")) {
      throw refused(outcome);
    }
    return outcome.equals("live");
  }

  /**
   * Gives a grant back before its time, or takes a request back.
   *
   * @return whether there was one to give back
   */
  public boolean giveBack(StaffCaller caller, UUID grant, Origin origin) {
    return database.work(tx -> tx.query("select staff_give_back(:token, :grant, :act, cast(:origin as jsonb))")
        .bind("token", caller.tokenHash()).bind("grant", grant).bind("act", ids.next(Ids.tag(grant))).bind("origin", json(origin))
        .mapTo(Boolean.class).one());
  }

  /**
   * Reads under a grant. That it is read stands in the workspace's log before the transaction begins that reads: the
   * database shows nothing otherwise (S2).
   *
   * @param view what is looked at, a word of {@link SupportWords} that {@code staff_view_opens} knows
   * @param object the lead or the message; null for a list
   * @throws Problem 403 when the grant does not hold now, 404 when there is no such grant of the caller's
   */
  public <T> T read(StaffCaller caller, UUID grant, String view, @Nullable UUID object, Origin origin, Look<T> look) {
    UUID act = record(caller, grant, view, object, origin);
    return database.work(tx -> look.at(tx, enter(tx, caller, grant, act)));
  }

  /**
   * Pauses a line, with a grant that says so.
   *
   * @return whether it ran
   */
  public boolean pauseLine(StaffCaller caller, UUID grant, UUID line, Origin origin) {
    UUID act = record(caller, grant, "pause_line", line, origin);
    return database.work(tx -> {
      if (!enter(tx, caller, grant, act).mayPause()) {
        throw Problem.forbidden("This grant is for reading only.").code("no_grant");
      }
      return tx.query("select staff_pause_line(cast(:origin as jsonb))").bind("origin", json(origin)).mapTo(Boolean.class).one();
    });
  }

  private UUID record(StaffCaller caller, UUID grant, String view, @Nullable UUID object, Origin origin) {
    UUID act = ids.next(Ids.tag(grant));
    String outcome = database.work(tx -> tx.query("select staff_record(:token, :grant, :act, :view, :object, cast(:origin as jsonb))")
        .bind("token", caller.tokenHash()).bind("grant", grant).bind("act", act).bind("view", view).bind("object", object)
        .bind("origin", json(origin)).mapTo(String.class).one());
    if (!outcome.equals("ok")) {
      throw refused(outcome);
    }
    return act;
  }

  private static Pass enter(Tx tx, StaffCaller caller, UUID grant, UUID act) {
    record Entered(String outcome, @Nullable Pass pass) {}
    Entered entered = tx.query("select * from staff_enter(:token, :grant, :act)")
        .bind("token", caller.tokenHash()).bind("grant", grant).bind("act", act)
        .map((row, context) -> new Entered(row.getString("outcome"), !row.getString("outcome").equals("ok") ? null : new Pass(
            grant, row.getObject("workspace_id", UUID.class), row.getString("workspace_name"),
            row.getString("scope").equals("content"), row.getString("access").equals("pause_lines"),
            row.getString("purpose"), row.getString("ticket"), row.getTimestamp("expires_at").toInstant())))
        .one();
    if (entered.pass() == null) {
      throw refused(entered.outcome());
    }
    return entered.pass();
  }

  /** Where a call comes from, as the database writes it down. */
  private static String json(Origin origin) {
    return Json.text(Json.object().put("address", origin.address()).put("client", origin.client())
        .put("requestId", origin.requestId()).put("correlationId", origin.correlationId()));
  }

  private static RuntimeException refused(String outcome) {
    return switch (outcome) {
      case "signed_out" -> new AccessRefused(AccessRefused.Why.UNAUTHORIZED);
      case "unknown" -> Problem.notFound("There is no such workspace or grant.").code("not_found");
      case "waits_already" -> Problem.conflict("A request of yours waits in this workspace already.").code("grant_waits");
      case "waiting" -> noGrant("No owner of the workspace has approved this yet.");
      case "refused" -> noGrant("An owner of the workspace has refused this.");
      case "closed" -> noGrant("This workspace lets no staff in.");
      case "expired" -> noGrant("This access has expired. Ask again if you still need it.");
      default -> noGrant("This access has ended. Ask again if you still need it.");
    };
  }

  private static Problem noGrant(String sentence) {
    return Problem.forbidden(sentence).code("no_grant");
  }
}
