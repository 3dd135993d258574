package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Api.Answer;
import tuco.World;
import tuco.World.TestWorkspace;

/** What pages promise a browser, held against them without one. */
class PagesTest {
  private static World world;
  private static TestWorkspace workspace;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static Api browser(String... headers) {
    return new Api("http://127.0.0.1:" + world.node().port(), null, "Accept", "text/html").with(headers);
  }

  private static Answer post(Api browser, String path, String... fields) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      body.append(i == 0 ? "" : "&").append(fields[i]).append('=').append(URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
    }
    return browser.post(path, body.toString());
  }

  private static String session() {
    return session(workspace);
  }

  private static String session(TestWorkspace of) {
    Answer answer = post(browser(), "/sign-in", "email", of.ownerEmail(), "password", of.ownerPassword());
    assertThat(answer.status()).isEqualTo(303);
    String cookie = answer.header("Set-Cookie");
    assertThat(cookie).contains("HttpOnly", "SameSite=Lax");
    return cookie.substring(0, cookie.indexOf(';'));
  }

  @Test
  void aPageRunsNothingButOurOwnFiles() {
    Answer page = browser().get("/sign-in");
    assertThat(page.header("Content-Security-Policy")).contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
    assertThat(page.text()).doesNotContain("<style", " style=", "onclick=").doesNotContainPattern("<script(?! src=)");
    assertThat(page.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void anAssetIsKeptForAYearAndAnythingElseIsNotThere() {
    Matcher css = Pattern.compile("/assets/\\w+/tuco\\.css").matcher(browser().get("/sign-in").text());
    assertThat(css.find()).isTrue();
    assertThat(browser().get(css.group()).header("Cache-Control")).contains("max-age=31536000", "immutable");
    assertThat(browser().get("/assets/0/tuco.css").header("Cache-Control")).isEqualTo("no-cache");
    assertThat(browser().get("/assets/0/..%2f..%2flogback.xml").status()).isEqualTo(404);
  }

  @Test
  void whoIsNotSignedInIsSentToTheDoorAndBack() {
    Answer page = browser().get("/messages");
    assertThat(page.status()).isEqualTo(303);
    assertThat(page.header("Location")).isEqualTo("/sign-in?next=%2Fmessages");
    Answer in = post(browser(), "/sign-in", "email", workspace.ownerEmail(), "password", workspace.ownerPassword(), "next", "/messages");
    assertThat(in.header("Location")).isEqualTo("/messages");
  }

  @Test
  void aSignInLeadsNowhereElse() {
    for (String next : new String[] {"//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"}) {
      Answer in = post(browser(), "/sign-in", "email", workspace.ownerEmail(), "password", workspace.ownerPassword(), "next", next);
      assertThat(in.header("Location")).as(next).isEqualTo("/");
    }
  }

  @Test
  void aWrongPasswordTellsNothingAndKeepsTheAddress() {
    Answer known = post(browser(), "/sign-in", "email", workspace.ownerEmail(), "password", "wrong");
    assertThat(known.status()).isEqualTo(401);
    assertThat(known.text()).contains("do not fit together", workspace.ownerEmail());
    Answer unknown = post(browser(), "/sign-in", "email", "nobody@example.com", "password", "wrong");
    assertThat(unknown.text().replace("nobody@example.com", "")).isEqualTo(known.text().replace(workspace.ownerEmail(), ""));
  }

  @Test
  void aFormOfAnotherSiteIsRefused() {
    Answer foreign = post(browser("Sec-Fetch-Site", "cross-site"), "/sign-in", "email", "a@example.com", "password", "b");
    assertThat(foreign.status()).isEqualTo(403);
    Answer withoutToken = post(browser("Cookie", session()), "/settings/api-keys", "label", "Stolen");
    assertThat(withoutToken.status()).isEqualTo(403);
    assertThat(withoutToken.text()).contains("This form is out of date");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedInWords() {
    String large = "x".repeat(1_100_000);
    Answer program = workspace.api().post("/api/messages", large);
    assertThat(program.status()).isEqualTo(413);
    assertThat(program.at("code")).isEqualTo("body_too_large");
    Answer page = browser("Cookie", session()).post("/leads", large);
    assertThat(page.status()).isEqualTo(413);
    assertThat(page.text()).startsWith("<!doctype html>").contains("at most 1 MiB");
  }

  @Test
  void aBrowserGetsAPageAndAProgramTheProblem() {
    assertThat(browser().get("/nothing").text()).startsWith("<!doctype html>").contains("There is nothing here");
    assertThat(world.api(workspace.key()).get("/nothing").header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(browser().get("/api/nothing").header("Content-Type")).isEqualTo("application/problem+json");
  }

  /** The days of a filter are those of the clock that the list shows. */
  @Test
  void aDayIsOneOfTheWorkspacesZone() {
    TestWorkspace far = world.aWorkspace();
    world.database().asWorkspace(far.id(), tx -> tx.update(
        "update workspaces set zone = 'Pacific/Kiritimati' where workspace_id = :w").bind("w", far.id()).execute());
    String id = Samples.message(world, far, "+14155550178", "On which day was this?", "delivered", null);
    Instant now = Instant.parse(far.api().get("/api/messages/" + id).at("createdAt"));
    String there = now.atZone(ZoneId.of("Pacific/Kiritimati")).toLocalDate().toString();
    String before = now.atZone(ZoneId.of("Pacific/Kiritimati")).toLocalDate().minusDays(1).toString();
    Api signedIn = browser("Cookie", session(far));
    assertThat(signedIn.get("/messages?dateFrom=" + there + "&dateTo=" + there).text()).contains("On which day was this?");
    assertThat(signedIn.get("/messages?dateTo=" + before).text()).contains("Nothing matches");
    assertThat(signedIn.get("/messages?dateFrom=yesterday").status()).isEqualTo(400);
  }

  /** What the tiles of the first page count is what they lead to. */
  @Test
  void theTilesLeadToWhatTheyCount() {
    TestWorkspace busy = world.aWorkspace();
    Samples.message(world, busy, "+14155550187", "Waits as queued", "queued", null);
    Samples.message(world, busy, "+14155550188", "Waits as pending", "pending", null);
    Samples.message(world, busy, "+14155550189", "Waits as scheduled", "scheduled", "line_daily_new");
    Samples.message(world, busy, "+14155550190", "Refused", "failed", null);
    Samples.message(world, busy, "+14155550191", "Out of reach", "fallback", null);
    Api signedIn = browser("Cookie", session(busy));
    String home = signedIn.get("/").text();
    assertThat(tile(home, "Waiting")).isEqualTo("3");
    assertThat(tile(home, "Not arrived")).isEqualTo("2");
    assertThat(signedIn.get("/messages?status=" + Words.WAITING).text())
        .contains("Waits as queued", "Waits as pending", "Waits as scheduled").doesNotContain("Refused");
    assertThat(signedIn.get("/messages?status=" + Words.NOT_ARRIVED).text()).contains("Refused", "Out of reach").doesNotContain("Waits as");
  }

  private static String tile(String page, String label) {
    Matcher tile = Pattern.compile(label + "</span><span class=\"value\">([\\d,]+)").matcher(page);
    return tile.find() ? tile.group(1) : "no such tile";
  }

  /** Whoever begins sees what is next until it is done, and for two weeks what else there is. */
  @Test
  void aNewOwnerSeesWhatIsNext() {
    TestWorkspace fresh = world.aWorkspace();
    Api signedIn = browser("Cookie", session(fresh));
    assertThat(signedIn.get("/").text()).contains("First steps", "Add a line", "Send a message", "Bring your people");
    world.aSimulatorLine(fresh.id());
    Samples.message(world, fresh, "+14155550195", "The first", "delivered", null);
    assertThat(signedIn.get("/").text()).contains("First steps", "Connect a real line");
    world.database().asWorkspace(fresh.id(), tx -> tx.update(
        "update workspaces set created_at = created_at - interval '15 days' where workspace_id = :w").bind("w", fresh.id()).execute());
    assertThat(signedIn.get("/").text()).doesNotContain("First steps");
  }

  /** K13: a text that is markup stays a text. */
  @Test
  void whatPeopleWroteIsEscaped() {
    Samples.message(world, workspace, "+14155550177", "<script>alert(1)</script>", "delivered", null);
    Answer page = browser("Cookie", session()).get("/messages");
    assertThat(page.text()).contains("&lt;script&gt;alert(1)").doesNotContain("<script>alert(1)");
  }
}
