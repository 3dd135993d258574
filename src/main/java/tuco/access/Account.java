package tuco.access;

import java.time.Clock;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.PersonCaller;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Kind;

/** What signed-in people change about themselves: name, password, authenticator app. */
public final class Account {
  private static final int CHECKS_PER_MINUTE = 10;

  private final Database database;
  private final Clock clock;
  private final Totp totp;
  private final Letters letters;
  private final Audit audit;
  private final Throttle checks;

  public Account(Database database, Clock clock, Totp totp, Letters letters, Audit audit) {
    this.database = database;
    this.clock = clock;
    this.totp = totp;
    this.letters = letters;
    this.audit = audit;
    this.checks = new Throttle(CHECKS_PER_MINUTE, clock);
  }

  private record Secrets(@Nullable String passwordHash, byte @Nullable [] totpSecret, byte @Nullable [] totpPending) {}

  private Secrets secrets(UUID person) {
    return database.withoutTenant(tx -> tx.query("""
            select password_hash, totp_secret, totp_pending
              from people
             where person_id = :person""")
        .bind("person", person)
        .map((row, context) -> new Secrets(
            row.getString("password_hash"), row.getBytes("totp_secret"), row.getBytes("totp_pending")))
        .one());
  }

  public void rename(PersonCaller caller, String name) {
    database.asPerson(caller, tx -> tx.update("update people set name = :name where person_id = :person")
        .bind("name", name).bind("person", caller.personId())
        .execute());
  }

  /** Replaces the password and ends all other sessions: whoever knew the old one is out. */
  public void changePassword(PersonCaller caller, String password, String newPassword) {
    requirePassword(caller, password);
    People.requireGood("newPassword", newPassword, caller.email());
    String hash = People.hash(newPassword);
    database.asPerson(caller, tx -> {
      People.setPassword(tx, caller.personId(), hash);
      record(tx, caller, Action.PASSWORD_CHANGE);
      tx.afterCommit(() -> letters.passwordChanged(caller.email()));
      return Sessions.endAll(tx, caller.personId(), caller.sessionId(), clock.instant());
    });
  }

  /** Whether signing in takes a code. */
  public boolean hasTotp(PersonCaller caller) {
    return secrets(caller.personId()).totpSecret() != null;
  }

  /**
   * Prepares an authenticator app; nothing changes until a code confirms it.
   *
   * @throws Problem 409 when there is one already
   */
  public Totp.Enrolment beginTotp(PersonCaller caller) {
    Totp.Enrolment enrolment = totp.enrol(caller.email());
    int begun = database.asPerson(caller, tx -> tx.update("""
            update people
               set totp_pending = :sealed
             where person_id = :person and totp_secret is null""")
        .bind("sealed", enrolment.sealed()).bind("person", caller.personId())
        .execute());
    if (begun == 0) {
      throw Problem.conflict("An authenticator app is enrolled already. Remove it first.").code("totp_enrolled");
    }
    return enrolment;
  }

  /**
   * From here on signing in takes a code.
   *
   * @throws Problem 400 for a wrong code, 409 when none was prepared
   */
  public void confirmTotp(PersonCaller caller, String code) {
    checks.take(caller.personId().toString());
    byte[] pending = secrets(caller.personId()).totpPending();
    if (pending == null) {
      throw Problem.conflict("No authenticator app is waiting to be confirmed.").code("totp_not_begun");
    }
    long step = totp.step(pending, code).orElseThrow(
        () -> Problem.badField("code", "This is not the app's current code").code("wrong_code"));
    // Confirms what was checked, even if another enrolment was begun meanwhile: then nothing matches.
    int confirmed = database.asPerson(caller, tx -> {
      int rows = tx.update("""
              update people
                 set totp_secret = totp_pending, totp_pending = null, totp_step = :step
               where person_id = :person and totp_pending = :pending and totp_secret is null""")
          .bind("person", caller.personId()).bind("pending", pending).bind("step", step)
          .execute();
      if (rows == 1) {
        record(tx, caller, Action.TOTP_ON);
      }
      return rows;
    });
    if (confirmed == 0) {
      throw Problem.conflict("No authenticator app is waiting to be confirmed.").code("totp_not_begun");
    }
    checks.giveBack(caller.personId().toString());
    letters.totpAdded(caller.email());
  }

  /**
   * Signing in no longer takes a code.
   *
   * @throws Problem 403 when password or code is wrong, 409 when there is no app
   */
  public void removeTotp(PersonCaller caller, String password, String code) {
    Secrets secrets = secrets(caller.personId());
    byte[] secret = secrets.totpSecret();
    if (secret == null) {
      throw Problem.conflict("No authenticator app is enrolled.").code("totp_not_enrolled");
    }
    requirePassword(caller, secrets, password);
    OptionalLong step = totp.step(secret, code);
    int removed = step.isEmpty() ? 0 : database.asPerson(caller, tx -> {
      int rows = tx.update("""
              update people
                 set totp_secret = null, totp_pending = null, totp_step = null
               where person_id = :person and totp_secret = :secret and (totp_step is null or totp_step < :step)""")
          .bind("person", caller.personId()).bind("secret", secret).bind("step", step.getAsLong())
          .execute();
      if (rows == 1) {
        record(tx, caller, Action.TOTP_OFF);
      }
      return rows;
    });
    if (removed == 0) {
      throw wrong();
    }
    checks.giveBack(caller.personId().toString());
    letters.totpRemoved(caller.email());
  }

  private void record(Tx tx, PersonCaller caller, Action action) {
    audit.recordEverywhere(tx, Actor.of(caller), caller.personId(), action, Kind.PERSON, caller.personId(), Map.of());
  }

  /** Takes one of the checks there are in a minute; given back when all that is asked for turned out right. */
  private void requirePassword(PersonCaller caller, Secrets secrets, String password) {
    checks.take(caller.personId().toString());
    String hash = secrets.passwordHash();
    if (hash == null || !People.matches(password, hash)) {
      throw wrong();
    }
  }

  /** Whether it is still the person themselves who asks, and not only their session. */
  void requirePassword(PersonCaller caller, String password) {
    requirePassword(caller, secrets(caller.personId()), password);
    checks.giveBack(caller.personId().toString());
  }

  private static Problem wrong() {
    return Problem.forbidden("The password or the code is wrong.").code("wrong_password");
  }
}
