package tuco.staff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.caller.StaffCaller;
import tuco.db.DatabaseUrl;
import tuco.db.Roles;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * S1 as the database enforces it: connected as {@code tuco_staff}, with any statement one likes, nothing of a workspace
 * can be seen without a grant that holds, and with one for metadata nothing that people wrote. Made from the catalogue,
 * so that a new table or view takes part by itself.
 */
class StaffFenceTest {
  /** Staff's own, which hold nothing of any workspace. */
  private static final Set<String> OWN = Set.of("staff", "staff_sessions", "staff_links");

  /** What staff may call: each asks for a session or a grant by itself, or knows no data. */
  private static final Set<String> FUNCTIONS = Set.of(
      "staff_of", "staff_record", "staff_enter", "staff_request", "staff_give_back", "staff_grants_of", "staff_workspaces",
      "staff_pause_line", "granted_in", "granted_object", "granted_content", "masked");

  /** Words of Tuco's own in the views; every other text is content until somebody adds it here. */
  private static final Set<String> METADATA = Set.of(
      "kind", "channel_type", "line_type", "health_status", "provisioning_status", "direction", "message_type", "status",
      "wait_reason", "cause", "state", "audience");

  /** Each view, and a look that opens it. */
  private static final Map<String, String> LOOKS = Map.of(
      "granted_leads", "leads", "granted_lists", "leads", "granted_lines", "lines", "granted_messages", "messages",
      "granted_message_events", "message", "granted_campaigns", "campaigns");

  private static final String MARK = "zebracontent";
  private static final String OTHERS_MARK = "okapicontent";

  private static World world;
  private static World.TestWorkspace workspace;
  private static World.TestWorkspace other;
  private static AStaffMember sam;
  private static String token;
  private static StaffCaller caller;
  private static UUID message;
  private static Connection recording;

  @BeforeAll
  static void start() throws SQLException {
    world = new World();
    workspace = marked(MARK);
    other = marked(OTHERS_MARK);
    sam = new AStaffMember(world, "sam@operator.example.com");
    token = sam.signIn(0);
    caller = sam.caller(token);
    message = UUID.fromString(strings("select message_id::text from tuco.messages where workspace_id = '" + workspace.id() + "'").getFirst());
    recording = connect(staffUrl());
  }

  @AfterAll
  static void stop() throws SQLException {
    recording.close();
    world.close();
  }

  /** A workspace with a row in each table behind the views, and the mark in every text there that takes one. */
  private static World.TestWorkspace marked(String mark) {
    World.TestWorkspace made = world.aWorkspace();
    world.aSimulatorLine(made.id());
    assertThat(made.api().post("/api/messages", """
        {"message": "%s", "recipientPhone": "+12025550151", "scheduledDate": "2199-01-01T00:00:00Z"}""".formatted(mark)).status()).isEqualTo(201);
    assertThat(made.api().post("/api/campaigns", "{\"name\": \"x\", \"tag\": \"x\", \"steps\": [{\"message\": \"x\"}]}").status()).isEqualTo(201);
    for (String column : strings("""
        select c.relname || '.' || a.attname
          from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'tuco'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
           and a.atttypid = 'text'::regtype
           and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'lens')""")) {
      mark(made.id(), column.split("\\.")[0], column.split("\\.")[1], mark);
    }
    world.database().crossing(tx -> tx.update("update leads set tags = array[:mark], custom_fields = jsonb_build_object('a', :mark) where workspace_id = :id")
        .bind("mark", mark).bind("id", made.id()).execute());
    return made;
  }

  private static void mark(UUID id, String table, String column, String mark) {
    try (Connection engine = connect(world.config().engine());
        PreparedStatement update = engine.prepareStatement("update tuco." + table + " set " + column + " = ? where workspace_id = ?")) {
      update.setString(1, mark);
      update.setObject(2, id);
      update.executeUpdate();
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as("%s.%s takes only words of ours: %s", table, column, e.getMessage()).startsWith("23");
    }
  }

  @Test
  void staffHaveNoRightOnAnyTableButTheirOwnAndTheViews() throws SQLException {
    List<String> relations = strings("select relname from pg_class where relnamespace = 'tuco'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')");
    assertThat(relations).hasSizeGreaterThan(40);
    try (Connection staff = connect(staffUrl())) {
      for (String relation : relations) {
        if (OWN.contains(relation)) {
          continue;
        }
        boolean view = relation.startsWith("granted_");
        assertThat(strings("select concat_ws(' ', p, has_any_column_privilege('tuco_staff', 'tuco.%s', p)) from unnest(array['select', 'insert', 'update']) p".formatted(relation)))
            .as(relation).containsExactly("select " + (view ? "t" : "f"), "insert f", "update f");
        if (!view) {
          assertThatThrownBy(() -> count(staff, relation)).as(relation).hasMessageContaining("permission denied");
        }
      }
    }
  }

