package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** {@code GET /api/campaigns/{id}/stats}: figures per step and variant, rates, and by day. */
public final class Stats {
  private final Campaigns campaigns;

  public Stats(Campaigns campaigns) {
    this.campaigns = campaigns;
  }

  /** Counts of messages that a step was made into. */
  private static final class Counts {
    long made;
    long sent;
    long delivered;
    long failed;
    long fallback;
    long cancelled;
    long replied;
    long optedOut;
    long bySms;

    static Counts of(ResultSet row) throws SQLException {
      Counts counts = new Counts();
      counts.made = row.getLong("made");
      counts.sent = row.getLong("sent");
      counts.delivered = row.getLong("delivered");
      counts.failed = row.getLong("failed");
      counts.fallback = row.getLong("fallback");
      counts.cancelled = row.getLong("cancelled");
      counts.replied = row.getLong("replied");
      counts.optedOut = row.getLong("opted_out");
      counts.bySms = row.getLong("by_sms");
      return counts;
    }

    void add(Counts other) {
      made += other.made;
      sent += other.sent;
      delivered += other.delivered;
      failed += other.failed;
      fallback += other.fallback;
      cancelled += other.cancelled;
      replied += other.replied;
      optedOut += other.optedOut;
      bySms += other.bySms;
    }

    ObjectNode put(ObjectNode json, long waiting) {
      json.put("planned", made + waiting).put("sent", sent).put("delivered", delivered).put("failed", failed)
          .put("fallback", fallback).put("cancelled", cancelled).put("replied", replied).put("optedOut", optedOut).put("bySms", bySms);
      ObjectNode rates = json.putObject("rates");
      rates.put("delivered", rate(delivered, sent)).put("failed", rate(failed, sent + failed + fallback));
      rates.put("fallback", rate(fallback, sent + failed + fallback));
      // Who was reached by the SMS instead can answer as well.
      rates.put("replied", rate(replied, sent + bySms)).put("optedOut", rate(optedOut, sent + bySms));
      return json;
    }

    private static double rate(long part, long of) {
      return of == 0 ? 0 : Math.round(10_000.0 * part / of) / 10_000.0;
    }
  }

  private record Line(int step, int version, int variant, Counts counts) {}

  public Response show(Request request, Tx tx) {
    return Response.ok(of(tx, campaigns.find(tx, request.pathId("id", Kind.CAMPAIGN, tx.caller()))));
  }

  ObjectNode of(Tx tx, Campaign campaign) {
    UUID id = campaign.id();
    List<Step> inOrder = campaigns.steps(tx, campaign);
    List<Line> lines = tx.ownQuery("""
            select k.step_index, k.version, k.variant, count(*) as made,
                   count(*) filter (where s.status in ('sent', 'delivered')) as sent,
                   count(*) filter (where s.status = 'delivered') as delivered,
                   count(*) filter (where s.status = 'failed') as failed,
                   count(*) filter (where s.status = 'fallback') as fallback,
                   count(*) filter (where s.status = 'cancelled') as cancelled,
                   count(*) filter (where s.status = 'fallback' and exists (
                     select from message_states f
                      where f.workspace_id = k.workspace_id and f.message_id = fallback_of(k.workspace_id, k.message_id)
                        and f.status in ('sent', 'delivered'))) as by_sms,
                   count(k.replied_at) as replied, count(k.opted_out_at) as opted_out
              from campaign_messages k
              join message_states s on s.workspace_id = k.workspace_id and s.message_id = k.message_id
             where k.workspace_id = :workspace and k.campaign_id = :id
             group by 1, 2, 3 order by 1, 2, 3""")
        .bind("id", id)
        .map((row, context) -> new Line(row.getInt(1), row.getInt(2), row.getInt(3), Counts.of(row))).list();
    ObjectNode body = Json.object();
    Map<Integer, Long> waiting = places(tx, id, inOrder, body);
    ArrayNode steps = Json.array();
    Counts all = new Counts();
    // In their order; after them those that were removed and had messages.
    Set<Integer> numbers = new LinkedHashSet<>();
    inOrder.forEach(step -> numbers.add(step.number()));
    lines.forEach(line -> numbers.add(line.step()));
    for (int number : numbers) {
      ObjectNode json = Json.object().put("stepIndex", steps.size()).put("number", number).put("removed", steps.size() >= inOrder.size());
      steps.add(step(json, lines.stream().filter(line -> line.step() == number).toList(), waiting.getOrDefault(number, 0L), all));
    }
    all.put(body.putObject("messages"), waiting.values().stream().mapToLong(Long::longValue).sum());
    body.set("steps", steps);
    body.set("days", days(tx, id));
    return body;
  }

