package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.limits.Limit;
import tuco.limits.Periods;

/** What one transaction adds to the use of limits, or takes back from it (decisions 4.2). */
final class Counters {
  /** Stands for the whole workspace in {@code usage_counters}. */
  static final UUID WHOLE_WORKSPACE = new UUID(0, 0);

  /** Always in one order, so that two transactions cannot wait for each other in a circle. */
  private static final String ADD = """
      insert into usage_counters (workspace_id, line_id, kind, period_start, used)
      select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[], ?::int[])
      on conflict (workspace_id, line_id, kind, period_start) do update
         set used = usage_counters.used + excluded.used""";

  private static final String TAKE_BACK = """
      update usage_counters u
         set used = greatest(u.used - c.used, 0)
        from (select x.workspace_id, x.line_id, x.kind, x.period_start, c.used
                from unnest(?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[], ?::int[])
                     as c(workspace_id, line_id, kind, period_start, used)
                join usage_counters x using (workspace_id, line_id, kind, period_start)
               order by x.workspace_id, x.line_id, x.kind, x.period_start
                 for update of x) c
       where (u.workspace_id, u.line_id, u.kind, u.period_start) = (c.workspace_id, c.line_id, c.kind, c.period_start)""";

  private static final Comparator<Key> ORDER = Comparator
      .comparing((Key key) -> key.workspaceId.toString())
      .thenComparing(key -> key.lineId.toString())
      .thenComparing(Key::kind)
      .thenComparing(Key::periodStart);

  record Key(UUID workspaceId, UUID lineId, String kind, Instant periodStart) {}

  private final Map<Key, Integer> counts = new HashMap<>();

  /** Counts one message of a line. */
  void message(LineKey line, Charge charge) {
    UUID workspace = line.workspaceId();
    one(workspace, WHOLE_WORKSPACE, Limit.MESSAGES_PER_DAY, charge.day());
    one(workspace, WHOLE_WORKSPACE, Limit.MESSAGES_PER_MONTH, charge.month());
    one(workspace, line.lineId(), Limit.LINE_MESSAGES_PER_DAY, Periods.lineDay(charge.at()));
  }

  /**
   * Counts one person whom a line has not written to before.
   *
   * @param day the start of the plan's day that it is charged to
   */
  void newPerson(LineKey line, Instant day, Instant at) {
    UUID workspace = line.workspaceId();
    one(workspace, WHOLE_WORKSPACE, Limit.NEW_CONTACTS_PER_DAY, day);
    one(workspace, line.lineId(), Limit.LINE_NEW_CONTACTS_PER_DAY, Periods.lineDay(at));
    one(workspace, line.lineId(), Limit.LINE_NEW_CONTACTS_PER_HOUR, Periods.lineHour(at));
  }

  private void one(UUID workspace, UUID owner, Limit limit, Instant start) {
    counts.merge(new Key(workspace, owner, limit.counter(), start), 1, Integer::sum);
  }

  void add(Connection connection) throws SQLException {
    write(connection, ADD);
  }

  void takeBack(Connection connection) throws SQLException {
    write(connection, TAKE_BACK);
  }

  private void write(Connection connection, String sql) throws SQLException {
    if (counts.isEmpty()) {
      return;
    }
    List<Key> keys = new ArrayList<>(counts.keySet());
    keys.sort(ORDER);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Columns.set(statement, 1, "uuid", keys, Key::workspaceId);
      Columns.set(statement, 2, "uuid", keys, Key::lineId);
      Columns.set(statement, 3, "text", keys, Key::kind);
      Columns.set(statement, 4, "timestamptz", keys, Key::periodStart);
      Columns.set(statement, 5, "int4", keys, counts::get);
      statement.executeUpdate();
    }
  }
}
