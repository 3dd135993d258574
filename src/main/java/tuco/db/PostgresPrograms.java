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
  private static final Pattern VERSION = Pattern.compile("VERSION=(\\d+)");

  /** Chooses the user by trying; the files of the cluster belong to that user afterwards. */
  static PostgresPrograms choose(Path programs, Path cluster) throws IOException {
    Path owned = Files.exists(cluster) ? cluster : Path.of("/proc/self");
    StringBuilder refusals = new StringBuilder();
    for (List<String> asUser : waysToRun(uid(owned), gid(owned))) {
      // This looks up the user, reaches every folder and runs the server's program, as a first start would.
      Result tried = execute(programs, asUser, "", List.of("initdb", "--show", "--auth=reject", "-D", cluster.toString()));
      Matcher major = VERSION.matcher(tried.output);
      if (tried.exitCode == 0 && major.find()) {
        if (uid(owned) == 0 && asUser.contains("--reuid=" + NOBODY)) {
          giveToNobody(cluster);
        }
        return new PostgresPrograms(programs, asUser, major.group(1));
      }
      refusals.append("; ").append(tried.output.strip().replace('\n', ' '));
    }
    throw new StartFailure(
        "PostgreSQL's programs in " + programs + " do not run here (as root they take user namespaces or setpriv)" + refusals + ".");
  }

  /**
   * An ordinary user runs them directly. Root prefers a user namespace in which it has no root: the files stay its own
   * and its closed directories reachable. Where that is forbidden or a directory above is somebody else's, another user;
   * with a capability to pass through directories only where one above is closed to it. Without the secure bit,
   * access(2), which PostgreSQL asks, would overlook that capability.
   */
  private static List<List<String>> waysToRun(int uid, int gid) throws IOException {
    if (uid(Path.of("/proc/self")) != 0) {
      return List.of(List.of());
    }
    List<List<String>> ways = new ArrayList<>();
    if (uid == 0) {
      ways.add(List.of("unshare", "--user", "--map-user=" + NOBODY, "--map-group=" + NOBODY));
    }
    String user = uid == 0 ? NOBODY : String.valueOf(uid);
    String group = uid == 0 ? NOBODY : String.valueOf(gid);
    List<String> setpriv = List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--clear-groups");
    ways.add(setpriv);
    for (String capability : List.of("+dac_read_search", "+dac_override")) {
      List<String> passing =
          List.of("--inh-caps=" + capability, "--ambient-caps=" + capability, "--securebits=+no_setuid_fixup");
      ways.add(Stream.concat(setpriv.stream(), passing.stream()).toList());
    }
    return ways;
  }

  private static int uid(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid");
  }

  private static int gid(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:gid");
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
      throw new IOException(command[0] + " failed: " + reason(result.output));
    }
  }

  /** The line that says why; all of them where none does. */
  static String reason(String output) {
    return output.lines().filter(line -> line.contains("FATAL:") || line.contains(" error: ")).findFirst()
        .map(line -> line.replaceFirst(".*(FATAL|error): *", "")).orElse(output.strip().replace('\n', ' '));
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
