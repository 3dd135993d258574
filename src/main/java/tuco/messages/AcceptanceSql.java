package tuco.messages;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Credential;
import tuco.db.GateQuery;
import tuco.ids.Ids;
import tuco.leads.Suppressions;

/** The statements of a batch, each over arrays: their number does not grow with the batch. Runs as {@code tuco_engine}. */
final class AcceptanceSql {
  private AcceptanceSql() {}

  /** A lead as the acceptance needs it; {@code addresses} by position, null where it has none. */
  record FoundLead(
      UUID workspaceId, UUID leadId, String firstName, String lastName, @Nullable String[] addresses,
      @Nullable UUID lastLine, List<UUID> contactedLines) {
    String name() {
      return (firstName + " " + lastName).strip();
    }
  }

  private static final String LEADS = """
      with wanted as (
        select a.workspace_id, a.lead_id
          from unnest(?::uuid[], ?::text[]) as w(workspace_id, address)
          join lead_addresses a on a.workspace_id = w.workspace_id and a.address = w.address
        union
        select w.workspace_id, w.lead_id from unnest(?::uuid[], ?::uuid[]) as w(workspace_id, lead_id)
      )
      select l.workspace_id, l.lead_id, l.first_name, l.last_name,
             array[l.phone, l.alt_phone1, l.alt_phone2, l.alt_phone3, l.email, l.alt_email1, l.alt_email2, l.alt_email3] as addresses,
             (select s.line_id
                from messages m
                join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
               where m.workspace_id = l.workspace_id and m.lead_id = l.lead_id
               order by m.message_id desc limit 1) as last_line,
             array(select c.line_id from contacts c
                    where c.workspace_id = l.workspace_id and c.lead_id = l.lead_id) as contacted
        from wanted w
        join leads l on l.workspace_id = w.workspace_id and l.lead_id = w.lead_id""";

  private static List<FoundLead> leads(ResultSet row) throws SQLException {
    List<FoundLead> found = new ArrayList<>();
    while (row.next()) {
      found.add(new FoundLead(
          row.getObject(1, UUID.class), row.getObject(2, UUID.class), row.getString(3), row.getString(4),
          (String[]) row.getArray(5).getArray(), row.getObject(6, UUID.class),
          List.of((UUID[]) row.getArray(7).getArray())));
    }
    return found;
  }

  /**
   * What stands against a send: a suppression, or the same text to the same recipient a moment ago.
   *
   * @param guarded whether the workspace wants such repetitions skipped
   */
  record Checked(boolean suppressed, boolean guarded, @Nullable UUID original, @Nullable UUID originalLead, @Nullable Instant originalAt) {}

  private static final String CHECKS = """
      select exists (select from suppressions s where s.workspace_id = c.workspace_id and s.address_hash = c.address_hash),
             w.double_send_guard, o.message_id, o.lead_id, o.created_at
        from unnest(?::uuid[], ?::bytea[], ?::text[], ?::bytea[], ?::uuid[])
             with ordinality as c(workspace_id, address_hash, recipient, text_hash, since, n)
        join workspaces w on w.workspace_id = c.workspace_id
        left join lateral (
          select m.message_id, m.lead_id, m.created_at
            from messages m
            join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
           where w.double_send_guard
             and m.workspace_id = c.workspace_id and m.recipient = c.recipient and m.message_id >= c.since
             and m.text_hash = c.text_hash and m.direction = 'sent' and s.status not in ('cancelled', 'failed')
           order by m.message_id desc limit 1) o on true
       order by c.n""";

  /**
   * Two nodes that take the same text for the same recipient at one time do so one after the other: the second sees what
   * the first has committed. In one order, and only where the guard is on.
   */
  private static final String ALONE = """
      select pg_advisory_xact_lock(k.key)::text
        from (select distinct hashtextextended(c.workspace_id::text || c.recipient, 11) # hashtextextended(encode(c.text_hash, 'hex'), 11) as key
                from unnest(?::uuid[], ?::text[], ?::bytea[]) as c(workspace_id, recipient, text_hash)
                join workspaces w on w.workspace_id = c.workspace_id and w.double_send_guard
               order by key offset 0) k""";

  /** Holds sends against suppressions and the guard, in their order. */
  static List<Checked> checks(Connection connection, Checks wanted) throws SQLException {
    if (wanted.recipients.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(ALONE + ";\n" + CHECKS)) {
      wanted.bind(statement, 1);
      statement.execute();
      statement.getMoreResults();
      return read(statement, AcceptanceSql::checks);
    }
  }

