package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The real time, or one that stands still, moved forward at a test's word. */
final class MovableClock extends Clock {
  private final Clock base;
  private volatile Duration ahead = Duration.ZERO;

  private MovableClock(Clock base) {
    this.base = base;
  }

  static MovableClock running() {
    return new MovableClock(Clock.systemUTC());
  }

  /** Stands still at the time of its making. */
  static MovableClock standing() {
    return new MovableClock(Clock.fixed(Clock.systemUTC().instant(), ZoneOffset.UTC));
  }

  void forward(Duration by) {
    ahead = ahead.plus(by);
  }

  @Override
  public Instant instant() {
    return base.instant().plus(ahead);
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
