package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.db.StartFailure;
import tuco.http.Json;

/** Imports a CSV file into a running server, with a progress bar for people. */
@Command(name = "import", description = {
    "Import leads from a CSV file into a running server.",
    "The first line names the columns; columns nobody knows become custom fields. Repeating an import is safe."})
public final class Import implements Callable<Integer> {
  private static final int BAR = 30;
  private static final int LINES_SHOWN = 20;
  /** How much of a file a preview sends. */
  private static final int HEAD = 256 * 1024;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "The CSV file.")
  private Path file = Path.of("");

  @Option(names = "--key", paramLabel = "KEY", defaultValue = "${env:TUCO_KEY}",
      description = "An API key with the right leads:write; else the environment variable TUCO_KEY.")
  private @Nullable String key;

  @Option(names = "--url", paramLabel = "URL", defaultValue = "${env:TUCO_URL:-http://localhost:8080}",
      description = "Where Tuco runs (default: TUCO_URL, else http://localhost:8080).")
  private String url = "";

  @Option(names = "--list", paramLabel = "NAME", description = "The list to import into, created when there is none.")
  private @Nullable String list;

  @Option(names = "--map", paramLabel = "COLUMN=FIELD",
      description = "What a column is, when its name does not say so; custom:key for a custom field, nothing leaves it out.")
  private Map<String, String> mapping = new LinkedHashMap<>();

  @Option(names = "--country-code", paramLabel = "CODE", defaultValue = "+1",
      description = "For phone numbers without one (${DEFAULT-VALUE}).")
  private String countryCode = "";

  @Option(names = "--preview", description = "Show what each column is taken for and how the first lines are read; nothing is saved.")
  private boolean preview;

  @Option(names = "--json", description = "Print the server's answer instead of a summary.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (key == null || key.isBlank()) {
      throw new StartFailure("An API key is needed: --key tuco_sk_…, or the environment variable TUCO_KEY.");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new StartFailure("The file " + file + " does not exist or cannot be read.");
    }
    long started = System.nanoTime();
    HttpResponse<String> response = upload(key);
    double seconds = (System.nanoTime() - started) / 1e9;
    PrintWriter out = spec.commandLine().getOut();
    JsonNode body = Json.parseOrNull(response.body());
    if (body == null || response.statusCode() != 200) {
      return refused(response, body);
    }
    if (json) {
      out.println(Json.text(body));
    } else if (preview) {
      firstLines(out, body);
    } else {
      summary(out, body.path("import"), seconds);
    }
    return 0;
  }

  private HttpResponse<String> upload(String credential) throws IOException, InterruptedException {
    URI target = target();
    long size = preview ? Math.min(Files.size(file), HEAD) : Files.size(file);
    ProgressBar bar = new ProgressBar(spec.commandLine().getErr(), size, !json && !preview && isTerminal());
    HttpRequest.BodyPublisher body = preview || size == 0
        ? HttpRequest.BodyPublishers.ofByteArray(head())
        : HttpRequest.BodyPublishers.fromPublisher(
            HttpRequest.BodyPublishers.ofInputStream(() -> bar.watching(open())), size);
    HttpRequest request = HttpRequest.newBuilder(target)
        .header("Authorization", "Bearer " + credential)
        .header("Content-Type", "text/csv")
        .POST(body)
        .build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      bar.end();
      return response;
    } catch (java.net.ConnectException e) {
      throw new StartFailure("No server answers at " + url + "; start one with `tuco up`, or name another with --url.", e);
    } catch (IOException e) {
      bar.end();
      throw new StartFailure("The connection to " + url + " broke off before the import was confirmed; start it again, that saves nobody twice.", e);
    }
  }

  /** The first whole lines: a cut must not look like what stands there. */
  private byte[] head() throws IOException {
    try (InputStream in = open()) {
      byte[] bytes = in.readNBytes(HEAD);
      int end = bytes.length;
      while (bytes.length == HEAD && end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      return end == 0 ? bytes : Arrays.copyOf(bytes, end);
    }
  }

  private InputStream open() {
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Since Java 25 there is no console again where nobody sits at one; Error Prone knows 22 to 24. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private URI target() {
    StringBuilder query = new StringBuilder("?defaultCountryCode=").append(encoded(countryCode));
    if (list != null) {
      query.append("&listName=").append(encoded(list));
    }
    if (preview) {
      query.append("&preview=true");
    }
    if (!mapping.isEmpty()) {
      query.append("&mapping=").append(encoded(Json.text(Json.tree(mapping))));
    }
    return Remote.address(url.replaceAll("/+$", "") + "/api/leads/import" + query, url);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private int refused(HttpResponse<String> response, @Nullable JsonNode body) {
    String words = body == null ? "" : body.path("detail").asText(body.path("error").asText());
    spec.commandLine().getErr().println(
        "The import was refused (" + response.statusCode() + "): " + (words.isEmpty() ? "no reason was given" : words));
    return 1;
  }

  private static void firstLines(PrintWriter out, JsonNode body) {
    for (JsonNode column : body.path("columns")) {
      String field = column.path("field").asText();
      out.println("  " + column.path("column").asText() + " -> " + (field.isEmpty() ? "left out" : field));
    }
    if (body.path("problem").isTextual()) {
      out.println(body.path("problem").asText());
    }
    out.printf("Of the first %d lines, %d can be read. Nothing was saved.%n",
        body.path("rows").size(), body.path("validCount").intValue());
    for (JsonNode row : body.path("rows")) {
      row.path("errors").forEach(error -> out.println("  line " + row.path("line").asLong() + " invalid: " + fault(error)));
    }
  }

  private static void summary(PrintWriter out, JsonNode result, double seconds) {
    out.printf("%,d lines in %.1f s: %,d saved, %,d duplicate, %,d invalid.%n", result.path("rowsRead").intValue(),
        seconds, result.path("savedCount").intValue(), result.path("duplicateCount").intValue(),
        result.path("invalidCount").intValue());
    lines(out, result.path("errors"), "invalid", Import::fault);
    lines(out, result.path("duplicates"), "duplicate", double_ -> "is " + double_.path("existingLeadId").asText());
  }

  /** What is wrong with a line, after the name of its column where the words do not begin with that already. */
  private static String fault(JsonNode error) {
    String column = error.path("column").asText();
    String words = error.path("message").asText();
    boolean named = words.regionMatches(true, 0, column + " ", 0, column.length() + 1);
    return column.isEmpty() || named ? words : column + ": " + words;
  }

  private static void lines(PrintWriter out, JsonNode lines, String what, java.util.function.Function<JsonNode, String> words) {
    int shown = 0;
    for (JsonNode line : lines) {
      if (shown++ == LINES_SHOWN) {
        out.println("  … and more; --json names up to a thousand");
        return;
      }
      out.println("  line " + line.path("line").asLong() + " " + what + ": " + words.apply(line));
    }
  }

  /** How much of the file has gone; the server reads no faster than it saves, so this is the progress of the import. */
  private static final class ProgressBar {
    private final PrintWriter out;
    private final long size;
    private final boolean shown;
    private long sent;
    private int drawn = -1;

    ProgressBar(PrintWriter out, long size, boolean shown) {
      this.out = out;
      this.size = size;
      this.shown = shown;
    }

    InputStream watching(InputStream in) {
      return new FilterInputStream(in) {
        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
          int read = super.read(target, offset, length);
          sent += Math.max(read, 0);
          draw();
          return read;
        }
      };
    }

    private void draw() {
      int percent = size == 0 ? 100 : (int) (100 * sent / size);
      if (shown && percent != drawn) {
        drawn = percent;
        int full = BAR * percent / 100;
        out.print("\r[" + "#".repeat(full) + " ".repeat(BAR - full) + "] " + percent + " %");
        out.flush();
      }
    }

    void end() {
      if (shown) {
        out.println();
      }
    }
  }
}
