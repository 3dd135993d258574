package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tuco.Api;
import tuco.World;
import tuco.caller.Role;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What people change about themselves. */
class AccountTest {
  private static World world;
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

  @Test
  void aPersonSeesThemselvesAndTheirWorkspacesAndChangesTheirName() {
    assertThat(owner.get("/api/me").at("/workspaces/0/role")).isEqualTo("owner");
    assertThat(owner.patch("/api/me", "{\"name\":\"Ada\"}").at("/person/name")).isEqualTo("Ada");
    assertThat(owner.get("/api/me").at("/person/name")).isEqualTo("Ada");
    assertThat(owner.patch("/api/me", "{\"name\":\" \"}").status()).isEqualTo(400);
    assertThat(workspace.api().get("/api/me").status()).isEqualTo(403);
    assertThat(SignedIn.nobody(world).get("/api/me").status()).isEqualTo(401);
  }

  /** Whoever knew the old password is out, here stays in (standards 4.6 V5). */
  @Test
  void aNewPasswordEndsAllOtherSessions() {
    Api elsewhere = SignedIn.owner(workspace);
    assertThat(change(workspace.ownerPassword(), "a much better password").status()).isEqualTo(200);
    assertThat(elsewhere.get("/api/me").status()).isEqualTo(401);
    assertThat(owner.get("/api/me").status()).isEqualTo(200);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).status()).isEqualTo(401);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), "a much better password").status()).isEqualTo(201);
  }

  /** A link that lies about somewhere is worth nothing once a password was chosen, by another link or without. */
  @Test
  void aNewPasswordEndsAllLinksThatWouldSetOne() {
    OneTimeLinks links = new OneTimeLinks(world.database(), java.time.Clock.systemUTC(), null, new tuco.audit.Audit(java.time.Clock.systemUTC()));
    String lost = link(links);
    assertThat(links.holder(lost)).isPresent();
    assertThat(change(workspace.ownerPassword(), "a much better password").status()).isEqualTo(200);
    assertThat(links.holder(lost)).isEmpty();
    String one = link(links);
    String other = link(links);
    assertThat(world.anonymous().post("/welcome/" + one, "password=the+best+password+of+all&again=the+best+password+of+all").status()).isEqualTo(303);
    assertThat(links.holder(one)).isEmpty();
    assertThat(links.holder(other)).isEmpty();
  }

  private String link(OneTimeLinks links) {
    return world.database().withoutTenant(tx -> links.create(tx, workspace.ownerId(), java.time.Duration.ofDays(1)));
  }

  @Test
  void aNewPasswordTakesThePresentOneAndHasToBeLong() {
    assertThat(change("not the password", "a much better password").status()).isEqualTo(403);
    assertThat(change(workspace.ownerPassword(), "too short").status()).isEqualTo(400);
    assertThat(change(workspace.ownerPassword(), "x".repeat(201)).status()).isEqualTo(400);
    assertThat(change(workspace.ownerPassword(), workspace.ownerEmail()).status()).isEqualTo(400);
    assertThat(owner.put("/api/me/password", "{}").json().path("errors")).hasSize(2);
  }

  @Test
  void guessingThePresentPasswordOfAStolenSessionIsSlowedDown() {
    int status = 0;
    // Ten a minute: on a slow machine some are given back before the eleventh guess.
    for (int i = 0; i < 100 && status != 429; i++) {
      status = change("guess number " + i, "a much better password").status();
    }
    assertThat(status).isEqualTo(429);
  }

  /** Standards V8 16.3.2: who was not allowed what, from where, is in the log; on a page too. */
  @Test
  void whatSomebodyWasNotAllowedIsLogged() {
    String email = "viewer@not-allowed.example.com";
    UUID viewer = world.aMember(workspace.id(), Role.VIEWER, email);
    String token = SignedIn.signIn(world, email, World.PASSWORD).at("token");
    Logger ours = (Logger) LoggerFactory.getLogger("tuco.http.Gate");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    ours.addAppender(log);
    try {
      assertThat(world.api(token).delete("/api/leads/x").status()).isEqualTo(403);
      assertThat(world.anonymous().with("Cookie", "tuco_session=" + token).get("/settings/audit").status()).isEqualTo(403);
    } finally {
      ours.detachAppender(log);
    }
    assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.contains("DELETE /api/leads/{id} by " + Ids.text(Kind.PERSON, viewer) + ", from 127.0.0.1"))
        .anyMatch(line -> line.contains("GET /settings/audit by " + Ids.text(Kind.PERSON, viewer)));
  }

  /** K13 for people: neither passwords nor tokens reach any log, whatever its level. */
  @Test
  void noPasswordAndNoTokenIsLogged() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger ours = (Logger) LoggerFactory.getLogger("tuco");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = ours.getLevel();
    root.addAppender(log);
    ours.setLevel(Level.TRACE);
    try {
      String token = SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).at("token");
      SignedIn.signIn(world, workspace.ownerEmail(), "a secret guess 1");
      change("a secret guess 2", "a secret wish 3");
      String secret = owner.post("/api/me/totp", "").at("secret");
      String logged = String.join("\n", log.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
      assertThat(logged).contains("signed in").contains("sign-in refused")
          .doesNotContain(token, secret, workspace.ownerPassword(), "a secret guess", "a secret wish");
    } finally {
      root.detachAppender(log);
      ours.setLevel(before);
    }
  }

  private Api.Answer change(String password, String newPassword) {
    return owner.put("/api/me/password",
        Json.text(Json.object().put("password", password).put("newPassword", newPassword)));
  }
}
