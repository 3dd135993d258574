package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.access.Letters;
import tuco.access.OneTimeLinks;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.mail.SystemMail;

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
    workspace.api().post("/api/lines", "{\"kind\": \"simulator\", \"address\": \"+12025550100\"}");
    assertThat(workspace.api().post("/api/messages", """
        {"message": "Hello from the dashboard test", "recipientPhone": "+14155550100"}""").status()).isEqualTo(201);
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Messages").setExact(true)).first().click();
    assertThat(page.getByText("Hello from the dashboard test")).isVisible();
    // The list refreshes by itself.
    assertThat(page.locator("tbody")).containsText("Delivered");
    page.getByText("+14155550100").click();
    assertThat(page.locator(".story")).containsText("accepted and stored");
    assertThat(browser.complaints()).isEmpty();
  }

  /** B3, B4: every page says that the workspace is read-only, writes are refused with the same sentence, keys can still be stopped. */
  @Test
  void aReadOnlyWorkspaceSaysSoAndKeepsItsEmergencyBrakes() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/settings/api-keys");
    click(page, AriaRole.LINK, "New API key");
    page.getByLabel("Label").fill("Too late");
    world.database().asWorkspace(workspace.id(), tx -> tx.update(
        "update workspaces set read_only_reason = 'past_due' where workspace_id = :id").bind("id", workspace.id()).execute());
    click(page, AriaRole.BUTTON, "Create API key");
    assertThat(page.locator("dialog [role=alert]")).containsText(Frame.READ_ONLY);
    for (String path : List.of("/", "/messages", "/lines", "/settings/api-keys", "/usage")) {
      page.navigate(path);
      assertThat(page.getByText(Frame.READ_ONLY)).isVisible();
    }
    page.navigate("/settings/api-keys");
    click(page, AriaRole.LINK, "Remove Test key");
    click(page, AriaRole.BUTTON, "Remove key");
    assertThat(page.getByText("has no API key yet")).isVisible();
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);
  }

  /** Decisions 2.7: an invitation is a link that works once; whoever follows it is a member. */
  @Test
  void aPersonIsInvitedAndJoins() {
    TestWorkspace workspace = world.aWorkspace();
    Page owner = browser.visitor(url());
    Browser.signIn(owner, workspace.ownerEmail(), workspace.ownerPassword());
    owner.navigate("/settings/members");
    click(owner, AriaRole.LINK, "Invite somebody");
    owner.getByLabel("E-mail").fill("grace-joins@example.com");
    click(owner, AriaRole.BUTTON, "Make the link");
    String link = owner.locator("#secret").inputValue();

    Page guest = browser.visitor(url());
    guest.navigate(link.substring(link.indexOf("/join/")));
    Browser.requireAccessible(guest);
    Browser.picture(guest, "join");
    guest.getByLabel("Your name").fill("Grace");
    guest.getByLabel("Choose a password").fill("a password with words");
    click(guest, AriaRole.BUTTON, "Join");
    assertThat(guest.getByText("Choose a workspace")).isVisible();
    owner.navigate("/settings/members");
    assertThat(owner.locator("tbody").first()).containsText("Grace");
    guest.navigate(link.substring(link.indexOf("/join/")));
    assertThat(guest.getByText("does not work any more")).isVisible();
  }

  /** Decisions 2.7: whoever has the one-time link sets a password, once, and is in. */
  @Test
  void aFirstOwnerSetsAPasswordThroughTheOneTimeLink() {
    TestWorkspace workspace = world.aWorkspace();
    OneTimeLinks links = new OneTimeLinks(
        world.database(), Clock.systemUTC(), new Letters(new SystemMail(null, Clock.systemUTC()), () -> ""),
        new tuco.audit.Audit(Clock.systemUTC()));
    String token = world.database().withoutTenant(tx -> links.create(tx, workspace.ownerId(), Duration.ofHours(1)));
    Page page = browser.visitor(url());
    page.navigate("/welcome/" + token);
    Browser.requireAccessible(page);
    Browser.picture(page, "welcome");
    page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill("four words in a row");
    page.getByLabel("The same again").fill("four words in a row");
    click(page, AriaRole.BUTTON, "Set password and go on");
    assertThat(page.locator("h1")).containsText("Workspace");
    page.navigate("/welcome/" + token);
    assertThat(page.getByText("was used or has expired")).isVisible();
  }

  /** Decisions 2.7, K8: a session ended from another browser is over at once. */
  @Test
  void aSessionEndedElsewhereIsOver() {
    TestWorkspace workspace = world.aWorkspace();
    Page lost = browser.visitor(url());
    Browser.signIn(lost, workspace.ownerEmail(), workspace.ownerPassword());
    Page here = browser.visitor(url());
    Browser.signIn(here, workspace.ownerEmail(), workspace.ownerPassword());
    here.navigate("/account");
    here.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("End").setExact(true)).click();
    assertThat(here.getByText("That session is over")).isVisible();
    lost.navigate("/messages");
    assertThat(lost.locator("h1")).hasText("Sign in");
  }

  /** P6: a webhook's signing secret is shown once, in the answer that made it. */
  @Test
  void aWebhookShowsItsSecretOnce() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/webhooks");
    click(page, AriaRole.LINK, "Add the first webhook");
    page.getByLabel("Name").fill("CRM");
    page.getByLabel("Address").fill("http://127.0.0.1:9/hook");
    Browser.picture(page, "webhook-new");
    click(page, AriaRole.BUTTON, "Create webhook");
    String secret = page.locator("#secret").inputValue();
    assertThat(secret).isNotBlank();
    click(page, AriaRole.LINK, "I have stored it");
    click(page, AriaRole.LINK, "CRM");
    assertThat(page.getByText("Nothing was delivered yet")).isVisible();
    assertThat(page.content()).doesNotContain(secret);
    click(page, AriaRole.BUTTON, "Send a test");
    assertThat(page.locator(".banner.bad")).containsText("The test did not get through");
    click(page, AriaRole.LINK, "Send a time again");
    page.getByLabel("From (UTC)").fill("2099-01-01T00:00");
    click(page, AriaRole.BUTTON, "Send again");
    assertThat(page.locator("dialog")).containsText("From must be before to");
    page.getByLabel("From (UTC)").fill("2020-01-01T00:00");
    click(page, AriaRole.BUTTON, "Send again");
    assertThat(page.getByText("Events on their way again: 0.")).isVisible();
    Browser.requireAccessible(page);
    Browser.picture(page, "webhook");
  }

  /** P2: a line is asked, warmed up and named for fallback SMS; a mail line keeps its password when the form leaves it empty. */
  @Test
  void aLineIsLookedAfter() {
    TestWorkspace workspace = world.aWorkspace();
    workspace.api().post("/api/lines", """
        {"kind": "smtp", "address": "hello@example.com", "host": "127.0.0.1", "port": 9, "tls": "none", "user": "hello", "password": "well kept"}""");
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/lines");
    click(page, AriaRole.BUTTON, "Check hello@example.com now");
    assertThat(page.locator(".banner.bad").first()).containsText("does not work");
    page.navigate("/");
    assertThat(page.locator(".banner.bad")).containsText("The line hello@example.com does not work");
    page.navigate("/lines");
    click(page, AriaRole.LINK, "Edit hello@example.com");
    page.getByText("few new people at first").click();
    page.getByLabel("First day").fill("5");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("dialog")).containsText("is required");
    page.getByLabel("More each day").fill("2");
    page.getByLabel("At most").fill("40");
    page.getByText("Answers: the mailbox they come to").click();
    page.getByLabel("IMAP server").fill("imap.example.com");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("main")).containsText("Warming up: 5 new people on the first day, 2 more each day, at most 40");
    var line = workspace.api().get("/api/lines").json().at("/lines/0");
    assertThat(line.at("/settings/imapHost").asText()).isEqualTo("imap.example.com"); // needs the user and the password of the line
    workspace.api().post("/api/lines", "{\"kind\": \"simulator\", \"address\": \"+12025550100\"}");
    page.navigate("/lines");
    click(page, AriaRole.LINK, "SMS fallback");
    page.getByLabel("Line").selectOption(new com.microsoft.playwright.options.SelectOption().setLabel("+12025550100"));
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.getByText("can be followed by an SMS")).isVisible();
  }

  /** A line is ordered from the operator and the order called off; a workspace goes only for whoever types its name. */
  @Test
  void aLineIsOrderedAndAWorkspaceRemoved() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/lines/requests");
    click(page, AriaRole.LINK, "Order a line");
    page.getByLabel("What").selectOption("own");
    page.getByLabel("First name").fill("Ada");
    page.getByLabel("Last name").fill("Lovelace");
    click(page, AriaRole.BUTTON, "Order");
    assertThat(page.locator("dialog")).containsText("is required for a number of your own");
    page.getByLabel("Phone number").fill("+12025550120");
    page.getByLabel("E-mail").fill("ada@example.com");
    click(page, AriaRole.BUTTON, "Order");
    assertThat(page.locator("tbody")).containsText("The own number +12025550120");
    click(page, AriaRole.BUTTON, "Cancel the order for Ada Lovelace");
    assertThat(page.locator("tbody")).containsText("Cancelled");
    Browser.requireAccessible(page);

    page.navigate("/settings/workspace");
    click(page, AriaRole.LINK, "Remove this workspace");
    page.getByLabel("Type its name").fill("something else");
    click(page, AriaRole.BUTTON, "Remove workspace");
    assertThat(page.locator("dialog")).containsText("This is not its name.");
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(200);
    page.getByLabel("Type its name").fill(workspace.api().get("/api/workspaces/" + Ids.text(Kind.WORKSPACE, workspace.id())).at("/workspace/name"));
    click(page, AriaRole.BUTTON, "Remove workspace");
    assertThat(page.getByText("The workspace is removed.")).isVisible();
    assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(401);
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

  /** What no route of its own shows; every page by its route is EveryPageTest's. */
  @Test
  void whatIsEmptyOrShowsAPartIsAccessible() {
    TestWorkspace workspace = world.aWorkspace();
    Page page = browser.visitor(url());
    for (String path : List.of("/docs#sendMessage", "/docs/errors#plan_limit")) {
      page.navigate(path);
      Browser.requireAccessible(page);
    }
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    for (String path : List.of("/", "/messages?status=unknown", "/lines", "/webhooks")) {
      page.navigate(path);
      Browser.requireAccessible(page);
    }
    assertThat(browser.complaints()).isEmpty();
  }

  private static String url() {
    return "http://127.0.0.1:" + world.node().port();
  }
}
