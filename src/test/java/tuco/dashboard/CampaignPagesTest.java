package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Role;

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
    assertThat(page.locator("#campaign .tile").nth(2)).containsText("5", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
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
    assertThat(page.locator("tbody")).containsText("List Spring customers");
    assertThat(page.locator("tbody")).containsText("0 through or stopped");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaigns");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theBuilderFitsAPhone() {
    TestWorkspace workspace = world.aWorkspace();
    people(workspace, 30);
    Page page = browser.visitor(url(), 390, 844, ColorScheme.DARK);
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/campaigns");
    click(page, AriaRole.LINK, "Build the first campaign");
    page.getByLabel("Name").fill("On the way");
    click(page, AriaRole.BUTTON, "Create draft");
    click(page, AriaRole.BUTTON, "+ Add a step");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-edit-phone");
    page.getByLabel("Find a person").pressSequentially("Grace");
    assertThat(page.locator("#previewLead option")).hasCount(6);
    assertThat(page.getByLabel("Find a person")).hasValue("Grace");
    assertThat(page.locator(".said").first()).containsText("Hi Grace,");
    assertThat(page.locator("#people")).hasText("30 people");
    page.locator("#audience").selectOption("tag");
    page.locator("#tag").fill("nobody has this");
    assertThat(page.locator("#people")).hasText("0 people");
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
  }

  /** Every outcome the simulator knows, as the page tells them. */
  @Test
  void thePageSaysWhoRepliedWhoOptedOutAndWhyOthersStopped() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    Api api = workspace.api();
    String list = api.post("/api/lists", "{\"name\": \"All kinds\"}").json().path("list").path("_id").asText();
    StringBuilder leads = new StringBuilder();
    // The last digits decide what the simulator does.
    int[] endings = {150, 151, 152, 153, 154, 155, 156, 101, 102, 107, 108, 110};
    for (int i = 0; i < endings.length; i++) {
      leads.append(i == 0 ? "" : ",").append("{\"firstName\": \"Lead %d\", \"phone\": \"+1202555%04d\"}".formatted(i + 1, endings[i]));
    }
    assertThat(api.post("/api/leads", "{\"listId\": \"" + list + "\", \"leads\": [" + leads + "]}").status()).isEqualTo(201);
    String campaign = api.post("/api/campaigns", """
        {"name": "All outcomes", "listId": "%s", "settings": {"quietHours": false, "sendImmediately": true},
         "steps": [{"variants": [{"message": "Hi {firstName}, one question?"}, {"message": "Hello {firstName}, have a minute?"}]},
                   {"message": "Just checking in, {firstName}.", "delay": 2, "delayUnit": "days"}]}""".formatted(list))
        .json().path("campaign").path("_id").asText();
    Page page = owner(workspace);
    page.navigate("/campaigns/" + campaign);
    assertThat(page.locator("#campaign")).containsText("Stopped: ", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
    assertThat(page.locator("#rows")).containsText("Replied", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
    assertThat(page.locator("#rows")).containsText("Opted out", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
    assertThat(page.locator("#rows")).containsText("The message could not be sent", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
    assertThat(page.getByLabel("Wordings of step 1")).containsText("have a minute?");
    Browser.requireAccessible(page);
    Browser.picture(page, "campaign-outcomes");
    Page phone = browser.visitor(url(), 390, 844, ColorScheme.DARK);
    Browser.signIn(phone, workspace.ownerEmail(), workspace.ownerPassword());
    phone.navigate("/campaigns/" + campaign);
    assertThat(phone.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
    Browser.requireAccessible(phone);
    Browser.picture(phone, "campaign-outcomes-phone");
  }

  /** A campaign that cannot send says so on top, and a member who may only look sees no button that changes anything. */
  @Test
  void aViewerSeesWhatBlocksACampaignAndCannotTouchIt() {
    TestWorkspace workspace = world.aWorkspace();
    String list = people(workspace, 2);
    String campaign = workspace.api().post("/api/campaigns", """
        {"name": "Without a line", "listId": "%s", "settings": {"sendImmediately": true}, "steps": [{"message": "Hi"}]}""".formatted(list))
        .json().path("campaign").path("_id").asText();
    world.aMember(workspace.id(), Role.VIEWER, "viewer-of-campaigns@example.com");
    Page page = browser.visitor(url());
    Browser.signIn(page, "viewer-of-campaigns@example.com", World.PASSWORD);
    page.navigate("/campaigns/" + campaign);
    assertThat(page.locator(".banner.bad")).containsText("No line can carry this campaign", new LocatorAssertions.ContainsTextOptions().setTimeout(15_000));
    assertThat(page.locator("#rows")).containsText("No line can send it");
    assertThat(page.locator("#main form[method=post]")).hasCount(0);
    assertThat(page.getByText("Edit", new Page.GetByTextOptions().setExact(true))).hasCount(0);
    page.navigate("/campaigns");
    assertThat(page.getByText("New campaign")).hasCount(0);
    for (String path : new String[] {"/edit", "/review", "/launch", "/remove"}) {
      assertThat(page.navigate("/campaigns/" + campaign + path).status()).as(path).isEqualTo(403);
    }
  }

  @Test
  void aCampaignIsScheduledAndStillCanStartNow() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    String list = people(workspace, 2);
    String campaign = workspace.api().post("/api/campaigns", """
        {"name": "Next year", "listId": "%s", "settings": {"quietHours": false}, "steps": [{"message": "Hi"}]}""".formatted(list))
        .json().path("campaign").path("_id").asText();
    Page page = owner(workspace);
    page.navigate("/campaigns/" + campaign + "/launch");
    page.getByText("Later").check();
    page.getByLabel("Day and time").fill("2020-01-01T10:00");
    click(page, AriaRole.BUTTON, "Launch to 2 people");
    assertThat(page.locator("[data-fault]")).containsText("This is over already");
    page.getByLabel("Day and time").fill("2099-01-01T10:00");
    click(page, AriaRole.BUTTON, "Launch to 2 people");
    assertThat(page.getByText("It starts by itself when its time comes.")).isVisible();
    assertThat(page.locator("#campaign")).containsText("1 Jan 2099, 10:00");
    click(page, AriaRole.LINK, "Start now …");
    page.getByText("Now", new Page.GetByTextOptions().setExact(true)).check();
    click(page, AriaRole.BUTTON, "Launch to 2 people");
    assertThat(page.locator("#campaign .tile").nth(2)).containsText("2", new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
  }
}
