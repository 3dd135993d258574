package tuco.leads;

import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Body;

/**
 * One lead out of a body that means somebody who may be known already (contract 2.10): found by any address or by the id
 * in a CRM and then left as it is, but for CRM ids it lacks; else created.
 */
public final class LeadIntake {
  private final LeadWriter writer;
  private final Lists lists;
  private final Phones phones;

  public LeadIntake(LeadWriter writer, Lists lists, Phones phones) {
    this.writer = writer;
    this.lists = lists;
    this.phones = phones;
  }

  /** Reads the lead's fields; faults are recorded, and nothing is looked up before the caller has checked them. */
  public Wanted read(Body body) {
    body.required("firstName", 200, "firstName is required");
    return new Wanted(NewLead.of(body, phones, new NewLead.Defaults("api", "US", null, null)),
        body.text("ghlContactId", 200), body.text("hsContactId", 200));
  }

  /** A lead as somebody described it. */
  public static final class Wanted {
    private final NewLead lead;
    private final @Nullable String ghlContactId;
    private final @Nullable String hsContactId;

    private Wanted(NewLead lead, @Nullable String ghlContactId, @Nullable String hsContactId) {
      this.lead = lead;
      this.ghlContactId = ghlContactId;
      this.hsContactId = hsContactId;
    }
  }

  /**
   * The lead that is meant.
   *
   * @param list where a new one goes; null for "Quick Sends"
   */
  public UUID resolve(Tx tx, @Nullable UUID list, Wanted wanted) throws SQLException {
    UUID known = byCrm(tx, wanted);
    if (known == null) {
      UUID into = list == null ? lists.named(tx, tx.workspace(), Lists.QUICK_SENDS) : list;
      LeadWriter.Outcome outcome = writer.create(tx, tx.workspace(), into, List.of(wanted.lead), Owners.load(tx, tx.workspace())).getFirst();
      if (outcome.saved()) {
        return outcome.leadId();
      }
      known = outcome.leadId();
    }
    tx.ownUpdate("""
            update leads
               set ghl_contact_id = coalesce(ghl_contact_id, :ghl), hs_contact_id = coalesce(hs_contact_id, :hs)
             where workspace_id = :workspace and lead_id = :lead
               and (ghl_contact_id is null and cast(:ghl as text) is not null or hs_contact_id is null and cast(:hs as text) is not null)""")
        .bind("ghl", wanted.ghlContactId).bind("hs", wanted.hsContactId).bind("lead", known).execute();
    return Objects.requireNonNull(known);
  }

  private static @Nullable UUID byCrm(Tx tx, Wanted wanted) {
    if (wanted.ghlContactId == null && wanted.hsContactId == null) {
      return null;
    }
    return tx.ownQuery("""
            select lead_id from leads where workspace_id = :workspace and ghl_contact_id = :ghl
            union all
            select lead_id from leads where workspace_id = :workspace and hs_contact_id = :hs
             limit 1""")
        .bind("ghl", wanted.ghlContactId).bind("hs", wanted.hsContactId).mapTo(UUID.class).findOne().orElse(null);
  }
}
