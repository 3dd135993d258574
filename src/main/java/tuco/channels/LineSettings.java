package tuco.channels;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a channel needs to know of a line.
 *
 * @param address the line's own E.164 number or e-mail address
 * @param displayName what a recipient sees as the sender, null when the line has none
 * @param settings public settings of the kind, for example {@code host}
 * @param secrets credentials, decrypted; never logged and never put into an exception's text
 */
public record LineSettings(
    UUID workspaceId,
    UUID lineId,
    String kind,
    String address,
    @Nullable String displayName,
    Map<String, String> settings,
    Map<String, String> secrets) {
  @Override
  public String toString() {
    return "LineSettings[" + kind + " " + lineId + "]";
  }
}
