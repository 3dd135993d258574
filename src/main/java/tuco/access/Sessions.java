package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.PersonCaller;
import tuco.caller.Token;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Signed-in people: who comes in, since when, from where, and the end of it (decisions 2.7). */
public final class Sessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
  private static final Duration LIFETIME = Duration.ofDays(30);
  private static final int PER_MINUTE_AND_ACCOUNT = 10;
  private static final int CODES_PER_MINUTE_AND_ACCOUNT = 10;
  private static final int PER_MINUTE = 100;
  private static final int REFUSALS_RECORDED_PER_MINUTE = 30;
  /** So many wrong codes in a row after the right password are no slips of a finger. */
  private static final int WRONG_CODES_TOLD = 5;

  private final Database database;
  private final Ids ids;
  private final Clock clock;
  private final Totp totp;
  private final Audit audit;
  private final Letters letters;
  private final Throttle byAddress;
  private final Throttle byAccount;
  private final Throttle codes;
  private final Throttle recorded;
  private final Map<UUID, Integer> wrongCodes = new ConcurrentHashMap<>();
  private final ExecutorService later = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("sign-ins").factory());
  private final Token tokens = new Token();

  public Sessions(Database database, Ids ids, Clock clock, Totp totp, Audit audit, Letters letters) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.totp = totp;
    this.audit = audit;
    this.letters = letters;
    this.byAddress = new Throttle(PER_MINUTE, clock);
    this.byAccount = new Throttle(PER_MINUTE_AND_ACCOUNT, clock);
    this.codes = new Throttle(CODES_PER_MINUTE_AND_ACCOUNT, clock);
    this.recorded = new Throttle(REFUSALS_RECORDED_PER_MINUTE, clock);
  }

  /** A new session; its token is shown this once. */
  public record SignedIn(UUID sessionId, UUID personId, String email, String name, String token, Instant expiresAt) {
    @Override
    public String toString() {
      return "SignedIn[" + sessionId + "]";
    }
  }

  /** A live session, as its person sees it. */
  public record Session(UUID sessionId, Instant createdAt, Instant expiresAt, String address, String client) {}

  private record Account(
      UUID personId, String email, String name, @Nullable String passwordHash, byte @Nullable [] totpSecret) {}

  /**
   * Signs in. Unknown address, wrong password and wrong code get the same answer after the same work. Attempts are
   * counted for the pair of address and account, so that whoever guesses locks out nobody elsewhere.
   *
   * @param code of the authenticator app, for who has enrolled one
   * @throws Problem 401, uniform; 429 after too many attempts
   */
  public SignedIn signIn(String email, String password, @Nullable String code, Origin origin) {
    String account = email.strip().toLowerCase(Locale.ROOT);
    String network = Throttle.network(origin.address());
    byAddress.take(network);
    byAccount.take(network + " " + account);
    Optional<Account> found = find(account);
    Optional<SignedIn> signedIn = found.isEmpty() ? nobody(password) : signIn(found.get(), password, code, origin);
    if (signedIn.isEmpty()) {
      LOG.info("sign-in refused from {}, person {}", origin.address(), found.map(a -> Ids.text(Kind.PERSON, a.personId())).orElse("unknown"));
      throw Problem.unauthorized(true);
    }
    SignedIn session = signedIn.get();
    byAddress.giveBack(network);
    byAccount.giveBack(network + " " + account);
    codes.giveBack(account);
    wrongCodes.remove(session.personId());
    LOG.info("signed in from {}, person {}", origin.address(), Ids.text(Kind.PERSON, session.personId()));
    return session;
  }

  private Optional<Account> find(String email) {
    return database.withoutTenant(tx -> tx.query("""
            select person_id, email, name, password_hash, totp_secret
              from people
             where email = :email""")
        .bind("email", email)
        .map((row, context) -> new Account(
            row.getObject("person_id", UUID.class), row.getString("email"), row.getString("name"),
            row.getString("password_hash"), row.getBytes("totp_secret")))
        .findOne());
  }

  /** The same work as for somebody, so that the time does not tell who exists. */
  private Optional<SignedIn> nobody(String password) {
    People.matchesNobody(password);
    return Optional.empty();
  }

  private Optional<SignedIn> signIn(
      Account account, String password, @Nullable String code, Origin origin) {
    String hash = account.passwordHash();
    if (hash == null) {
      return nobody(password);
    }
    if (!People.matches(password, hash)) {
      return refused(account, "password", origin);
    }
    OptionalLong step = OptionalLong.empty();
    byte[] secret = account.totpSecret();
    if (secret != null) {
      // Who gets here has the password: codes are counted for the account, from wherever they are guessed. Past the
      // ceiling the answer stays the same, because another one would tell that the password was right.
      if (!codes.mayTake(account.email())) {
        return refused(account, "too many codes", origin);
      }
      step = totp.step(secret, code == null ? "" : code.strip());
      if (step.isEmpty()) {
        tellOfWrongCodes(account, code);
        return refused(account, "code", origin);
      }
    }
    long usedStep = step.orElse(0);
    Optional<SignedIn> started = database.withoutTenant(tx ->
        stillRight(tx, account, hash, usedStep)
            ? Optional.of(start(tx.comesFrom(origin), account))
            : Optional.empty());
    return started.isPresent() ? started : refused(account, "code used or password changed", origin);
  }

  /** Once until they come in again, and after the answer: whoever gets as far as the code has the password (standards V9 6.3.5). */
  private void tellOfWrongCodes(Account account, @Nullable String code) {
    if (code != null && !code.isBlank() && wrongCodes.merge(account.personId(), 1, Integer::sum) == WRONG_CODES_TOLD) {
      later.execute(() -> letters.passwordKnown(account.email()));
    }
  }

  /**
   * Into the log of the person's workspaces, after the answer, so that its time does not tell who exists; so many in a
   * minute and not more, so that whoever guesses cannot flood it.
   */
  private Optional<SignedIn> refused(Account account, String wrong, Origin origin) {
    if (recorded.mayTake(account.email())) {
      later.execute(() -> database.withoutTenant(tx -> {
        audit.recordEverywhere(
            tx.comesFrom(origin), Actor.system("sign-in"), account.personId(), Action.SIGN_IN_REFUSED, Kind.PERSON,
            account.personId(), Map.of("wrong", wrong));
        return account;
      }));
    }
    return Optional.empty();
  }

  /**
   * The password was checked outside this transaction: it must still be the one, and so must the state of the
   * authenticator app, whose code nobody may have used before (one row, so of two replays only one gets through).
   */
  private static boolean stillRight(Tx tx, Account account, String hash, long step) {
    return tx.update("""
            update people
               set totp_step = case when totp_secret is null then totp_step else :step end
             where person_id = :person
               and password_hash = :hash
               and totp_secret is not distinct from :secret
               and (totp_secret is null or totp_step is null or totp_step < :step)""")
        .bind("person", account.personId()).bind("hash", hash)
        .bind("secret", account.totpSecret()).bind("step", step)
        .execute() == 1;
  }

  private SignedIn start(Tx tx, Account account) {
    UUID session = ids.next(Ids.NO_WORKSPACE);
    String token = tokens.mint(Token.SESSION);
    Instant now = clock.instant();
    Instant expires = now.plus(LIFETIME);
    tx.update("""
            insert into sessions (token_hash, session_id, person_id, created_at, expires_at, address, client)
            values (:hash, :session, :person, :now, :expires, :address, :client)""")
        .bind("hash", Token.hash(token)).bind("session", session).bind("person", account.personId())
        .bind("now", now).bind("expires", expires).bind("address", tx.origin().address()).bind("client", tx.origin().client())
        .execute();
    audit.recordEverywhere(
        tx, Actor.person(account.personId(), account.email()), account.personId(), Action.SIGN_IN, Kind.SESSION, session,
        Map.of("withCode", account.totpSecret() != null));
    return new SignedIn(session, account.personId(), account.email(), account.name(), token, expires);
  }

  /** The sessions of a person that can still be used, the newest first. */
  public List<Session> list(Tx tx, UUID person) {
    return tx.query("""
            select session_id, created_at, expires_at, address, client
              from sessions
             where person_id = :person and ended_at is null and expires_at > :now
             order by session_id desc""")
        .bind("person", person).bind("now", clock.instant())
        .map((row, context) -> new Session(
            row.getObject("session_id", UUID.class), row.getTimestamp("created_at").toInstant(),
            row.getTimestamp("expires_at").toInstant(), row.getString("address"), row.getString("client")))
        .list();
  }

  /**
   * Ends one of a person's sessions: nothing that starts afterwards succeeds with it, and nothing it began commits
   * later (K8).
   *
   * @return whether there was such a live session
   */
  public boolean end(PersonCaller caller, UUID session) {
    return database.asPerson(caller, tx -> {
      waitForWrites(tx, caller.personId());
      boolean ended = tx.update("""
              update sessions
                 set ended_at = :now
               where session_id = :session and person_id = :person and ended_at is null and expires_at > :now""")
          .bind("session", session).bind("person", caller.personId()).bind("now", clock.instant())
          .execute() == 1;
      if (ended) {
        audit.recordEverywhere(
            tx, Actor.of(caller), caller.personId(), Action.SIGN_OUT, Kind.SESSION, session, Map.of());
      }
      return ended;
    });
  }

  /** Ends all sessions of a person but this one; null ends all. */
  static int endAll(Tx tx, UUID person, @Nullable UUID but, Instant now) {
    waitForWrites(tx, person);
    return tx.update("""
            update sessions
               set ended_at = :now
             where person_id = :person and ended_at is null and session_id is distinct from :but""")
        .bind("person", person).bind("but", but).bind("now", now)
        .execute();
  }

  /** Takes the access locks of all the person's workspaces, in the order everybody takes them. */
  private static void waitForWrites(Tx tx, UUID person) {
    tx.query("select workspace_id from workspaces_of(:person)").bind("person", person).mapTo(UUID.class).stream()
        .map(Ids::tag).sorted()
        .forEach(tag -> AccessLock.exclusive(tx, tag));
  }

  /** Ends once all refusals are written down. */
  @Override
  public void close() {
    later.close();
  }
}