  private static ObjectNode step(ObjectNode json, List<Line> lines, long waiting, Counts all) {
    Counts counts = new Counts();
    ArrayNode variants = Json.array();
    for (Line line : lines) {
      counts.add(line.counts());
      line.counts().put(variants.addObject().put("version", line.version()).put("variant", line.variant()), 0);
    }
    all.add(counts);
    counts.put(json, waiting);
    json.set("variants", variants);
    return json;
  }

  /** How many leads are where; answers how many wait for each step: those who have heard nothing, for the first. */
  private static Map<Integer, Long> places(Tx tx, UUID id, List<Step> inOrder, ObjectNode body) {
    Map<Integer, Long> waiting = new TreeMap<>();
    Map<String, Long> states = new TreeMap<>();
    Map<String, Long> causes = new TreeMap<>();
    long[] replied = {0};
    tx.ownQuery("""
            select case when ended then 'stopped' else state end as state,
                   case when state = 'active' and not ended then case when last_sent_at is null then :first else step_index end end as step,
                   case when ended then 'campaign_ended' when state = 'stopped' then split_part(coalesce(stop_cause, ''), ':', 1) end as cause,
                   count(*) as n, count(replied_at) as replied
              from (select e.state, e.step_index, e.last_sent_at, e.stop_cause, e.replied_at,
                           -- whom the end of the campaign met on the way is no longer on it
                           e.state in ('active', 'in_flight') and c.state in ('completed', 'archived') as ended
                      from enrolments e
                      join campaigns c on c.workspace_id = e.workspace_id and c.campaign_id = e.campaign_id
                     where e.workspace_id = :workspace and e.campaign_id = :id) places
             group by 1, 2, 3""")
        .bind("id", id).bind("first", inOrder.isEmpty() ? 0 : inOrder.getFirst().number())
        .map((row, context) -> {
          long n = row.getLong("n");
          states.merge(row.getString("state"), n, Long::sum);
          if (row.getString("state").equals("active")) {
            waiting.merge(row.getInt("step"), n, Long::sum);
          }
          if (row.getString("cause") != null) {
            causes.merge(row.getString("cause"), n, Long::sum);
          }
          replied[0] += row.getLong("replied");
          return n;
        }).list();
    ObjectNode places = body.putObject("recipients");
    places.put("enrolled", states.values().stream().mapToLong(Long::longValue).sum());
    for (String state : List.of("active", "in_flight", "completed", "stopped")) {
      places.put(state.equals("in_flight") ? "inFlight" : state, states.getOrDefault(state, 0L));
    }
    places.put("replied", replied[0]);
    ObjectNode stopped = places.putObject("stoppedBy");
    causes.forEach(stopped::put);
    return waiting;
  }

  /** By days of the workspace's zone: what was sent, and what was answered. */
  private static ArrayNode days(Tx tx, UUID id) {
    ArrayNode days = Json.array();
    tx.ownQuery("""
            select day, sum(sent) as sent, sum(replied) as replied
              from (select (s.sent_at at time zone w.zone)::date as day, 1 as sent, 0 as replied
                      from campaign_messages k
                      join message_states s on s.workspace_id = k.workspace_id and s.message_id = k.message_id
                      join workspaces w on w.workspace_id = k.workspace_id
                     where k.workspace_id = :workspace and k.campaign_id = :id and s.sent_at is not null
                    union all
                    select (k.replied_at at time zone w.zone)::date, 0, 1
                      from campaign_messages k join workspaces w on w.workspace_id = k.workspace_id
                     where k.workspace_id = :workspace and k.campaign_id = :id and k.replied_at is not null) d
             group by day order by day""")
        .bind("id", id)
        .map((row, context) -> Json.object().put("day", row.getString(1)).put("sent", row.getLong(2)).put("replied", row.getLong(3)))
        .forEach(days::add);
    return days;
  }
}
