package tuco.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** P5, connectors 5: HELP is answered once, an opt-out is confirmed at most once and within minutes, and neither by mail. */
class NoticesTest {
  private static final TestClock CLOCK = TestClock.ticking();
  private static final World WORLD = new World(CLOCK);

  @AfterAll
  static void end() {
    WORLD.close();
  }

  /** A workspace that has written to a person. */
  private static final class Talk {
    final World.TestWorkspace own = WORLD.aWorkspace();
    final UUID line = Objects.requireNonNull(Ids.parse(Kind.LINE, WORLD.aSimulatorLine(own.id())));
    final String address;

    Talk(String address) {
      this.address = address;
      assertThat(own.api().post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"%s\":\"%s\"}]}".formatted(
          address.contains("@") ? "email" : "phone", address)).status()).isEqualTo(201);
    }

    void says(String text) {
      WORLD.arrives(own.id(), Inbound.text(line, UUID.randomUUID().toString(), address, text, CLOCK.instant(), List.of()));
    }

    void saves(String body) {
      assertThat(own.api().put("/api/workspace/opt-out-words", body).status()).isEqualTo(200);
    }

    /** What was made for them, in order. */
    List<String> answers() {
      return WORLD.database().asWorkspace(own.id(), tx -> tx.ownQuery("""
              select m.notice || ': ' || m.text || ' (' || s.status || ')' from messages m
                join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
               where m.workspace_id = :workspace and m.notice is not null order by m.message_id""").mapTo(String.class).list());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HELP", "info!", "Ayuda", "hilfe?"})
  void whoAsksForHelpHearsOnceWhoWritesAndHowToEndIt(String word) {
    Talk talk = new Talk("+12025550170");
    talk.says(word);
    talk.says(word);
    Eventually.within(Duration.ofSeconds(15), () -> assertThat(talk.answers()).singleElement().asString()
        .startsWith("help: These messages are from ").endsWith(". Reply STOP to get no more of them. (delivered)"));
    CLOCK.advance(Duration.ofHours(25));
    talk.says(word);
    assertThat(talk.answers()).as("and again another day").hasSize(2);
  }

  @Test
  void theAnswerToHelpIsTheWorkspacesOwnOrNone() {
    Talk talk = new Talk("+12025550171");
    talk.saves("{\"words\":[],\"helpText\":\"Acme. help@example.com. STOP ends it.\"}");
    talk.says("help");
    assertThat(talk.answers()).singleElement().asString().startsWith("help: Acme.");
    talk.saves("{\"words\":[],\"answersHelp\":false}");
    CLOCK.advance(Duration.ofHours(25));
    talk.says("help");
    assertThat(talk.answers()).hasSize(1);
  }

  @Test
  void anOptOutIsConfirmedOnceThoughNothingElseMayBeSent() {
    Talk talk = new Talk("+12025550172");
    talk.says("stop");
    assertThat(talk.answers()).as("not unless the workspace has a text for it").isEmpty();
    talk.says("start");
    talk.saves("{\"words\":[],\"confirmationText\":\"You get no more messages.\"}");
    talk.says("stop");
    talk.says("STOP!");
    Eventually.within(Duration.ofSeconds(15), () ->
        assertThat(talk.answers()).containsExactly("opt_out: You get no more messages. (delivered)"));
    assertThat(talk.own.api().post("/api/messages", "{\"message\":\"Hi\",\"recipientPhone\":\"+12025550172\"}").status()).isEqualTo(422);
  }

  @Test
  void whatCouldNotLeaveWithinMinutesDoesNotLeaveAtAll() {
    Talk talk = new Talk("+12025550173");
    talk.saves("{\"words\":[],\"confirmationText\":\"You get no more messages.\"}");
    WORLD.database().asWorkspace(talk.own.id(), tx -> tx.ownUpdate("update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").execute());
    talk.says("stop");
    CLOCK.advance(Duration.ofMinutes(6));
    WORLD.database().asWorkspace(talk.own.id(), tx -> tx.ownUpdate("update workspaces set read_only_reason = null where workspace_id = :workspace").execute());
    Eventually.within(Duration.ofSeconds(15), () -> {
      CLOCK.advance(Duration.ofMinutes(1));
      assertThat(talk.answers()).containsExactly("opt_out: You get no more messages. (cancelled)");
    });
  }

  @Test
  void aMailIsAnsweredWithNothing() {
    Talk talk = new Talk("ada@example.com");
    talk.saves("{\"words\":[],\"confirmationText\":\"You get no more messages.\"}");
    talk.says("help");
    talk.says("stop");
    assertThat(talk.answers()).isEmpty();
  }

  @Test
  void whatWasQueuedForWhoMayHaveOptedOutWaitsUntilAPersonHasLooked() {
    Talk talk = new Talk("+12025550174");
    String message = talk.own.api().post("/api/messages", "{\"message\":\"Later\",\"recipientPhone\":\"+12025550174\",\"scheduledDate\":\""
        + CLOCK.instant().plus(Duration.ofHours(1)) + "\"}").at("messageId");
    talk.says("please stop texting me");
    CLOCK.advance(Duration.ofHours(2));
    Eventually.within(Duration.ofSeconds(15), () ->
        assertThat(talk.own.api().get("/api/messages/" + message).at("waitReason")).isEqualTo("possible_opt_out"));
    String answer = talk.own.api().post("/api/messages", "{\"message\":\"Do you mean all of them?\",\"recipientPhone\":\"+12025550174\"}").at("messageId");
    Eventually.within(Duration.ofSeconds(15), () ->
        assertThat(talk.own.api().get("/api/messages/" + answer).at("status")).as("somebody who has read it answers").isEqualTo("delivered"));
    String conversation = talk.own.api().get("/api/unibox/conversations").at("/conversations/0/_id");
    assertThat(talk.own.api().patch("/api/unibox/conversations/" + conversation, "{\"attention\":false}").status()).isEqualTo(200);
    CLOCK.advance(Duration.ofMinutes(11));
    Eventually.within(Duration.ofSeconds(15), () ->
        assertThat(talk.own.api().get("/api/messages/" + message).at("status")).isEqualTo("delivered"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"please stop", "Stop, who is this?", "no thanks, stop", "I don't want these messages", "bitte keine Nachrichten mehr",
      "arrêtez de m'écrire", "no me escriban más", "please stop texting me", "lose my number"})
  void otherWordingIsForAPersonToLookAt(String text) {
    assertThat(OptOutWords.perhaps(text)).as(text).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop by tomorrow", "at the bus stop", "do not stop", "yes please", "Who is this?", "non riesco"})
  void andUsualWordingIsNot(String text) {
    assertThat(OptOutWords.perhaps(text)).as(text).isFalse();
  }

  @Test
  void eachWordOfTheFileIsOneKindOnly() {
    List<String> out = OptOutWords.ALWAYS.stream().map(OptOutWords::folded).toList();
    List<String> in = OptOutWords.OPT_IN.stream().map(OptOutWords::folded).toList();
    List<String> help = OptOutWords.HELP.stream().map(OptOutWords::folded).toList();
    assertThat(out).doesNotContainAnyElementsOf(in).doesNotContainAnyElementsOf(help).allSatisfy(word -> assertThat(word).isNotEmpty());
    assertThat(OptOutWords.byLanguage()).hasSizeGreaterThan(9);
  }
}
