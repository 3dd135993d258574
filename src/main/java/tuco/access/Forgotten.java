package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.ids.Kind;

/** The way back in for who lost a password or an authenticator app: a link by mail, or one that the operator passes on. */
public final class Forgotten {
  private static final Duration BY_MAIL = Duration.ofHours(1);
  private static final Duration BY_HAND = Duration.ofDays(1);
  private static final int PER_MINUTE = 10;
  private static final int MAILS_PER_MINUTE = 1;

  private final Database database;
  private final Clock clock;
  private final OneTimeLinks links;
  private final Letters letters;
  private final Audit audit;
  private final Throttle byNetwork;
  private final Throttle byPerson;

  public Forgotten(Database database, Clock clock, OneTimeLinks links, Letters letters, Audit audit) {
    this.database = database;
    this.clock = clock;
    this.links = links;
    this.letters = letters;
    this.audit = audit;
    this.byNetwork = new Throttle(PER_MINUTE, clock);
    this.byPerson = new Throttle(MAILS_PER_MINUTE, clock);
  }

  /** Whether a link can be asked for by mail. */
  public boolean mails() {
    return letters.areSent();
  }

  /**
   * Mails a link to whoever has this address. The answer is the same where nobody has it; the old password goes on until
   * the link is used, so that asking harms nobody.
   *
   * @throws tuco.http.Problem 429 for too many attempts from one network
   */
  public void ask(String address, Origin origin) {
    byNetwork.take(Throttle.network(origin.address()));
    String email = address.strip().toLowerCase(Locale.ROOT);
    if (!mails() || !byPerson.mayTake(email)) {
      return;
    }
    database.withoutTenant(tx -> person(tx, email).map(person -> {
      String token = links.create(tx, person, BY_MAIL);
      tx.afterCommit(() -> letters.passwordForgotten(email, token));
      return person;
    }));
  }

  /**
   * The operator's link for somebody; empty when nobody has this address.
   *
   * @param withoutApp whether their authenticator app is taken away, and every session ended, at once
   */
  public Optional<String> link(String address, boolean withoutApp) {
    String email = address.strip().toLowerCase(Locale.ROOT);
    return database.withoutTenant(tx -> person(tx, email).map(person -> {
      if (withoutApp) {
        removeApp(tx, person, email);
      }
      audit.recordEverywhere(tx, Actor.operator(), person, Action.PASSWORD_LINK, Kind.PERSON, person, Map.of());
      return links.create(tx, person, BY_HAND);
    }));
  }

  private void removeApp(Tx tx, UUID person, String email) {
    int removed = tx.update("""
            update people
               set totp_secret = null, totp_pending = null, totp_step = null
             where person_id = :person and totp_secret is not null""")
        .bind("person", person).execute();
    Sessions.endAll(tx, person, null, clock.instant());
    if (removed == 1) {
      audit.recordEverywhere(tx, Actor.operator(), person, Action.TOTP_OFF, Kind.PERSON, person, Map.of());
      tx.afterCommit(() -> letters.totpRemoved(email));
    }
  }

  private static Optional<UUID> person(Tx tx, String email) {
    return tx.query("select person_id from people where email = :email").bind("email", email).mapTo(UUID.class).findOne();
  }
}
