package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Which lines this node works (decisions 5.4). A lease lasts as long as its node's heartbeat and is not renewed line
 * by line; each takeover raises the fence, so that whoever held it before can neither claim nor record any more.
 */
final class Leases {
  /** A line that may work; {@code l} and {@code w} are the line and its workspace. */
  private static final String MAY_WORK =
      "l.is_active and l.removed_at is null and l.provisioning_status = 'active' and w.removed_at is null";

  private static final String ADD_MISSING = """
      insert into line_leases (workspace_id, line_id)
      select l.workspace_id, l.line_id
        from lines l
       where l.removed_at is null
         and not exists (select from line_leases e where e.workspace_id = l.workspace_id and e.line_id = l.line_id)
      on conflict do nothing""";

  private static final String DROP_IDLE = """
      update line_leases e
         set node_id = null
        from lines l
        join workspaces w on w.workspace_id = l.workspace_id
       where e.node_id = ?
         and l.workspace_id = e.workspace_id and l.line_id = e.line_id
         and not (%s)
         and not (e.line_id = any(?::uuid[]))""".formatted(MAY_WORK);

  private static final String COUNT = """
      select (select count(*) from lines l join workspaces w on w.workspace_id = l.workspace_id where %s),
             (select count(*) from nodes n where %s),
             (select count(*) from line_leases e where e.node_id = ?)""".formatted(MAY_WORK, Nodes.LIVES);

  /** Two nodes never take the same line: the second skips what the first has locked and finds it held afterwards. */
  private static final String TAKE = """
      with free as (
        select e.workspace_id, e.line_id
          from line_leases e
          join lines l      on l.workspace_id = e.workspace_id and l.line_id = e.line_id
          join workspaces w on w.workspace_id = e.workspace_id
         where (e.node_id is null or not exists (select from nodes n where n.node_id = e.node_id and %s))
           and %s
         limit ?
           for update of e skip locked
      )
      update line_leases e
         set node_id = ?, fence = e.fence + 1
        from free f
       where e.workspace_id = f.workspace_id and e.line_id = f.line_id""".formatted(Nodes.LIVES, MAY_WORK);

  private static final String GIVE = """
      update line_leases e
         set node_id = null
       where (e.workspace_id, e.line_id) in (
               select x.workspace_id, x.line_id from line_leases x
                where x.node_id = ? and not (x.line_id = any(?::uuid[]))
                limit ?)
         and e.node_id = ?""";

  private static final String MINE = "select workspace_id, line_id, fence from line_leases where node_id = ?";

  private final UUID node;
  private final DataSource engine;

  Leases(UUID node, DataSource engine) {
    this.node = node;
    this.engine = engine;
  }

  /**
   * Takes lines that nobody alive holds and gives up what is more than this node's share.
   *
   * @param busy lines that are sending now and cannot be given up
   * @return every line this node holds now, with its fence
   */
  Map<LineKey, Long> balance(Collection<LineKey> busy) throws SQLException {
    List<UUID> working = busy.stream().map(LineKey::lineId).toList();
    try (Connection connection = engine.getConnection()) {
      try (PreparedStatement statement = connection.prepareStatement(ADD_MISSING)) {
        statement.executeUpdate();
      }
      try (PreparedStatement statement = connection.prepareStatement(DROP_IDLE)) {
        statement.setObject(1, node);
        Columns.set(statement, 2, "uuid", working, line -> line);
        statement.executeUpdate();
      }
      long surplus = surplus(connection);
      if (surplus < 0) {
        take(connection, -surplus);
      } else if (surplus > 0) {
        give(connection, working, surplus);
      }
      return mine(connection);
    }
  }

  private long surplus(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COUNT)) {
      statement.setObject(1, node);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        long lines = row.getLong(1);
        long nodes = Math.max(1, row.getLong(2));
        return row.getLong(3) - (lines + nodes - 1) / nodes;
      }
    }
  }

  private void take(Connection connection, long room) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TAKE)) {
      statement.setLong(1, room);
      statement.setObject(2, node);
      statement.executeUpdate();
    }
  }

  private void give(Connection connection, List<UUID> working, long surplus) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(GIVE)) {
      statement.setObject(1, node);
      Columns.set(statement, 2, "uuid", working, line -> line);
      statement.setLong(3, surplus);
      statement.setObject(4, node);
      statement.executeUpdate();
    }
  }

  private Map<LineKey, Long> mine(Connection connection) throws SQLException {
    Map<LineKey, Long> mine = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(MINE)) {
      statement.setObject(1, node);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          mine.put(new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)), row.getLong(3));
        }
      }
    }
    return mine;
  }

  /** Gives all lines back, on a clean stop. */
  void releaseAll() throws SQLException {
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement("update line_leases set node_id = null where node_id = ?")) {
      statement.setObject(1, node);
      statement.executeUpdate();
    }
  }
}
