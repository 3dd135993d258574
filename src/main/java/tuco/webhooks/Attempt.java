package tuco.webhooks;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tuco.config.Vault;
import tuco.http.Outbound;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** One try to deliver one event to one endpoint. */
final class Attempt {
  /** One deadline over look-up, connection and answer. */
  static final Duration LIMIT = Duration.ofSeconds(15);

  /** The pauses between tries (decisions 8.3); after the last of them the delivery has failed. */
  private static final List<Duration> PAUSES = List.of(
      Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(30), Duration.ofHours(2), Duration.ofHours(5),
      Duration.ofHours(10), Duration.ofHours(14), Duration.ofHours(20), Duration.ofHours(24));

  /** An endpoint cannot silence us for longer than this. */
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(24);

  private final Outbound outbound;
  private final Vault vault;
  private final Clock clock;

  Attempt(Outbound outbound, Vault vault, Clock clock) {
    this.outbound = outbound;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * A delivery this node holds until its claim expires.
   *
   * @param attempts how often it was tried before
   * @param previousSecret sealed; null unless a rotation's overlap is on
   * @param failing whether the endpoint's last call failed
   */
  record Claimed(
      UUID workspaceId, UUID deliveryId, UUID webhookId, UUID eventId, UUID claimId, String event, String body, String url,
      byte[] secret, byte @Nullable [] previousSecret, int attempts, boolean failing) {
    @Override
    public String toString() {
      return "Claimed[" + deliveryId + "]";
    }
  }

  /**
   * How it went.
   *
   * @param status what the delivery becomes: delivered, pending for another try, or failed for good
   * @param nextAt when to try again, or when it ended
   * @param pausedUntil until when the endpoint asked to be left alone; null when it did not
   */
  record Outcome(
      Claimed claimed, String status, Instant at, Instant nextAt, @Nullable Integer statusCode, @Nullable Failure failure,
      @Nullable String response, int durationMs, @Nullable Instant pausedUntil) {
    boolean succeeded() {
      return failure == null;
    }
  }

  /** Calls the endpoint; never throws for anything the endpoint did. */
  Outcome make(Claimed claimed) {
    Instant at = clock.instant();
    long started = System.nanoTime();
    byte[] body = claimed.body().getBytes(StandardCharsets.UTF_8);
    try {
      var headers = Signatures.headers(Ids.text(Kind.EVENT, claimed.eventId()), claimed.event(), at, body, secrets(claimed));
      Outbound.Reply reply = outbound.post(claimed.url(), headers, body, LIMIT);
      if (reply.status() >= 200 && reply.status() < 300) {
        return new Outcome(claimed, "delivered", at, at, reply.status(), null, reply.body(), millis(started), null);
      }
      return unsuccessful(claimed, at, Failure.of(reply.status()), reply, reply.body(), millis(started));
    } catch (Outbound.Failed failed) {
      return unsuccessful(claimed, at, Failure.of(failed.fault()), null, failed.getMessage(), millis(started));
    }
  }

  /** What becomes of a try that failed here, not there. */
  Outcome broken(Claimed claimed) {
    return unsuccessful(claimed, clock.instant(), Failure.INTERNAL, null, null, 0);
  }

  private Outcome unsuccessful(
      Claimed claimed, Instant at, Failure failure, Outbound.@Nullable Reply reply, @Nullable String words, int millis) {
    boolean last = failure == Failure.GONE || claimed.attempts() >= PAUSES.size();
    Instant pausedUntil = failure == Failure.THROTTLED && reply != null ? retryAfter(reply.retryAfter(), at) : null;
    Instant next = last ? at : at.plus(withJitter(PAUSES.get(claimed.attempts())));
    if (!last && pausedUntil != null && pausedUntil.isAfter(next)) {
      next = pausedUntil;
    }
    return new Outcome(claimed, last ? "failed" : "pending", at, next, reply == null ? null : reply.status(), failure,
        words, millis, pausedUntil);
  }

  private List<String> secrets(Claimed claimed) {
    List<String> secrets = new ArrayList<>();
    secrets.add(text(claimed.secret()));
    if (claimed.previousSecret() != null) {
      secrets.add(text(claimed.previousSecret()));
    }
    return secrets;
  }

  private String text(byte[] sealed) {
    return new String(vault.open(sealed), StandardCharsets.UTF_8);
  }

  /** A tenth more or less, so that what failed together does not come back together. */
  private static Duration withJitter(Duration pause) {
    return Duration.ofMillis((long) (pause.toMillis() * ThreadLocalRandom.current().nextDouble(0.9, 1.1)));
  }

  /** Seconds or an HTTP date; null when it is neither or in the past. */
  static @Nullable Instant retryAfter(@Nullable String header, Instant now) {
    if (header == null) {
      return null;
    }
    Instant until;
    try {
      until = header.strip().matches("\\d{1,9}")
          ? now.plusSeconds(Long.parseLong(header.strip()))
          : ZonedDateTime.parse(header.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
    Instant latest = now.plus(LONGEST_RETRY_AFTER);
    return until.isBefore(now) ? null : until.isAfter(latest) ? latest : until;
  }

  private static int millis(long started) {
    return (int) ((System.nanoTime() - started) / 1_000_000);
  }
}
