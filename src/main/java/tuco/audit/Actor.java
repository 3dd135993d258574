package tuco.audit;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.PersonCaller;
import tuco.db.Tx;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Who did it.
 *
 * @param kind {@code person}, {@code key}, {@code staff}, {@code operator} (the command line on the database),
 *     {@code system} (something Tuco does by itself) or {@code recipient} (a lead, of whom nothing is written down)
 * @param id on the wire; null for who has none
 * @param name what they were called then: an e-mail address of a member, a key's label, the name of a part of Tuco
 */
public record Actor(String kind, @Nullable String id, String name) {
  private static final String SYSTEM = "system";

  /** Whoever the transaction works for; without a caller that is the operator at the command line. */
  public static Actor of(Tx tx) {
    return tx.operator() ? operator() : of(tx.caller());
  }

  /** The key or the member. */
  public static Actor of(Caller caller) {
    return caller.keyId() != null
        ? new Actor("key", Ids.text(Kind.KEY, caller.keyId()), caller.actorName())
        : person(caller.actorId(), caller.actorName());
  }

  /** A signed-in person outside any workspace. */
  public static Actor of(PersonCaller caller) {
    return person(caller.personId(), caller.email());
  }

  /** A person who is not signed in, or not yet. */
  public static Actor person(UUID person, String email) {
    return new Actor("person", Ids.text(Kind.PERSON, person), email);
  }

  /** One of the operator's people. */
  public static Actor staff(UUID staff, String email) {
    return new Actor("staff", Ids.text(Kind.STAFF, staff), email);
  }

  /** Who sits at the machine: the command line on the database, the first set-up. */
  public static Actor operator() {
    return new Actor("operator", null, "operator");
  }

  /** A part of Tuco that acts by itself, for example {@code stripe} or {@code leak intake}. */
  public static Actor system(String part) {
    return new Actor(SYSTEM, null, part);
  }

  /** A lead who acts, by a link or a reply. */
  public static Actor recipient() {
    return new Actor("recipient", null, "the recipient");
  }

  /** Whether the place a request came from may be written down: not that of a lead (decisions 9.4). */
  boolean mayBePlaced() {
    return !kind.equals("recipient");
  }
}
