package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real Tuco in a process of its own, as a person at a terminal would run it. */
public final class TucoProcess implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(60);

  public final Process process;
  private final Path out;
  private final Path err;

  private TucoProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** Starts a command in a directory, with more environment than ours. */
  public static TucoProcess start(Path directory, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        "-Dlogback.configurationFile=" + Path.of("target/classes/logback.xml").toAbsolutePath(),
        "-cp", System.getProperty("java.class.path"), "tuco.Main"));
    command.addAll(List.of(arguments));
    try {
      Path out = Files.createTempFile(directory, "out", ".txt");
      Path err = Files.createTempFile(directory, "err", ".txt");
      ProcessBuilder builder = new ProcessBuilder(command)
          .directory(directory.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("TUCO_"));
      builder.environment().putAll(environment);
      return new TucoProcess(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command to its end. */
  public static TucoProcess run(Path directory, Map<String, String> environment, String... arguments) throws InterruptedException {
    TucoProcess run = start(directory, environment, arguments);
    assertThat(run.process.waitFor(READY.toSeconds(), TimeUnit.SECONDS)).as(run.err()).isTrue();
    return run;
  }

  /** What it printed, once that ends with this text. */
  public String outWhen(String lastWords) {
    Eventually.within(READY, () -> {
      if (!out().stripTrailing().endsWith(lastWords) && !process.isAlive()) {
        throw new IllegalStateException("it ended: " + err());
      }
      assertThat(out().stripTrailing()).endsWith(lastWords);
    });
    return out();
  }

  public String out() {
    return read(out);
  }

  public String err() {
    return read(err);
  }

  /** Ends it in order and answers the exit code. */
  public int stop() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("stops in time").isTrue();
    return process.exitValue();
  }

  /** Ends it at once: no hook runs, nothing is tidied up. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Whatever the test left running. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
