package tuco.timers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Duration SHORT = Duration.ofMillis(1);

  @Test
  void aRoundThatFailsDoesNotEndThem() throws InterruptedException {
    AtomicInteger failed = new AtomicInteger();
    CountDownLatch later = new CountDownLatch(1);
    try (Rounds rounds = new Rounds("test", SHORT, "as this test wants it", () -> {
      if (failed.incrementAndGet() <= 3) {
        throw new IllegalStateException("one bad row");
      }
      later.countDown();
    })) {
      rounds.start();
      assertThat(later.await(20, TimeUnit.SECONDS)).as("a round after three that failed").isTrue();
    }
  }

  @Test
  void closingWaitsForTheRoundAtHandAndNoneFollows() throws InterruptedException {
    Thread closer = Thread.currentThread();
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    Rounds[] self = new Rounds[1];
    self[0] = new Rounds("test", SHORT, "as this test wants it", () -> {
      begun.countDown();
      while (!self[0].closing() || (closer.getState() != Thread.State.TIMED_WAITING && ended.get() == 0)) {
        Thread.onSpinWait();
      }
      ended.incrementAndGet();
    });
    self[0].start();
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    self[0].close();
    assertThat(ended.getAndIncrement()).isEqualTo(1);
  }
}
