package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Decisions 5.2: the transitions are one table, and a state never moves backwards. */
class StatusTest {
  @Test
  void nothingThatLeftGoesBackToWaiting() {
    for (Status waiting : Status.WAITING) {
      for (Status from : EnumSet.of(Status.SENT, Status.DELIVERED, Status.FAILED, Status.FALLBACK, Status.CANCELLED)) {
        assertThat(from.mayBecome(waiting)).as(from + " to " + waiting).isFalse();
      }
    }
  }

  @Test
  void noStateIsReachedAgainOnceLeftExceptByAProvenNonSend() {
    for (Status status : EnumSet.complementOf(EnumSet.copyOf(Status.WAITING))) {
      Set<Status> reached = EnumSet.noneOf(Status.class);
      follow(status, reached);
      assertThat(reached).as("after " + status).doesNotContain(status);
    }
  }

  /** Every way on from a state, leaving out the one back to the queue (decisions 5.3). */
  private static void follow(Status from, Set<Status> reached) {
    for (Status next : Status.values()) {
      if (from.mayBecome(next) && !Status.WAITING.contains(next) && reached.add(next)) {
        follow(next, reached);
      }
    }
  }

  @Test
  void onlyAnOpenAttemptEndsInAnOutcome() {
    assertThat(Status.SENT.sources()).containsExactly("sending", "unknown");
    assertThat(Status.FALLBACK.sources()).containsExactly("sending", "unknown");
    assertThat(Status.UNKNOWN.sources()).containsExactly("sending");
    assertThat(Status.SENDING.sources()).containsExactly("queued", "pending", "scheduled");
    assertThat(Status.CANCELLED.sources()).containsExactly("queued", "pending", "scheduled");
  }

  @Test
  void finalStatesEndTheWay() {
    assertThat(EnumSet.allOf(Status.class).stream().filter(Status::isFinal))
        .containsExactly(Status.DELIVERED, Status.FAILED, Status.FALLBACK, Status.CANCELLED, Status.RECEIVED);
    assertThat(Status.of("unknown")).isEqualTo(Status.UNKNOWN);
  }
}
