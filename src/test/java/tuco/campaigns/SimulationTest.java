package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.channels.Channel;
import tuco.channels.simulator.SimulatorChannel;
import tuco.config.Vault;
import tuco.dispatch.HandDriven;
import tuco.http.Json;
import tuco.ids.Kind;

/**
 * Weeks of a campaign in five steps, over the changes to summer time of New York (8 March 2026) and Berlin
 * (29 March) and in a third zone without one, on real lines with all their limits and a clock that the test moves from one
 * event to the next (P4). A second campaign, whose hours are those of one zone and end where somebody sleeps, writes to some of the
 * same people from the same lines. What must hold is read off the log of what left by {@link SendLog}, which knows nothing of the
 * engine. {@code -Dtuco.simulation.leads=10000 -Dtuco.simulation.lines=100} is the large one.
 */
class SimulationTest {
  private static final int LEADS = Integer.getInteger("tuco.simulation.leads", 180);
  private static final int LINES = Integer.getInteger("tuco.simulation.lines", 6);
  private static final int EVENING = Math.min(LEADS, 60);

  /** Time goes on by this at least: what is due within it leaves in one turn. */
  private static final Duration GRAIN = Duration.ofSeconds(30);

  private static final Instant START = Instant.parse("2026-03-06T12:00:00Z");
  private static final Instant END = Instant.parse("2026-04-15T12:00:00Z");
  private static final List<String> ZONES = List.of("America/New_York", "Europe/Berlin", "Asia/Kolkata");

  private static final String STEPS = """
      "steps": [
        {"message": "One {firstName}"},
        {"message": "Two {firstName}", "delay": 2, "delayUnit": "days"},
        {"message": "Three {firstName}", "delay": 36, "delayUnit": "hours"},
        {"message": "Four {firstName}", "delay": 5, "delayUnit": "days"},
        {"message": "Five {firstName}", "delay": 12, "delayUnit": "days"}]""";

  private final TestClock clock = new TestClock(START.toString());

  @Test
  void weeksOverTwoTimeChangesKeepEveryRule() throws SQLException {
    try (World world = new World(clock)) {
      world.startApiNode();
      World.TestWorkspace workspace = world.aWorkspace();
      for (int i = 0; i < LINES; i++) {
        aLine(world, workspace.id());
      }
      String campaign = aCampaign(workspace);
      String evening = anEveningCampaign(workspace);
      Map<String, Channel> channels = Map.of("simulator", new SimulatorChannel(world.database().engine(), clock));
      Worker worker = new Worker(world.database().engine(), (connection, list) -> { }, clock, (w, line) -> { }, (emails, name, words) -> { });
      try (HandDriven engine = new HandDriven(
          world.database().engine(), channels, new Vault(new byte[32]), (connection, list) -> { }, clock, new LastWords()::of)) {
        run(world, worker, engine, workspace, campaign, evening);
      }
      assertThat(number(world, "select count(*) from campaigns where state = 'completed'")).isEqualTo(2);
      SendLog all = SendLog.read(world);
      all.gapsAreKept(Duration.ofSeconds(30), Duration.ofSeconds(45));
      all.capsAreKept(75, 50, 50);
      all.eachLeadTalksToOneLine();
      all.nobodyHearsFromTwoCampaignsADay();
      SendLog log = all.of(CampaignWorld.id(Kind.CAMPAIGN, campaign));
      log.eachLeadGotEachStepOnceInOrder(LEADS, 5);
      log.delaysAreKept(List.of(Duration.ZERO, Duration.ofDays(2), Duration.ofHours(36), Duration.ofDays(5), Duration.ofDays(12)));
      log.windowsAreKept(null, 9, 17, List.of(1, 2, 3, 4, 5));
      SendLog late = all.of(CampaignWorld.id(Kind.CAMPAIGN, evening));
      late.eachLeadGotEachStepOnceInOrder(EVENING, 2);
      late.windowsAreKept(ZoneId.of("America/New_York"), 6, 23, List.of(0, 1, 2, 3, 4, 5, 6));
      late.windowsAreKept(null, 8, 21, List.of(0, 1, 2, 3, 4, 5, 6));
      log.spreadsOverLinesAndZones(LINES, ZONES);
    }
  }

