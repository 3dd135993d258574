package tuco.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.events.Happening;
import tuco.ids.Ids;

/** Delivery with time in the test's hand (decisions 8.3): at least once, never in the way of others, never for ever. */
class DeliveryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final SetClock CLOCK = new SetClock();
  private static final World WORLD = new World(CLOCK);
  private final List<Receiver> receivers = new ArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final World.TestWorkspace workspace = WORLD.aWorkspace();

  /** A clock that stands still until it is moved. */
  private static final class SetClock extends Clock {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));

    void move(Duration by) {
      now.updateAndGet(at -> at.plus(by));
    }

    @Override
    public Instant instant() {
      return now.get();
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @BeforeEach
  void listen() {
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  void end() {
    receivers.forEach(Receiver::close);
    root.detachAppender(log);
    assertThat(log.list).noneMatch(line -> line.getFormattedMessage().contains("whsec_"));
  }

  @AfterAll
  static void close() {
    WORLD.close();
  }

  private Receiver receiver() {
    Receiver receiver = new Receiver();
    receivers.add(receiver);
    return receiver;
  }

  private String webhook(Receiver receiver) {
    Api.Answer answer = workspace.api().post("/api/webhooks",
        "{\"url\":\"" + receiver.url() + "\",\"events\":[\"line.down\"],\"name\":\"CRM\"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.at("id");
  }

  private void happen(int times) {
    List<Happening> happenings = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      happenings.add(new Happening(workspace.id(), "line.down", null, CLOCK.instant(), Map.of("n", i)));
    }
    WORLD.database().crossing(tx -> {
      new Outbox(new Ids(CLOCK), CLOCK, new Bell()).record(tx.connection(), happenings);
      return true;
    });
  }

  private JsonNode deliveries(String webhook) {
    Api.Answer answer = workspace.api().get("/api/webhooks/" + webhook + "/deliveries");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().get("deliveries");
  }

  private JsonNode shown(String webhook) {
    return workspace.api().get("/api/webhooks/" + webhook).json();
  }

  @Test
  void aFailureIsTriedAgainAfterTheWrittenPausesUnderTheSameIdAndThenGivenUp() {
    Receiver receiver = receiver();
    receiver.status = 500;
    receiver.body = "x".repeat(5_000);
    String webhook = webhook(receiver);
    happen(1);
    List<Duration> pauses = List.of(Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(30), Duration.ofHours(2),
        Duration.ofHours(5), Duration.ofHours(10), Duration.ofHours(14), Duration.ofHours(20), Duration.ofHours(24));
    for (int i = 0; i < pauses.size(); i++) {
      int attempts = i + 1;
      Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/attempts").asInt()).isEqualTo(attempts));
      JsonNode delivery = deliveries(webhook).get(0);
      assertThat(delivery.get("status").asText()).isEqualTo("pending");
      assertThat(delivery.get("failure").asText()).isEqualTo("status");
      assertThat(delivery.get("statusCode").asInt()).isEqualTo(500);
      assertThat(delivery.get("response").asText()).hasSize(1_000);
      Duration pause = Duration.between(CLOCK.instant(), Instant.parse(delivery.get("nextAttemptAt").asText()));
      assertThat(pause).isBetween(pauses.get(i).multipliedBy(9).dividedBy(10), pauses.get(i).multipliedBy(11).dividedBy(10));
      CLOCK.move(pause);
    }
    Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/status").asText()).isEqualTo("failed"));
    assertThat(receiver.received).hasSize(10);
    assertThat(receiver.received.stream().map(one -> one.header("webhook-id")).distinct()).hasSize(1);
    assertThat(receiver.received.stream().map(one -> one.header("webhook-timestamp")).distinct()).hasSize(10);
    assertThat(receiver.received.stream().map(Receiver.Received::body).distinct()).hasSize(1);
    assertThat(shown(webhook).get("failureCount").asInt()).isEqualTo(10);
    assertThat(shown(webhook).get("lastFailureAt").isNull()).isFalse();
  }

  @Test
  void successEndsTheRowOfFailures() {
    Receiver receiver = receiver();
    receiver.status = 302;
    receiver.headers = Map.of("Location", receiver().url());
    String webhook = webhook(receiver);
    happen(1);
    Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/failure").asText()).isEqualTo("redirect"));
    assertThat(receivers.get(1).received).as("never followed").isEmpty();
    receiver.status = 204;
    receiver.body = "";
    CLOCK.move(Duration.ofSeconds(6));
    Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/status").asText()).isEqualTo("delivered"));
    assertThat(shown(webhook).get("failureCount").asInt()).isZero();
    assertThat(deliveries(webhook).at("/0/finishedAt").isNull()).isFalse();
  }

  @Test
  void anEndpointThatIsGoneIsDisabledAndItsEventsCanBeReplayed() {
    Receiver receiver = receiver();
    receiver.status = 410;
    String webhook = webhook(receiver);
    happen(1);
    Eventually.within(SOON, () -> assertThat(shown(webhook).get("isActive").asBoolean()).isFalse());
    assertThat(shown(webhook).get("disabledReason").asText()).isEqualTo("gone");
    assertThat(deliveries(webhook).at("/0/failure").asText()).isEqualTo("gone");
    assertThat(log.list).anyMatch(line -> line.getFormattedMessage().contains("was disabled (gone)"));

    CLOCK.move(Duration.ofMinutes(1));
    happen(2);
    assertThat(deliveries(webhook)).as("nothing goes there any more").hasSize(1);
    String replay = "/api/webhooks/" + webhook + "/replay";
    assertThat(workspace.api().post(replay, "{\"from\":\"2026-11-01T00:00:00Z\"}").status()).isEqualTo(409);

    receiver.status = 200;
    workspace.api().patch("/api/webhooks/" + webhook, "{\"isActive\":true}");
    CLOCK.move(Duration.ofMinutes(1));
    Api.Answer replayed = workspace.api().post(replay, "{\"from\":\"2026-11-01T00:00:00Z\"}");
    assertThat(replayed.text()).isEqualTo("{\"success\":true,\"replayed\":3,\"nextFrom\":null}");
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(4));
  }

  @Test
  void anEndpointThatAsksForAPauseGetsIt() {
    Receiver receiver = receiver();
    receiver.status = 503;
    receiver.headers = Map.of("Retry-After", "3600");
    String webhook = webhook(receiver);
    happen(1);
    Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/failure").asText()).isEqualTo("throttled"));
    assertThat(Instant.parse(deliveries(webhook).at("/0/nextAttemptAt").asText())).isEqualTo(CLOCK.instant().plusSeconds(3600));
    happen(1);
    CLOCK.move(Duration.ofMinutes(59));
    Receiver other = receiver();
    webhook(other);
    happen(1);
    Eventually.within(SOON, () -> assertThat(other.received).hasSize(1));
    assertThat(receiver.received).as("not even new events").hasSize(1);
    receiver.status = 200;
    CLOCK.move(Duration.ofMinutes(1));
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(4));
  }

  @Test
  void fiveDaysOfFailureDisableAnEndpoint() {
    Receiver receiver = receiver();
    receiver.status = 500;
    String webhook = webhook(receiver);
    happen(2);
    Eventually.within(SOON, () -> assertThat(shown(webhook).get("failureCount").asInt()).isEqualTo(2));
    CLOCK.move(Duration.ofDays(5).minusMinutes(1));
    Eventually.within(SOON, () -> assertThat(shown(webhook).get("failureCount").asInt()).isEqualTo(4));
    assertThat(shown(webhook).get("isActive").asBoolean()).isTrue();
    happen(1);
    CLOCK.move(Duration.ofMinutes(1));
    Eventually.within(SOON, () -> assertThat(shown(webhook).get("isActive").asBoolean()).isFalse());
    assertThat(shown(webhook).get("disabledReason").asText()).isEqualTo("failing");
    Eventually.within(SOON, () -> assertThat(deliveries(webhook)).extracting(one -> one.get("status").asText())
        .containsOnly("cancelled"));
    assertThat(log.list).anyMatch(line -> line.getFormattedMessage().contains("was disabled (failing)"));
    List<String> notices = WORLD.database().asWorkspace(workspace.id(), tx ->
        tx.query("select message from notices where workspace_id = :w and kind = 'webhook_disabled'")
            .bind("w", workspace.id()).mapTo(String.class).list());
    assertThat(notices).containsExactly("The webhook \"CRM\" was disabled: its endpoint has failed for five days."
        + " Repair it, switch it on again, and replay what it missed.");
  }

  @Test
  void oneDeadEndpointAmongTenDelaysNobody() {
    List<Receiver> ten = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      ten.add(receiver());
      webhook(ten.get(i));
    }
    ten.get(3).silent = true;
    happen(30);
    Eventually.within(Duration.ofSeconds(10), () -> assertThat(ten).filteredOn(one -> !one.silent)
        .allSatisfy(one -> assertThat(one.received).hasSize(30)));
    assertThat(ten.get(3).received.size()).as("its share and no more").isLessThanOrEqualTo(8);
  }

  @Test
  void whatADeadNodeHeldIsDeliveredUnderTheSameId() {
    Receiver receiver = receiver();
    String webhook = webhook(receiver);
    WORLD.database().crossing(tx -> {
      new Outbox(new Ids(CLOCK), CLOCK, new Bell()).record(
          tx.connection(), List.of(new Happening(workspace.id(), "line.down", null, CLOCK.instant(), Map.of())));
      // As a node leaves it that dies between claim and call.
      return tx.update("""
              update webhook_deliveries
                 set status = 'sending', claim_id = :claim, claimed_until = clock_timestamp() - interval '1 second'
               where workspace_id = :workspace""")
          .bind("claim", UUID.randomUUID()).bind("workspace", workspace.id()).execute();
    });
    String event = deliveries(webhook).at("/0/eventId").asText();
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(1));
    assertThat(receiver.received.getFirst().header("webhook-id")).isEqualTo(event);
  }

  @Test
  void aNodeThatStopsGivesBackWhatItCouldNotFinish() {
    Receiver receiver = receiver();
    receiver.silent = true;
    webhook(receiver);
    happen(1);
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(1));
    WORLD.close();
    receiver.silent = false;
    WORLD.startNode();
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(2));
    assertThat(receiver.received.get(1).header("webhook-id")).isEqualTo(receiver.received.get(0).header("webhook-id"));
  }

  @Test
  void twoNodesDeliverEachEventOnce() {
    WORLD.startNode();
    Receiver receiver = receiver();
    String webhook = webhook(receiver);
    happen(200);
    Eventually.within(SOON, () -> assertThat(workspace.api().get("/api/webhooks/" + webhook + "/deliveries?status=delivered&limit=100")
        .json().get("nextCursor").isNull()).isFalse());
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSizeGreaterThanOrEqualTo(200));
    assertThat(receiver.received.stream().map(one -> one.header("webhook-id")).distinct()).hasSize(200);
    assertThat(receiver.received).hasSize(200);
  }

  @Test
  void theLogPagesWithoutGapsAndOneDeliveryCanBeReplayed() {
    Receiver receiver = receiver();
    String webhook = webhook(receiver);
    happen(7);
    Eventually.within(SOON, () -> assertThat(deliveries(webhook)).extracting(one -> one.get("status").asText())
        .hasSize(7).containsOnly("delivered"));
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = workspace.api().get("/api/webhooks/" + webhook + "/deliveries?limit=3" + cursor).json();
      page.get("deliveries").forEach(one -> seen.add(one.get("id").asText()));
      cursor = page.get("nextCursor").isNull() ? null : "&cursor=" + page.get("nextCursor").asText();
    } while (cursor != null);
    assertThat(seen).hasSize(7).doesNotHaveDuplicates();
    assertThat(seen).isEqualTo(deliveries(webhook).findValuesAsText("id"));

    JsonNode first = deliveries(webhook).get(6);
    CLOCK.move(Duration.ofSeconds(1));
    String path = "/api/webhooks/" + webhook + "/deliveries/" + first.get("id").asText() + "/replay";
    Api.Answer replayed = workspace.api().post(path, "");
    assertThat(replayed.status()).as(replayed.text()).isEqualTo(200);
    Eventually.within(SOON, () -> assertThat(receiver.received).hasSize(8));
    assertThat(receiver.received.get(7).header("webhook-id")).isEqualTo(first.get("eventId").asText());
    assertThat(deliveries(webhook).at("/0/replayOf").asText()).isEqualTo(first.get("id").asText());
    assertThat(replayed.text() + deliveries(webhook)).doesNotContain("whsec_");
    assertThat(workspace.api().get("/api/webhooks/" + webhook + "/deliveries?cursor=!").status()).isEqualTo(400);
    assertThat(workspace.api().get("/api/webhooks/" + webhook + "/deliveries?status=x").status()).isEqualTo(400);
  }

  @Test
  void switchingOffCancelsWhatWaits() {
    Receiver receiver = receiver();
    receiver.status = 500;
    String webhook = webhook(receiver);
    happen(1);
    Eventually.within(SOON, () -> assertThat(deliveries(webhook).at("/0/attempts").asInt()).isEqualTo(1));
    workspace.api().patch("/api/webhooks/" + webhook, "{\"isActive\":false}");
    assertThat(deliveries(webhook).at("/0/status").asText()).isEqualTo("cancelled");
    assertThat(workspace.api().delete("/api/webhooks/" + webhook).status()).isEqualTo(200);
  }
}
