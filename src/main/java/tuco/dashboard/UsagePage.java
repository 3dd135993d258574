package tuco.dashboard;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;

/** Usage: each limit of the plan and of the lines, how much of it is used, when and in which zone it resets (B6). */
public final class UsagePage {
  private static final UUID WHOLE_WORKSPACE = new UUID(0, 0);

  private final Pages pages;
  private final LinesPage lines;
  private final Clock clock;

  public UsagePage(Pages pages, LinesPage lines, Clock clock) {
    this.pages = pages;
    this.lines = lines;
    this.clock = clock;
  }

  /** What the page shows. */
  public record View(String plan, List<Meter> workspace, List<LinesPage.Row> lines, int days, List<Day> history) {}

  /** Messages of one day, for the bars. */
  public record Day(LocalDate day, int used) {}

  /** {@code GET /usage}. */
  public Response show(Request request, Tx tx) {
    ZoneId zone = ZoneId.of(tx.caller().zone());
    LocalDate today = clock.instant().atZone(zone).toLocalDate();
    LocalDate month = today.withDayOfMonth(1);
    Instant day = today.atStartOfDay(zone).toInstant();
    Instant nextDay = today.plusDays(1).atStartOfDay(zone).toInstant();
    Instant nextMonth = month.plusMonths(1).atStartOfDay(zone).toInstant();
    List<Meter> meters = tx.query("select messages_per_day, messages_per_month, new_per_day from plans where plan = :plan")
        .bind("plan", tx.caller().plan())
        .map((row, context) -> List.of(
            meter(tx, "Messages today", "workspace_day", day, row.getObject(1, Integer.class), nextDay),
            meter(tx, "Messages this month", "workspace_month", month.atStartOfDay(zone).toInstant(), row.getObject(2, Integer.class), nextMonth),
            meter(tx, "New people today", "workspace_new_day", day, row.getObject(3, Integer.class), nextDay)))
        .one();
    List<LinesPage.Row> rows = tx.caller().may(Right.LINES_READ) ? lines.rows(request, tx) : List.of();
    List<Day> history = history(tx, zone, today);
    return pages.show(request, tx, "usage/usage.jte", "usage", "Usage",
        new View(tx.caller().plan(), meters, rows, Math.max(1, history.stream().mapToInt(Day::used).max().orElse(0)), history));
  }

  private static Meter meter(Tx tx, String label, String kind, Instant from, @Nullable Integer limit, Instant resetsAt) {
    int used = tx.ownQuery("""
            select used from usage_counters
             where workspace_id = :workspace and line_id = :whole and kind = :kind and period_start = :from""")
        .bind("whole", WHOLE_WORKSPACE).bind("kind", kind).bind("from", from).mapTo(Integer.class).findOne().orElse(0);
    return new Meter(label, used, limit, resetsAt);
  }

  private static List<Day> history(Tx tx, ZoneId zone, LocalDate today) {
    List<Day> counted = tx.ownQuery("""
            select period_start, used from usage_counters
             where workspace_id = :workspace and line_id = :whole and kind = 'workspace_day' and period_start >= :since""")
        .bind("whole", WHOLE_WORKSPACE).bind("since", today.minusDays(13).atStartOfDay(zone).toInstant())
        .map((row, context) -> new Day(row.getTimestamp(1).toInstant().atZone(zone).toLocalDate(), row.getInt(2))).list();
    return today.minusDays(13).datesUntil(today.plusDays(1))
        .map(day -> counted.stream().filter(one -> one.day().equals(day)).findFirst().orElse(new Day(day, 0))).toList();
  }
}
