package tuco.mail;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tuco.Eventually;
import tuco.channels.smtp.ScriptedSmtpServer;
import tuco.channels.smtp.TestCertificate;

/** The installation's own mail: leaves only over a checked connection, and its failures tell nothing. */
class SystemMailTest {
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    ((Logger) LoggerFactory.getLogger(SystemMail.class)).addAppender(log);
  }

  @AfterEach
  void stopListening() {
    ((Logger) LoggerFactory.getLogger(SystemMail.class)).detachAppender(log);
  }

  @Test
  void startTlsComesBeforeTheLogInAndTheMail(@TempDir Path folder) throws Exception {
    TestCertificate localhost = TestCertificate.of("localhost", folder);
    try (ScriptedSmtpServer server = new ScriptedSmtpServer(localhost.shown()).announcing("STARTTLS", "AUTH PLAIN")) {
      send(server, "localhost", localhost.trusted(), Duration.ofSeconds(10));
      assertThat(server.messages()).singleElement().asString().contains("Subject: Hello there", "the text");
      assertThat(server.commands()).extracting(command -> command.split("[ :]", 2)[0])
          .startsWith("EHLO", "STARTTLS", "(TLS)", "EHLO", "AUTH", "MAIL", "RCPT", "DATA");
      assertThat(log.list).isEmpty();
    }
  }

  @Test
  void aCertificateForAnotherNameOrOfNobodyGetsNeitherPasswordNorMail(@TempDir Path folder) throws Exception {
    TestCertificate elsewhere = TestCertificate.of("elsewhere.example.com", folder);
    for (SSLContext trust : new SSLContext[] {elsewhere.trusted(), SSLContext.getDefault()}) {
      try (ScriptedSmtpServer server = new ScriptedSmtpServer(elsewhere.shown()).announcing("STARTTLS", "AUTH PLAIN")) {
        send(server, "localhost", trust, Duration.ofSeconds(10));
        assertThat(server.commands()).extracting(command -> command.split(" ", 2)[0]).containsExactly("EHLO", "STARTTLS");
      }
    }
    assertThat(log.list).hasSize(2);
  }

  @Test
  void aServerThatHidesStartTlsGetsNeitherPasswordNorMail() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer().announcing("AUTH PLAIN")) {
      send(server, "127.0.0.1", SSLContext.getDefault(), Duration.ofSeconds(10));
      assertThat(server.commands()).extracting(command -> command.split(" ", 2)[0]).containsExactly("EHLO");
    }
  }

  /** Some servers repeat what they refuse; the log has neither that nor the letter. */
  @Test
  void aFailureIsLoggedWithoutAddressTextAndPassword(@TempDir Path folder) throws Exception {
    TestCertificate localhost = TestCertificate.of("localhost", folder);
    try (ScriptedSmtpServer server = new ScriptedSmtpServer(localhost.shown()).announcing("STARTTLS", "AUTH PLAIN")) {
      server.on("AUTH", "535 5.7.8 s3cret-pass is wrong");
      send(server, "localhost", localhost.trusted(), Duration.ofSeconds(10));
      server.on("RCPT", "550 5.1.1 person@example.com is unknown");
      send(server, "localhost", localhost.trusted(), Duration.ofSeconds(10));
      server.on("DOT", "554 5.6.0 Hello there: the text is bad");
      send(server, "localhost", localhost.trusted(), Duration.ofSeconds(10));
      String where = "a mail could not be given to localhost:" + server.port() + ": ";
      assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly(
          where + "the log-in was refused", where + "the server answered 550", where + "the server answered 554");
      assertThat(log.list).allSatisfy(event -> assertThat(event.getThrowableProxy()).isNull());
    }
  }

  @Test
  void aServerThatNeverAnswersIsGivenUpAtTheDeadline() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer().on("CONNECT", ScriptedSmtpServer.HANG);
        SystemMail mail = new SystemMail(
            settings(server, "127.0.0.1", MailSettings.Tls.NONE), Clock.systemUTC(),
            SSLContext.getDefault().getSocketFactory(), Duration.ofMillis(300))) {
      mail.send("person@example.com", "Hello", "the text");
      Eventually.within(Duration.ofSeconds(3), () ->
          assertThat(log.list).singleElement().asString().contains("a mail could not be given"));
    }
  }

  @Test
  void aLineBreakInANameBeginsNoHeader() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer()) {
      try (SystemMail mail = new SystemMail(settings(server, "127.0.0.1", MailSettings.Tls.NONE), Clock.systemUTC())) {
        mail.send("person@example.com", "Invited to Evil\r\nBcc: all@example.com", "the text");
      }
      assertThat(server.messages()).singleElement().asString()
          .contains("Subject: Invited to Evil Bcc: all@example.com\r\n", "Auto-Submitted: auto-generated")
          .doesNotContain("\r\nBcc:");
    }
  }

  @Test
  void withoutAServerNothingIsSentAndNothingIsWrong() {
    try (SystemMail mail = new SystemMail(null, Clock.systemUTC())) {
      mail.send("person@example.com", "Hello", "the text");
      assertThat(mail.configured()).isFalse();
    }
    assertThat(log.list).isEmpty();
  }

  /** Closing waits until it is sent or has failed. */
  private static void send(ScriptedSmtpServer server, String host, SSLContext trust, Duration deadline) {
    try (SystemMail mail = new SystemMail(
        settings(server, host, MailSettings.Tls.STARTTLS), Clock.systemUTC(), trust.getSocketFactory(), deadline)) {
      mail.send("person@example.com", "Hello there", "the text");
    }
  }

  private static MailSettings settings(ScriptedSmtpServer server, String host, MailSettings.Tls tls) {
    boolean logIn = tls == MailSettings.Tls.STARTTLS;
    return new MailSettings(
        host, server.port(), tls, logIn ? "me" : null, logIn ? "s3cret-pass" : null, "tuco@sender.example.com");
  }
}
