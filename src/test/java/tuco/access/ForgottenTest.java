package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Api.Answer;
import tuco.Eventually;
import tuco.TestClock;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.mail.MailSettings;

/** Who forgot a password gets in again by a link of their mailbox or of the operator, and nobody else does. */
class ForgottenTest {
  private static final Pattern LINK = Pattern.compile("/welcome/tuco_ln_\\w+");
  private static final String NEW_PASSWORD = "an entirely new one";
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
  void theLinkComesByMailAndMakesANewPasswordOnce() {
    TestWorkspace workspace = world.aWorkspace();
    Api before = SignedIn.owner(workspace);
    assertThat(ask(workspace.ownerEmail()).text()).contains("a link is on its way");
    Eventually.within(Duration.ofSeconds(5), () -> assertThat(letters(workspace.ownerEmail())).hasSize(1));
    String letter = letters(workspace.ownerEmail()).getFirst();
    assertThat(letter).contains("asked for a new password", "for an hour", "your password stays as it is");
    assertThat(before.get("/api/me").status()).as("asking ends nothing").isEqualTo(200);

    Matcher link = LINK.matcher(letter);
    assertThat(link.find()).isTrue();
    Answer set = page("").post(link.group(), "password=" + NEW_PASSWORD + "&again=" + NEW_PASSWORD);
    assertThat(set.status()).isEqualTo(303);
    assertThat(before.get("/api/me").status()).as("a session of before").isEqualTo(401);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).status()).isEqualTo(401);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), NEW_PASSWORD).status()).isEqualTo(201);
    assertThat(page("").get(link.group()).status()).as("used up").isEqualTo(404);
  }

  @Test
  void anHourLaterTheLinkIsWorthNothing() {
    TestWorkspace workspace = world.aWorkspace();
    ask(workspace.ownerEmail());
    Eventually.within(Duration.ofSeconds(5), () -> assertThat(letters(workspace.ownerEmail())).hasSize(1));
    Matcher link = LINK.matcher(letters(workspace.ownerEmail()).getFirst());
    assertThat(link.find()).isTrue();
    CLOCK.advance(Duration.ofMinutes(61));
    assertThat(page("").post(link.group(), "password=" + NEW_PASSWORD + "&again=" + NEW_PASSWORD).status()).isEqualTo(404);
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).status()).isEqualTo(201);
  }

  @Test
  void theAnswerDoesNotTellWhoHasAnAccountAndNobodyIsFloodedWithMail() {
    TestWorkspace workspace = world.aWorkspace();
    Answer known = ask(workspace.ownerEmail());
    Answer unknown = ask("nobody-at-all@example.com");
    assertThat(unknown.status()).isEqualTo(known.status());
    assertThat(unknown.text().replace("nobody-at-all@example.com", "")).isEqualTo(known.text().replace(workspace.ownerEmail(), ""));
    ask(workspace.ownerEmail().toUpperCase(java.util.Locale.ROOT));
    TestWorkspace last = world.aWorkspace();
    ask(last.ownerEmail());
    Eventually.within(Duration.ofSeconds(5), () -> assertThat(letters(last.ownerEmail())).hasSize(1));
    assertThat(letters(workspace.ownerEmail())).as("twice within a minute").hasSize(1);
    CLOCK.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 10; i++) {
      assertThat(ask("nobody" + i + "@example.com").status()).isEqualTo(200);
    }
    assertThat(ask(workspace.ownerEmail()).status()).as("the eleventh from one network").isEqualTo(429);
    CLOCK.advance(Duration.ofMinutes(2));
  }

  @Test
  void aFormOfAnotherSiteAsksForNothing() {
    assertThat(page("cross-site").post("/forgotten", "email=a@example.com").status()).isEqualTo(403);
  }

  @Test
  void withoutAMailServerThePageSaysWhomToAskAndTheOperatorsLinkLetsIn() {
    try (World silent = new World()) {
      TestWorkspace workspace = silent.aWorkspace();
      Api page = new Api(silent.url(), null, "Accept", "text/html");
      assertThat(page.get("/forgotten").text()).contains("tuco member reset");
      String link = "/welcome/" + silent.node().forgotten().link(" " + workspace.ownerEmail().toUpperCase(java.util.Locale.ROOT), false).orElseThrow();
      assertThat(page.post(link, "password=" + NEW_PASSWORD + "&again=" + NEW_PASSWORD).status()).isEqualTo(303);
      assertThat(SignedIn.signIn(silent, workspace.ownerEmail(), NEW_PASSWORD).status()).isEqualTo(201);
      assertThat(silent.node().forgotten().link("nobody@example.com", false)).isEmpty();
    }
  }

  /** Who lost the app as well: it goes, every session ends, and owners read in the audit log that the operator did it. */
  @Test
  void theOperatorTakesALostAppAway() {
    TestWorkspace workspace = world.aWorkspace();
    Api owner = SignedIn.owner(workspace);
    String secret = owner.post("/api/me/totp", "").at("secret");
    owner.post("/api/me/totp/confirm", "{\"code\":\"" + TotpTest.code(secret, CLOCK.instant()) + "\"}");
    assertThat(SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).status()).isEqualTo(401);
    assertThat(world.node().forgotten().link(workspace.ownerEmail(), true)).isPresent();
    assertThat(owner.get("/api/me").status()).isEqualTo(401);
    Answer in = SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword());
    assertThat(in.status()).as("the password goes on until the link is used").isEqualTo(201);
    String log = world.api(in.at("token")).get("/api/audit").text();
    assertThat(log).contains("person.totp_off", "person.password_link", "\"operator\"");
  }

  private static Api page(String site) {
    Api page = new Api(world.url(), null, "Accept", "text/html");
    return site.isEmpty() ? page : page.with("Sec-Fetch-Site", site);
  }

  private static Answer ask(String email) {
    return page("").post("/forgotten", "email=" + email);
  }

  private static List<String> letters(String email) {
    return Arrays.stream(mailServer.getReceivedMessages()).filter(letter -> {
      try {
        return letter.getAllRecipients()[0].toString().equals(email) && letter.getSubject().equals("Choose a new password for Tuco");
      } catch (jakarta.mail.MessagingException e) {
        throw new IllegalStateException(e);
      }
    }).map(com.icegreen.greenmail.util.GreenMailUtil::getBody).map(body -> body.replace("=\r\n", "")).toList();
  }
}
