package tuco.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;

/** A provider in memory that notes what it was handed and answers as the test says. */
final class RecordingChannel implements Channel {
  /** What was handed over, with its line, in order. */
  record Sent(LineSettings line, Outgoing message) {}

  final List<Sent> sent = Collections.synchronizedList(new ArrayList<>());
  volatile Function<Outgoing, SendResult> answer = message -> new SendResult.Delivered("x" + message.attemptId());
  volatile Function<Outgoing, Reconciled> memory = this::remembers;
  volatile boolean healthy = true;

  @Override
  public String kind() {
    return "test";
  }

  @Override
  public List<Fault> check(LineSettings line) {
    return List.of();
  }

  @Override
  public void send(LineSettings line, List<Outgoing> messages, BiConsumer<Outgoing, SendResult> outcome) {
    for (Outgoing message : messages) {
      SendResult result = answer.apply(message);
      if (result instanceof SendResult.Accepted || result instanceof SendResult.Delivered
          || result instanceof SendResult.Unknown) {
        sent.add(new Sent(line, message));
      }
      outcome.accept(message, result);
    }
  }

  private Reconciled remembers(Outgoing message) {
    return sent.stream().anyMatch(each -> each.message.attemptId().equals(message.attemptId()))
        ? new Reconciled.Found(new SendResult.Accepted("x" + message.attemptId()))
        : new Reconciled.NotSent();
  }

  @Override
  public Reconciled reconcile(LineSettings line, Outgoing message) {
    return memory.apply(message);
  }

  @Override
  public Health health(LineSettings line) {
    return new Health(healthy, healthy ? "" : "no answer");
  }

  /** How often each message was handed over. */
  List<Long> timesEach() {
    synchronized (sent) {
      return List.copyOf(sent.stream().collect(Collectors.groupingBy(each -> each.message.messageId(), Collectors.counting())).values());
    }
  }
}
