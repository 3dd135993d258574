package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.TestClock;
import tuco.channels.SendResult;

/** B5: a first touch is charged for the person, whichever of several messages to them it is that leaves in the end. */
class FirstTouchTest {
  private final TestClock clock = new TestClock("2026-03-01T10:59:30Z");
  private EngineWorld world;
  private ByHand node;
  private LineKey line;
  private String number;
  private UUID lead;

  @BeforeEach
  void somebodyGetsTwoMessages() throws SQLException {
    world = new EngineWorld(clock);
    line = world.aLine(world.aWorkspace());
    world.set(line, "daily_new_limit = 1");
    node = world.byHand();
    number = world.aNumber();
    lead = world.aLead(line.workspaceId(), number);
    world.aMessage(line, lead, number, true);
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void theChargeStaysWhenTheFirstComesBackAndTheSecondLeaves() throws SQLException {
    world.aMessage(line, lead, number, false);
    List<Claimed> both = node.claims(10);
    assertThat(both).extracting(each -> each.attempt().firstTouch()).containsExactly(true, false);
    node.outcomes.write(List.of(comesBack(both.getFirst()), leaves(both.getLast())));
    assertThat(charged()).isEqualTo("1 1 1");
    // A slot given back here would let a second new person through on the same day.
    world.aMessage(line);
    assertThat(node.claims(10)).extracting(each -> each.attempt().recipient()).containsExactly(number);
    assertThat(charged()).isEqualTo("1 1 1");
  }

  @Test
  void theChargeIsGivenBackToTheHourItWasMadeInWhenBothComeBack() throws SQLException {
    List<Claimed> first = node.claims(10);
    clock.advance(Duration.ofMinutes(1));
    world.aMessage(line, lead, number, false);
    List<Claimed> second = node.claims(10);
    assertThat(second.getFirst().attempt().firstTouch()).isFalse();
    node.outcomes.write(List.of(comesBack(first.getFirst())));
    assertThat(charged()).isEqualTo("1 1 1");
    node.outcomes.write(List.of(comesBack(second.getFirst())));
    assertThat(charged()).isEqualTo("0 0 0");
    assertThat(world.number("select count(*) from message_states where first_touch")).as("they wait as first messages again").isEqualTo(2);
    assertThat(node.claims(10)).extracting(each -> each.attempt().firstTouch()).containsExactly(true, false);
  }

  @Test
  void theChargeGoesOverToAnotherNumberOfTheSamePerson() throws SQLException {
    world.aMessage(line, lead, world.aNumber(), false);
    List<Claimed> both = node.claims(10);
    node.outcomes.write(List.of(comesBack(both.getFirst())));
    assertThat(charged()).isEqualTo("1 1 1");
    node.outcomes.write(List.of(comesBack(both.getLast())));
    assertThat(charged()).isEqualTo("0 0 0");
    assertThat(world.number("select count(*) from contacts")).isZero();
  }

  private Outcome comesBack(Claimed claimed) {
    return Outcome.of(claimed.attempt(), new SendResult.TryLater("busy", Duration.ZERO, false), clock.instant());
  }

  private Outcome leaves(Claimed claimed) {
    return Outcome.of(claimed.attempt(), new SendResult.Delivered("x"), clock.instant());
  }

  private String charged() {
    return world.used(line.workspaceId(), "workspace_new_day") + " " + world.used(line.lineId(), "line_new_day") + " "
        + world.used(line.lineId(), "line_new_hour");
  }
}
