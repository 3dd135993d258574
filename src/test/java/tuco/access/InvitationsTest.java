package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.TestClock;
import tuco.World;
import tuco.caller.Role;
import tuco.http.Json;

/** Invitations: links that work once, for one address, for a week (decisions 2.7). */
class InvitationsTest {
  private static final TestClock CLOCK = new TestClock(java.time.Clock.systemUTC().instant().toString());
  private static World world;
  private static int count;
  private World.TestWorkspace workspace;
  private Api owner;

  @BeforeAll
  static void start() {
    world = new World(CLOCK);
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

  @Test
  void theInvitedJoinWithAPasswordOfTheirOwnAndAreSignedIn() {
    String email = "New" + ++count + "@Example.com";
    Api.Answer invited = invite(email, "member");
    assertThat(invited.status()).as(invited.text()).isEqualTo(201);
    assertThat(invited.at("link")).contains("/join/tuco_ln_");
    Api.Answer joined = accept(token(invited), "New Person", "a long enough password");
    assertThat(joined.status()).as(joined.text()).isEqualTo(201);
    Api session = world.api(joined.at("token"));
    assertThat(session.get("/api/whoami").at("/member/role")).isEqualTo("member");
    assertThat(session.get("/api/me").at("/person/name")).isEqualTo("New Person");
    assertThat(SignedIn.signIn(world, email, "a long enough password").status()).isEqualTo(201);
  }

  @Test
  void aLinkWorksOnceEvenWhenItIsUsedTwiceAtOnce() throws Exception {
    String token = token(invite("twice" + ++count + "@example.com", "viewer"));
    Callable<Integer> use = () -> accept(token, "", "a long enough password").status();
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      List<Integer> statuses = new ArrayList<>();
      for (Future<Integer> status : both.invokeAll(List.of(use, use))) {
        statuses.add(status.get());
      }
      // The slower one may find the account already there and be taken for its owner, which the password proves.
      assertThat(statuses).containsOnlyOnce(201).containsAnyOf(400);
    }
    assertThat(accept(token, "", "a long enough password").status()).isEqualTo(400);
  }

  @Test
  void aLinkExpires() {
    String token = token(invite("late" + ++count + "@example.com", "viewer"));
    CLOCK.advance(Duration.ofDays(8));
    Api.Answer late = accept(token, "", "a long enough password");
    assertThat(late.status()).isEqualTo(400);
    assertThat(late.at("code")).isEqualTo("link_spent");
  }

  @Test
  void aWithdrawnInvitationAndOneReplacedByALaterDoNotWork() {
    String email = "again" + ++count + "@example.com";
    String first = token(invite(email, "viewer"));
    Api.Answer again = invite(email, "member");
    assertThat(accept(first, "", "a long enough password").status()).isEqualTo(400);
    String id = again.at("/invitation/_id");
    assertThat(owner.get("/api/members/invitations").at("/invitations/0/_id")).isEqualTo(id);
    assertThat(owner.delete("/api/members/invitations/" + id).status()).isEqualTo(200);
    assertThat(owner.delete("/api/members/invitations/" + id).status()).isEqualTo(404);
    assertThat(owner.delete("/api/members/invitations/nonsense").status()).isEqualTo(400);
    assertThat(accept(token(again), "", "a long enough password").status()).isEqualTo(400);
  }

  /** A4: another workspace's invitation is out of reach, whether or not there is one. */
  @Test
  void invitationsOfOtherWorkspacesAreOutOfReach() {
    World.TestWorkspace other = world.aWorkspace();
    String foreign = SignedIn.owner(other)
        .post("/api/members/invitations", "{\"email\":\"theirs" + ++count + "@example.com\",\"role\":\"viewer\"}").at("/invitation/_id");
    assertThat(owner.delete("/api/members/invitations/" + foreign).status()).isEqualTo(403);
    assertThat(owner.get("/api/members/invitations").json().path("invitations")).isEmpty();
  }

  /** K8: nobody comes back, or lets anybody in, through a link they made while they might. */
  @Test
  void aLinkIsWorthWhatItsInviterMayStillDo() {
    int n = ++count;
    java.util.UUID admin = world.aMember(workspace.id(), Role.ADMIN, "admin" + n + "@example.com");
    Api inviting = SignedIn.member(world, "admin" + n + "@example.com");
    String body = "{\"email\":\"back" + n + "@example.com\",\"role\":\"admin\"}";
    String token = token(inviting.post("/api/members/invitations", body));
    String path = "/api/members/" + tuco.ids.Ids.text(tuco.ids.Kind.PERSON, admin);
    assertThat(owner.patch(path, "{\"role\":\"member\"}").status()).isEqualTo(200);
    assertThat(accept(token, "", "a long enough password").at("code")).isEqualTo("link_spent");
    assertThat(owner.get("/api/members/invitations").json().path("invitations")).isEmpty();
    assertThat(owner.delete(path).status()).isEqualTo(200);
    assertThat(accept(token, "", "a long enough password").at("code")).isEqualTo("link_spent");

    Keys.Created key = world.aKey(workspace.id(), java.util.EnumSet.of(tuco.caller.Right.MEMBERS_MANAGE));
    String byKey = token(world.api(key.secret()).post("/api/members/invitations", body.replace("back", "keyed")));
    String keyPath = "/api/api-keys/" + tuco.ids.Ids.text(tuco.ids.Kind.KEY, key.keyId());
    assertThat(owner.post(keyPath + "/disable", "").status()).isEqualTo(200);
    assertThat(accept(byKey, "", "a long enough password").at("code")).isEqualTo("link_spent");
    assertThat(owner.post(keyPath + "/enable", "").status()).isEqualTo(200);
    assertThat(accept(byKey, "", "a long enough password").status()).isEqualTo(201);
  }

