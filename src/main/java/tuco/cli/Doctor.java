package tuco.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tuco.config.Databases;
import tuco.config.NodeSettings;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.db.Migrations;
import tuco.db.StartFailure;
import tuco.http.Json;

/** Looks whether a start would succeed, and changes nothing. */
@Command(name = "doctor", description = {
    "Check the machine, the settings, the port, the data directory and the database; change nothing.",
    "Exit code 1 when something is wrong."})
public final class Doctor implements Callable<Integer> {
  private static final long LEAST_FREE_MEGABYTES = 500;
  private static final Duration LARGEST_SKEW = Duration.ofSeconds(5);

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "Print one line of JSON.")
  private boolean json;

  private final ArrayNode findings = Json.array();
  private boolean well = true;

  /** What a look found out; a {@link StartFailure} is the finding that something is wrong. */
  @FunctionalInterface
  private interface Look {
    String at();
  }

  @Override
  public Integer call() {
    find("version", () -> "Tuco " + Tuco.VERSION);
    find("java", () -> "JDK " + Runtime.version() + " in " + System.getProperty("java.home"));
    find("settings", () -> {
      NodeSettings.of(options.read(Map.of()));
      return "no unknown name, every value can be";
    });
    find("port", this::port);
    find("data", this::data);
    find("database", this::database);
    print();
    return well ? 0 : 1;
  }

  private void find(String what, Look look) {
    ObjectNode finding = findings.addObject().put("check", what);
    try {
      finding.put("words", look.at()).put("ok", true);
    } catch (StartFailure wrong) {
      finding.put("words", wrong.getMessage()).put("ok", false);
      well = false;
    }
  }

  private String port() {
    NodeSettings settings = NodeSettings.of(options.read(Map.of()));
    Up.requireFree(settings.http());
    return settings.http().host() + " port " + settings.http().port() + " is free";
  }

  private String data() {
    Settings settings = options.read(Map.of());
    Path data = Path.of(settings.text(Setting.DATA)).toAbsolutePath().normalize();
    Path existing = data;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new StartFailure("The data directory " + data + " cannot be written.");
    }
    long free = freeMegabytes(existing);
    if (free < LEAST_FREE_MEGABYTES) {
      throw new StartFailure("Only " + free + " MB are free for the data directory " + data + ".");
    }
    return data + (Files.exists(data) ? "" : " will be made") + ", " + free + " MB free";
  }

  private static long freeMegabytes(Path path) {
    try {
      return Files.getFileStore(path).getUsableSpace() >> 20;
    } catch (IOException e) {
      throw new StartFailure("The free space of " + path + " cannot be read.", e);
    }
  }

  private String database() {
    Settings settings = options.read(Map.of());
    Optional<Databases> other = Databases.of(settings);
    if (other.isEmpty()) {
      return "embedded, below the data directory";
    }
    Migrations.State state = Migrations.look(other.get().owner());
    Duration skew = Duration.between(state.clock(), Instant.now(Clock.systemUTC())).abs();
    if (skew.compareTo(LARGEST_SKEW) > 0) {
      throw new StartFailure("This machine's clock and the database's are " + skew.toSeconds() + " s apart.");
    }
    return other.get().owner() + ", PostgreSQL " + state.version() + ", "
        + (state.pending() == 0 ? "schema up to date" : state.pending() + " migrations to run at the next start");
  }

  private void print() {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode answer = Json.object().put("ok", well);
      answer.set("checks", findings);
      out.println(Json.text(answer));
      return;
    }
    findings.forEach(finding -> out.println("%-5s %-9s %s".formatted(
        finding.path("ok").asBoolean() ? "ok" : "WRONG", finding.path("check").asText(), finding.path("words").asText())));
  }
}
