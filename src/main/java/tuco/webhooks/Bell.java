package tuco.webhooks;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Wakes the delivery of this node. The outbox rings it inside the transaction, a moment before the commit; the looks of
 * {@link Delivery} come close together after a ring, so that what has just been committed is found within milliseconds.
 */
public final class Bell {
  private final Semaphore rung = new Semaphore(0);

  void ring() {
    if (rung.availablePermits() == 0) {
      rung.release();
    }
  }

  /** Waits for a ring; false when none came in time. */
  boolean await(Duration atMost) throws InterruptedException {
    boolean came = rung.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
    rung.drainPermits();
    return came;
  }
}
