package tuco.inbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.channels.smtp.IncomingMail;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;

/** A mail as something that comes in on a line. */
final class MailInbound {
  /** Our Message-IDs bear the message's id (decisions 5.3), and so does the subject of unsubscribing by mail. */
  private static final Pattern OUR_ID = Pattern.compile("(ms_[0-9a-z]{26})@.*");
  private static final Pattern UNSUBSCRIBE = Pattern.compile("(?i)\\s*unsubscribe\\s+(ms_[0-9a-z]{26})\\s*");

  /** The address does not exist or takes no mail; codes that blame the sender or the server are none of these. */
  private static final Pattern DEAD = Pattern.compile("5\\.1\\.([0-6]|10)");

  private MailInbound() {}

  /**
   * What a mail is to the inbox.
   *
   * @param own the line's address: what it sent itself, a copy of a mail of ours, is nothing that came in
   * @return null for a mail that is none of the inbox's business
   */
  static @Nullable Inbound of(IncomingMail mail, UUID workspace, UUID line, String own) {
    String from = Emails.normalise(mail.from());
    if (from == null ? mail.from().isEmpty() && mail.report() == null : from.equals(Emails.normalise(own))) {
      return null;
    }
    String sender = from == null ? mail.from().toLowerCase(Locale.ROOT) : from;
    List<UUID> answers = new ArrayList<>();
    mail.references().forEach(reference -> ours(OUR_ID.matcher(reference), workspace, answers));
    boolean unsubscribes = ours(UNSUBSCRIBE.matcher(mail.subject()), workspace, answers);
    IncomingMail.Report report = mail.report();
    Inbound.Bounce bounce = null;
    boolean complains = false;
    if (report != null) {
      String recipient = Emails.normalise(report.recipient());
      sender = recipient == null ? sender : recipient;
    }
    if (report != null && report.action().equals(IncomingMail.COMPLAINED)) {
      // Whoever calls a mail of ours spam wants no more; a complaint that names none of ours may come from anybody.
      complains = !answers.isEmpty();
      unsubscribes |= complains;
      bounce = complains ? new Inbound.Bounce(report.words(), false, false) : null;
    } else if (report != null) {
      boolean failed = report.action().equals("failed");
      bounce = new Inbound.Bounce(report.words(), failed, failed && DEAD.matcher(report.status()).matches());
    }
    Inbound.By by = bounce != null && !complains ? Inbound.By.BOUNCE
        : mail.automatic() && !unsubscribes ? Inbound.By.MACHINE : Inbound.By.PERSON;
    return new Inbound(
        line, mail.id(), sender, mail.fromName(), "email", by, unsubscribes ? "Unsubscribe" : text(mail), mail.whole(),
        mail.subject().isEmpty() ? null : mail.subject(), mail.messageId(), mail.receivedAt(), answers, bounce, files(mail));
  }

  private static String text(IncomingMail mail) {
    return mail.report() == null ? mail.text() : mail.report().words();
  }

  private static boolean ours(Matcher found, UUID workspace, List<UUID> answers) {
    UUID id = found.matches() ? Ids.parse(Kind.MESSAGE, found.group(1).toLowerCase(Locale.ROOT)) : null;
    boolean ours = id != null && Ids.tag(id) == Ids.tag(workspace);
    if (ours) {
      answers.add(id);
    }
    return ours;
  }

  private static List<Inbound.Attachment> files(IncomingMail mail) {
    return mail.files().stream()
        .map(file -> new Inbound.Attachment(file.name(), file.contentType(), file.size(), file.content())).toList();
  }
}
