package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;

/** What can be done with several people at once, and before anything is written to them (P1, P3). */
class SeveralPagesTest {
  private static Browser browser;
  private static World world;
  private TestWorkspace workspace;
  private Page page;

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

  @BeforeEach
  void aWorkspaceWithThreePeople() {
    workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    assertThat(workspace.api().post("/api/leads", """
        {"leads": [{"firstName": "Ada", "phone": "+12025550100"}, {"firstName": "Grace", "phone": "+12025550101"},
                   {"firstName": "Alan", "phone": "+12025550120"}]}""").status()).isEqualTo(201);
    page = browser.visitor(world.url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/leads");
  }

  /** One batch, whose outcome says who was left out and why; sent twice, it is the same batch. */
  @Test
  void oneTextGoesToAllWhoAreTicked() {
    workspace.api().post("/api/dnc", "{\"phone\": \"+12025550120\"}");
    page.getByLabel("All on this page").check();
    button("Write to them");
    assertThat(page.locator("dialog h1")).hasText("Write to 3 people");
    button("Send to 3 people");
    assertThat(page.locator("dialog textarea:invalid")).isVisible();
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill("Doors open at nine");
    button("Send to 3 people");
    assertThat(page.locator(".banner")).containsText("2 messages are on their way. Left out: 1 person.");
    assertThat(page.locator("tbody tr")).hasCount(2);
    assertThat(page.getByText("Only messages of one batch")).isVisible();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void addressesAreCheckedBeforeAnythingIsWritten() {
    link("Check addresses");
    page.getByLabel("Phone numbers and e-mail addresses").fill("+1 202 555 0100\n+1 202 555 0101\nnobody");
    button("Check");
    assertThat(page.locator("dialog tr", new Page.LocatorOptions().setHasText("+12025550100"))).containsText("Reachable");
    assertThat(page.locator("dialog tr", new Page.LocatorOptions().setHasText("+12025550101"))).containsText("Not reachable");
    assertThat(page.locator("dialog tr", new Page.LocatorOptions().setHasText("nobody"))).containsText("not a phone number");
    Browser.requireAccessible(page);
    link("Done");
    page.getByLabel("Phone numbers and e-mail addresses").fill(String.join(",", IntStream.range(0, 21).mapToObj(i -> "a" + i).toList()));
    button("Check");
    assertThat(page.locator(".invalid-feedback")).containsText("Give 1 to 20");
  }

  @Test
  void onePersonAndThoseTickedAreChecked() {
    page.getByText("Grace").click();
    assertThat(page.getByText("Not checked")).isVisible();
    button("Check now");
    assertThat(page.locator(".banner")).containsText("None of their addresses can be reached");
    assertThat(page.getByText("Not reachable", new Page.GetByTextOptions().setExact(true))).isVisible();
    page.navigate("/leads");
    page.getByLabel("All on this page").check();
    button("Can they be reached?");
    assertThat(page.locator(".banner")).containsText("2 of 3 people can be reached.");
    assertThat(page.locator("tr", new Page.LocatorOptions().setHasText("Ada"))).containsText("Reachable");
  }

  private void button(String name) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true)).click();
  }

  private void link(String name) {
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true)).click();
  }
}
