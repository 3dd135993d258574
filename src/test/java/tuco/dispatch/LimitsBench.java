package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tuco.ids.Ids;

/** Claims a second with every limit reserved against the same claims without one; run by {@code bench/limits}. */
class LimitsBench {
  private static final int MESSAGES = Integer.getInteger("tuco.bench.messages", 6_000);
  private static final int LINES_AT_ONCE = 32;
  private static final int SIZE = 16;

  @Test
  void claims() throws SQLException {
    // The first round warms the machine up and is not told.
    run(1, 20, true);
    for (int round = 0; round < 2; round++) {
      for (boolean limited : new boolean[] {false, true}) {
        System.out.printf("BENCH one %s %.0f%n", limited, run(1, 20, limited));
        System.out.printf("BENCH thousand %s %.0f%n", limited, run(1_000, 1, limited));
      }
    }
  }

  private static double run(int workspaces, int lines, boolean limited) throws SQLException {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      String plan = limited ? world.aPlan(1_000_000, 10_000_000, 1_000_000) : "self-hosted";
      List<UUID> ids = new ArrayList<>();
      for (int i = 0; i < workspaces; i++) {
        ids.add(world.ids.next(i + 1));
      }
      prepare(world, ids, lines, plan, limited ? "1000000" : "null");
      ByHand node = world.byHand();
      Map<LineKey, Long> held = node.beat();
      assertThat(held).hasSize(workspaces * lines);
      int claimed = 0;
      long start = System.nanoTime();
      int found = 1;
      while (found > 0) {
        found = 0;
        List<Claim.Want> wants = new ArrayList<>();
        for (Map.Entry<LineKey, Long> line : held.entrySet()) {
          wants.add(new Claim.Want(line.getKey(), line.getValue(), SIZE, SIZE, Instant.MIN));
          if (wants.size() == LINES_AT_ONCE) {
            found += claim(node, wants);
          }
        }
        found += claim(node, wants);
        claimed += found;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      assertThat(claimed).isEqualTo(MESSAGES / (workspaces * lines) * workspaces * lines);
      return claimed / seconds;
    }
  }

  private static int claim(ByHand node, List<Claim.Want> wants) throws SQLException {
    int found = wants.isEmpty() ? 0
        : node.claim.run(wants).values().stream().mapToInt(taken -> taken.messages().size()).sum();
    wants.clear();
    return found;
  }

  /** Workspaces, lines and messages to as many new people, in a few statements. */
  private static void prepare(EngineWorld world, List<UUID> ids, int lines, String plan, String limit) {
    for (UUID id : ids) {
      world.update("""
          insert into workspaces (workspace_id, tag, name, environment, plan, zone, created_at)
          values (?, ?, 'Bench', 'production', ?, 'Europe/Berlin', now())""", id, Ids.tag(id), plan);
    }
    world.update("""
        insert into lists (workspace_id, list_id, name, created_at, updated_at)
        select workspace_id, gen_random_uuid(), 'Quick Sends', now(), now() from workspaces""");
    world.update("""
        insert into lines (workspace_id, line_id, kind, channel_type, address, daily_total_limit, daily_new_limit, hourly_new_limit, created_at, updated_at)
        select workspace_id, gen_random_uuid(), 'test', 'phone', '+15550100', %1$s, %1$s, %1$s, now(), now()
          from workspaces cross join generate_series(1, ?)""".formatted(limit), lines);
    world.update("insert into line_leases (workspace_id, line_id) select workspace_id, line_id from lines");
    int each = MESSAGES / (ids.size() * lines);
    world.update("""
        with n as (
          select l.workspace_id, l.line_id, q.list_id, gen_random_uuid() as lead_id, gen_random_uuid() as message_id, '+1666' || lpad(i::text, 7, '0') as phone
            from lines l join lists q using (workspace_id) cross join generate_series(1, ?) i),
        leads as (
          insert into leads (workspace_id, lead_id, list_id, phone, source, created_at, updated_at)
          select workspace_id, lead_id, list_id, phone, 'test', now(), now() from n),
        m as (
          insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, correlation_id, created_at, updated_at)
          select workspace_id, message_id, lead_id, 'imessage', 'Hello', '', phone || right(line_id::text, 4), 'test', now(), now() from n)
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select workspace_id, message_id, line_id, 'queued', true, now() - interval '1 minute', 1, now() from n""", each);
    world.update("analyze");
  }
}
