package tuco;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits for a condition with a deadline: the only place of the tests that pauses. */
public final class Eventually {
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(5).toNanos();
  /** Looking costs the machine more than waiting does. */
  private static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(50).toNanos();
  /** Deadlines are thought for a machine that has nothing else to do. */
  private static final int SHARED_MACHINE = 4;

  private Eventually() {}

  /** Tries the assertions until they hold; after the deadline, four times as long where need be, the last failure is the test's. */
  public static void within(Duration deadline, ThrowingCallable assertions) {
    long begin = System.nanoTime();
    long patience = deadline.multipliedBy(SHARED_MACHINE).toNanos();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      try {
        assertions.call();
        return;
      } catch (Throwable failure) {
        if (System.nanoTime() - begin > patience) {
          throw new AssertionError("not within four times " + deadline.toMillis() + " ms: " + failure.getMessage(), failure);
        }
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(pause * 3 / 2, LONGEST_PAUSE_NANOS);
    }
  }
}
