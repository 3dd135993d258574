package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/** The inbox as people use it, in a real browser (P5, P7). */
class InboxPagesTest {
  private static World world;
  private static Browser browser;
  private static World.TestWorkspace workspace;
  private static UUID line;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    world = new World();
    workspace = world.aWorkspace();
    line = Objects.requireNonNull(Ids.parse(Kind.LINE, world.aSimulatorLine(workspace.id())));
    workspace.api().post("/api/leads", """
        {"leads":[{"firstName":"Ada","lastName":"Lovelace","companyName":"Analytical Engines","phone":"+12025550150"},
                  {"firstName":"Grace","lastName":"Hopper","phone":"+12025550151"}]}""");
    arrives("+12025550151", "stop");
    arrives("+12025550159", "Who is this? Please stop texting this number.");
    arrives("+12025550150", "Thank you for the offer, it looks good. Could we talk on Thursday?");
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      world.close();
    }
  }

  private static void arrives(String sender, String text) {
    world.arrives(workspace.id(), Inbound.text(line, UUID.randomUUID().toString(), sender, text, Instant.now(), List.of()));
  }

  private static String url() {
    return "http://127.0.0.1:" + world.node().port();
  }

  @Test
  void p5_aPersonReadsAndAnswersAndArchives() {
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Inbox 3 unread")).click();
    assertThat(page.locator(".talk")).hasCount(3);
    assertThat(page.locator(".talk.unread")).hasCount(3);
    page.getByLabel("Search conversations").fill("lovelace");
    assertThat(page.locator(".talk")).hasCount(1);
    page.locator(".talk").click();
    assertThat(page.locator("#thread")).containsText("Could we talk on Thursday?");
    Browser.requireAccessible(page);
    Browser.picture(page, "inbox-light");
    page.getByLabel("Your answer").fill("Gladly. At ten?");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Send")).click();
    assertThat(page.locator(".spoken.mine")).containsText("Gladly. At ten?");
    assertThat(page.locator(".spoken.mine")).containsText("Delivered", new ContainsTextOptions().setTimeout(20_000)); // the page looks again every 5 s
    page.navigate("/inbox?state=unread");
    assertThat(page.locator(".talk")).hasCount(2);
    page.navigate("/inbox?search=lovelace");
    page.locator(".talk").click();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Archive")).click();
    assertThat(page.locator("main")).containsText("a new message takes it out");
    arrives("+12025550150", "At ten.");
    page.navigate("/inbox");
    assertThat(page.locator(".talk").first()).containsText("At ten.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void p5_whoOptedOutIsNotAnsweredAndTheInboxIsAccessibleInTheDarkAndNarrow() {
    Page page = browser.visitor(url(), 1360, 900, ColorScheme.DARK);
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/inbox?search=grace");
    Browser.requireAccessible(page, List.of("color-contrast"));
    page.locator(".talk").click();
    assertThat(page.locator(".thread")).containsText("They opted out.");
    assertThat(page.getByLabel("Your answer")).hasCount(0);
    Browser.requireAccessible(page, List.of("color-contrast"));
    page.navigate("/inbox?search=555-01");
    assertThat(page.locator("#talks")).containsText("Nothing like this");
    page.navigate("/inbox?search=5550159");
    page.locator(".talk").click();
    assertThat(page.locator(".thread")).containsText("They may have opted out");
    Browser.picture(page, "inbox-dark");
    page.context().close();
    Page narrow = browser.visitor(url(), 390, 900, ColorScheme.LIGHT);
    Browser.signIn(narrow, workspace.ownerEmail(), workspace.ownerPassword());
    narrow.navigate("/inbox");
    Browser.picture(narrow, "inbox-narrow");
    assertThat(narrow.locator(".nothing")).isHidden();
    narrow.locator(".talk").first().click();
    assertThat(narrow.locator(".talks")).isHidden();
    Browser.picture(narrow, "inbox-thread-narrow");
    narrow.context().close();
  }

  @Test
  void p5_aWriteInReadOnlyModeIsNotOffered() {
    World.TestWorkspace own = world.aWorkspace();
    UUID ownLine = Objects.requireNonNull(Ids.parse(Kind.LINE, world.aSimulatorLine(own.id())));
    world.arrives(own.id(), Inbound.text(ownLine, "1", "+12025550150", "hello", Instant.now(), List.of()));
    world.database().asWorkspace(own.id(), tx ->
        tx.ownUpdate("update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").execute());
    Page page = browser.visitor(url());
    Browser.signIn(page, own.ownerEmail(), own.ownerPassword());
    page.navigate("/inbox");
    page.locator(".talk").click();
    assertThat(page.locator("#thread")).containsText("hello");
    assertThat(page.getByLabel("Your answer")).hasCount(0);
    assertThat(own.api().get("/api/unibox/conversations?state=unread").at("total")).as("still unread").isEqualTo("1");
  }
}
