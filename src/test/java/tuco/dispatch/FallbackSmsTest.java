package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.channels.SendResult;

/** Contract 7.5 and 2.21, P3: an SMS follows a message that reached nobody on iMessage, once. */
class FallbackSmsTest {
  private static final String NO_IMESSAGE = "+14155550101";
  private static final String REFUSED = "+14155550102";
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

  @Test
  void whoHasNoIMessageGetsTheTextAsSmsAndTheWebhookIsToldToTheLetter() {
    TestWorkspace workspace = configured("");
    workspace.api().post("/api/webhooks",
        "{\"url\":\"https://hooks.example.com/x\",\"name\":\"All\",\"events\":[\"message.fallback\",\"message.sent\"]}");
    Api.Answer sent = send(workspace, "\"recipientPhone\":\"" + NO_IMESSAGE + "\",\"altEmail1\":\"fallback@example.com\",\"batchId\":\"b7\"");
    Api.Answer original = eventually(workspace, sent.at("messageId"), "fallback");
    Api.Answer sms = eventually(workspace, original.at("fallbackMessageId"), "delivered");
    assertThat(sms.at("messageType")).isEqualTo("sms");
    assertThat(sms.at("message")).isEqualTo("Hello");
    assertThat(sms.at("recipientPhone")).isEqualTo(NO_IMESSAGE);
    assertThat(sms.at("recipient")).isEqualTo(NO_IMESSAGE);
    assertThat(sms.at("fallbackOf")).isEqualTo(sent.at("messageId"));
    assertThat(sms.at("leadId")).isEqualTo(sent.at("leadId"));
    assertThat(sms.at("batchId")).isEqualTo("b7");
    Api.Answer story = workspace.api().get("/api/messages/" + sms.at("_id") + "/events");
    assertThat(story.at("/events/0/cause")).isEqualTo("fallback_sms");
    assertThat(story.at("/events/0/detail")).isEqualTo(sent.at("messageId"));
    assertThat(told(workspace, "message.fallback", "data")).containsExactly(
        "{\"reason\": \"The simulator does not reach this recipient.\", \"checkedAddresses\": [\"+14155550101\", \"fallback@example.com\"]}");
    Eventually.within(Duration.ofSeconds(10), () -> assertThat(told(workspace, "message.sent", "messageId")).containsExactly(sms.at("_id")));
    assertThat(counted(workspace)).as("the iMessage is given back, the SMS is counted").isEqualTo(1);
  }

  @Test
  void theSmsSaysWhatTheMessageOrElseTheConfigurationSays() {
    TestWorkspace workspace = configured(",\"text\":\"You have mail\"");
    assertThat(smsOf(workspace, send(workspace, "\"recipientPhone\":\"+14155550101\"")).at("message")).isEqualTo("You have mail");
    assertThat(smsOf(workspace, send(workspace, "\"recipientPhone\":\"+12125550101\",\"fallbackText\":\"Call us\"")).at("message"))
        .isEqualTo("Call us");
  }

  @Test
  void aFailedMessageIsFollowedOnlyWhereTheMessageOrTheWorkspaceSaysSo() {
    TestWorkspace workspace = configured("");
    Api.Answer silent = send(workspace, "\"recipientPhone\":\"" + REFUSED + "\"");
    assertThat(eventually(workspace, silent.at("messageId"), "failed").at("fallbackMessageId")).isEmpty();
    Api.Answer flagged = send(workspace, "\"recipientPhone\":\"+12125550102\",\"sendFallbackSmsOnFailed\":true");
    String sms = eventually(workspace, flagged.at("messageId"), "failed").at("fallbackMessageId");
    assertThat(eventually(workspace, sms, "failed").at("fallbackMessageId")).as("an SMS is followed by nothing").isEmpty();
    workspace.api().patch("/api/workspace/fallback-config", "{\"sendFallbackSmsOnFailed\":true}");
    Api.Answer everywhere = send(workspace, "\"recipientPhone\":\"+13105550102\"");
    assertThat(eventually(workspace, everywhere.at("messageId"), "failed").at("fallbackMessageId")).isNotEmpty();
  }

