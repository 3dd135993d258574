package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.db.StartFailure;
import tuco.http.Request;

/** {@code ./tuco up --dev} (architecture, habits): what was changed in the sources is on the next page. */
class CheckoutTest {
  private static final Pattern STYLE = Pattern.compile("/assets/(\\w+)/tuco\\.css");

  @TempDir Path clone;

  @Test
  void aChangedTemplateIsOnTheNextPage() throws IOException {
    copy("src/main/jte");
    Pages pages = new Pages(new Checkout(clone), Clock.systemUTC());
    assertThat(page(pages)).contains("<h1").doesNotContain("A changed");
    replace("src/main/jte/access/forgotten.jte", "<h1", "<p>A changed page</p><h1");
    assertThat(page(pages)).contains("<p>A changed page</p>");
    replace("src/main/jte/head.jte", "<title>", "<title>A changed head, ");
    assertThat(page(pages)).contains("<title>A changed head, ", "<p>A changed page</p>");
    assertThat(clone.resolve("target/templates")).isNotEmptyDirectory();
  }

  @Test
  void aChangedStylesheetHasANewAddress() throws IOException {
    copy("src/main/resources/assets");
    Assets assets = new Assets(new Checkout(clone));
    String before = assets.path("tuco.css");
    assertThat(new Assets(null).path("tuco.css")).isEqualTo(before);
    Files.writeString(clone.resolve("src/main/resources/assets/tuco.css"), "body { color: red }");
    Matcher after = STYLE.matcher(assets.path("tuco.css"));
    assertThat(after.matches()).isTrue();
    assertThat(after.group()).isNotEqualTo(before);
    Request request = request("/assets", Map.of("hash", after.group(1), "name", "tuco.css"));
    assertThat(new String(assets.serve(request).body(), StandardCharsets.UTF_8)).isEqualTo("body { color: red }");
  }

  @Test
  void aProgramWithoutItsSourcesIsToldSo() throws IOException {
    Path jar = Files.createFile(Files.createDirectory(clone.resolve("elsewhere")).resolve("tuco.jar"));
    assertThatThrownBy(() -> Checkout.around(jar)).isInstanceOf(StartFailure.class)
        .hasMessage("With --dev pages come from the sources, and there are none around %s: start it with ./tuco in a clone.", jar);
    assertThat(Checkout.ofThisProgram().folder()).isEqualTo(Path.of("").toAbsolutePath());
  }

  private static String page(Pages pages) {
    return new String(
        pages.open(request("/forgotten", Map.of()), "access/forgotten.jte", "Forgotten password", new ForgottenPage.View(false, null, null)).body(), StandardCharsets.UTF_8);
  }

  private static Request request(String path, Map<String, String> params) {
    return new Request("GET", path, path, params, Map.of(), Map.of(), new byte[0], "127.0.0.1", false, "request", "correlation");
  }

  private void copy(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      for (Path file : files.toList()) {
        Files.createDirectories(clone.resolve(file).getParent());
        Files.copy(file, clone.resolve(file));
      }
    }
  }

  private void replace(String file, String before, String after) throws IOException {
    Path path = clone.resolve(file);
    FileTime earlier = Files.getLastModifiedTime(path);
    Files.writeString(path, Files.readString(path).replaceFirst(before, after));
    assertThat(Files.getLastModifiedTime(path)).isGreaterThan(earlier);
  }
}
