package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Debian's Chromium, driven by Playwright. Everything a page complains about in its console fails the test. */
public final class Browser implements AutoCloseable {
  private static final List<String> QUIET = List.of(
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage");

  /** Set by {@code -Dtuco.pictures=true}. */
  static final boolean PICTURES = Boolean.getBoolean("tuco.pictures");

  private static final String AXE = axe();

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser chromium;
  private final List<String> complaints = new ArrayList<>();

  private Browser(Path executable) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    playwright = Playwright.create(new Playwright.CreateOptions().setEnv(environment));
    chromium = playwright.chromium().launch(
        new BrowserType.LaunchOptions().setExecutablePath(executable).setArgs(QUIET));
  }

  /** Starts the browser; a machine without one skips the test, which CI does not accept. */
  public static Browser start() {
    Path found = Stream.of("/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        .map(Path::of).filter(Files::isExecutable).findFirst().orElse(null);
    Assumptions.assumeTrue(found != null, "no Chromium on this machine (Debian: apt-get install chromium-headless-shell)");
    return new Browser(found);
  }

  /** A fresh visitor at a wide screen. */
  public Page visitor(String base) {
    return visitor(base, 1360, 900, ColorScheme.LIGHT);
  }

  /** A fresh visitor. */
  public Page visitor(String base, int width, int height, ColorScheme scheme) {
    BrowserContext context = chromium.newContext(new com.microsoft.playwright.Browser.NewContextOptions()
        .setBaseURL(base).setViewportSize(width, height).setColorScheme(scheme).setReducedMotion(ReducedMotion.REDUCE));
    context.setDefaultTimeout(10_000);
    Page page = context.newPage();
    page.onConsoleMessage(message -> {
      // The status of a refused form is no fault of the page.
      if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    return page;
  }

  /** Signs in through the form. */
  public static void signIn(Page page, String email, String password) {
    page.navigate("/sign-in");
    page.getByLabel("E-mail").fill(email);
    page.getByLabel("Password").fill(password);
    page.getByRole(com.microsoft.playwright.options.AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in")).click();
    page.waitForURL(url -> !url.contains("/sign-in"));
  }

  /** Fails on every serious fault that axe-core finds on this page. */
  public static void requireAccessible(Page page) {
    requireAccessible(page, List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"));
  }

  /** As {@link #requireAccessible(Page)}, by these rules or tags of rules. */
  public static void requireAccessible(Page page, List<String> rules) {
    if (Boolean.TRUE.equals(page.evaluate("typeof axe === 'undefined'"))) {
      page.evaluate(AXE);
    }
    Object faults = page.evaluate("""
        async rules => (await axe.run(document, {preload: false, resultTypes: ['violations'], runOnly: rules})).violations
          .filter(v => v.impact === 'serious' || v.impact === 'critical')
          .map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | '))""", rules);
    assertThat((List<?>) faults).as("accessibility of %s", page.url()).isEmpty();
  }

  private static String axe() {
    try (InputStream in = Browser.class.getResourceAsStream("/axe.min.js")) {
      if (in == null) {
        throw new IllegalStateException("axe.min.js is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** When asked for, writes the whole page to {@code target/screenshots}, for people to look at. */
  public static void picture(Page page, String name) {
    if (PICTURES) {
      page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots", name + ".png")).setFullPage(true));
    }
  }

  /** What any page complained about: a refused script, a missing file, a failure. */
  public List<String> complaints() {
    return complaints;
  }

  @Override
  public void close() {
    chromium.close();
    playwright.close();
  }
}
