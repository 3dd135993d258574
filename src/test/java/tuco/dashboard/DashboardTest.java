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

  /** Every page, light, dark and narrow: no serious fault of accessibility, nothing refused by the policy. Leaves pictures. */
  @Test
  void everyPageIsAccessible() {
    TestWorkspace workspace = world.aWorkspace();
    String message = Samples.few(world, workspace);
    for (Look look : Look.values()) {
      Page page = browser.visitor(url(), look.width, 900, look.scheme);
      visit(page, look, "sign-in", "/sign-in");
      Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
      visit(page, look, "home", "/");
      visit(page, look, "messages", "/messages");
      visit(page, look, "messages-none", "/messages?status=unknown");
      visit(page, look, "message", "/messages/" + message);
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
