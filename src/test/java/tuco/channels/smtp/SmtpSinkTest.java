package tuco.channels.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Eventually;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.channels.SendResult.Accepted;
import tuco.channels.SendResult.Refused;
import tuco.channels.SendResult.TryLater;
import tuco.channels.SendResult.Unknown;

/** Against Postfix' own test server, a second opinion besides GreenMail (issue 2, point 4). */
class SmtpSinkTest {
  private static final Path SMTP_SINK = Path.of("/usr/sbin/smtp-sink");

  @TempDir Path dump;
  private @Nullable Process sink;
  private int port;

  @BeforeEach
  void sinkIsInstalled() {
    assumeTrue(Files.isExecutable(SMTP_SINK), "smtp-sink is not installed (Debian: apt-get install postfix)");
  }

  @AfterEach
  void stopSink() {
    if (sink != null) {
      sink.destroyForcibly();
    }
  }

  @Test
  void everyMailOfABatchArrivesOnceOverOneConnection() throws Exception {
    start("-d", dump + "/mail.");

    List<SendResult> results = send(200);

    assertThat(results).hasSize(200).allMatch(Accepted.class::isInstance);
    List<String> mails = new ArrayList<>();
    try (Stream<Path> files = Files.list(dump)) {
      for (Path file : files.toList()) {
        mails.add(Files.readString(file));
      }
    }
    assertThat(mails).hasSize(200).allMatch(mail -> mail.contains("X-Mail-Args: <team@sender.example.com>"));
    assertThat(results).allMatch(
        result -> mails.stream().filter(mail -> mail.contains(((Accepted) result).externalId())).count() == 1);
  }

  @Test
  void hardAndSoftRejectsAreToldApart() throws Exception {
    start("-f", "RCPT");
    assertThat(send(1)).containsExactly(new Refused("500 5.3.0 Error: command failed", false));

    start("-r", "DATA");
    assertThat(send(1)).containsExactly(new TryLater("450 4.3.0 Error: command failed", null, false));

    start("-r", ".");
    assertThat(send(1)).containsExactly(new TryLater("450 4.3.0 Error: command failed", null, false));
  }

  @Test
  void aHangUpIsUnknownOnlyAfterTheFinalDot() throws Exception {
    start("-q", "RCPT");
    assertThat(send(1).getFirst()).isInstanceOf(TryLater.class);

    start("-q", "DATA");
    assertThat(send(1).getFirst()).isInstanceOf(TryLater.class);

    start("-q", ".");
    assertThat(send(1).getFirst()).isInstanceOf(Unknown.class);
  }

  private void start(String... options) throws IOException {
    stopSink();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command = new ArrayList<>(List.of(SMTP_SINK.toString()));
    if (System.getProperty("user.name").equals("root")) {
      // It refuses to run as root unless told so by name.
      command.addAll(List.of("-u", "root"));
    }
    command.addAll(List.of(options));
    command.addAll(List.of("127.0.0.1:" + port, "100"));
    sink = new ProcessBuilder(command).inheritIO().start();
    Eventually.within(Duration.ofSeconds(10), () -> connect().close());
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private List<SendResult> send(int count) {
    List<Outgoing> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(
          new Outgoing(
              UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "email", "person" + i + "@example.com", null, "Hello",
              null, null, List.of()));
    }
    LineSettings line =
        new LineSettings(
            UUID.randomUUID(), UUID.randomUUID(), "smtp", "team@sender.example.com", null,
            Map.of("host", "127.0.0.1", "port", Integer.toString(port), "tls", "none"), Map.of());
    SmtpTimeouts timeouts = new SmtpTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10));
    List<SendResult> results = new ArrayList<>();
    new SmtpChannel(Clock.systemUTC(), TestFiles.NONE, TestHosts.ALL, (SSLSocketFactory) SSLSocketFactory.getDefault(), timeouts)
        .send(line, messages, (message, result) -> results.add(result));
    return results;
  }
}
