package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
import tuco.events.Happenings;

/** Brings lines back that are down: asks their provider, and lets them send again once it says that they can. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /** Only a line that is still down comes up, so that two probes tell of it once. Its streak ends with what it sends next. */
  private static final String UP = """
      with up as (
        update lines set health_status = 'healthy', health_words = '', health_checked_at = ?
         where workspace_id = ? and line_id = ? and health_status = 'down'
        returning workspace_id, line_id)
      update line_leases e
         set hold_until = '-infinity', hold_reason = null
        from up
       where e.workspace_id = up.workspace_id and e.line_id = up.line_id""";

  private final DataSource engine;
  private final Map<String, Channel> channels;
  private final Happenings happenings;
  private final Clock clock;

  Recovery(DataSource engine, Map<String, Channel> channels, Happenings happenings, Clock clock) {
    this.engine = engine;
    this.channels = channels;
    this.happenings = happenings;
    this.clock = clock;
  }

  /** Asks, and says whether the line works again. */
  boolean probe(LineKey line, LineSettings settings) {
    Channel channel = channels.get(settings.kind());
    if (channel == null) {
      return false;
    }
    try {
      return channel.health(settings).healthy() && up(line);
    } catch (SQLException | RuntimeException e) {
      LOG.warn("line {} could not be probed", line.lineId(), e);
      return false;
    }
  }

  private boolean up(LineKey line) throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement statement = connection.prepareStatement(UP)) {
        Columns.set(statement, 1, now);
        statement.setObject(2, line.workspaceId());
        statement.setObject(3, line.lineId());
        boolean isUp = statement.executeUpdate() > 0;
        if (isUp) {
          happenings.record(connection, List.of(Streaks.happening("line.up", line, "", false, now)));
        }
        connection.commit();
        return isUp;
      } catch (SQLException | RuntimeException e) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
        throw e;
      }
    }
  }
}
