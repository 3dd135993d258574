package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.db.DatabaseUrl;

/** The fence around each workspace, as the database's own catalogue tells it (A4, decisions 3; standards 4.9). */
class CatalogueTest {
  /** What belongs to no workspace, and why. Every other table is a tenant table. */
  static final Map<String, String> GLOBAL = Map.ofEntries(
      Map.entry("plans", "what plans allow is the same for all"),
      Map.entry("people", "a person may belong to several workspaces"),
      Map.entry("sessions", "a session is a person's"),
      Map.entry("one_time_links", "a link is a person's"),
      Map.entry("person_idempotency", "answers to what a person did outside any workspace"),
      Map.entry("staff", "the operator's own people belong to no workspace"),
      Map.entry("staff_sessions", "a session of staff is theirs"),
      Map.entry("staff_links", "a link of staff is theirs"),
      Map.entry("nodes", "nodes serve all workspaces"),
      Map.entry("installation", "about this installation as a whole"),
      Map.entry("audit_signing_key", "one key signs the audit logs of all workspaces"),
      Map.entry("flyway_schema_history", "the versions of the schema"));

  /** Unique without the workspace in front, and why. */
  private static final Map<String, String> UNIQUE_ACROSS = Map.of(
      "key_secrets_by_hash", "a key is looked up before its workspace is known; 256 random bits betray nothing",
      "workspaces_tag_key", "the tag is what ids of a workspace begin with");

  private static World world;
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    workspace.api().get("/api/whoami");
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void everyTableIsATenantTableOrListedAsGlobalWithAReason() {
    assertThat(tables()).containsAll(GLOBAL.keySet());
    assertThat(tenantTables()).allSatisfy(table -> assertThat(
        strings("select column_name from information_schema.columns where table_schema = 'tuco' and table_name = '" + table + "'"))
        .as(table).contains("workspace_id"));
  }

  @Test
  void everyKeyStartsWithTheWorkspace() {
    assertThat(strings("""
        select c.relname || ': ' || i.relname
          from pg_index x
          join pg_class i on i.oid = x.indexrelid
          join pg_class c on c.oid = x.indrelid
          join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
         where x.indisunique and c.relnamespace = 'tuco'::regnamespace and a.attname <> 'workspace_id'
           and c.relname not in (%s) and i.relname not in (%s)""".formatted(quoted(GLOBAL.keySet()), quoted(UNIQUE_ACROSS.keySet()))))
        .as("unique indexes that could tell of another workspace").isEmpty();
    assertThat(strings("""
        select c.relname || ': ' || k.conname
          from pg_constraint k
          join pg_class c on c.oid = k.conrelid
          join pg_class f on f.oid = k.confrelid
          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
         where k.contype = 'f' and c.relnamespace = 'tuco'::regnamespace and a.attname <> 'workspace_id'
           and c.relname not in (%1$s) and f.relname not in (%1$s)""".formatted(quoted(GLOBAL.keySet()))))
        .as("foreign keys that could point across workspaces").isEmpty();
    assertThat(strings("""
        select c.relname from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace = 'tuco'::regnamespace and not c.relispartition
           and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p')"""))
        .as("tables without a primary key").isEmpty();
  }

  @Test
  void rowSecurityIsForcedAndHasARuleForEveryKindOfAccess() {
    assertThat(tenantTables()).allSatisfy(table -> {
      assertThat(strings("select relrowsecurity::text || relforcerowsecurity::text from pg_class where oid = 'tuco." + table + "'::regclass"))
          .as(table).containsExactly("truetrue");
      assertThat(strings("""
          select distinct p.cmd from pg_policies p
           where p.schemaname = 'tuco' and p.tablename = '%s' and 'tuco_app' = any (p.roles)""".formatted(table)))
          .as(table).contains("SELECT");
      assertThat(strings("""
          select p.policyname from pg_policies p
           where p.schemaname = 'tuco' and p.tablename = '%s' and ('tuco_app' = any (p.roles) or 'public' = any (p.roles))
             and coalesce(p.qual, '') || coalesce(p.with_check, '') !~ 'workspace_id = ([(] SELECT )?(tuco[.])?tenant[(][)]'""".formatted(table)))
          .as("%s: rules of the application that do not ask for the tenant", table).isEmpty();
    });
  }

  @Test
  void withoutATenantTheApplicationSeesNoRowOfAnyTenantTable() throws SQLException {
    DatabaseUrl app = world.config().app();
    try (Connection connection = DriverManager.getConnection(app.jdbc(), app.user(), app.password());
        Statement statement = connection.createStatement()) {
      // A connection of a pool had a tenant before: the setting is an empty text then and not null (L2, L3).
      connection.setAutoCommit(false);
      statement.execute("select tuco.set_tenant('" + workspace.id() + "', 'write')");
      connection.commit();
      connection.setAutoCommit(true);
      for (String table : tenantTables()) {
        if (strings("select has_table_privilege('tuco_app', 'tuco." + table + "', 'select')::text").contains("true")) {
          try (ResultSet rows = statement.executeQuery("select count(*) from tuco." + table)) {
            rows.next();
            assertThat(rows.getInt(1)).as(table).isZero();
          }
        }
      }
    }
    Integer keys = world.database().crossing(tx -> tx.query("select count(*) from api_keys").mapTo(Integer.class).one());
    assertThat(keys).as("there is something to see").isPositive();
  }

  @Test
  void theRolesOwnNothingAndCannotStepOverTheFence() {
    for (String role : List.of("tuco_app", "tuco_engine", "tuco_staff")) {
      assertThat(strings("select rolsuper::text || rolbypassrls::text || rolcreaterole::text from pg_roles where rolname = '" + role + "'"))
          .as(role).containsExactly("falsefalsefalse");
      assertThat(strings("select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = '" + role + "'"))
          .as("owned by %s", role).isEmpty();
      assertThat(strings("select m.roleid::regrole::text from pg_auth_members m where m.member = '" + role + "'::regrole"))
          .as("%s is a member of", role).isEmpty();
      assertThat(strings("select has_schema_privilege('" + role + "', 'tuco', 'create')::text")).containsExactly("false");
    }
  }

  @Test
  void whatRunsWithOtherRightsHasAFixedSearchPath() { // L5
    assertThat(strings("""
        select p.proname from pg_proc p
         where p.pronamespace = 'tuco'::regnamespace and p.prosecdef
           and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')""")).isEmpty();
  }

  private static List<String> tables() {
    return strings("select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'tuco'::regnamespace");
  }

  private static List<String> tenantTables() {
    return tables().stream().filter(table -> !GLOBAL.containsKey(table)).toList();
  }

  private static String quoted(Set<String> names) {
    return "'" + String.join("', '", names) + "'";
  }

  private static List<String> strings(String sql) {
    DatabaseUrl owner = world.owner;
    try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