  private void run(World world, Worker worker, HandDriven engine, World.TestWorkspace workspace, String... campaigns) throws SQLException {
    for (String campaign : campaigns) {
      assertThat(workspace.api().post("/api/campaigns/" + campaign + "/launch", "{}").status()).isEqualTo(200);
    }
    Eventually.within(Duration.ofSeconds(10), () -> {
      engine.balance();
      assertThat(number(world, "select count(*) from line_leases where node_id is not null")).isEqualTo(LINES);
    });
    long begin = System.nanoTime();
    int turns = 0;
    while (clock.instant().isBefore(END) && !done(world)) {
      worker.wake();
      boolean more = worker.round();
      more |= engine.turn() > 0;
      engine.settle();
      clock.set((more ? clock.instant().plus(GRAIN) : next(world)).toString());
      turns++;
    }
    System.out.printf("SimulationTest %d leads, %d lines: %d turns in %d ms%n", LEADS, LINES, turns, (System.nanoTime() - begin) / 1_000_000);
  }

  private static boolean done(World world) {
    return number(world, "select count(*) from campaigns where state = 'completed'") == 2;
  }

  /** The next instant at which anything could happen: never in the past, so that time goes on. */
  private Instant next(World world) {
    String text = world.database().crossing(tx -> tx.query("""
            select min(at) from (
              select min(next_at) from enrolments where state = 'active' and next_at > :now
              union all select min(due_at) from message_states where status in ('queued', 'pending', 'scheduled') and due_at > :now
              union all select min(ready_at) from line_leases where ready_at > :now
              union all select min(new_ready_at) from line_leases where new_ready_at > :now
              union all select min(hold_until) from line_leases where hold_until > :now
              union all select min(new_hold_until) from line_leases where new_hold_until > :now) as t(at)""")
        .bind("now", clock.instant()).map((row, ctx) -> row.getTimestamp(1) == null ? END.toString()
            : row.getTimestamp(1).toInstant().toString()).one());
    Instant soonest = clock.instant().plus(GRAIN);
    Instant next = Instant.parse(text);
    return next.isBefore(soonest) ? soonest : next;
  }

  private static int number(World world, String sql) {
    return world.database().crossing(tx -> tx.query(sql).mapTo(Integer.class).one());
  }

  /** A line with the limits of the contract (decisions 4.4). */
  private static void aLine(World world, UUID workspace) {
    UUID line = CampaignWorld.id(Kind.LINE, world.aSimulatorLine(workspace));
    world.database().crossing(tx -> tx.update("""
            update lines set daily_new_limit = 50, daily_total_limit = 75, hourly_new_limit = 50, device_gap_ms = 30000, contact_gap_ms = 45000
             where line_id = :line""").bind("line", line).execute());
  }

  private static String aCampaign(World.TestWorkspace workspace) {
    String list = workspace.api().post("/api/lists", "{\"name\":\"All\"}").at("/list/_id");
    ObjectNode body = Json.object().put("listId", list);
    ArrayNode leads = body.putArray("leads");
    for (int i = 0; i < LEADS; i++) {
      leads.addObject().put("firstName", "Lead" + i).put("email", "lead" + i + "@example.com").put("timezone", ZONES.get(i % ZONES.size()));
      if (i < EVENING) {
        ((ObjectNode) leads.get(i)).putArray("tags").add("evening");
      }
    }
    assertThat(workspace.api().post("/api/leads", Json.text(body)).status()).isEqualTo(201);
    return CampaignWorld.created(workspace.api().post("/api/campaigns", """
        {"name": "Spring", "listId": "%s", "settings": {"timezoneMode": "recipient", "timezone": "America/New_York",
         "sendWindowStart": "09:00", "sendWindowEnd": "17:00", "allowedDaysOfWeek": [1, 2, 3, 4, 5]}, %s}""".formatted(list, STEPS)))
        .at("/campaign/_id");
  }

  /** Quiet hours end it for whoever goes to bed while it is open in New York. */
  private static String anEveningCampaign(World.TestWorkspace workspace) {
    return CampaignWorld.created(workspace.api().post("/api/campaigns", """
        {"name": "Evening", "tag": "evening", "settings": {"timezone": "America/New_York", "sendWindowStart": "06:00", "sendWindowEnd": "23:00"},
         "steps": [{"message": "Evening {firstName}"}, {"message": "Again {firstName}", "delay": 7, "delayUnit": "hours"}]}"""))
        .at("/campaign/_id");
  }
}
