package tuco.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.limits.Limit;

/**
 * Decides for one message after another whether it may leave now, and charges the budgets when it may (decisions 4.2).
 * Pure: everything it knows was read under the locks of the claim's transaction, everything it decides is written in it.
 */
final class Reservation {
  static final String READ_ONLY = "read_only";
  static final String LINE_DOWN = "line_down";
  static final String WINDOW = "window";

  /** How soon a workspace that is read-only is looked at again. */
  static final Duration READ_ONLY_RECHECK = Duration.ofSeconds(5);

  /**
   * What was queued before its recipient wrote something like "please stop" waits until a person has looked at that (connectors
   * 5); what is written to them afterwards, by somebody who has read it, leaves. Campaigns say the same of theirs.
   */
  private static final String POSSIBLE_OPT_OUT = "possible_opt_out";

  private static final Duration LOOKED_AT = Duration.ofMinutes(10);

  private final Instant now;

  Reservation(Instant now) {
    this.now = now;
  }

  /**
   * A message that is due.
   *
   * @param known whether the line has written to this address or lead before: then it is no first touch
   * @param refused why it must not leave at all, null when it may
   */
  record Candidate(UUID leadId, String recipient, boolean known, @Nullable String refused, @Nullable Window window) {}

  /** What is to happen with a message now. */
  sealed interface Decision {
    /** It leaves, and its counters are charged. */
    record Send(boolean firstTouch) implements Decision {}

    /** It will never leave: do-not-contact (decisions 5.7), or an answer that would come late. */
    record Cancel(String cause) implements Decision {}

    /** It alone waits, until then. */
    record Later(Instant dueAt, String reason) implements Decision {}

    /** It waits with its line; the hold, or the gap, stands in the line's budget. */
    record Wait(boolean wholeLine) implements Decision {}
  }

  Decision decide(Budget.OfLine line, Candidate candidate) {
    if (isHeld(line)) {
      return new Decision.Wait(true);
    }
    String refused = candidate.refused();
    if (refused != null) {
      return refused.equals(POSSIBLE_OPT_OUT) ? new Decision.Later(now.plus(LOOKED_AT), refused) : new Decision.Cancel(refused);
    }
    Window window = candidate.window();
    if (window != null && !window.isOpenAt(now)) {
      return new Decision.Later(window.nextOpening(now), WINDOW);
    }
    boolean first = !candidate.known()
        && !line.touched.contains(candidate.leadId())
        && !line.touched.contains(candidate.recipient());
    if (first && isHeldForNew(line)) {
      return new Decision.Wait(false);
    }
    charge(line, candidate, first);
    return new Decision.Send(first);
  }

  private boolean isHeld(Budget.OfLine line) {
    Budget.OfWorkspace workspace = line.workspace;
    if (workspace.readOnly) {
      line.hold(now.plus(READ_ONLY_RECHECK), READ_ONLY);
      return true;
    }
    if (line.downUntil.isAfter(now)) {
      line.hold(line.downUntil, LINE_DOWN);
    }
    holdAtLimits(line);
    return line.holdUntil.isAfter(now) || line.readyAt.isAfter(now);
  }

  private void holdAtLimits(Budget.OfLine line) {
    holdAt(line, Limit.MESSAGES_PER_DAY, line.workspace.day);
    holdAt(line, Limit.MESSAGES_PER_MONTH, line.workspace.month);
    holdAt(line, Limit.LINE_MESSAGES_PER_DAY, line.day);
  }

  private void holdAt(Budget.OfLine line, Limit limit, Budget.Counter counter) {
    if (counter.isSpent()) {
      line.hold(limit.resetsAt(now, line.workspace.clock), limit.waitReason());
    }
  }

  private void holdNewAtLimits(Budget.OfLine line) {
    holdNewAt(line, Limit.NEW_CONTACTS_PER_DAY, line.workspace.newDay);
    holdNewAt(line, Limit.LINE_NEW_CONTACTS_PER_DAY, line.newDay);
    holdNewAt(line, Limit.LINE_NEW_CONTACTS_PER_HOUR, line.newHour);
  }

  private void holdNewAt(Budget.OfLine line, Limit limit, Budget.Counter counter) {
    if (counter.isSpent()) {
      line.holdNew(limit.resetsAt(now, line.workspace.clock), limit.waitReason());
    }
  }

  private boolean isHeldForNew(Budget.OfLine line) {
    holdNewAtLimits(line);
    return line.newHoldUntil.isAfter(now) || line.newReadyAt.isAfter(now);
  }

  private void charge(Budget.OfLine line, Candidate candidate, boolean first) {
    line.workspace.day.used++;
    line.workspace.month.used++;
    line.day.used++;
    if (line.deviceGapMillis > 0) {
      line.readyAt = now.plusMillis(line.deviceGapMillis);
    }
    if (first) {
      line.workspace.newDay.used++;
      line.newDay.used++;
      line.newHour.used++;
      if (line.contactGapMillis > 0) {
        line.newReadyAt = now.plusMillis(line.contactGapMillis);
      }
    }
    // Said as soon as a limit is reached: who sends next is told before anything has to wait (B6).
    holdAtLimits(line);
    holdNewAtLimits(line);
    line.touched.add(candidate.leadId());
    line.touched.add(candidate.recipient());
  }
}
