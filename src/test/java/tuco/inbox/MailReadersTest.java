package tuco.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.icegreen.greenmail.configuration.GreenMailConfiguration;
import com.icegreen.greenmail.user.GreenMailUser;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.Flags;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;

/** Mails that answer, from a real IMAP server into the inbox (P5, connectors 4.6). */
class MailReadersTest {
  private static final Duration SOON = Duration.ofSeconds(25);

  private World world;
  private World.TestWorkspace own;
  private GreenMail server;
  private GreenMailUser mailbox;
  private int mails;

  @BeforeEach
  void start() {
    world = new World();
    own = world.aWorkspace();
    server = server(0, 0);
  }

  @AfterEach
  void stop() {
    world.close();
    server.stop();
  }

  private GreenMail server(int smtp, int imap) {
    GreenMail made = new GreenMail(new ServerSetup[] {
        new ServerSetup(smtp, "127.0.0.1", ServerSetup.PROTOCOL_SMTP), new ServerSetup(imap, "127.0.0.1", ServerSetup.PROTOCOL_IMAP)})
        .withConfiguration(GreenMailConfiguration.aConfig().withUser("team@sender.example.com", "me", "s3cret-pass"));
    made.start();
    mailbox = made.getUserManager().getUserByEmail("team@sender.example.com");
    return made;
  }

  private Api.Answer aLine() {
    return aLine(server.getImap().getPort());
  }

  private Api.Answer aLine(int imap) {
    Api.Answer line = own.api().post("/api/lines", """
        {"kind":"smtp","email":"team@sender.example.com","host":"127.0.0.1","port":%d,"tls":"none","user":"me","password":"s3cret-pass",
         "imapHost":"127.0.0.1","imapPort":%d,"imapTls":"none"}""".formatted(server.getSmtp().getPort(), imap));
    assertThat(line.status()).as(line.text()).isEqualTo(201);
    assertThat(line.text()).doesNotContain("s3cret-pass");
    return line;
  }

  private String sent(String recipient) {
    String id = own.api().post("/api/messages",
        "{\"message\":\"Hello " + recipient + "\",\"recipientEmail\":\"" + recipient + "\"}").at("messageId");
    Eventually.within(SOON, () -> assertThat(own.api().get("/api/messages/" + id).at("status")).isEqualTo("sent"));
    return id;
  }

  private void delivers(String headers, String body) throws Exception {
    mailbox.deliver(mail(headers, body));
  }

