package tuco.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing.Attachment;
import tuco.config.Vault;
import tuco.http.Json;
import tuco.limits.Periods;
import tuco.limits.PlanClock;
import tuco.lines.LineLimits;
import tuco.lines.StoredLine;

/** What the claim reads, and under which locks. Runs as {@code tuco_engine}. */
final class ClaimSql {
  private ClaimSql() {}

  /** A line whose lease is held and locked. */
  record LineRow(
      LineKey key, long fence, LineSettings settings, boolean email, LineLimits limits,
      Instant readyAt, Instant newReadyAt, Instant holdUntil, @Nullable String holdReason,
      Instant newHoldUntil, @Nullable String newHoldReason, int failures, boolean down,
      PlanClock clock, boolean readOnly,
      @Nullable Integer planDay, @Nullable Integer planMonth, @Nullable Integer planNewDay) {
    /** Whether first messages are kept apart for a reason: then followers are moved out of their queue. */
    boolean limitsNew() {
      return limits.dailyNew() != null || limits.hourlyNew() != null || limits.warmup() != null
          || limits.contactGapSeconds() > 0 || planNewDay != null;
    }
  }

  /**
   * Lease and workspace stay locked until the claim commits: no other node can claim for the line, none can reserve
   * from the same plan ceilings, and read-only mode is either seen here or waits for us. Always in one order. The
   * coalesce keeps the planner from fetching all leases of the node to find these few.
   */
  private static final String LOCK = """
      select e.workspace_id, e.line_id
        from unnest(?::uuid[], ?::uuid[], ?::bigint[]) as mine(workspace_id, line_id, fence)
        join line_leases e on e.workspace_id = mine.workspace_id and e.line_id = mine.line_id
        join workspaces w  on w.workspace_id = mine.workspace_id
       where coalesce(e.node_id, e.line_id) = ? and e.fence = mine.fence
       order by e.workspace_id, e.line_id
         for update of e for no key update of w""";

  /**
   * A statement of its own, which begins once the locks are held: whoever changes a line's limits or a workspace's plan
   * holds the lease until that is committed, and a statement that waited for it would still see what was before.
   */
  private static final String LINES = """
      select %s, e.fence, l.channel_type,
             l.daily_new_limit, l.daily_total_limit, l.hourly_new_limit, l.device_gap_ms, l.contact_gap_ms, l.warmup,
             e.ready_at, e.new_ready_at, e.hold_until, e.hold_reason, e.new_hold_until, e.new_hold_reason,
             e.consecutive_failures, l.health_status, %s,
             read_only_now(w.read_only_reason, w.plan_expires_at) as read_only_reason,
             p.messages_per_day, p.messages_per_month, p.new_per_day
        from unnest(?::uuid[], ?::uuid[]) as mine(workspace_id, line_id)
        join line_leases e on e.workspace_id = mine.workspace_id and e.line_id = mine.line_id
        join lines l       on l.workspace_id = mine.workspace_id and l.line_id = mine.line_id
        join workspaces w  on w.workspace_id = mine.workspace_id
        join plans p       on p.plan = w.plan
       where l.is_active and l.removed_at is null and l.provisioning_status = 'active' and w.removed_at is null"""
      .formatted(StoredLine.COLUMNS, PlanClock.COLUMNS);

