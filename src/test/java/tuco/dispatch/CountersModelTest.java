package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tuco.TestClock;
import tuco.channels.SendResult;
import tuco.limits.ZoneChange;

/**
 * B5: the counters in the database beside a model of them, over random interleavings of claims by two nodes, outcomes
 * with and without refund, long after the claim too, changes of period, plan and zone, on days on which the clocks change.
 * People get several messages, at two numbers each, which are on their way at once: whoever is left with none is new again.
 * Some outcomes are lost, and come from what the database knows of the attempt.
 *
 * <p>{@code -Dtuco.model.seeds=200} tries so many.
 */
class CountersModelTest {
  private static final int STEPS = 70;
  private static final List<String> ZONES =
      List.of("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Africa/Cairo", "UTC");
  /** Evenings before the clocks change somewhere, and the ends of months. */
  private static final List<String> STARTS = List.of(
      "2026-03-28T19:00:00Z", "2026-10-24T19:00:00Z", "2026-10-31T19:00:00Z", "2026-04-04T03:00:00Z", "2026-04-23T18:00:00Z", "2026-11-30T08:00:00Z");

  static List<Integer> seeds() {
    List<Integer> seeds = new ArrayList<>();
    for (int seed = 0; seed < Integer.getInteger("tuco.model.seeds", 8); seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  /** A ceiling by the kind of its counter, and the periods it counts in; a month or a day ends only once. */
  private static final class Periods {
    Instant dayStart;
    Instant dayEnd;
    Instant dayLeast;
    Instant monthStart;
    Instant monthEnd;
    Instant monthLeast;
    ZoneId zone;

    Periods(ZoneId zone, Instant now) {
      this.zone = zone;
      dayStart = day(now.atZone(zone).toLocalDate());
      dayEnd = day(now.atZone(zone).toLocalDate().plusDays(1));
      dayLeast = dayEnd;
      monthStart = day(now.atZone(zone).toLocalDate().withDayOfMonth(1));
      monthEnd = day(now.atZone(zone).toLocalDate().withDayOfMonth(1).plusMonths(1));
      monthLeast = monthEnd;
    }

    private Instant day(LocalDate date) {
      return date.atStartOfDay(zone).toInstant();
    }

    void pass(Instant now) {
      if (!now.isBefore(dayEnd)) {
        Periods fresh = new Periods(zone, now);
        dayStart = fresh.dayStart;
        dayEnd = fresh.dayEnd;
        dayLeast = fresh.dayEnd;
      }
      if (!now.isBefore(monthEnd)) {
        Periods fresh = new Periods(zone, now);
        monthStart = fresh.monthStart;
        monthEnd = fresh.monthEnd;
        monthLeast = fresh.monthEnd;
      }
    }

    /** The present day ends at the new zone's first midnight to come that is not before its first end; a month where it is nearest. */
    void move(ZoneId other, Instant now) {
      zone = other;
      LocalDate date = dayLeast.atZone(other).toLocalDate();
      dayEnd = day(date).isBefore(dayLeast) ? day(date.plusDays(1)) : day(date);
      while (!dayEnd.isAfter(now)) {
        dayEnd = day(dayEnd.atZone(other).toLocalDate().plusDays(1));
      }
      Instant nearest = day(monthLeast.plus(27, ChronoUnit.HOURS).atZone(other).toLocalDate().withDayOfMonth(1));
      Instant end = nearest.isAfter(monthLeast) ? nearest : monthLeast;
      monthEnd = end.isAfter(now) ? end : monthEnd;
    }
  }

  private record Counted(Claimed claimed, Person person, List<String> keys) {}

  /** Somebody whom a line writes to. */
  private static final class Person {
    final UUID lead;
    final List<String> numbers;
    /** How many messages to them left or are on their way, and the counters that the first of them was charged to. */
    int sends;
    List<String> charge = List.of();

    Person(UUID lead, List<String> numbers) {
      this.lead = lead;
      this.numbers = numbers;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theCountersAreWhatTheModelSaysAndNoLimitIsExceeded(int seed) throws SQLException {
    Random random = new Random(seed);
    TestClock clock = new TestClock(STARTS.get(seed % STARTS.size()));
    try (EngineWorld world = new EngineWorld(clock)) {
      new Run(world, clock, random, seed).go();
    }
  }

  private static final class Run {
    private final EngineWorld world;
    private final TestClock clock;
    private final Random random;
    private final int seed;
    private final UUID workspace;
    private final List<LineKey> lines = new ArrayList<>();
    private final List<ByHand> nodes;
    private final List<String> plans;
    private final List<@Nullable Integer[]> sizes = new ArrayList<>();
    private final Periods periods;
    private final Map<String, Integer> model = new TreeMap<>();
    private final List<Counted> open = new ArrayList<>();
    private final List<Counted> lost = new ArrayList<>();
    private final Map<LineKey, List<Person>> people = new HashMap<>();
    private final Map<String, Person> byNumber = new HashMap<>();
    private int plan;
    private int left;

    Run(EngineWorld world, TestClock clock, Random random, int seed) throws SQLException {
      this.world = world;
      this.clock = clock;
      this.random = random;
      this.seed = seed;
      plans = List.of(aPlan(), aPlan(), aPlan());
      String zone = ZONES.get(random.nextInt(ZONES.size()));
      workspace = world.aWorkspace(plans.getFirst(), zone);
      periods = new Periods(ZoneId.of(zone), clock.instant());
      for (int i = 0; i < 4; i++) {
        LineKey line = world.aLine(workspace);
        world.set(line, "daily_total_limit = " + maybe(9) + ", daily_new_limit = " + maybe(6) + ", hourly_new_limit = " + maybe(3));
        lines.add(line);
      }
      nodes = List.of(world.byHand(), world.byHand());
      messages(60);
    }

    private String aPlan() {
      Integer[] size = {number(30), number(80), number(15)};
      sizes.add(size);
      return world.aPlan(size[0], size[1], size[2]);
    }

    /** Never the same twice, as the name of a plan is made of them. */
    private Integer number(int most) {
      return most / 3 + random.nextInt(most) + sizes.size() * most;
    }

    private String maybe(int most) {
      return random.nextInt(3) == 0 ? "null" : String.valueOf(1 + random.nextInt(most));
    }

    private void messages(int count) {
      for (int i = 0; i < count; i++) {
        LineKey line = lines.get(random.nextInt(lines.size()));
        Person person = somebody(line);
        // What was thought when it was accepted may be wrong by now.
        world.aMessage(line, person.lead, person.numbers.get(random.nextInt(2)), random.nextBoolean());
      }
    }

    private Person somebody(LineKey line) {
      List<Person> known = people.computeIfAbsent(line, key -> new ArrayList<>());
      if (!known.isEmpty() && random.nextBoolean()) {
        return known.get(random.nextInt(known.size()));
      }
      List<String> numbers = List.of(world.aNumber(), world.aNumber());
      Person person = new Person(world.aLead(workspace, numbers.getFirst()), numbers);
      known.add(person);
      numbers.forEach(number -> byNumber.put(number, person));
      return person;
    }

    void go() throws SQLException {
      for (int step = 0; step < STEPS; step++) {
        int draw = random.nextInt(22);
        if (draw < 9) {
          claim();
        } else if (draw < 14) {
          settle();
        } else if (draw < 17) {
          timePasses();
        } else if (draw == 17) {
          changeZone();
        } else if (draw == 18) {
          changePlan();
        } else if (draw == 19) {
          reconcile();
        } else {
          messages(10);
        }
        assertThat(counters()).as("seed %d, step %d", seed, step).isEqualTo(model);
      }
      assertThat(left).as("seed %d: something left", seed).isPositive();
      everythingLeavesInTheEnd();
    }

    /** No slot is lost: given time, whatever waits gets one. */
    private void everythingLeavesInTheEnd() throws SQLException {
      plan = 2;
      world.update("update workspaces set plan = ? where workspace_id = ?", plans.get(plan), workspace);
      String waiting = "select count(*) from message_states where status in ('queued', 'pending', 'scheduled')";
      for (int half = 0; half < 250 && world.number(waiting) > 0; half++) {
        clock.advance(Duration.ofHours(12));
        periods.pass(clock.instant());
        claim(20);
        List<Outcome> outcomes = new ArrayList<>();
        open.forEach(each -> outcomes.add(Outcome.of(each.claimed().attempt(), new SendResult.Delivered("x"), clock.instant())));
        open.clear();
        nodes.getFirst().outcomes.write(outcomes);
      }
      assertThat(world.number(waiting)).as("seed %d: still waiting", seed).isZero();
      assertThat(counters()).as("seed %d, in the end", seed).isEqualTo(model);
    }

    private void claim() throws SQLException {
      claim(1 + random.nextInt(6));
    }

    private void claim(int size) throws SQLException {
      ByHand node = nodes.get(random.nextInt(2));
      node.beat();
      Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
      List<Claimed> claimed = node.claims(size);
      for (Claimed each : claimed) {
        UUID line = each.attempt().line().lineId();
        Person person = byNumber.get(each.attempt().recipient());
        assertThat(each.attempt().firstTouch()).as("seed %d: a first touch", seed).isEqualTo(person.sends == 0);
        if (person.sends++ == 0) {
          person.charge = charge(line, now);
          person.charge.forEach(key -> model.merge(key, 1, Integer::sum));
        }
        List<String> keys = keys(line, now);
        keys.forEach(key -> model.merge(key, 1, Integer::sum));
        open.add(new Counted(each, person, keys));
        left++;
      }
      if (!claimed.isEmpty()) {
        within("workspace_day", periods.dayStart, sizes.get(plan)[0]);
        within("workspace_month", periods.monthStart, sizes.get(plan)[1]);
        if (claimed.stream().anyMatch(each -> each.attempt().firstTouch())) {
          within("workspace_new_day", periods.dayStart, sizes.get(plan)[2]);
        }
      }
      assertThat(world.number("""
          select count(*) from lines l join usage_counters u using (workspace_id, line_id)
           where u.kind = 'line_day' and u.used > l.daily_total_limit or u.kind = 'line_new_day' and u.used > l.daily_new_limit
              or u.kind = 'line_new_hour' and u.used > l.hourly_new_limit""")).as("seed %d: lines over their limits", seed).isZero();
    }

    private void within(String kind, Instant start, @Nullable Integer size) {
      int used = model.getOrDefault(key(Counters.WHOLE_WORKSPACE, kind, start), 0);
      assertThat(used).as("seed %d: %s", seed, kind).isLessThanOrEqualTo(size == null ? Integer.MAX_VALUE : size);
    }

    private List<String> keys(UUID line, Instant now) {
      return List.of(
          key(Counters.WHOLE_WORKSPACE, "workspace_day", periods.dayStart),
          key(Counters.WHOLE_WORKSPACE, "workspace_month", periods.monthStart),
          key(line, "line_day", now.truncatedTo(ChronoUnit.DAYS)));
    }

    private List<String> charge(UUID line, Instant now) {
      return List.of(
          key(Counters.WHOLE_WORKSPACE, "workspace_new_day", periods.dayStart),
          key(line, "line_new_day", now.truncatedTo(ChronoUnit.DAYS)),
          key(line, "line_new_hour", now.truncatedTo(ChronoUnit.HOURS)));
    }

    private static String key(UUID owner, String kind, Instant start) {
      return kind + " " + owner + " " + start;
    }

    /** Some of the open attempts, however old, learn what became of them. */
    private void settle() throws SQLException {
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = random.nextInt(5); i >= 0 && !open.isEmpty(); i--) {
        Counted counted = open.remove(random.nextInt(open.size()));
        SendResult result = switch (random.nextInt(6)) {
          case 0 -> new SendResult.NotReachable("nobody there", List.of());
          case 1 -> new SendResult.TryLater("later", Duration.ofMinutes(random.nextInt(300)), false);
          case 2 -> new SendResult.Refused("no", false);
          case 3 -> new SendResult.Unknown("no answer");
          default -> new SendResult.Delivered("x");
        };
        if (result instanceof SendResult.NotReachable || result instanceof SendResult.TryLater) {
          neverLeft(counted);
        } else if (result instanceof SendResult.Unknown) {
          lost.add(counted);
        }
        outcomes.add(Outcome.of(counted.claimed().attempt(), result, clock.instant()));
      }
      write(outcomes);
    }

    /** What was lost and is due to be asked about turns out never to have left. */
    private void reconcile() throws SQLException {
      List<Outcome> outcomes = new ArrayList<>();
      for (Reconcile.Question question : nodes.get(random.nextInt(2)).takesQuestions()) {
        lost.removeIf(counted -> {
          boolean found = counted.claimed().attempt().attemptId().equals(question.attempt().attemptId());
          if (found) {
            neverLeft(counted);
            outcomes.add(Outcome.neverLeft(question.attempt(), "proven_not_sent", true, clock.instant()));
          }
          return found;
        });
      }
      write(outcomes);
    }

    private void neverLeft(Counted counted) {
      counted.keys().forEach(key -> model.merge(key, -1, Integer::sum));
      if (--counted.person().sends == 0) {
        counted.person().charge.forEach(key -> model.merge(key, -1, Integer::sum));
      }
    }

    private void write(List<Outcome> outcomes) throws SQLException {
      if (!outcomes.isEmpty()) {
        nodes.get(random.nextInt(2)).outcomes.write(outcomes);
        model.values().removeIf(used -> used == 0);
      }
    }

    private void timePasses() {
      clock.advance(Duration.ofSeconds(random.nextInt(random.nextBoolean() ? 4_000 : 40_000)));
      periods.pass(clock.instant());
    }

    private void changeZone() {
      String zone = ZONES.get(random.nextInt(ZONES.size()));
      if (zone.equals(periods.zone.getId())) {
        return;
      }
      world.database.asWorkspace(workspace, tx -> {
        ZoneChange.during(tx, zone, clock, () ->
            tx.ownUpdate("update workspaces set zone = :zone where workspace_id = :workspace").bind("zone", zone).execute());
        return true;
      });
      periods.move(ZoneId.of(zone), clock.instant());
    }

    private void changePlan() {
      plan = random.nextInt(plans.size());
      world.update("update workspaces set plan = ? where workspace_id = ?", plans.get(plan), workspace);
    }

    private Map<String, Integer> counters() {
      Map<String, Integer> counters = new TreeMap<>();
      world.database.crossing(tx -> tx.query("""
              select line_id, kind, period_start, used from usage_counters where used > 0""")
          .map((row, context) -> counters.put(
              key(row.getObject(1, UUID.class), row.getString(2), row.getTimestamp(3).toInstant()), row.getInt(4)))
          .list());
      return counters;
    }
  }
}
