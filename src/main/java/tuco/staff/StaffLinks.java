package tuco.staff;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.access.People;
import tuco.access.Throttle;
import tuco.access.Totp;
import tuco.caller.Token;
import tuco.db.StaffDatabase;
import tuco.db.Tx;
import tuco.http.Problem;

/** The operator's one-time links: where somebody of the staff chooses a password and confirms an authenticator app, both at once. */
public final class StaffLinks {
  private static final Duration LIFETIME = Duration.ofDays(1);
  private static final int TRIES_A_MINUTE = 10;

  private final StaffDatabase database;
  private final Totp totp;
  private final Clock clock;
  private final Throttle throttle;
  private final Token tokens = new Token();

  public StaffLinks(StaffDatabase database, Totp totp, Clock clock) {
    this.database = database;
    this.totp = totp;
    this.clock = clock;
    this.throttle = new Throttle(TRIES_A_MINUTE, clock);
  }

  /** Whom a link is for, and the key for their authenticator app. */
  public record Holder(UUID staffId, String email, String name, Totp.Enrolment app) {
    @Override
    public String toString() {
      return "Holder[" + email + "]";
    }
  }

  private record Account(UUID staffId, String email, String name, byte @Nullable [] pending) {}

  /** A new link's token, shown this once; those from before stop to work. */
  String create(Tx tx, UUID staff) {
    String token = tokens.mint(Token.LINK);
    Instant now = clock.instant();
    tx.update("update staff_links set used_at = :now where staff_id = :staff and used_at is null")
        .bind("now", now).bind("staff", staff).execute();
    tx.update("""
            insert into staff_links (token_hash, staff_id, created_at, expires_at)
            values (:hash, :staff, :now, :expires)""")
        .bind("hash", Token.hash(token)).bind("staff", staff).bind("now", now).bind("expires", now.plus(LIFETIME)).execute();
    return token;
  }

  /** Whom the token is for, while it can be used. The app's key stays the same until the link is used. */
  public Optional<Holder> holder(String token) {
    if (!Token.wellFormed(Token.LINK, token)) {
      return Optional.empty();
    }
    return database.work(tx -> account(tx, token).map(account -> {
      byte[] pending = account.pending();
      Totp.Enrolment app = pending == null ? enrol(tx, account) : totp.again(pending, account.email());
      return new Holder(account.staffId(), account.email(), account.name(), app);
    }));
  }

  private Optional<Account> account(Tx tx, String token) {
    // Locks the account, so that of two who open the link at once both see one key.
    return tx.query("""
            select s.staff_id, s.email, s.name, s.totp_pending
              from staff_links l
              join staff s on s.staff_id = l.staff_id
             where l.token_hash = :hash and l.used_at is null and l.expires_at > :now and s.removed_at is null
               for update of s""")
        .bind("hash", Token.hash(token)).bind("now", clock.instant())
        .map((row, context) -> new Account(
            row.getObject("staff_id", UUID.class), row.getString("email"), row.getString("name"), row.getBytes("totp_pending")))
        .findOne();
  }

  private Totp.Enrolment enrol(Tx tx, Account account) {
    Totp.Enrolment app = totp.enrol(account.email());
    tx.update("update staff set totp_pending = :sealed where staff_id = :staff")
        .bind("sealed", app.sealed()).bind("staff", account.staffId()).execute();
    return app;
  }

  /**
   * Sets password and app. Works once.
   *
   * @throws Problem 400 for a spent link, a weak password or a wrong code; 429 after too many
   */
  public void redeem(String token, String password, String code) {
    Holder holder = holder(token).orElseThrow(StaffLinks::spent);
    throttle.take(holder.staffId().toString());
    People.requireGood("password", password, holder.email());
    long step = totp.step(holder.app().sealed(), code.strip()).orElseThrow(
        () -> Problem.badField("code", "This is not the app's current code").code("wrong_code"));
    String hash = People.hash(password);
    database.work(tx -> {
      // Two at once: the second finds the link used and gets nothing.
      int used = tx.update("update staff_links set used_at = :now where token_hash = :hash and used_at is null and expires_at > :now")
          .bind("now", clock.instant()).bind("hash", Token.hash(token)).execute();
      int set = used == 0 ? 0 : tx.update("""
              update staff
                 set password_hash = :password, totp_secret = totp_pending, totp_pending = null, totp_step = :step
               where staff_id = :staff and totp_pending = :pending and removed_at is null""")
          .bind("password", hash).bind("step", step).bind("staff", holder.staffId()).bind("pending", holder.app().sealed()).execute();
      if (set == 0) {
        throw spent();
      }
      return set;
    });
    throttle.giveBack(holder.staffId().toString());
  }

  private static Problem spent() {
    return Problem.bad("This link was used or has expired. Ask for a new one.").code("link_spent");
  }
}
