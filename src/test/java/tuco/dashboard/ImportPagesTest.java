package tuco.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.http.Json;

/** A file of leads on its way in and out, as people see it in a real browser (P1, P7). */
class ImportPagesTest {
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

  private static Page visitor(World.TestWorkspace workspace, int width, ColorScheme scheme) {
    Page page = browser.visitor(url(), width, 900, scheme);
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    page.navigate("/leads/import");
    return page;
  }

  private static void choose(Page page, String csv) {
    page.getByLabel("File", new Page.GetByLabelOptions().setExact(true)).setInputFiles(new FilePayload("leads.csv", "text/csv", csv.getBytes(StandardCharsets.UTF_8)));
  }

  private static com.microsoft.playwright.Locator importButton(Page page) {
    return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Import").setExact(true));
  }

  @Test
  void p1_aFileIsMappedPreviewedImportedAndExported() throws IOException {
    World.TestWorkspace workspace = world.aWorkspace();
    Page page = visitor(workspace, 1360, ColorScheme.LIGHT);
    assertThat(importButton(page)).isDisabled();
    choose(page, "Who,Reach,Plan\nAda Lovelace,07700 900123,gold\nGrace,12,<b>\nAda again,+447700900123,\n");
    assertThat(page.locator("[data-import-preview]")).containsText("No column is a phone number or an e-mail address yet.");
    assertThat(importButton(page)).isDisabled();
    page.getByLabel("What the column Reach is").selectOption("phone");
    page.getByLabel("What the column Who is").selectOption("name");
    page.getByLabel("Country code").fill("+44");
    page.getByLabel("List", new Page.GetByLabelOptions().setExact(true)).fill("Spring");
    assertThat(page.locator("[data-import-preview] tbody tr")).hasCount(3);
    assertThat(page.locator("[data-import-preview] tbody tr").nth(0)).containsText("Readable");
    assertThat(page.locator("[data-import-preview] tbody tr").nth(1)).containsText("phone must be a phone number");
    Browser.requireAccessible(page);
    Browser.picture(page, "import-preview");
    importButton(page).click();
    assertThat(page.locator("main h1")).containsText("Import into Spring Done");
    assertThat(page.locator(".tile", new Page.LocatorOptions().setHasText("Saved"))).containsText("1");
    assertThat(page.getByLabel("Faulty lines")).containsText("3");
    assertThat(page.getByLabel("Faulty lines")).containsText("phone must be a phone number, best in E.164");
    assertThat(page.getByLabel("Duplicates")).containsText("4");
    Browser.requireAccessible(page);
    Browser.picture(page, "import-result");
    assertThat(workspace.api().get("/api/leads?search=lovelace").at("/leads/0/phone")).isEqualTo("+447700900123");

    page.navigate("/leads/import");
    assertThat(page.locator("#imports")).containsText("Spring");
    page.getByLabel("Which leads").selectOption("Spring");
    Download download = page.waitForDownload(
        () -> page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Download CSV")).click());
    assertThat(download.suggestedFilename()).isEqualTo("leads.csv");
    assertThat(Files.readString(download.path())).startsWith("firstName,lastName").contains("Ada,Lovelace", "+447700900123", "Plan\r\n");
    assertThat(browser.complaints()).isEmpty();
    page.context().close();
  }

  @Test
  void p1_aFileThatIsNoCsvIsRefusedInWordsAndThePageIsAccessibleInTheDarkAndNarrow() {
    Page page = visitor(world.aWorkspace(), 390, ColorScheme.DARK);
    choose(page, "");
    assertThat(page.locator("[data-import-fault]")).containsText("The file is empty; its first line must name the columns");
    choose(page, "phone;Stadt\n+12025550101;Bonn\n");
    assertThat(page.locator("[data-import-preview] tbody tr")).hasCount(1);
    Browser.requireAccessible(page, List.of("color-contrast"));
    Browser.picture(page, "import-narrow-dark");
    page.getByLabel("Country code").fill("x");
    page.getByLabel("Country code").blur();
    assertThat(page.locator("[data-import-fault]")).containsText("defaultCountryCode must be a country code");
    page.context().close();
  }

  @Test
  void anImportAndAnExportNeedTheirRightsAndTheTokenOfTheForm() throws Exception {
    World.TestWorkspace workspace = world.aWorkspace();
    workspace.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550101\"}]}");
    try (HttpClient client = HttpClient.newHttpClient()) {
      String session = client.send(form("/sign-in", "email=" + workspace.ownerEmail() + "&password=" + workspace.ownerPassword()),
          HttpResponse.BodyHandlers.discarding()).headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
      assertThat(client.send(file("").build(), HttpResponse.BodyHandlers.ofString()).statusCode()).as("nobody").isEqualTo(401);
      HttpResponse<String> forged = client.send(file(session).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(forged.statusCode()).as("without the token of the form").isEqualTo(403);
      assertThat(Json.parse(forged.body()).path("code").asText()).isEqualTo("csrf");
      HttpResponse<String> exported = export(client, session);
      assertThat(exported.body().lines()).as(exported.body()).hasSize(2);
      world.database().asWorkspace(workspace.id(), tx -> tx.ownUpdate(
          "update workspaces set read_only_reason = 'past_due' where workspace_id = :workspace").execute());
      assertThat(export(client, session).statusCode()).as("reading goes on").isEqualTo(200);
    }
    assertThat(workspace.api().get("/api/leads").at("/pagination/totalCount")).isEqualTo("1");
    assertThat(workspace.api().get("/api/leads/imports").json().path("imports")).isEmpty();
  }

  private static HttpResponse<String> export(HttpClient client, String session) throws Exception {
    return client.send(HttpRequest.newBuilder(URI.create(url() + "/leads/export?listId=")).header("Cookie", session).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest form(String path, String body) {
    return HttpRequest.newBuilder(URI.create(url() + path)).header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body)).build();
  }

  private static HttpRequest.Builder file(String session) {
    return HttpRequest.newBuilder(URI.create(url() + "/leads/import")).header("Content-Type", "text/csv").header("Cookie", session)
        .POST(HttpRequest.BodyPublishers.ofString("phone\n+12025550102\n"));
  }
}