  @Test
  void askedForWithoutALineItIsRefusedAndUnaskedForItDoesNothing() {
    TestWorkspace workspace = world.aWorkspace();
    String line = world.aSimulatorLine(workspace.id());
    String wanting = "\"recipientPhone\":\"" + REFUSED + "\",\"sendFallbackSmsOnFailed\":true";
    Api.Answer refused = send(workspace, wanting);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(refused.at("code")).isEqualTo("FALLBACK_NOT_CONFIGURED");
    assertThat(refused.at("error")).isEqualTo("sendFallbackSmsOnFailed is true but fallback SMS is not configured. Configure "
        + "fallback in workspace settings (Settings → Fallback) or set sendFallbackSmsOnFailed to false.");
    Api.Answer sent = send(workspace, "\"recipientPhone\":\"" + NO_IMESSAGE + "\"");
    assertThat(eventually(workspace, sent.at("messageId"), "fallback").at("fallbackMessageId")).isEmpty();
    workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + line + "\"}");
    assertThat(send(workspace, wanting).status()).isEqualTo(201);
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"isActive\":false}").status()).isEqualTo(200);
    assertThat(send(workspace, wanting).status()).isEqualTo(400);
  }

  @Test
  void aLineThatCannotCarrySmsOrIsNotThereIsRefused() {
    TestWorkspace workspace = world.aWorkspace();
    String smtp = workspace.api().post("/api/lines",
        "{\"kind\":\"smtp\",\"email\":\"news@example.com\",\"host\":\"127.0.0.1\",\"port\":2525,\"tls\":\"none\"}").at("/line/_id");
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + smtp + "\"}").status()).isEqualTo(400);
    String gone = world.aSimulatorLine(workspace.id());
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + gone + "\"}").at("configured")).isEqualTo("true");
    assertThat(workspace.api().delete("/api/lines/" + gone).status()).isEqualTo(200);
    assertThat(workspace.api().get("/api/workspace/fallback-config").at("configured")).isEqualTo("false");
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"text\":\"x\"}").at("configured")).isEqualTo("false");
    assertThat(workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + gone + "\"}").status()).isEqualTo(404);
  }

  /** Decisions 5.7: whoever asked to be left alone meanwhile gets no SMS either. */
  @Test
  void whoOptedOutMeanwhileGetsNoSms() throws SQLException {
    try (EngineWorld engine = new EngineWorld(Clock.systemUTC())) {
      LineKey line = fallingBack(engine);
      UUID message = engine.aMessage(line, "+14155550150", true);
      ByHand node = engine.byHand();
      Claimed claimed = node.claims(1).getFirst();
      engine.update("""
          insert into suppressions (workspace_id, suppression_id, address_hash, kind, reason, source, created_at)
          select workspace_id, gen_random_uuid(), sha256(uuid_send(workspace_id) || convert_to('+14155550150', 'UTF8')), 'phone', 'x', 'test', now()
            from workspaces where workspace_id = ?""", line.workspaceId());
      node.outcomes.write(List.of(unreached(claimed)));
      assertThat(engine.status(message)).isEqualTo("fallback");
      assertThat(engine.number("select count(*) from messages where fallback_of = ?", message)).isZero();
    }
  }

  /** Decisions 5.3: outcome and SMS are one transaction, and the outcome counts once however often it is reported. */
  @Test
  void aCrashLeavesBothOrNeitherAndARepeatedOutcomeMakesNoSecondSms() throws SQLException {
    try (EngineWorld engine = new EngineWorld(Clock.systemUTC())) {
      LineKey line = fallingBack(engine);
      UUID message = engine.aMessage(line, "+14155550151", true);
      ByHand node = engine.byHand();
      Claimed claimed = node.claims(1).getFirst();
      Outcomes dying = new Outcomes(engine.database.engine(), (connection, news) -> {
        throw new IllegalStateException("the process dies before the commit");
      }, engine.clock);
      assertThatThrownBy(() -> dying.write(List.of(unreached(claimed)))).isInstanceOf(IllegalStateException.class);
      assertThat(engine.status(message)).isEqualTo("sending");
      assertThat(engine.number("select count(*) from messages where fallback_of = ?", message)).isZero();
      node.outcomes.write(List.of(unreached(claimed)));
      node.outcomes.write(List.of(unreached(claimed)));
      new FallbackSms(engine.ids).follow(engineConnection(engine), List.of(new FallbackSms.Message(line.workspaceId(), message)), Instant.now());
      assertThat(engine.number("select count(*) from messages where fallback_of = ?", message)).isOne();
      UUID sms = UUID.fromString(engine.text("select message_id from messages where fallback_of = ?", message));
      assertThat(engine.events(sms)).isEqualTo("pending(fallback_sms)");
      assertThat(node.claims(5)).extracting(each -> each.outgoing().type()).containsExactly("sms");
    }
  }

  private static java.sql.Connection engineConnection(EngineWorld engine) throws SQLException {
    return engine.database.engine().getConnection();
  }

  private static Outcome unreached(Claimed claimed) {
    return Outcome.of(claimed.attempt(), new SendResult.NotReachable("no iMessage", List.of(claimed.attempt().recipient())), Instant.now());
  }

  /** A line whose workspace falls back to it. */
  private static LineKey fallingBack(EngineWorld engine) {
    LineKey line = engine.aLine(engine.aWorkspace());
    engine.update("insert into fallback_configs (workspace_id, line_id, updated_at) values (?, ?, now())", line.workspaceId(), line.lineId());
    return line;
  }

  private static TestWorkspace configured(String more) {
    TestWorkspace workspace = world.aWorkspace();
    String line = world.aSimulatorLine(workspace.id());
    Api.Answer config = workspace.api().patch("/api/workspace/fallback-config", "{\"lineId\":\"" + line + "\"" + more + "}");
    assertThat(config.at("configured")).as(config.text()).isEqualTo("true");
    return workspace;
  }

  private static Api.Answer send(TestWorkspace workspace, String fields) {
    return workspace.api().post("/api/messages", "{\"message\":\"Hello\"," + fields + "}");
  }

  private static Api.Answer eventually(TestWorkspace workspace, String message, String status) {
    Api.Answer[] last = new Api.Answer[1];
    Eventually.within(Duration.ofSeconds(20), () -> {
      last[0] = workspace.api().get("/api/messages/" + message);
      assertThat(last[0].at("status")).as(last[0].text()).isEqualTo(status);
    });
    return last[0];
  }

  private static Api.Answer smsOf(TestWorkspace workspace, Api.Answer sent) {
    return eventually(workspace, eventually(workspace, sent.at("messageId"), "fallback").at("fallbackMessageId"), "delivered");
  }

  private static List<String> told(TestWorkspace workspace, String event, String field) {
    return world.database().asWorkspace(workspace.id(), tx -> tx.query(
            "select cast(body as jsonb) ->> :field from webhook_events where workspace_id = :w and event = :event order by event_id")
        .bind("w", workspace.id()).bind("event", event).bind("field", field).mapTo(String.class).list());
  }

  private static int counted(TestWorkspace workspace) {
    return world.database().asWorkspace(workspace.id(), tx -> tx.query(
        "select sum(used) from usage_counters where kind = 'line_day'").mapTo(Integer.class).one());
  }
}
