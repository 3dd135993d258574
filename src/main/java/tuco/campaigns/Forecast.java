package tuco.campaigns;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.Zones.Whereabouts;
import tuco.db.Tx;

/**
 * How long a campaign will take at present limits, for who is about to launch it: an estimate that knows the lines'
 * limits and gaps, the plan's ceilings, the window and the spacing, and not who will reply.
 *
 * @param people in the audience now
 * @param messages at most, when nobody replies
 * @param first when the first message leaves; exact while a line is free
 * @param firstsOver when everybody has the first message; null when nothing can leave or it takes years
 * @param over when the last message leaves; null likewise
 * @param speed how many first messages a day, and what sets that limit, in words
 * @param troubles what is in the way, in words
 */
public record Forecast(
    int people, long messages, Instant first, @Nullable Instant firstsOver, @Nullable Instant over, String speed, List<String> troubles) {
  private static final Duration GRAIN = Duration.ofMinutes(15);
  private static final int GRAINS_A_WEEK = 7 * 24 * 4;
  private static final int YEARS_OF_WEEKS = 5 * 52;

  /** What the lines and the plan allow in a day. */
  private record Capacity(int lines, int healthy, long firsts, long all, double firstsASecond, double allASecond, String bound) {}

  static Forecast of(Tx tx, Campaign campaign, List<Step> steps, Instant now) {
    String workspaceZone = tx.ownQuery("select zone from workspaces where workspace_id = :workspace").mapTo(String.class).one();
    ZoneId zone = campaign.settings().zone() == null ? ZoneId.of(workspaceZone) : campaign.settings().zone();
    Windows windows = Windows.of(campaign.settings(), zone, Whereabouts.in(zone));
    int people = campaign.hasAudience() ? Campaigns.audienceSize(tx, campaign) : 0;
    long messages = (long) people * steps.size();
    Capacity capacity = capacity(tx, campaign);
    Instant start = campaign.scheduledAt() != null && campaign.scheduledAt().isAfter(now) ? campaign.scheduledAt() : now;
    Instant begin = steps.isEmpty() ? start : steps.getFirst().after(start, zone);
    Instant first = windows.nextOpening(begin);
    List<String> troubles = troubles(campaign, capacity, people);
    if (capacity.healthy() == 0 || people == 0) {
      return new Forecast(people, messages, first, null, null, speed(capacity), troubles);
    }
    Instant firstsOver = reach(windows, first, people, capacity.firsts(), capacity.firstsASecond());
    Instant over = firstsOver == null ? null : reach(windows, first, messages, capacity.all(), capacity.allASecond());
    Instant last = firstsOver;
    for (int i = 1; last != null && i < steps.size(); i++) {
      last = windows.nextOpening(steps.get(i).after(last, zone));
    }
    return new Forecast(people, messages, first, firstsOver,
        over == null || last == null || last.isAfter(over) ? last : over, speed(capacity), troubles);
  }

  /** When so many messages have left: open quarter hours are filled at this speed, as far as a day's limit goes. */
  private static @Nullable Instant reach(Windows windows, Instant from, long count, long perDay, double perSecond) {
    boolean[] open = new boolean[GRAINS_A_WEEK];
    for (int i = 0; i < open.length; i++) {
      open[i] = windows.isOpenAt(from.plus(GRAIN.multipliedBy(i)));
    }
    double left = count - 1;
    double today = 0;
    long day = from.getEpochSecond() / 86_400;
    for (long grain = 0; grain < (long) GRAINS_A_WEEK * YEARS_OF_WEEKS; grain++) {
      Instant at = from.plus(GRAIN.multipliedBy(grain));
      if (at.getEpochSecond() / 86_400 != day) {
        day = at.getEpochSecond() / 86_400;
        today = 0;
      }
      if (open[(int) (grain % GRAINS_A_WEEK)]) {
        double sent = Math.min(left, Math.min(perDay - today, perSecond * GRAIN.toSeconds()));
        today += sent;
        left -= sent;
        if (left <= 0) {
          return at.plusSeconds((long) Math.min((double) GRAIN.toSeconds(), sent / perSecond));
        }
      }
    }
    return null;
  }

  private static Capacity capacity(Tx tx, Campaign campaign) {
    List<long[]> lines = tx.ownQuery("""
            select coalesce(daily_new_limit, 1000000000) as firsts, coalesce(daily_total_limit, 1000000000) as total,
                   coalesce(hourly_new_limit, 1000000000) as hourly, device_gap_ms, contact_gap_ms,
                   case when health_status = 'healthy' then 1 else 0 end as healthy
              from lines
             where workspace_id = :workspace and is_active and removed_at is null and provisioning_status = 'active'
               and (cardinality(cast(:lines as uuid[])) = 0 or line_id = any (cast(:lines as uuid[])))""")
        .bind("lines", campaign.settings().lines().toArray(UUID[]::new))
        .map((row, context) -> new long[] {row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6)})
        .list();
    long firsts = 0;
    long all = 0;
    double firstsASecond = 0;
    double allASecond = 0;
    int healthy = 0;
    for (long[] line : lines) {
      if (line[5] == 1) {
        healthy++;
        firsts += Math.min(line[0], line[1]);
        all += line[1];
        firstsASecond += Math.min(line[2] / 3_600.0, 1_000.0 / Math.max(20, Math.max(line[3], line[4])));
        allASecond += 1_000.0 / Math.max(20, line[3]);
      }
    }
    String bound = firsts < 1_000_000_000L ? "the daily limits of " + (healthy == 1 ? "the line" : "the lines") : "the pauses between messages";
    long[] plan = tx.ownQuery("""
            select coalesce(p.messages_per_day, 1000000000), coalesce(p.new_per_day, 1000000000)
              from workspaces w join plans p on p.plan = w.plan
             where w.workspace_id = :workspace""")
        .map((row, context) -> new long[] {row.getLong(1), row.getLong(2)}).one();
    if (Math.min(plan[0], plan[1]) < firsts) {
      firsts = Math.min(plan[0], plan[1]);
      bound = "the plan";
    }
    all = Math.min(all, plan[0]);
    int spacing = campaign.settings().spacingSeconds();
    if (spacing > 0 && 1.0 / spacing < firstsASecond) {
      firstsASecond = 1.0 / spacing;
      bound = firstsASecond * 86_400 < firsts ? "the time between first messages" : bound;
    }
    return new Capacity(lines.size(), healthy, firsts, all, firstsASecond, allASecond, bound);
  }

  private static String speed(Capacity capacity) {
    long aDay = Math.min(capacity.firsts(), (long) (capacity.firstsASecond() * 86_400));
    return capacity.healthy() == 0 ? "none"
        : "at most %,d people a day over %s; %s set this".formatted(aDay, capacity.healthy() == 1 ? "one line" : capacity.healthy() + " lines", capacity.bound());
  }

  private static List<String> troubles(Campaign campaign, Capacity capacity, int people) {
    List<String> troubles = new ArrayList<>();
    if (capacity.lines() == 0) {
      troubles.add("No line can carry this campaign. Add one, or resume one that is paused; until then nothing leaves.");
    } else if (capacity.healthy() == 0) {
      troubles.add("All lines of this campaign are down. It waits until one of them works again.");
    }
    if (campaign.hasAudience() && people == 0) {
      troubles.add("There is nobody in the audience.");
    }
    return troubles;
  }
}
