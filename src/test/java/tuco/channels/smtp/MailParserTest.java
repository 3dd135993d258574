package tuco.channels.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read out of mails as programs and servers really write them (P5, connectors 4.6). */
class MailParserTest {
  private static final Instant AT = Instant.parse("2026-03-01T10:00:00Z");

  private static IncomingMail parse(String... lines) throws Exception {
    byte[] bytes = String.join("\r\n", lines).getBytes(StandardCharsets.ISO_8859_1);
    return MailParser.parse(new MimeMessage(null, new ByteArrayInputStream(bytes)), 1, AT);
  }

  @Test
  void p5_aReplyIsItsNewTextAndAllOfItIsKept() throws Exception {
    IncomingMail mail = parse(
        "From: =?UTF-8?Q?Zo=C3=AB?= <zoe@example.com>", "Message-ID: <abc@mail.example.com>", "Subject: Re: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=",
        "In-Reply-To: <ms_1@sender.example.com>", "References: <first@x.test>", " <ms_1@sender.example.com>",
        "Content-Type: text/plain; charset=utf-8; format=flowed", "Content-Transfer-Encoding: quoted-printable", "",
        "Sehr gern,", "morgen um 9?", "", "-- ", "Zo=C3=AB", "", "Am 1.3.2026 um 09:12 schrieb Ben <team@sender.example.com>:", "> Hallo", ">", "> wie geht es?");
    assertThat(mail.from()).isEqualTo("zoe@example.com");
    assertThat(mail.fromName()).isEqualTo("Zoë");
    assertThat(mail.subject()).isEqualTo("Re: Grüße");
    assertThat(mail.text()).isEqualTo("Sehr gern,\nmorgen um 9?");
    assertThat(mail.whole()).contains("> wie geht es?", "Zoë");
    assertThat(mail.references()).containsExactly("ms_1@sender.example.com", "first@x.test");
    assertThat(mail.id()).isEqualTo("abc@mail.example.com");
    assertThat(mail.automatic()).isFalse();
    assertThat(mail.report()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "Yes\n\nOn Mon, 1 Mar 2026 at 09:12, Ben <team@sender.example.com> wrote:\n> Hello",
      "Yes\n\nOn Mon, 1 Mar 2026 at 09:12,\nBen <team@sender.example.com> wrote:\n\n> Hello",
      "Yes\n\nLe lun. 1 mars 2026 à 09:12, Ben <team@x.test> a écrit :\n> Bonjour",
      "Yes\n\n-----Original Message-----\nFrom: Ben\nSent: Monday\n\nHello",
      "Yes\n\n________________________________\nFrom: Ben <team@x.test>\nSent: Monday\nTo: Zoe\n\nHello",
      "Yes\n\nFrom: Ben <team@x.test>\nDate: Monday\nTo: Zoe\n\nHello",
      "Yes\n\nSent from my iPhone\n\n> On 1 Mar 2026, Ben wrote:\n> Hello",
      "Yes\n\n> Hello\n> there",
      "Yes"})
  void p5_whatProgramsQuoteIsLeftOut(String body) throws Exception {
    assertThat(parse("From: a@example.com", "Content-Type: text/plain; charset=utf-8", "", new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)).text())
        .isEqualTo("Yes");
  }

  @Test
  void p5_answersBetweenTheLinesAreKeptAndAMailThatIsOnlyQuoteIsKeptWhole() throws Exception {
    String between = "On Monday Ben <b@x.test> wrote:\n> Is it you?\nYes.\n> And now?\nTomorrow.";
    assertThat(parse("From: a@example.com", "", between).text()).isEqualTo(between);
    assertThat(parse("From: a@example.com", "", "> forwarded").text()).isEqualTo("> forwarded");
  }

  @Test
  void p5_htmlAloneBecomesText() throws Exception {
    IncomingMail mail = parse("From: a@example.com", "Content-Type: text/html; charset=utf-8", "",
        "<html><head><style>p{color:red}</style></head><body><p>Yes &amp; no&nbsp;&#128077;</p><div>Bye<br>Zo</div>",
        "<blockquote type=cite><div>Hello</div></blockquote></body></html>");
    assertThat(mail.text()).isEqualTo("Yes & no 👍\nBye\nZo");
  }

  @Test
  void p5_filesAreKeptUpToABound() throws Exception {
    IncomingMail mail = parse("From: a@example.com", "Content-Type: multipart/mixed; boundary=x", "",
        "--x", "Content-Type: multipart/alternative; boundary=y", "", "--y", "Content-Type: text/plain", "", "see file", "--y",
        "Content-Type: text/html", "", "<p>other</p>", "--y--",
        "--x", "Content-Type: image/png; name=\"=?UTF-8?Q?Pl=C3=A4ne?=.png\"", "Content-Disposition: attachment", "Content-Transfer-Encoding: base64", "", "AAEC", "",
        "--x", "Content-Type: application/zip", "Content-Disposition: attachment; filename=../big.zip", "", "x".repeat(6_000_000), "--x--");
    assertThat(mail.text()).isEqualTo("see file");
    assertThat(mail.files()).hasSize(2);
    assertThat(mail.files().getFirst().name()).isEqualTo("Pläne.png");
    assertThat(mail.files().getFirst().content()).containsExactly(0, 1, 2);
    assertThat(mail.files().get(1).name()).isEqualTo(".._big.zip");
    assertThat(mail.files().get(1).content()).as("too large to keep").isNull();
    assertThat(mail.files().get(1).size()).isGreaterThan(5_000_000);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "Auto-Submitted: auto-replied|true", "Auto-Submitted: no|false", "Precedence: bulk|true", "Precedence: auto_reply|true",
      "X-Autoreply: yes|true", "X-Auto-Response-Suppress: All|true", "Return-Path: <>|true", "List-Id: <news.example.com>|true",
      "X-Mailer: Auto-Submitted|false"})
  void p5_machinesAreToldFromPeople(String header, boolean automatic) throws Exception { // RFC 3834
    assertThat(parse("From: a@example.com", header, "", "hi").automatic()).isEqualTo(automatic);
  }

  @Test
  void p5_aBounceNamesItsMailAndSaysWhy() throws Exception { // RFC 3464
    IncomingMail mail = parse("From: MAILER-DAEMON@mx.example.com", "Subject: Undelivered", "Message-ID: <b1@mx.example.com>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "",
        "--x", "Content-Type: text/plain", "", "I am sorry.",
        "--x", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.com", "",
        "Final-Recipient: rfc822; zoe@example.com", "Action: failed", "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 <zoe@example.com>:", "  no such user",
        "--x", "Content-Type: message/rfc822", "", "From: team@sender.example.com", "Message-Id: <ms_2@sender.example.com>", "", "Hello", "--x--");
    assertThat(mail.report()).isEqualTo(
        new IncomingMail.Report("zoe@example.com", "failed", "5.1.1", "550 5.1.1 <zoe@example.com>: no such user"));
    assertThat(mail.references()).containsExactly("ms_2@sender.example.com");
    assertThat(mail.automatic()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "Original-Envelope-Id: ms_3|Sorry.|ms_3@", "X-Other: 1|It was <ms_4@sender.example.com> that came back.|ms_4@sender.example.com"})
  void p5_aBounceThatReturnsNothingNamesItsMailByTheEnvelopeOrInItsWords(String field, String words, String named) throws Exception {
    IncomingMail mail = parse("From: MAILER-DAEMON@mx.example.com",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "",
        "--x", "Content-Type: text/plain", "", words,
        "--x", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.com", field, "",
        "Final-Recipient: rfc822; zoe@example.com", "Action: failed", "Status: 5.1.1", "--x--");
    assertThat(mail.references()).containsExactly(named);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "utf-8|Gr\u00fc\u00dfe", "iso-8859-1|Gr\u00fc\u00dfe", "us-ascii|Gr\u00fc\u00dfe", "nonsense|Gr\u00fc\u00dfe",
      "utf-8|Gr\u00c3\u00bc\u00c3\u009fe", "iso-8859-1|Gr\u00c3\u00bc\u00c3\u009fe", "us-ascii|Gr\u00c3\u00bc\u00c3\u009fe"})
  void p5_aMailThatLiesAboutItsCharsetIsReadAsItIsWritten(String named, String bytes) throws Exception {
    assertThat(parse("From: a@example.com", "Content-Type: text/plain; charset=" + named, "Content-Transfer-Encoding: 8bit", "", bytes).text())
        .isEqualTo("Gr\u00fc\u00dfe");
  }

  @Test
  void p5_whatOutlookWrapsIsAFileOfTheMail() throws Exception {
    IncomingMail mail = parse("From: a@example.com", "Content-Type: multipart/mixed; boundary=x", "",
        "--x", "Content-Type: text/plain", "", "see attached",
        "--x", "Content-Type: application/ms-tnef; name=\"winmail.dat\"", "Content-Transfer-Encoding: base64", "", "eJ8+Ig==", "--x--");
    assertThat(mail.text()).isEqualTo("see attached");
    assertThat(mail.files()).extracting(IncomingMail.File::name).containsExactly("winmail.dat");
  }

  @Test
  void p5_aBrokenMailIsStillAMail() throws Exception {
    assertThat(parse("From: not an address <<>>", "Content-Type: multipart/mixed", "", "no boundary").from()).isNotNull();
    assertThat(parse("From: a@example.com", "Content-Type: text/plain; charset=nonsense", "Content-Transfer-Encoding: base64", "", "%%%").from())
        .isEqualTo("a@example.com");
    assertThat(parse("", "nothing at all").id()).startsWith("sha256:");
  }
}
