package tuco.limits;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;

/**
 * Every limit that is counted in periods, in one table: whose it is, where its use is counted, when it starts anew, and
 * what a message that waits for it says (B6, decisions 4.1 to 4.3).
 */
public enum Limit {
  MESSAGES_PER_DAY("messages_per_day", "workspace_day", "plan_daily", Period.DAY, false, "Messages today"),
  MESSAGES_PER_MONTH("messages_per_month", "workspace_month", "plan_monthly", Period.MONTH, false, "Messages this month"),
  NEW_CONTACTS_PER_DAY("new_contacts_per_day", "workspace_new_day", "plan_new_daily", Period.DAY, false, "New people today"),
  LINE_MESSAGES_PER_DAY("messages_per_day", "line_day", "line_daily_total", Period.DAY, true, "Messages today"),
  LINE_NEW_CONTACTS_PER_DAY("new_contacts_per_day", "line_new_day", "line_daily_new", Period.DAY, true, "New people today"),
  LINE_NEW_CONTACTS_PER_HOUR("new_contacts_per_hour", "line_new_hour", "line_hourly_new", Period.HOUR, true, "New people this hour");

  /** How long a limit counts before it starts anew. */
  enum Period { HOUR, DAY, MONTH }

  private final String wire;
  private final String counter;
  private final String waitReason;
  private final Period period;
  private final boolean ofLine;
  private final String label;

  Limit(String wire, String counter, String waitReason, Period period, boolean ofLine, String label) {
    this.wire = wire;
    this.counter = counter;
    this.waitReason = waitReason;
    this.period = period;
    this.ofLine = ofLine;
    this.label = label;
  }

  /** The name in answers of the API. */
  public String wire() {
    return wire;
  }

  /** The kind of its counter in {@code usage_counters}. */
  public String counter() {
    return counter;
  }

  /** What a message says that waits for it; also the name of its policy in {@code RateLimit} and in refusals. */
  public String waitReason() {
    return waitReason;
  }

  /** For people. */
  public String label() {
    return label;
  }

  Period period() {
    return period;
  }

  boolean ofLine() {
    return ofLine;
  }

  /** The zone it is counted in: UTC for lines, the workspace's for plans (decisions 4.3). */
  ZoneId zone(PlanClock workspace) {
    return ofLine ? ZoneOffset.UTC : workspace.zone();
  }

  /** When its present period began. */
  public Instant start(Instant now, PlanClock workspace) {
    return switch (period) {
      case HOUR -> Periods.lineHour(now);
      case DAY -> ofLine ? Periods.lineDay(now) : workspace.dayStart(now);
      case MONTH -> workspace.monthStart(now);
    };
  }

  /** When it starts anew. */
  public Instant resetsAt(Instant now, PlanClock workspace) {
    return switch (period) {
      case HOUR -> Periods.nextLineHour(now);
      case DAY -> ofLine ? Periods.nextLineDay(now) : workspace.dayEnd(now);
      case MONTH -> workspace.monthEnd(now);
    };
  }

  /** What messages say that wait for one of these limits. */
  public static String[] waitReasons() {
    return Arrays.stream(values()).map(Limit::waitReason).toArray(String[]::new);
  }
}
