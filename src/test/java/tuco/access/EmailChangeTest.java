package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.http.Json;
import tuco.mail.MailSettings;

/** Another e-mail address for an account: password and, where there is a mail server, a link that was sent there (ASVS 6.3.7). */
class EmailChangeTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Pattern LINK = Pattern.compile("/address/tuco_ln_\\w+");
  private static final TestClock CLOCK = new TestClock(Clock.systemUTC().instant().toString());
  private static GreenMail mailServer;
  private static World world;
  private static String silent;
  private static int count;

  private World.TestWorkspace workspace;
  private Api owner;
  private String fresh;

  @BeforeAll
  static void start() {
    mailServer = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mailServer.start();
    world = new World(CLOCK);
    world.startNodeWith(new MailSettings(
        "127.0.0.1", mailServer.getSmtp().getPort(), MailSettings.Tls.NONE, null, null, "tuco@example.com"));
    silent = "http://127.0.0.1:" + world.startApiNode().port();
  }

  @AfterAll
  static void stop() {
    world.close();
    mailServer.stop();
  }

  @BeforeEach
  void aPerson() {
    workspace = world.aWorkspace();
    owner = SignedIn.owner(workspace);
    fresh = "moved" + ++count + "@example.com";
  }

  @Test
  void theAddressChangesWhenTheLinkThatWasSentThereIsConfirmed() {
    Api.Answer asked = ask(owner, " " + fresh.toUpperCase(java.util.Locale.ROOT), World.PASSWORD);
    assertThat(asked.status()).isEqualTo(202);
    assertThat(asked.json().path("mailed").asBoolean()).isTrue();
    String link = link(fresh);
    assertThat(world.anonymous().get(link).text()).as("to look changes nothing").contains(fresh).doesNotContain(workspace.ownerEmail());
    assertThat(email()).isEqualTo(workspace.ownerEmail());

    assertThat(world.anonymous().post(link, "").status()).isEqualTo(303);
    assertThat(email()).as("the session goes on").isEqualTo(fresh);
    assertThat(SignedIn.signIn(world, fresh, World.PASSWORD).status()).isEqualTo(201);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), World.PASSWORD).status()).isEqualTo(401);
    Eventually.within(SOON, () -> assertThat(to(workspace.ownerEmail())).singleElement().asString().contains("was changed", fresh));
    assertThat(owner.get("/api/audit?limit=5").text()).contains("\"person.email\"", workspace.ownerEmail(), fresh);
    assertThat(world.anonymous().get(link).status()).as("it works once").isEqualTo(404);
    assertThat(world.anonymous().post(link, "").status()).isEqualTo(400);
  }

  @Test
  void itTakesThePasswordAndAnAddress() {
    assertThat(ask(owner, fresh, "wrong").status()).isEqualTo(403);
    assertThat(ask(owner, "nonsense", World.PASSWORD).status()).isEqualTo(400);
    assertThat(ask(workspace.api(), fresh, World.PASSWORD).status()).as("a key is nobody").isEqualTo(403);
    assertThat(world.anonymous().with("Origin", "https://shop.example.com").post("/address/tuco_ln_x", "").status()).isEqualTo(403);
    assertThat(world.anonymous().post("/address/tuco_ln_x", "").status()).isEqualTo(400);
    assertThat(email()).isEqualTo(workspace.ownerEmail());
  }

  /** It lies in a mailbox that is not proven yet to be the person's. */
  @Test
  void theLinkSetsNoPassword() {
    ask(owner, fresh, World.PASSWORD);
    String welcome = link(fresh).replace("/address/", "/welcome/");
    assertThat(world.anonymous().get(welcome).status()).isEqualTo(404);
    assertThat(world.anonymous().post(welcome, "password=a+stolen+account&again=a+stolen+account").status()).isNotEqualTo(303);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), World.PASSWORD).status()).isEqualTo(201);
  }

  @Test
  void aNewPasswordAnotherWishAndTimeEndTheLinkAndTheChangeEndsLinksToTheOldAddress() {
    ask(owner, fresh, World.PASSWORD);
    String first = link(fresh);
    ask(owner, "other-" + fresh, World.PASSWORD);
    assertThat(world.anonymous().get(first).status()).as("another wish").isEqualTo(404);
    String second = link("other-" + fresh);
    CLOCK.advance(Duration.ofMinutes(61));
    assertThat(world.anonymous().get(second).status()).as("time").isEqualTo(404);
    ask(owner, "third-" + fresh, World.PASSWORD);
    String third = link("third-" + fresh);
    owner.put("/api/me/password", "{\"password\":\"" + World.PASSWORD + "\",\"newPassword\":\"a much better password\"}");
    assertThat(world.anonymous().post(third, "").status()).as("a new password").isEqualTo(400);

    ask(owner, "fourth-" + fresh, "a much better password");
    String old = "/welcome/" + world.node().forgotten().link(workspace.ownerEmail(), false).orElseThrow()
        .replaceAll(".*/", "");
    assertThat(world.anonymous().get(old).status()).isEqualTo(200);
    assertThat(world.anonymous().post(link("fourth-" + fresh), "").status()).isEqualTo(303);
    assertThat(world.anonymous().get(old).status()).as("a link to the old address").isEqualTo(404);
  }

  @Test
  void whoHasAnAccountIsToldNobodyAndTheAddressStaysTheirs() {
    String taken = world.aWorkspace().ownerEmail();
    Api.Answer free = ask(owner, fresh, World.PASSWORD);
    Api.Answer known = ask(owner, taken, World.PASSWORD);
    assertThat(known.status()).isEqualTo(202);
    assertThat(known.text()).isEqualTo(free.text());
    ask(owner, fresh, World.PASSWORD);
    Eventually.within(SOON, () -> assertThat(to(fresh)).hasSize(2));
    String link = link(fresh);
    assertThat(to(taken)).isEmpty();
    world.aMember(workspace.id(), tuco.caller.Role.VIEWER, fresh);
    assertThat(world.anonymous().post(link, "").status()).as("somebody was quicker").isEqualTo(409);
    assertThat(email()).isEqualTo(workspace.ownerEmail());
  }

  @Test
  void withoutAMailServerThePasswordIsEnough() {
    Api quiet = new Api(silent, SignedIn.signIn(world, workspace.ownerEmail(), World.PASSWORD).at("token"));
    assertThat(ask(quiet, world.aWorkspace().ownerEmail(), World.PASSWORD).at("code")).isEqualTo("email_taken");
    Api.Answer changed = ask(quiet, fresh, World.PASSWORD);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.json().path("mailed").asBoolean()).isFalse();
    assertThat(email()).isEqualTo(fresh);
  }

  private String email() {
    return owner.get("/api/me").at("/person/email");
  }

  private static Api.Answer ask(Api api, String email, String password) {
    return api.post("/api/me/email", Json.text(Json.object().put("email", email).put("password", password)));
  }

  /** The newest link that was sent to this address. */
  private static String link(String email) {
    Eventually.within(SOON, () -> assertThat(to(email)).isNotEmpty());
    Matcher matcher = LINK.matcher(to(email).getLast());
    assertThat(matcher.find()).isTrue();
    return matcher.group();
  }

  private static List<String> to(String email) {
    return Arrays.stream(mailServer.getReceivedMessages()).filter(letter -> text(letter)[0].equals(email)).map(letter -> text(letter)[1]).toList();
  }

  private static String[] text(MimeMessage letter) {
    try {
      return new String[] {letter.getAllRecipients()[0].toString(), letter.getSubject() + "\n" + letter.getContent()};
    } catch (MessagingException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
