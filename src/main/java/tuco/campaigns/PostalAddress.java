package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The sender's postal address, which every mail of a campaign names (CAN-SPAM, connectors.md 5). */
final class PostalAddress {
  /** Why mails of a campaign wait that would name none. */
  static final String MISSING = "no_postal_address";

  /** The kinds of lines whose mails reach people. */
  private static final String MAIL_KIND = "smtp";

  private PostalAddress() {}

  static @Nullable String of(Connection connection, UUID workspace) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select postal_address from campaign_rules where workspace_id = ?")) {
      statement.setObject(1, workspace);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  /** Whether what this line sends must name it. */
  static boolean isNeeded(Lines.Line line) {
    return line.kind.equals(MAIL_KIND);
  }

  /** A mail's text with the address at its end, unless it names it already. */
  static String under(String text, String messageType, @Nullable String address) {
    return address == null || !messageType.equals("email") || text.contains(address) ? text : text.stripTrailing() + "\n\n" + address;
  }
}
