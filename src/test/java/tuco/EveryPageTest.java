package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World.TestWorkspace;
import tuco.caller.Role;
import tuco.dashboard.Browser;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Every page there is, found by its route, so that a new one cannot be forgotten: it answers, axe-core finds no serious fault in it,
 * nothing in it complains, and it fits on a phone, whatever people have written into it. {@code -Dtuco.pictures=true} leaves pictures.
 */
class EveryPageTest {
  private static final String LONG_NAME = "Wolfgang Amadeus Theophilus von Hohenzollern-Sigmaringen-Württemberg";
  private static final String LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(12);

  /** What is no page but a file, or a part of one. */
  private static final List<String> NO_PAGES = List.of(
      "/assets/{hash}/{name}", "/leads/export", "/settings/audit/export", "/settings/privacy/{id}/export", "/inbox/attachments/{id}", "/inbox/unread");

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static Browser browser;
  private static World world;
  private static TestWorkspace workspace;
  /** The id of something to show, by the beginning of the route; the longest that fits counts. */
  private static final Map<String, String> THINGS = new LinkedHashMap<>();

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    world = new World();
    workspace = world.aWorkspace();
    fill();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      world.close();
    }
  }

  private static void fill() throws Exception {
    String line = world.aSimulatorLine(workspace.id());
    String list = made("/api/lists", "{\"name\": \"" + LONG_NAME + "\", \"description\": \"" + LONG_WORD + "\"}", "/list/_id");
    String lead = made("/api/leads", """
        {"listId": "%s", "leads": [
          {"firstName": "%s", "lastName": "مرحبا", "phone": "+12025550100", "email": "%s@example.com", "companyName": "%s",
           "tags": ["%s", "🎉"], "notes": "%s"}, {"phone": "+12025550107"}]}""".formatted(
        list, LONG_NAME, "a".repeat(60), LONG_WORD.substring(0, 300), LONG_WORD.substring(0, 90), LONG_WORD), "leadId");
    String message = made("/api/messages", """
        {"recipientPhone": "+12025550103", "recipientName": "%s", "message": "%s", "scheduledDate": "2100-01-01T00:00:00Z"}"""
        .formatted(LONG_NAME, LONG_WORD + " " + "lorem ipsum ".repeat(350)), "messageId");
    made("/api/messages", "{\"recipientPhone\": \"+12025550107\", \"message\": \"" + LONG_WORD + "\"}", "messageId");
    Eventually.within(Duration.ofSeconds(20), () -> assertThat(conversations()).isNotEmpty());
    String campaign = made("/api/campaigns", """
        {"name": "%s", "listId": "%s", "steps": [{"message": "Hi {firstName|there}"}, {"message": "%s", "delay": 1, "delayUnit": "days"}]}"""
        .formatted(LONG_NAME, list, LONG_WORD), "/campaign/_id");
    String webhook = made("/api/webhooks", """
        {"name": "%s", "url": "http://127.0.0.1:9/%s", "events": ["message.sent", "message.delivered"]}""".formatted(LONG_NAME, "a".repeat(300)), "id");
    String entry = made("/api/dnc", "{\"email\": \"" + "b".repeat(60) + "@example.com\", \"reason\": \"" + LONG_WORD.substring(0, 400) + "\"}", "/entry/_id");
    THINGS.put("/messages/", message);
    THINGS.put("/leads/", lead);
    THINGS.put("/leads/lists/", list);
    THINGS.put("/leads/do-not-contact/", entry);
    THINGS.put("/leads/import/", imported());
    THINGS.put("/campaigns/", campaign);
    THINGS.put("/inbox/", conversations());
    THINGS.put("/lines/", line);
    THINGS.put("/webhooks/", webhook);
    THINGS.put("/settings/members/", Ids.text(Kind.PERSON, world.aMember(workspace.id(), Role.MEMBER, "c".repeat(60) + "@example.com")));
    THINGS.put("/settings/privacy/", lead);
    THINGS.put("/settings/workspace/", Ids.text(Kind.WORKSPACE, workspace.id()));
    THINGS.put("/settings/api-keys/", Ids.text(Kind.KEY, workspace.keyId()));
  }

  private static String made(String path, String json, String id) {
    Api.Answer answer = workspace.api().post(path, json);
    assertThat(answer.status()).as("%s: %s", path, answer.text()).isBetween(200, 201);
    return answer.at(id);
  }

  private static String conversations() {
    return workspace.api().get("/api/unibox/conversations").at("/conversations/0/_id");
  }

  private static String imported() throws Exception {
    HttpResponse<String> answer = CLIENT.send(
        HttpRequest.newBuilder(URI.create(world.url() + "/api/leads/import")).header("Authorization", "Bearer " + workspace.key())
            .header("Content-Type", "text/csv").POST(HttpRequest.BodyPublishers.ofString("phone,firstName\n+12025550120,Ada\nnobody,Ben\n")).build(),
        HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
    return workspace.api().get("/api/leads/imports").at("/imports/0/_id");
  }

  private static String filled(String route) {
    String prefix = THINGS.keySet().stream().filter(route::startsWith).max(java.util.Comparator.comparingInt(String::length)).orElse("");
    return route.replace("{id}", THINGS.getOrDefault(prefix, "")).replace("{token}", "tuco_ln_spent");
  }

  private static List<String> pages() {
    return PageRoutes.pages(world.node()).stream().filter(route -> route.method().equals("GET")).map(Route::path)
        .filter(path -> !NO_PAGES.contains(path)).toList();
  }

  private static Page owner(int width, ColorScheme scheme) {
    Page page = browser.visitor(world.url(), width, 900, scheme);
    Browser.signIn(page, workspace.ownerEmail(), workspace.ownerPassword());
    return page;
  }

  @Test
  void everyPageAnswersAndIsAccessible() {
    Page page = owner(1360, ColorScheme.LIGHT);
    for (String route : pages()) {
      look(page, route);
      Browser.requireAccessible(page);
      Browser.picture(page, name(route) + "-light");
      // The same markup in the dark: only the colours can be wrong.
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
      Browser.requireAccessible(page, List.of("color-contrast"));
      Browser.picture(page, name(route) + "-dark");
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
      assertThat(page.locator("h1").count()).as("headings of %s", route).isEqualTo(1);
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everyPageFitsOnAPhone() {
    Page page = owner(390, ColorScheme.DARK);
    for (String route : pages()) {
      look(page, route);
      Browser.picture(page, name(route) + "-narrow");
    }
    assertThat(browser.complaints()).isEmpty();
  }

  /** What a picture of this page is called. */
  private static String name(String route) {
    return route.equals("/") ? "home" : route.substring(1).replaceAll("[^a-z]+", "-");
  }

  private static void look(Page page, String route) {
    assertThat(page.navigate(filled(route)).status()).as(route).isEqualTo(route.contains("{token}") ? 404 : 200);
    assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth")).as("sideways scrolling of %s", route).isEqualTo(0);
  }

  /** Whoever takes a wrong turn inside a workspace is still in it. */
  @Test
  void aRefusalKeepsTheNavigation() {
    Page page = owner(1360, ColorScheme.LIGHT);
    String foreign = Ids.text(Kind.LEAD, world.ids().next(Ids.tag(world.aWorkspace().id())));
    String missing = Ids.text(Kind.LEAD, world.ids().next(Ids.tag(workspace.id())));
    for (Map.Entry<String, Integer> each : Map.of("/nothing", 404, "/leads/" + missing, 404, "/leads/" + foreign, 403, "/leads/1", 400).entrySet()) {
      assertThat(page.navigate(each.getKey()).status()).as(each.getKey()).isEqualTo(each.getValue());
      assertThat(page.locator("nav.side").getByText("Campaigns").isVisible()).as(each.getKey()).isTrue();
      Browser.requireAccessible(page);
    }
    page.context().clearCookies();
    page.context().addCookies(List.of(new Cookie("tuco_session", "tuco_ss_nobody").setUrl(world.url())));
    assertThat(page.navigate("/nothing").status()).isEqualTo(404);
    assertThat(page.locator("nav.side").count()).isZero();
  }
}
