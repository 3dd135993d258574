package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;

/** Campaigns as a person builds, launches and follows them (P4). */
class CampaignPagesTest {
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

  private static String url() {
    return "http://127.0.0.1:" + world.node().port();
  }

  private static void click(Page page, AriaRole role, String name) {
    page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true)).first().click();
  }

  /** A list with people in it; its id. */
  private static String people(TestWorkspace workspace, int count) {
    Api api = workspace.api();
    String list = api.post("/api/lists", "{\"name\": \"Spring customers\"}").json().path("list").path("_id").asText();
    StringBuilder leads = new StringBuilder();
    String[] names = {"Ada", "Grace", "Alan", "Edsger", "Barbara"};
    for (int i = 0; i < count; i++) {
      leads.append(i == 0 ? "" : ",").append("""
          {"firstName": "%s", "lastName": "Example", "phone": "+1202555%04d", "companyName": "Example %d Ltd", "tags": ["warm"],
           "customFields": {"plan": "pro"}}""".formatted(names[i % 5], 150 + i, i));
    }
    Api.Answer answer = api.post("/api/leads", "{\"listId\": \"" + list + "\", \"leads\": [" + leads + "]}");
    assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    return list;
  }

  private static Page owner(TestWorkspace workspace) {
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    return page;
  }

  @Test
  void aPersonBuildsACampaignAndSeesWhatArrives() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    people(workspace, 5);
    Page page = owner(workspace);
    page.navigate("/campaigns");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaigns-empty");
    click(page, AriaRole.LINK, "Build the first campaign");
    page.getByLabel("Name").fill("Spring follow-up");
    Browser.picture(page, "campaign-new");
    click(page, AriaRole.BUTTON, "Create draft");

    assertThat(page.locator("#people")).hasText("5 people");
    Locator first = page.locator("textarea[name='steps[0].variants[0].message']");
    first.fill("Hi {firstName|there}, how is the {plan} plan at {compnyName}?");
    assertThat(page.locator("#preview")).containsText("how is the pro plan at ?");
    assertThat(page.locator("#preview")).containsText("Did you mean {companyName}?");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("[data-fault]")).containsText("Did you mean {companyName}?");
    first.fill("Hi {firstName|there}, how is the {plan} plan at ");
    page.locator("[data-step]").first().getByText("Company", new Locator.GetByTextOptions().setExact(true)).click();
    assertThat(first).hasValue("Hi {firstName|there}, how is the {plan} plan at {companyName|}");
    assertThat(page.locator("#preview .said").first()).containsText("plan at Example ");

    click(page, AriaRole.BUTTON, "+ Add a step");
    page.locator("textarea[name='steps[1].variants[0].message']").fill("Just checking in, {firstName}. {spin:Any news?|Any thoughts?}");
    page.locator("[data-step]").nth(1).getByText("+ Test another wording").click();
    page.locator("textarea[name='steps[1].variants[1].message']").fill("Shall I close this, {firstName}?");
    page.locator("input[name='steps[1].variants[1].weight']").fill("3");
    page.locator("input[name='steps[1].variants[1].weight']").press("Tab");
    assertThat(page.locator("[data-step]").nth(1)).containsText("75 % of people");
    click(page, AriaRole.BUTTON, "+ Add a reason");
    page.locator("input[name='settings.stopRules[0].tag']").fill("customer");
    page.getByLabel("From", new Page.GetByLabelOptions().setExact(true)).fill("09:00");
    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("18:00");
    page.getByText("SMS instead").first().click();
    page.getByLabel("SMS of step 1").fill("Hi, this is Example. Please call us.");
    assertThat(page.locator(".said.sms")).containsText("Please call us");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-edit");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.getByText("Saved.")).isVisible();
    assertThat(page.locator("input[name='settings.sendWindowStart']")).hasValue("09:00");
    assertThat(page.locator("input[name='steps[1].variants[1].weight']")).hasValue("3");
    assertThat(page.locator("input[name='settings.stopRules[0].tag']")).hasValue("customer");
    page.getByLabel("From", new Page.GetByLabelOptions().setExact(true)).fill("");
    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("");
    page.getByText("Keep quiet hours").uncheck();
    click(page, AriaRole.BUTTON, "Review and launch");
    assertThat(page.locator(".tiles")).containsText("up to 10 messages");
    assertThat(page.locator(".dry details[open] .said").first()).containsText("how is the pro plan at Example");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-review");
    click(page, AriaRole.LINK, "Launch …");
    assertThat(page.locator("dialog")).containsText("It goes to 5 people");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-launch");
    click(page, AriaRole.BUTTON, "Launch to 5 people");
    assertThat(page.getByText("Launched. The first messages are leaving.")).isVisible();
    // Everybody gets the first message, and the page follows by itself.
    assertThat(page.locator("#campaign .tile").nth(2)).containsText("5", new com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
    assertThat(page.locator("#rows")).containsText("2 of 2");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign");
    click(page, AriaRole.BUTTON, "Pause");
    assertThat(page.getByText("Paused. Nothing more leaves until you resume it.")).isVisible();
    assertThat(page.locator("#rows")).containsText("The campaign is paused");
    click(page, AriaRole.BUTTON, "Resume");
    assertThat(page.getByText("It goes on where it stopped.")).isVisible();
    assertThat(page.locator("#campaign h1")).containsText("Running");
    page.locator("#status").selectOption("stopped");
    assertThat(page.locator("#rows")).containsText("Nobody here");
    page.navigate("/campaigns");
    assertThat(page.locator("tbody")).containsText("Spring follow-up");
    Browser.picture(page, "campaigns");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theBuilderFitsAPhone() {
    TestWorkspace workspace = world.aWorkspace();
    people(workspace, 3);
    Page page = browser.visitor(url(), 390, 844, ColorScheme.DARK);
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/campaigns");
    click(page, AriaRole.LINK, "Build the first campaign");
    page.getByLabel("Name").fill("On the way");
    click(page, AriaRole.BUTTON, "Create draft");
    click(page, AriaRole.BUTTON, "+ Add a step");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-edit-phone");
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
  }
}
