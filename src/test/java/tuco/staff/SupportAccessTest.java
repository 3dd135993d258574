package tuco.staff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.caller.StaffCaller;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The owners' say in staff access: asked, approved, seen, ended at once (S1-S3, decisions 9.1, 9.2). */
class SupportAccessTest {
  private static World world;
  private static AStaffMember sam;
  private static StaffCaller caller;
  private World.TestWorkspace workspace;
  private Api owner;

  @BeforeAll
  static void start() {
    world = new World();
    sam = new AStaffMember(world, "sam@operator.example.com");
    caller = sam.caller();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void aWorkspaceWithALead() {
    workspace = world.aWorkspace();
    owner = signedIn(workspace.ownerEmail());
    workspace.api().post("/api/leads", "{\"leads\": [{\"firstName\": \"Ada\", \"email\": \"ada@example.com\"}]}");
  }

  private static Api signedIn(String email) {
    return world.api(world.anonymous().post("/api/sessions", "{\"email\":\"" + email + "\",\"password\":\"" + World.PASSWORD + "\"}").at("token"));
  }

  /** S3: approval by an owner before any access, which is the rule unless the workspace chose another. */
  @Test
  void nothingIsShownBeforeAnOwnerHasApproved() {
    UUID grant = sam.ask(caller, workspace.id(), "content");
    refusedToRead(grant, "No owner of the workspace has approved this yet.");
    JsonNode asked = owner.get("/api/staff-access?status=waiting").json();
    assertThat(asked.at("/policy").asText()).isEqualTo("approval");
    assertThat(asked.at("/grants/0/_id").asText()).isEqualTo(id(grant));
    assertThat(asked.at("/grants/0/staffEmail").asText()).isEqualTo(sam.email);
    assertThat(asked.at("/grants/0/purpose").asText()).isEqualTo("support_request");
    assertThat(asked.at("/grants/0/ticket").asText()).isEqualTo("T-1");
    assertThatThrownBy(() -> sam.ask(caller, workspace.id(), "content")).hasMessage("A request of yours waits in this workspace already.");

    Api.Answer approved = owner.post("/api/staff-access/" + id(grant) + "/approve", "{}");
    assertThat(approved.status()).as(approved.text()).isEqualTo(200);
    assertThat(approved.at("/grant/status")).isEqualTo("live");
    assertThat(approved.at("/grant/decidedBy")).isEqualTo(workspace.ownerEmail());
    assertThat(sam.leads(caller, grant)).isEqualTo(1);
    assertThat(owner.post("/api/staff-access/" + id(grant) + "/approve", "{}").at("code")).isEqualTo("grant_decided");
  }

  @Test
  void aRefusedRequestStaysRefused() {
    UUID grant = sam.ask(caller, workspace.id(), "metadata");
    assertThat(owner.post("/api/staff-access/" + id(grant) + "/refuse", "{}").at("/grant/status")).isEqualTo("refused");
    refusedToRead(grant, "An owner of the workspace has refused this.");
    assertThat(owner.post("/api/staff-access/" + id(grant) + "/approve", "{}").status()).isEqualTo(409);
  }

  @Test
  void onlyAnOwnerInPersonLetsStaffIn() {
    String email = "admin-of-" + workspace.ownerEmail();
    world.aMember(workspace.id(), Role.ADMIN, email);
    Api admin = signedIn(email);
    Api key = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    UUID grant = sam.ask(caller, workspace.id(), "metadata");
    for (Api api : List.of(admin, key)) {
      assertThat(api.post("/api/staff-access/" + id(grant) + "/approve", "{}").at("code")).isEqualTo("owners_only");
      assertThat(api.patch("/api/staff-access", "{\"policy\": \"standing\"}").at("code")).isEqualTo("owners_only");
    }
    approve(grant);
    assertThat(admin.post("/api/staff-access/" + id(grant) + "/end", "{}").at("/grant/status")).isEqualTo("ended");
    refusedToRead(grant, "This access has ended. Ask again if you still need it.");
  }

  /** S2: what staff read stands in the workspace's record and its audit log, before they see it. */
  @Test
  void everyReadIsOnRecordBeforeItIsShown() {
    UUID grant = approve(sam.ask(caller, workspace.id(), "metadata"));
    int shown = sam.grants.read(caller, grant, "leads", null, AStaffMember.origin(), (tx, pass) -> {
      // Before anything is read, and though this transaction may still fail, the owners see it.
      assertThat(owner.get("/api/staff-access/acts").at("/acts/0/action")).isEqualTo("leads");
      assertThat(owner.get("/api/audit").at("/entries/0/action")).isEqualTo("staff.read");
      return GrantedViews.leads(tx, null, 100).size();
    });
    assertThat(shown).isEqualTo(1);
    JsonNode acts = owner.get("/api/staff-access/acts?grantId=" + id(grant)).json().path("acts");
    assertThat(acts.findValuesAsText("action")).containsExactly("leads", "asked");
    assertThat(acts.at("/0/staffEmail").asText()).isEqualTo(sam.email);
    assertThat(acts.at("/0/address").asText()).isEqualTo("192.0.2.77");
    assertThat(owner.get("/api/staff-access").json().at("/grants/0/acts").asInt()).isEqualTo(1);
    assertThat(audited()).containsExactly("staff.request", "staff.approve", "staff.read");

    // What is looked for and not there is on record too, and so is what failed and showed nothing.
    UUID nobody = world.ids().next(Ids.tag(workspace.id()));
    Optional<GrantedViews.Lead> none =
        sam.grants.read(caller, grant, "lead", nobody, AStaffMember.origin(), (tx, pass) -> GrantedViews.lead(tx, nobody));
    assertThat(none).isEmpty();
    assertThat(owner.get("/api/staff-access/acts").at("/acts/0/object")).isEqualTo(Ids.text(Kind.LEAD, nobody));
    assertThatThrownBy(() -> sam.grants.read(caller, grant, "lines", null, AStaffMember.origin(), (tx, pass) -> {
      throw new IllegalStateException("lost");
    })).hasMessage("lost");
    assertThat(owner.get("/api/staff-access/acts").at("/acts/0/action")).isEqualTo("lines");
  }

  @Test
  void metadataIsMaskedAndContentIsNot() {
    UUID masked = approve(sam.ask(caller, workspace.id(), "metadata"));
    GrantedViews.Lead lead = sam.grants.read(caller, masked, "leads", null, AStaffMember.origin(), (tx, pass) -> GrantedViews.leads(tx, null, 1).getFirst());
    assertThat(lead.toString()).doesNotContain("Ada", "ada@example.com").contains("••••");
    UUID open = approve(sam.ask(caller, workspace.id(), "content"));
    lead = sam.grants.read(caller, open, "leads", null, AStaffMember.origin(), (tx, pass) -> GrantedViews.leads(tx, null, 1).getFirst());
    assertThat(lead.firstName()).isEqualTo("Ada");
  }

  @Test
  void aWorkspaceMayAllowStandingGrantsAndEndThemByChangingItsMind() {
    policy("standing");
    UUID grant = sam.ask(caller, workspace.id(), "metadata");
    assertThat(sam.leads(caller, grant)).isEqualTo(1);
    policy("approval");
    refusedToRead(grant, "This access has ended. Ask again if you still need it.");
    UUID approved = approve(sam.ask(caller, workspace.id(), "metadata"));
    policy("approval");
    assertThat(sam.leads(caller, approved)).as("one that an owner approved goes on").isEqualTo(1);
    UUID waits = sam.ask(caller, workspace.id(), "metadata");
    policy("none");
    refusedToRead(approved, "This workspace lets no staff in.");
    assertThat(owner.post("/api/staff-access/" + id(waits) + "/approve", "{}").at("code")).isEqualTo("staff_closed");
    assertThatThrownBy(() -> sam.ask(caller, workspace.id(), "metadata")).hasMessage("This workspace lets no staff in.");
    assertThat(audited()).contains("staff.grant", "staff.policy", "staff.end");
    assertThat(owner.patch("/api/staff-access", "{\"policy\": \"whatever\"}").status()).isEqualTo(400);
    assertThat(owner.patch("/api/staff-access", "{}").status()).isEqualTo(400);
  }

  /** Decisions 2.3 for staff: readers on two nodes, an end in the middle. */
  @Test
  void onceTheEndIsConfirmedNoReadSucceedsOnAnyNode() throws Exception {
    UUID grant = approve(sam.ask(caller, workspace.id(), "content"));
    List<StaffGrants> nodes = List.of(
        sam.grants, new StaffGrants(world.startNode().database().staff(), world.ids()));
    record Read(long began, boolean ok) {}
    Queue<Read> reads = new ConcurrentLinkedQueue<>();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService readers = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) {
        StaffGrants node = nodes.get(i % 2);
        readers.execute(() -> {
          while (!over.get()) {
            long began = System.nanoTime();
            boolean ok = true;
            try {
              node.read(caller, grant, "leads", null, AStaffMember.origin(), (tx, pass) -> GrantedViews.leads(tx, null, 10).size());
            } catch (Problem refused) {
              ok = false;
            }
            reads.add(new Read(began, ok));
          }
        });
      }
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(reads).hasSizeGreaterThan(20));
      assertThat(owner.post("/api/staff-access/" + id(grant) + "/end", "{}").status()).isEqualTo(200);
      long confirmed = System.nanoTime();
      int then = reads.size();
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(reads).hasSizeGreaterThan(then + 20));
      over.set(true);
      readers.shutdown();
      assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      assertThat(reads).as("there was something to end").anyMatch(Read::ok);
      assertThat(reads).filteredOn(read -> read.began() > confirmed).isNotEmpty().noneMatch(Read::ok);
    }
    int later = world.database().crossing(tx -> tx.query("""
            select count(*) from staff_acts a join staff_grants g using (workspace_id, grant_id)
             where g.grant_id = :grant and a.at > g.ended_at""")
        .bind("grant", grant).mapTo(Integer.class).one());
    assertThat(later).as("reads later than the end").isZero();
  }

  /** A reader that hangs delays the end by about a second, and shows nothing afterwards. */
  @Test
  void aReadThatHangsIsCutOff() throws Exception {
    UUID grant = approve(sam.ask(caller, workspace.id(), "content"));
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    try (ExecutorService one = Executors.newSingleThreadExecutor()) {
      Future<Integer> read = one.submit(() -> sam.grants.read(caller, grant, "leads", null, AStaffMember.origin(), (tx, pass) -> {
        int leads = GrantedViews.leads(tx, null, 10).size();
        reading.countDown();
        await(ended);
        return leads;
      }));
      await(reading);
      long start = System.nanoTime();
      assertThat(owner.post("/api/staff-access/" + id(grant) + "/end", "{}").status()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
      ended.countDown();
      assertThatThrownBy(read::get).as("what it had read is not shown").isNotNull();
    }
    assertThat(owner.get("/api/staff-access/acts").json().at("/acts").findValuesAsText("action")).as("that it was begun stays on record").containsExactly("leads", "asked");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** B4: a staff request is answered, and access ended, while the workspace is read-only. */
  @Test
  void aReadOnlyWorkspaceStillDecidesOnStaff() {
    UUID grant = sam.ask(caller, workspace.id(), "metadata");
    world.database().asWorkspace(workspace.id(), tx -> tx.update(
        "update workspaces set read_only_reason = 'past_due' where workspace_id = :id").bind("id", workspace.id()).execute());
    assertThat(owner.post("/api/staff-access/" + id(grant) + "/approve", "{}").status()).isEqualTo(200);
    assertThat(sam.leads(caller, grant)).isEqualTo(1);
    assertThat(owner.post("/api/staff-access/" + id(grant) + "/end", "{}").status()).isEqualTo(200);
    policy("none");
  }

  /** "Read-only unless stated": a grant that says so may pause a line, and that is all that any grant may change. */
  @Test
  void aLineIsPausedOnlyWithAGrantThatSaysSo() {
    String line = world.aSimulatorLine(workspace.id());
    UUID id = Ids.parse(Kind.LINE, line);
    UUID reading = approve(sam.ask(caller, workspace.id(), "content"));
    assertThatThrownBy(() -> sam.grants.pauseLine(caller, reading, id, AStaffMember.origin())).hasMessage("This grant is for reading only.");
    UUID pausing = approve(sam.ask(caller, workspace.id(), "metadata", "pause_lines"));
    World.TestWorkspace other = world.aWorkspace();
    UUID others = Ids.parse(Kind.LINE, world.aSimulatorLine(other.id()));
    assertThat(sam.grants.pauseLine(caller, pausing, others, AStaffMember.origin())).as("of another workspace").isFalse();
    assertThat(sam.grants.pauseLine(caller, pausing, id, AStaffMember.origin())).isTrue();
    Api.Answer paused = workspace.api().get("/api/lines/" + line);
    assertThat(paused.json().findValue("isActive").asBoolean(true)).as(paused.text()).isFalse();
    assertThat(paused.json().findValue("pauseReason").asText()).isEqualTo("Paused by Tuco support, ticket T-1");
    assertThat(sam.grants.pauseLine(caller, pausing, id, AStaffMember.origin())).as("it does not run any more").isFalse();
    assertThat(audited()).contains("line.change");
  }

  @Test
  void givingAGrantBackEndsIt() {
    UUID grant = approve(sam.ask(caller, workspace.id(), "metadata"));
    assertThat(sam.grants.giveBack(caller, grant, AStaffMember.origin())).isTrue();
    assertThat(sam.grants.giveBack(caller, grant, AStaffMember.origin())).isFalse();
    refusedToRead(grant, "This access has ended. Ask again if you still need it.");
    assertThat(owner.get("/api/staff-access").at("/grants/0/endedBy")).isEqualTo(sam.email);
    AStaffMember colleague = new AStaffMember(world, "colleague-" + workspace.ownerEmail());
    StaffCaller other = colleague.caller();
    UUID mine = approve(sam.ask(caller, workspace.id(), "metadata"));
    assertThat(colleague.grants.giveBack(other, mine, AStaffMember.origin())).as("somebody else's").isFalse();
    assertThatThrownBy(() -> colleague.leads(other, mine)).hasMessage("There is no such workspace or grant.");
  }

  /** Who is taken out of the staff sees nothing more, and their grants are over. */
  @Test
  void whoLeavesTheStaffIsOutAtOnce() {
    AStaffMember kim = new AStaffMember(world, "kim@operator.example.com");
    StaffCaller signedIn = kim.caller();
    UUID grant = approve(kim.ask(signedIn, workspace.id(), "metadata"));
    assertThat(kim.leads(signedIn, grant)).isEqualTo(1);
    kim.accounts.remove("KIM@operator.example.com ");
    assertThatThrownBy(() -> kim.leads(signedIn, grant)).isInstanceOf(tuco.db.AccessRefused.class);
    assertThatThrownBy(() -> kim.signIn(1)).hasMessage("Unauthorized");
    assertThat(owner.get("/api/staff-access").at("/grants/0/endedBy")).isEqualTo("the operator");
    assertThat(kim.accounts.list()).noneMatch(account -> account.email().equals(kim.email));
    assertThat(audited()).contains("staff.end");
    assertThatThrownBy(() -> kim.accounts.remove(kim.email)).hasMessage("Nobody in the staff has this e-mail address.");
  }

  private void refusedToRead(UUID grant, String why) {
    assertThatThrownBy(() -> sam.leads(caller, grant)).hasMessage(why);
  }

  private UUID approve(UUID grant) {
    Api.Answer answer = owner.post("/api/staff-access/" + id(grant) + "/approve", "{}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return grant;
  }

  private void policy(String policy) {
    assertThat(owner.patch("/api/staff-access", "{\"policy\": \"" + policy + "\"}").at("policy")).isEqualTo(policy);
  }

  private List<String> audited() {
    return world.database().crossing(tx -> tx.query(
            "select action from audit_entries where workspace_id = :id and (action like 'staff%' or action = 'line.change') order by seq")
        .bind("id", workspace.id()).mapTo(String.class).list());
  }

  private static String id(UUID grant) {
    return Ids.text(Kind.GRANT, grant);
  }
}
