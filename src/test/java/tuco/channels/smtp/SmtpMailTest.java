package tuco.channels.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.configuration.GreenMailConfiguration;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What a recipient's mail server gets, read back from a real one (issue 2, point 4). */
class SmtpMailTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final UUID ID = UUID.fromString("01234567-89ab-8def-8123-456789abcdef");

  private GreenMail mailServer;

  @BeforeEach
  void startMailServer() {
    mailServer = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP))
        .withConfiguration(GreenMailConfiguration.aConfig().withUser("team@sender.example.com", "me", "s3cret-pass"));
    mailServer.start();
  }

  @AfterEach
  void stopMailServer() {
    mailServer.stop();
  }

  @Test
  void theMailHasEveryHeaderARecipientAndABulkFilterWant() throws Exception {
    MimeMessage mail =
        delivered(mail("Hello Zoë,\n\nhow are you? — Ben", "Über uns", "Zoë Ångström", "https://tuco.example.com/u/abc,def"));

    assertThat(mail.getMessageID()).isEqualTo("<" + Ids.text(Kind.MESSAGE, ID) + "@sender.example.com>");
    assertThat(mail.getHeader("Date")).containsExactly("Sun, 1 Mar 2026 12:00:00 +0000");
    assertThat(mail.getFrom()).containsExactly(new InternetAddress("team@sender.example.com", "Ben, the \"Team\"", "UTF-8"));
    assertThat(mail.getAllRecipients()).containsExactly(new InternetAddress("person@example.com", "Zoë Ångström", "UTF-8"));
    assertThat(mail.getSubject()).isEqualTo("Über uns");
    assertThat(mail.getHeader("MIME-Version")).containsExactly("1.0");
    assertThat(mail.getContentType()).isEqualToIgnoringCase("text/plain; charset=UTF-8");
    assertThat(mail.getEncoding()).isEqualTo("quoted-printable");
    assertThat(mail.getContent()).isEqualTo("Hello Zoë,\r\n\r\nhow are you? — Ben");
  }

  @Test
  void oneClickUnsubscribeHasOneHttpsAddressAndOneMailbox() throws Exception {
    MimeMessage mail = delivered(mail("Hello", "Hi", null, "https://tuco.example.com/u/abc,def"));

    assertThat(mail.getHeader("List-Unsubscribe-Post")).containsExactly("List-Unsubscribe=One-Click");
    assertThat(mail.getHeader("List-Unsubscribe", null).replaceAll("\\r\\n\\s+", " "))
        .isEqualTo(
            "<https://tuco.example.com/u/abc%2Cdef>, "
                + "<mailto:team@sender.example.com?subject=unsubscribe%20" + Ids.text(Kind.MESSAGE, ID) + ">");
  }

  @Test
  void withoutAnUnsubscribeAddressThereAreNoListHeaders() throws Exception {
    MimeMessage mail = delivered(mail("Hello", "Hi", null, null));

    assertThat(mail.getHeader("List-Unsubscribe")).isNull();
    assertThat(mail.getHeader("List-Unsubscribe-Post")).isNull();
  }

  @Test
  void anUnsubscribeAddressThatNoBrowserOpensSendsNothing() {
    assertThat(send(mail("Hello", "Hi", null, "ftp://tuco.example.com/u"))).isInstanceOf(SendResult.Refused.class);
    assertThat(send(mail("Hello", "Hi", null, "https://x>\r\nBcc: y"))).isInstanceOf(SendResult.Refused.class);
    assertThat(mailServer.getReceivedMessages()).isEmpty();
  }

  @Test
  void lineBreaksInNamesAndSubjectsOpenNoHeader() throws Exception {
    String evil = "Hi\r\nBcc: victim@example.com\n\r\n\u2028\u0085\0<script>";

    MimeMessage mail = delivered(mail("Hello", evil, evil, null));

    assertThat(mail.getHeader("Bcc")).isNull();
    assertThat(mail.getAllRecipients()).hasSize(1);
    assertThat(mail.getSubject()).startsWith("Hi Bcc: victim@example.com").doesNotContain("\n").doesNotContain("\r");
    assertThat(mail.getContent()).isEqualTo("Hello");
  }

  @Test
  void aMissingSubjectIsTheFirstLineOfTheTextCutToFit() throws Exception {
    assertThat(delivered(mail("\n  Quick question \nabout you", null, null, null)).getSubject()).isEqualTo("Quick question");
    assertThat(delivered(mail("word ".repeat(40), " ", null, null)).getSubject()).hasSize(78).endsWith("…");
    assertThat(delivered(mail("", null, null, null)).getSubject()).isEqualTo("Message from Ben, the \"Team\"");
  }

  @Test
  void longLinesOtherScriptsAndEmojiArriveAsWritten() throws Exception {
    String text = "x".repeat(5000) + "\n" + "日本語のテキスト 🎉 ".repeat(200) + "\n.\n..end";

    MimeMessage mail = delivered(mail(text, "日本語の件名 🎉 ".repeat(12).strip(), "山田太郎", null));

    assertThat(mail.getContent().toString().replace("\r\n", "\n")).isEqualTo(text);
    assertThat(mail.getSubject()).isEqualTo("日本語の件名 🎉 ".repeat(12).strip());
    assertThat(raw(mail).lines()).allMatch(line -> line.length() <= 998);
    assertThat(raw(mail).chars()).allMatch(c -> c < 128);
  }

  @Test
  void theRightPasswordIsHealthyAndTheWrongOneIsSaidInTheServersWords() {
    assertThat(channel().health(line("s3cret-pass"))).isEqualTo(new Channel.Health(true, ""));

    Channel.Health wrong = channel().health(line("wrong-pass"));

    assertThat(wrong.healthy()).isFalse();
    assertThat(wrong.words()).contains("535").doesNotContain("wrong-pass");
    assertThat(mailServer.getReceivedMessages()).isEmpty();
  }

  private static String raw(MimeMessage mail) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    mail.writeTo(out);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private MimeMessage delivered(Outgoing message) {
    assertThat(send(message)).isInstanceOf(SendResult.Accepted.class);
    MimeMessage[] received = mailServer.getReceivedMessages();
    return received[received.length - 1];
  }

  private SendResult send(Outgoing message) {
    List<SendResult> results = new ArrayList<>();
    channel().send(line("s3cret-pass"), List.of(message), (sent, result) -> results.add(result));
    assertThat(results).hasSize(1);
    return results.getFirst();
  }

  private static SmtpChannel channel() {
    return new SmtpChannel(Clock.fixed(NOON, ZoneOffset.ofHours(5)), TestFiles.NONE, TestHosts.ALL);
  }

  private LineSettings line(String password) {
    return new LineSettings(
        UUID.randomUUID(), UUID.randomUUID(), "smtp", "team@sender.example.com", "Ben, the \"Team\"",
        Map.of("host", "127.0.0.1", "port", Integer.toString(mailServer.getSmtp().getPort()), "tls", "none", "user", "me"),
        Map.of("password", password));
  }

  private static Outgoing mail(
      String text, @Nullable String subject, @Nullable String name, @Nullable String unsubscribeUrl) {
    return new Outgoing(
        UUID.randomUUID(), ID, UUID.randomUUID(), "email", "person@example.com", name, text, subject, unsubscribeUrl, List.of());
  }
}
