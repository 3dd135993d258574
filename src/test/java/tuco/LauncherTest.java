package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher of issue 2, point 1, beside stand-ins for Java and Maven that say how they were called. */
class LauncherTest {
  private static final List<String> TOOLS =
      List.of("bash", "cat", "dirname", "find", "flock", "mkdir", "readlink", "rm", "sed", "touch");

  @TempDir Path temporary;
  private final Map<String, String> environment = new HashMap<>();
  private Path clone;
  private Path bin;

  @BeforeEach
  void aCloneInAPathWithSpaces() throws IOException {
    clone = temporary.resolve("a path with spaces");
    Files.createDirectories(clone.resolve("src/main"));
    Files.createFile(clone.resolve("pom.xml"));
    Files.copy(Path.of("tuco"), clone.resolve("tuco"));
    bin = Files.createDirectory(temporary.resolve("bin"));
    for (String tool : TOOLS) {
      script(bin.resolve(tool), "exec " + realPathOf(tool) + " \"$@\"");
    }
    script(bin.resolve("mvn"), "echo \"mvn on $JAVA_HOME in $PWD: $*\" >&2; mkdir -p target; touch target/tuco.jar");
    environment.put("PATH", bin.toString());
    environment.put("HOME", temporary.toString());
    environment.put("JDK_FOLDERS", temporary.resolve("jdks").toString());
  }

  @Test
  void buildsOnceAndPassesEverythingOn() throws Exception {
    Path jdk = aJdk("25.0.3");
    Run first = tuco(temporary, clone.resolve("tuco"), "up", "--data", "a b");
    assertThat(first.exitCode).isZero();
    assertThat(first.out).contains("<-jar>", "<" + clone.resolve("target/tuco.jar") + ">", "<up>", "<--data>", "<a b>");
    assertThat(first.err)
        .containsExactly(
            "Building Tuco, this happens after a change only ...",
            "mvn on " + jdk + " in " + clone + ": -B -ntp -q -DskipTests package");

    assertThat(tuco(temporary, clone.resolve("tuco"), "up").err).isEmpty();

    Files.setLastModifiedTime(Files.createFile(clone.resolve("src/main/New.java")), FileTime.from(Instant.parse("2100-01-01T00:00:00Z")));
    assertThat(tuco(temporary, clone.resolve("tuco"), "up").err).hasSize(2);
  }

  @Test
  void worksThroughRelativeSymbolicLinks() throws Exception {
    aJdk("25.0.3");
    Path link = Files.createSymbolicLink(temporary.resolve("one"), Path.of("a path with spaces", "tuco"));
    Path linkToLink = Files.createSymbolicLink(Files.createDirectory(temporary.resolve("links")).resolve("two"), Path.of("../one"));
    assertThat(tuco(temporary, link, "up").exitCode).isZero();
    assertThat(tuco(temporary.resolve("links"), linkToLink, "up").exitCode).isZero();
  }

  @Test
  void prefersJavaHomeThenThePath() throws Exception {
    aJdk("25.0.1");
    Path home = jdkIn(temporary.resolve("home jdk"), "26");
    Path onPath = jdkIn(temporary.resolve("path jdk"), "25.0.2");
    Files.createSymbolicLink(bin.resolve("javac"), bin.relativize(onPath.resolve("bin/javac")));
    assertThat(tuco(temporary, clone.resolve("tuco"), "build").err).singleElement().asString().startsWith("mvn on " + onPath + " in");
    environment.put("JAVA_HOME", home.toString());
    assertThat(tuco(temporary, clone.resolve("tuco"), "build").err).singleElement().asString().startsWith("mvn on " + home + " in");
  }

  @Test
  void missingOrOldJdkIsNamed() throws Exception {
    assertRefused(tuco(temporary, clone.resolve("tuco"), "up"), "Tuco needs a JDK 25 or newer and found none: install one, or set JAVA_HOME to it.");
    Path old = aJdk("17.0.15");
    environment.put("JAVA_HOME", jdkIn(temporary.resolve("older"), "11.0.2").toString());
    assertRefused(
        tuco(temporary, clone.resolve("tuco"), "up"),
        "Tuco needs a JDK 25 or newer and found JDK 11 (%s), JDK 17 (%s): install one, or set JAVA_HOME to it."
            .formatted(temporary.resolve("older"), old));
  }

  @Test
  void needsNoHome() throws Exception {
    environment.remove("HOME");
    environment.remove("JDK_FOLDERS");
    environment.put("JAVA_HOME", aJdk("25").toString());
    assertThat(tuco(temporary, clone.resolve("tuco"), "up").err).as("said by the build alone").hasSize(2);
  }

  @Test
  void missingMavenIsNamed() throws Exception {
    aJdk("25");
    Files.delete(bin.resolve("mvn"));
    Run run = tuco(temporary, clone.resolve("tuco"), "test");
    assertRefused(run, "Tuco is built by Maven and found no mvn on the PATH: install it (on Debian: apt install maven).");
  }

  @Test
  void failedBuildStartsNothing() throws Exception {
    aJdk("25");
    script(bin.resolve("mvn"), "echo 'a fault' >&2; exit 1");
    Run run = tuco(temporary, clone.resolve("tuco"), "up");
    assertThat(run.exitCode).isEqualTo(1);
    assertThat(run.out).isEmpty();
    assertThat(run.err).contains("a fault", "Tuco could not be built; Maven says why above.");
  }

  @Test
  void testRunsAllOrOne() throws Exception {
    Path jdk = aJdk("25");
    String maven = "mvn on " + jdk + " in " + clone + ": -B -ntp ";
    assertThat(tuco(temporary, clone.resolve("tuco"), "test").err).containsExactly(maven + "spotless:check test");
    assertThat(tuco(temporary, clone.resolve("tuco"), "test", "SomeTest#one").err).containsExactly(maven + "test -Dtest=SomeTest#one");
    assertThat(tuco(temporary, clone.resolve("tuco"), "fmt").err).containsExactly(maven + "-q spotless:apply");
  }

  private static void assertRefused(Run run, String sentence) {
    assertThat(run.exitCode).isEqualTo(1);
    assertThat(run.out).isEmpty();
    assertThat(run.err).containsExactly(sentence);
  }

  private Path aJdk(String version) throws IOException {
    return jdkIn(temporary.resolve("jdks/jdk " + version), version);
  }

  private static Path jdkIn(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    script(home.resolve("bin/java"), "printf '<%s>\\n' \"$@\"");
    script(home.resolve("bin/javac"), "");
    Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private static void script(Path path, String body) throws IOException {
    Files.writeString(path, "#!/bin/bash\n" + body + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path realPathOf(String tool) {
    return Stream.of("/usr/bin", "/bin").map(folder -> Path.of(folder, tool)).filter(Files::exists).findFirst().orElseThrow();
  }

  private record Run(int exitCode, List<String> out, List<String> err) {}

  private Run tuco(Path directory, Path launcher, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Path err = temporary.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out.lines().toList(), Files.readAllLines(err));
  }
}