  @Test
  void staffCallNothingThatLooksAcrossTheFence() {
    assertThat(strings("select distinct proname from pg_proc where pronamespace = 'tuco'::regnamespace and has_function_privilege('tuco_staff', oid, 'execute')"))
        .containsExactlyInAnyOrderElementsOf(FUNCTIONS);
  }

  @Test
  void withoutAGrantThatHoldsNoViewShowsARow() throws Exception {
    UUID ended = grant(workspace, "content");
    UUID oldAct = enterAndLeave(ended);
    sql("update tuco.staff_grants set status = 'ended' where grant_id = ?", ended);
    UUID expired = grant(workspace, "content");
    sql("update tuco.staff_grants set expires_at = now() where grant_id = ?", expired);
    UUID refused = grant(workspace, "content");
    sql("update tuco.staff_grants set status = 'refused' where grant_id = ?", refused);
    UUID waiting = grant(workspace, "content");
    sql("update tuco.staff_grants set status = 'waiting', expires_at = null where grant_id = ?", waiting);
    AStaffMember colleague = new AStaffMember(world, "colleague@operator.example.com");
    UUID colleagues = colleague.ask(colleague.caller(), workspace.id(), "content");
    sql("update tuco.staff_grants set status = 'live', expires_at = now() + interval '1 hour' where grant_id = ?", colleagues);

    assertThat(seen(null, null, null)).as("nothing at all").isEmpty();
    assertThat(seen(oldAct, workspace.id(), null)).as("an act of an earlier transaction").isEmpty();
    Map<String, UUID> grants = Map.of("ended", ended, "expired", expired, "refused", refused, "waiting", waiting, "unknown", colleagues);
    for (Map.Entry<String, UUID> one : grants.entrySet()) {
      assertThat(seen(oldAct, workspace.id(), one.getValue())).as(one.getKey()).isEmpty();
      assertThat(outcome(one.getValue())).isEqualTo(one.getKey());
    }
    sql("update tuco.staff_grants set status = 'ended' where grant_id = ?", colleagues);
  }

  @Test
  void aGrantThatEndsInTheMiddleOfATransactionShowsNothingMore() throws Exception {
    UUID grant = grant(workspace, "content");
    try (Connection staff = connect(staffUrl())) {
      staff.setAutoCommit(false);
      assertThat(enter(staff, caller, grant, "leads")).isEqualTo("ok");
      assertThat(count(staff, "granted_leads")).isPositive();
      // Past the lock, as nothing of ours does it: the views themselves ask again with every statement.
      sql("update tuco.staff_grants set expires_at = now() where grant_id = ?", grant);
      assertThat(count(staff, "granted_leads")).isZero();
    }
    for (String change : List.of(
        "update tuco.staff_sessions set expires_at = now() where session_id = ?", "update tuco.staff set removed_at = now() where staff_id = ?")) {
      AStaffMember kim = new AStaffMember(world, "kim" + change.length() + "@operator.example.com");
      String session = kim.signIn(0);
      StaffCaller signedIn = kim.caller(session);
      UUID held = kim.ask(signedIn, workspace.id(), "content");
      sql("update tuco.staff_grants set status = 'live', expires_at = now() + interval '1 hour' where grant_id = ?", held);
      try (Connection staff = connect(staffUrl())) {
        staff.setAutoCommit(false);
        assertThat(enter(staff, signedIn, held, "leads")).isEqualTo("ok");
        sql(change, change.contains("session") ? signedIn.sessionId() : signedIn.staffId());
        assertThat(count(staff, "granted_leads")).as(change).isZero();
      }
      sql("update tuco.staff_grants set status = 'ended' where grant_id = ?", held);
    }
  }

  @Test
  void aGrantForMetadataShowsNothingThatPeopleWrote() throws Exception {
    Map<String, Set<String>> metadata = seen(null, null, grant(workspace, "metadata"));
    assertThat(strings("select relname from pg_class where relnamespace = 'tuco'::regnamespace and relkind in ('v', 'm') and has_table_privilege('tuco_staff', oid, 'select')"))
        .as("there is something to see in each").allSatisfy(view -> assertThat(metadata.keySet()).anyMatch(column -> column.startsWith(view + ".")));
    metadata.forEach((column, values) -> {
      if (!METADATA.contains(column.substring(column.indexOf('.') + 1))) {
        assertThat(values).as(column).noneMatch(value -> value.contains(MARK) || value.contains("2025550151") || value.contains("simulator"));
      }
    });
    assertThat(texts()).filteredOn(column -> !METADATA.contains(column.substring(column.indexOf('.') + 1)))
        .allSatisfy(column -> assertThat(metadata.getOrDefault(column, Set.of())).as(column).isSubsetOf("", "••••", "{}"));
  }

