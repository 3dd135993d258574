package tuco;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that moves only when the test moves it. */
public final class TestClock extends Clock {
  private volatile Instant now;

  public TestClock(String start) {
    now = Instant.parse(start);
  }

  /** Moves the time on. */
  public synchronized void advance(Duration by) {
    now = now.plus(by);
  }

  /** Sets the time. */
  public synchronized void set(String at) {
    now = Instant.parse(at);
  }

  @Override
  public Instant instant() {
    return now;
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
