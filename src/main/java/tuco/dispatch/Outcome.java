package tuco.dispatch;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.channels.SendResult;
import tuco.events.Happening;
import tuco.http.Body;
import tuco.messages.Status;

/**
 * What one attempt came to, in our own terms. Made from a provider's {@link SendResult} by {@link #of}, the one table
 * that says what each answer means for the message, its counters and its line.
 *
 * @param cause for the event
 * @param words of the provider; becomes the event's detail, and the error of a message that failed
 * @param dueAt when to try again, for {@code queued}
 * @param refund whether nothing left: counters are given back, and the contact if this attempt made it
 * @param countsAsAttempt false when the fault was the line's and the message shall not suffer for it
 * @param suppress whether the address must not be tried again
 */
record Outcome(
    Attempt attempt,
    Status status,
    String cause,
    @Nullable String words,
    @Nullable String externalId,
    @Nullable List<String> checkedAddresses,
    @Nullable Instant dueAt,
    boolean refund,
    boolean countsAsAttempt,
    boolean suppress,
    OnLine onLine,
    Instant at) {
  /** Contract 7.4: five attempts, and the steps between them grow by a minute. */
  static final int MOST_ATTEMPTS = 5;

  static final Duration STEP = Duration.ofSeconds(60);

  /** Whatever a provider says, it must not keep what it did from being written. */
  Outcome {
    words = storable(words);
    externalId = storable(externalId);
  }

  private static @Nullable String storable(@Nullable String said) {
    return said == null || Body.storable(said) ? said
        : new String(said.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).replace('\0', '\uFFFD');
  }

  /** What an outcome says of its line. */
  enum OnLine {
    NOTHING,
    WORKS,
    /** The provider was there and may have refused the line, not the message. */
    REFUSES,
    /** The provider could not be used. */
    FAILS
  }

  /** The provider's answer to an attempt. */
  static Outcome of(Attempt attempt, SendResult result, Instant now) {
    return switch (result) {
      case SendResult.Accepted accepted -> made(attempt, Status.SENT, "accepted_by_provider", now)
          .with(null, accepted.externalId(), OnLine.WORKS);
      case SendResult.Delivered delivered -> made(attempt, Status.DELIVERED, "delivered_by_provider", now)
          .with(null, delivered.externalId(), OnLine.WORKS);
      case SendResult.NotReachable not -> new Outcome(attempt, Status.FALLBACK, "not_reachable", not.reason(), null,
          not.checkedAddresses(), null, true, true, false, OnLine.WORKS, now);
      case SendResult.Refused refused -> new Outcome(attempt, Status.FAILED, "refused_by_provider", refused.words(), null,
          null, null, false, true, refused.suppress(), refused.againstLine() ? OnLine.REFUSES : OnLine.NOTHING, now);
      case SendResult.TryLater later -> later(attempt, later, now);
      case SendResult.Unknown unknown -> unknown(attempt, "outcome_unknown", unknown.words(), now);
    };
  }

  /** Handed over, and nobody knows what became of it; {@code due_at} says when the provider is asked. */
  static Outcome unknown(Attempt attempt, String cause, String words, Instant now) {
    return new Outcome(attempt, Status.UNKNOWN, cause, words, null, null, now.plus(Reconcile.FIRST_ASK), false, true, false,
        OnLine.NOTHING, now);
  }

  /** Proven not to have left: it waits again. */
  static Outcome neverLeft(Attempt attempt, String cause, boolean countsAsAttempt, Instant now) {
    return new Outcome(attempt, Status.QUEUED, cause, null, null, null, now, true, countsAsAttempt, false,
        OnLine.NOTHING, now);
  }

  /** This one's recipient cannot be reached; the next address is tried at once and uncounted. */
  Outcome atNextAddress() {
    return new Outcome(attempt, Status.QUEUED, "next_address", words, null, checkedAddresses, at, true, false, false,
        onLine, at);
  }

  private static Outcome later(Attempt attempt, SendResult.TryLater later, Instant now) {
    if (later.lineDown()) {
      return new Outcome(attempt, Status.QUEUED, "line_failed", later.words(), null, null, now, true, false, false,
          OnLine.FAILS, now);
    }
    if (attempt.attempts() >= MOST_ATTEMPTS) {
      return new Outcome(attempt, Status.FAILED, "attempts_used", later.words(), null, null, null, true, true, false,
          OnLine.NOTHING, now);
    }
    Duration after = later.after();
    Instant due = now.plus(after == null ? STEP.multipliedBy(attempt.attempts()) : after);
    return new Outcome(attempt, Status.QUEUED, "try_later", later.words(), null, null, due, true, true, false,
        OnLine.NOTHING, now);
  }

  private static Outcome made(Attempt attempt, Status status, String cause, Instant now) {
    return new Outcome(attempt, status, cause, null, null, null, null, false, true, false, OnLine.NOTHING, now);
  }

  private Outcome with(@Nullable String newWords, @Nullable String newExternalId, OnLine newOnLine) {
    return new Outcome(attempt, status, cause, newWords, newExternalId, checkedAddresses, dueAt, refund, countsAsAttempt,
        suppress, newOnLine, at);
  }

  /** Why the message waits, for {@code queued}. */
  @Nullable String waitReason() {
    if (status != Status.QUEUED || dueAt == null || !dueAt.isAfter(at) && onLine != OnLine.FAILS) {
      return null;
    }
    return onLine == OnLine.FAILS ? Reservation.LINE_DOWN : "retry";
  }

  /** What the message shows as its error. */
  @Nullable String error() {
    return status == Status.SENT || status == Status.DELIVERED ? null : words;
  }

  /** The events the outside hears of (decisions 8.2), in order. */
  List<Happening> happenings() {
    return switch (status) {
      case SENT -> List.of(happening("message.sent"));
      case DELIVERED -> List.of(happening("message.sent"), happening("message.delivered"));
      case FAILED -> List.of(happening("message.failed"));
      case FALLBACK -> List.of(happening("message.fallback"));
      default -> List.of();
    };
  }

  private Happening happening(String event) {
    Map<String, Object> data = words == null ? Map.of() : Map.of("reason", words);
    return new Happening(attempt.line().workspaceId(), event, attempt.messageId(), at, data);
  }
}