  @Test
  void aGrantForContentShowsTheOneWorkspaceItIsFor() throws Exception {
    Map<String, Set<String>> content = seen(null, null, grant(workspace, "content"));
    assertThat(content.get("granted_leads.first_name")).containsExactly(MARK);
    assertThat(content.get("granted_messages.text")).containsExactly(MARK);
    assertThat(content.values()).allSatisfy(values -> assertThat(values).noneMatch(value -> value.contains(OTHERS_MARK)));
    assertThat(content).noneSatisfy((column, values) -> assertThat(column).contains("secret"));
  }

  /** A function of one's own in a condition, so cheap that it would run before any rule if it could, sees no more than the grant shows. */
  @Test
  void aPeepingConditionSeesNoMoreThanTheGrantShows() throws SQLException {
    for (String scope : List.of("metadata", "content")) {
      UUID grant = grant(workspace, scope);
      for (String column : texts()) {
        try (Connection staff = connect(staffUrl()); Statement statement = staff.createStatement()) {
          staff.setAutoCommit(false);
          statement.execute("""
              create function pg_temp.peep(seen text) returns boolean language plpgsql cost 0.000001 as
              $$ begin if seen like '%%%s%%' then raise exception 'peeped at %%', seen; end if; return true; end $$"""
              .formatted(scope.equals("content") ? OTHERS_MARK : MARK.substring(0, 5)));
          enter(staff, caller, grant, LOOKS.get(column.substring(0, column.indexOf('.'))));
          if (scope.equals("content") || !METADATA.contains(column.substring(column.indexOf('.') + 1))) {
            statement.executeQuery("select count(*) from tuco.%s where pg_temp.peep(%s::text)".formatted((Object[]) column.split("\\.")));
          }
        }
      }
    }
  }

