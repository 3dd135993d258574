package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.TestClock;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** P2, contract 4.6: what becomes of the messages of a line that is switched off. */
class FailoverTest {
  /** Contract 4.6: whoever has heard from a line that is off gets no more; the others move to another line. */
  @Test
  void messagesOfALineThatIsOffFailOrMove() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace();
      LineKey off = world.aLine(workspace);
      LineKey on = world.aLine(workspace);
      world.set(off, "is_active = false");
      String known = world.aNumber();
      UUID lead = world.aLead(workspace, known);
      world.update("insert into contacts values (?, ?, ?, ?, now(), now())", workspace, off.lineId(), known, lead);
      UUID followUp = world.aMessage(off, lead, known, false);
      UUID fresh = world.aMessage(off);
      world.startEngine();
      world.eventually("failed", followUp);
      world.eventually("delivered", fresh);
      assertThat(world.text("select error from message_states where message_id = ?", followUp))
          .isEqualTo("Line became inactive after previous messages were sent");
      assertThat(world.events(fresh)).startsWith("queued(accepted) queued(line_changed) sending(claimed)");
      assertThat(world.channel.sent).extracting(sent -> sent.line().lineId()).containsExactly(on.lineId());
    }
  }

  /** Contract 4.6: a campaign's go to another line of the campaign; nothing changes between the simulator and a real line. */
  @Test
  void messagesOfALineThatIsOffMoveOnlyWhereTheyMay() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID workspace = world.aWorkspace();
      LineKey off = world.aLine(workspace);
      LineKey other = world.aLine(workspace);
      LineKey simulated = world.aLine(workspace);
      LineKey chosen = world.aLine(workspace);
      world.set(off, "is_active = false");
      world.set(simulated, "kind = 'simulator'");
      List<UUID> ofCampaign = world.messages(off, 5);
      UUID campaign = world.ids.next(Ids.tag(workspace));
      world.update("insert into campaigns (workspace_id, campaign_id, name, state, audience, settings, created_at, updated_at) "
          + "values (?, ?, 'Spring', 'draft', 'api', ?::jsonb, now(), now())", workspace, campaign,
          "{\"lineIds\":[\"" + Ids.text(Kind.LINE, off.lineId()) + "\",\"" + Ids.text(Kind.LINE, chosen.lineId()) + "\"]}");
      world.update("update messages set campaign_id = ? where workspace_id = ?", campaign, workspace);
      List<UUID> free = world.messages(off, 6);
      world.startEngine();
      ofCampaign.forEach(message -> world.eventually("delivered", message));
      free.forEach(message -> world.eventually("delivered", message));
      assertThat(ofCampaign).allSatisfy(message -> assertThat(line(world, message)).isEqualTo(chosen.lineId().toString()));
      assertThat(free).extracting(message -> line(world, message)).as("in turn")
          .containsOnly(other.lineId().toString(), chosen.lineId().toString());
    }
  }

  @Test
  void messagesOfTheOnlyLineWaitWhileItIsOff() {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      LineKey line = world.aLine(world.aWorkspace());
      world.set(line, "is_active = false");
      UUID message = world.aMessage(line);
      world.startEngine();
      world.staysAt(1, "queued");
      world.set(line, "is_active = true");
      world.eventually("delivered", message);
    }
  }

  private static String line(EngineWorld world, UUID message) {
    return world.text("select line_id from message_states where message_id = ?", message);
  }
}
