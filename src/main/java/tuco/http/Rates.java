package tuco.http;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;

/**
 * API rates, in memory and per node: they protect the service and are not a quota, so nodes do not ask each other. A plan
 * without a rate for a group has none, and its answers say nothing of one (decisions 1.6, 4.5).
 */
public final class Rates {
  private final TimeMeter time;
  private volatile Map<String, Map<String, Integer>> perMinuteByPlan = Map.of();
  private final ConcurrentHashMap<Key, Bucket> buckets = new ConcurrentHashMap<>();

  public Rates(Clock clock) {
    this.time = new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return TimeUnit.MILLISECONDS.toNanos(clock.millis());
      }

      @Override
      public boolean isWallClockBased() {
        return true;
      }
    };
  }

  /** Takes over the plans' rates, in requests a minute by group. */
  public void use(Map<String, Map<String, Integer>> perMinute) {
    if (!perMinute.equals(perMinuteByPlan)) {
      perMinuteByPlan = perMinute;
      buckets.clear();
    }
  }

  /**
   * Takes one request from the workspace's bucket.
   *
   * @return the state of the bucket, null when the plan has no rate for the group
   * @throws Problem 429 with {@code Retry-After} when it is empty
   */
  @Nullable Standing take(Caller caller, Rate rate) {
    Integer perMinute = perMinuteByPlan.getOrDefault(caller.plan(), Map.of()).get(rate.wire());
    if (perMinute == null) {
      return null;
    }
    Bucket bucket = buckets.computeIfAbsent(
        new Key(caller.workspaceId(), rate, perMinute),
        key -> Bucket.builder()
            .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
            .withCustomTimePrecision(time)
            .build());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill() + 999_999_999L));
      Standing standing = new Standing(rate, perMinute, 0, seconds);
      Problem problem = Problem.of(429, "Rate limit exceeded")
          .code("rate_limited")
          .detail("The workspace may make " + perMinute + " such requests a minute; try again in " + seconds + " s.")
          .header("Retry-After", Long.toString(seconds))
          .member("violated-policies", java.util.List.of(rate.wire()));
      standing.headers().forEach(problem::header);
      throw problem;
    }
    long reset = TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForReset() + 999_999_999L);
    return new Standing(rate, perMinute, probe.getRemainingTokens(), reset);
  }

  private record Key(UUID workspace, Rate rate, int perMinute) {}

  /** What is left in a bucket; {@code resetSeconds} until it is full again. */
  record Standing(Rate rate, int perMinute, long remaining, long resetSeconds) {
    /** The fields of draft-ietf-httpapi-ratelimit-headers. */
    Map<String, String> headers() {
      return Map.of(
          "RateLimit-Policy", "\"" + rate.wire() + "\";q=" + perMinute + ";w=60",
          "RateLimit", "\"" + rate.wire() + "\";r=" + remaining + ";t=" + resetSeconds);
    }
  }
}
