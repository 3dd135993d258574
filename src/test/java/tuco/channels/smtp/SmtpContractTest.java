package tuco.channels.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import tuco.channels.Channel;
import tuco.channels.Channel.Reconciled;
import tuco.channels.ChannelContractTest;
import tuco.channels.LineSettings;

class SmtpContractTest extends ChannelContractTest {
  private ScriptedSmtpServer server;
  private int closedPort;

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedSmtpServer();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closedPort = taken.getLocalPort();
    }
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Override
  protected Channel channel() {
    return new SmtpChannel(Clock.systemUTC(), TestFiles.NONE, TestHosts.ALL);
  }

  @Override
  protected LineSettings goodLine() {
    return at(server.port());
  }

  @Override
  protected LineSettings deadLine() {
    return at(closedPort);
  }

  private static LineSettings at(int port) {
    return line(
        "smtp", "team@sender.example.com",
        Map.of("host", "127.0.0.1", "port", Integer.toString(port), "tls", "none"), Map.of());
  }

  @Override
  protected LineSettings faultyLine() {
    return line(
        "smtp", "+15125550100",
        Map.of("host", "smtp://example.com", "port", "70000", "tls", "any", "user", "me"), Map.of());
  }

  @Override
  protected List<String> faultyFields() {
    return List.of("host", "port", "tls", "password", "address");
  }

  @Override
  protected String goodRecipient(int number) {
    return "person" + number + "@example.com";
  }

  @Override
  protected String refusedRecipient() {
    return "nobody@example.com";
  }

  @Override
  protected Class<? extends Reconciled> reconciledAfterSend() {
    return Reconciled.CannotTell.class;
  }
}
