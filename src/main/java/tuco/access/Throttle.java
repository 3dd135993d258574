package tuco.access;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import tuco.http.Problem;

/**
 * Slows guessing down: so many attempts a minute for each name, in memory and per node (standards 4.7 O2). What
 * turned out right is given back, so that the honest do not use it up.
 */
public final class Throttle {
  private static final int MOST_NAMES = 50_000;

  private final int perMinute;
  private final TimeMeter meter;
  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  public Throttle(int perMinute, Clock clock) {
    this.perMinute = perMinute;
    this.meter = new ClockMeter(clock);
  }

  /**
   * Takes one attempt.
   *
   * @throws Problem 429 with {@code Retry-After} when there is none left
   */
  public void take(String name) {
    if (buckets.size() > MOST_NAMES) {
      // A full bucket says nothing that a new one would not say.
      buckets.values().removeIf(bucket -> bucket.getAvailableTokens() >= perMinute);
    }
    ConsumptionProbe probe = buckets.computeIfAbsent(name, key -> bucket()).tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill() + 999_999_999L));
      throw Problem.of(429, "Too many attempts").code("too_many_attempts")
          .detail("Too many attempts from this address; try again in " + seconds + " s.")
          .header("Retry-After", Long.toString(seconds));
    }
  }

  /** Takes one attempt if there is one left. */
  public boolean mayTake(String name) {
    try {
      take(name);
      return true;
    } catch (Problem none) {
      return false;
    }
  }

  /** Gives an attempt back that was right. */
  public void giveBack(String name) {
    Bucket bucket = buckets.get(name);
    if (bucket != null) {
      bucket.addTokens(1);
    }
  }

  /** What an attempt from this address counts for: an IPv6 client commands a whole /64, an IPv4 client one address. */
  public static String network(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    String[] groups = address.split(":", -1);
    int gap = Arrays.asList(groups).indexOf("");
    return String.join(":", Arrays.copyOf(groups, gap >= 0 && gap < 4 ? gap : Math.min(4, groups.length)));
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
        .withCustomTimePrecision(meter)
        .build();
  }

  private record ClockMeter(Clock clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return TimeUnit.MILLISECONDS.toNanos(clock.millis());
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
