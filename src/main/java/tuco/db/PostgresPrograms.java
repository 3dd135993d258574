package tuco.db;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * PostgreSQL's programs, run as a user they accept: PostgreSQL refuses root.
 *
 * @param asUser the command that precedes every program, empty for an ordinary user
 * @param major PostgreSQL's major version
 */
record PostgresPrograms(Path programs, List<String> asUser, String major) {
  private static final String NOBODY = "65534";
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");

  /** Chooses the user by trying; the files of the cluster belong to that user afterwards. */
  static PostgresPrograms choose(Path programs, Path cluster) throws IOException {
    int owner = Files.exists(cluster) ? uid(cluster) : 0;
    StringBuilder refusals = new StringBuilder();
    for (List<String> asUser : waysToRun(owner)) {
      Result version = execute(programs, asUser, "", List.of("postgres", "--version"));
      Matcher major = VERSION.matcher(version.output);
      if (version.exitCode == 0 && major.find()) {
        if (owner == 0 && asUser.contains("--reuid=" + NOBODY)) {
          giveToNobody(cluster);
        }
        return new PostgresPrograms(programs, asUser, major.group(1));
      }
      refusals.append("; ").append(version.output.strip().replace('\n', ' '));
    }
    throw new StartFailure(
        "PostgreSQL's programs in " + programs + " do not run here (as root it takes user namespaces or setpriv)" + refusals + ".");
  }

  /**
   * An ordinary user runs them directly. Root prefers a user namespace in which it has no root: the files stay its own
   * and every directory reachable. Where that is forbidden, another user; with the right to pass through directories
   * only where some directory above is closed.
   */
  private static List<List<String>> waysToRun(int owner) throws IOException {
    if (uid(Path.of("/proc/self")) != 0) {
      return List.of(List.of());
    }
    List<List<String>> ways = new ArrayList<>();
    if (owner == 0) {
      ways.add(List.of("unshare", "--user", "--map-user=" + NOBODY, "--map-group=" + NOBODY));
    }
    String user = owner == 0 ? NOBODY : String.valueOf(owner);
    List<String> setpriv = List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups");
    ways.add(setpriv);
    ways.add(
        Stream.concat(setpriv.stream(), Stream.of("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")).toList());
    return ways;
  }

  private static int uid(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid");
  }

  private static void giveToNobody(Path cluster) throws IOException {
    Files.createDirectories(cluster);
    try (Stream<Path> all = Files.walk(cluster)) {
      for (Path path : all.toList()) {
        Files.setAttribute(path, "unix:uid", Integer.valueOf(NOBODY));
        Files.setAttribute(path, "unix:gid", Integer.valueOf(NOBODY));
      }
    }
  }

  /** Runs a program to its end and fails with its words. */
  void run(String input, String... command) throws IOException {
    Result result = execute(programs, asUser, input, List.of(command));
    if (result.exitCode != 0) {
      throw new IOException(command[0] + " failed: " + result.output.strip().replace('\n', ' '));
    }
  }

  /** Starts the server in a session of its own: a Ctrl-C at the terminal is for Tuco, which then stops it in order. */
  Process startServer(Path cluster, File log) throws IOException {
    List<String> inItsOwnSession = Stream.concat(asUser.stream(), Stream.of("setsid")).toList();
    return builder(programs, inItsOwnSession, List.of("postgres", "-D", cluster.toString()))
        .redirectInput(Redirect.from(new File("/dev/null")))
        .redirectOutput(log)
        .start();
  }

  private record Result(int exitCode, String output) {}

  private static Result execute(Path programs, List<String> asUser, String input, List<String> command) {
    try {
      Process process = builder(programs, asUser, command).start();
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      return new Result(-1, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(-1, "interrupted");
    }
  }

  /** The environment is emptied: a PGDATA or LD_LIBRARY_PATH of the caller is not meant for this server. */
  private static ProcessBuilder builder(Path programs, List<String> prefix, List<String> command) {
    List<String> whole = new ArrayList<>(prefix);
    whole.add(programs.resolve("bin").resolve(command.getFirst()).toString());
    whole.addAll(command.subList(1, command.size()));
    ProcessBuilder builder = new ProcessBuilder(whole).directory(programs.toFile()).redirectErrorStream(true);
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", path + ":/usr/sbin:/sbin", "LC_ALL", "C"));
    return builder;
  }
}
