package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.caller.Role;
import tuco.caller.StaffCaller;
import tuco.http.Json;
import tuco.mail.MailSettings;
import tuco.mail.SystemMail;
import tuco.staff.StaffGrants;
import tuco.staff.SupportNews;

/** What people are told by mail, where there is a mail server (decisions 2.6, 2.7, ASVS 6.3.7). */
class LettersTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final TestClock CLOCK = new TestClock(Clock.systemUTC().instant().toString());
  private static GreenMail mailServer;
  private static World world;

  @BeforeAll
  static void start() {
    mailServer = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mailServer.start();
    world = new World(CLOCK);
    world.startNodeWith(new MailSettings(
        "127.0.0.1", mailServer.getSmtp().getPort(), MailSettings.Tls.NONE, null, null, "tuco@example.com"));
  }

  @AfterAll
  static void stop() {
    world.close();
    mailServer.stop();
  }

  @Test
  void theInvitedGetTheLinkByMailAndTheAnswerSaysSo() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api.Answer invited = invite(SignedIn.owner(workspace), "new-by-mail@example.com");
    assertThat(invited.json().path("mailed").asBoolean()).isTrue();
    assertThat(invited.at("link")).contains("/join/tuco_ln_");
    Eventually.within(SOON, () -> assertThat(to("new-by-mail@example.com")).singleElement().asString()
        .contains(workspace.ownerEmail() + " invites you", "as member", invited.at("link")));
  }

  /** P2, contract 4.6: after seven failures in a row, and again when it works. */
  @Test
  void ownersHearThatALineIsDownAndThatItWorksAgain() {
    World.TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    assertThat(workspace.api().post("/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550106\"}").status()).isEqualTo(201);
    Eventually.within(Duration.ofSeconds(30), () -> {
      CLOCK.advance(Duration.ofSeconds(10));
      assertThat(to(workspace.ownerEmail())).anySatisfy(letter -> assertThat(letter).startsWith("A line of ").contains(" works again\n", "works again."))
          .anySatisfy(letter -> assertThat(letter).contains(" is down\n", "is down: The simulated line went down at this recipient."));
    });
    Eventually.within(SOON, () -> {
      List<String> kinds = world.database().asWorkspace(workspace.id(), tx -> tx.query(
          "select kind from notices where workspace_id = :w order by notice_id limit 2").bind("w", workspace.id()).mapTo(String.class).list());
      assertThat(kinds).containsExactly("line_down", "line_up");
    });
  }

  /** Decisions 8.3: those who can mend it hear that a webhook was given up, and why. */
  @Test
  void ownersHearThatAWebhookWasSwitchedOff() throws IOException {
    HttpServer gone = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    gone.createContext("/", exchange -> {
      exchange.sendResponseHeaders(410, -1);
      exchange.close();
    });
    gone.start();
    try {
      World.TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      assertThat(workspace.api().post("/api/webhooks", """
          {"name": "CRM", "url": "http://127.0.0.1:%d/", "events": ["message.sent"]}""".formatted(gone.getAddress().getPort())).status()).isEqualTo(201);
      assertThat(workspace.api().post("/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550100\"}").status()).isEqualTo(201);
      Eventually.within(Duration.ofSeconds(20), () -> {
        CLOCK.advance(Duration.ofSeconds(1));
        assertThat(to(workspace.ownerEmail())).singleElement().asString()
            .contains("was switched off", "\"CRM\" was disabled: its endpoint answered 410", "/webhooks");
      });
    } finally {
      gone.stop(0);
    }
  }

  /** S3: an owner learns by mail that staff ask, or look by the workspace's rule; staff learn no owner's address. */
  @Test
  void ownersHearThatStaffAsk() {
    World.TestWorkspace workspace = world.aWorkspace();
    StaffCaller staff = new StaffCaller(workspace.id(), workspace.id(), "sam@operator.example.com", "", new byte[0], CLOCK.instant());
    SupportNews news = new SupportNews(world.database(), new Letters(
        new SystemMail(new MailSettings("127.0.0.1", mailServer.getSmtp().getPort(), MailSettings.Tls.NONE, null, null, "tuco@example.com"), CLOCK),
        () -> "http://localhost"));
    news.asked(workspace.id(), staff, new StaffGrants.Wanted(workspace.id(), "abuse_report", "SUP-7", "metadata", "read_only", 4), false);
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).singleElement().asString()
        .contains("sam@operator.example.com asks to look at the workspace", "SUP-7", "4 hours", "/settings/support"));
  }

  @Test
  void withoutAMailServerTheAnswerSaysThatNothingWasMailed() {
    try (World silent = new World()) {
      Api.Answer invited = invite(SignedIn.owner(silent.aWorkspace()), "unmailed@example.com");
      assertThat(invited.status()).isEqualTo(201);
      assertThat(invited.json().path("mailed").asBoolean(true)).isFalse();
      assertThat(invited.at("link")).contains("/join/tuco_ln_");
    }
  }

  @Test
  void aReplayedOrRefusedInvitationIsNotMailed() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api owner = SignedIn.owner(workspace).with("Idempotency-Key", "twice");
    invite(owner, "once@example.com");
    assertThat(invite(owner, "once@example.com").at("link")).as("a replay").isEmpty();
    assertThat(invite(owner, "never@example.com").status()).as("the same key for something else").isEqualTo(422);
    invite(SignedIn.owner(workspace), "last@example.com");
    Eventually.within(SOON, () -> assertThat(to("last@example.com")).hasSize(1));
    assertThat(to("once@example.com")).hasSize(1);
    assertThat(to("never@example.com")).isEmpty();
  }

  /** A letter cannot be taken back, so it waits for the commit. */
  @Test
  void whatIsRolledBackIsNotMailed() {
    World.TestWorkspace workspace = world.aWorkspace();
    List<String> done = new CopyOnWriteArrayList<>();
    world.database().asWorkspace(workspace.id(), tx -> {
      tx.afterCommit(() -> done.add("committed"));
      assertThat(done).isEmpty();
      return done;
    });
    assertThatThrownBy(() -> world.database().asWorkspace(workspace.id(), tx -> {
      tx.afterCommit(() -> done.add("rolled back"));
      throw new IllegalStateException("no");
    })).hasMessage("no");
    assertThat(done).containsExactly("committed");
  }

  @Test
  void ownersAndAdminsHearOfALeakedKeyOnceAndOthersDoNot() {
    World.TestWorkspace workspace = world.aWorkspace();
    world.aMember(workspace.id(), Role.ADMIN, "admin-of-leak@example.com");
    world.aMember(workspace.id(), Role.MEMBER, "member-of-leak@example.com");
    for (int i = 0; i < 2; i++) {
      SignedIn.nobody(world).post("/api/leaked-keys", "{\"tokens\":[\"" + workspace.key() + "\"]}");
    }
    Eventually.within(SOON, () -> {
      assertThat(to(workspace.ownerEmail())).singleElement().asString()
          .contains("Test key", "was disabled").doesNotContain(workspace.key());
      assertThat(to("admin-of-leak@example.com")).hasSize(1);
    });
    assertThat(to("member-of-leak@example.com")).isEmpty();
  }

  @Test
  void peopleHearThatTheirPasswordWasChanged() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api owner = SignedIn.owner(workspace);
    assertThat(owner.put("/api/me/password", "{\"password\":\"wrong\",\"newPassword\":\"another good one\"}").status()).isEqualTo(403);
    assertThat(owner.put("/api/me/password", Json.text(Json.object()
        .put("password", workspace.ownerPassword()).put("newPassword", "another good one"))).status()).isEqualTo(200);
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).singleElement().asString()
        .contains("password of your Tuco account was changed").doesNotContain("another good one"));
  }

  @Test
  void peopleHearThatAnAuthenticatorAppCameOrWent() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api owner = SignedIn.owner(workspace);
    String secret = owner.post("/api/me/totp", "").at("secret");
    owner.post("/api/me/totp/confirm", "{\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).singleElement().asString().contains("was added"));
    CLOCK.advance(Duration.ofMinutes(1));
    owner.call("DELETE", "/api/me/totp", Json.text(Json.object()
        .put("password", workspace.ownerPassword()).put("code", TotpTest.code(secret, CLOCK.instant()))));
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).hasSize(2).last().asString().contains("was removed"));
  }

  /** Who gets as far as the code has the password (V9): told once until its owner comes in again. */
  @Test
  void peopleHearThatSomebodyHasTheirPasswordAndGuessesCodes() {
    World.TestWorkspace workspace = world.aWorkspace();
    Api owner = SignedIn.owner(workspace);
    String secret = owner.post("/api/me/totp", "").at("secret");
    owner.post("/api/me/totp/confirm", "{\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
    CLOCK.advance(Duration.ofMinutes(1));
    for (int wrong : new int[] {4, 4, 6, 6}) {
      for (int i = 0; i < wrong; i++) {
        assertThat(signIn(workspace, "000000").status()).isEqualTo(401);
      }
      assertThat(signIn(workspace, "").status()).as("no code yet").isEqualTo(401);
      CLOCK.advance(Duration.ofMinutes(1));
      assertThat(signIn(workspace, TotpTest.code(secret, CLOCK.instant())).status()).isEqualTo(201);
    }
    owner.put("/api/me/password", Json.text(Json.object().put("password", workspace.ownerPassword()).put("newPassword", "another good one")));
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).anyMatch(letter -> letter.contains("was changed"))
        .filteredOn(letter -> letter.contains("Somebody has your password") && letter.contains("/forgotten")).hasSize(2));
  }

  private static Api.Answer signIn(World.TestWorkspace workspace, String code) {
    return world.anonymous().post("/api/sessions", Json.text(Json.object()
        .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()).put("totp", code)));
  }

  private static Api.Answer invite(Api owner, String email) {
    return owner.post("/api/members/invitations", Json.text(Json.object().put("email", email).put("role", "member")));
  }

  /** The letters to one address, as texts. */
  private static List<String> to(String email) {
    return Arrays.stream(mailServer.getReceivedMessages()).filter(letter -> recipient(letter).equals(email))
        .map(LettersTest::text).toList();
  }

  private static String recipient(MimeMessage letter) {
    try {
      return letter.getAllRecipients()[0].toString();
    } catch (MessagingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(MimeMessage letter) {
    try {
      return letter.getSubject() + "\n" + letter.getContent();
    } catch (MessagingException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
