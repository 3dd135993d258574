package tuco.dashboard;

import java.time.Clock;
import java.util.List;
import java.util.Locale;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.limits.Usage;

/** Usage: each limit of the plan and of the lines, how much of it is used, when and in which zone it resets (B6). */
public final class UsagePage {
  private final Pages pages;
  private final Clock clock;

  public UsagePage(Pages pages, Clock clock) {
    this.pages = pages;
    this.clock = clock;
  }

  /**
   * What the page shows.
   *
   * @param binding what holds messages back now, in words
   */
  public record View(Usage usage, List<String> binding) {
    /** The plan's own limits and what it allows to exist. */
    public List<Meter> meters() {
      return usage.limits().stream().map(UsagePage::meter).toList();
    }

    public List<Meter> meters(Usage.OfLine line) {
      return line.limits().stream().map(UsagePage::meter).toList();
    }

    /** The longest bar of the chart stands for this many messages. */
    public int top() {
      return Math.max(1, usage.history().stream().mapToInt(Usage.Day::messages).max().orElse(1));
    }

    /** How high the bar of a count is, out of 100; what is more than nothing can be seen. */
    public int height(int messages) {
      return messages == 0 ? 0 : Math.max(2, messages * 100 / top());
    }

    /** What left in all those days. */
    public int sum() {
      return usage.history().stream().mapToInt(Usage.Day::messages).sum();
    }
  }

  private static Meter meter(Usage.Counted counted) {
    return new Meter(counted.limit().label(), counted.used(), counted.size(), counted.resetsAt());
  }

  /** {@code GET /usage}. */
  public Response show(Request request, Tx tx) {
    Usage usage = Usage.read(tx, clock.instant(), tx.caller().may(Right.LINES_READ));
    List<String> binding = usage.reached().stream().map(counted -> Words.wait(counted.limit().waitReason())).distinct()
        .map(words -> words.toLowerCase(Locale.ROOT)).toList();
    return pages.show(request, tx, "usage/usage.jte", "usage", "Usage", new View(usage, binding));
  }
}
