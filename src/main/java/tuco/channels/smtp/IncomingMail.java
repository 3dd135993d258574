package tuco.channels.smtp;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mail as it lay in the mailbox, read.
 *
 * @param uid its number there, under the folder's UIDVALIDITY
 * @param id what it is recognised by when it is met again: its Message-ID, or a digest where it has none
 * @param from the sender's address as it came, empty where there is none
 * @param text what was written, quotes and signature left out
 * @param whole all of the text; null where that is the same
 * @param references the Message-IDs it refers to, the nearest first, without brackets
 * @param automatic whether a machine wrote it (RFC 3834)
 * @param report of a mail that came back (RFC 3464) or that its recipient complained of (RFC 5965), null for any other mail
 */
public record IncomingMail(
    long uid, String id, @Nullable String messageId, String from, String fromName, String subject, String text,
    @Nullable String whole, Instant receivedAt, List<String> references, boolean automatic, @Nullable Report report,
    List<File> files) {
  /** The action of a report that says that the recipient complained (RFC 5965). */
  public static final String COMPLAINED = "complained";

  /**
   * What a server says of a mail of ours.
   *
   * @param recipient whom it could not reach, empty where it does not say
   * @param action {@code failed}, {@code delayed}, {@code delivered} …, or {@link #COMPLAINED}
   * @param status the enhanced code, for example {@code 5.1.1}
   */
  public record Report(String recipient, String action, String status, String words) {}

  /**
   * A file in it.
   *
   * @param content null where it was too large to keep
   */
  public record File(String name, String contentType, long size, byte @Nullable [] content) {}
}
