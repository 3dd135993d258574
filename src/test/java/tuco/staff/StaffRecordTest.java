package tuco.staff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.World;
import tuco.audit.Verifier;
import tuco.caller.StaffCaller;
import tuco.db.DatabaseUrl;
import tuco.db.Roles;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * S2 as the database enforces it: whoever has the database password of {@code tuco_staff}, a session and a live grant, and
 * runs statements of their own, sees nothing that the workspace's owners do not see them look at.
 */
class StaffRecordTest {
  private static World world;
  private static AStaffMember sam;
  private static StaffCaller caller;
  private static World.TestWorkspace workspace;
  private static Api owner;
  private static UUID grant;
  private static UUID lead;
  private static UUID message;
  @TempDir private Path folder;
  private Connection staff;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    sam = new AStaffMember(world, "sam@operator.example.com");
    caller = sam.caller();
    owner = world.api(world.anonymous().post("/api/sessions",
        "{\"email\":\"" + workspace.ownerEmail() + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token"));
    world.aSimulatorLine(workspace.id());
    workspace.api().post("/api/campaigns", "{\"name\": \"Spring\", \"steps\": [{\"message\": \"Hello\"}]}");
    for (int i = 0; i < 2; i++) {
      Api.Answer sent = workspace.api().post("/api/messages", """
          {"message": "Hello", "recipientPhone": "+1202555015%d", "scheduledDate": "2199-01-01T00:00:00Z"}""".formatted(i));
      lead = Ids.parse(Kind.LEAD, sent.at("leadId"));
      message = Ids.parse(Kind.MESSAGE, sent.at("messageId"));
    }
    grant = live("content");
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void connect() throws SQLException {
    DatabaseUrl url = Roles.staff(world.config().app());
    staff = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
    staff.setAutoCommit(false);
  }

  @org.junit.jupiter.api.AfterEach
  void leave() throws SQLException {
    staff.close();
  }

  private static UUID live(String scope) {
    UUID asked = sam.ask(caller, workspace.id(), scope, "pause_lines");
    assertThat(owner.post("/api/staff-access/" + Ids.text(Kind.GRANT, asked) + "/approve", "{}").status()).isEqualTo(200);
    return asked;
  }

  @Test
  void whatIsRolledBackAfterTheLookIsOnRecordAllTheSame() throws SQLException {
    UUID act = record("leads", null);
    staff.commit();
    assertThat(enter(act)).isEqualTo("ok");
    assertThat(count("granted_leads")).isEqualTo(2);
    staff.rollback();
    assertThat(newest().path("action").asText()).isEqualTo("staff.read");
    assertThat(newest().path("actor").toString()).contains(sam.email);
    assertThat(newest().path("details").toString()).contains("\"view\":\"leads\"");
    assertThat(owner.get("/api/staff-access/acts").at("/acts/0/_id")).isEqualTo(Ids.text(Kind.EVENT, act));
  }

  @Test
  void nothingIsOpenByARecordThatIsNotCommitted() throws SQLException {
    UUID act = record("leads", null);
    assertThat(count("granted_leads")).isZero();
    assertThatThrownBy(() -> enter(act)).hasMessageContaining("on record first");
    staff.rollback();
    UUID inPart = record("leads", null);
    staff.setSavepoint();
    assertThatThrownBy(() -> enter(inPart)).as("nor in a part of the same transaction").hasMessageContaining("on record first");
  }

  @Test
  void aRecordIsForOneLookAndForASessionAndSoon() throws SQLException {
    UUID act = record("leads", null);
    staff.commit();
    StaffCaller again = sam.caller(sam.signIn(1));
    assertThatThrownBy(() -> StaffFenceTest.call(staff, "select outcome from tuco.staff_enter(?, ?, ?)", again.tokenHash(), grant, act))
        .hasMessageContaining("on record first");
    staff.rollback();
    assertThat(enter(act)).isEqualTo("ok");
    staff.commit();
    assertThat(count("granted_leads")).as("in the next transaction").isZero();
    assertThatThrownBy(() -> enter(act)).hasMessageContaining("on record first");
    staff.rollback();
    UUID old = record("leads", null);
    staff.commit();
    try (Connection superuser = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        var statement = superuser.createStatement()) {
      statement.execute("update tuco.staff_acts set at = at - interval '1 minute' where act_id = '" + old + "'");
    }
    assertThatThrownBy(() -> enter(old)).hasMessageContaining("on record first");
  }

  /** A standing grant holds as soon as it is asked for: not even then is anything seen in the transaction that asks. */
  @Test
  void toAskForAStandingGrantShowsNothing() throws SQLException {
    World.TestWorkspace open = world.aWorkspace();
    world.database().crossing(tx -> tx.update("update workspaces set staff_access = 'standing' where workspace_id = :id").bind("id", open.id()).execute());
    open.api().post("/api/leads", "{\"leads\": [{\"firstName\": \"Ada\", \"email\": \"ada@example.com\"}]}");
    UUID asked = world.ids().next(Ids.tag(open.id()));
    UUID act = world.ids().next(Ids.tag(open.id()));
    assertThat(StaffFenceTest.call(staff, "select tuco.staff_request(?, ?, ?, ?, 'support_request', 'T-1', 'content', 'read_only', 1, '{}')",
        caller.tokenHash(), open.id(), asked, act)).isEqualTo("live");
    StaffFenceTest.call(staff, "select set_config('tuco.staff_workspace', ?, true) || set_config('tuco.staff_act', ?, true)", open.id().toString(), act.toString());
    assertThat(count("granted_leads")).isZero();
    assertThatThrownBy(() -> StaffFenceTest.call(staff, "select outcome from tuco.staff_enter(?, ?, ?)", caller.tokenHash(), asked, act))
        .hasMessageContaining("on record first");
  }

  /** The entry says what could be seen: a look at one lead is not one at all of them. */
  @Test
  void aLookOpensWhatItNamesAndNothingElse() throws SQLException {
    Map<String, Map<String, Integer>> open = Map.of(
        "overview", Map.of("granted_leads", 2, "granted_lists", 1, "granted_lines", 1, "granted_messages", 2),
        "leads", Map.of("granted_leads", 2, "granted_lists", 1),
        "lead", Map.of("granted_leads", 1, "granted_lists", 1, "granted_messages", 1),
        "messages", Map.of("granted_messages", 2), "message", Map.of("granted_messages", 1, "granted_message_events", 1),
        "lines", Map.of("granted_lines", 1), "campaigns", Map.of("granted_campaigns", 1), "pause_line", Map.of());
    UUID line = Ids.parse(Kind.LINE, workspace.api().get("/api/lines").at("/lines/0/_id"));
    for (Map.Entry<String, Map<String, Integer>> look : open.entrySet()) {
      UUID act = record(look.getKey(), switch (look.getKey()) {
        case "lead" -> lead;
        case "message" -> message;
        case "pause_line" -> line;
        default -> null;
      });
      staff.commit();
      assertThat(enter(act)).isEqualTo("ok");
      for (String view : List.of("granted_leads", "granted_lists", "granted_lines", "granted_messages", "granted_message_events", "granted_campaigns")) {
        assertThat(count(view)).as(look.getKey() + " at " + view).isEqualTo(look.getValue().getOrDefault(view, 0));
      }
      staff.rollback();
    }
    for (String wrong : List.of("everything", "asked", "gave_back")) {
      assertThatThrownBy(() -> record(wrong, null)).hasMessageContaining("there is no look");
      staff.rollback();
    }
    assertThatThrownBy(() -> record("lead", null)).hasMessageContaining("names it");
    staff.rollback();
    assertThatThrownBy(() -> record("leads", lead)).hasMessageContaining("names none");
  }

  /** What the database writes is what Java would: the log proves itself, with whatever stands in a ticket. */
  @Test
  void theEntriesOfStaffAreOfTheChain() throws Exception {
    sam.grants.request(caller, new StaffGrants.Wanted(workspace.id(), "support_request", "größe \"x\" \\ \u0007\n/ 🙂", "content", "read_only", 4),
        AStaffMember.origin());
    UUID asked = sam.grants.mine(caller).getFirst().grantId();
    JsonNode entry = newest();
    assertThat(entry.path("object").asText()).isEqualTo(Ids.text(Kind.GRANT, asked));
    assertThat(entry.at("/actor/id").asText()).isEqualTo(Ids.text(Kind.STAFF, caller.staffId()));
    assertThat(entry.path("workspace").asText()).isEqualTo(Ids.text(Kind.WORKSPACE, workspace.id()));
    assertThat(entry.path("address").asText() + entry.path("client").asText() + entry.path("requestId").asText() + entry.path("correlationId").asText())
        .isEqualTo("192.0.2.77testrq_testapp_test");
    sam.grants.giveBack(caller, asked, AStaffMember.origin());
    assertThat(newest().path("action").asText()).isEqualTo("staff.end");
    Path file = Files.writeString(folder.resolve("log"), owner.get("/api/audit/export").text());
    assertThat(new Verifier(null, null).verify(file).words()).isEqualTo("complete and unchanged");
  }

  @Test
  void theDatabaseWritesJsonInTheSameOneFormAsJava() {
    ObjectNode tree = Json.object().put("z", 7).put("a", "é\u0001\u001f\u007f\"\\\b\f\n\r\t/\u2028🙂").putNull("none");
    tree.putArray("list").add(true).add("x").addObject().put("b", -12).put("B", 0);
    tree.putObject("empty");
    List<String> texts = new ArrayList<>();
    world.database().withoutTenant(tx -> texts.add(tx.query("select canonical(cast(:tree as jsonb))").bind("tree", Json.text(tree)).mapTo(String.class).one()));
    assertThat(tuco.audit.Audit.hash(tree)).isEqualTo(sha256(texts.getFirst()));
  }

  private static String sha256(String text) {
    return world.database().withoutTenant(tx -> tx.query("select encode(sha256(convert_to(:text, 'UTF8')), 'hex')").bind("text", text).mapTo(String.class).one());
  }

  private static JsonNode newest() {
    return owner.get("/api/audit?limit=1").json().at("/entries/0");
  }

  private UUID record(String look, UUID object) throws SQLException {
    UUID act = world.ids().next(Ids.tag(workspace.id()));
    assertThat(StaffFenceTest.call(staff, "select tuco.staff_record(?, ?, ?, ?, ?, '{}')", caller.tokenHash(), grant, act, look, object)).isEqualTo("ok");
    return act;
  }

  private String enter(UUID act) throws SQLException {
    return StaffFenceTest.call(staff, "select outcome from tuco.staff_enter(?, ?, ?)", caller.tokenHash(), grant, act);
  }

  private int count(String view) throws SQLException {
    return Integer.parseInt(StaffFenceTest.call(staff, "select count(*) from tuco." + view));
  }
}
