package tuco.channels.smtp;

import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import jakarta.mail.internet.ParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a mail. Whatever is broken in it, something comes out: a mail that cannot be understood is still a mail that came. */
final class MailParser {
  private static final int MOST_TEXT = 400_000;
  private static final int MOST_FILE = 5 * 1024 * 1024;
  private static final int MOST_FILES = 20;
  private static final int DEEPEST = 12;
  private static final Charset WINDOWS = Charset.forName("windows-1252");
  private static final Pattern MESSAGE_ID = Pattern.compile("<([^<>\\s]{1,900})>");

  private final MimeMessage mail;
  private final List<IncomingMail.File> files = new ArrayList<>();
  private @Nullable String plain;
  private @Nullable String html;
  private @Nullable String deliveryStatus;
  private @Nullable String feedback;
  private @Nullable String returnedId;
  private long kept;

  private MailParser(MimeMessage mail) {
    this.mail = mail;
  }

  /** Reads it. */
  static IncomingMail parse(MimeMessage mail, long uid, Instant receivedAt) throws MessagingException {
    return new MailParser(mail).read(uid, receivedAt);
  }

  private IncomingMail read(long uid, Instant receivedAt) throws MessagingException {
    boolean report = isType(mail, "multipart/report");
    try {
      walk(mail, 0, report);
    } catch (IOException | MessagingException | RuntimeException e) {
      // The connection's own failures come out of the fetch before; what is left is a mail that breaks its own rules.
      plain = plain == null && html == null ? "(This mail could not be read in full.)" : plain;
    }
    String whole = (plain != null && !plain.isBlank() ? plain : html == null ? "" : MailText.ofHtml(html)).strip();
    String text = MailText.written(whole);
    InternetAddress from = from();
    String messageId = first(ids(header("Message-ID")));
    List<String> references = references(report ? whole : "");
    IncomingMail.Report said = deliveryStatus != null ? report(deliveryStatus) : feedback != null ? complaint(feedback) : null;
    return new IncomingMail(
        uid, messageId == null ? digest(whole) : messageId, messageId,
        from == null || from.getAddress() == null ? "" : from.getAddress(),
        from == null || from.getPersonal() == null ? "" : from.getPersonal(),
        decoded(header("Subject")), text, whole.equals(text) ? null : whole, receivedAt, references,
        automatic(report), said, List.copyOf(files));
  }

  private void walk(Part part, int depth, boolean inReport) throws MessagingException, IOException {
    if (depth > DEEPEST) {
      return;
    }
    if (inReport && depth > 0 && isType(part, "message/delivery-status")) {
      deliveryStatus = new String(bytes(part, MOST_TEXT), StandardCharsets.UTF_8);
    } else if (inReport && depth > 0 && isType(part, "message/feedback-report")) {
      feedback = new String(bytes(part, MOST_TEXT), StandardCharsets.UTF_8);
    } else if (inReport && depth > 0 && (isType(part, "message/rfc822") || isType(part, "text/rfc822-headers"))) {
      returnedId = first(ids(headersOf(new String(bytes(part, MOST_TEXT), StandardCharsets.UTF_8)), "message-id"));
    } else if (isType(part, "multipart/*") && part.getContent() instanceof Multipart parts) {
      for (int i = 0; i < parts.getCount(); i++) {
        walk(parts.getBodyPart(i), depth + 1, inReport);
      }
    } else {
      leaf(part);
    }
  }

