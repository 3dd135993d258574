package tuco.dispatch;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import tuco.channels.SendResult;
import tuco.ids.Kind;
import tuco.traces.Span;
import tuco.traces.Traces;

/** Traces the calls of one batch to a provider: from the moment a message is given out until its outcome is known. */
final class Calls {
  private final Traces traces;
  private final String name;
  private final Map<UUID, Span> open = new HashMap<>();

  /**
   * @param kind of the line, a word of ours
   */
  Calls(Traces traces, String kind) {
    this.traces = traces;
    this.name = "send by " + kind;
  }

  void begin(Claimed message) {
    if (traces.on()) {
      Attempt attempt = message.attempt();
      open.put(attempt.attemptId(), traces.call(name).of(Kind.WORKSPACE, attempt.line().workspaceId())
          .of(Kind.LINE, attempt.line().lineId()).of(Kind.MESSAGE, attempt.messageId()).count("attempt", attempt.attempts()));
    }
  }

  void end(UUID attemptId, SendResult result) {
    Span span = open.remove(attemptId);
    if (span == null) {
      return;
    }
    switch (result) {
      case SendResult.Accepted _ -> span.outcome("accepted", true);
      case SendResult.Delivered _ -> span.outcome("delivered", true);
      case SendResult.NotReachable _ -> span.outcome("not_reachable", true);
      case SendResult.Refused _ -> span.outcome("refused", true);
      case SendResult.TryLater _ -> span.outcome("try_later", false);
      case SendResult.Unknown _ -> span.outcome("unknown", false);
    }
    span.end();
  }

  /** What was given out and never heard of. */
  void endOpen() {
    open.values().forEach(span -> span.outcome("unknown", false).end());
    open.clear();
  }
}
