package tuco.channels.smtp;

import java.time.Duration;

/**
 * How long the channel waits for a mail server.
 *
 * @param connect for the TCP connection
 * @param read for each answer, the one after the final dot included
 * @param whole for one message or one log-in altogether, writes included, so that a server that
 *     trickles bytes holds a line no longer than this
 */
public record SmtpTimeouts(Duration connect, Duration read, Duration whole) {
  /** What production uses. */
  public static SmtpTimeouts usual() {
    return new SmtpTimeouts(Duration.ofSeconds(15), Duration.ofSeconds(60), Duration.ofSeconds(150));
  }
}
