package tuco.channels.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.DummySSLServerSocketFactory;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.channels.SendResult.Accepted;
import tuco.channels.SendResult.TryLater;

/** A password and a message leave only over a connection that was checked. */
class SmtpTlsTest {
  private static TestCertificate localhost;
  private static TestCertificate elsewhere;
  private static GreenMail mailServer;

  /** GreenMail reads its certificate once, from these properties, when its first TLS port opens. */
  @BeforeAll
  static void startMailServer(@TempDir Path folder) throws Exception {
    localhost = TestCertificate.of("localhost", folder);
    elsewhere = TestCertificate.of("elsewhere.example.com", folder);
    System.setProperty(DummySSLServerSocketFactory.GREENMAIL_KEYSTORE_FILE_PROPERTY, localhost.file().toString());
    System.setProperty(DummySSLServerSocketFactory.GREENMAIL_KEYSTORE_PASSWORD_PROPERTY, TestCertificate.PASSWORD);
    try {
      mailServer = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS));
      mailServer.setUser("team@sender.example.com", "me", "s3cret-pass");
      mailServer.start();
    } finally {
      System.clearProperty(DummySSLServerSocketFactory.GREENMAIL_KEYSTORE_FILE_PROPERTY);
      System.clearProperty(DummySSLServerSocketFactory.GREENMAIL_KEYSTORE_PASSWORD_PROPERTY);
    }
  }

  @AfterAll
  static void stopMailServer() {
    mailServer.stop();
  }

  @Test
  void mailLeavesOverTlsFromTheFirstByte() throws Exception {
    int before = mailServer.getReceivedMessages().length;

    SendResult result = send(localhost.trusted(), line("localhost", mailServer.getSmtps().getPort(), "tls"));

    assertThat(result).isInstanceOf(Accepted.class);
    assertThat(mailServer.getReceivedMessages()).hasSize(before + 1);
  }

  @Test
  void aCertificateThatNobodyVouchesForIsADeadLine() throws Exception {
    SendResult result = send(SSLContext.getDefault(), line("localhost", mailServer.getSmtps().getPort(), "tls"));

    assertThat(((TryLater) result).lineDown()).isTrue();
    assertThat(((TryLater) result).words()).contains("TLS failed");
  }

  @Test
  void aTrustedCertificateForAnotherNameIsADeadLine() throws Exception {
    SendResult result = send(localhost.trusted(), line("127.0.0.1", mailServer.getSmtps().getPort(), "tls"));

    assertThat(((TryLater) result).lineDown()).isTrue();
    assertThat(((TryLater) result).words()).contains("TLS failed");
  }

  @Test
  void startTlsComesBeforeTheLogInAndTheMail() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer(localhost.shown()).announcing("STARTTLS", "AUTH PLAIN")) {
      SendResult result = send(localhost.trusted(), line("localhost", server.port(), "starttls"));

      assertThat(result).isInstanceOf(Accepted.class);
      assertThat(server.commands()).extracting(command -> command.split("[ :]", 2)[0])
          .startsWith("EHLO", "STARTTLS", "(TLS)", "EHLO", "AUTH", "MAIL", "RCPT", "DATA");
    }
  }

  @Test
  void startTlsWithACertificateForAnotherNameSendsNothing() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer(elsewhere.shown()).announcing("STARTTLS", "AUTH PLAIN")) {
      SendResult result = send(elsewhere.trusted(), line("localhost", server.port(), "starttls"));

      assertThat(((TryLater) result).lineDown()).isTrue();
      assertThat(server.commands()).extracting(command -> command.split(" ", 2)[0]).containsExactly("EHLO", "STARTTLS");
    }
  }

  @Test
  void aServerThatHidesStartTlsGetsNeitherPasswordNorMail() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer().announcing("AUTH PLAIN")) {
      SendResult result = send(localhost.trusted(), line("localhost", server.port(), "starttls"));

      assertThat(((TryLater) result).lineDown()).isTrue();
      assertThat(((TryLater) result).words()).contains("STARTTLS");
      assertThat(server.commands()).extracting(command -> command.split(" ", 2)[0]).containsExactly("EHLO");
    }
  }

  @Test
  void aServerThatRefusesStartTlsGetsNeitherPasswordNorMail() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer().announcing("STARTTLS", "AUTH PLAIN")) {
      server.on("STARTTLS", "454 4.7.0 TLS not available");

      SendResult result = send(localhost.trusted(), line("localhost", server.port(), "starttls"));

      assertThat(((TryLater) result).lineDown()).isTrue();
      assertThat(((TryLater) result).words()).contains("454 4.7.0 TLS not available");
      assertThat(server.commands()).noneMatch(command -> command.startsWith("AUTH") || command.startsWith("MAIL"));
    }
  }

  private static SendResult send(SSLContext trust, LineSettings line) {
    Outgoing message =
        new Outgoing(
            UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "email", "person@example.com", null, "Hello", null, null,
            List.of());
    List<SendResult> results = new ArrayList<>();
    SmtpTimeouts timeouts = new SmtpTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10));
    new SmtpChannel(Clock.systemUTC(), TestFiles.NONE, TestHosts.ALL, trust.getSocketFactory(), timeouts)
        .send(line, List.of(message), (sent, result) -> results.add(result));
    assertThat(results).hasSize(1);
    return results.getFirst();
  }

  private static LineSettings line(String host, int port, String tls) {
    return new LineSettings(
        UUID.randomUUID(), UUID.randomUUID(), "smtp", "team@sender.example.com", null,
        Map.of("host", host, "port", Integer.toString(port), "tls", tls, "user", "me"),
        Map.of("password", "s3cret-pass"));
  }
}
