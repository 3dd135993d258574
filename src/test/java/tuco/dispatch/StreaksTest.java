package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.channels.SendResult;
import tuco.events.Happening;

/** P2, decisions 7.3: a line that fails again and again is paused, and a person resumes it. */
class StreaksTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final TestClock clock = new TestClock("2026-03-01T10:00:00Z");

  @Test
  void aLineThatTheProviderRefusesSevenTimesInARowIsPausedAndLosesNoMore() {
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.Refused("550 5.7.1 account suspended", false, true);
      List<UUID> refused = world.messages(line, 7);
      world.startEngine();
      Eventually.within(SOON, () -> assertThat(world.text("select is_active || ' ' || paused_by_engine || ' ' || pause_reason from lines"))
          .isEqualTo("false true 7 failures in a row, the last: 550 5.7.1 account suspended"));
      refused.forEach(message -> world.eventually("failed", message));
      UUID waiting = world.aMessage(line);
      clock.advance(Duration.ofHours(1));
      world.staysAt(1, "queued");
      assertThat(world.happened).filteredOn(news -> news.event().equals("line.down")).singleElement()
          .extracting(news -> news.data().get("paused")).isEqualTo(true);
      world.channel.answer = message -> new SendResult.Accepted("x");
      world.set(line, "is_active = true, paused_by_engine = false");
      world.eventually("sent", waiting);
    }
  }

  @Test
  void whatWorksEndsAStreakAndADeadAddressIsNone() {
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      AtomicInteger n = new AtomicInteger();
      world.channel.answer = message -> {
        int i = n.incrementAndGet();
        return i % 7 == 0 ? new SendResult.Accepted("x")
            : i % 7 == 3 ? new SendResult.Refused("550 5.1.1 no such user", true) : new SendResult.Refused("550 no", false, true);
      };
      List<UUID> messages = world.messages(line, 42);
      world.startEngine();
      Eventually.within(SOON, () -> assertThat(world.number("select count(*) from message_states where status in ('failed', 'sent')"))
          .isEqualTo(messages.size()));
      assertThat(world.text("select is_active::text from lines")).isEqualTo("true");
      assertThat(world.happened).extracting(Happening::event).doesNotContain("line.down");
    }
  }

  /** Else it would go down and come back for ever, with a letter each time. */
  @Test
  void aLineThatIsWellWhenAskedAndFailsWhenUsedIsPausedInTheEnd() {
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> new SendResult.TryLater("530 log in first", null, true);
      UUID message = world.aMessage(line);
      world.startEngine();
      Eventually.within(SOON, () -> {
        clock.advance(Duration.ofSeconds(61));
        assertThat(world.text("select is_active || ' ' || pause_reason from lines"))
            .isEqualTo("false 10 failures in a row, the last: 530 log in first");
      });
      assertThat(world.status(message)).as("nothing is lost").isEqualTo("queued");
    }
  }

  /** Contract 4.6, but for those who know the line: whether it comes back is for a person to say. */
  @Test
  void whoDoesNotKnowAPausedLineMovesAndWhoKnowsItWaits() {
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace();
      LineKey paused = world.aLine(workspace);
      LineKey other = world.aLine(workspace);
      world.set(paused, "is_active = false, paused_by_engine = true");
      String known = world.aNumber();
      UUID lead = world.aLead(workspace, known);
      world.update("insert into contacts values (?, ?, ?, ?, now(), now())", workspace, paused.lineId(), known, lead);
      UUID followUp = world.aMessage(paused, lead, known, false);
      UUID fresh = world.aMessage(paused);
      world.startEngine();
      world.eventually("delivered", fresh);
      assertThat(world.channel.sent).extracting(sent -> sent.line().lineId()).containsExactly(other.lineId());
      assertThat(world.status(followUp)).isEqualTo("queued");
      world.set(paused, "paused_by_engine = false");
      world.eventually("failed", followUp);
    }
  }
}
