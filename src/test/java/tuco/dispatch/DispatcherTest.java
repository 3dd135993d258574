package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.channels.SendResult;
import tuco.events.Happening;

/** The engine as a whole: P3, B5, decisions 5. */
class DispatcherTest {
  @Test
  void aMessageGoesOutAndEveryStepIsAnEvent() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      Dispatcher engine = world.startEngine();
      UUID message = world.aMessage(line);
      engine.signal(line.workspaceId(), line.lineId());
      world.eventually("delivered", message);
      assertThat(world.events(message)).isEqualTo(
          "queued(accepted) sending(claimed) sent(accepted_by_provider) delivered(delivered_by_provider)");
      assertThat(world.happened).extracting(Happening::event).containsExactly("message.sent", "message.delivered");
      assertThat(world.used(line.lineId(), "line_day")).isOne();
      assertThat(world.used(line.lineId(), "line_new_hour")).isOne();
      assertThat(world.used(Counters.WHOLE_WORKSPACE, "workspace_month")).isOne();
    }
  }

  @Test
  void aMessageNobodySignalledIsFoundByTheSweep() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.startEngine();
      world.eventually("delivered", world.aMessage(line));
    }
  }

  /** B5: two engines, one workspace ceiling, ten lines; the sum is the ceiling and not one more. */
  @Test
  void noPlanCeilingIsExceededByTwoEngines() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      UUID workspace = world.aWorkspace(world.aPlan(137, null, null), "UTC");
      for (int i = 0; i < 10; i++) {
        world.manyMessages(world.aLine(workspace), 40);
      }
      world.startEngine();
      world.startEngine();
      world.eventually(137, "delivered");
      world.staysAt(137, "delivered");
      assertThat(world.channel.sent).hasSize(137);
      assertThat(world.channel.timesEach()).containsOnly(1L);
      assertThat(world.used(workspace, "workspace_day")).isEqualTo(137);
      assertThat(world.text("select string_agg(distinct hold_reason, ',') from line_leases where hold_until > now()"))
          .isEqualTo("plan_daily");
    }
  }

  /** B5, B6: each of a line's limits holds exactly, says so on the line, and ends with its period. */
  @Test
  void lineLimitsHoldAndEndWithTheirPeriod() {
    TestClock clock = new TestClock("2026-03-01T22:30:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.set(line, "hourly_new_limit = 3, daily_new_limit = 5, daily_total_limit = 7");
      world.manyMessages(line, 20);
      world.startEngine();
      world.eventually(3, "delivered");
      world.staysAt(3, "delivered");
      assertThat(world.text("select new_hold_reason from line_leases")).isEqualTo("line_hourly_new");
      clock.advance(Duration.ofMinutes(30));
      world.eventually(5, "delivered");
      world.staysAt(5, "delivered");
      assertThat(world.text("select new_hold_reason || new_hold_until::text from line_leases"))
          .startsWith("line_daily_new2026-03-02 00:00:00");
      // Follow-ups are no first touches: two more fit into the day.
      String known = world.text("select address from contacts limit 1");
      UUID lead = UUID.fromString(world.text("select lead_id from contacts where address = ?", known));
      for (int i = 0; i < 4; i++) {
        world.aMessage(line, lead, known, false);
      }
      world.eventually(7, "delivered");
      world.staysAt(7, "delivered");
      assertThat(world.text("select hold_reason from line_leases")).isEqualTo("line_daily_total");
      clock.set("2026-03-02T00:00:00Z");
      world.eventually(12, "delivered");
      assertThat(world.number("select count(*) from message_states where wait_reason is not null")).isZero();
    }
  }

  /** Decisions 5.5: a campaign of many in one workspace does not delay a single message in another. */
  @Test
  void aLargeQueueDelaysNobodyElse() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      UUID large = world.aWorkspace();
      for (int i = 0; i < 20; i++) {
        world.manyMessages(world.aLine(large), 150);
      }
      LineKey small = world.aLine(world.aWorkspace());
      Dispatcher engine = world.startEngine();
      tuco.Eventually.within(Duration.ofSeconds(20), () -> assertThat(world.channel.sent.size()).isGreaterThan(100));
      int before = world.channel.sent.size();
      UUID message = world.aMessage(small);
      engine.signal(small.workspaceId(), small.lineId());
      world.eventually("delivered", message);
      int place = 0;
      synchronized (world.channel.sent) {
        while (!world.channel.sent.get(place).message().messageId().equals(message)) {
          place++;
        }
      }
      assertThat(place - before).isLessThan(1_500);
      world.eventually(3_001, "delivered");
      assertThat(world.channel.timesEach()).hasSize(3_001).containsOnly(1L);
    }
  }

  @Test
  void gapsAreKeptBetweenSendsOfADeviceAndBetweenNewPeople() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.set(line, "device_gap_ms = 30000, contact_gap_ms = 45000");
      String known = world.aNumber();
      UUID lead = world.aLead(line.workspaceId(), known);
      world.update("insert into contacts values (?, ?, ?, ?, now(), now())",
          line.workspaceId(), line.lineId(), known, lead);
      world.messages(line, 2);
      UUID followUp = world.aMessage(line, lead, known, false);
      world.startEngine();
      world.eventually(1, "delivered");
      clock.advance(Duration.ofSeconds(29));
      world.staysAt(1, "delivered");
      clock.advance(Duration.ofSeconds(1));
      // The second new person waits for the 45 s; the follow-up may pass.
      world.eventually("delivered", followUp);
      world.staysAt(2, "delivered");
      clock.advance(Duration.ofSeconds(15));
      world.staysAt(2, "delivered");
      clock.advance(Duration.ofSeconds(15));
      world.eventually(3, "delivered");
    }
  }

  /** B1, decisions 4.7: what is queued holds while the workspace is read-only, and goes on afterwards. */
  @Test
  void readOnlyHoldsTheQueueAndLetsItGoAfterwards() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace();
      LineKey line = world.aLine(workspace);
      world.update("update workspaces set read_only_reason = 'past_due' where workspace_id = ?", workspace);
      UUID message = world.aMessage(line);
      world.startEngine();
      tuco.Eventually.within(Duration.ofSeconds(10), () ->
          assertThat(world.text("select hold_reason from line_leases")).isEqualTo("read_only"));
      assertThat(world.status(message)).isEqualTo("queued");
      world.update("update workspaces set read_only_reason = null where workspace_id = ?", workspace);
      clock.advance(Duration.ofSeconds(5));
      world.eventually("delivered", message);
    }
  }

  /** Decisions 5.7: do-not-contact is checked again at the last moment. */
  @Test
  void aRecipientSuppressedMeanwhileIsCancelled() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      String recipient = world.aNumber();
      world.update("""
          insert into suppressions (workspace_id, suppression_id, address_hash, kind, reason, source, created_at)
          values (?, gen_random_uuid(), ?, 'phone', 'STOP', 'reply', now())""",
          line.workspaceId(), tuco.leads.Suppressions.hash(line.workspaceId(), recipient));
      UUID message = world.aMessage(line, recipient, true);
      UUID other = world.aMessage(line);
      world.startEngine();
      world.eventually("cancelled", message);
      world.eventually("delivered", other);
      assertThat(world.events(message)).endsWith("cancelled(do_not_contact)");
      assertThat(world.used(line.lineId(), "line_day")).isOne();
    }
  }

  /** Decisions 4.2: what never left is given back in its own period, and the next message is a first touch again. */
  @Test
  void aFallbackIsRefunded() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.NotReachable("No iMessage", List.of(message.recipient()));
      UUID message = world.aMessage(line);
      world.startEngine();
      world.eventually("fallback", message);
      assertThat(world.used(line.lineId(), "line_day")).isZero();
      assertThat(world.used(line.lineId(), "line_new_day")).isZero();
      assertThat(world.used(Counters.WHOLE_WORKSPACE, "workspace_day")).isZero();
      assertThat(world.number("select count(*) from contacts")).isZero();
      assertThat(world.text("select checked_addresses[1] from message_states")).startsWith("+1555");
      assertThat(world.happened).extracting(Happening::event).containsExactly("message.fallback");
    }
  }

  /** Contract 7.4: five attempts, a minute more apart each time, then failed with the provider's words. */
  @Test
  void tryLaterIsTriedFiveTimes() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.TryLater("Mailbox busy", null, false);
      UUID message = world.aMessage(line);
      world.startEngine();
      for (int attempt = 1; attempt <= 4; attempt++) {
        String due = clock.instant().plusSeconds(60L * attempt).toString();
        int tried = attempt;
        tuco.Eventually.within(Duration.ofSeconds(10), () -> assertThat(world.number(
            "select count(*) from message_states where status = 'queued' and attempts = ? and due_at = ?::timestamptz", tried, due))
            .isOne());
        assertThat(world.used(line.lineId(), "line_day")).isZero();
        clock.advance(Duration.ofSeconds(60L * attempt));
      }
      world.eventually("failed", message);
      assertThat(world.text("select error from message_states")).isEqualTo("Mailbox busy");
      assertThat(world.used(line.lineId(), "line_day")).isZero();
    }
  }

  @Test
  void aRefusalFailsWithTheProvidersWordsAndADeadAddressIsSuppressed() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.Refused("550 no such user", true);
      String recipient = world.aNumber();
      UUID message = world.aMessage(line, recipient, true);
      world.startEngine();
      world.eventually("failed", message);
      assertThat(world.text("select error from message_states")).isEqualTo("550 no such user");
      world.eventually("cancelled", world.aMessage(line, recipient, false));
    }
  }

  /** Contract 4.6: a line that fails seven times in a row is down, its messages wait, and it comes back when it works. */
  @Test
  void aLineGoesDownAfterAStreakAndComesBack() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.TryLater("Cannot connect", null, true);
      world.channel.healthy = false;
      UUID message = world.aMessage(line);
      world.startEngine();
      for (int failures = 1; failures <= 7; failures++) {
        int streak = failures;
        tuco.Eventually.within(Duration.ofSeconds(10), () -> assertThat(world.number(
            "select consecutive_failures from line_leases")).isEqualTo(streak));
        clock.advance(Duration.ofSeconds(61));
      }
      assertThat(world.text("select health_status || ' ' || health_words from lines")).isEqualTo("down Cannot connect");
      assertThat(world.text("select status || ' ' || wait_reason || ' ' || attempts from message_states"))
          .isEqualTo("queued line_down 0");
      world.channel.healthy = true;
      world.channel.answer = sent -> new SendResult.Accepted("x");
      clock.advance(Duration.ofSeconds(61));
      tuco.Eventually.within(Duration.ofSeconds(20), () -> {
        clock.advance(Duration.ofSeconds(1));
        assertThat(world.status(message)).isEqualTo("sent");
      });
      assertThat(world.text("select health_status from lines")).isEqualTo("healthy");
      assertThat(world.happened).extracting(Happening::event).containsExactly("line.down", "line.up", "message.sent");
    }
  }

  @Test
  void aMessageWaitsForItsWindowByTheWallClock() {
    TestClock clock = new TestClock("2026-03-08T05:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      world.update("""
          update messages set zone = 'America/New_York', window_start = '09:00', window_end = '17:00', weekdays = '{0,1}'""");
      world.startEngine();
      tuco.Eventually.within(Duration.ofSeconds(10), () -> assertThat(
          world.text("select wait_reason || ' ' || (due_at at time zone 'UTC') from message_states"))
          // The clocks went forward at 02:00 that Sunday: nine o'clock is 13:00 UTC, not 14:00.
          .isEqualTo("window 2026-03-08 13:00:00"));
      clock.set("2026-03-08T13:00:00Z");
      world.eventually("delivered", message);
    }
  }

  @Test
  void aCleanStopFinishesWhatItHoldsAndGivesItsLinesBack() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.manyMessages(line, 300);
      Dispatcher engine = world.startEngine();
      tuco.Eventually.within(Duration.ofSeconds(10), () -> assertThat(world.channel.sent).isNotEmpty());
      engine.close();
      assertThat(world.count("sending")).isZero();
      assertThat(world.count("delivered")).isEqualTo(world.channel.sent.size());
      assertThat(world.number("select count(*) from line_leases where node_id is not null")).isZero();
      assertThat(world.number("select count(*) from nodes")).isZero();
      world.startEngine();
      world.eventually(300, "delivered");
      assertThat(world.channel.timesEach()).containsOnly(1L);
    }
  }

  /** Decisions 5.8: the person's addresses are tried in order, and only what left is counted. */
  @Test
  void whereAnAddressIsNotReachedTheNextIsTried() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> message.recipient().equals("ada@example.com")
          ? new SendResult.Accepted("x") : new SendResult.NotReachable("No iMessage", List.of(message.recipient()));
      UUID message = world.aMessage(line, "+15550100", true);
      world.update("update messages set addresses = '{+15550100,+15550101,ada@example.com}'");
      world.startEngine();
      world.eventually("sent", message);
      assertThat(world.channel.sent).extracting(sent -> sent.message().recipient()).containsExactly("ada@example.com");
      assertThat(world.text("select checked_addresses::text || attempts from message_states")).isEqualTo("{+15550100,+15550101}1");
      assertThat(world.text("select recipient from messages")).isEqualTo("ada@example.com");
      assertThat(world.text("select string_agg(address, ',') from contacts")).isEqualTo("ada@example.com");
      assertThat(world.used(line.lineId(), "line_new_day")).isOne();
    }
  }

  @Test
  void aLineThatCannotBeReadStopsNobodyElse() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      UUID workspace = world.aWorkspace();
      LineKey broken = world.aLine(workspace);
      world.set(broken, "secrets = '\\x00'");
      UUID stuck = world.aMessage(broken);
      LineKey line = world.aLine(workspace);
      UUID message = world.aMessage(line);
      world.startEngine();
      world.eventually("delivered", message);
      assertThat(world.status(stuck)).isEqualTo("queued");
    }
  }

  /** Contract 4.3: the second message to a new person is a follow-up, even if both were queued before either left. */
  @Test
  void whatFollowsAFirstMessageDoesNotWaitForFirstTouchLimits() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.set(line, "daily_new_limit = 1, device_gap_ms = 30000");
      String person = world.aNumber();
      UUID lead = world.aLead(line.workspaceId(), person);
      UUID first = world.aMessage(line, lead, person, true);
      clock.advance(Duration.ofSeconds(1));
      world.aMessage(line);
      UUID second = world.aMessage(line, lead, person, true);
      world.startEngine();
      world.eventually("delivered", first);
      clock.advance(Duration.ofSeconds(30));
      world.eventually("delivered", second);
      // The claim that took the follow-up may have come before the one that looks at the stranger's message.
      Eventually.within(Duration.ofSeconds(10),
          () -> assertThat(world.text("select new_hold_reason from line_leases")).isEqualTo("line_daily_new"));
    }
  }
}
