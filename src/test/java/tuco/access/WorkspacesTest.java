package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Workspaces: made, chosen, set, removed (A3, A5). */
class WorkspacesTest {
  private static World world;
  private static int count;
  private World.TestWorkspace workspace;
  private Api owner;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void aWorkspace() {
    workspace = world.aWorkspace();
    owner = SignedIn.owner(workspace);
  }

  /** A5: one person, several workspaces; each request acts in the one that was chosen (A3). */
  @Test
  void aPersonWithSeveralWorkspacesChoosesOne() {
    Api.Answer made = owner.post("/api/workspaces", "{\"name\":\"Trials\",\"environment\":\"staging\"}");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    Api.Answer unchosen = owner.get("/api/whoami");
    assertThat(unchosen.status()).isEqualTo(400);
    assertThat(unchosen.at("error")).isEqualTo("No active workspace");
    String second = made.at("/workspace/_id");
    assertThat(owner.with("X-Workspace-Id", second).get("/api/whoami").at("/workspace/name")).isEqualTo("Trials");
    assertThat(owner.with("X-Workspace-Id", text(workspace)).get("/api/whoami").at("/workspace/_id")).isEqualTo(text(workspace));
    assertThat(owner.get("/api/workspaces").json().path("workspaces")).hasSize(2);
  }

  /** A2, A4: not a member, whether or not there is such a workspace. */
  @Test
  void aForeignWorkspaceIsRefusedWhetherOrNotItExists() {
    String foreign = text(world.aWorkspace());
    String invented = Ids.text(Kind.WORKSPACE, new Ids(Clock.systemUTC()).next(12345));
    for (String id : List.of(foreign, invented)) {
      assertThat(owner.with("X-Workspace-Id", id).get("/api/whoami").status()).isEqualTo(403);
      assertThat(owner.get("/api/workspaces/" + id).status()).isEqualTo(403);
      assertThat(owner.patch("/api/workspaces/" + id, "{\"name\":\"Mine\"}").status()).isEqualTo(403);
      assertThat(owner.delete("/api/workspaces/" + id).status()).isEqualTo(403);
      assertThat(workspace.api().get("/api/workspaces/" + id).status()).isEqualTo(403);
    }
    assertThat(owner.with("X-Workspace-Id", "nonsense").get("/api/whoami").status()).isEqualTo(400);
    assertThat(owner.get("/api/workspaces/nonsense").status()).isEqualTo(400);
  }