  private static List<Checked> checks(ResultSet row) throws SQLException {
    List<Checked> checks = new ArrayList<>();
    while (row.next()) {
      Timestamp at = row.getTimestamp(5);
      checks.add(new Checked(row.getBoolean(1), row.getBoolean(2), row.getObject(3, UUID.class), row.getObject(4, UUID.class),
          at == null ? null : at.toInstant()));
    }
    return checks;
  }

  /** Sends to be held against suppressions and the guard: columns of one query. */
  static final class Checks {
    private final List<UUID> workspaces = new ArrayList<>();
    private final List<String> recipients = new ArrayList<>();
    private final List<byte[]> addressHashes = new ArrayList<>();
    private final List<byte[]> textHashes = new ArrayList<>();
    private final List<UUID> since = new ArrayList<>();

    /** Adds one; its place among the answers. */
    int add(UUID workspace, String recipient, byte[] textHash, Instant guardedSince) {
      workspaces.add(workspace);
      recipients.add(recipient);
      addressHashes.add(Suppressions.hash(workspace, recipient));
      textHashes.add(textHash);
      since.add(Ids.floor(Ids.tag(workspace), guardedSince));
      return recipients.size() - 1;
    }

    private void bind(PreparedStatement statement, int first) throws SQLException {
      Connection connection = statement.getConnection();
      statement.setArray(first, uuids(connection, workspaces));
      statement.setArray(first + 1, texts(connection, recipients));
      statement.setArray(first + 2, connection.createArrayOf("bytea", textHashes.toArray(byte[][]::new)));
      statement.setArray(first + 3, uuids(connection, workspaces));
      statement.setArray(first + 4, connection.createArrayOf("bytea", addressHashes.toArray(byte[][]::new)));
      statement.setArray(first + 5, texts(connection, recipients));
      statement.setArray(first + 6, connection.createArrayOf("bytea", textHashes.toArray(byte[][]::new)));
      statement.setArray(first + 7, uuids(connection, since));
    }
  }

  /** A line that could carry a message, with what is left of its day; {@code left} null when it has no limit. */
  record Candidate(
      UUID workspaceId, UUID lineId, String kind, String address, String channelType, boolean healthy,
      @Nullable Integer left, @Nullable Hold hold, @Nullable Hold newHold) {
    /** What keeps a message of this kind waiting on this line, null when nothing does. */
    @Nullable Hold holding(boolean firstTouch, Instant now) {
      Hold latest = hold != null && hold.until().isAfter(now) ? hold : null;
      boolean newer = firstTouch && newHold != null && newHold.until().isAfter(now)
          && (latest == null || newHold.until().isAfter(latest.until()));
      return newer ? newHold : latest;
    }
  }

  /** A line holds back all its messages, or all first ones, until then. */
  record Hold(String reason, Instant until) {}

  /** How many lines of a workspace a choice looks at. */
  static final int LINES_LOOKED_AT = 200;

  /** Per workspace its healthiest active lines, as many as a choice looks at. */
  private static final String LINES = """
      select l.workspace_id, l.line_id, l.kind, l.address, l.channel_type, l.health_status = 'healthy',
             l.daily_total_limit - coalesce(u.used, 0) as room,
             e.hold_until, e.hold_reason, e.new_hold_until, e.new_hold_reason
        from unnest(?::uuid[]) as w(workspace_id)
        cross join lateral (
          select * from lines x
           where x.workspace_id = w.workspace_id and x.is_active and x.removed_at is null and x.provisioning_status = 'active'
           order by (x.health_status = 'healthy') desc, x.line_id limit 200) l
        left join usage_counters u
               on u.workspace_id = l.workspace_id and u.line_id = l.line_id and u.kind = 'line_day'
              and u.period_start = date_trunc('day', ?::timestamptz, 'UTC')
        left join line_leases e on e.workspace_id = l.workspace_id and e.line_id = l.line_id""";

