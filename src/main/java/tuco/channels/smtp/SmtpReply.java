package tuco.channels.smtp;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.channels.SendResult;

/**
 * One answer of the mail server.
 *
 * @param code the three digits
 * @param words the whole answer on one line, digits included, without control characters
 */
record SmtpReply(int code, String words) {
  private static final int LONGEST = 500;
  private static final Pattern ENHANCED = Pattern.compile("^[245]\\d\\d ([245]\\.\\d{1,3}\\.\\d{1,3})\\b");

  /** Reads what came over the wire; lines of one answer are joined. */
  static SmtpReply of(int code, String lines) {
    StringBuilder words = new StringBuilder(Integer.toString(code));
    for (String line : lines.split("\\R", -1)) {
      String text = line.matches("\\d{3}([ -].*)?") ? line.substring(3) : line;
      text = text.startsWith("-") ? text.substring(1) : text;
      text = text.replaceAll("\\p{Cntrl}", " ").strip();
      if (!text.isEmpty()) {
        words.append(' ').append(text);
      }
    }
    return new SmtpReply(code, words.length() <= LONGEST ? words.toString() : words.substring(0, LONGEST) + "…");
  }

  boolean positive() {
    return code >= 200 && code <= 299;
  }

  boolean tryLater() {
    return code >= 400 && code <= 499;
  }

  boolean refused() {
    return code >= 500 && code <= 599;
  }

  /** The enhanced status code (RFC 3463), for example {@code 5.1.1}, or null. */
  @Nullable String enhanced() {
    Matcher matcher = ENHANCED.matcher(words);
    return matcher.find() ? matcher.group(1) : null;
  }

  /**
   * What a refusal means for the message and for its recipient. 5.1.x says that the address is
   * dead and must not be tried again, except 5.1.7 and 5.1.8, which speak of the sender. 5.7.x is
   * policy: the line is at fault and the person stays reachable (connectors 4.6). Without such a code it may be either.
   *
   * @param command the command it answers; a refusal of MAIL never speaks of the recipient
   */
  SendResult refusal(String command) {
    if (command.equals("MAIL") && code == 530) {
      return new SendResult.TryLater("The mail server wants a log-in: " + words, null, true);
    }
    String status = enhanced();
    if (status == null) {
      return new SendResult.Refused(words, false, true);
    }
    boolean aboutSender = command.equals("MAIL") || status.equals("5.1.7") || status.equals("5.1.8");
    if (status.startsWith("5.7.") || (aboutSender && status.startsWith("5.1."))) {
      return new SendResult.Refused("The mail server does not let this line send the message: " + words, false, true);
    }
    return new SendResult.Refused(words, status.startsWith("5.1."));
  }
}
