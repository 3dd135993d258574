package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Members: who is in a workspace, and who decides on it (decisions 2.7, A2). */
class MembersTest {
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

  /** K5: a member is told whom to ask. */
  @Test
  void everyMemberSeesOwnersAndAdminsByName() {
    String viewer = join(Role.VIEWER);
    Api.Answer answer = SignedIn.member(world, viewer).get("/api/members");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.at("/members/0/role")).isEqualTo("owner");
    assertThat(answer.at("/members/0/name")).startsWith("Owner ");
    assertThat(answer.at("/members/1/email")).isEqualTo(viewer);
    assertThat(answer.json().at("/members/1/you").asBoolean()).isTrue();
  }

  /** K2, A2: the names of what is missing, and nothing changed. */
  @Test
  void membersAndViewersManageNobody() {
    String victim = join(Role.VIEWER);
    for (Role role : List.of(Role.MEMBER, Role.VIEWER)) {
      Api api = SignedIn.member(world, join(role));
      for (Api.Answer refused : List.of(
          api.post("/api/members/invitations", "{\"email\":\"x@example.com\",\"role\":\"viewer\"}"),
          api.get("/api/members/invitations"),
          api.patch("/api/members/" + id(victim), "{\"role\":\"admin\"}"),
          api.delete("/api/members/" + id(victim)))) {
        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.at("missingRight")).isEqualTo("members:manage");
      }
      assertThat(api.post("/api/members/" + id(victim) + "/transfer-ownership", "{}").status()).isEqualTo(403);
    }
    assertThat(role(victim)).isEqualTo("viewer");
  }

  @Test
  void anAdminTouchesNoOwnerAndMakesNone() {
    Api admin = SignedIn.member(world, join(Role.ADMIN));
    String viewer = join(Role.VIEWER);
    String ownerPath = "/api/members/" + Ids.text(Kind.PERSON, workspace.ownerId());
    for (Api.Answer refused : List.of(
        admin.patch(ownerPath, "{\"role\":\"viewer\"}"),
        admin.delete(ownerPath),
        admin.patch("/api/members/" + id(viewer), "{\"role\":\"owner\"}"),
        admin.post("/api/members/invitations", "{\"email\":\"x@example.com\",\"role\":\"owner\"}"))) {
      assertThat(refused.status()).as(refused.text()).isEqualTo(403);
      assertThat(refused.at("code")).isEqualTo("owners_only");
    }
    assertThat(admin.patch("/api/members/" + id(viewer), "{\"role\":\"member\"}").status()).isEqualTo(200);
    assertThat(role(viewer)).isEqualTo("member");
  }

  /** A key with the right manages members as an admin would: it touches no owner. */
  @Test
  void aKeyWithTheRightTouchesNoOwner() {
    Api key = world.api(world.aKey(workspace.id(), java.util.Set.of(Right.MEMBERS_MANAGE)).secret());
    String viewer = join(Role.VIEWER);
    assertThat(key.delete("/api/members/" + Ids.text(Kind.PERSON, workspace.ownerId())).status()).isEqualTo(403);
    assertThat(key.patch("/api/members/" + id(viewer), "{\"role\":\"member\"}").status()).isEqualTo(200);
    assertThat(workspace.api().delete("/api/members/" + id(viewer)).status()).isEqualTo(403);
  }

  @Test
  void aRoleHasToBeOneOfTheFour() {
    String viewer = join(Role.VIEWER);
    assertThat(owner.patch("/api/members/" + id(viewer), "{\"role\":\"king\"}").status()).isEqualTo(400);
    assertThat(owner.patch("/api/members/" + id(viewer), "{}").at("/errors/0/field")).isEqualTo("role");
    assertThat(owner.patch("/api/members/nonsense", "{\"role\":\"viewer\"}").status()).isEqualTo(400);
  }

  /** A4: a person of another workspace and one that does not exist look the same. */
  @Test
  void peopleOfOtherWorkspacesAreAsUnknownAsThoseThatDoNotExist() {
    World.TestWorkspace other = world.aWorkspace();
    String stranger = Ids.text(Kind.PERSON, other.ownerId());
    String nobody = Ids.text(Kind.PERSON, new Ids(Clock.systemUTC()).next(Ids.NO_WORKSPACE));
    for (String id : List.of(stranger, nobody)) {
      assertThat(owner.delete("/api/members/" + id).status()).isEqualTo(404);
      assertThat(owner.patch("/api/members/" + id, "{\"role\":\"viewer\"}").status()).isEqualTo(404);
      assertThat(owner.post("/api/members/" + id + "/transfer-ownership", "{}").status()).isEqualTo(404);
    }
  }

  /** K8 for people: what a removed member begins after the answer is refused, on every node. */
  @Test
  void aRemovedMemberIsOutAtOnceOnEveryNode() {
    String email = join(Role.ADMIN);
    Api member = SignedIn.member(world, email);
    Api elsewhere = new Api("http://127.0.0.1:" + world.startNode().port(), SignedIn.signIn(world, email, World.PASSWORD).at("token"));
    Api.Answer removed = owner.delete("/api/members/" + id(email));
    assertThat(removed.at("effectiveAt")).isNotEmpty();
    String header = Ids.text(Kind.WORKSPACE, workspace.id());
    assertThat(member.with("X-Workspace-Id", header).get("/api/members").status()).isEqualTo(403);
    assertThat(elsewhere.get("/api/members").status()).isEqualTo(400);
    assertThat(elsewhere.get("/api/workspaces").json().path("workspaces")).isEmpty();
    assertThat(owner.delete("/api/members/" + id(email)).status()).isEqualTo(404);
  }

  @Test
  void anybodyMayLeaveButTheLastOwner() {
    String viewer = join(Role.VIEWER);
    assertThat(SignedIn.member(world, viewer).delete("/api/members/" + id(viewer)).status()).isEqualTo(200);
    String self = "/api/members/" + Ids.text(Kind.PERSON, workspace.ownerId());
    Api.Answer refused = owner.delete(self);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.at("error")).startsWith("The last owner cannot leave.");
    assertThat(owner.patch(self, "{\"role\":\"admin\"}").status()).isEqualTo(409);
  }

  @Test
  void ownershipIsHandedOverAndTheFormerOwnerStaysAsAnAdmin() {
    String heir = join(Role.MEMBER);
    assertThat(owner.post("/api/members/" + id(heir) + "/transfer-ownership", "{}").status()).isEqualTo(200);
    assertThat(role(heir)).isEqualTo("owner");
    assertThat(role(workspace.ownerEmail())).isEqualTo("admin");
    assertThat(owner.post("/api/members/" + id(heir) + "/transfer-ownership", "{}").status()).isEqualTo(403);
    assertThat(owner.delete("/api/members/" + Ids.text(Kind.PERSON, workspace.ownerId())).status()).isEqualTo(200);
  }

  /** Two owners leave in the same instant: a count that both read before either left would empty the workspace. */
  @Test
  void ofTwoOwnersWhoLeaveAtOnceOneRemains() throws Exception {
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 8; round++) {
        World.TestWorkspace contested = world.aWorkspace();
        String second = "second" + ++count + "@example.com";
        UUID secondId = world.aMember(contested.id(), Role.OWNER, second);
        Api a = SignedIn.owner(contested);
        Api b = SignedIn.member(world, second);
        List<Callable<Api.Answer>> leave = List.of(
            () -> a.delete("/api/members/" + Ids.text(Kind.PERSON, contested.ownerId())),
            () -> b.delete("/api/members/" + Ids.text(Kind.PERSON, secondId)));
        List<Integer> statuses = new ArrayList<>();
        for (Future<Api.Answer> answer : both.invokeAll(leave)) {
          statuses.add(answer.get().status());
        }
        assertThat(statuses).containsExactlyInAnyOrder(200, 409);
      }
    }
  }

  /** B4: in read-only mode people can still be removed and leave; B3: nothing else changes. */
  @Test
  void inReadOnlyModeMembersCanBeRemovedAndLeaveButNotInvited() {
    String removed = join(Role.MEMBER);
    String leaving = join(Role.MEMBER);
    Api leaver = SignedIn.member(world, leaving);
    sql("update workspaces set read_only_reason = 'past_due' where workspace_id = '" + workspace.id() + "'");
    Api.Answer refused = owner.post("/api/members/invitations", "{\"email\":\"x@example.com\",\"role\":\"viewer\"}");
    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.at("reason")).isEqualTo("past_due");
    assertThat(owner.patch("/api/members/" + id(leaving), "{\"role\":\"viewer\"}").status()).isEqualTo(402);
    assertThat(owner.delete("/api/members/" + id(removed)).status()).isEqualTo(200);
    assertThat(leaver.delete("/api/members/" + id(leaving)).status()).isEqualTo(200);
    assertThat(owner.delete("/api/sessions/current").status()).isEqualTo(200);
  }

  /** The command line on the database: the operator is no member, may do everything, and still leaves an owner. */
  @Test
  void theOperatorChangesMembersButLeavesAnOwner() {
    String heir = join(Role.VIEWER);
    Members members = new Members(Clock.systemUTC(), new tuco.audit.Audit(Clock.systemUTC()));
    UUID heirId = Objects.requireNonNull(Ids.parse(Kind.PERSON, id(heir)));
    world.database().asWorkspace(workspace.id(), tx -> {
      AccessLock.exclusive(tx, Ids.tag(workspace.id()));
      members.changeRole(tx, heirId, Role.OWNER);
      members.remove(tx, workspace.ownerId());
      assertThatThrownBy(() -> members.remove(tx, heirId)).hasMessageStartingWith("The last owner cannot leave.");
      return heirId;
    });
    assertThat(role(heir)).isEqualTo("owner");
    assertThat(owner.get("/api/members").status()).isEqualTo(400);
  }

  private String join(Role role) {
    String email = role.wire() + ++count + "@example.com";
    world.aMember(workspace.id(), role, email);
    return email;
  }

  private JsonNode listed(String email) {
    for (JsonNode member : workspace.api().get("/api/members").json().path("members")) {
      if (member.path("email").asText().equals(email)) {
        return member;
      }
    }
    return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
  }

  private String id(String email) {
    String id = listed(email).path("_id").asText();
    return id.isEmpty() ? Ids.text(Kind.PERSON, world.database().withoutTenant(tx -> tx.query(
        "select person_id from people where email = :email").bind("email", email).mapTo(UUID.class).one())) : id;
  }

  private String role(String email) {
    return listed(email).path("role").asText();
  }

  private void sql(String statement) {
    world.database().crossing(tx -> tx.update(statement).execute());
  }
}
