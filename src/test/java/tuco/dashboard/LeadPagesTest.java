package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Role;

/** Leads, lists, the do-not-contact list and a message by hand, as people use them in a real browser (P1, P3, P7). */
class LeadPagesTest {
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

  private static Page owner(TestWorkspace workspace) {
    Page page = browser.visitor("http://127.0.0.1:" + world.node().port());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    return page;
  }

  private static void click(Page page, AriaRole role, String name) {
    page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true)).click();
  }

  private static TestWorkspace withLeads() {
    TestWorkspace workspace = world.aWorkspace();
    workspace.api().post("/api/lines", "{\"kind\": \"simulator\", \"address\": \"+12025550100\"}");
    workspace.api().post("/api/leads", """
        {"leads":[{"firstName":"Ada","lastName":"Lovelace","phone":"+12025550150","email":"ada@example.com","tags":["vip"],
                   "customFields":{"visits":3,"city":"London"}},
                  {"firstName":"Grace","lastName":"Hopper","phone":"+12025550151"},
                  {"firstName":"Alan","phone":"+12025550152"}]}""");
    return workspace;
  }

  @Test
  void p1_aLeadIsAddedByHandAndAFaultKeepsWhatWasTyped() {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    click(page, AriaRole.LINK, "Leads");
    click(page, AriaRole.LINK, "New lead");
    page.getByLabel("First name").fill("Barbara");
    page.getByLabel("Phone", new Page.GetByLabelOptions().setExact(true)).fill("12");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("dialog")).containsText("Phone must be a phone number");
    assertThat(page.getByLabel("First name")).hasValue("Barbara");
    page.getByLabel("Phone", new Page.GetByLabelOptions().setExact(true)).fill("+12025550150");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("dialog [role=alert]")).containsText("is here already: Ada Lovelace.");
    page.getByLabel("Phone", new Page.GetByLabelOptions().setExact(true)).fill("+1 202 555 0153");
    page.getByLabel("Tags").last().fill("vip, spring");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("main h1")).hasText("Barbara");
    assertThat(page.locator(".facts")).containsText("+12025550153");
    assertThat(workspace.api().get("/api/leads?tag=spring").json().at("/leads/0/source").asText()).isEqualTo("dashboard");
  }

  /** A change touches what was changed: a number in an own field stays a number. */
  @Test
  void p1_aChangedLeadKeepsTheRest() {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    page.navigate("/leads?search=lovel");
    click(page, AriaRole.LINK, "Ada Lovelace");
    click(page, AriaRole.LINK, "Edit");
    page.getByText("More numbers and addresses").click();
    page.locator("[name=customValue0]").fill("Paris");
    page.getByLabel("Company").fill("Analytical Engines");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.getByText("The changes are saved.")).isVisible();
    var lead = workspace.api().get("/api/leads?search=lovelace").json().at("/leads/0");
    assertThat(lead.path("customFields").toString()).contains("\"visits\":3", "Paris");
    assertThat(lead.path("companyName").asText()).isEqualTo("Analytical Engines");
    assertThat(lead.path("tags").toString()).isEqualTo("[\"vip\"]");
  }

  @Test
  void p1_tickedLeadsAreTaggedAndDeletedAndTheListIsDownloaded() throws IOException {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    page.navigate("/leads");
    assertThat(page.locator("[data-ticked]")).isHidden();
    page.getByLabel("Tick Grace Hopper").check();
    page.getByLabel("Tick Alan").check();
    assertThat(page.locator("[data-ticked]")).containsText("2 ticked");
    page.getByLabel("Tags").fill("spring");
    click(page, AriaRole.BUTTON, "Add tags");
    assertThat(page.getByText("2 people are tagged spring.")).isVisible();
    page.getByLabel("Tag", new Page.GetByLabelOptions().setExact(true)).fill("spring");
    page.keyboard().press("Enter");
    assertThat(page.locator("#rows tbody tr")).hasCount(2);
    assertThat(page.locator("#rows")).containsText("2 people");
    page.getByLabel("Tick Alan").check();
    click(page, AriaRole.BUTTON, "Delete");
    assertThat(page.locator("dialog")).containsText("Delete 1 person?");
    page.locator("dialog").getByText("Delete", new com.microsoft.playwright.Locator.GetByTextOptions().setExact(true)).click();
    assertThat(page.getByText("1 person is deleted.")).isVisible();
    page.navigate("/leads");
    Download file = page.waitForDownload(() -> click(page, AriaRole.LINK, "Download as CSV"));
    assertThat(Files.readString(file.path())).startsWith("firstName,lastName").contains("Lovelace", "Hopper").doesNotContain("Alan");
  }

  /** Decisions 5.7: whoever must not be contacted cannot be written to from the page either, until they are taken off. */
  @Test
  void p1_somebodyIsPutOnTheDoNotContactListAndTakenOff() {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    page.navigate("/leads?search=lovel");
    click(page, AriaRole.LINK, "Ada Lovelace");
    click(page, AriaRole.LINK, "Do not contact");
    click(page, AriaRole.BUTTON, "Do not contact");
    assertThat(page.locator("main")).containsText("On the do-not-contact list: +12025550150, ada@example.com");
    assertThat(page.getByText("Write a message")).hasCount(0);
    page.navigate("/messages/new");
    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("ada@example.com");
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill("Hello");
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.locator("form [role=alert], form .invalid-feedback").first()).isVisible();
    assertThat(page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true))).hasValue("Hello");
    page.navigate("/leads/do-not-contact?search=ada@");
    click(page, AriaRole.LINK, "Take off the list: ada@example.com");
    click(page, AriaRole.BUTTON, "Take it off");
    assertThat(page.getByText("The address can be written to again.")).isVisible();
    assertThat(workspace.api().get("/api/dnc").json().at("/pagination/totalCount").asInt()).isEqualTo(1);
    click(page, AriaRole.LINK, "Opt-out words");
    page.getByLabel("Your own words").fill("genug\n\nlass das");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.getByText("The opt-out words are saved.")).isVisible();
    assertThat(workspace.api().get("/api/workspace/opt-out-words").json().path("words").toString()).isEqualTo("[\"genug\",\"lass das\"]");
  }

  @Test
  void p3_aMessageIsWrittenPlannedAndChanged() {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    page.navigate("/leads?search=grace");
    click(page, AriaRole.LINK, "Grace Hopper");
    click(page, AriaRole.LINK, "Write a message");
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill("Good morning");
    page.getByText("At a time").click();
    page.getByLabel("Time (UTC)").fill("2099-03-01T09:30");
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.getByText("The message is planned.")).isVisible();
    assertThat(page.locator(".facts")).containsText("1 Mar 2099, 09:30 UTC");
    click(page, AriaRole.LINK, "Change");
    page.locator("dialog textarea").fill("Good evening");
    page.locator("dialog").getByLabel("Planned for").fill("2099-03-02T18:00");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("main")).containsText("Good evening");
    assertThat(page.locator(".facts")).containsText("2 Mar 2099, 18:00 UTC");
    page.navigate("/messages/new");
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.locator("#to:invalid")).hasCount(1);
    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("+12025550154");
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill("Now");
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.locator(".story")).containsText("accepted and stored");
  }

  /** P7: a session that ends meanwhile costs nobody their words. */
  @Test
  void p7_nothingTypedIsLostWhenTheSessionEnds() {
    TestWorkspace workspace = withLeads();
    Page page = owner(workspace);
    page.navigate("/messages/new");
    page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("+12025550155");
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill("Long thought about");
    Page other = page.context().newPage();
    other.navigate("/");
    click(other, AriaRole.BUTTON, "Sign out");
    assertThat(other.locator("h1")).hasText("Sign in");
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.locator("form [role=alert]")).containsText("You are signed out. Nothing you typed is lost");
    Browser.signIn(other, workspace.ownerEmail(), workspace.ownerPassword());
    click(page, AriaRole.BUTTON, "Send");
    assertThat(page.locator("main .bubble")).hasText("Long thought about");
  }

  /** What a member without the right sees: everything, and nothing to press. */
  @Test
  void k6_aViewerReadsLeadsAndChangesNothing() {
    TestWorkspace workspace = withLeads();
    world.aMember(workspace.id(), Role.VIEWER, "viewer-of-leads@example.com");
    Page page = browser.visitor("http://127.0.0.1:" + world.node().port());
    Browser.signIn(page, "viewer-of-leads@example.com", "correct horse");
    page.navigate("/leads");
    assertThat(page.locator("#rows tbody tr")).hasCount(3);
    assertThat(page.getByText("New lead")).hasCount(0);
    assertThat(page.locator("input[type=checkbox]")).hasCount(0);
    click(page, AriaRole.LINK, "Ada Lovelace");
    assertThat(page.locator(".head .btn")).hasCount(0);
    assertThat(page.navigate("/leads/new").status()).isEqualTo(403);
    assertThat(page.navigate("/messages/new").status()).isEqualTo(403);
  }
}
