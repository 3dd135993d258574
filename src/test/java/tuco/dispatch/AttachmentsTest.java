package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import jakarta.mail.BodyPart;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.channels.Files;
import tuco.channels.smtp.ScriptedSmtpServer;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Inbound;
import tuco.inbox.Inbox;

/** Contract 2.2 and 7.7, P3: files are fetched when the message leaves, and travel with the mail. */
class AttachmentsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private record Served(int status, String type, byte[] bytes) {}

  private final Map<String, Served> files = new ConcurrentHashMap<>();
  private World world;
  private TestWorkspace workspace;
  private Api api;
  private ScriptedSmtpServer mail;
  private HttpServer host;
  private String mailLine;

  @BeforeEach
  void start() throws IOException {
    world = new World();
    world.startNode();
    workspace = world.aWorkspace();
    api = workspace.api();
    mail = new ScriptedSmtpServer();
    Api.Answer line = api.post("/api/lines", "{\"kind\":\"smtp\",\"email\":\"team@sender.example.com\",\"host\":\"127.0.0.1\",\"port\":%d,\"tls\":\"none\"}"
        .formatted(mail.port()));
    assertThat(line.status()).as(line.text()).isEqualTo(201);
    mailLine = line.at("/line/_id");
    host = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    host.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    host.createContext("/", exchange -> {
      Served file = files.getOrDefault(exchange.getRequestURI().getPath(), new Served(404, "text/plain", new byte[0]));
      exchange.getResponseHeaders().add("Content-Type", file.type);
      exchange.sendResponseHeaders(file.status, file.bytes.length == 0 ? -1 : file.bytes.length);
      try (var body = exchange.getResponseBody()) {
        body.write(file.bytes);
      }
    });
    host.start();
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    mail.close();
    host.stop(0);
  }

  @Test
  void textAndFilesArriveAsPartsOfOneMailUnderTheirNames() throws Exception {
    byte[] picture = new byte[100_000];
    Arrays.fill(picture, (byte) 0x0d);
    files.put("/a.png", new Served(200, "image/png", picture));
    files.put("/b", new Served(200, "application/octet-stream", "%PDF-1.7".getBytes(StandardCharsets.UTF_8)));
    String id = send("Two files", "\"attachmentUrls\":[\"" + url("/a.png?x=1") + "\",\"" + url("/b") + "\"],\"attachmentNames\":[\"\",\"Angebot für Zoë.pdf\"]");
    status(id, "sent");

    MimeMultipart parts = (MimeMultipart) received().getContent();
    assertThat(parts.getCount()).isEqualTo(3);
    assertThat(parts.getBodyPart(0).getContent()).isEqualTo("Two files");
    assertThat(bytes(parts.getBodyPart(1))).isEqualTo(picture);
    assertThat(parts.getBodyPart(1).getContentType()).startsWith("image/png");
    assertThat(parts.getBodyPart(1).getFileName()).as("the name in the address").isEqualTo("a.png");
    assertThat(MimeUtility.decodeText(parts.getBodyPart(2).getFileName())).isEqualTo("Angebot für Zoë.pdf");
    assertThat(parts.getBodyPart(2).getContentType()).as("by its name, as the host says nothing").startsWith("application/pdf");
    assertThat(parts.getBodyPart(2).getDisposition()).isEqualTo("attachment");
  }

  @Test
  void aMessageOfFilesAloneHasNoTextPart() throws Exception {
    files.put("/a.gif", new Served(200, "image/gif", new byte[] {1}));
    String id = api.post("/api/messages", "{\"recipientEmail\":\"zoe@example.com\",\"attachmentUrls\":[\"" + url("/a.gif") + "\"]}").at("messageId");
    status(id, "sent");
    assertThat(((MimeMultipart) received().getContent()).getCount()).isOne();
  }

  @Test
  void whatCannotBeHadFailsWithAReasonThatNamesTheFileAndNotItsAddress() {
    files.put("/page.png", new Served(200, "text/html; charset=utf-8", "<html>".getBytes(StandardCharsets.UTF_8)));
    files.put("/large.pdf", new Served(200, "application/pdf", new byte[Files.MOST_BYTES + 1]));
    failsWith("/gone.png?token=s3cret", "The attachment gone.png cannot be fetched: HTTP 404: Not Found.");
    failsWith("/page.png", "The attachment page.png is of the type text/html; charset=utf-8; attachments may be caf, gif, heic, jpeg, jpg, mov, mp4, pdf, png, webp.");
    failsWith("/large.pdf", "The attachment large.pdf has more than 25 MB.");
    assertThat(mail.messages()).isEmpty();
  }

  @Test
  void aHostThatIsAwayForNowIsAskedAgain() {
    files.put("/a.png", new Served(503, "text/plain", new byte[0]));
    String id = send("Hello", "\"attachmentUrls\":[\"" + url("/a.png") + "\"]");
    Eventually.within(SOON, () -> assertThat(api.get("/api/messages/" + id).at("waitReason")).isEqualTo("retry"));
    files.put("/a.png", new Served(200, "image/png", new byte[] {1}));
    world.database().<Integer>crossing(tx -> tx.update("update message_states set due_at = now() where status = 'queued'").execute());
    status(id, "sent");
  }

  /** A2: what lies here belongs to somebody. */
  @Test
  void aFileThatCameWithAReplyCanBeSentOnAndAnotherWorkspacesCannot() throws Exception {
    String own = aFileThatCameIn();
    String foreign = address(world.ids().next(Ids.tag(world.aWorkspace().id())));
    String id = send("See what Ada wrote", "\"fromLineId\":\"" + mailLine + "\",\"messageType\":\"email\",\"attachmentUrls\":[\"" + own + "\"],\"attachmentNames\":[\"ada.pdf\"]");
    status(id, "sent");
    assertThat(bytes(((MimeMultipart) received().getContent()).getBodyPart(1))).isEqualTo("%PDF".getBytes(StandardCharsets.UTF_8));
    for (String url : new String[] {foreign, world.node().url() + "/api/leads/export"}) {
      Api.Answer refused = api.post("/api/messages", "{\"message\":\"x\",\"recipientEmail\":\"zoe@example.com\",\"attachmentUrls\":[\"" + url + "\"]}");
      assertThat(refused.status()).as(url).isEqualTo(403);
      assertThat(refused.at("error")).isEqualTo("Attachment URL does not belong to this organization");
    }
  }

  @Test
  void addressesThatNobodyMayCallAreRefusedAtOnce() {
    for (String url : new String[] {"ftp://files.example.com/a.png", "http://169.254.169.254/a.png", "https://me:pw@files.example.com/a.png", "a.png"}) {
      Api.Answer refused = api.post("/api/messages", "{\"message\":\"x\",\"recipientEmail\":\"zoe@example.com\",\"attachmentUrls\":[\"" + url + "\"]}");
      assertThat(refused.status()).as(url + refused.text()).isEqualTo(400);
      assertThat(refused.at("/errors/0/field")).isEqualTo("attachmentUrls[0]");
    }
  }

  private void failsWith(String path, String words) {
    String id = send("About " + path, "\"attachmentUrls\":[\"" + url(path) + "\"]");
    status(id, "failed");
    assertThat(api.get("/api/messages/" + id).at("errorMessage")).isEqualTo(words);
    assertThat(api.get("/api/messages/" + id + "/events").text()).doesNotContain("s3cret");
  }

  /** A file that came in with a reply to this workspace; its address, as the message shows it. */
  private String aFileThatCameIn() {
    UUID line = Ids.parse(Kind.LINE, world.aSimulatorLine(workspace.id()));
    Inbox.Recorded reply = world.arrives(workspace.id(), new Inbound(
        line, "1", "+12025550150", "", null, Inbound.By.PERSON, "See these", null, null, null, Instant.now(), List.of(), null,
        List.of(new Inbound.Attachment("logo.png", "image/png", 1, new byte[] {1}),
            new Inbound.Attachment("a.pdf", "application/pdf", 4, "%PDF".getBytes(StandardCharsets.UTF_8)))));
    return api.get("/api/messages/" + Ids.text(Kind.MESSAGE, reply.messageId())).at("/attachmentUrls/1");
  }

  private String address(UUID message) {
    return world.node().url() + "/api/unibox/messages/" + Ids.text(Kind.MESSAGE, message) + "/attachment?position=0";
  }

  private String url(String path) {
    return "http://127.0.0.1:" + host.getAddress().getPort() + path;
  }

  private String send(String text, String more) {
    Api.Answer answer = api.post("/api/messages", "{\"message\":\"" + text + "\",\"recipientEmail\":\"zoe@example.com\"," + more + "}");
    assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    return answer.at("messageId");
  }

  private void status(String id, String status) {
    Eventually.within(SOON, () -> {
      Api.Answer message = api.get("/api/messages/" + id);
      assertThat(message.at("status")).as(message.text()).isEqualTo(status);
    });
  }

  private MimeMessage received() throws Exception {
    return new MimeMessage((Session) null, new ByteArrayInputStream(mail.messages().getLast().getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] bytes(BodyPart part) throws Exception {
    return part.getInputStream().readAllBytes();
  }
}
