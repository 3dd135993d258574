package tuco.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The inbox over HTTP: conversations, their messages, marks, and answering (P5, decisions 8.1). */
class UniboxTest {
  private static final World WORLD = new World();
  private static final Duration SOON = Duration.ofSeconds(15);

  @AfterAll
  static void end() {
    WORLD.close();
  }

  private static Inbox.Recorded arrives(World.TestWorkspace own, UUID line, String sender, String text) {
    return WORLD.arrives(own.id(), Inbound.text(line, UUID.randomUUID().toString(), sender, text, Instant.now(), List.of()));
  }

  private static UUID aLine(World.TestWorkspace own) {
    return Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(own.id())));
  }

  private static Api.Answer reply(Api api, String conversation, String more) {
    return api.post("/api/unibox/send-reply", "{\"conversationId\":\"" + conversation + "\"" + more + "}");
  }

  @Test
  void p5_conversationsAreListedByTheirNewestReplyAndPagedWithoutGaps() {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID line = aLine(own);
    own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"lastName\":\"Lovelace\",\"phone\":\"+12025550150\",\"companyName\":\"Engines\"}]}");
    for (int n = 0; n < 5; n++) {
      arrives(own, line, "+1202555015" + n, "text " + n);
    }
    arrives(own, line, "+12025550150", "again");
    JsonNode first = own.api().get("/api/unibox/conversations?limit=2").json();
    assertThat(first.path("total").asInt()).isEqualTo(5);
    JsonNode ada = first.at("/conversations/0");
    assertThat(ada.path("name").asText()).isEqualTo("Ada Lovelace");
    assertThat(ada.path("unreadCount").asInt()).isEqualTo(2);
    assertThat(ada.at("/lastMessage/message").asText()).isEqualTo("again");
    assertThat(ada.at("/lastMessage/direction").asText()).isEqualTo("received");
    assertThat(ada.path("state").asText()).isEqualTo("active");
    assertThat(first.at("/conversations/1/leadId").isNull()).as("a stranger's stands beside it").isTrue();

    List<String> seen = new ArrayList<>(first.findValuesAsText("_id"));
    String cursor = first.path("nextCursor").asText();
    arrives(own, line, "+12025550157", "a new one meanwhile");
    while (!cursor.equals("null")) {
      JsonNode page = own.api().get("/api/unibox/conversations?limit=2&cursor=" + cursor).json();
      seen.addAll(page.findValuesAsText("_id"));
      cursor = page.path("nextCursor").asText();
    }
    assertThat(seen).hasSize(5).doesNotHaveDuplicates();
    assertThat(own.api().get("/api/unibox/conversations?limit=2&page=3").json().path("conversations")).hasSize(2);
    for (String search : List.of("lovelace", "ENGINES", "550150", "agai")) {
      assertThat(own.api().get("/api/unibox/conversations?search=" + search).at("total")).as(search).isEqualTo("1");
    }
    assertThat(own.api().get("/api/unibox/conversations?search=%25").at("total")).as("taken literally").isEqualTo("0");
  }

  @Test
  void p5_marksAndTheArchive() {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID line = aLine(own);
    arrives(own, line, "+12025550150", "hello");
    String id = own.api().get("/api/unibox/conversations?state=unread").at("/conversations/0/_id");
    assertThat(own.api().post("/api/unibox/mark-read", "{\"conversationId\":\"" + id + "\"}").status()).isEqualTo(200);
    assertThat(own.api().get("/api/unibox/conversations?state=unread").at("total")).isEqualTo("0");
    assertThat(own.api().patch("/api/unibox/conversations/" + id, "{\"read\":false}").at("unreadCount")).isEqualTo("1");
    assertThat(own.api().patch("/api/unibox/conversations/" + id, "{\"archived\":true}").at("state")).isEqualTo("archived");
    assertThat(own.api().get("/api/unibox/conversations").at("total")).isEqualTo("0");
    assertThat(own.api().get("/api/unibox/conversations?state=archived").at("total")).isEqualTo("1");
    arrives(own, line, "+12025550150", "are you there?");
    assertThat(own.api().get("/api/unibox/conversations/" + id).at("state")).as("who writes comes back").isEqualTo("active");
  }

  @Test
  void p5_machinesAndBouncesDoNotMakeAConversationUnread() {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID line = aLine(own);
    WORLD.arrives(own.id(), new Inbound(line, "1", "+12025550150", "", null, Inbound.By.MACHINE, "Out of office", null, null, null,
        Instant.now(), List.of(), null, List.of()));
    assertThat(own.api().get("/api/unibox/conversations").at("total")).isEqualTo("0");
    JsonNode found = own.api().get("/api/unibox/conversations?state=automatic").json();
    assertThat(found.path("total").asInt()).isEqualTo(1);
    assertThat(found.at("/conversations/0/unreadCount").asInt()).isZero();
  }

  @Test
  void p5_anAnswerGoesOutOnTheLineAndToTheAddressThePersonWroteFrom() {
    World.TestWorkspace own = WORLD.aWorkspace();
    aLine(own);
    UUID line = aLine(own);
    String lead = own.api().post("/api/leads",
        "{\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+12025550150\",\"altPhone1\":\"+12025550151\"}]}").at("leadId");
    arrives(own, line, "+12025550151", "hello");
    String id = own.api().get("/api/unibox/conversations").at("/conversations/0/_id");
    Api.Answer answer = reply(own.api().with("Idempotency-Key", "r1"), id, ",\"message\":\"Hi Ada\"");
    assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    assertThat(answer.json().path("warnings")).isEmpty();
    assertThat(answer.at("leadId")).isEqualTo(lead);
    assertThat(answer.at("/message/recipientPhone")).isEqualTo("+12025550151");
    assertThat(answer.at("/message/fromLineId")).isEqualTo(Ids.text(Kind.LINE, line));
    assertThat(own.api().get("/api/unibox/conversations/" + id).at("unreadCount")).as("who answers has read").isEqualTo("0");

    UUID other = aLine(own);
    Eventually.within(SOON, () ->
        assertThat(own.api().get("/api/messages/" + answer.at("messageId")).at("status")).isEqualTo("delivered"));
    arrives(own, other, "+12025550150", "on another line now");
    Api.Answer repeated = reply(own.api().with("Idempotency-Key", "r1"), id, ",\"message\":\"Hi Ada\"");
    assertThat(repeated.at("messageId")).as("a repetition is the same answer").isEqualTo(answer.at("messageId"));
    assertThat(reply(own.api().with("Idempotency-Key", "r1"), id, ",\"message\":\"Hi Bob\"").status()).isEqualTo(422);

    JsonNode thread = own.api().get("/api/unibox/conversations/" + id + "/messages").json();
    assertThat(thread.at("/messages").findValuesAsText("direction")).containsExactly("received", "sent", "received");
    assertThat(thread.at("/messages/0/nature").asText()).isEqualTo("reply");
    assertThat(thread.at("/messages/0/answersMessageId").asText()).isEqualTo(answer.at("messageId"));
    JsonNode page = own.api().get("/api/unibox/conversations/" + id + "/messages?limit=2").json();
    assertThat(own.api().get("/api/unibox/conversations/" + id + "/messages?limit=2&cursor=" + page.path("nextCursor").asText())
        .json().path("messages")).hasSize(1);
  }

  @Test
  void p5_aStrangerWhoIsAnsweredBecomesALead() {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID line = aLine(own);
    arrives(own, line, "+12025550150", "hello");
    String id = own.api().get("/api/unibox/conversations").at("/conversations/0/_id");
    Api.Answer answer = reply(own.api(), id, ",\"message\":\"Who are you?\"");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    JsonNode conversation = own.api().get("/api/unibox/conversations/" + id).json();
    assertThat(conversation.path("leadId").asText()).isEqualTo(answer.at("leadId"));
    assertThat(own.api().get("/api/unibox/conversations/" + id + "/messages").json().path("messages")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "POST|/api/unibox/send-reply|{}|400|Message and attachmentUrls cannot both be empty",
      "POST|/api/unibox/send-reply|{'message':'x'}|400|Either recipientEmail or recipientPhone is required (in body or on the lead when leadId is provided).",
      "POST|/api/unibox/send-reply|{'message':'x','conversationId':'abc'}|400|Invalid conversationId",
      "POST|/api/unibox/send-reply|{'message':'x','conversationId':'{unknown}'}|404|Conversation not found",
      "POST|/api/unibox/send-reply|{'message':'x','conversationId':'{foreign}'}|403|*",
      "POST|/api/unibox/send-reply|[]|400|Request body must be a JSON object",
      "GET|/api/unibox/conversations/abc||400|Invalid id",
      "GET|/api/unibox/conversations/{unknown}||404|Conversation not found",
      "GET|/api/unibox/conversations/{unknown}/messages||404|Conversation not found",
      "GET|/api/unibox/conversations/{foreign}||403|*",
      "GET|/api/unibox/conversations?state=new||400|state must be one of active, unread, archived, all, automatic",
      "GET|/api/unibox/conversations?cursor=abc||400|Invalid cursor",
      "GET|/api/unibox/conversations?limit=101||400|limit must be a whole number from 1 to 100",
      "PATCH|/api/unibox/conversations/{unknown}|{'read':true}|404|Conversation not found",
      "PATCH|/api/unibox/conversations/{unknown}|{'read':'yes'}|400|read must be true or false",
      "POST|/api/unibox/mark-read|{}|400|conversationId is required",
      "POST|/api/unibox/mark-read|{'conversationId':'{unknown}'}|404|Conversation not found"})
  void p5_refusals(String method, String path, String body, int status, String error) {
    World.TestWorkspace own = Refusals.OWN;
    int tag = Ids.tag(own.id());
    String unknown = Ids.text(Kind.CONVERSATION, Refusals.UNKNOWN);
    String foreign = Ids.text(Kind.CONVERSATION, WORLD.ids().next(tag ^ 1));
    Api.Answer answer = own.api().call(method, path.replace("{unknown}", unknown).replace("{foreign}", foreign),
        body == null ? null : body.replace('\'', '"').replace("{unknown}", unknown).replace("{foreign}", foreign));
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    if (!error.equals("*")) {
      assertThat(answer.at("error")).isEqualTo(error);
    }
  }

  private static final class Refusals {
    static final World.TestWorkspace OWN = WORLD.aWorkspace();
    static final UUID UNKNOWN = WORLD.ids().next(Ids.tag(OWN.id()));
  }

  @Test
  void p5_answersAreLimitedByTheContractsRate() {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.database().asWorkspace(own.id(), tx ->
        tx.ownUpdate("update workspaces set plan = 'growth' where workspace_id = :workspace").execute());
    List<Integer> statuses = new ArrayList<>();
    for (int n = 0; n < 32; n++) {
      statuses.add(own.api().post("/api/unibox/send-reply", "{\"message\":\"x\",\"conversationId\":\"abc\"}").status());
    }
    assertThat(statuses.subList(0, 30)).containsOnly(400);
    assertThat(statuses.subList(30, 32)).contains(429);
  }

  @Test
  void p5_attachmentsAreKeptAndServedToBeSaved() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    UUID line = aLine(own);
    byte[] content = {0, 1, 2, (byte) 255};
    WORLD.arrives(own.id(), new Inbound(line, "1", "ada@example.com", "Ada", "email", Inbound.By.PERSON, "see attached", null, "Plan",
        null, Instant.now(), List.of(), null, List.of(
            new Inbound.Attachment("pl\"an.html", "text/html", 4, content), new Inbound.Attachment("film.mov", "video/mp4", 90_000_000, null))));
    JsonNode message = own.api().get("/api/messages?recipientEmail=ada@example.com").json().at("/messages/0");
    assertThat(message.path("attachmentNames").toString()).isEqualTo("[\"pl\\\"an.html\",\"film.mov\"]");
    HttpRequest request = HttpRequest.newBuilder(URI.create(message.at("/attachmentUrls/0").asText().replace("localhost", "127.0.0.1")))
        .header("Authorization", "Bearer " + own.key()).build();
    HttpResponse<byte[]> file = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
    assertThat(file.body()).isEqualTo(content);
    assertThat(file.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    assertThat(file.headers().firstValue("Content-Disposition")).hasValue("attachment; filename=\"pl_an.html\"");
    String path = "/api/unibox/messages/" + message.path("_id").asText() + "/attachment?position=";
    assertThat(own.api().get(path + "1").status()).isEqualTo(410);
    assertThat(own.api().get(path + "2").status()).isEqualTo(404);
    assertThat(own.api().get(path + "x").status()).isEqualTo(400);
    assertThat(WORLD.anonymous().get(path + "0").status()).isEqualTo(401);
    assertThat(WORLD.aWorkspace().api().get(path + "0").status()).isEqualTo(403);
  }
}
