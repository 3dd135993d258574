package tuco;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** A clock that the test moves: a still one moves only then, a ticking one goes on by itself besides. */
public final class TestClock extends Clock {
  private volatile @Nullable Instant still;
  private volatile Duration ahead = Duration.ZERO;

  /** A clock that stands still at this time. */
  public TestClock(String start) {
    still = Instant.parse(start);
  }

  private TestClock() {}

  /** A clock that shows the time of day and goes on. */
  public static TestClock ticking() {
    return new TestClock();
  }

  /** Moves the time on. */
  public synchronized void advance(Duration by) {
    Instant now = still;
    if (now == null) {
      ahead = ahead.plus(by);
    } else {
      still = now.plus(by);
    }
  }

  /** Sets the time, at which it stands still then. */
  public synchronized void set(String at) {
    still = Instant.parse(at);
  }

  @Override
  public Instant instant() {
    Instant now = still;
    return now == null ? Clock.systemUTC().instant().plus(ahead) : now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
