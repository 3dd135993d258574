package tuco.inbox;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as a provider brought it, before anything is known of it.
 *
 * @param lineId the line it came in on
 * @param providerId the provider's own id, unique on this line: a second delivery of it changes nothing
 * @param sender the person's normalised address; of a bounce, the address that could not be reached
 * @param senderName what the sender calls themself, empty where that is not known
 * @param messageType {@code imessage}, {@code sms} or {@code email}; null to take that of the message it answers
 * @param text what was written, quotes and signature left out
 * @param whole all that came, null where that is the text
 * @param subject of a mail
 * @param reference the mail's Message-ID
 * @param answers messages of ours it says it answers, the nearest first
 * @param bounce what the provider said; of a person, that they called a message of ours spam; else null
 */
public record Inbound(
    UUID lineId, String providerId, String sender, String senderName, @Nullable String messageType, By by, String text,
    @Nullable String whole, @Nullable String subject, @Nullable String reference, Instant receivedAt, List<UUID> answers,
    @Nullable Bounce bounce, List<Attachment> attachments) {
  /** Who wrote it. */
  public enum By {
    PERSON,
    /** An out-of-office note or another automatic answer: stops nothing. */
    MACHINE,
    /** A report that a message could not be delivered. */
    BOUNCE
  }

  /**
   * A report about a message of ours.
   *
   * @param words the server's own words
   * @param failed whether it was given up; false for "still trying"
   * @param dead whether the address itself is the reason, so that it must not be tried again
   */
  public record Bounce(String words, boolean failed, boolean dead) {}

  /**
   * A file that came with it.
   *
   * @param content null where it was too large to keep
   */
  public record Attachment(String name, String contentType, long size, byte @Nullable [] content) {}

  /**
   * The same, as the database can keep it and look it up: whatever a stranger wrote where, one message must not stop those
   * behind it.
   */
  Inbound storable() {
    Bounce said = bounce == null ? null : new Bounce(Inbox.cut(bounce.words, 2_000), bounce.failed, bounce.dead);
    return new Inbound(lineId, providerId, Inbox.cut(sender, 320), Inbox.cut(senderName, 200), messageType, by, text, whole, subject,
        reference == null ? null : Inbox.cut(reference, 1_000), receivedAt, answers, said, attachments);
  }

  /** A short message of a person, without subject, quotes or files. */
  public static Inbound text(
      UUID lineId, String providerId, String sender, String text, Instant receivedAt, List<UUID> answers) {
    return new Inbound(
        lineId, providerId, sender, "", null, By.PERSON, text, null, null, null, receivedAt, answers, null, List.of());
  }
}