  /** Locks the lines that are this node's, and reads them as they are from then on. */
  static List<LineRow> lockLines(Connection connection, UUID node, List<Claim.Want> wants, Vault vault)
      throws SQLException {
    List<LineKey> locked = lock(connection, node, wants);
    if (locked.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(LINES)) {
      Columns.set(statement, 1, "uuid", locked, LineKey::workspaceId);
      Columns.set(statement, 2, "uuid", locked, LineKey::lineId);
      List<LineRow> lines = new ArrayList<>(locked.size());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          lines.add(line(row, vault));
        }
      }
      return lines;
    }
  }

  private static List<LineKey> lock(Connection connection, UUID node, List<Claim.Want> wants) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      Columns.set(statement, 1, "uuid", wants, want -> want.line().workspaceId());
      Columns.set(statement, 2, "uuid", wants, want -> want.line().lineId());
      Columns.set(statement, 3, "int8", wants, Claim.Want::fence);
      statement.setObject(4, node);
      List<LineKey> locked = new ArrayList<>(wants.size());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          locked.add(new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)));
        }
      }
      return locked;
    }
  }

  private static LineRow line(ResultSet row, Vault vault) throws SQLException {
    return new LineRow(
        new LineKey(row.getObject("workspace_id", UUID.class), row.getObject("line_id", UUID.class)),
        row.getLong("fence"), StoredLine.settings(row, vault), row.getString("channel_type").equals("email"),
        LineLimits.of(row),
        Columns.instant(row, row.findColumn("ready_at")), Columns.instant(row, row.findColumn("new_ready_at")),
        Columns.instant(row, row.findColumn("hold_until")), row.getString("hold_reason"),
        Columns.instant(row, row.findColumn("new_hold_until")), row.getString("new_hold_reason"),
        row.getInt("consecutive_failures"), row.getString("health_status").equals("down"),
        PlanClock.of(row), row.getString("read_only_reason") != null,
        Columns.integer(row, row.findColumn("messages_per_day")),
        Columns.integer(row, row.findColumn("messages_per_month")),
        Columns.integer(row, row.findColumn("new_per_day")));
  }

  /** A message that is due, locked, with all that decides about it. */
  record CandidateRow(
      LineKey line, UUID messageId, UUID leadId, int attempts, String type, String recipient, String recipientName,
      String text, List<Attachment> attachments, boolean known, @Nullable String refused, @Nullable Window window,
      @Nullable UUID campaignId, int step) {
    /** The same in other words. */
    CandidateRow saying(String words) {
      return words.equals(text) ? this : new CandidateRow(line, messageId, leadId, attempts, type, recipient, recipientName, words,
          attachments, known, refused, window, campaignId, step);
    }
  }

  /** An answer to HELP or STOP leaves within minutes or not at all (connectors.md 5). */
  private static final Duration NOTICE_LASTS = Duration.ofMinutes(5);

  /**
   * Per line the first due of each queue, in due order. Rows somebody else is changing (a cancel, an edit) are skipped,
   * not waited for: what this returns is ours until commit, and two transactions cannot wait for each other.
   */
  private static final String CANDIDATES = """
      select d.workspace_id, d.line_id, d.message_id, d.attempts,
             m.lead_id, m.recipient, m.recipient_name, m.text, m.attachments, m.zone, m.window_start, m.window_end, m.weekdays,
             m.campaign_id, m.step_index,
             exists (select from contacts c
                      where c.workspace_id = d.workspace_id and c.line_id = d.line_id and c.address = m.recipient)
          or exists (select from contacts c
                      where c.workspace_id = d.workspace_id and c.lead_id = m.lead_id and c.line_id = d.line_id) as known,
             case when m.notice is not null then case when m.created_at < ? then 'too_late' end
                  when exists (select from suppressions x
                                where x.workspace_id = d.workspace_id
                                  and x.address_hash = sha256(uuid_send(m.workspace_id) || convert_to(lower(m.recipient), 'UTF8')))
                  then 'do_not_contact'
                  when m.campaign_id is null and exists (
                    select from conversations v
                     where v.workspace_id = d.workspace_id and v.lead_id = m.lead_id and v.attention is not null and v.last_reply_at > m.created_at)
                  then 'possible_opt_out' end as refused,
             m.message_type
        from (select want.n, q.*
                from unnest(?::uuid[], ?::uuid[], ?::int[], ?::int[]) with ordinality as want(workspace_id, line_id, size, new_size, n)
               cross join lateral (
                 select * from (
                   select s.workspace_id, s.line_id, s.message_id, s.due_at, s.attempts from message_states s
                    where s.workspace_id = want.workspace_id and s.line_id = want.line_id
                      and s.status in ('queued', 'pending', 'scheduled') and not s.first_touch and s.due_at <= ?
                    order by s.due_at, s.message_id
                    limit want.size for update skip locked) follow
                 union all
                 select * from (
                   select s.workspace_id, s.line_id, s.message_id, s.due_at, s.attempts from message_states s
                    where s.workspace_id = want.workspace_id and s.line_id = want.line_id
                      and s.status in ('queued', 'pending', 'scheduled') and s.first_touch and s.due_at <= ?
                    order by s.due_at, s.message_id
                    limit want.new_size for update skip locked) first) q) d
        join messages m on m.workspace_id = d.workspace_id and m.message_id = d.message_id
       order by d.n, d.due_at, d.message_id""";

  static List<CandidateRow> candidates(Connection connection, List<Claim.Want> wants, Instant now, ZonesOf zones)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CANDIDATES)) {
      Columns.set(statement, 1, now.minus(NOTICE_LASTS));
      Columns.set(statement, 2, "uuid", wants, want -> want.line().workspaceId());
      Columns.set(statement, 3, "uuid", wants, want -> want.line().lineId());
      Columns.set(statement, 4, "int4", wants, Claim.Want::size);
      Columns.set(statement, 5, "int4", wants, Claim.Want::newSize);
      Columns.set(statement, 6, now);
      Columns.set(statement, 7, now);
      List<CandidateRow> candidates = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          LineKey line = new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class));
          candidates.add(new CandidateRow(
              line, row.getObject(3, UUID.class), row.getObject(5, UUID.class), row.getInt(4), row.getString(18),
              row.getString(6), row.getString(7), row.getString(8), attachments(row.getString(9)),
              row.getBoolean(16), row.getString(17), window(row, zones.of(line)),
              row.getObject(14, UUID.class), row.getInt(15)));
        }
      }
      return candidates;
    }
  }

  /** The zone of a line's workspace, for windows without one of their own. */
  interface ZonesOf {
    ZoneId of(LineKey line);
  }

  private static @Nullable Window window(ResultSet row, ZoneId workspace) throws SQLException {
    String zone = row.getString(10);
    String start = row.getString(11);
    String end = row.getString(12);
    java.sql.Array weekdays = row.getArray(13);
    if (start == null && end == null && weekdays == null) {
      return null;
    }
    int days = 0;
    if (weekdays != null) {
      for (Object day : (Object[]) weekdays.getArray()) {
        days |= 1 << ((Number) day).intValue();
      }
    }
    ZoneId where = zone == null ? workspace : Periods.zone(zone);
    try {
      return new Window(
          where,
          start == null ? LocalTime.MIDNIGHT : LocalTime.parse(start),
          end == null ? LocalTime.MIDNIGHT : LocalTime.parse(end),
          days == 0 ? Window.EVERY_DAY : days);
    } catch (DateTimeParseException e) {
      // Nothing may leave at a time nobody allowed: a window that cannot be read never opens.
      return new Window(where, LocalTime.MIDNIGHT, LocalTime.MIDNIGHT, 0);
    }
  }

  private static List<Attachment> attachments(@Nullable String json) {
    if (json == null) {
      return List.of();
    }
    List<Attachment> attachments = new ArrayList<>();
    for (JsonNode each : Json.parse(json)) {
      attachments.add(new Attachment(each.path("url").asText(), each.path("name").asText()));
    }
    return attachments;
  }

  private static final String USED = """
      select k.n, u.used
        from unnest(?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[]) with ordinality as k(workspace_id, line_id, kind, period_start, n)
        join usage_counters u using (workspace_id, line_id, kind, period_start)""";

  /** Reads the use of these limits; runs after {@link #lockLines}, so that nobody adds to them until we commit. */
  static void readUse(Connection connection, List<UseOf> limits) throws SQLException {
    if (limits.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(USED)) {
      Columns.set(statement, 1, "uuid", limits, limit -> limit.key.workspaceId());
      Columns.set(statement, 2, "uuid", limits, limit -> limit.key.lineId());
      Columns.set(statement, 3, "text", limits, limit -> limit.key.kind());
      Columns.set(statement, 4, "timestamptz", limits, limit -> limit.key.periodStart());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          limits.get(row.getInt(1) - 1).counter.used = row.getInt(2);
        }
      }
    }
  }

  /** A limit that is set, and where its use is counted. */
  record UseOf(Counters.Key key, Budget.Counter counter) {}

  private static final String QUEUED = """
      select w.n::int,
             (select s.due_at from message_states s
               where s.workspace_id = w.workspace_id and s.line_id = w.line_id
                 and s.status in ('queued', 'pending', 'scheduled') and not s.first_touch
               order by s.due_at limit 1),
             (select s.due_at from message_states s
               where s.workspace_id = w.workspace_id and s.line_id = w.line_id
                 and s.status in ('queued', 'pending', 'scheduled') and s.first_touch
               order by s.due_at limit 1)
        from unnest(?::uuid[], ?::uuid[]) with ordinality as w(workspace_id, line_id, n)""";

  /** When the first message of each of a line's two queues is due; null for an empty queue. */
  record Due(HeldLine line, @Nullable Instant follow, @Nullable Instant first) {}

  static List<Due> due(Connection connection, List<HeldLine> lines) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(QUEUED)) {
      Columns.set(statement, 1, "uuid", lines, line -> line.key.workspaceId());
      Columns.set(statement, 2, "uuid", lines, line -> line.key.lineId());
      List<Due> due = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          due.add(new Due(lines.get(row.getInt(1) - 1), orNull(row, 2), orNull(row, 3)));
        }
      }
      return due;
    }
  }

  private static @Nullable Instant orNull(ResultSet row, int column) throws SQLException {
    return row.getTimestamp(column) == null ? null : Columns.instant(row, column);
  }
}
