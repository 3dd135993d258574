package tuco;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits for a condition with a deadline: the only place of the tests that pauses. */
public final class Eventually {
  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  private Eventually() {}

  /** Tries the assertions until they hold; after the deadline the last failure is the test's. */
  public static void within(Duration deadline, ThrowingCallable assertions) {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      try {
        assertions.call();
        return;
      } catch (Throwable failure) {
        if (System.nanoTime() > end) {
          throw new AssertionError("not within " + deadline.toMillis() + " ms: " + failure.getMessage(), failure);
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
