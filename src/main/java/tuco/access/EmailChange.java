package tuco.access;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.PersonCaller;
import tuco.caller.Token;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Kind;

/**
 * Another address for an account. It takes the password and, where there is a mail server, a link that was sent to the new
 * address: so nobody gets an account under an address they cannot read, and whoever has only a session gets none of it.
 */
public final class EmailChange {
  private static final int LONGEST = 320;
  private static final Duration LIFETIME = Duration.ofHours(1);
  private static final int MAILS_PER_MINUTE = 3;

  private final Database database;
  private final Clock clock;
  private final Account account;
  private final Letters letters;
  private final Audit audit;
  private final Throttle mails;
  private final Token tokens = new Token();

  public EmailChange(Database database, Clock clock, Account account, Letters letters, Audit audit) {
    this.database = database;
    this.clock = clock;
    this.account = account;
    this.letters = letters;
    this.audit = audit;
    this.mails = new Throttle(MAILS_PER_MINUTE, clock);
  }

  /** What a link is good for: this person's address becomes that one. */
  public record Wanted(UUID personId, String from, String to) {}

  /**
   * Asks for another address.
   *
   * @return whether a link was sent there, which has yet to confirm it; false when it holds from now on
   * @throws Problem 403 for a wrong password; without a mail server 409 when somebody has the address
   */
  public boolean ask(PersonCaller caller, String password, String address) {
    String email = address.strip().toLowerCase(Locale.ROOT);
    if (email.length() > LONGEST || !People.EMAIL.matcher(email).matches()) {
      throw Problem.badField("email", "email must be an e-mail address");
    }
    account.requirePassword(caller, password);
    if (!letters.areSent()) {
      unlessTaken(() -> database.asPerson(caller, tx -> change(tx, new Wanted(caller.personId(), caller.email(), email), "password")));
      return false;
    }
    mails.take(caller.personId().toString());
    return database.asPerson(caller, tx -> {
      tx.update("delete from one_time_links where person_id = :person and purpose = 'change_email' and used_at is null")
          .bind("person", caller.personId()).execute();
      // Where somebody has the address already the answer is the same, so that it tells nobody who has an account.
      if (tx.query("select not exists (select from people where email = :email)").bind("email", email).mapTo(Boolean.class).one()) {
        String token = link(tx, caller.personId(), email);
        tx.afterCommit(() -> letters.confirmAddress(email, token));
      }
      return true;
    });
  }

  private String link(Tx tx, UUID person, String email) {
    String token = tokens.mint(Token.LINK);
    Instant now = clock.instant();
    tx.update("""
            insert into one_time_links (token_hash, person_id, purpose, created_at, expires_at, email)
            values (:hash, :person, 'change_email', :now, :expires, :email)""")
        .bind("hash", Token.hash(token)).bind("person", person).bind("now", now).bind("expires", now.plus(LIFETIME)).bind("email", email)
        .execute();
    return token;
  }

  /** What the token is good for, while it can be used; a scanner of mails may look, only a person confirms. */
  public Optional<Wanted> wanted(String token) {
    return Token.wellFormed(Token.LINK, token) ? database.withoutTenant(tx -> wanted(tx, token)) : Optional.empty();
  }

  private Optional<Wanted> wanted(Tx tx, String token) {
    return tx.query("""
            select p.person_id, p.email as present, l.email
              from one_time_links l
              join people p on p.person_id = l.person_id
             where l.token_hash = :hash and l.purpose = 'change_email' and l.used_at is null and l.expires_at > :now
               for update of p, l""")
        .bind("hash", Token.hash(token)).bind("now", clock.instant())
        .map((row, context) -> new Wanted(row.getObject("person_id", UUID.class), row.getString("present"), row.getString("email")))
        .findOne();
  }

  /**
   * The link was opened and confirmed: the address changes. Works once.
   *
   * @throws Problem 400 when the link is used up, expired or unknown, 409 when somebody has the address meanwhile
   */
  public Wanted confirm(String token, Origin origin) {
    if (!Token.wellFormed(Token.LINK, token)) {
      throw OneTimeLinks.spent();
    }
    return unlessTaken(() -> database.withoutTenant(
        tx -> change(tx, wanted(tx.comesFrom(origin), token).orElseThrow(OneTimeLinks::spent), "link")));
  }

  /** Every link that was mailed to the old address is worth nothing from here on. */
  private Wanted change(Tx tx, Wanted wanted, String by) {
    tx.update("update people set email = :email where person_id = :person")
        .bind("email", wanted.to()).bind("person", wanted.personId()).execute();
    tx.update("delete from one_time_links where person_id = :person and used_at is null").bind("person", wanted.personId()).execute();
    audit.recordEverywhere(tx, Actor.person(wanted.personId(), wanted.from()), wanted.personId(), Action.EMAIL_CHANGE, Kind.PERSON,
        wanted.personId(), Map.of("by", by, "from", wanted.from(), "to", wanted.to()));
    tx.afterCommit(() -> letters.addressChanged(wanted.from(), wanted.to()));
    return wanted;
  }

  private static Wanted unlessTaken(Supplier<Wanted> change) {
    try {
      return change.get();
    } catch (DatabaseFailure e) {
      if (e.getCause() instanceof SQLException lost && "23505".equals(lost.getSQLState())) {
        throw Problem.conflict("There is an account with this e-mail address already.").code("email_taken");
      }
      throw e;
    }
  }
}
