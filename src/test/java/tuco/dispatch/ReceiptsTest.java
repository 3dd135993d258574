package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.channels.Channel.Receipt;
import tuco.channels.SendResult;
import tuco.events.Happening;

/** P3, decisions 5.2: a message that was sent becomes delivered when the provider says so, once. */
class ReceiptsTest {
  @Test
  void theSimulatorReportsLaterThatAMessageArrivedOnAnyNode() {
    try (World world = new World()) {
      world.startNode();
      world.startNode();
      TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      Api.Answer sent = workspace.api().with("Prefer", "wait=20").post(
          "/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550113\"}");
      assertThat(sent.at("/message/status")).as(sent.text()).isEqualTo("sent");
      assertThat(sent.at("/message/deliveredAt")).isEmpty();
      Eventually.within(Duration.ofSeconds(20), () -> {
        Api.Answer now = workspace.api().get("/api/messages/" + sent.at("messageId"));
        assertThat(now.at("status")).isEqualTo("delivered");
        assertThat(Instant.parse(now.at("deliveredAt"))).isAfterOrEqualTo(Instant.parse(now.at("sentAt")).plusSeconds(1));
      });
      Api.Answer opened = workspace.api().with("Prefer", "wait=20").post(
          "/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550114\"}");
      Eventually.within(Duration.ofSeconds(20), () ->
          assertThat(workspace.api().get("/api/messages/" + opened.at("messageId")).at("readAt")).isNotEmpty());
      assertThat(workspace.api().get("/api/messages/" + sent.at("messageId") + "/events").text())
          .containsOnlyOnce("\"delivered\"").contains("delivery_receipt");
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(world.database().<Integer>crossing(tx ->
          tx.query("select count(*) from simulator_ledger where report_at is not null").mapTo(Integer.class).one())).isZero());
    }
  }

  @Test
  void aReceiptCountsOnceHoweverManyBringIt() throws Exception {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      Receipt receipt = sent(world);
      Receipts receipts = new Receipts(world.database.engine(), List.of(), world.happenings(), world.clock);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<Receipt>>> all = IntStream.range(0, 8)
            .mapToObj(i -> threads.submit(() -> receipts.take(List.of(receipt, receipt)))).toList();
        for (Future<List<Receipt>> each : all) {
          assertThat(each.get()).as("nobody needs it again").containsExactly(receipt, receipt);
        }
      }
      assertThat(world.status(receipt.messageId())).isEqualTo("delivered");
      assertThat(world.events(receipt.messageId())).endsWith("sent(accepted_by_provider) delivered(delivery_receipt)");
      assertThat(world.happened).extracting(Happening::event).containsExactly("message.sent", "message.delivered");
    }
  }

  @Test
  void aReceiptOfAnotherAttemptOrOfAMessageThatEndedOtherwiseChangesNothing() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      Receipt receipt = sent(world);
      Receipts receipts = new Receipts(world.database.engine(), List.of(), world.happenings(), world.clock);
      receipts.take(List.of(new Receipt(receipt.workspaceId(), receipt.messageId(), "another handle", receipt.at(), true)));
      assertThat(world.status(receipt.messageId())).isEqualTo("sent");
      world.update("update message_states set status = 'failed' where message_id = ?", receipt.messageId());
      receipts.take(List.of(receipt));
      assertThat(world.status(receipt.messageId())).as("a state never moves backwards").isEqualTo("failed");
    }
  }

  /** P6: read receipts, where a channel has them. Nothing is read that was not sent, and nothing twice. */
  @Test
  void aReadReceiptIsToldOnceAndOnlyOfWhatArrived() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      Receipt arrived = sent(world);
      Receipt read = new Receipt(arrived.workspaceId(), arrived.messageId(), "h1", arrived.at(), true);
      Receipts receipts = new Receipts(world.database.engine(), List.of(), world.happenings(), world.clock);
      receipts.take(List.of(read));
      receipts.take(List.of(read, read));
      assertThat(world.happened).extracting(Happening::event).containsExactly("message.sent", "message.delivered", "message.opened");
      assertThat(world.happened.getLast().data()).containsOnlyKeys("readAt");
      assertThat(world.text("select read_at is not null from message_states where message_id = ?", read.messageId())).isEqualTo("t");
      assertThat(world.events(read.messageId())).endsWith("delivered(delivery_receipt) delivered(read_receipt)");
      Receipt failed = sent(world);
      world.update("update message_states set status = 'failed' where message_id = ?", failed.messageId());
      receipts.take(List.of(new Receipt(failed.workspaceId(), failed.messageId(), "h1", failed.at(), true)));
      assertThat(world.text("select read_at from message_states where message_id = ?", failed.messageId())).isEqualTo("null");
    }
  }

  /** The provider was faster than our own commit: the receipt is asked for again. */
  @Test
  void aReceiptThatComesBeforeTheOutcomeIsNotLost() throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      ByHand node = world.byHand();
      Claimed claimed = node.claims(1).getFirst();
      Receipts receipts = new Receipts(world.database.engine(), List.of(), world.happenings(), world.clock);
      Receipt early = new Receipt(line.workspaceId(), message, "h1", Instant.now(), false);
      assertThat(receipts.take(List.of(early))).isEmpty();
      node.outcomes.write(List.of(Outcome.of(claimed.attempt(), new SendResult.Accepted("h1"), Instant.now())));
      assertThat(receipts.take(List.of(early))).containsExactly(early);
      assertThat(world.status(message)).isEqualTo("delivered");
    }
  }

  /** A message that its provider took, and the receipt for it. */
  private static Receipt sent(EngineWorld world) throws SQLException {
    LineKey line = world.aLine(world.aWorkspace());
    UUID message = world.aMessage(line);
    ByHand node = world.byHand();
    node.outcomes.write(List.of(Outcome.of(node.claims(1).getFirst().attempt(), new SendResult.Accepted("h1"), Instant.now())));
    assertThat(world.status(message)).isEqualTo("sent");
    return new Receipt(line.workspaceId(), message, "h1", Instant.now(), false);
  }
}