  /** A line named by a request or a conversation that the list above, cut at 200, left out. */
  static List<Candidate> lines(Connection connection, List<UUID> workspaces, List<UUID> named) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        select l.workspace_id, l.line_id, l.kind, l.address, l.channel_type, l.health_status = 'healthy', l.daily_total_limit, null, null, null, null
          from unnest(?::uuid[], ?::uuid[]) as n(workspace_id, line_id)
          join lines l on l.workspace_id = n.workspace_id and l.line_id = n.line_id
         where l.is_active and l.removed_at is null and l.provisioning_status = 'active'""")) {
      statement.setArray(1, uuids(connection, workspaces));
      statement.setArray(2, uuids(connection, named));
      try (ResultSet row = statement.executeQuery()) {
        return lines(row);
      }
    }
  }

  private static List<Candidate> lines(ResultSet row) throws SQLException {
    List<Candidate> lines = new ArrayList<>();
    while (row.next()) {
      int room = row.getInt(7);
      Integer left = row.wasNull() ? null : Integer.valueOf(room);
      lines.add(new Candidate(row.getObject(1, UUID.class), row.getObject(2, UUID.class), row.getString(3),
          row.getString(4), row.getString(5), row.getBoolean(6), left, hold(row, 8), hold(row, 10)));
    }
    return lines;
  }

  private static @Nullable Hold hold(ResultSet row, int place) throws SQLException {
    Timestamp until = row.getTimestamp(place);
    String reason = row.getString(place + 1);
    return until == null || until.getTime() < 0 || reason == null ? null : new Hold(reason, until.toInstant());
  }

  /** The "Quick Sends" lists of the workspaces that have one. */
  private static final String LISTS = """
      select l.workspace_id, l.list_id
        from unnest(?::uuid[]) as w(workspace_id)
        join lists l on l.workspace_id = w.workspace_id and l.name = 'Quick Sends'""";

  /** PostgreSQL would plan each statement anew for each batch: for one or two elements that looks cheaper than a plan for ten. */
  private static final String PLAN_ONCE = "set local plan_cache_mode = force_generic_plan";

  private static final String LOOK_UP = String.join(";\n", PLAN_ONCE, GateQuery.BATCH, LEADS, ALONE, CHECKS, LINES);

  /** Those lists; asked for only when people are new. */
  static Map<UUID, UUID> quickSends(Connection connection, Collection<UUID> workspaces) throws SQLException {
    Map<UUID, UUID> byWorkspace = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(LISTS)) {
      statement.setArray(1, uuids(connection, List.copyOf(workspaces)));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          byWorkspace.put(row.getObject(1, UUID.class), row.getObject(2, UUID.class));
        }
      }
    }
    return byWorkspace;
  }

  /** All that a batch has to know, as of one look: who asks, the people, what stands against it, lines. */
  record Found(
      List<GateQuery.Answer> callers, List<FoundLead> leads, List<Checked> checks, List<Candidate> lines) {}

  /**
   * Authenticates under the access locks and looks everything up in one call. Each statement sees what was
   * committed before it began, so the look-ups see all that the locks waited for.
   */
  static Found lookUp(Connection connection, List<Credential> credentials, List<UUID> workspaces, LeadBook people,
      Checks checks, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOOK_UP)) {
      GateQuery.bind(statement, credentials);
      people.bind(statement, 4);
      checks.bind(statement, 8);
      statement.setArray(16, uuids(connection, workspaces));
      statement.setObject(17, now.atOffset(ZoneOffset.UTC));
      statement.execute();
      statement.getMoreResults();
      List<GateQuery.Answer> callers = read(statement, GateQuery::answers);
      statement.getMoreResults();
      List<FoundLead> leads = read(statement, AcceptanceSql::leads);
      statement.getMoreResults();
      statement.getMoreResults();
      List<Checked> checked = read(statement, AcceptanceSql::checks);
      statement.getMoreResults();
      List<Candidate> lines = read(statement, AcceptanceSql::lines);
      return new Found(callers, leads, checked, lines);
    }
  }

  private static <T> T read(PreparedStatement statement, Reading<T> reading) throws SQLException {
    try (ResultSet rows = statement.getResultSet()) {
      return reading.read(rows);
    }
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  static final String INSERT_LISTS = """
      insert into lists (workspace_id, list_id, name, created_at, updated_at)
      select n.workspace_id, n.list_id, 'Quick Sends', n.now, n.now
        from (select *, ?::timestamptz as now from unnest(?::uuid[], ?::uuid[]) as n(workspace_id, list_id)) n""";

  /**
   * Owned by the member who is named, else by the first (contract 5.5). A lead another node created meanwhile breaks the
   * primary key of lead_addresses, and the batch looks again.
   */
  static final String INSERT_LEADS = """
      with n as (
        select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::jsonb[])
               as n(workspace_id, lead_id, list_id, first_name, last_name, phone, email, x)
      ), o as (
        select m.workspace_id, p.email, p.person_id, row_number() over (partition by m.workspace_id order by m.joined_at, m.person_id) as place
          from (select distinct workspace_id from n) w
          join members m on m.workspace_id = w.workspace_id
          join people p  on p.person_id = m.person_id
      ), inserted as (
        insert into leads (workspace_id, lead_id, list_id, first_name, last_name, phone, email,
               alt_phone1, alt_phone2, alt_phone3, alt_email1, alt_email2, alt_email3,
               ghl_contact_id, ghl_location_id, hs_contact_id, hs_portal_id, contact_owner_email, contact_owner_id, source, created_at, updated_at)
        select n.workspace_id, lead_id, list_id, first_name, last_name, phone, n.email,
               x->>'1', x->>'2', x->>'3', x->>'5', x->>'6', x->>'7',
               x->>'ghlContactId', x->>'ghlLocationId', x->>'hsContactId', x->>'hsPortalId', coalesce(named.email, first.email), coalesce(named.person_id, first.person_id),
               'api', ?::timestamptz, ?::timestamptz
          from n
          left join o first on first.workspace_id = n.workspace_id and first.place = 1
          left join o named on named.workspace_id = n.workspace_id and named.email = lower(btrim(x->>'contactOwnerEmail'))
      )
      insert into lead_addresses (workspace_id, address, lead_id, position)
      select n.workspace_id, a.address, n.lead_id, a.position
        from n cross join lateral (values (n.phone, 0), (n.x->>'1', 1), (n.x->>'2', 2), (n.x->>'3', 3),
                                          (n.email, 4), (n.x->>'5', 5), (n.x->>'6', 6), (n.x->>'7', 7)) a(address, position)
       where a.address is not null
       order by n.workspace_id, a.address""";

  /** Message, state and first event of each, in one statement. */
  static final String INSERT_MESSAGES = """
      with n as (
        select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::text[],
                             ?::text[], ?::text[], ?::text[], ?::uuid[], ?::text[], ?::jsonb[],
                             ?::uuid[], ?::text[], ?::boolean[], ?::timestamptz[], ?::timestamptz[], ?::boolean[])
               as n(workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, recipient_phone,
                    recipient_email, recipient_name, correlation_id, created_by, batch_id, x,
                    line_id, status, first_touch, due_at, scheduled_date, fallback_sms)
      ), m as (
        insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, addresses,
               recipient_phone, recipient_email, recipient_name, attachments, scheduled_date, zone, window_start, window_end,
               weekdays, send_fallback_sms, batch_id, ghl_contact_id, ghl_location_id, hs_contact_id, hs_portal_id,
               correlation_id, created_by, fallback_text, created_at, updated_at)
        select workspace_id, message_id, lead_id, message_type, text, text_hash, recipient,
               case when x->'addresses' is not null then array(select jsonb_array_elements_text(x->'addresses')) else '{}' end,
               recipient_phone, recipient_email, recipient_name, x->'attachments', scheduled_date, x->>'zone', x->>'windowStart', x->>'windowEnd',
               case when x->'weekdays' is not null then array(select jsonb_array_elements_text(x->'weekdays')::smallint) end,
               fallback_sms, batch_id, x->>'ghlContactId', x->>'ghlLocationId', x->>'hsContactId', x->>'hsPortalId',
               correlation_id, created_by, x->>'fallbackText', ?::timestamptz, ?::timestamptz
          from n
      ), s as (
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select workspace_id, message_id, line_id, status, first_touch, due_at, 1, ?::timestamptz from n
      )
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, 1, status, ?::timestamptz, 'accepted' from n""";

  static final String INSERT_IDEMPOTENCY = """
      insert into idempotency (workspace_id, actor_id, route, key, request_hash, status, body, created_at)
      select n.workspace_id, n.actor_id, n.route, n.key, n.request_hash, n.status, n.body, ?::timestamptz
        from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::bytea[], ?::smallint[], ?::text[])
             as n(workspace_id, actor_id, route, key, request_hash, status, body)
      on conflict (workspace_id, actor_id, route, key) do update
         set request_hash = excluded.request_hash, status = excluded.status, body = excluded.body, created_at = excluded.created_at""";

  /** Locks first, in its own statement, so that the look-up after it sees what the lock waited for. */
  static final String TRY_KEYS = "select pg_try_advisory_xact_lock(hashtextextended(s, 7)) from unnest(?::text[]) with ordinality as k(s, n) order by n";

  static final String FIND_KEYS = """
      select k.n, i.request_hash, i.status, i.body
        from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[]) with ordinality as k(workspace_id, actor_id, route, key, n)
        join idempotency i on i.workspace_id = k.workspace_id and i.actor_id = k.actor_id and i.route = k.route and i.key = k.key
       where i.created_at > ?::timestamptz""";

  static Array uuids(Connection connection, List<? extends @Nullable UUID> values) throws SQLException {
    return connection.createArrayOf("uuid", values.toArray());
  }

  static Array texts(Connection connection, List<? extends @Nullable String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }
}
