package tuco.channels.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static tuco.channels.smtp.ScriptedSmtpServer.DROP;
import static tuco.channels.smtp.ScriptedSmtpServer.DROP_IN_BODY;
import static tuco.channels.smtp.ScriptedSmtpServer.HANG;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.channels.SendResult.Accepted;
import tuco.channels.SendResult.Refused;
import tuco.channels.SendResult.TryLater;
import tuco.channels.SendResult.Unknown;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What each answer, and each missing answer, of a mail server means (decisions 5.3, connectors 4.6). */
class SmtpOutcomeTest {
  private static final SmtpTimeouts SHORT =
      new SmtpTimeouts(Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(2));

  private ScriptedSmtpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedSmtpServer();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void acceptedMailBearsAMessageIdThatIsTheSameForEveryAttempt() {
    Outgoing first = to("person@example.com");
    Outgoing second =
        new Outgoing(
            first.workspaceId(), first.messageId(), UUID.randomUUID(), "email", first.recipient(), null, first.text(),
            null, null, List.of());

    List<SendResult> results = send(first, second);

    String expected = "<" + Ids.text(Kind.MESSAGE, first.messageId()) + "@sender.example.com>";
    assertThat(results).containsExactly(new Accepted(expected), new Accepted(expected));
    assertThat(server.messages()).hasSize(2).allMatch(mail -> mail.contains("Message-ID: " + expected + "\r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "RCPT, 550 5.1.1 no such user, true, false",
    "RCPT, 550 5.1.10 no such domain, true, false",
    "DOT,  550 5.1.1 no such user, true, false",
    "RCPT, 550 no such user, false, true",
    "RCPT, 552 5.2.2 mailbox full, false, false",
    "DATA, 554 5.5.1 no valid recipients, false, false",
    "DOT,  554 5.6.0 malformed, false, false",
  })
  void aRefusalFailsInTheServersWordsAndOnlyADeadAddressIsSuppressed(String step, String answer, boolean suppress, boolean againstLine) {
    server.on(step, answer);

    assertThat(send(to("person@example.com"))).containsExactly(new Refused(answer, suppress, againstLine));
  }

  @ParameterizedTest
  @CsvSource({
    "MAIL, 550 5.1.1 unknown sender",
    "MAIL, 553 5.7.1 sender not owned by user",
    "RCPT, 550 5.1.8 bad sender domain",
    "RCPT, 550 5.7.1 relaying denied",
    "DOT,  550 5.7.26 DMARC",
  })
  void aPolicyAgainstTheSenderNeverSuppressesThePerson(String step, String answer) {
    server.on(step, answer);

    Refused refused = (Refused) send(to("person@example.com")).getFirst();

    assertThat(refused.suppress()).isFalse();
    assertThat(refused.againstLine()).isTrue();
    assertThat(refused.words()).startsWith("The mail server does not let this line send").endsWith(answer);
  }

  @Test
  void wordsOfSeveralLinesBecomeOneWithoutControlCharacters() {
    server.on("RCPT", "550-5.1.1 The mailbox\r\n550-5.1.1 does\tnot\r\n550 5.1.1 exist");

    assertThat(send(to("person@example.com")))
        .containsExactly(new Refused("550 5.1.1 The mailbox 5.1.1 does not 5.1.1 exist", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAIL", "RCPT", "DATA", "DOT"})
  void a4xxAnywhereLetsTheMessageWait(String step) {
    server.on(step, "451 4.3.0 come back");

    assertThat(send(to("person@example.com"))).containsExactly(new TryLater("451 4.3.0 come back", null, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAIL", "RCPT", "DATA", "DOT"})
  void a421LetsTheMessageWaitAndTheNextOneGoesOverANewConnection(String step) {
    server.on(step, "421 4.3.2 shutting down");

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"));

    assertThat(results.getFirst()).isEqualTo(new TryLater("421 4.3.2 shutting down", null, false));
    assertThat(results.getLast()).isInstanceOf(Accepted.class);
    assertThat(server.connections()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAIL", "RCPT", "DATA"})
  void aConnectionLostBeforeTheFinalDotMeansThatNothingLeft(String step) {
    server.on(step, DROP);

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"));

    assertThat(results.getFirst()).isInstanceOf(TryLater.class);
    assertThat(((TryLater) results.getFirst()).lineDown()).isFalse();
    assertThat(results.getLast()).isInstanceOf(Accepted.class);
  }

  @Test
  void aConnectionLostInTheMiddleOfTheMessageMeansThatNothingLeft() {
    server.on("DATA", DROP_IN_BODY);
    // Larger than all buffers between us, so that the loss is seen before the dot is written.
    Outgoing large = to("person@example.com", "0123456789 ".repeat(2_000_000));

    assertThat(send(large).getFirst()).isInstanceOf(TryLater.class);
    assertThat(server.messages()).isEmpty();
  }

  @Test
  void aConnectionLostAfterTheFinalDotIsUnknownAndTheNextMessageGoesOn() {
    server.on("DOT", DROP);

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"));

    assertThat(results.getFirst()).isInstanceOf(Unknown.class);
    assertThat(((Unknown) results.getFirst()).words()).endsWith("the server closed the connection");
    assertThat(results.getLast()).isInstanceOf(Accepted.class);
    assertThat(server.messages()).hasSize(2);
  }

  @Test
  void aServerThatHangsAfterTheFinalDotIsUnknownAndTheRestWaits() {
    server.on("DOT", HANG);

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"));

    assertThat(results.getFirst()).isInstanceOf(Unknown.class);
    assertThat(((Unknown) results.getFirst()).words()).endsWith("no answer in time");
    assertThat(((TryLater) results.getLast()).lineDown()).isTrue();
    assertThat(server.messages()).hasSize(1);
  }

  @Test
  void anAnswerAfterTheFinalDotThatIsNoAnswerIsUnknown() {
    server.on("DOT", "what?");

    assertThat(send(to("person@example.com")).getFirst()).isInstanceOf(Unknown.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONNECT", "EHLO"})
  void aServerThatHangsBeforeTheLogInIsADeadLine(String step) {
    server.on(step, HANG, HANG);

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"));

    assertThat(results).allMatch(result -> ((TryLater) result).lineDown());
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void aServerThatIsBusyAtTheGreetingIsADeadLineInItsOwnWords() {
    server.on("CONNECT", "421 4.3.2 too busy");

    TryLater later = (TryLater) send(to("person@example.com")).getFirst();

    assertThat(later.lineDown()).isTrue();
    assertThat(later.words()).endsWith("421 4.3.2 too busy");
  }

  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aServerThatOutwitsTheReadTimeoutCannotHoldTheLineLongerThanTheWholeDeadline() {
    server.on("MAIL", HANG);
    SmtpTimeouts onlyWhole = new SmtpTimeouts(Duration.ofSeconds(2), Duration.ofHours(1), Duration.ofMillis(300));
    List<SendResult> results = new ArrayList<>();

    new SmtpChannel(Clock.systemUTC(), TestFiles.NONE, TestHosts.ALL, (SSLSocketFactory) SSLSocketFactory.getDefault(), onlyWhole)
        .send(line(Map.of(), Map.of()), List.of(to("person@example.com")), (message, result) -> results.add(result));

    assertThat(results.getFirst()).isInstanceOf(TryLater.class);
  }

  @Test
  void aWantedLogInIsTheLinesFault() {
    server.on("MAIL", "530 5.7.0 Authentication required");

    TryLater later = (TryLater) send(to("person@example.com")).getFirst();

    assertThat(later.lineDown()).isTrue();
    assertThat(later.words()).contains("530 5.7.0 Authentication required");
  }

  @Test
  void aRefusedLogInIsADeadLineAndThePasswordStaysSecretThoughTheServerRepeatsIt() {
    String plain = Base64.getEncoder().encodeToString("mia\0mia\0s3cret-pass".getBytes(UTF_8));
    server.announcing("AUTH PLAIN LOGIN").on("AUTH", "535 5.7.8 AUTH PLAIN " + plain + " s3cret-pass no");

    TryLater later =
        (TryLater) send(line(Map.of("user", "mia"), Map.of("password", "s3cret-pass")), to("p@example.com")).getFirst();

    assertThat(later.lineDown()).isTrue();
    assertThat(later.words()).contains("535 5.7.8").doesNotContain("s3cret").doesNotContain(plain);
    assertThat(server.commands()).noneMatch(command -> command.startsWith("MAIL"));
  }

  @Test
  void oneConnectionCarriesABatchAndARefusalDoesNotEndIt() {
    List<SendResult> results =
        send(to("one@example.com"), to("nobody@example.com"), to("two@example.com"), to("three@example.com"));

    assertThat(results).filteredOn(Accepted.class::isInstance).hasSize(3);
    assertThat(server.connections()).isEqualTo(1);
    assertThat(server.messages()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {DROP, "421 4.7.0 enough for one connection"})
  void aServerThatEndsConnectionsBetweenMessagesLosesNone(String farewell) {
    server.on("MAIL", "250 ok", farewell, "250 ok", farewell, "250 ok");

    List<SendResult> results = send(to("one@example.com"), to("two@example.com"), to("three@example.com"));

    assertThat(results).allMatch(Accepted.class::isInstance);
    assertThat(server.messages()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "a@example.com>\r\nRCPT TO:<b@example.com", "a@example.com, b@example.com", "group:a@example.com,b@example.com;",
    "@relay.example.com:a@example.com", "a b@example.com", "@example.com", "a@", "a", "", "\"a@b\"@example.com",
    "jösé@example.com", "a@exa mple.com", "a..b@example.com"
  })
  void anAddressThatCouldMeanMoreThanOneMailboxIsRefusedUnsent(String recipient) {
    assertThat(send(to(recipient)).getFirst()).isInstanceOf(Refused.class);
    assertThat(server.commands()).noneMatch(command -> command.startsWith("RCPT"));
  }

  @Test
  void aDomainInAnotherScriptTravelsInAscii() {
    send(to("info@bücher.example"));

    assertThat(server.commands()).contains("RCPT TO:<info@xn--bcher-kva.example>");
  }

  @Test
  void aMailWhoseFileIsNotThereIsRefusedAndNothingLeaves() {
    Outgoing plain = to("person@example.com");
    Outgoing attached =
        new Outgoing(
            plain.workspaceId(), plain.messageId(), plain.attemptId(), "email", plain.recipient(), null, "x", null, null,
            List.of(new Outgoing.Attachment("https://files.example.com/a.pdf", "a.pdf")));

    assertThat(send(attached).getFirst())
        .isEqualTo(new Refused("The attachment a.pdf cannot be fetched: HTTP 404: Not Found.", false));
    assertThat(server.commands()).isEmpty();
  }

  @Test
  void aLineOfDotsEndsNothing() {
    String text = IntStream.range(0, 5).mapToObj(i -> ".".repeat(i) + "\n").reduce("", String::concat) + "\n.\nRSET";

    send(to("person@example.com", text));

    assertThat(server.messages()).hasSize(1);
    assertThat(server.messages().getFirst()).endsWith("\r\n\r\n\r\n.\r\n..\r\n...\r\n....\r\n\r\n.\r\nRSET\r\n");
  }

  private List<SendResult> send(Outgoing... messages) {
    return send(line(Map.of(), Map.of()), messages);
  }

  private static List<SendResult> send(LineSettings line, Outgoing... messages) {
    List<SendResult> results = new ArrayList<>();
    new SmtpChannel(Clock.systemUTC(), TestFiles.NONE, TestHosts.ALL, (SSLSocketFactory) SSLSocketFactory.getDefault(), SHORT)
        .send(line, List.of(messages), (message, result) -> results.add(result));
    return results;
  }

  private LineSettings line(Map<String, String> more, Map<String, String> secrets) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("host", "127.0.0.1");
    settings.put("port", Integer.toString(server.port()));
    settings.put("tls", "none");
    return new LineSettings(
        UUID.randomUUID(), UUID.randomUUID(), "smtp", "team@sender.example.com", null, settings, secrets);
  }

  private static Outgoing to(String recipient) {
    return to(recipient, "Hello");
  }

  private static Outgoing to(String recipient, String text) {
    return new Outgoing(
        UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "email", recipient, null, text, null, null, List.of());
  }
}