  @Test
  void anOwnerWhoBecameAnAdminMakesNoOwners() {
    String second = "second-owner" + ++count + "@example.com";
    java.util.UUID person = world.aMember(workspace.id(), Role.OWNER, second);
    Api inviting = SignedIn.member(world, second);
    String token = token(inviting.post("/api/members/invitations", "{\"email\":\"heir" + count + "@example.com\",\"role\":\"owner\"}"));
    assertThat(owner.patch("/api/members/" + tuco.ids.Ids.text(tuco.ids.Kind.PERSON, person), "{\"role\":\"admin\"}").status()).isEqualTo(200);
    assertThat(accept(token, "", "a long enough password").at("code")).isEqualTo("link_spent");
  }

  @Test
  void somebodyKnownJoinsOnlyWithTheirPasswordOrSignedIn() {
    World.TestWorkspace other = world.aWorkspace();
    String token = token(invite(other.ownerEmail(), "admin"));
    assertThat(accept(token, "", "not their password").status()).isEqualTo(401);
    Api stranger = SignedIn.owner(world.aWorkspace());
    String body = Json.text(Json.object().put("token", token));
    assertThat(stranger.post("/api/me/invitations/accept", body).status()).isEqualTo(403);
    Api invited = SignedIn.owner(other);
    assertThat(invited.post("/api/me/invitations/accept", body).status()).isEqualTo(201);
    assertThat(invited.get("/api/workspaces").json().path("workspaces")).hasSize(2);
    String second = token(SignedIn.owner(world.aWorkspace())
        .post("/api/members/invitations", "{\"email\":\"" + other.ownerEmail() + "\",\"role\":\"viewer\"}"));
    assertThat(accept(second, "", other.ownerPassword()).status()).isEqualTo(201);
    assertThat(invited.get("/api/workspaces").json().path("workspaces")).hasSize(3);
  }

  @Test
  void aWeakPasswordIsRefusedAndTheLinkStillWorks() {
    String email = "weak" + ++count + "@example.com";
    String token = token(invite(email, "viewer"));
    Api.Answer weak = accept(token, "", "short");
    assertThat(weak.status()).isEqualTo(400);
    assertThat(weak.at("error")).isEqualTo("The password must have at least 12 characters");
    assertThat(accept(token, "", email).status()).isEqualTo(400);
    assertThat(accept(token, "", "a long enough password").status()).isEqualTo(201);
  }

  @Test
  void whoIsAMemberOrNoAddressIsNotInvited() {
    assertThat(invite(workspace.ownerEmail(), "viewer").status()).isEqualTo(409);
    assertThat(invite("no address", "viewer").status()).isEqualTo(400);
    assertThat(owner.post("/api/members/invitations", "{}").json().path("errors")).hasSize(2);
  }

  /** K13: what is shown once is not shown again by a replay. */
  @Test
  void aReplayedInvitationDoesNotShowTheLinkAgain() {
    Api repeated = owner.with("Idempotency-Key", "invite-" + ++count);
    String body = "{\"email\":\"replayed" + count + "@example.com\",\"role\":\"viewer\"}";
    String first = repeated.post("/api/members/invitations", body).at("link");
    Api.Answer second = repeated.post("/api/members/invitations", body);
    assertThat(first).isNotEmpty();
    assertThat(second.status()).isEqualTo(201);
    assertThat(second.text()).doesNotContain("tuco_ln_");
  }

  /** Decisions 4.5: the plan's ceiling of members, invitations included. */
  @Test
  void thePlanSaysHowManyMembersThereMayBe() throws SQLException {
    count++;
    try (Connection operator = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = operator.createStatement()) {
      statement.execute("insert into plans (plan, members) values ('two" + count + "', 2)");
    }
    world.database().crossing(tx -> tx.update("update workspaces set plan = :plan where workspace_id = :workspace")
        .bind("plan", "two" + count).bind("workspace", workspace.id()).execute());
    assertThat(invite("room" + count + "@example.com", "viewer").status()).isEqualTo(201);
    Api.Answer full = invite("full" + count + "@example.com", "viewer");
    assertThat(full.status()).isEqualTo(409);
    assertThat(full.at("error")).endsWith("allows 2 members, open invitations included, and the workspace has 2.");
  }

  /** B1: nobody new comes in while the workspace is read-only. */
  @Test
  void aReadOnlyWorkspaceTakesNobodyIn() {
    String token = token(invite("held" + ++count + "@example.com", "viewer"));
    world.database().crossing(tx -> tx.update(
        "update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").bind("workspace", workspace.id()).execute());
    assertThat(accept(token, "", "a long enough password").status()).isEqualTo(402);
  }

  @Test
  void aMembersRoleIsTheOneTheyWereInvitedTo() {
    for (Role role : Role.values()) {
      String email = role.wire() + "-invited" + ++count + "@example.com";
      Api.Answer joined = accept(token(invite(email, role.wire())), "", "a long enough password");
      assertThat(joined.at("/workspaces/0/role")).isEqualTo(role.wire());
    }
  }

  private Api.Answer invite(String email, String role) {
    return owner.post("/api/members/invitations", Json.text(Json.object().put("email", email).put("role", role)));
  }

  private static String token(Api.Answer invited) {
    String link = invited.at("link");
    return link.substring(link.lastIndexOf('/') + 1);
  }

  private static Api.Answer accept(String token, String name, String password) {
    return SignedIn.nobody(world).post("/api/invitations/accept",
        Json.text(Json.object().put("token", token).put("name", name).put("password", password)));
  }
}
