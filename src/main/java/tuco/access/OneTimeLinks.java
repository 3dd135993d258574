package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.Token;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Kind;

/** Links that let somebody set a password once: the first owner, who has no mail server yet, and the forgetful. */
public final class OneTimeLinks {
  private final Database database;
  private final Clock clock;
  private final Letters letters;
  private final Audit audit;
  private final Token tokens = new Token();

  public OneTimeLinks(Database database, Clock clock, Letters letters, Audit audit) {
    this.database = database;
    this.clock = clock;
    this.letters = letters;
    this.audit = audit;
  }

  /** Whom a link is for. */
  public record Holder(UUID personId, String email, String name) {}

  /** A new link's token, shown this once. */
  public String create(Tx tx, UUID person, Duration lifetime) {
    String token = tokens.mint(Token.LINK);
    Instant now = clock.instant();
    tx.update("""
            insert into one_time_links (token_hash, person_id, purpose, created_at, expires_at)
            values (:hash, :person, 'set_password', :now, :expires)""")
        .bind("hash", Token.hash(token)).bind("person", person).bind("now", now).bind("expires", now.plus(lifetime))
        .execute();
    return token;
  }

  /** Whom the token is for, while it can be used. */
  public Optional<Holder> holder(String token) {
    if (!Token.wellFormed(Token.LINK, token)) {
      return Optional.empty();
    }
    return database.withoutTenant(tx -> tx.query("""
            select p.person_id, p.email, p.name
              from one_time_links l
              join people p on p.person_id = l.person_id
             where l.token_hash = :hash and l.purpose = 'set_password' and l.used_at is null and l.expires_at > :now""")
        .bind("hash", Token.hash(token)).bind("now", clock.instant())
        .map((row, context) ->
            new Holder(row.getObject("person_id", UUID.class), row.getString("email"), row.getString("name")))
        .findOne());
  }

  /**
   * Sets the password and ends all sessions there were. Works once.
   *
   * @throws Problem 400 when the link is used up, expired or unknown, or the password too weak
   */
  public Holder redeem(String token, String password, Origin origin) {
    Holder holder = holder(token).orElseThrow(OneTimeLinks::spent);
    People.requireGood("password", password, holder.email());
    String hash = People.hash(password);
    return database.withoutTenant(tx -> {
      // Two at once: the second finds the row used and gets nothing.
      int used = tx.update("""
              update one_time_links
                 set used_at = :now
               where token_hash = :hash and purpose = 'set_password' and used_at is null and expires_at > :now""")
          .bind("hash", Token.hash(token)).bind("now", clock.instant())
          .execute();
      if (used == 0) {
        throw spent();
      }
      People.setPassword(tx, holder.personId(), hash);
      Sessions.endAll(tx, holder.personId(), null, clock.instant());
      audit.recordEverywhere(tx.comesFrom(origin), Actor.person(holder.personId(), holder.email()), holder.personId(),
          Action.PASSWORD_CHANGE, Kind.PERSON, holder.personId(), Map.of("by", "link"));
      tx.afterCommit(() -> letters.passwordChanged(holder.email()));
      return holder;
    });
  }

  static Problem spent() {
    return Problem.bad("This link was used or has expired. Ask for a new one.").code("link_spent");
  }
}
