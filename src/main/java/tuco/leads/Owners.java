package tuco.leads;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Who may own leads: the members of a workspace (contract 5.5). What names none of them falls to the first member. */
final class Owners {
  private final Map<String, Owner> byName = new HashMap<>();
  private Owner first = new Owner(null, null);

  private Owners() {}

  /** A member as the owner of leads; both null in a workspace without members. */
  record Owner(@Nullable String email, @Nullable UUID personId) {}

  /** The members of a workspace, in the order in which they joined. */
  static Owners load(Tx tx, UUID workspace) {
    Owners owners = new Owners();
    tx.query("""
            select p.email, p.person_id
              from members m join people p on p.person_id = m.person_id
             where m.workspace_id = :workspace
             order by m.joined_at, m.person_id""")
        .bind("workspace", workspace)
        .map((row, context) -> new Owner(row.getString(1), row.getObject(2, UUID.class)))
        .forEach(owner -> {
          if (owners.byName.isEmpty()) {
            owners.first = owner;
          }
          owners.byName.put(String.valueOf(owner.email()), owner);
          owners.byName.put(Ids.text(Kind.PERSON, Objects.requireNonNull(owner.personId())), owner);
        });
    return owners;
  }

  /** Whom a lead names as its owner, by e-mail address or by id; null for nobody. */
  static @Nullable String named(Body body) {
    String id = body.text("contactOwnerId", 100);
    String email = body.text("contactOwnerEmail", 254);
    return email == null ? id : email;
  }

  /** The member with this address or id, else the first. */
  Owner of(@Nullable String name) {
    Owner owner = name == null ? null : byName.get(name.strip().toLowerCase(Locale.ROOT));
    return owner == null ? first : owner;
  }
}
