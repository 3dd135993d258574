package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The pages as a person uses them (P7). */
class DashboardTest {
  private static World world;
  private static Browser browser;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    world = new World();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      world.close();
    }
  }

  @Test
  void aPersonSignsInAndSeesTheMessage() {
    TestWorkspace workspace = world.aWorkspace();
    Samples.message(world, workspace, "+14155550100", "Hello from the dashboard test", "delivered", null);
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Messages").setExact(true)).first().click();
    assertThat(page.getByText("Hello from the dashboard test")).isVisible();
    assertThat(page.locator("tbody")).containsText("Delivered");
    page.getByText("+14155550100").click();
    assertThat(page.getByText("What happened")).isVisible();
    assertThat(browser.complaints()).isEmpty();
  }

  /** K1, K3, K5, K8, K13: the whole life of a key, as its owner sees it. */
  @Test
  void anOwnerCreatesRotatesAndRemovesAKey() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/settings/api-keys");
    click(page, AriaRole.LINK, "Remove Test key");
    assertThat(page.locator("dialog")).containsText("never used");
    click(page, AriaRole.BUTTON, "Remove key");
    assertThat(page.getByText("has no API key yet")).isVisible();
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);

    click(page, AriaRole.BUTTON, "Create your first API key");
    String first = page.locator("#secret").inputValue();
    assertThat(world.api(first).get("/api/whoami").status()).isEqualTo(200);
    Browser.requireAccessible(page);
    Browser.picture(page, "key-reveal");
    click(page, AriaRole.LINK, "I have stored it");
    assertThat(page.locator("tbody")).containsText("First API key");
    assertThat(page.content()).doesNotContain(first);

    click(page, AriaRole.LINK, "Rotate First API key");
    Browser.picture(page, "key-rotate");
    click(page, AriaRole.BUTTON, "Rotate key");
    String second = page.locator("#secret").inputValue();
    assertThat(world.api(first).get("/api/whoami").status()).isEqualTo(401);
    assertThat(world.api(second).get("/api/whoami").status()).isEqualTo(200);
    assertThat(browser.complaints()).isEmpty();
  }

  /** A form says what is wrong with it and keeps what was typed. */
  @Test
  void aFaultyKeyFormKeepsWhatWasTyped() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/settings/api-keys");
    click(page, AriaRole.LINK, "New API key");
    page.getByLabel("Label").fill("Billing export");
    page.getByText("Expiry and allowed addresses").click();
    page.getByLabel("Allowed addresses").fill("not an address");
    Browser.picture(page, "key-new");
    click(page, AriaRole.BUTTON, "Create API key");
    assertThat(page.locator("dialog")).containsText("Allowed addresses must hold addresses");
    assertThat(page.getByLabel("Label")).hasValue("Billing export");
    Browser.picture(page, "key-new-fault");
    page.getByLabel("Allowed addresses").fill("192.0.2.0/24");
    click(page, AriaRole.BUTTON, "Create API key");
    assertThat(page.locator("#secret")).isVisible();
  }

  /** K2, K5: a member sees that keys exist, cannot touch them, and is told whom to ask. */
  @Test
  void aMemberSeesThatKeysExistAndWhomToAsk() {
    TestWorkspace workspace = world.aWorkspace();
    world.aMember(workspace.id(), Role.MEMBER, "member-of-keys@example.com");
    Page page = browser.visitor(url());
    Browser.signIn(page, "member-of-keys@example.com", "correct horse");
    page.navigate("/settings/api-keys");
    assertThat(page.locator("tbody")).containsText("Test key");
    assertThat(page.locator("main")).containsText(workspace.ownerEmail());
    assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("New API key"))).hasCount(0);
    assertThat(page.navigate("/settings/api-keys/new").status()).isEqualTo(403);
    assertThat(page.content()).contains("You cannot do this here");
  }

  private static void click(Page page, AriaRole role, String name) {
    page.getByRole(role, new Page.GetByRoleOptions().setName(name)).click();
  }

  /** Every page, light, dark and narrow: no serious fault of accessibility, nothing refused by the policy. Leaves pictures. */
  @Test
  void everyPageIsAccessible() {
    TestWorkspace workspace = world.aWorkspace();
    String message = Samples.few(world, workspace);
    world.aKey(workspace.id(), Right.SEND_ONLY);
    workspace.api().get("/api/whoami");
    for (Look look : Look.values()) {
      Page page = browser.visitor(url(), look.width, 900, look.scheme);
      visit(page, look, "sign-in", "/sign-in");
      Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
      visit(page, look, "home", "/");
      visit(page, look, "messages", "/messages");
      visit(page, look, "messages-none", "/messages?status=unknown");
      visit(page, look, "message", "/messages/" + message);
      visit(page, look, "keys", "/settings/api-keys");
      visit(page, look, "key", "/settings/api-keys/" + Ids.text(Kind.KEY, workspace.keyId()));
      visit(page, look, "key-form", "/settings/api-keys/new");
      visit(page, look, "key-remove", "/settings/api-keys/" + Ids.text(Kind.KEY, workspace.keyId()) + "/remove");
      visit(page, look, "workspaces", "/workspaces");
      visit(page, look, "new-workspace", "/workspaces/new");
      visit(page, look, "not-found", "/nothing-here");
      page.context().close();
    }
    assertThat(browser.complaints()).isEmpty();
  }

  private static void visit(Page page, Look look, String name, String path) {
    page.navigate(path);
    Browser.requireAccessible(page);
    Browser.picture(page, name + "-" + look.name().toLowerCase(Locale.ROOT));
  }

  private enum Look {
    LIGHT(1360, ColorScheme.LIGHT),
    DARK(1360, ColorScheme.DARK),
    NARROW(390, ColorScheme.LIGHT);

    private final int width;
    private final ColorScheme scheme;

    Look(int width, ColorScheme scheme) {
      this.width = width;
      this.scheme = scheme;
    }
  }

  private static String url() {
    return "http://127.0.0.1:" + world.node().port();
  }
}
