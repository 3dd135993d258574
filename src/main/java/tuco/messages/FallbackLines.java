package tuco.messages;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import tuco.http.Problem;

/** Which workspaces have a line for the SMS that follow a message without iMessage (contract 2.21, 7.5). */
final class FallbackLines {
  private static final String CONFIGURED = """
      select c.workspace_id
        from fallback_configs c
        join lines l on l.workspace_id = c.workspace_id and l.line_id = c.line_id
       where c.workspace_id = any(?) and c.is_active and l.removed_at is null""";

  private FallbackLines() {}

  /** Those of the workspaces in which a fallback SMS can be sent. */
  static Set<UUID> of(Connection connection, Object[] workspaces) throws SQLException {
    Set<UUID> configured = new HashSet<>();
    if (workspaces.length == 0) {
      return configured;
    }
    try (PreparedStatement statement = connection.prepareStatement(CONFIGURED)) {
      statement.setArray(1, connection.createArrayOf("uuid", workspaces));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          configured.add(row.getObject(1, UUID.class));
        }
      }
    }
    return configured;
  }

  /** 400 in the contract's words for whoever wants a fallback SMS where none can be sent. */
  static void require(SendRequest wanted, boolean configured) {
    if (!wanted.fallbackSms() || configured) {
      return;
    }
    String words = "sendFallbackSmsOnFailed is true but fallback SMS is not configured. Configure fallback in workspace "
        + "settings (Settings → Fallback) or set sendFallbackSmsOnFailed to false.";
    throw Problem.bad(words).code("FALLBACK_NOT_CONFIGURED").field("sendFallbackSmsOnFailed", words);
  }
}
