package tuco.messages;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a message waits and until when (B6, decisions 4.1): what holds it itself, or what holds its line. A held line
 * is noted once, not on each of the million messages behind it, so the two are put together when somebody looks.
 *
 * @param reason null when it is just its turn that has not come
 * @param until null when it may go at once
 */
public record Wait(@Nullable String reason, @Nullable Instant until) {
  /** Until somebody resumes the campaign: nobody knows when. */
  private static final String PAUSED = "campaign_paused";

  static Wait of(
      @Nullable Instant due, @Nullable String ownReason, boolean firstTouch,
      @Nullable Instant ready, @Nullable Instant newReady,
      @Nullable Instant heldUntil, @Nullable String heldFor,
      @Nullable Instant newHeldUntil, @Nullable String newHeldFor, Instant now) {
    Wait latest = new Wait(null, null);
    if (due != null && due.isAfter(now)) {
      if (PAUSED.equals(ownReason)) {
        return new Wait(ownReason, null);
      }
      latest = new Wait(ownReason == null ? "scheduled" : ownReason, due);
    }
    latest = later(latest, heldUntil, heldFor, now);
    if (firstTouch) {
      latest = later(latest, newHeldUntil, newHeldFor, now);
      latest = later(latest, newReady, "contact_gap", now);
    }
    return later(latest, ready, "device_gap", now);
  }

  private static Wait later(Wait wait, @Nullable Instant until, @Nullable String reason, Instant now) {
    boolean holds = until != null && until.isAfter(now) && (wait.until == null || until.isAfter(wait.until));
    return holds ? new Wait(reason, until) : wait;
  }
}
