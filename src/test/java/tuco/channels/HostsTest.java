package tuco.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;
import tuco.http.AddressRules;

/** Where the operator says so, lines connect only where webhooks may (standards O7): not into the operator's network. */
class HostsTest {
  private static final String WORDS = "leads to a private or reserved address. The operator of this installation can allow private"
      + " ones with TUCO_PRIVATE_MAIL=true.";
  private static final Duration SOON = Duration.ofSeconds(20);

  private final World world = new World();

  @AfterEach
  void stop() {
    world.close();
  }

  private static String line(String host) {
    return """
        {"kind":"smtp","email":"team@sender.example.com","host":"%1$s","port":25,"tls":"none","user":"me","password":"s3cret-pass",
         "imapHost":"%1$s","imapTls":"none"}""".formatted(host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "10.0.0.8", "192.168.1.1", "169.254.169.254", "[::1]", "::ffff:127.0.0.1", "LocalHost", "db.localhost", "127.1"})
  void aPrivateAddressIsRefusedWhereItIsWritten(String host) {
    Node strict = world.startNodeWithoutPrivateAddresses();
    Api.Answer refused = world.aWorkspace().api(strict).post("/api/lines", line(host));
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(refused.at("/errors/0/field")).isEqualTo("host");
    assertThat(refused.at("/errors/0/message")).isEqualTo("host " + WORDS);
    assertThat(refused.at("/errors/1/message")).isEqualTo("imapHost " + WORDS);
  }

  /** The name of this machine leads to it, and nothing that is written gives that away: only the connection can. */
  @Test
  void aNameThatLeadsInsideIsRefusedWhenItIsConnectedTo() throws Exception {
    GreenMail inside = new GreenMail(new ServerSetup[] {
        new ServerSetup(0, "0.0.0.0", ServerSetup.PROTOCOL_SMTP), new ServerSetup(0, "0.0.0.0", ServerSetup.PROTOCOL_IMAP)});
    inside.setUser("team@sender.example.com", "me", "s3cret-pass");
    inside.start();
    try {
      World.TestWorkspace own = world.aWorkspace();
      Api.Answer line = own.api().post("/api/lines", """
          {"kind":"smtp","email":"team@sender.example.com","host":"localhost","port":%d,"tls":"none","user":"me","password":"s3cret-pass",
           "imapHost":"localhost","imapPort":%d,"imapTls":"none"}""".formatted(inside.getSmtp().getPort(), inside.getImap().getPort()));
      assertThat(line.status()).as(line.text()).isEqualTo(201);
      world.stop(world.node());
      Node strict = world.startNodeWithoutPrivateAddresses();
      Api api = own.api(strict);
      String message = api.post("/api/messages", "{\"message\":\"hi\",\"recipientEmail\":\"ada@example.com\"}").at("messageId");
      String path = "/api/lines/" + line.at("/line/_id");
      Eventually.within(SOON, () -> assertThat(api.get(path).at("/line/mailbox/trouble")).contains(WORDS));
      Eventually.within(SOON, () -> assertThat(api.get("/api/messages/" + message + "/events").text()).contains(WORDS));
      assertThat(inside.getReceivedMessages()).isEmpty();
    } finally {
      inside.stop();
    }
  }

  @Test
  void theAddressThatIsConnectedToIsTheOneThatIsJudged() throws Exception {
    Hosts hosts = new Hosts(address -> AddressRules.allows(address, false));
    try (Socket socket = hosts.sockets(made -> { }).createSocket()) {
      assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", 1), 1_000)).isInstanceOf(Hosts.Refused.class);
    }
    assertThatThrownBy(() -> hosts.addresses("localhost")).isInstanceOf(Hosts.Refused.class).hasMessage("The host localhost " + WORDS);
  }
}
