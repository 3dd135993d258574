package tuco.messages;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something the outside may want to hear of (decisions 8.2).
 *
 * @param event the webhook event's name, for example {@code message.sent}
 * @param messageId the message concerned; null for events of a line
 * @param data what the event adds to the message itself, for example the provider's words
 */
public record Happening(
    UUID workspaceId, String event, @Nullable UUID messageId, Instant at, Map<String, Object> data) {}
