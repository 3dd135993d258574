package tuco.access;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.time.Clock;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Ids;

/** People and their passwords. A person belongs to no workspace; membership does. */
public final class People {
  /** Made once and before anybody signs in, since it takes as long as a sign-in. */
  private static final String NOBODYS_HASH = hash("nobody has this password");

  /** What looks like an address; whether it is one only a mail can tell. */
  static final Pattern EMAIL = Pattern.compile("[^\\s@<>\",;]+@[^\\s@<>\",;]+\\.[^\\s@<>\",;.]+");

  private static final int SHORTEST = 12;
  private static final int LONGEST = 200;

  private final Ids ids;
  private final Clock clock;

  public People(Ids ids, Clock clock) {
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * Adds a person.
   *
   * @param passwordHash see {@link #hash}; null when the password is set later through a link
   * @throws Problem 409 when there is somebody with this address
   */
  public UUID create(Tx tx, String email, String name, @Nullable String passwordHash) {
    UUID person = ids.next(Ids.NO_WORKSPACE);
    // Of two who create the same person at once one waits for the other, and is told.
    int created = tx.update("""
            insert into people (person_id, email, name, password_hash, created_at)
            values (:person, :email, :name, :hash, :now)
            on conflict (email) do nothing""")
        .bind("person", person).bind("email", email.strip().toLowerCase(Locale.ROOT)).bind("name", name)
        .bind("hash", passwordHash).bind("now", clock.instant())
        .execute();
    if (created == 0) {
      throw Problem.conflict("There is an account with this e-mail address already.").code("email_taken");
    }
    return person;
  }

  /** Replaces a person's password; links made to set it are worth nothing from here on. */
  static void setPassword(Tx tx, UUID person, String passwordHash) {
    tx.update("update people set password_hash = :hash where person_id = :person")
        .bind("hash", passwordHash).bind("person", person)
        .execute();
    tx.update("delete from one_time_links where person_id = :person and used_at is null")
        .bind("person", person)
        .execute();
  }

  /**
   * The rules for a new password: long enough, no rules of composition (NIST SP 800-63B).
   *
   * @throws Problem 400 that names the field and the rule
   */
  public static void requireGood(String field, String password, String email) {
    String fault = password.codePointCount(0, password.length()) < SHORTEST
        ? "The password must have at least " + SHORTEST + " characters"
        : password.length() > LONGEST ? "The password must have at most " + LONGEST + " characters"
        : password.equalsIgnoreCase(email) ? "The password must not be the e-mail address"
        : null;
    if (fault != null) {
      throw Problem.badField(field, fault).code("weak_password");
    }
  }

  /** The stored form of a password; takes tens of milliseconds on purpose, so never inside a transaction. */
  public static String hash(String password) {
    // OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
    return Password.hash(password).addRandomSalt(16)
        .with(Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID)).getResult();
  }

  /** Whether this is the password of the stored form. */
  public static boolean matches(String password, String hash) {
    return Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash));
  }

  /** Takes as long as a look at somebody's password: the time of a refusal does not tell whether there is an account. */
  public static void matchesNobody(String password) {
    matches(password, NOBODYS_HASH);
  }
}
