package tuco.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What a database's schema is, whatever way led to it: one line for each thing that a migration can make. */
final class Catalogue {
  private static final String EVERYTHING = """
      with ours as (select oid as schema from pg_namespace where nspname = 'tuco'),
           relations as (select c.* from pg_class c, ours where relnamespace = schema and relkind in ('r', 'p', 'v', 'S') and relname !~ '^flyway')
      select format('relation %s %s owner %s security %s %s options %s rights %s', relkind, relname, relowner::regrole, relrowsecurity,
                    relforcerowsecurity, reloptions, (select array_agg(a::text order by a::text) from unnest(relacl) a))
        from relations
      union all
      select format('column %s.%s %s %s not null %s default %s generated %s collation %s rights %s', relname, attnum, attname,
                    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attgenerated,
                    nullif(attcollation, 0)::regcollation, (select array_agg(a::text order by a::text) from unnest(attacl) a))
        from relations c join pg_attribute a on attrelid = c.oid left join pg_attrdef d on adrelid = c.oid and adnum = attnum
       where attnum > 0 and not attisdropped
      union all
      select format('index %s', pg_get_indexdef(indexrelid)) from pg_index i join relations c on c.oid = indrelid
      union all
      select format('constraint %s %s %s', relname, conname, pg_get_constraintdef(k.oid)) from pg_constraint k join relations c on c.oid = conrelid
      union all
      select format('view %s %s', relname, pg_get_viewdef(oid)) from relations where relkind = 'v'
      union all
      select format('trigger %s %s', tgenabled, pg_get_triggerdef(t.oid)) from pg_trigger t join relations c on c.oid = tgrelid where not tgisinternal
      union all
      select format('policy %s', p) from pg_policies p where schemaname = 'tuco'
      union all
      select format('function %s owner %s rights %s %s', p.oid::regprocedure, proowner::regrole,
                    (select array_agg(a::text order by a::text) from unnest(proacl) a), pg_get_functiondef(p.oid))
        from pg_proc p, ours where pronamespace = schema
      union all
      select format('type %s %s', typname, typtype) from pg_type, ours where typnamespace = schema
      union all
      select format('schema %s', (select array_agg(a::text order by a::text) from unnest(nspacl) a)) from pg_namespace where nspname = 'tuco'
      order by 1""";

  private Catalogue() {}

  static List<String> of(String url) throws SQLException {
    try (Connection connection = TestDatabase.connect(url)) {
      return ask(connection, EVERYTHING);
    }
  }

  static List<String> ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> answers = new ArrayList<>();
      while (rows.next()) {
        answers.add(rows.getString(1));
      }
      return answers;
    }
  }
}
