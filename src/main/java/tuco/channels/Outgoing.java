package tuco.channels;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One message as a channel sees it.
 *
 * @param messageId stable over retries: the Message-ID and every idempotency handle derive from it
 * @param attemptId this hand-over; durable before the call
 * @param type {@code imessage}, {@code sms} or {@code email}
 * @param recipient E.164 number or e-mail address
 * @param text rendered text, may be empty when there are attachments
 * @param subject for e-mail; null lets the channel derive one
 * @param unsubscribeUrl address of the one-click unsubscribe (RFC 8058), https where the installation has it; null outside e-mail
 * @param attachments public addresses of the files, in order
 */
public record Outgoing(
    UUID workspaceId,
    UUID messageId,
    UUID attemptId,
    String type,
    String recipient,
    @Nullable String recipientName,
    String text,
    @Nullable String subject,
    @Nullable String unsubscribeUrl,
    List<Attachment> attachments) {
  /** A file to send: where it lies and the name the recipient sees. */
  public record Attachment(String url, String name) {}
}
