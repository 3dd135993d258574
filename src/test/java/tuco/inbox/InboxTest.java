package tuco.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What comes back is recorded once, found its person, and does what it says (P5, decisions 5.7, 8.1). */
class InboxTest {
  private static final World WORLD = new World();
  private static final Duration SOON = Duration.ofSeconds(15);

  @AfterAll
  static void end() {
    WORLD.close();
  }

  /** For what does not look at anything but what it brought itself. */
  private static final Own SHARED = aWorkspace();

  private record Own(World.TestWorkspace workspace, Api api, UUID line) {
    UUID id() {
      return workspace.id();
    }
  }

  private static Own aWorkspace() {
    World.TestWorkspace workspace = WORLD.aWorkspace();
    UUID line = Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(workspace.id())));
    return new Own(workspace, workspace.api(), line);
  }

  private static Inbound from(Own own, String sender, String text) {
    return Inbound.text(own.line(), UUID.randomUUID().toString(), sender, text, Instant.now(), List.of());
  }

  private static Inbox.Recorded arrives(Own own, String sender, String text) {
    return WORLD.arrives(own.id(), from(own, sender, text));
  }

  private static Api.Answer sends(Own own, String body) {
    Api.Answer sent = own.api().post("/api/messages", body);
    assertThat(sent.status()).as(sent.text()).isIn(200, 201);
    return sent;
  }

  private static String statusOf(Own own, String message) {
    return own.api().get("/api/messages/" + message).at("status");
  }

  private static Api.Answer waiting(Own own, String recipient) {
    String field = recipient.indexOf('@') < 0 ? "recipientPhone" : "recipientEmail";
    return sends(own, "{\"message\":\"later\",\"" + field + "\":\"" + recipient + "\",\"scheduledDate\":\"2099-01-01T00:00:00Z\"}");
  }

  @Test
  void p5_aReplyFindsItsPersonByAnyAddressAndTheMessageItAnswers() {
    Own own = aWorkspace();
    Api.Answer lead = own.api().post("/api/leads", """
        {"leads":[{"firstName":"Ada","lastName":"Lovelace","phone":"+12025550150","altPhone1":"+12025550151","email":"ada@example.com"}]}""");
    Api.Answer sent = sends(own, "{\"message\":\"hello\",\"leadId\":\"" + lead.at("leadId") + "\"}");
    Eventually.within(SOON, () -> assertThat(statusOf(own, sent.at("messageId"))).isEqualTo("delivered"));

    Inbox.Recorded recorded = arrives(own, "+12025550151", "Hi there");
    assertThat(recorded.fresh()).isTrue();
    assertThat(recorded.nature()).isEqualTo(Nature.REPLY);
    assertThat(Ids.text(Kind.LEAD, Objects.requireNonNull(recorded.leadId()))).isEqualTo(lead.at("leadId"));
    assertThat(Ids.textOrNull(Kind.MESSAGE, recorded.answers())).isEqualTo(sent.at("messageId"));

    JsonNode message = own.api().get("/api/messages/" + Ids.text(Kind.MESSAGE, recorded.messageId())).json();
    assertThat(message.path("direction").asText()).isEqualTo("received");
    assertThat(message.path("status").asText()).isEqualTo("received");
    assertThat(message.path("leadId").asText()).isEqualTo(lead.at("leadId"));
    assertThat(message.path("recipientPhone").asText()).isEqualTo("+12025550151");
    assertThat(message.path("recipientName").asText()).isEqualTo("Ada Lovelace");
    assertThat(message.path("fromLineId").asText()).isEqualTo(Ids.text(Kind.LINE, own.line()));

    JsonNode reply = own.api().get("/api/replies").json().at("/replies/0");
    assertThat(reply.path("message").asText()).isEqualTo("Hi there");
    assertThat(reply.at("/parentMessages/0/messageId").asText()).isEqualTo(sent.at("messageId"));
    assertThat(reply.at("/recentReplies/0/messageId").asText()).isEqualTo(Ids.text(Kind.MESSAGE, recorded.messageId()));
  }

  @Test
  void p5_theSameProviderIdAtTwoNodesAtOnceIsOneMessage() throws Exception {
    Own own = aWorkspace();
    Node second = WORLD.startNode();
    for (int round = 0; round < 10; round++) {
      Inbound inbound = from(own, "+1202555015" + round % 10, "once, round " + round);
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Inbox.Recorded>> tries = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
        for (int i = 0; i < 6; i++) {
          Node node = i % 2 == 0 ? WORLD.node() : second;
          tries.add(threads.submit(() -> {
            go.await();
            return node.database().asWorkspace(own.id(), tx -> World.inbox(node).record(tx, inbound));
          }));
        }
        go.countDown();
        List<Inbox.Recorded> recorded = new ArrayList<>();
        for (Future<Inbox.Recorded> one : tries) {
          recorded.add(one.get(20, TimeUnit.SECONDS));
        }
        assertThat(recorded.stream().filter(Inbox.Recorded::fresh)).hasSize(1);
        assertThat(recorded.stream().map(Inbox.Recorded::messageId).distinct()).hasSize(1);
      }
    }
    assertThat(own.api().get("/api/replies").at("total")).isEqualTo("10");
  }

  @Test
  void p5_aStrangerIsKeptWithoutALeadAndBecomesTheLeadsLater() {
    Own own = aWorkspace();
    Inbox.Recorded first = arrives(own, "+12025550160", "who is this?");
    assertThat(first.leadId()).isNull();
    JsonNode reply = own.api().get("/api/replies?recipientPhone=%2B12025550160").json().at("/replies/0");
    assertThat(reply.path("leadId").isNull()).isTrue();
    assertThat(reply.path("message").asText()).isEqualTo("who is this?");

    String lead = own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Bob\",\"phone\":\"+12025550160\"}]}").at("leadId");
    arrives(own, "+12025550160", "hello again");
    Api.Answer replies = own.api().get("/api/replies?leadId=" + lead);
    assertThat(replies.at("total")).isEqualTo("1");
    assertThat(replies.json().at("/replies/0/recentReplies")).as("both belong to Bob now").hasSize(2);
    assertThat(own.api().get("/api/replies").at("total")).as("one person").isEqualTo("1");
  }

  @Test
  void p5_alsoAReadOnlyWorkspaceRecordsRepliesAndOptOuts() { // decisions 4.7
    Own own = aWorkspace();
    WORLD.database().asWorkspace(own.id(), tx ->
        tx.ownUpdate("update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").execute());
    assertThat(own.api().post("/api/lists", "{\"name\":\"x\"}").status()).isEqualTo(402);
    assertThat(arrives(own, "+12025550161", "still here").fresh()).isTrue();
    assertThat(arrives(own, "+12025550161", "stop").nature()).isEqualTo(Nature.OPT_OUT);
    assertThat(own.api().get("/api/replies").at("total")).isEqualTo("1");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(ignoreLeadingAndTrailingWhitespace = false, value = {
      "STOP,OPT_OUT", "stop,OPT_OUT", "Stop!!!,OPT_OUT", "  stop. ,OPT_OUT", "StopAll,OPT_OUT", "UNSUBSCRIBE,OPT_OUT",
      "opt out,OPT_OUT", "Opt-Out.,OPT_OUT", "OPTOUT,OPT_OUT", "remove me,OPT_OUT", "Do not contact!,OPT_OUT",
      "cancel,OPT_OUT", "End,OPT_OUT", "quit,OPT_OUT", "revoke,OPT_OUT", "\"STOP\",OPT_OUT", "🛑 STOP 🛑,OPT_OUT",
      "ＳＴＯＰ,OPT_OUT",
      "¡Alto!,OPT_OUT", "darme de baja,OPT_OUT", "Arrêt.,OPT_OUT", "ARRET,OPT_OUT", "desinscription,OPT_OUT", "Abmelden,OPT_OUT", "STOPP,OPT_OUT",
      "cancellami,OPT_OUT", "Sair,OPT_OUT", "uitschrijven,OPT_OUT", "WYPISZ,OPT_OUT", "rezygnuję,OPT_OUT", "avsluta,OPT_OUT", "afmeld,OPT_OUT",
      "İptal,OPT_OUT", "Fine.,REPLY", "seis,REPLY", "alto volume,REPLY",
      "START,OPT_IN", "Unstop,OPT_IN", "yes,OPT_IN",
      "please do not stop,REPLY", "stopping by later,REPLY", "weekend,REPLY", "cancel my meeting,REPLY", "...,REPLY"})
  void p5_theWordsOfTheContractAndTheFccCountInAnyCaseAndPunctuation(String text, Nature nature) {
    assertThat(arrives(SHARED, "+12025550162", text).nature()).isEqualTo(nature);
  }

  @Test
  void p5_aWorkspaceAddsItsOwnWords() {
    Own own = aWorkspace();
    assertThat(arrives(own, "+12025550163", "genug").nature()).isEqualTo(Nature.REPLY);
    Api.Answer put = own.api().put("/api/workspace/opt-out-words", "{\"words\":[\"Genug\",\"no más\",\"GENUG!\",\"stop\"]}");
    assertThat(put.json().path("words").toString()).isEqualTo("[\"Genug\",\"no más\"]");
    assertThat(own.api().get("/api/workspace/opt-out-words").json().path("always").toString()).contains("REVOKE", "REMOVE ME");
    assertThat(arrives(own, "+12025550163", "¡GENUG!").nature()).isEqualTo(Nature.OPT_OUT);
    assertThat(arrives(own, "+12025550164", "No MÁS.").nature()).isEqualTo(Nature.OPT_OUT);
    assertThat(arrives(own, "+12025550165", "stop").nature()).as("what the law names cannot be taken away").isEqualTo(Nature.OPT_OUT);
    assertThat(own.api().put("/api/workspace/opt-out-words", "{\"words\":[\"!!\"]}").status()).isEqualTo(400);
    assertThat(own.api().put("/api/workspace/opt-out-words", "{}").status()).isEqualTo(400);
  }

  @Test
  void p5_anOptOutCancelsAllThatIsQueuedForThePersonOnEveryChannelAndLine() {
    Own own = aWorkspace();
    own.api().post("/api/leads", """
        {"leads":[{"firstName":"Ada","phone":"+12025550150","altPhone1":"+12025550151","email":"ada@example.com"}]}""");
    WORLD.aSimulatorLine(own.id());
    List<String> queued = List.of(
        waiting(own, "+12025550150").at("messageId"), waiting(own, "+12025550151").at("messageId"),
        waiting(own, "ada@example.com").at("messageId"));
    String others = waiting(own, "+12025550152").at("messageId");

    arrives(own, "+12025550151", "Stop.");

    assertThat(queued).allSatisfy(message -> assertThat(statusOf(own, message)).isEqualTo("cancelled"));
    assertThat(statusOf(own, others)).isEqualTo("scheduled");
    JsonNode events = own.api().get("/api/messages/" + queued.getFirst() + "/events").json().path("events");
    assertThat(events.get(events.size() - 1).path("cause").asText()).isEqualTo("opt_out");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).as("every address of theirs").isEqualTo("3");
    Api.Answer refused = own.api().post("/api/messages", "{\"message\":\"x\",\"recipientEmail\":\"ada@example.com\"}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.at("code")).isEqualTo("DO_NOT_CONTACT");
  }

  @Test
  void p5_startTakesBackWhatStopDidAndNothingElse() {
    Own own = aWorkspace();
    own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+12025550150\",\"email\":\"ada@example.com\"}]}");
    own.api().post("/api/dnc", "{\"phone\":\"+12025550155\"}");
    arrives(own, "+12025550150", "stop");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).isEqualTo("3");
    arrives(own, "+12025550150", "start");
    arrives(own, "+12025550155", "start");
    Api.Answer left = own.api().get("/api/dnc");
    assertThat(left.at("/pagination/totalCount")).as("a person's entry stays").isEqualTo("1");
    assertThat(left.at("/entries/0/phone")).isEqualTo("+12025550155");
    sends(own, "{\"message\":\"welcome back\",\"recipientEmail\":\"ada@example.com\"}");
  }

  /** Whoever holds the row at this moment comes first; the other sees what came of it. Nothing goes out afterwards. */
  @Test
  void p5_anOptOutAndAClaimExcludeEachOther() throws Exception {
    Own own = aWorkspace();
    Api.Answer message = waiting(own, "+12025550150");
    try (Connection claim = WORLD.database().engine().getConnection()) {
      claim.setAutoCommit(false);
      try (var locked = claim.prepareStatement("select 1 from message_states where message_id = ? for update")) {
        locked.setObject(1, Ids.parse(Kind.MESSAGE, message.at("messageId")));
        locked.executeQuery();
      }
      try (ExecutorService other = Executors.newSingleThreadExecutor()) {
        Future<Inbox.Recorded> optOut = other.submit(() -> arrives(own, "+12025550150", "stop"));
        Eventually.within(SOON, () -> assertThat(waitingLocks()).isPositive());
        assertThat(optOut.isDone()).as("not confirmed while a claim is under way").isFalse();
        try (var claimed = claim.prepareStatement("update message_states set status = 'sending' where message_id = ?")) {
          claimed.setObject(1, Ids.parse(Kind.MESSAGE, message.at("messageId")));
          claimed.executeUpdate();
        }
        claim.commit();
        assertThat(optOut.get(10, TimeUnit.SECONDS).nature()).isEqualTo(Nature.OPT_OUT);
      }
    }
    assertThat(statusOf(own, message.at("messageId"))).as("it had left before").isEqualTo("sending");
    Api.Answer late = own.api().post("/api/messages", "{\"message\":\"x\",\"recipientPhone\":\"+12025550150\"}");
    assertThat(late.status()).isEqualTo(422);
  }

  private static int waitingLocks() {
    return WORLD.database().crossing(tx -> tx.query("select count(*) from pg_locks where not granted").mapTo(int.class).one());
  }

  @Test
  void p5_aBounceFailsTheMessageWithTheServersWordsAndADeadAddressIsNotTriedAgain() {
    Own own = aWorkspace();
    String sent = sends(own, "{\"message\":\"hello\",\"recipientEmail\":\"accepted@example.com\"}").at("messageId");
    String other = sends(own, "{\"message\":\"hello\",\"recipientEmail\":\"accepted+2@example.com\"}").at("messageId");
    Eventually.within(SOON, () -> assertThat(statusOf(own, sent) + statusOf(own, other)).isEqualTo("sentsent"));
    bounces(own, sent, new Inbound.Bounce("451 4.4.1 still trying", false, false));
    assertThat(statusOf(own, sent)).isEqualTo("sent");
    bounces(own, sent, new Inbound.Bounce("550 5.1.1 no such user", true, true));
    bounces(own, other, new Inbound.Bounce("552 5.2.2 mailbox full", true, false));
    assertThat(own.api().get("/api/messages/" + sent).at("errorMessage")).isEqualTo("550 5.1.1 no such user");
    assertThat(statusOf(own, sent) + statusOf(own, other)).isEqualTo("failedfailed");
    bounces(own, sent, new Inbound.Bounce("550 again", true, true));
    assertThat(own.api().get("/api/messages/" + sent).at("errorMessage")).as("a state never moves back").isEqualTo("550 5.1.1 no such user");
    Api.Answer dnc = own.api().get("/api/dnc");
    assertThat(dnc.at("/pagination/totalCount")).isEqualTo("1");
    assertThat(dnc.at("/entries/0/email")).isEqualTo("accepted@example.com");
    assertThat(own.api().get("/api/replies").at("total")).as("a bounce is no reply").isEqualTo("0");
  }

  private static void bounces(Own own, String message, Inbound.Bounce bounce) {
    WORLD.arrives(own.id(), new Inbound(
        own.line(), UUID.randomUUID().toString(), "mailer-daemon@example.com", "", "email", Inbound.By.BOUNCE, bounce.words(),
        null, "Undelivered", null, Instant.now(), List.of(Objects.requireNonNull(Ids.parse(Kind.MESSAGE, message))), bounce, List.of()));
  }

  @ParameterizedTest
  @CsvSource({"+12025550107,reply", "replies@example.com,reply", "+12025550108,opt_out", "+12025550111,auto_reply", "+12025550112,bounce"})
  void p5_simulatedPeopleAnswer(String recipient, String nature) { // docs/simulator.md
    Own own = aWorkspace();
    String field = recipient.indexOf('@') < 0 ? "recipientPhone" : "recipientEmail";
    String sent = sends(own, "{\"message\":\"hello\",\"" + field + "\":\"" + recipient + "\"}").at("messageId");
    Eventually.within(SOON, () -> assertThat(natures(own)).containsExactly(nature + " " + sent));
    boolean reply = nature.equals("reply") || nature.equals("opt_out");
    assertThat(own.api().get("/api/replies").at("total")).isEqualTo(reply ? "1" : "0");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).isEqualTo(nature.equals("opt_out") ? "1" : "0");
    assertThat(statusOf(own, sent)).isEqualTo(nature.equals("bounce") ? "failed" : "delivered");
  }

  private static List<String> natures(Own own) {
    return WORLD.database().asWorkspace(own.id(), tx -> tx.ownQuery(
            "select nature, answers from inbound_messages where workspace_id = :workspace")
        .map((row, context) -> row.getString(1) + " " + Ids.textOrNull(Kind.MESSAGE, row.getObject(2, UUID.class))).list());
  }
}
