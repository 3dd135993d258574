package tuco;

import java.util.List;
import java.util.stream.Collectors;

/** What stands in the database. */
public final class Rows {
  private Rows() {}

  /**
   * A fingerprint of every table, one a line. What only notes that a call was made (activity of keys and sessions,
   * throttles) is left out: that is no change of anything.
   */
  public static String of(World world) {
    return world.database().crossing(tx -> {
      List<String> tables = tx.query("""
              select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'tuco' and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
                 and c.relname not in ('key_uses', 'key_activity', 'sessions', 'sign_in_attempts') order by 1""")
          .mapTo(String.class).list();
      String sql = tables.stream()
          .map(table -> "select '" + table + "' as t, count(*) as n, coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) as h from "
              + table + " r")
          .collect(Collectors.joining(" union all "));
      return tx.query(sql).map((row, ctx) -> row.getString(1) + " " + row.getLong(2) + " " + row.getString(3)).list();
    }).stream().collect(Collectors.joining("\n"));
  }

  /** Another than before whenever a transaction wrote anything meanwhile. */
  public static String transactions(World world) {
    return world.database().crossing(tx -> tx.query("select pg_snapshot_xmax(pg_current_snapshot())::text").mapTo(String.class).one());
  }
}
