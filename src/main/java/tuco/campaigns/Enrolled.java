package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.leads.LeadJson;

/**
 * A lead whose next step is due, with the lead itself; both rows are locked.
 *
 * @param held whether a person has to look first whether what they wrote was an opt-out
 */
record Enrolled(
    UUID leadId, int entry, int step, @Nullable UUID lineId, Instant nextAt, @Nullable Instant repliedAt, @Nullable Instant lastSentAt,
    Instant enrolledAt, @Nullable UUID lastLine, boolean suppressed, boolean held, ObjectNode lead) {
  /** The columns {@link #of} reads beside those of the lead. */
  static final String COLUMNS = "e.entry, e.step_index, e.line_id, e.next_at, e.replied_at, e.last_sent_at, e.enrolled_at";

  static Enrolled of(ResultSet row) throws SQLException {
    return new Enrolled(
        row.getObject("lead_id", UUID.class), row.getInt("entry"), row.getInt("step_index"), row.getObject("line_id", UUID.class),
        row.getTimestamp("next_at").toInstant(), Campaign.at(row, "replied_at"), Campaign.at(row, "last_sent_at"),
        row.getTimestamp("enrolled_at").toInstant(), row.getObject("last_line", UUID.class), row.getBoolean("suppressed"), row.getBoolean("held"),
        LeadJson.of(row));
  }

  /** Where the step stands that is next: of somebody who has heard nothing yet, the first. */
  int place(Steps steps) throws SQLException {
    return lastSentAt == null ? 0 : steps.place(step);
  }

  @Nullable String text(String field) {
    return lead.path(field).textValue();
  }

  /** Any phone number, for its zone. */
  @Nullable String anyPhone() {
    for (String field : new String[] {"phone", "altPhone1", "altPhone2", "altPhone3"}) {
      if (text(field) != null) {
        return text(field);
      }
    }
    return null;
  }
}
