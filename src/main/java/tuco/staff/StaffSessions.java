package tuco.staff;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.access.People;
import tuco.access.Throttle;
import tuco.access.Totp;
import tuco.caller.StaffCaller;
import tuco.caller.Token;
import tuco.db.StaffDatabase;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** How staff come in: password and authenticator app, always both, for half an hour (decisions 9.1). */
public final class StaffSessions {
  private static final Logger LOG = LoggerFactory.getLogger(StaffSessions.class);

  /** From the sign-in on; nothing prolongs it. */
  static final Duration LIFETIME = Duration.ofMinutes(30);

  private static final int PER_MINUTE_AND_ACCOUNT = 5;
  private static final int PER_MINUTE = 30;

  private final StaffDatabase database;
  private final Ids ids;
  private final Clock clock;
  private final Totp totp;
  private final Throttle byAddress;
  private final Throttle byAccount;
  private final Token tokens = new Token();

  public StaffSessions(StaffDatabase database, Ids ids, Clock clock, Totp totp) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.totp = totp;
    this.byAddress = new Throttle(PER_MINUTE, clock);
    this.byAccount = new Throttle(PER_MINUTE_AND_ACCOUNT, clock);
  }

  private record Account(UUID staffId, @Nullable String passwordHash, byte @Nullable [] totpSecret) {}

  /**
   * Signs in; the token is for a cookie and shown nowhere else. Whatever is wrong gets the same answer after the same work.
   *
   * @throws Problem 401, uniform; 429 after too many attempts
   */
  public String signIn(String email, String password, String code, String address, String client) {
    String name = email.strip().toLowerCase(Locale.ROOT);
    String network = Throttle.network(address);
    byAddress.take(network);
    byAccount.take(network + " " + name);
    Optional<Account> account = database.work(tx -> tx.query("""
            select staff_id, password_hash, totp_secret from staff where email = :email and removed_at is null""")
        .bind("email", name)
        .map((row, context) -> new Account(
            row.getObject("staff_id", UUID.class), row.getString("password_hash"), row.getBytes("totp_secret")))
        .findOne());
    String token = account.flatMap(found -> signIn(found, password, code, address, client)).orElse(null);
    if (token == null) {
      if (account.isEmpty() || account.get().passwordHash() == null) {
        People.matchesNobody(password);
      }
      LOG.info("staff sign-in refused from {}, staff {}", address, account.map(a -> Ids.text(Kind.STAFF, a.staffId())).orElse("unknown"));
      throw Problem.unauthorized(true);
    }
    byAddress.giveBack(network);
    byAccount.giveBack(network + " " + name);
    LOG.info("staff signed in from {}, staff {}", address, account.map(a -> Ids.text(Kind.STAFF, a.staffId())).orElse(""));
    return token;
  }

  private Optional<String> signIn(Account account, String password, String code, String address, String client) {
    String hash = account.passwordHash();
    byte[] secret = account.totpSecret();
    if (hash == null || secret == null || !People.matches(password, hash)) {
      return Optional.empty();
    }
    OptionalLong step = totp.step(secret, code.strip());
    if (step.isEmpty()) {
      return Optional.empty();
    }
    return database.work(tx -> stillRight(tx, account.staffId(), hash, secret, step.getAsLong())
        ? Optional.of(start(tx, account.staffId(), address, client))
        : Optional.empty());
  }

  /** What was checked outside this transaction must still hold, and nobody may have used the code (one row: of two only one). */
  private static boolean stillRight(Tx tx, UUID staff, String hash, byte[] secret, long step) {
    return tx.update("""
            update staff
               set totp_step = :step
             where staff_id = :staff and password_hash = :hash and totp_secret = :secret and removed_at is null
               and (totp_step is null or totp_step < :step)""")
        .bind("step", step).bind("staff", staff).bind("hash", hash).bind("secret", secret)
        .execute() == 1;
  }

  private String start(Tx tx, UUID staff, String address, String client) {
    String token = tokens.mint(Token.STAFF_SESSION);
    Instant now = clock.instant();
    tx.update("""
            insert into staff_sessions (token_hash, session_id, staff_id, created_at, expires_at, address, client)
            values (:hash, :session, :staff, :now, :expires, :address, :client)""")
        .bind("hash", Token.hash(token)).bind("session", ids.next(Ids.NO_WORKSPACE)).bind("staff", staff)
        .bind("now", now).bind("expires", now.plus(LIFETIME)).bind("address", address).bind("client", client)
        .execute();
    return token;
  }

  /** Signs out. */
  public void end(StaffCaller caller) {
    database.work(tx -> tx.update("update staff_sessions set ended_at = :now where session_id = :session and ended_at is null")
        .bind("now", clock.instant()).bind("session", caller.sessionId()).execute());
  }
}
