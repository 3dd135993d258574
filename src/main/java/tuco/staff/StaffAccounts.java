package tuco.staff;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.access.AccessLock;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The operator's say in who belongs to the staff; only the command line on the database gets here. */
public final class StaffAccounts {
  private final Database database;
  private final Ids ids;
  private final Clock clock;
  private final StaffLinks links;
  private final Audit audit;

  public StaffAccounts(Database database, Ids ids, Clock clock, StaffLinks links, Audit audit) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.links = links;
    this.audit = audit;
  }

  /** One of the staff. */
  public record Account(UUID staffId, String email, String name, boolean ready, Instant createdAt, @Nullable Instant lastSignInAt) {}

  /** Everybody who belongs to the staff now. */
  public List<Account> list() {
    return database.staff().work(tx -> tx.query("""
            select s.staff_id, s.email, s.name, s.created_at, s.password_hash is not null and s.totp_secret is not null as ready,
                   (select max(x.created_at) from staff_sessions x where x.staff_id = s.staff_id) as last_sign_in
              from staff s
             where s.removed_at is null
             order by s.email""")
        .map((row, context) -> new Account(
            row.getObject("staff_id", UUID.class), row.getString("email"), row.getString("name"), row.getBoolean("ready"),
            row.getTimestamp("created_at").toInstant(),
            row.getTimestamp("last_sign_in") == null ? null : row.getTimestamp("last_sign_in").toInstant()))
        .list());
  }

  /**
   * Takes somebody into the staff; they see no workspace by that.
   *
   * @return the token of the link at which they choose a password and set up their authenticator app
   * @throws Problem 409 for who belongs to it already
   */
  public String add(String email, String name) {
    return database.staff().work(tx -> {
      UUID staff = ids.next(Ids.NO_WORKSPACE);
      int added = tx.update("""
              insert into staff (staff_id, email, name, created_at)
              values (:staff, :email, :name, :now)
              on conflict (email) where removed_at is null do nothing""")
          .bind("staff", staff).bind("email", normal(email)).bind("name", name).bind("now", clock.instant()).execute();
      if (added == 0) {
        throw Problem.conflict("There is somebody with this e-mail address in the staff already.").code("email_taken");
      }
      return links.create(tx, staff);
    });
  }

  /**
   * For who lost password or app: both stop to work at once, and all sessions end.
   *
   * @return the token of a new link
   * @throws Problem 404
   */
  public String reset(String email) {
    UUID staff = forget(email, false);
    waitForReads(staff, false);
    return database.staff().work(tx -> links.create(tx, staff));
  }

  /**
   * Takes somebody out of the staff: sessions and grants end. When this returns, nothing they ask for succeeds on any
   * node, nor does what they asked for before (decisions 2.3).
   *
   * @throws Problem 404
   */
  public void remove(String email) {
    waitForReads(forget(email, true), true);
  }

  /** From the commit on, every read that begins finds no session; those under way hold the locks that come next. */
  private UUID forget(String email, boolean remove) {
    return database.staff().work(tx -> {
      Instant now = clock.instant();
      UUID staff = tx.query("""
              update staff
                 set password_hash = null, totp_secret = null, totp_pending = null, removed_at = case when :remove then cast(:now as timestamptz) end
               where email = :email and removed_at is null
              returning staff_id""")
          .bind("remove", remove).bind("now", now).bind("email", normal(email)).mapTo(UUID.class).findOne()
          .orElseThrow(() -> Problem.notFound("Nobody in the staff has this e-mail address.").code("not_found"));
      tx.update("update staff_sessions set ended_at = :now where staff_id = :staff and ended_at is null")
          .bind("now", now).bind("staff", staff).execute();
      tx.update("update staff_links set used_at = :now where staff_id = :staff and used_at is null")
          .bind("now", now).bind("staff", staff).execute();
      return staff;
    });
  }

  private record Open(UUID workspace, UUID grant, String email) {}

  /** Waits for what they still read, workspace by workspace in the order everybody takes the locks, and ends their grants. */
  private void waitForReads(UUID staff, boolean end) {
    database.crossing(tx -> {
      List<Open> open = open(tx, staff);
      open.stream().map(grant -> Ids.tag(grant.workspace())).distinct().sorted().forEach(tag -> AccessLock.exclusive(tx, tag));
      for (Open grant : end ? open : List.<Open>of()) {
        int ended = tx.update("""
                update staff_grants
                   set status = 'ended', ended_at = clock_timestamp(), ended_by_name = 'the operator'
                 where workspace_id = :workspace and grant_id = :grant and status in ('waiting', 'live')""")
            .bind("workspace", grant.workspace()).bind("grant", grant.grant()).execute();
        if (ended == 1) {
          audit.record(tx, Actor.operator(), grant.workspace(), Action.STAFF_END, Kind.GRANT, grant.grant(), Map.of("staff", grant.email()));
        }
      }
      return open;
    });
  }

  private static List<Open> open(Tx tx, UUID staff) {
    return tx.query("""
            select workspace_id, grant_id, staff_email
              from staff_grants
             where staff_id = :staff and status in ('waiting', 'live')
             order by workspace_id""")
        .bind("staff", staff)
        .map((row, context) -> new Open(
            row.getObject("workspace_id", UUID.class), row.getObject("grant_id", UUID.class), row.getString("staff_email")))
        .list();
  }

  private static String normal(String email) {
    return email.strip().toLowerCase(Locale.ROOT);
  }
}