  private void leaf(Part part) throws MessagingException, IOException {
    String fileName = fileName(part);
    boolean attached = fileName != null;
    if (!attached && plain == null && isType(part, "text/plain")) {
      plain = text(part);
    } else if (!attached && html == null && isType(part, "text/html")) {
      html = text(part);
    } else if ((attached || !isType(part, "text/*")) && files.size() < MOST_FILES) {
      byte[] content = bytes(part, MOST_FILE + 1);
      boolean small = content.length <= MOST_FILE && kept + content.length <= 3L * MOST_FILE;
      kept += small ? content.length : 0;
      String name = decoded(fileName);
      files.add(new IncomingMail.File(
          name.isBlank() ? "file" + (files.size() + 1) : name.replaceAll("[\\p{Cntrl}/\\\\]", "_"),
          part.getContentType().replaceAll("[;\\s].*$", "").toLowerCase(Locale.ROOT),
          small ? content.length : Math.max(part.getSize(), content.length), small ? content : null));
    }
  }

  /** A file's name, empty for one without; null for what is no file. Headers that break their rules name no file. */
  private static @Nullable String fileName(Part part) throws MessagingException {
    try {
      String name = part.getFileName();
      return name == null && Part.ATTACHMENT.equalsIgnoreCase(part.getDisposition()) ? "" : name;
    } catch (ParseException e) {
      String[] disposition = part.getHeader("Content-Disposition");
      Matcher named = Pattern.compile("(?i)filename\\s*=\\s*\"?([^\";]+)").matcher(disposition == null ? "" : disposition[0]);
      return named.find() ? named.group(1).strip() : "";
    }
  }

  private static boolean isType(Part part, String type) throws MessagingException {
    return part.isMimeType(type);
  }

  private static String text(Part part) throws MessagingException, IOException {
    byte[] bytes = bytes(part, MOST_TEXT);
    Matcher charset = Pattern.compile("(?i)charset\\s*=\\s*\"?([\\w.:-]+)").matcher(part.getContentType());
    return decoded(bytes, charset.find() ? charset(charset.group(1)) : StandardCharsets.US_ASCII);
  }

  /**
   * By the charset that the mail names, or by the one it is written in where that is plainly another: what can be read as
   * UTF-8 beyond ASCII is UTF-8, whatever calls it Latin-1, and what cannot be read as it says is read as Windows does.
   */
  private static String decoded(byte[] bytes, Charset named) {
    boolean oneByte = named.equals(StandardCharsets.ISO_8859_1) || named.equals(StandardCharsets.US_ASCII) || named.equals(WINDOWS);
    String utf8 = oneByte || named.equals(StandardCharsets.UTF_8) ? strictly(bytes, StandardCharsets.UTF_8) : null;
    String asNamed = utf8 == null ? strictly(bytes, named) : utf8;
    return asNamed == null ? new String(bytes, WINDOWS) : asNamed;
  }

