package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;

/** Contract 2.2 and 6.6, P3: the placeholders of a message that no campaign sends are filled from its lead when it leaves. */
class DirectWordsTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }

  private static String lead(TestWorkspace workspace, String phone, String fields) {
    String list = workspace.api().post("/api/lists", "{\"name\":\"L\"}").at("/list/_id");
    Api.Answer made = workspace.api().post("/api/leads", "{\"listId\":\"" + list + "\",\"leads\":[{\"phone\":\"" + phone + "\"," + fields + "}]}");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.at("leadId");
  }

  private static Api.Answer send(TestWorkspace workspace, String lead, String text, String more) {
    Api.Answer sent = workspace.api().post("/api/messages", "{\"leadId\":\"" + lead + "\",\"message\":\"" + text + "\"" + more + "}");
    assertThat(sent.status()).as(sent.text()).isIn(200, 201);
    return sent;
  }

  private static Api.Answer ended(TestWorkspace workspace, String message, String status) {
    Api.Answer[] last = new Api.Answer[1];
    Eventually.within(Duration.ofSeconds(20), () -> {
      last[0] = workspace.api().get("/api/messages/" + message);
      assertThat(last[0].at("status")).as(last[0].text()).isEqualTo(status);
    });
    return last[0];
  }

  @Test
  void theyAreFilledFromTheLeadAsItIsWhenTheMessageLeaves() {
    TestWorkspace workspace = workspaceWithLine();
    String lead = lead(workspace, "+12025550100", "\"firstName\":\"Ada\",\"companyName\":\"Example\",\"customFields\":{\"plan\":\"gold\"}");
    String text = "Hi {firstName|there} of {{companyName}}, {plan}{jobTitle}{jobTitle| as ever}";
    String message = send(workspace, lead, text,
        ",\"scheduledDate\":\"" + Clock.systemUTC().instant().plusSeconds(2) + "\"").at("messageId");
    assertThat(workspace.api().get("/api/messages/" + message).at("message")).isEqualTo(text);
    assertThat(workspace.api().put("/api/leads/" + lead, "{\"firstName\":\"Grace\"}").status()).isEqualTo(200);
    assertThat(ended(workspace, message, "delivered").at("message")).isEqualTo("Hi Grace of Example, goldas ever");
  }

  @Test
  void whatIsNoPlaceholderIsSentAsItIs() {
    TestWorkspace workspace = workspaceWithLine();
    String lead = lead(workspace, "+12025550100", "\"firstName\":\"Ada\"");
    String code = "a { color: red } {} {firstName";
    assertThat(ended(workspace, send(workspace, lead, code, "").at("messageId"), "delivered").at("message")).isEqualTo(code);
  }

  @Test
  void valuesAreNotReadAgainBySecondTriesOrByTheSmsThatFollows() {
    TestWorkspace workspace = world.aWorkspace();
    String line = world.aSimulatorLine(workspace.id());
    String name = "\"firstName\":\"{lastName}\",\"lastName\":\"Lovelace\"";
    String retried = send(workspace, lead(workspace, "+12025550103", name), "Hi {firstName}", "").at("messageId");
    assertThat(ended(workspace, retried, "delivered").at("message")).isEqualTo("Hi {lastName}");
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + line + "\"}").status()).isEqualTo(200);
    String original = send(workspace, lead(workspace, "+14155550101", name), "Hi {firstName}", "").at("messageId");
    String followed = ended(workspace, original, "fallback").at("fallbackMessageId");
    assertThat(ended(workspace, followed, "delivered").at("message")).isEqualTo("Hi {lastName}");
  }

  @Test
  void oneThatComesOutEmptyIsNotSentAndSaysWhy() {
    TestWorkspace workspace = workspaceWithLine();
    String message = send(workspace, lead(workspace, "+12025550100", "\"firstName\":\"Ada\""), "{jobTitle}", "").at("messageId");
    ended(workspace, message, "cancelled");
    assertThat(workspace.api().get("/api/messages/" + message + "/events").text()).contains("The text is empty for this lead");
  }

  @Test
  void aRepetitionIsStillKnownByWhatWasWritten() {
    TestWorkspace workspace = workspaceWithLine();
    String lead = lead(workspace, "+12025550100", "\"firstName\":\"Ada\"");
    String first = send(workspace, lead, "Hi {firstName}", "").at("messageId");
    ended(workspace, first, "delivered");
    assertThat(send(workspace, lead, "Hi {firstName}", "").at("originalMessageId")).isEqualTo(first);
  }
}
