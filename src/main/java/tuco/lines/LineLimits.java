package tuco.lines;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;
import tuco.http.Json;

/**
 * What a line may do (contract 4.3, decisions 4.4). Null means no limit.
 *
 * @param dailyNew first touches a UTC day
 * @param dailyTotal messages a UTC day
 * @param hourlyNew first touches a UTC hour
 * @param deviceGapSeconds between two sends
 * @param contactGapSeconds between first messages to different people
 * @param warmup the ramp of first touches a day, null for none
 */
public record LineLimits(
    @Nullable Integer dailyNew,
    @Nullable Integer dailyTotal,
    @Nullable Integer hourlyNew,
    int deviceGapSeconds,
    int contactGapSeconds,
    @Nullable Warmup warmup) {

  private static final int MOST = 1_000_000;
  private static final int LONGEST_GAP = 86_400;

  /** A ramp: {@code startPerDay} on the first day, {@code stepPerDay} more each day, never above {@code ceiling}. */
  public record Warmup(int startPerDay, int stepPerDay, int ceiling, String startedOn) {}

  /** What a new line of this kind gets; e-mail lines have neither an hourly cap nor gaps. */
  public static LineLimits defaults(LineKind kind, boolean email) {
    if (kind == LineKind.SIMULATOR) {
      return new LineLimits(null, null, null, 0, 0, null);
    }
    return email
        ? new LineLimits(50, 75, null, 0, 0, null)
        : new LineLimits(50, 75, 50, 30, 45, null);
  }

  /** The limits in a row of {@code lines}. */
  public static LineLimits of(ResultSet row) throws SQLException {
    String json = row.getString("warmup");
    JsonNode ramp = json == null ? null : Json.parse(json);
    return new LineLimits(
        row.getObject("daily_new_limit", Integer.class),
        row.getObject("daily_total_limit", Integer.class),
        row.getObject("hourly_new_limit", Integer.class),
        row.getInt("device_gap_ms") / 1000,
        row.getInt("contact_gap_ms") / 1000,
        ramp == null ? null : new Warmup(ramp.path("startPerDay").intValue(), ramp.path("stepPerDay").intValue(),
            ramp.path("ceiling").intValue(), ramp.path("startedOn").textValue()));
  }

  /** First touches allowed on this UTC day: the limit, or less while the line warms up. */
  public @Nullable Integer dailyNewOn(LocalDate day) {
    if (warmup == null) {
      return dailyNew;
    }
    long days = Math.max(0, ChronoUnit.DAYS.between(LocalDate.parse(warmup.startedOn()), day));
    int ramp = (int) Math.min(warmup.ceiling(), warmup.startPerDay() + days * warmup.stepPerDay());
    return dailyNew == null ? ramp : Integer.valueOf(Math.min(dailyNew, ramp));
  }

  /** These limits with what the body mentions put over them; null in the body takes a limit away. */
  LineLimits with(Body body, String today) {
    return new LineLimits(
        limit(body, "dailyNewConversationsLimit", dailyNew),
        limit(body, "dailyTotalMessagesLimit", dailyTotal),
        limit(body, "hourlyNewConversationsLimit", hourlyNew),
        gap(body, "deviceGapSeconds", deviceGapSeconds),
        gap(body, "contactGapSeconds", contactGapSeconds),
        body.mentions("warmup") ? warmup(body, today) : warmup);
  }

  private static @Nullable Integer limit(Body body, String name, @Nullable Integer now) {
    return body.mentions(name) ? body.number(name, 0, MOST) : now;
  }

  private static int gap(Body body, String name, int now) {
    Integer seconds = body.number(name, 0, LONGEST_GAP);
    if (seconds == null) {
      return body.mentions(name) ? 0 : now;
    }
    return seconds;
  }

  private @Nullable Warmup warmup(Body body, String today) {
    Body ramp = body.nested("warmup");
    if (ramp == null) {
      return null;
    }
    Integer start = needed(ramp, "startPerDay");
    Integer step = needed(ramp, "stepPerDay");
    Integer ceiling = needed(ramp, "ceiling");
    if (start == null || step == null || ceiling == null) {
      return null;
    }
    if (ceiling < start) {
      ramp.fault("ceiling", "ceiling must not be below startPerDay");
    }
    // An edited ramp goes on from the day it began.
    return new Warmup(start, step, ceiling, warmup == null ? today : warmup.startedOn());
  }

  private static @Nullable Integer needed(Body ramp, String name) {
    if (!ramp.has(name)) {
      ramp.fault(name, name + " is required: a whole number of first touches a day");
      return null;
    }
    return ramp.number(name, 1, MOST);
  }
}
