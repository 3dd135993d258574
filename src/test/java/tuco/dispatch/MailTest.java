package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.configuration.GreenMailConfiguration;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.channels.smtp.ScriptedSmtpServer;

/** Issue 2, point 4: from the API over an e-mail line to a real mail server, and back by one click (RFC 8058). */
class MailTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern UNSUBSCRIBE =
      Pattern.compile("<https://tuco\\.example\\.com(/u/[A-Za-z0-9_-]{64})>, <mailto:team@sender\\.example\\.com\\?subject=[^>]+>");

  private World world;
  private World.TestWorkspace workspace;
  private Api api;
  private int sent;

  @BeforeEach
  void startWorld() {
    world = new World();
    world.startNodeAt("https://tuco.example.com");
    workspace = world.aWorkspace();
    api = workspace.api();
  }

  @AfterEach
  void stopWorld() {
    world.close();
  }

  @Test
  void aMessageReachesAMailServerWithEveryHeaderAndOneClickEndsThem() throws Exception {
    GreenMail mailServer = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP))
        .withConfiguration(GreenMailConfiguration.aConfig().withUser("team@sender.example.com", "me", "s3cret-pass"));
    mailServer.start();
    try {
      aLine(mailServer.getSmtp().getPort(), ",\"user\":\"me\",\"password\":\"s3cret-pass\",\"firstName\":\"Ben\"");
      String id = send("zoe@example.com", ",\"recipientName\":\"Zoë\"");
      status(id, "sent");

      assertThat(mailServer.getReceivedMessages()).hasSize(1);
      MimeMessage mail = mailServer.getReceivedMessages()[0];
      assertThat(mail.getMessageID()).isEqualTo("<" + id + "@sender.example.com>");
      assertThat(mail.getFrom()).containsExactly(new InternetAddress("team@sender.example.com", "Ben"));
      assertThat(mail.getAllRecipients()).containsExactly(new InternetAddress("zoe@example.com", "Zoë", "UTF-8"));
      assertThat(mail.getContentType()).isEqualToIgnoringCase("text/plain; charset=UTF-8");
      assertThat(mail.getContent()).isEqualTo("Grüße, 1");
      assertThat(mail.getHeader("List-Unsubscribe-Post")).containsExactly("List-Unsubscribe=One-Click");
      String path = unsubscribePath(mail);

      assertThat(call("GET", path, "", "").body()).contains("zoe@example.com", workspaceName());
      assertThat(suppressed()).as("scanners follow links; that unsubscribes nobody").isZero();
      unsubscribes(path);
    } finally {
      mailServer.stop();
    }
  }

  private void unsubscribes(String path) throws Exception {
    String soon = send("zoe@example.com", ",\"scheduledDate\":\"2099-01-01T00:00:00Z\"");
    String other = send("other@example.com", ",\"scheduledDate\":\"2099-01-01T00:00:00Z\"");
    world.database().asWorkspace(workspace.id(), tx ->
        tx.update("update workspaces set read_only_reason = 'past_due' where workspace_id = :w").bind("w", workspace.id()).execute());
    HttpResponse<String> once = call("POST", path, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");
    assertThat(once.statusCode()).as("also while the workspace is read-only (decisions 4.7)").isEqualTo(200);
    assertThat(suppressed()).isOne();
    world.database().asWorkspace(workspace.id(), tx ->
        tx.update("update workspaces set read_only_reason = null where workspace_id = :w").bind("w", workspace.id()).execute());
    status(soon, "cancelled");
    assertThat(api.get("/api/messages/" + soon + "/events").text()).contains("\"cause\":\"opt_out\"");
    status(other, "scheduled");

    String boundary = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    assertThat(call("POST", path, "multipart/form-data; boundary=x", boundary).statusCode()).as("repeated, as multipart").isEqualTo(200);
    assertThat(suppressed()).isOne();
    Api.Answer refused = api.post("/api/messages", "{\"message\":\"Still there?\",\"recipientEmail\":\"zoe@example.com\"}");
    assertThat(refused.status()).as(refused.text()).isEqualTo(422);
    assertThat(refused.text()).contains("DO_NOT_CONTACT");
  }

  @Test
  void aTokenThatWasNotMadeHereUnsubscribesNobody() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer()) {
      aLine(server.port(), "");
      send("zoe@example.com", "");
      Eventually.within(SOON, () -> assertThat(server.messages()).hasSize(1));
      Matcher token = Pattern.compile("/u/([A-Za-z0-9_-]{64})").matcher(server.messages().getFirst());
      assertThat(token.find()).isTrue();
      String good = token.group(1);
      for (int at : new int[] {0, 25, 50, 63}) {
        char other = good.charAt(at) == 'A' ? 'B' : 'A';
        String bad = good.substring(0, at) + other + good.substring(at + 1);
        assertThat(call("POST", "/u/" + bad, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").statusCode()).isEqualTo(404);
      }
      for (String bad : List.of("x", "%20", good.substring(1), good + "AAAA")) {
        assertThat(call("POST", "/u/" + bad, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").statusCode()).isEqualTo(404);
      }
      assertThat(suppressed()).isZero();
    }
  }

  @Test
  void aRefusalForGoodFailsWithTheServersWords() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer()) {
      aLine(server.port(), "");
      String id = send("nobody@example.com", "");
      status(id, "failed");
      assertThat(api.get("/api/messages/" + id).at("errorMessage")).contains("550 5.1.1 no such user");
      assertThat(server.messages()).isEmpty();
      assertThat(suppressed()).as("a dead address is not tried again").isOne();
    }
  }

  @Test
  void aPassingRefusalWaitsWithAReasonAndIsTriedAgainAsTheSameMail() throws Exception {
    try (ScriptedSmtpServer server = new ScriptedSmtpServer().on("DOT", "451 4.7.1 come back later")) {
      aLine(server.port(), "");
      String id = send("zoe@example.com", "");
      Eventually.within(SOON, () -> {
        Api.Answer waiting = api.get("/api/messages/" + id);
        assertThat(waiting.at("status")).isEqualTo("queued");
        assertThat(waiting.at("waitReason")).isEqualTo("retry");
        assertThat(waiting.at("nextEligibleAt")).isNotEmpty();
        assertThat(waiting.text()).contains("451 4.7.1 come back later");
      });
      world.database().<Integer>crossing(tx -> tx.update("update message_states set due_at = now()").execute());
      status(id, "sent");
      assertThat(server.messages()).hasSize(2).allMatch(mail -> mail.contains("Message-ID: <" + id + "@sender.example.com>"));
    }
  }

  private void aLine(int port, String more) {
    Api.Answer line = api.post("/api/lines", """
        {"kind":"smtp","email":"team@sender.example.com","host":"127.0.0.1","port":%d,"tls":"none"%s}""".formatted(port, more));
    assertThat(line.status()).as(line.text()).isEqualTo(201);
    assertThat(line.text()).doesNotContain("s3cret-pass");
  }

  private String send(String recipient, String more) {
    sent++;
    Api.Answer answer = api.post("/api/messages", """
        {"message":"Grüße, %d","recipientEmail":"%s"%s}""".formatted(sent, recipient, more));
    assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    assertThat(answer.at("messageId")).as(answer.text()).isNotEmpty();
    return answer.at("messageId");
  }

  private void status(String id, String status) {
    Eventually.within(SOON, () -> {
      Api.Answer message = api.get("/api/messages/" + id);
      assertThat(message.at("status")).as(message.text()).isEqualTo(status);
    });
  }

  private static String unsubscribePath(MimeMessage mail) throws Exception {
    Matcher header = UNSUBSCRIBE.matcher(mail.getHeader("List-Unsubscribe", null).replaceAll("\\r\\n\\s+", " "));
    assertThat(header.matches()).as(mail.getHeader("List-Unsubscribe", null)).isTrue();
    return header.group(1);
  }

  private String workspaceName() {
    return api.get("/api/whoami").at("/workspace/name");
  }

  private int suppressed() {
    return world.database().asWorkspace(workspace.id(), tx ->
        tx.query("select count(*) from suppressions where workspace_id = :w").bind("w", workspace.id()).mapTo(Integer.class).one());
  }

  /** As a mail program calls: no cookie, no credential, and no redirect is followed. */
  private HttpResponse<String> call(String method, String path, String type, String body) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(world.url() + path))
          .method(method, HttpRequest.BodyPublishers.ofString(body));
      if (!type.isEmpty()) {
        request.header("Content-Type", type);
      }
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }
}
