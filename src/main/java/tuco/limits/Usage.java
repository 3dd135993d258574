package tuco.limits;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.lines.LineLimits;

/**
 * What a workspace may use, has used, and when each count starts anew (B6): read once, shown by the API, the dashboard
 * and the command line alike.
 *
 * @param expiresAt when the plan ends; null for never
 * @param limits those of the whole workspace, counted in its zone
 * @param things what the plan allows to exist at once
 * @param rates API requests a minute by group
 * @param lines the newest first; empty for who may not see lines
 * @param history the last {@value #DAYS} days in the workspace's zone, the oldest first
 */
public record Usage(
    Instant at, String plan, @Nullable Instant expiresAt, ZoneId zone, @Nullable String readOnlyReason,
    List<Counted> limits, List<Things> things, Map<String, Integer> rates, List<OfLine> lines, List<Day> history) {
  /** How many days the history goes back. */
  public static final int DAYS = 30;

  private static final UUID WHOLE_WORKSPACE = new UUID(0, 0);

  /**
   * The use of one limit in its present period.
   *
   * @param size null when there is no such limit
   */
  public record Counted(Limit limit, @Nullable Integer size, int used, ZoneId zone, Instant start, Instant resetsAt) {
    /** Whether the next message has to wait for it. */
    public boolean reached() {
      return size != null && used >= size;
    }
  }

  /** How many of a kind there are, and how many the plan allows; {@code size} null for any number. */
  public record Things(String name, String label, @Nullable Integer size, int used) {
    /** Whether there is no room for one more. */
    public boolean reached() {
      return size != null && used >= size;
    }
  }

  /** One line; what holds it back now, and until when, is null when nothing does. */
  public record OfLine(
      UUID lineId, String address, String name, boolean active, List<Counted> limits,
      @Nullable String waitReason, @Nullable Instant nextEligibleAt) {}

  /** What left on one day. */
  public record Day(LocalDate date, int messages, int newContacts) {}

  /** The limits of the workspace and its lines that hold something back now. */
  public List<Counted> reached() {
    List<Counted> reached = new ArrayList<>(limits.stream().filter(Counted::reached).toList());
    lines.forEach(line -> line.limits().stream().filter(Counted::reached).forEach(reached::add));
    return reached;
  }

  /**
   * Reads the usage of the transaction's workspace.
   *
   * @param withLines whether the reader may see lines
   */
  public static Usage read(Tx tx, Instant now, boolean withLines) {
    Head head = head(tx, now);
    Map<UUID, Map<String, Integer>> used = counters(tx, now, head.clock());
    return new Usage(now, head.plan(), head.expiresAt(), head.clock().zone(), head.readOnlyReason(),
        ofWorkspace(head, used, now), head.things(), rates(tx, head.plan()),
        withLines ? lines(tx, used, now, head.clock()) : List.of(), history(tx, now, head.clock().zone()));
  }

  /** The limits of the whole workspace alone. */
  static List<Counted> ofWorkspace(Tx tx, Instant now) {
    Head head = head(tx, now);
    return ofWorkspace(head, counters(tx, now, head.clock()), now);
  }

  private static List<Counted> ofWorkspace(Head head, Map<UUID, Map<String, Integer>> counters, Instant now) {
    Map<String, Integer> used = counters.getOrDefault(WHOLE_WORKSPACE, Map.of());
    return Stream.of(Limit.MESSAGES_PER_DAY, Limit.NEW_CONTACTS_PER_DAY, Limit.MESSAGES_PER_MONTH)
        .map(limit -> counted(limit, head.ceilings().get(limit), used, head.clock(), now)).toList();
  }

  private static Counted counted(Limit limit, @Nullable Integer size, Map<String, Integer> used, PlanClock clock, Instant now) {
    return new Counted(limit, size, used.getOrDefault(limit.counter(), 0), limit.zone(clock), limit.start(now, clock), limit.resetsAt(now, clock));
  }

  private record Head(
      String plan, @Nullable Instant expiresAt, PlanClock clock, @Nullable String readOnlyReason,
      EnumMap<Limit, @Nullable Integer> ceilings, List<Things> things) {}

  private static Head head(Tx tx, Instant now) {
    return tx.ownQuery("""
            select w.plan, w.plan_expires_at, %s, read_only_now(w.read_only_reason, w.plan_expires_at) as read_only_reason,
                   p.messages_per_day, p.messages_per_month, p.new_per_day, p.phone_lines, p.email_lines, p.keys, p.members,
                   (select count(*) from lines l where l.workspace_id = w.workspace_id and l.channel_type = 'phone'
                                                   and l.kind <> 'simulator' and l.removed_at is null) as has_phone_lines,
                   (select count(*) from lines l where l.workspace_id = w.workspace_id and l.channel_type = 'email'
                                                   and l.kind <> 'simulator' and l.removed_at is null) as has_email_lines,
                   (select count(*) from api_keys k where k.workspace_id = w.workspace_id and k.removed_at is null) as has_keys,
                   (select count(*) from members m where m.workspace_id = w.workspace_id)
                 + (select count(*) from invitations i where i.workspace_id = w.workspace_id
                                                         and i.accepted_at is null and i.expires_at > :now) as has_members
              from workspaces w
              join plans p on p.plan = w.plan
             where w.workspace_id = :workspace""".formatted(PlanClock.COLUMNS))
        .bind("now", now.atOffset(ZoneOffset.UTC))
        .map((row, context) -> head(row)).one();
  }

  private static Head head(ResultSet row) throws SQLException {
    EnumMap<Limit, @Nullable Integer> ceilings = new EnumMap<>(Limit.class);
    ceilings.put(Limit.MESSAGES_PER_DAY, row.getObject("messages_per_day", Integer.class));
    ceilings.put(Limit.MESSAGES_PER_MONTH, row.getObject("messages_per_month", Integer.class));
    ceilings.put(Limit.NEW_CONTACTS_PER_DAY, row.getObject("new_per_day", Integer.class));
    List<Things> things = List.of(
        things(row, "phone_lines", "Phone lines"), things(row, "email_lines", "E-mail lines"),
        things(row, "keys", "API keys"), things(row, "members", "Members and open invitations"));
    return new Head(row.getString("plan"), instant(row, "plan_expires_at"), PlanClock.of(row),
        row.getString("read_only_reason"), ceilings, things);
  }

  private static Things things(ResultSet row, String name, String label) throws SQLException {
    return new Things(name, label, row.getObject(name, Integer.class), row.getInt("has_" + name));
  }

  /** The counters of all present periods: by whose they are, then by kind. */
  private static Map<UUID, Map<String, Integer>> counters(Tx tx, Instant now, PlanClock clock) {
    List<String> kinds = new ArrayList<>();
    List<String> starts = new ArrayList<>();
    for (Limit limit : Limit.values()) {
      kinds.add(limit.counter());
      starts.add(limit.start(now, clock).toString());
    }
    Map<UUID, Map<String, Integer>> used = new HashMap<>();
    tx.ownQuery("""
            select u.line_id, u.kind, u.used
              from unnest(:kinds, cast(:starts as timestamptz[])) as k(kind, period_start)
              join usage_counters u on u.workspace_id = :workspace and u.kind = k.kind and u.period_start = k.period_start""")
        .bind("kinds", kinds.toArray(String[]::new)).bind("starts", starts.toArray(String[]::new))
        .map((row, context) -> used.computeIfAbsent(row.getObject(1, UUID.class), id -> new HashMap<>())
            .put(row.getString(2), row.getInt(3)))
        .list();
    return used;
  }

  private static Map<String, Integer> rates(Tx tx, String plan) {
    Map<String, Integer> rates = new java.util.TreeMap<>();
    tx.query("""
            select r.key, r.value::integer
              from plans p
             cross join jsonb_each_text(p.api_rates) r
             where p.plan = :plan""")
        .bind("plan", plan).map((row, context) -> rates.put(row.getString(1), row.getInt(2))).list();
    return rates;
  }

  private static List<OfLine> lines(Tx tx, Map<UUID, Map<String, Integer>> used, Instant now, PlanClock clock) {
    return tx.ownQuery("""
            select l.line_id, l.address, l.first_name, l.last_name, l.is_active, l.channel_type,
                   l.daily_new_limit, l.daily_total_limit, l.hourly_new_limit, l.device_gap_ms, l.contact_gap_ms, l.warmup,
                   e.hold_until, e.hold_reason, e.new_hold_until, e.new_hold_reason
              from lines l
              left join line_leases e on e.workspace_id = l.workspace_id and e.line_id = l.line_id
             where l.workspace_id = :workspace and l.removed_at is null
             order by l.line_id desc""")
        .map((row, context) -> line(row, used.getOrDefault(row.getObject("line_id", UUID.class), Map.of()), now, clock)).list();
  }

  private static OfLine line(ResultSet row, Map<String, Integer> used, Instant now, PlanClock clock) throws SQLException {
    LineLimits limits = LineLimits.of(row);
    boolean email = row.getString("channel_type").equals("email");
    Instant hold = instant(row, "hold_until");
    Instant newHold = instant(row, "new_hold_until");
    boolean held = hold != null && hold.isAfter(now);
    boolean newHeld = !held && newHold != null && newHold.isAfter(now);
    return new OfLine(row.getObject("line_id", UUID.class), row.getString("address"),
        (row.getString("first_name") + " " + row.getString("last_name")).strip(), row.getBoolean("is_active"),
        List.of(
            counted(Limit.LINE_MESSAGES_PER_DAY, limits.dailyTotal(), used, clock, now),
            counted(Limit.LINE_NEW_CONTACTS_PER_DAY, limits.dailyNewOn(now.atOffset(ZoneOffset.UTC).toLocalDate()), used, clock, now),
            counted(Limit.LINE_NEW_CONTACTS_PER_HOUR, email ? null : limits.hourlyNew(), used, clock, now)),
        held ? row.getString("hold_reason") : newHeld ? row.getString("new_hold_reason") : null,
        held ? hold : newHeld ? newHold : null);
  }

  /** Days the workspace changed its zone in are counted twice, once in each; the larger count holds both. */
  private static List<Day> history(Tx tx, Instant now, ZoneId zone) {
    LocalDate today = now.atZone(zone).toLocalDate();
    LocalDate first = today.minusDays(DAYS - 1L);
    record Count(LocalDate date, boolean fresh, int used) {}
    List<Count> counts = tx.ownQuery("""
            select period_start, kind = 'workspace_new_day', used from usage_counters
             where workspace_id = :workspace and line_id = :whole and kind in ('workspace_day', 'workspace_new_day')
               and period_start >= :since""")
        .bind("whole", WHOLE_WORKSPACE).bind("since", Periods.day(first.atStartOfDay(zone).toInstant(), zone))
        .map((row, context) -> new Count(
            row.getTimestamp(1).toInstant().atZone(zone).toLocalDate(), row.getBoolean(2), row.getInt(3))).list();
    return first.datesUntil(today.plusDays(1)).map(date -> {
      int[] most = new int[2];
      counts.stream().filter(count -> count.date().equals(date))
          .sorted(Comparator.comparingInt(Count::used))
          .forEach(count -> most[count.fresh() ? 1 : 0] = count.used());
      return new Day(date, most[0], most[1]);
    }).toList();
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    java.sql.Timestamp at = row.getTimestamp(column);
    return at == null || at.getTime() < 0 ? null : at.toInstant();
  }
}
