package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import tuco.dispatch.Columns;
import tuco.ids.Ids;

/** Campaigns that the engine pauses by itself: a person has to look, and is told (connectors.md 5). */
public final class Holds {
  /** Stood still for longer than its grace. */
  static final String LATE = "late";

  static final String LATE_WORDS =
      "is held: it could not send for longer than its grace. Look whether its messages still make sense, then resume it.";

  private final Ids ids;
  private final Letter letter;

  /** Writes to some people of a workspace; returns at once. */
  @FunctionalInterface
  public interface Letter {
    void send(List<String> emails, String workspace, String words);
  }

  Holds(Ids ids, Letter letter) {
    this.ids = ids;
    this.letter = letter;
  }

  private static final String HOLD = """
      with held as (
        update campaigns set state = 'paused', pause_reason = ?, updated_at = ?
         where workspace_id = ? and campaign_id = ? and state in ('scheduled', 'activating', 'running')
        returning workspace_id, campaign_id, name
      ), told as (
        insert into notices (workspace_id, notice_id, kind, subject_id, message, created_at)
        select workspace_id, ?, 'campaign_paused', campaign_id, 'The campaign "' || name || '" ' || ?, ? from held
        returning workspace_id, message)
      select w.name, t.message,
             array(select p.email::text from members m join people p on p.person_id = m.person_id
                    where m.workspace_id = t.workspace_id and m.role in ('owner', 'admin'))
        from told t
        join workspaces w on w.workspace_id = t.workspace_id""";

  /** Pauses it; what of it waits in the queue is not claimed any more. */
  void hold(Connection connection, Campaign campaign, String reason, String words, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HOLD)) {
      statement.setString(1, reason);
      Columns.set(statement, 2, now);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      statement.setObject(5, ids.next(Ids.tag(campaign.workspaceId())));
      statement.setString(6, words);
      Columns.set(statement, 7, now);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          letter.send(List.of((String[]) row.getArray(3).getArray()), row.getString(1), row.getString(2));
        }
      }
    }
  }
}
