package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.staff.AStaffMember;

/** Staff access as both sides see it in their browsers (S1-S3). */
class SupportAccessPagesTest {
  private static final String EMAIL = "sam@operator.example.com";

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

  /** The whole way: taken in by the operator, asked, approved, seen masked, ended, refused. */
  @Test
  void staffAskOwnersDecideAndEverythingIsSeen() {
    TestWorkspace workspace = world.aWorkspace();
    String message = Samples.few(world, workspace);
    workspace.api().post("/api/lines", "{\"kind\": \"simulator\", \"address\": \"+12025550150\", \"firstName\": \"Zebra\"}");
    workspace.api().post("/api/campaigns", "{\"name\": \"Zebra spring\", \"tag\": \"zebra\", \"steps\": [{\"message\": \"Hello\"}]}");
    String name = "Workspace of " + workspace.ownerEmail();
    world.database().asWorkspace(workspace.id(), tx -> tx.update("update workspaces set name = :name where workspace_id = :id")
        .bind("name", name).bind("id", workspace.id()).execute());

    Page staff = browser.visitor(world.url());
    signUpAndIn(staff, world.node().staffAccounts().add(EMAIL, "Sam Ito"));
    staff.getByLabel("Search workspaces").fill(workspace.ownerEmail());
    click(staff, AriaRole.BUTTON, "Search");
    look(staff, "staff-workspaces");
    click(staff, AriaRole.LINK, "Ask for access to " + name);
    staff.getByLabel("Ticket").fill("SUP-1042");
    look(staff, "staff-ask");
    staff.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Ask").setExact(true)).click();
    assertThat(staff.getByText("The owners of the workspace have been asked")).isVisible();
    look(staff, "staff-grants");

    Page owner = browser.visitor(world.url());
    Browser.signIn(owner, workspace.ownerEmail(), workspace.ownerPassword());
    assertThat(owner.getByText("Support asks to look at this workspace")).isVisible();
    look(owner, "support-home");
    click(owner, AriaRole.LINK, "Decide");
    assertThat(owner.locator(".ask")).containsText("SUP-1042");
    look(owner, "support-waiting");
    click(owner, AriaRole.BUTTON, "Approve the request of Sam Ito");
    assertThat(owner.locator(".ask")).containsText("may look now");

    staff.reload();
    click(staff, AriaRole.LINK, "Open " + name);
    readEverythingMasked(staff, message);

    owner.reload();
    assertThat(owner.locator("table")).containsText("looked at a message");
    assertThat(owner.locator("table")).containsText(message);
    look(owner, "support-live");
    click(owner, AriaRole.BUTTON, "End the access of Sam Ito");
    assertThat(owner.getByText("From now on support sees nothing more")).isVisible();
    look(owner, "support-ended");

    click(staff, AriaRole.LINK, "Leads");
    assertThat(staff.getByText("This access has ended. Ask again if you still need it.")).isVisible();
    look(staff, "staff-ended");
    click(staff, AriaRole.LINK, "Back to the start");
    click(staff, AriaRole.BUTTON, "Sign out");
    assertThat(staff.getByText("You stay signed in for 30 minutes")).isVisible();
    staff.goBack();
    staff.navigate("/staff");
    assertThat(staff.getByText("You stay signed in for 30 minutes")).isVisible();
    assertThat(browser.complaints()).isEmpty();
  }

  private static void signUpAndIn(Page staff, String link) {
    staff.navigate("/staff/welcome/" + link);
    String secret = staff.locator("#secret").inputValue();
    look(staff, "staff-welcome");
    staff.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill("four words in a row");
    staff.getByLabel("The same again").fill("four words in a row");
    staff.getByLabel("The app's current code").fill("000000");
    click(staff, AriaRole.BUTTON, "Set up and go on");
    assertThat(staff.getByText("This is not the app's current code")).isVisible();
    assertThat(staff.locator("#secret").inputValue()).as("the app's key stays").isEqualTo(secret);
    staff.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill("four words in a row");
    staff.getByLabel("The same again").fill("four words in a row");
    staff.getByLabel("The app's current code").fill(AStaffMember.code(secret, 0));
    click(staff, AriaRole.BUTTON, "Set up and go on");
    assertThat(staff.getByText("You are set up")).isVisible();
    look(staff, "staff-sign-in");
    staff.getByLabel("E-mail").fill(EMAIL);
    staff.getByLabel("Password").fill("four words in a row");
    staff.getByLabel("Six-digit code of your app").fill("000000");
    click(staff, AriaRole.BUTTON, "Sign in");
    assertThat(staff.getByText("do not fit together")).isVisible();
    staff.getByLabel("Password").fill("four words in a row");
    staff.getByLabel("Six-digit code of your app").fill(AStaffMember.code(secret, 1));
    click(staff, AriaRole.BUTTON, "Sign in");
    assertThat(staff.locator("h1")).containsText("Workspaces");
  }

  private static void readEverythingMasked(Page staff, String message) {
    look(staff, "staff-overview");
    for (String page : new String[] {"Leads", "Messages", "Lines", "Campaigns"}) {
      staff.getByRole(AriaRole.NAVIGATION).getByText(page, new com.microsoft.playwright.Locator.GetByTextOptions().setExact(true)).click();
      assertThat(staff.locator("h1")).containsText(page);
      assertThat(staff.locator(".guest")).containsText("You are looking at the data of");
      assertThat(staff.content()).doesNotContain("Ada", "order has left", "+14155550", "Zebra", "21211");
      look(staff, "staff-" + page.toLowerCase(java.util.Locale.ROOT));
    }
    staff.navigate(staff.url().replaceFirst("/campaigns$", "/messages/" + message));
    assertThat(staff.locator(".story")).isVisible();
    assertThat(staff.content()).doesNotContain("Grace", "+14155550106");
    look(staff, "staff-message");
    staff.locator(".facts a").click();
    look(staff, "staff-lead");
  }

  private static void click(Page page, AriaRole role, String name) {
    page.getByRole(role, new Page.GetByRoleOptions().setName(name)).first().click();
  }

  /** Accessible as it is; with pictures, at three looks. */
  private static void look(Page page, String name) {
    Browser.requireAccessible(page);
    Browser.picture(page, name + "-light");
    if (Browser.PICTURES) {
      page.setViewportSize(390, 900);
      Browser.picture(page, name + "-narrow");
      page.setViewportSize(1360, 900);
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
      Browser.picture(page, name + "-dark");
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    }
  }
}