  /** Null where the bytes are no such text; the last letter may have been cut off. */
  private static @Nullable String strictly(byte[] bytes, Charset charset) {
    CharBuffer text = CharBuffer.allocate(bytes.length + 1);
    return charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)
        .decode(ByteBuffer.wrap(bytes), text, false).isError() ? null : text.flip().toString();
  }

  private static Charset charset(String name) {
    try {
      return Charset.forName(MimeUtility.javaCharset(name));
    } catch (IllegalArgumentException e) {
      return StandardCharsets.ISO_8859_1;
    }
  }

  private static byte[] bytes(Part part, int most) throws MessagingException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream in = part.getInputStream()) {
      byte[] buffer = new byte[8_192];
      for (int read = in.read(buffer); read >= 0 && bytes.size() < most; read = in.read(buffer)) {
        bytes.write(buffer, 0, Math.min(read, most - bytes.size()));
      }
    }
    return bytes.toByteArray();
  }

  /** RFC 3834 and what is in use besides: a person is not answered by somebody who is away, nor by a newsletter. */
  private boolean automatic(boolean report) throws MessagingException {
    String submitted = header("Auto-Submitted").strip().toLowerCase(Locale.ROOT);
    return report
        || !submitted.isEmpty() && !submitted.startsWith("no")
        || header("Precedence").strip().toLowerCase(Locale.ROOT).matches("bulk|junk|list|auto_reply")
        || has("X-Autoreply") || has("X-Autorespond") || has("X-Auto-Response-Suppress") || has("List-Id")
        || header("Return-Path").strip().equals("<>");
  }

  private IncomingMail.Report report(String status) {
    String recipient = field(status, "final-recipient").replaceFirst("(?i)^[a-z0-9-]+\\s*;\\s*", "").strip();
    String diagnostic = field(status, "diagnostic-code").replaceFirst("(?i)^[a-z0-9-]+\\s*;\\s*", "").strip();
    String code = field(status, "status").strip();
    String action = field(status, "action").strip().toLowerCase(Locale.ROOT);
    return new IncomingMail.Report(recipient.replaceAll("^<|>$", ""), action, code, diagnostic.isEmpty() ? code : diagnostic);
  }

  /** That the recipient called it spam (RFC 5965); null for what reports anything else. */
  private static IncomingMail.@Nullable Report complaint(String feedback) {
    boolean complains = field(feedback, "feedback-type").strip().matches("(?i)abuse|fraud|opt-out|opt-out-list|other");
    return complains
        ? new IncomingMail.Report(field(feedback, "original-rcpt-to").strip().replaceAll("^<|>$", ""), IncomingMail.COMPLAINED, "", "Reported as spam")
        : null;
  }

  /**
   * The mails that this one is about. A report names its mail by what it returns of it, by the envelope's id (RFC 3461, 4.4)
   * or in its words.
   */
  private List<String> references(String reported) throws MessagingException {
    Set<String> found = new LinkedHashSet<>();
    if (returnedId != null) {
      found.add(returnedId);
    }
    String envelope = deliveryStatus == null ? "" : field(deliveryStatus, "original-envelope-id").strip();
    if (!envelope.isEmpty()) {
      found.addAll(ids("<" + envelope + "@>"));
    }
    found.addAll(ids(reported));
    found.addAll(ids(header("In-Reply-To")));
    found.addAll(ids(header("References")).reversed());
    return found.stream().limit(50).toList();
  }

  private @Nullable InternetAddress from() {
    try {
      Address[] from = mail.getFrom();
      return from != null && from.length > 0 && from[0] instanceof InternetAddress address ? address : null;
    } catch (MessagingException e) {
      // A From that is no address: the mail came from nobody we could name.
      return null;
    }
  }

  private boolean has(String name) throws MessagingException {
    return mail.getHeader(name) != null;
  }

  private String header(String name) throws MessagingException {
    String value = mail.getHeader(name, ",");
    return value == null ? "" : MimeUtility.unfold(value);
  }

  private static List<String> ids(String header) {
    return MESSAGE_ID.matcher(header).results().map(found -> found.group(1)).toList();
  }

  private static List<String> ids(String headers, String name) {
    return ids(field(headers, name));
  }

  private static String headersOf(String mail) {
    return mail.replace("\r\n", "\n").split("\n\n", 2)[0];
  }

  /** A field in blocks of header lines, unfolded; the first where there are several. */
  private static String field(String blocks, String name) {
    Matcher found = Pattern.compile("(?im)^" + name + "\\s*:[ \\t]*(.*(?:\\R[ \\t]+.*)*)").matcher(blocks);
    return found.find() ? found.group(1).replaceAll("\\R[ \\t]+", " ") : "";
  }

  private static @Nullable String first(List<String> list) {
    return list.isEmpty() ? null : list.getFirst();
  }

  private static String decoded(@Nullable String text) {
    if (text == null) {
      return "";
    }
    try {
      return MimeUtility.decodeText(MimeUtility.unfold(text)).strip();
    } catch (IOException e) {
      return text.strip();
    }
  }

  /** For a mail without an id of its own, and without a server that gave it one. */
  private String digest(String whole) throws MessagingException {
    Date sent = mail.getSentDate();
    String all = header("From") + "\n" + (sent == null ? "" : sent.toInstant()) + "\n" + header("Subject") + "\n" + whole;
    try {
      return "sha256:" + HexFormat.of().formatHex(
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
