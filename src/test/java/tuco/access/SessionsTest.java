package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Credential;
import tuco.caller.Token;
import tuco.http.Json;
import tuco.mail.SystemMail;

/** Signing in and out (decisions 2.7). */
class SessionsTest {
  private static World world;
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aSignedInPersonIsKnownOnTheSameEndpointsAsAKey() {
    Api.Answer signedIn = signIn(workspace.ownerEmail(), workspace.ownerPassword());
    assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(201);
    assertThat(signedIn.at("token")).matches("tuco_ss_[0-9A-Za-z]{49}");
    assertThat(signedIn.at("/person/email")).isEqualTo(workspace.ownerEmail());
    assertThat(signedIn.at("/workspaces/0/role")).isEqualTo("owner");
    Api.Answer whoAmI = world.api(signedIn.at("token")).get("/api/whoami");
    assertThat(whoAmI.status()).as(whoAmI.text()).isEqualTo(200);
    assertThat(whoAmI.at("/member/role")).isEqualTo("owner");
  }

  /** A1: which of the three was wrong is not to be learnt. */
  @Test
  void unknownAddressAndWrongPasswordGetTheSameAnswer() {
    Api.Answer wrong = signIn(workspace.ownerEmail(), "not the password");
    Api.Answer unknown = signIn("nobody@example.com", "not the password");
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.at("error")).isEqualTo("Unauthorized");
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(unknown.text().replaceAll("rq_\\w+", "")).isEqualTo(wrong.text().replaceAll("rq_\\w+", ""));
  }

  @Test
  void aRequestWithoutEmailOrPasswordNamesBoth() {
    Api.Answer answer = nobody().post("/api/sessions", "{}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.at("/errors/0/field")).isEqualTo("email");
  }

  /** K8 for people: a session that was ended does nothing any more, on any node. */
  @Test
  void anEndedSessionIsRefusedAtOnce() {
    Api session = session();
    Api other = session();
    assertThat(session.delete("/api/sessions/current").at("effectiveAt")).isNotEmpty();
    assertThat(session.get("/api/whoami").status()).isEqualTo(401);
    assertThat(session.get("/api/sessions").status()).isEqualTo(401);
    assertThat(other.get("/api/whoami").status()).isEqualTo(200);
  }

  /** K8 for people: what the session began is committed before its end is confirmed, never after. */
  @Test
  void theEndOfASessionWaitsForItsWrites() throws Exception {
    String token = signIn(workspace.ownerEmail(), workspace.ownerPassword()).at("token");
    Credential credential = Objects.requireNonNull(Token.credential(token, null, tuco.caller.Origin.NONE));
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService background = Executors.newSingleThreadExecutor()) {
      Future<Api.Answer> ended = world.database().write(credential, tx -> {
        Future<Api.Answer> ending = background.submit(() -> {
          Api.Answer answer = world.api(token).delete("/api/sessions/current");
          order.add("ended");
          return answer;
        });
        Eventually.within(Duration.ofMillis(900), () -> assertThat(waitingForAccess()).isEqualTo(1));
        order.add("written");
        return ending;
      });
      assertThat(ended.get().status()).isEqualTo(200);
    }
    assertThat(order).containsExactly("written", "ended");
  }

  private static int waitingForAccess() {
    return world.database().crossing(tx -> tx.query("""
        select count(*) from pg_locks
         where locktype = 'advisory' and classid = 7001 and not granted
           and database = (select oid from pg_database where datname = current_database())""").mapTo(Integer.class).one());
  }

  @Test
  void aPersonSeesAndEndsTheirOtherSessions() {
    Api here = session();
    Api there = session();
    String id = "";
    for (var listed : here.get("/api/sessions").json().path("sessions")) {
      if (there.get("/api/sessions").json().path("sessions").findParents("current").stream()
          .anyMatch(s -> s.path("current").asBoolean() && s.path("_id").equals(listed.path("_id")))) {
        id = listed.path("_id").asText();
      }
    }
    assertThat(here.delete("/api/sessions/" + id).status()).isEqualTo(200);
    assertThat(there.get("/api/whoami").status()).isEqualTo(401);
    assertThat(here.delete("/api/sessions/" + id).status()).isEqualTo(404);
    assertThat(here.delete("/api/sessions/nonsense").status()).isEqualTo(400);
  }

  /** One person's session is nobody else's to end, and looks like none at all. */
  @Test
  void nobodyEndsSomebodyElsesSession() {
    Api mine = session();
    World.TestWorkspace other = world.aWorkspace();
    Api theirs = world.api(signIn(other.ownerEmail(), other.ownerPassword()).at("token"));
    String id = theirs.get("/api/sessions").at("/sessions/0/_id");
    assertThat(mine.delete("/api/sessions/" + id).status()).isEqualTo(404);
    assertThat(theirs.get("/api/whoami").status()).isEqualTo(200);
  }

  @Test
  void aKeyHasNoSessionsAndAnUnknownOneGetsTheUniformRefusal() {
    assertThat(workspace.api().get("/api/sessions").status()).isEqualTo(403);
    assertThat(world.api("tuco_sk_nonsense").get("/api/sessions").status()).isEqualTo(401);
    assertThat(nobody().get("/api/sessions").status()).isEqualTo(401);
  }

  @Test
  void aOneTimeLinkSetsAPasswordOnceAndEndsTheSessionsThereWere() {
    World.TestWorkspace fresh = world.aWorkspace();
    Api before = world.api(signIn(fresh.ownerEmail(), fresh.ownerPassword()).at("token"));
    OneTimeLinks links = new OneTimeLinks(
        world.database(), java.time.Clock.systemUTC(), new Letters(new SystemMail(null, java.time.Clock.systemUTC()), () -> ""),
        new tuco.audit.Audit(java.time.Clock.systemUTC()));
    String link = world.database().withoutTenant(tx -> links.create(tx, fresh.ownerId(), Duration.ofDays(1)));
    assertThat(links.holder(link)).hasValueSatisfying(holder -> assertThat(holder.email()).isEqualTo(fresh.ownerEmail()));
    links.redeem(link, "a much better password", tuco.caller.Origin.NONE);
    assertThat(links.holder(link)).isEmpty();
    assertThat(before.get("/api/whoami").status()).isEqualTo(401);
    assertThat(signIn(fresh.ownerEmail(), fresh.ownerPassword()).status()).isEqualTo(401);
    assertThat(signIn(fresh.ownerEmail(), "a much better password").status()).isEqualTo(201);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> links.redeem(link, "yet another password", tuco.caller.Origin.NONE))
        .hasMessage("This link was used or has expired. Ask for a new one.");
  }

  private static Api session() {
    return world.api(signIn(workspace.ownerEmail(), workspace.ownerPassword()).at("token"));
  }

  private static Api nobody() {
    return new Api("http://127.0.0.1:" + world.node().port(), null);
  }

  private static Api.Answer signIn(String email, String password) {
    return nobody().post("/api/sessions", Json.text(Json.object().put("email", email).put("password", password)));
  }
}
