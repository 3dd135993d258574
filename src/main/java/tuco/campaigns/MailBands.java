package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;

/**
 * Whether so many of a campaign's mails come back, or are called spam, that it must not go on by itself (connectors.md 5). Looked
 * at are the newest mails of the last day, and only those since a person let it go on.
 */
final class MailBands {
  static final double BOUNCES = 0.05;
  static final double COMPLAINTS = 0.001;
  static final int LEAST = 50;
  static final Duration WINDOW = Duration.ofHours(24);
  private static final int MOST = 5_000;

  private MailBands() {}

  /** What came of the mails in the window. A mail that a server refused never left and counts as one that came back. */
  record Figures(int mails, int bounced, int complained) {
    /** The reason for which it is paused; null when it may go on. */
    @Nullable String reason() {
      return mails < LEAST ? null : bounced >= BOUNCES * mails ? "bounces" : complained >= COMPLAINTS * mails && complained > 0 ? "complaints" : null;
    }

    String words() {
      return "bounces".equals(reason())
          ? "was paused: " + bounced + " of its last " + mails + " mails came back. Clean the list of dead addresses, then resume it."
          : "was paused: " + complained + " of " + mails + " recipients reported its mails as spam. Look whom it writes to and why, then resume it.";
    }
  }

  private static final String FIGURES = """
      select count(*) as mails, count(*) filter (where n.status = 'failed') as bounced,
             count(*) filter (where exists (select from message_events v
                                             where v.workspace_id = ? and v.message_id = n.message_id and v.cause = 'complained')) as complained
        from (select s.message_id, s.status
                from (select m.message_id from messages m
                       where m.workspace_id = ? and m.campaign_id = ? and m.message_type = 'email' and m.direction = 'sent'
                       order by m.message_id desc limit %d) m
                join message_states s on s.workspace_id = ? and s.message_id = m.message_id
               where s.status in ('sent', 'delivered', 'failed') and coalesce(s.sent_at, s.updated_at) > ?) n""".formatted(MOST);

  static Figures of(Connection connection, Campaign campaign, Instant now) throws SQLException {
    Instant since = now.minus(WINDOW);
    Instant resumed = campaign.resumedAt();
    try (PreparedStatement statement = connection.prepareStatement(FIGURES)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.workspaceId());
      statement.setObject(3, campaign.id());
      statement.setObject(4, campaign.workspaceId());
      Columns.set(statement, 5, resumed != null && resumed.isAfter(since) ? resumed : since);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Figures(row.getInt("mails"), row.getInt("bounced"), row.getInt("complained"));
      }
    }
  }
}