  /** A3: a key never acts in its own workspace when it was told to act in another. */
  @Test
  void aKeyToldToActInAnotherWorkspaceIsRefused() {
    Api key = workspace.api();
    assertThat(key.with("X-Workspace-Id", text(workspace)).get("/api/whoami").status()).isEqualTo(200);
    Api.Answer refused = key.with("X-Workspace-Id", text(world.aWorkspace())).get("/api/whoami");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("code")).isEqualTo("wrong_workspace");
  }

  @Test
  void aWorkspaceInThePathNeedsNoHeader() {
    owner.post("/api/workspaces", "{\"name\":\"Another\"}");
    Api.Answer shown = owner.get("/api/workspaces/" + text(workspace));
    assertThat(shown.status()).as(shown.text()).isEqualTo(200);
    assertThat(shown.at("/workspace/environment")).isEqualTo("production");
    assertThat(workspace.api().get("/api/workspaces/" + text(workspace)).status()).isEqualTo(200);
  }

  @Test
  void settingsChangeOnlyAsFarAsTheyAreNamed() {
    String path = "/api/workspaces/" + text(workspace);
    Api.Answer changed = owner.patch(path, "{\"zone\":\"Europe/Berlin\",\"doubleSendGuard\":false,\"leakPolicy\":\"alarm\"}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.at("/workspace/zone")).isEqualTo("Europe/Berlin");
    assertThat(changed.json().at("/workspace/doubleSendGuard").asBoolean()).isFalse();
    assertThat(owner.patch(path, "{\"name\":\"Renamed\",\"plan\":\"growth\"}").at("/workspace/zone")).isEqualTo("Europe/Berlin");
    Api.Answer shown = owner.get(path);
    assertThat(shown.at("/workspace/name")).isEqualTo("Renamed");
    assertThat(shown.at("/workspace/plan")).isEqualTo("self-hosted");
    Api.Answer refused = owner.patch(path, "{\"zone\":\"Mars/Base\",\"environment\":\"space\",\"leakPolicy\":\"shrug\",\"name\":\"\"}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("errors")).hasSize(4);
  }

  /** A change of the zone is under way while another one names only the name: it does not write the old zone back. */
  @Test
  void twoChangesAtOnceUndoNothingOfEachOther() throws Exception {
    String path = "/api/workspaces/" + text(workspace);
    String before = owner.get(path).at("/workspace/name");
    try (var one = java.util.concurrent.Executors.newFixedThreadPool(2);
        Connection other = owner(); Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("select 1 from tuco.workspaces where workspace_id = '" + workspace.id() + "' for update");
      Future<Api.Answer> zone = one.submit(() -> owner.patch(path, "{\"zone\":\"Asia/Kolkata\"}"));
      waits(1);
      Future<Api.Answer> name = one.submit(() -> owner.patch(path, "{\"name\":\"Both\"}"));
      waits(2);
      other.rollback();
      assertThat(zone.get().status()).isEqualTo(200);
      assertThat(name.get().status()).isEqualTo(200);
    }
    assertThat(owner.get(path).at("/workspace/name")).isEqualTo("Both");
    assertThat(owner.get(path).at("/workspace/zone")).isEqualTo("Asia/Kolkata");
    String changes = world.database().crossing(tx -> tx.query(
            "select string_agg(entry::jsonb #>> '{details,changed}', ' ' order by seq) from audit_entries where workspace_id = :w and action = 'workspace.change'")
        .bind("w", workspace.id()).mapTo(String.class).one());
    assertThat(changes).isEqualTo("{\"zone\": {\"to\": \"Asia/Kolkata\", \"from\": \"UTC\"}} {\"name\": {\"to\": \"Both\", \"from\": \"" + before + "\"}}");
  }

  /** The owner of the database: only it sees what others wait for. */
  private static Connection owner() throws SQLException {
    return DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
  }

  private static void waits(int many) throws SQLException {
    try (Connection owner = owner(); Statement statement = owner.createStatement()) {
      Eventually.within(Duration.ofSeconds(10), () -> {
        try (ResultSet row = statement.executeQuery(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")) {
          row.next();
          assertThat(row.getInt(1)).isEqualTo(many);
        } catch (SQLException e) {
          throw new IllegalStateException(e);
        }
      });
    }
  }

  /** Decisions 1.8: who repeats a request for lack of an answer does not own two. */
  @Test
  void aRepeatedRequestCreatesOneWorkspace() {
    Api repeated = owner.with("Idempotency-Key", "make-" + ++count);
    Api.Answer first = repeated.post("/api/workspaces", "{\"name\":\"Once\"}");
    Api.Answer second = repeated.post("/api/workspaces", "{\"name\":\"Once\"}");
    assertThat(second.text()).isEqualTo(first.text());
    assertThat(second.header("Idempotent-Replayed")).isEqualTo("true");
    assertThat(repeated.post("/api/workspaces", "{\"name\":\"Another\"}").status()).isEqualTo(422);
    assertThat(owner.get("/api/workspaces").json().path("workspaces")).hasSize(2);
  }

  @Test
  void aNewWorkspaceHasANameAndAnEnvironmentOfTheFour() {
    assertThat(owner.post("/api/workspaces", "{\"environment\":\"space\"}").json().path("errors")).hasSize(2);
    assertThat(workspace.api().post("/api/workspaces", "{\"name\":\"By a key\"}").status()).isEqualTo(403);
    assertThat(SignedIn.nobody(world).post("/api/workspaces", "{\"name\":\"By nobody\"}").status()).isEqualTo(401);
  }

  @Test
  void onlyOwnersAndAdminsSetAndOnlyOwnersRemove() {
    String path = "/api/workspaces/" + text(workspace);
    Api admin = member(Role.ADMIN);
    Api viewer = member(Role.VIEWER);
    assertThat(viewer.patch(path, "{\"name\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(workspace.api().patch(path, "{\"name\":\"Mine\"}").status()).isEqualTo(403);
    assertThat(admin.patch(path, "{\"name\":\"Ours\"}").status()).isEqualTo(200);
    assertThat(admin.delete(path).status()).isEqualTo(403);
    assertThat(viewer.get(path).status()).isEqualTo(200);
  }

  /** K8: a removed workspace is closed to its keys and members from the answer on, and to nobody else. */
  @Test
  void aRemovedWorkspaceIsClosedAtOnce() {
    Api viewer = member(Role.VIEWER);
    assertThat(owner.delete("/api/workspaces/" + text(workspace)).status()).isEqualTo(200);
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);
    assertThat(owner.with("X-Workspace-Id", text(workspace)).get("/api/whoami").status()).isEqualTo(403);
    assertThat(viewer.get("/api/whoami").status()).isEqualTo(400);
    assertThat(viewer.get("/api/workspaces").json().path("workspaces")).isEmpty();
    assertThat(owner.delete("/api/workspaces/" + text(workspace)).status()).isEqualTo(403);
  }

  private Api member(Role role) {
    String email = role.wire() + "-of-workspace" + ++count + "@example.com";
    world.aMember(workspace.id(), role, email);
    return SignedIn.member(world, email);
  }

  private static String text(World.TestWorkspace workspace) {
    return Ids.text(Kind.WORKSPACE, workspace.id());
  }
}
