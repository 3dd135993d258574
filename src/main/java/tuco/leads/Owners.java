package tuco.leads;

import java.util.HashMap;
import java.util.Map;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/** Who may own leads: the members of a workspace (contract 5.5). What names none of them falls to the first member. */
final class Owners {
  private final Map<String, Owner> byEmail = new HashMap<>();
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
          if (owners.byEmail.isEmpty()) {
            owners.first = owner;
          }
          owners.byEmail.put(String.valueOf(owner.email()), owner);
        });
    return owners;
  }

  /** The member with this address, else the first. */
  Owner of(@Nullable String email) {
    Owner owner = email == null ? null : byEmail.get(email.strip().toLowerCase(Locale.ROOT));
    return owner == null ? first : owner;
  }
}
