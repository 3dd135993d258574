package tuco.inbox;

import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.ids.Kind;
import tuco.leads.Suppressions;

/**
 * The one way in which people take themselves off, by a word or by the link in a mail: onto the do-not-contact list with
 * every address they have, and all that is queued for them on any channel and line is cancelled, in this transaction
 * (decisions 5.7).
 */
public final class OptOut {
  private final Suppressions suppressions;
  private final Audit audit;

  public OptOut(Suppressions suppressions, Audit audit) {
    this.suppressions = suppressions;
    this.audit = audit;
  }

  /**
   * Takes a person off. Repeating it changes nothing.
   *
   * @param lead the person where known, though the address may not be one of theirs: an alias they wrote from
   * @param source {@link Suppressions#REPLY} or {@link Suppressions#UNSUBSCRIBE}
   * @return whether they were not off already
   */
  public boolean take(Tx tx, UUID workspace, @Nullable UUID lead, String address, String reason, String source)
      throws SQLException {
    Suppressions.Added added = suppressions.add(tx, workspace, address, reason, source);
    if (added.added()) {
      audit.record(tx, Actor.recipient(), workspace, Action.DNC_ADD, Kind.SUPPRESSION, added.suppressionId(),
          Map.of("by", source.equals(Suppressions.UNSUBSCRIBE) ? "unsubscribe link" : "a message of theirs",
              "cancelled", added.cancelled().size()));
    }
    if (lead == null || lead.equals(added.leadId())) {
      return added.added();
    }
    String own = tx.query("select min(address) from lead_addresses where workspace_id = :workspace and lead_id = :lead")
        .bind("workspace", workspace).bind("lead", lead).mapTo(String.class).findOne().orElse(null);
    if (own != null) {
      suppressions.add(tx, workspace, own, reason, source);
    }
    return added.added();
  }
}
