package tuco.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.channels.Channel.Fault;
import tuco.channels.Channel.Reconciled;

/** What the engine relies on, whatever the provider: every channel passes these tests. */
public abstract class ChannelContractTest {
  /** One outcome as it was reported, with the thread that reported it. */
  protected record Reported(Outgoing message, SendResult result, Thread thread) {}

  /** The channel, made anew for each test. */
  protected abstract Channel channel();

  /** A line that can send. */
  protected abstract LineSettings goodLine();

  /** A line whose provider cannot be reached or is down. */
  protected abstract LineSettings deadLine();

  /** A line with as many faults as possible; the fields {@code check} must name. */
  protected abstract LineSettings faultyLine();

  protected abstract List<String> faultyFields();

  /** A recipient that gets the message, different for each number. */
  protected abstract String goodRecipient(int number);

  /** A recipient that the provider refuses for good. */
  protected abstract String refusedRecipient();

  /** What asking for a message that was handed over must bring. */
  protected abstract Class<? extends Reconciled> reconciledAfterSend();

  @Test
  void everyMessageHasExactlyOneOutcomeInOrderOnTheCallersThread() {
    List<Outgoing> messages = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      messages.add(message(i == 2 ? refusedRecipient() : goodRecipient(i)));
    }

    List<Reported> reported = send(channel(), goodLine(), messages);

    assertThat(reported).extracting(Reported::message).containsExactlyElementsOf(messages);
    assertThat(reported).extracting(Reported::thread).containsOnly(Thread.currentThread());
    assertThat(reported.get(2).result()).isInstanceOf(SendResult.Refused.class);
    assertThat(reported).filteredOn(r -> !r.message().recipient().equals(refusedRecipient()))
        .allSatisfy(r -> assertThat(left(r.result())).isTrue());
  }

  @Test
  void outcomesEchoTheAttemptThatWasHandedOver() {
    Outgoing message = message(goodRecipient(1));

    Reported reported = send(channel(), goodLine(), List.of(message)).getFirst();

    assertThat(reported.message().attemptId()).isEqualTo(message.attemptId());
    assertThat(reported.message().messageId()).isEqualTo(message.messageId());
  }

  @Test
  void anEmptyBatchDoesNothing() {
    assertThat(send(channel(), goodLine(), List.of())).isEmpty();
  }

  @Test
  void aDeadLineLetsEveryMessageWaitAndSaysThatTheLineIsAtFault() {
    List<Outgoing> messages = List.of(message(goodRecipient(1)), message(goodRecipient(2)));

    List<Reported> reported = send(channel(), deadLine(), messages);

    assertThat(reported).extracting(Reported::message).containsExactlyElementsOf(messages);
    assertThat(reported).allSatisfy(r -> {
      assertThat(r.result()).isInstanceOf(SendResult.TryLater.class);
      assertThat(((SendResult.TryLater) r.result()).lineDown()).isTrue();
      assertThat(((SendResult.TryLater) r.result()).words()).isNotBlank();
    });
  }

  @Test
  void healthFollowsTheProvider() {
    assertThat(channel().health(goodLine())).isEqualTo(new Channel.Health(true, ""));
    Channel.Health dead = channel().health(deadLine());
    assertThat(dead.healthy()).isFalse();
    assertThat(dead.words()).isNotBlank();
  }

  @Test
  void reconcilingAHandedOverMessageNeverSaysNotSent() {
    Channel channel = channel();
    Outgoing message = message(goodRecipient(1));
    send(channel, goodLine(), List.of(message));

    assertThat(channel.reconcile(goodLine(), message)).isInstanceOf(reconciledAfterSend());
  }

  @Test
  void faultsNameTheirFieldsAllAtOnceInOneSentenceEach() {
    List<Fault> faults = channel().check(faultyLine());

    assertThat(faults).extracting(Fault::field).containsExactlyInAnyOrderElementsOf(faultyFields());
    assertThat(faults).allSatisfy(fault -> assertThat(fault.message()).startsWith(fault.field()).endsWith("."));
    assertThat(channel().check(goodLine())).isEmpty();
  }

  @Test
  void faultySettingsNeverMakeSendOrHealthThrow() {
    List<Reported> reported = send(channel(), faultyLine(), List.of(message(goodRecipient(1))));

    assertThat(reported).hasSize(1);
    assertThat(left(reported.getFirst().result())).isFalse();
    assertThat(channel().health(faultyLine()).healthy()).isFalse();
  }

  @Test
  void aRecipientOfAnotherKindIsRefusedAndNothingElseSuffers() {
    List<Reported> reported =
        send(channel(), goodLine(), List.of(message("\r\nDATA"), message(goodRecipient(1))));

    assertThat(reported.getFirst().result()).isInstanceOf(SendResult.Refused.class);
    assertThat(left(reported.getLast().result())).isTrue();
  }

  /** A message with fresh ids. */
  protected static Outgoing message(String recipient) {
    return message(recipient, "Hello from the contract test");
  }

  protected static Outgoing message(String recipient, String text) {
    return new Outgoing(
        UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "imessage", recipient, null, text, null, null, List.of());
  }

  protected static LineSettings line(
      String kind, String address, Map<String, String> settings, Map<String, String> secrets) {
    return new LineSettings(UUID.randomUUID(), UUID.randomUUID(), kind, address, null, settings, secrets);
  }

  protected static List<Reported> send(Channel channel, LineSettings line, List<Outgoing> messages) {
    List<Reported> reported = new ArrayList<>();
    channel.send(
        line, messages, (message, result) -> reported.add(new Reported(message, result, Thread.currentThread())));
    return reported;
  }

  private static boolean left(SendResult result) {
    return result instanceof SendResult.Accepted || result instanceof SendResult.Delivered;
  }
}
