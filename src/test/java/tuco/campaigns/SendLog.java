package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.World;

/**
 * What left, when, from where, to whom, as the event log has it, and the rules of sending held against it. Written apart
 * from the engine, from the words of the contract alone: it shares no code with what decides.
 */
final class SendLog {
  /** One send. */
  private record Sent(UUID campaign, UUID lead, int step, UUID line, Instant at, ZoneId zone) {
    ZonedDateTime local() {
      return at.atZone(zone);
    }
  }

  private final List<Sent> sends;
  private final Map<UUID, List<Sent>> byLead;
  private final Map<UUID, List<Sent>> byLine;

  private SendLog(List<Sent> sends) {
    this.sends = sends;
    byLead = sends.stream().collect(Collectors.groupingBy(Sent::lead));
    byLine = sends.stream().collect(Collectors.groupingBy(Sent::line));
  }

  /** Reads the log of all campaigns: each time a message was claimed to be sent is a send, whatever came of it. */
  static SendLog read(World world) {
    List<Sent> sends = world.database().crossing(tx -> tx.query("""
            select m.campaign_id, m.lead_id, m.step_index, s.line_id, e.at, l.zone
              from message_events e
              join messages m on m.workspace_id = e.workspace_id and m.message_id = e.message_id
              join message_states s on s.workspace_id = e.workspace_id and s.message_id = e.message_id
              join leads l on l.workspace_id = m.workspace_id and l.lead_id = m.lead_id
             where m.campaign_id is not null and e.status = 'sending'
             order by e.at, m.message_id""")
        .map((row, ctx) -> new Sent(row.getObject(1, UUID.class), row.getObject(2, UUID.class), row.getInt(3), row.getObject(4, UUID.class),
            row.getTimestamp(5).toInstant(), ZoneId.of(row.getString(6)))).list());
    return new SendLog(new ArrayList<>(sends));
  }

  /** What one of them sent. */
  SendLog of(UUID campaign) {
    return new SendLog(sends.stream().filter(sent -> sent.campaign().equals(campaign)).toList());
  }

  /** Every lead, every step, once, the later after the earlier. */
  void eachLeadGotEachStepOnceInOrder(int leads, int steps) {
    assertThat(byLead).hasSize(leads);
    byLead.forEach((lead, got) -> assertThat(got.stream().map(Sent::step)).as("lead %s", lead)
        .containsExactlyElementsOf(java.util.stream.IntStream.range(0, steps).boxed().toList()));
  }

  /** A day is a day of the recipient's calendar, 23 or 25 hours where the clocks change; never sooner than the delay says. */
  void delaysAreKept(List<Duration> delays) {
    byLead.values().forEach(got -> {
      for (int i = 1; i < got.size(); i++) {
        Sent before = got.get(i - 1);
        Duration delay = delays.get(got.get(i).step());
        boolean days = delay.toHours() % 24 == 0;
        Instant earliest = days ? before.local().plusDays(delay.toDays()).toInstant() : before.at().plus(delay);
        assertThat(got.get(i).at()).as("step %d of lead %s after %s", got.get(i).step(), before.lead(), before.at())
            .isAfterOrEqualTo(earliest);
      }
    });
  }

  /** Between these hours of the recipient's wall clock, or that of one zone for all, on these days (0 is Sunday). */
  void windowsAreKept(@Nullable ZoneId zone, int from, int to, List<Integer> days) {
    sends.forEach(sent -> {
      ZonedDateTime local = zone == null ? sent.local() : sent.at().atZone(zone);
      assertThat(local.getHour()).as("%s", local).isBetween(from, to - 1);
      assertThat(days).as("%s", local).contains(local.getDayOfWeek().getValue() % 7);
    });
  }

  /** Between two sends of a line, and between two first messages to different people. */
  void gapsAreKept(Duration device, Duration contact) {
    byLine.forEach((line, of) -> {
      apart(of, device);
      apart(of.stream().filter(this::isFirstTouch).toList(), contact);
    });
  }

  /** Whether nothing had been sent to this person before, by any campaign. */
  private boolean isFirstTouch(Sent sent) {
    return byLead.getOrDefault(sent.lead(), List.of()).getFirst().equals(sent);
  }

  private static void apart(List<Sent> sends, Duration gap) {
    for (int i = 1; i < sends.size(); i++) {
      assertThat(Duration.between(sends.get(i - 1).at(), sends.get(i).at())).as("before %s", sends.get(i)).isGreaterThanOrEqualTo(gap);
    }
  }

  /** Per line: all a UTC day, first touches a UTC day and a UTC hour. */
  void capsAreKept(int total, int first, int firstAnHour) {
    Map<String, Integer> used = new HashMap<>();
    for (Sent sent : sends) {
      String day = sent.line() + " " + sent.at().atOffset(ZoneOffset.UTC).toLocalDate();
      assertThat(used.merge(day, 1, Integer::sum)).as(day).isLessThanOrEqualTo(total);
      if (isFirstTouch(sent)) {
        assertThat(used.merge(day + " first", 1, Integer::sum)).as(day).isLessThanOrEqualTo(first);
        String hour = sent.line() + " " + sent.at().truncatedTo(ChronoUnit.HOURS);
        assertThat(used.merge(hour, 1, Integer::sum)).as(hour).isLessThanOrEqualTo(firstAnHour);
      }
    }
  }

  /** A lead stays on its line (decisions 5.9). */
  void eachLeadTalksToOneLine() {
    byLead.forEach((lead, got) -> {
      Set<UUID> lines = new HashSet<>();
      got.forEach(sent -> lines.add(sent.line()));
      assertThat(lines).as("lead %s", lead).hasSize(1);
    });
  }

  /** Nobody hears from two campaigns on one day of theirs. */
  void nobodyHearsFromTwoCampaignsADay() {
    Map<String, UUID> days = new HashMap<>();
    sends.forEach(sent -> assertThat(days.merge(sent.lead() + " " + sent.local().toLocalDate(), sent.campaign(), (first, second) -> first))
        .as("%s on %s", sent.lead(), sent.local()).isEqualTo(sent.campaign()));
  }

  /** So that the checks above saw all there is to see: every line worked, every zone was written to on both sides of a change. */
  void spreadsOverLinesAndZones(int lines, List<String> zones) {
    assertThat(byLine).hasSize(lines);
    assertThat(sends.stream().map(sent -> sent.zone().getId()).distinct()).containsExactlyInAnyOrderElementsOf(zones);
    Instant last = sends.stream().map(Sent::at).max(Comparator.naturalOrder()).orElseThrow();
    assertThat(last).isAfter(Instant.parse("2026-03-29T01:00:00Z"));
    assertThat(sends.getFirst().at()).isBefore(Instant.parse("2026-03-08T07:00:00Z"));
  }
}