  /** What a grant shows is asked once for a statement: asked for each row it made a page of 200,000 messages take half a minute. */
  @Test
  void theScopeIsAskedOnceAndNotForEachRow() throws SQLException {
    UUID grant = grant(workspace, "metadata");
    try (Connection staff = connect(staffUrl()); Statement statement = staff.createStatement()) {
      staff.setAutoCommit(false);
      enter(staff, caller, grant, "messages");
      for (String view : strings("select distinct split_part(c, '.', 1) from unnest(array['" + String.join("','", texts()) + "']) c")) {
        List<String> plan = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("explain verbose select * from tuco." + view + " order by 1 desc limit 50")) {
          while (rows.next()) {
            plan.add(rows.getString(1));
          }
        }
        assertThat(String.join("\n", plan)).as(view).contains("InitPlan").doesNotContain("granted_content() THEN");
      }
    }
  }

  @Test
  void staffMakeNoGrantsAndNoActsAndChangeNone() throws SQLException {
    try (Connection staff = connect(staffUrl()); Statement statement = staff.createStatement()) {
      for (String forged : List.of(
          "insert into tuco.staff_grants select * from tuco.staff_grants", "update tuco.staff_grants set status = 'live'",
          "insert into tuco.staff_acts select * from tuco.staff_acts", "delete from tuco.staff_acts",
          "select tuco.set_tenant('" + workspace.id() + "', 'write')", "select tuco.leads_by_words('zebracontent', null)",
          "select tuco.staff_acted('%1$s', '%1$s', '%1$s', '%1$s', 'leads', '{}')".formatted(workspace.id()),
          "select tuco.audit_append('" + workspace.id() + "', '{}')", "set role tuco_lens", "set role tuco_app")) {
        assertThatThrownBy(() -> statement.execute(forged)).as(forged).hasMessageContaining("permission denied");
      }
    }
  }

  /** A snapshot from before the end of a grant would still show it as live. */
  @Test
  void staffCannotReadWithASnapshotOfTheirOwn() throws SQLException {
    UUID grant = grant(workspace, "content");
    try (Connection staff = connect(staffUrl())) {
      staff.setAutoCommit(false);
      staff.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      assertThatThrownBy(() -> enter(staff, caller, grant, "leads")).hasMessageContaining("snapshot");
    }
  }

  @Test
  void theListOfWorkspacesHoldsNamesPlansAndCountsOnly() {
    List<StaffGrants.Workspace> list = sam.grants.workspaces(caller, "", 100, 0);
    assertThat(list).filteredOn(one -> one.workspaceId().equals(workspace.id())).singleElement()
        .satisfies(one -> {
          assertThat(one.leads()).isEqualTo(1);
          assertThat(one.lines()).isEqualTo(1);
          assertThat(one.members()).isEqualTo(1);
          assertThat(one.toString()).doesNotContain(MARK, workspace.ownerEmail());
        });
    assertThat(sam.grants.workspaces(caller, Ids.text(Kind.WORKSPACE, other.id()), 100, 0)).hasSize(1);
  }

  /** Every value of every column of every view, for who has opened the workspace by the grant, or claims to have. */
  private static Map<String, Set<String>> seen(UUID claimedAct, UUID claimedWorkspace, UUID grant) throws SQLException {
    Map<String, Set<String>> values = new TreeMap<>();
    for (String look : new TreeSet<>(LOOKS.values())) {
      try (Connection staff = connect(staffUrl()); Statement statement = staff.createStatement()) {
        staff.setAutoCommit(false);
        if (grant != null) {
          enter(staff, caller, grant, look);
        }
        if (claimedAct != null) {
          statement.execute("select set_config('tuco.staff_act', '%s', true), set_config('tuco.staff_workspace', '%s', true), set_config('tuco.workspace', '%2$s', true)"
              .formatted(claimedAct, claimedWorkspace));
        }
        for (String view : strings("select relname from pg_class where relnamespace = 'tuco'::regnamespace and relkind in ('v', 'm') and has_table_privilege('tuco_staff', oid, 'select')")) {
          see(statement, view, values);
        }
      }
    }
    return values;
  }

  private static void see(Statement statement, String view, Map<String, Set<String>> values) throws SQLException {
    try (ResultSet rows = statement.executeQuery("select * from tuco." + view)) {
      ResultSetMetaData columns = rows.getMetaData();
      while (rows.next()) {
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          String value = rows.getString(i);
          if (value != null) {
            values.computeIfAbsent(view + "." + columns.getColumnName(i), key -> new TreeSet<>()).add(value);
          }
        }
      }
    }
  }

  /** The views' columns that can hold any text. */
  private static List<String> texts() {
    return strings("""
        select c.relname || '.' || a.attname
          from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
         where c.relnamespace = 'tuco'::regnamespace and c.relkind in ('v', 'm') and has_table_privilege('tuco_staff', c.oid, 'select')
           and a.attnum > 0 and (t.typcategory in ('S', 'A') or t.typname in ('json', 'jsonb', 'bytea'))""");
  }

  private static UUID enterAndLeave(UUID grant) throws SQLException {
    try (Connection staff = connect(staffUrl())) {
      staff.setAutoCommit(false);
      assertThat(enter(staff, caller, grant, "leads")).isEqualTo("ok");
      staff.commit();
    }
    return UUID.fromString(strings("select act_id::text from tuco.staff_acts where grant_id = '" + grant + "' order by at desc limit 1").getFirst());
  }

  private static String outcome(UUID grant) throws SQLException {
    try (Connection staff = connect(staffUrl())) {
      return enter(staff, caller, grant, "leads");
    }
  }

  /** Records a look in a transaction of its own and opens it in that of the connection. */
  private static String enter(Connection staff, StaffCaller who, UUID grant, String look) throws SQLException {
    UUID act = world.ids().next(Ids.tag(workspace.id()));
    call(recording, "select tuco.staff_record(?, ?, ?, ?, ?, '{}')", who.tokenHash(), grant, act, look, look.equals("message") ? message : null);
    return call(staff, "select outcome from tuco.staff_enter(?, ?, ?)", who.tokenHash(), grant, act);
  }

  static String call(Connection connection, String sql, Object... parameters) throws SQLException {
    try (PreparedStatement call = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        call.setObject(i + 1, parameters[i]);
      }
      try (ResultSet row = call.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  /** A grant of Sam's that holds. */
  private static UUID grant(World.TestWorkspace in, String scope) throws SQLException {
    sql("update tuco.staff_grants set status = 'ended' where status = 'waiting' and staff_id = ?", caller.staffId());
    UUID grant = sam.ask(caller, in.id(), scope);
    sql("update tuco.staff_grants set status = 'live', expires_at = now() + interval '1 hour' where grant_id = ?", grant);
    return grant;
  }

  private static int count(Connection connection, String relation) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery("select count(*) from tuco." + relation)) {
      row.next();
      return row.getInt(1);
    }
  }

  /** As somebody whom no rule binds, which no process of ours is. */
  private static void sql(String update, Object parameter) throws SQLException {
    try (Connection owner = connect(world.owner); PreparedStatement statement = owner.prepareStatement(update)) {
      statement.setObject(1, parameter);
      statement.executeUpdate();
    }
  }

  private static DatabaseUrl staffUrl() {
    return Roles.staff(world.config().app());
  }

  private static Connection connect(DatabaseUrl url) throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  private static List<String> strings(String sql) {
    try (Connection owner = connect(world.owner); Statement statement = owner.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
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
