package tuco.channels.smtp;

import jakarta.activation.DataHandler;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimeUtility;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.UnsupportedEncodingException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.eclipse.angus.mail.smtp.SMTPMessage;
import org.jspecify.annotations.Nullable;
import tuco.channels.Files;
import tuco.channels.Outgoing;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * A message as it goes over the wire. Names and subjects come from people and from imports, so
 * every control character in them becomes a blank before it reaches a header: a line break in a
 * name must not open a header of its own.
 */
final class SmtpMessage extends SMTPMessage {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM uuuu HH:mm:ss Z", Locale.ENGLISH);
  private static final int LONGEST_NAME = 120;
  private static final int LONGEST_SUBJECT = 300;
  private static final int LONGEST_DERIVED_SUBJECT = 78;

  private final String messageId;

  private SmtpMessage(String messageId) {
    super((Session) null);
    this.messageId = messageId;
  }

  /**
   * The Message-ID of every attempt at a message: a retry is the same mail, and a reply that names
   * it finds the message, whose id in the API it bears.
   */
  static String messageId(UUID message, String from) {
    return "<" + Ids.text(Kind.MESSAGE, message) + "@" + MailAddress.domainOf(from) + ">";
  }

  /**
   * Builds the mail.
   *
   * @param recipient the checked form of the message's recipient
   */
  static SmtpMessage of(
      SmtpSettings settings, Outgoing message, List<Files.File> files, String recipient, Clock clock)
      throws MessagingException {
    SmtpMessage mail = new SmtpMessage(messageId(message.messageId(), settings.from()));
    mail.setFrom(address(settings.from(), settings.displayName()));
    mail.setRecipient(Message.RecipientType.TO, address(recipient, message.recipientName()));
    mail.setSubject(subject(message, settings), "UTF-8");
    mail.setHeader("Date", DATE.format(clock.instant().atOffset(ZoneOffset.UTC)));
    if (message.unsubscribeUrl() != null) {
      mail.setUnsubscribe(message.unsubscribeUrl(), message, settings);
    }
    if (files.isEmpty()) {
      mail.setText(message.text(), "UTF-8");
    } else {
      mail.setContent(parts(message.text(), files));
    }
    mail.saveChanges();
    return mail;
  }

  /** The text, where there is one, and then the files. */
  private static MimeMultipart parts(String text, List<Files.File> files) throws MessagingException {
    MimeMultipart parts = new MimeMultipart("mixed");
    if (!text.isEmpty()) {
      MimeBodyPart first = new MimeBodyPart();
      first.setText(text, "UTF-8");
      parts.addBodyPart(first);
    }
    for (Files.File file : files) {
      MimeBodyPart part = new MimeBodyPart();
      part.setDataHandler(new DataHandler(new ByteArrayDataSource(file.bytes(), file.type())));
      // Said here, because Angus takes bytes that look like text for text, and would change their line ends.
      part.setHeader("Content-Transfer-Encoding", "base64");
      String name = oneLine(file.name(), LONGEST_NAME);
      part.setFileName(name == null ? "attachment" : encoded(name));
      part.setDisposition(Part.ATTACHMENT);
      parts.addBodyPart(part);
    }
    return parts;
  }

  /** Names in any language, in the form that mail programs read everywhere. */
  private static String encoded(String name) {
    try {
      return MimeUtility.encodeText(name, StandardCharsets.UTF_8.name(), null);
    } catch (UnsupportedEncodingException impossible) {
      throw new IllegalStateException("every Java has UTF-8", impossible);
    }
  }

  /** The Message-ID of this mail. */
  String messageId() {
    return messageId;
  }

  /** Has reports bear its id even where they return nothing of it (RFC 3461, 4.4); for servers that know of reports. */
  void nameEnvelope() {
    // Without the domain, because it may have a hundred characters at most.
    setMailExtension("ENVID=" + messageId.substring(1, messageId.indexOf('@')));
  }

  /**
   * One address and one mailbox, as RFC 8058 and RFC 2369 want them. RFC 8058 wants https; an installation that has no
   * more than http still says how to unsubscribe, and mail programs show it as a link.
   */
  private void setUnsubscribe(String url, Outgoing message, SmtpSettings settings)
      throws MessagingException {
    URI target = URI.create(url);
    if (!"https".equals(target.getScheme()) && !"http".equals(target.getScheme())) {
      throw new IllegalArgumentException("An unsubscribe address must be http or https (RFC 8058).");
    }
    // A comma would end the address for some readers, so it travels encoded.
    String address = target.toASCIIString().replace(",", "%2C");
    String mailbox = "mailto:" + settings.from() + "?subject=unsubscribe%20" + Ids.text(Kind.MESSAGE, message.messageId());
    setHeader("List-Unsubscribe", "<" + address + ">,\r\n <" + mailbox + ">");
    setHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }

  private static String subject(Outgoing message, SmtpSettings settings) {
    String given = oneLine(message.subject(), LONGEST_SUBJECT);
    if (given != null) {
      return given;
    }
    String firstLine = message.text().strip().lines().findFirst().orElse("");
    String derived = oneLine(firstLine, LONGEST_DERIVED_SUBJECT);
    if (derived != null) {
      return derived;
    }
    String name = oneLine(settings.displayName(), LONGEST_NAME);
    return "Message from " + (name == null ? settings.from() : name);
  }

  private static InternetAddress address(String address, @Nullable String name) {
    InternetAddress made = new InternetAddress();
    made.setAddress(address);
    try {
      made.setPersonal(oneLine(name, LONGEST_NAME), StandardCharsets.UTF_8.name());
    } catch (UnsupportedEncodingException impossible) {
      throw new IllegalStateException("every Java has UTF-8", impossible);
    }
    return made;
  }

  /** Without control characters and line breaks, shortened; null when nothing is left. */
  private static @Nullable String oneLine(@Nullable String text, int longest) {
    if (text == null) {
      return null;
    }
    String clean = text.replaceAll("[\\p{Cntrl}\\u2028\\u2029\\s]+", " ").strip();
    if (clean.codePointCount(0, clean.length()) > longest) {
      clean = clean.substring(0, clean.offsetByCodePoints(0, longest - 1)).strip() + "…";
    }
    return clean.isEmpty() ? null : clean;
  }

  @Override
  protected void updateMessageID() throws MessagingException {
    setHeader("Message-ID", messageId);
  }
}