  private MimeMessage mail(String headers, String body) throws Exception {
    String mail = "Message-ID: <m" + ++mails + "@mail.example.com>\r\n" + headers.replace("\n", "\r\n") + "\r\n\r\n" + body.replace("\n", "\r\n");
    return new MimeMessage(null, new ByteArrayInputStream(mail.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> texts() {
    return own.api().get("/api/messages?limit=100").json().path("messages").valueStream()
        .filter(message -> message.path("direction").asText().equals("received")).map(message -> message.path("message").asText())
        .toList().reversed();
  }

  private void arrived(String... texts) {
    Eventually.within(SOON, () -> assertThat(texts()).containsExactlyInAnyOrder(texts));
  }

  @Test
  void p5_mailsThatAnswerFindTheirMessageAndEachIsTakenForWhatItIs() throws Exception {
    server.getManagers().getImapHostManager().getInbox(mailbox).appendMessage(
        mail("From: old@example.com", "from before the line was there"), new Flags(), Date.from(Instant.now().minusSeconds(60)));
    aLine();
    String zoe = sent("zoe@example.com");
    String max = sent("max@example.com");
    String una = sent("una@example.com");
    delivers("From: Zoe Alias <alias@private.test>\nSubject: Re: Hello\nIn-Reply-To: <" + zoe + "@sender.example.com>",
        "Yes, please.\n\nOn Monday Ben <team@sender.example.com> wrote:\n> Hello");
    arrived("Yes, please.");
    JsonNode reply = own.api().get("/api/replies").json().at("/replies/0");
    assertThat(reply.at("/parentMessages/0/messageId").asText()).isEqualTo(zoe);
    String conversation = own.api().get("/api/unibox/conversations").at("/conversations/0/_id");
    JsonNode message = own.api().get("/api/unibox/conversations/" + conversation + "/messages").json().at("/messages/0");
    assertThat(message.path("wholeMessage").asText()).contains("> Hello");
    assertThat(message.path("subject").asText()).isEqualTo("Re: Hello");
    assertThat(message.path("answersMessageId").asText()).isEqualTo(zoe);

    delivers("From: zoe@example.com\nAuto-Submitted: auto-replied", "I am away.");
    delivers("From: team@sender.example.com", "a copy of what we sent");
    delivers("From: una@example.com\nSubject: unsubscribe " + una, "");
    delivers("From: MAILER-DAEMON@mx.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=x",
        "--x\nContent-Type: text/plain\n\nSorry.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
            + "Final-Recipient: rfc822; max@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"
            + "--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" + max + "@sender.example.com>\n--x--");
    arrived("Yes, please.", "I am away.", "Unsubscribe", "550 5.1.1 no such user");

    assertThat(own.api().get("/api/messages/" + max).at("status")).isEqualTo("failed");
    assertThat(own.api().get("/api/messages/" + max).at("errorMessage")).isEqualTo("550 5.1.1 no such user");
    assertThat(own.api().get("/api/dnc?search=max@example.com").at("/pagination/totalCount")).isEqualTo("1");
    assertThat(own.api().get("/api/dnc?search=una@example.com").at("/pagination/totalCount")).isEqualTo("1");
    assertThat(own.api().get("/api/replies").at("total")).as("away and bounced are no replies").isEqualTo("2");
  }

  /** RFC 5965: the provider tells that the recipient pressed "spam"; anybody can write such a report, but not about our mail. */
  @Test
  void p5_whoCallsAMailSpamIsTakenOffAndAForgedComplaintTakesNobodyOff() throws Exception {
    aLine();
    String una = sent("una@example.com");
    sent("zoe@example.com");
    String report = "--x\nContent-Type: text/plain\n\nAn abuse report.\n--x\nContent-Type: message/feedback-report\n\n"
        + "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: %s@example.com\n--x\nContent-Type: message/rfc822\n\nMessage-ID: <%s>\n\nHello\n--x--";
    String headers = "From: feedback@isp.test\nContent-Type: multipart/report; report-type=feedback-report; boundary=x";
    delivers(headers, report.formatted("zoe", "ms_00000000000000000000000000@sender.example.com"));
    delivers(headers, report.formatted("una", una + "@sender.example.com"));
    arrived("Reported as spam", "Unsubscribe");
    Api.Answer listed = own.api().get("/api/dnc");
    assertThat(listed.at("/pagination/totalCount")).as(listed.text()).isEqualTo("1");
    assertThat(listed.at("/entries/0/email")).isEqualTo("una@example.com");
    assertThat(own.api().get("/api/messages/" + una + "/events").json().findValuesAsText("cause")).as("for the campaign's figures").contains("complained");
  }

  /** What a stranger can write must not stop the mails behind it, nor take anybody off. */
  @Test
  void p5_mailsMadeToHurtHurtNobody() throws Exception {
    aLine();
    String zoe = sent("zoe@example.com");
    delivers("From: =?utf-8?B?QQBC?= <" + "x".repeat(6_000) + "@mail.example.com>\nSubject: =?utf-8?B?QQBC?=", "long and with a zero");
    delivers("From: MAILER-DAEMON@mx.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=x",
        "--x\nContent-Type: text/plain\n\nSorry.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
            + "Final-Recipient: rfc822; zoe@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 a\u0000b\n--x--");
    delivers("From: zoe@example.com\nIn-Reply-To: <" + zoe + "@sender.example.com>", "I am here.");
    arrived("long and with a zero", "550 ab", "I am here.");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).as("the report named no message of ours").isEqualTo("0");
    assertThat(own.api().get("/api/messages/" + zoe).at("status")).as("nor does it fail one").isEqualTo("sent");
  }

  @Test
  void p5_aMailThatItsServerCannotGiveIsNotedAndThoseBehindItArrive() throws Exception {
    try (FaultyImap faulty = new FaultyImap(server.getImap().getPort())) {
      aLine(faulty.port());
      delivers("From: ada@example.com\nSubject: Lost", "nobody reads this");
      delivers("From: ada@example.com", "and this");
      arrived("(The mail server could not give this mail. It is still in the mailbox.)", "and this");
    }
  }

  @Test
  void p5_aMailWithALargeFileArrivesWithItsNameAndSoDoThoseBehindIt() throws Exception {
    aLine();
    delivers("From: ada@example.com\nContent-Type: multipart/mixed; boundary=x",
        "--x\nContent-Type: text/plain\n\nsee file\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\n"
            + "Content-Transfer-Encoding: base64\n\n" + ("QUJD".repeat(19) + "\n").repeat(260_000) + "--x--");
    delivers("From: ada@example.com", "and this");
    arrived("see file", "and this");
    JsonNode messages = own.api().get("/api/messages?limit=100").json().path("messages");
    assertThat(messages.valueStream().filter(message -> message.path("message").asText().equals("see file")).findFirst().orElseThrow().at("/attachmentNames/0").asText())
        .isEqualTo("plan.pdf");
  }

  @Test
  void p5_theCursorOutlivesRestartsAndAServerThatNumbersAnew() throws Exception {
    aLine();
    delivers("From: ada@example.com", "first");
    arrived("first");
    world.close();
    delivers("From: ada@example.com", "while nobody read");
    World.TestWorkspace before = own;
    Node again = world.startNode();
    own = new World.TestWorkspace(world, before.id(), before.ownerId(), before.ownerEmail(), before.ownerPassword(), before.keyId(), before.key());
    arrived("first", "while nobody read");
    long validity = cursor(again);

    int smtp = server.getSmtp().getPort();
    int imap = server.getImap().getPort();
    server.stop();
    server = server(smtp, imap);
    mails = 1;
    delivers("From: ada@example.com", "while nobody read");
    delivers("From: eve@example.com\nDate: Sun, 1 Jun 2025 10:00:00 +0000", "of last year, and moved here today");
    delivers("From: ada@example.com", "after the move");
    arrived("first", "while nobody read", "after the move");
    assertThat(cursor(again)).as("the numbers are new").isNotEqualTo(validity);
  }

  private long cursor(Node node) {
    return node.database().asWorkspace(own.id(), tx ->
        tx.ownQuery("select uid_validity from mailboxes where workspace_id = :workspace").mapTo(long.class).one());
  }

  @Test
  void p5_oneNodeReadsALineAndAnotherTakesOver() throws Exception {
    aLine();
    delivers("From: ada@example.com", "one");
    arrived("one");
    world.startNode();
    delivers("From: ada@example.com", "two");
    arrived("one", "two");
    // As when the node that reads is thought dead: it must not record another mail, whoever takes over must.
    world.database().crossing(tx -> tx.update("""
        update mailboxes set holder = gen_random_uuid(), held_until = clock_timestamp() + interval '3 seconds'""").execute());
    delivers("From: ada@example.com", "three");
    arrived("one", "two", "three");
  }

  @Test
  void p5_whatIsWrongWithAMailboxIsSaidAndItsSettingsAreChecked() {
    Api.Answer line = aLine();
    String path = "/api/lines/" + line.at("/line/_id");
    assertThat(own.api().patch(path, "{\"imapTls\":\"maybe\"}").at("error")).isEqualTo("imapTls must be one of none, starttls, tls.");
    assertThat(own.api().patch(path, "{\"imapPort\":\"70000\"}").at("error")).isEqualTo("imapPort must be a whole number from 1 to 65535.");
    Api.Answer changed = own.api().patch(path, "{\"imapPassword\":\"wrong-pass\"}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.text()).doesNotContain("wrong-pass");
    Eventually.within(SOON, () ->
        assertThat(own.api().get(path).at("/line/mailbox/trouble")).isEqualTo("The mail server refused user and password."));
    own.api().patch(path, "{\"imapPassword\":\"s3cret-pass\"}");
    Eventually.within(SOON, () -> {
      assertThat(own.api().get(path).at("/line/mailbox/trouble")).isEmpty();
      assertThat(own.api().get(path).json().at("/line/mailbox/checkedAt").isTextual()).isTrue();
    });
  }
}
