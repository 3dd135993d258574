package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.World;
import tuco.audit.Verifier;
import tuco.caller.Right;

/** Settings > Audit and Settings > Personal data, as an owner uses them (decisions 9.3, 9.4). */
class AuditPagesTest {
  private static World world;
  private static Browser browser;
  private static World.TestWorkspace workspace;
  private static Api api;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    world = new World();
    workspace = world.aWorkspace();
    api = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    String key = api.post("/api/api-keys", "{\"label\":\"Billing\"}").at("/apiKey/_id");
    api.patch("/api/api-keys/" + key, "{\"label\":\"Billing service\",\"rights\":\"send_only\"}");
    api.post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"email\":\"ada@example.com\"}]}");
    api.post("/api/dnc", "{\"email\":\"never@example.com\"}");
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      world.close();
    }
  }

  private Page owner() {
    Page page = browser.visitor(world.url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    return page;
  }

  @Test
  void anOwnerFiltersTheLogAndTakesItAlong() throws Exception {
    Page page = owner();
    page.navigate("/settings/audit");
    assertThat(page.locator("#rows")).containsText("changed an API key");
    assertThat(page.locator("#rows")).containsText("label: Billing → Billing service");
    look(page, "audit");
    page.locator("#action").selectOption("dnc.add");
    assertThat(page.locator("#rows tbody tr")).hasCount(1);
    assertThat(page.locator("#rows")).containsText("added to do-not-contact");
    assertThat(page.locator("#rows")).not().containsText("never@example.com");
    Download download = page.waitForDownload(() ->
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Export")).click());
    Path file = folder.resolve("audit.ndjson");
    Files.copy(download.path(), file);
    assertThat(new Verifier(null, null).verify(file).words()).isEqualTo("complete and unchanged");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPersonIsFoundByAnAddressHandedOutAndErased() throws Exception {
    Page page = owner();
    page.navigate("/settings/privacy");
    page.getByLabel("Phone number or e-mail address").fill("ADA@example.com");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Find")).click();
    look(page, "privacy");
    Download download = page.waitForDownload(() ->
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Download everything as JSON")).click());
    assertThat(Files.readString(download.path())).contains("\"firstName\":\"Ada\"");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Erase this person")).click();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Erase for good")).click();
    assertThat(page.locator("dialog")).containsText("Keep this receipt");
    look(page, "receipt");
    assertThat(api.get("/api/leads?search=ada@example.com").json().at("/pagination/totalCount").asInt()).isZero();
    assertThat(browser.complaints()).isEmpty();
  }

  /** Accessible; with pictures, at three looks. */
  private static void look(Page page, String name) {
    Browser.requireAccessible(page);
    if (Browser.PICTURES) {
      Browser.picture(page, name);
      page.setViewportSize(390, 844);
      Browser.picture(page, name + "-narrow");
      page.setViewportSize(1280, 800);
    }
  }
}
