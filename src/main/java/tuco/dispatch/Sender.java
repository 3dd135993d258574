package tuco.dispatch;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
import tuco.channels.SendResult;
import tuco.traces.Traces;

/** Hands a line's claimed messages to its channel, in order, and passes each outcome on as soon as it is known. */
final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  private final Map<String, Channel> channels;
  private final Outcomes outcomes;
  private final Nodes node;
  private final Clock clock;
  private final Traces traces;

  Sender(Map<String, Channel> channels, Outcomes outcomes, Nodes node, Clock clock, Traces traces) {
    this.channels = channels;
    this.outcomes = outcomes;
    this.node = node;
    this.clock = clock;
    this.traces = traces;
  }

  /**
   * Returns when every message has an outcome, whatever the channel does.
   *
   * @param pauses {@link Nodes#pauses} from before the messages were claimed
   */
  void send(LineSettings line, List<Claimed> messages, int pauses) {
    Channel channel = channels.get(line.kind());
    if (channel == null) {
      var missing = new SendResult.TryLater("This server has no channel of kind " + line.kind(), null, true);
      messages.forEach(message -> outcomes.add(Outcome.of(message.attempt(), missing, clock.instant())));
      return;
    }
    Map<UUID, Claimed> open = new HashMap<>();
    messages.forEach(message -> open.put(message.attempt().attemptId(), message));
    Calls calls = new Calls(traces, line.kind());
    Handover handover = new Handover(messages, node, pauses, calls::begin);
    String words = "The channel ended without an outcome";
    try {
      channel.send(line, handover, (outgoing, result) -> {
        Claimed message = open.remove(outgoing.attemptId());
        calls.end(outgoing.attemptId(), result);
        if (message == null) {
          LOG.error("channel {} reported attempt {} twice", line.kind(), outgoing.attemptId());
        } else {
          outcomes.add(Outcome.of(message.attempt(), result, clock.instant()));
        }
      });
    } catch (Handover.LeaseInDoubt e) {
      LOG.warn("line {}: {}", line.lineId(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("channel {} failed on line {}", line.kind(), line.lineId(), e);
      words = "The channel failed: " + e.getClass().getSimpleName();
    }
    calls.endOpen();
    close(messages, open, handover.given(), words);
  }

  /** What the channel never took has not left; what it took without an outcome is unknown. */
  private void close(List<Claimed> messages, Map<UUID, Claimed> open, int given, String words) {
    Instant now = clock.instant();
    for (int i = 0; i < messages.size() && !open.isEmpty(); i++) {
      Attempt attempt = messages.get(i).attempt();
      if (open.remove(attempt.attemptId()) != null) {
        outcomes.add(i < given
            ? Outcome.unknown(attempt, "outcome_unknown", words, now)
            : Outcome.neverLeft(attempt, "not_handed_over", false, now));
      }
    }
  }
}
