package tuco.lines;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.channels.LineSettings;
import tuco.config.Vault;
import tuco.http.Json;

/** How a line lies in the database, and what a channel gets to know of it. */
public final class StoredLine {
  /** The columns {@link #settings} reads, for a query that names the table {@code l}. */
  public static final String COLUMNS =
      "l.workspace_id, l.line_id, l.kind, l.address, l.first_name, l.last_name, l.settings, l.secrets";

  private StoredLine() {}

  /** The current row as a channel needs it, its secrets opened. */
  public static LineSettings settings(ResultSet row, Vault vault) throws SQLException {
    return new LineSettings(
        row.getObject("workspace_id", UUID.class),
        row.getObject("line_id", UUID.class),
        row.getString("kind"),
        row.getString("address"),
        displayName(row.getString("first_name"), row.getString("last_name")),
        texts(Json.parse(row.getString("settings"))),
        opened(row.getBytes("secrets"), vault));
  }

  /** What a recipient sees as the sender; null when the line has no name. */
  static @Nullable String displayName(String firstName, String lastName) {
    String name = (firstName + " " + lastName).strip();
    return name.isEmpty() ? null : name;
  }

  static byte @Nullable [] sealed(Map<String, String> secrets, Vault vault) {
    return secrets.isEmpty()
        ? null
        : vault.seal(Json.text(Json.tree(secrets)).getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> opened(byte @Nullable [] sealed, Vault vault) {
    return sealed == null
        ? Map.of()
        : texts(Json.parse(new String(vault.open(sealed), StandardCharsets.UTF_8)));
  }

  private static Map<String, String> texts(JsonNode object) {
    Map<String, String> texts = new LinkedHashMap<>();
    object.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }
}
