package tuco.events;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Something the outside may want to hear of (decisions 8.2).
 *
 * @param event the webhook event's name, for example {@code message.sent}
 * @param messageId the message concerned; null for events of a line
 * @param data what the event adds to the message itself, for example the provider's words
 */
public record Happening(
    UUID workspaceId, String event, @Nullable UUID messageId, Instant at, Map<String, Object> data) {

  /** Something that happened to a lead; to tell of a deletion, say so before it is done. */
  public static Happening ofLead(UUID workspaceId, String event, UUID lead, Instant at) {
    return new Happening(workspaceId, event, null, at, Map.of("leadId", Ids.text(Kind.LEAD, lead)));
  }
}
