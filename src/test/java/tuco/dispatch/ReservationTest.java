package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tuco.dispatch.Reservation.Candidate;
import tuco.dispatch.Reservation.Decision;
import tuco.limits.Periods;
import tuco.limits.PlanClock;

/** B5: what may leave, decided purely; checked against a model that recounts everything it ever sent. */
class ReservationTest {
  /** One message the model let go. */
  private record Sent(Instant at, int line, boolean first) {}

  private record Limits(@Nullable Integer day, @Nullable Integer newDay, @Nullable Integer newHour, long deviceGap, long contactGap) {}

  private final Random random = new Random(4_2);

  /** Weeks of random traffic over several lines of one workspace: no limit is ever exceeded, and nothing waits without cause. */
  @Test
  void noLimitIsEverExceededAndNothingWaitsWithoutCause() {
    for (int world = 0; world < 30; world++) {
      simulate(ZoneId.of(world % 2 == 0 ? "America/New_York" : "Pacific/Auckland"));
    }
  }

  private void simulate(ZoneId zone) {
    Integer planDay = maybe(40);
    Integer planMonth = maybe(200);
    Integer planNew = maybe(20);
    List<Limits> lines = new ArrayList<>();
    List<Instant[]> ready = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      lines.add(new Limits(maybe(15), maybe(8), maybe(4),
          random.nextBoolean() ? 0 : 30_000L * random.nextInt(4), random.nextBoolean() ? 0 : 45_000L * random.nextInt(4)));
      ready.add(new Instant[] {Instant.MIN, Instant.MIN});
    }
    List<Sent> history = new ArrayList<>();
    Set<String> known = new HashSet<>();
    Instant now = Instant.parse("2026-10-25T00:00:00Z");
    for (int step = 0; step < 400; step++) {
      now = now.plusSeconds(random.nextInt(4_000));
      Reservation reservation = new Reservation(now);
      var workspace = new Budget.OfWorkspace(PlanClock.of(zone), random.nextInt(20) == 0, planDay, planMonth, planNew);
      workspace.day.used = count(history, Periods.day(now, zone), null, false);
      workspace.month.used = count(history, Periods.month(now, zone), null, false);
      workspace.newDay.used = count(history, Periods.day(now, zone), null, true);
      int line = random.nextInt(lines.size());
      Budget.OfLine budget = budget(workspace, lines.get(line), history, line, ready.get(line), now);
      for (int i = random.nextInt(12); i >= 0; i--) {
        String person = line + ":" + random.nextInt(60);
        UUID lead = new UUID(line, person.hashCode());
        var candidate = new Candidate(lead, person, known.contains(person), random.nextInt(30) == 0 ? "do_not_contact" : null, null);
        Decision decision = reservation.decide(budget, candidate);
        if (decision instanceof Decision.Send send) {
          assertThat(send.firstTouch()).isEqualTo(known.add(person));
          history.add(new Sent(now, line, send.firstTouch()));
          checkLimits(history, now, zone, planDay, planMonth, planNew, line, lines.get(line));
        } else if (decision instanceof Decision.Wait wait) {
          checkCause(budget, wait, now);
        }
        if (decision instanceof Decision.Wait(boolean wholeLine) && wholeLine) {
          break;
        }
      }
      ready.set(line, new Instant[] {budget.readyAt, budget.newReadyAt});
    }
    assertThat(history).isNotEmpty();
  }

  private @Nullable Integer maybe(int most) {
    return random.nextBoolean() ? null : Integer.valueOf(1 + random.nextInt(most));
  }

  private static Budget.OfLine budget(
      Budget.OfWorkspace workspace, Limits limits, List<Sent> history, int line, Instant[] ready, Instant now) {
    var budget = new Budget.OfLine(
        workspace, limits.day, limits.newDay, limits.newHour, limits.deviceGap, limits.contactGap, ready[0], ready[1]);
    budget.day.used = count(history, Periods.lineDay(now), line, false);
    budget.newDay.used = count(history, Periods.lineDay(now), line, true);
    budget.newHour.used = count(history, Periods.lineHour(now), line, true);
    return budget;
  }

  private static int count(List<Sent> history, Instant since, @Nullable Integer line, boolean first) {
    return (int) history.stream()
        .filter(sent -> !sent.at.isBefore(since) && (line == null || sent.line == line) && (!first || sent.first))
        .count();
  }

  /** Counts by calendar fields instead of period starts, so that a fault in the periods shows. */
  private static void checkLimits(List<Sent> history, Instant now, ZoneId zone, @Nullable Integer planDay,
      @Nullable Integer planMonth, @Nullable Integer planNew, int line, Limits limits) {
    ZonedDateTime local = now.atZone(zone);
    ZonedDateTime utc = now.atZone(ZoneId.of("UTC"));
    int day = 0;
    int month = 0;
    int newDay = 0;
    int lineDay = 0;
    int lineNew = 0;
    int lineHour = 0;
    Instant lastOfLine = null;
    for (Sent sent : history.reversed()) {
      ZonedDateTime there = sent.at.atZone(zone);
      ZonedDateTime thereUtc = sent.at.atZone(ZoneId.of("UTC"));
      boolean today = there.toLocalDate().equals(local.toLocalDate());
      day += today ? 1 : 0;
      newDay += today && sent.first ? 1 : 0;
      month += there.getYear() == local.getYear() && there.getMonth() == local.getMonth() ? 1 : 0;
      if (sent.line == line) {
        boolean utcToday = thereUtc.toLocalDate().equals(utc.toLocalDate());
        lineDay += utcToday ? 1 : 0;
        lineNew += utcToday && sent.first ? 1 : 0;
        lineHour += utcToday && thereUtc.getHour() == utc.getHour() && sent.first ? 1 : 0;
        if (lastOfLine != null && limits.deviceGap > 0) {
          assertThat(Duration.between(sent.at, lastOfLine).toMillis()).isGreaterThanOrEqualTo(limits.deviceGap);
        }
        lastOfLine = sent.at;
      }
    }
    within(day, planDay);
    within(month, planMonth);
    within(newDay, planNew);
    within(lineDay, limits.day);
    within(lineNew, limits.newDay);
    within(lineHour, limits.newHour);
  }

  private static void within(int used, @Nullable Integer limit) {
    if (limit != null) {
      assertThat(used).isLessThanOrEqualTo(limit);
    }
  }

  /** Whatever waits knows until when and why: a hold with a reason, or a gap. */
  private static void checkCause(Budget.OfLine budget, Decision.Wait wait, Instant now) {
    boolean held = wait.wholeLine()
        ? budget.holdUntil.isAfter(now) && budget.holdReason != null || budget.readyAt.isAfter(now)
        : budget.newHoldUntil.isAfter(now) && budget.newHoldReason != null || budget.newReadyAt.isAfter(now);
    assertThat(held).isTrue();
  }

  @Test
  void ofSeveralSpentLimitsTheLongestIsNamed() {
    Instant now = Instant.parse("2026-03-30T12:00:00Z");
    var workspace = new Budget.OfWorkspace(PlanClock.of(ZoneId.of("America/New_York")), false, 0, 0, null);
    var line = new Budget.OfLine(workspace, 0, null, null, 0, 0, Instant.MIN, Instant.MIN);
    assertThat(new Reservation(now).decide(line, new Candidate(UUID.randomUUID(), "+15550100", false, null, null)))
        .isEqualTo(new Decision.Wait(true));
    assertThat(line.holdReason).isEqualTo("plan_monthly");
    assertThat(line.holdUntil).isEqualTo("2026-04-01T04:00:00Z");
  }
}
