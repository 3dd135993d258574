package tuco.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tuco.http.OpenApi;

/** The reference tells everything a client can meet (decisions 1.4, 1.10). */
class DocsPageTest {
  private static final Pattern CODE = Pattern.compile("\\.code\\(\"(\\w+)\"\\)");

  @Test
  void everyCodeOfARefusalIsExplained() throws IOException {
    TreeSet<String> used = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher matcher = CODE.matcher(Files.readString(file));
        while (matcher.find()) {
          used.add(matcher.group(1));
        }
      }
    }
    DocsPage docs = new DocsPage(new Pages(null, Clock.systemUTC()), new OpenApi());
    assertThat(docs.codes().stream().map(DocsPage.ErrorCode::code))
        .as("resources/docs/errors.yaml lists every code, and no other").containsExactlyInAnyOrderElementsOf(used);
  }
}
