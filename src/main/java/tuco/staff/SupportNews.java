package tuco.staff;

import java.util.List;
import java.util.UUID;
import tuco.access.Letters;
import tuco.caller.StaffCaller;
import tuco.db.Database;

/**
 * Tells owners by mail that staff ask for access, or have it by the workspace's rule. Works as the application and not
 * as staff, who learn no owner's address by it.
 */
public final class SupportNews {
  private final Database database;
  private final Letters letters;

  public SupportNews(Database database, Letters letters) {
    this.database = database;
    this.letters = letters;
  }

  private record Owner(String workspace, String email) {}

  /** Somebody has asked; {@code holds} when the rule let them in at once. */
  public void asked(UUID workspace, StaffCaller staff, StaffGrants.Wanted wanted, boolean holds) {
    if (!letters.areSent()) {
      return;
    }
    List<Owner> owners = database.asWorkspace(workspace, tx -> tx.ownQuery("""
            select w.name, p.email
              from members m
              join people p     on p.person_id = m.person_id
              join workspaces w on w.workspace_id = m.workspace_id
             where m.workspace_id = :workspace and m.role = 'owner'""")
        .map((row, context) -> new Owner(row.getString("name"), row.getString("email"))).list());
    String what = SupportWords.scope(wanted.scope()) + " (" + SupportWords.scopeMeaning(wanted.scope()) + ")";
    for (Owner owner : owners) {
      letters.staffAsked(owner.email(), owner.workspace(), staff.email(), what, wanted.ticket(), wanted.hours(), holds);
    }
  }
}
