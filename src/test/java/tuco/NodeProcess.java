package tuco;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import tuco.config.Config;
import tuco.db.DatabaseUrl;

/** A node in a process of its own, for tests that stop it in the middle of things. */
public final class NodeProcess implements AutoCloseable {
  private static final String PORT = "port ";

  private final Process process;
  private final int port;

  /** Starts a node on the world's database. */
  public NodeProcess(World world) {
    try {
      process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1",
              "-cp", System.getProperty("java.class.path"), NodeProcess.class.getName())
          .redirectError(Redirect.to(new File("target", System.getProperty("tuco.fork", "fork-1") + "-node-process.log"))).start();
      DatabaseUrl url = world.owner;
      process.outputWriter().write(
          "postgresql://" + url.user() + ":" + url.password() + "@" + url.host() + ":" + url.port() + "/" + url.database() + "\n");
      process.outputWriter().flush();
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      String answer = output.readLine();
      while (answer != null && !answer.startsWith(PORT)) {
        answer = output.readLine();
      }
      if (answer == null) {
        throw new IllegalStateException("the node's process ended at once");
      }
      port = Integer.parseInt(answer.substring(PORT.length()));
      // A pipe that nobody reads fills up and stops whoever logs.
      Thread.ofVirtual().start(() -> output.lines().forEach(line -> { }));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** SIGSTOP: the process holds whatever it holds and does nothing more. */
  public void pause() {
    signal("-STOP");
  }

  /** SIGCONT: it goes on as if nothing had happened. */
  public void go() {
    signal("-CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", name, Long.toString(process.pid())).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Reads the owner's address from standard input, writes the port, and serves until it is killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String url = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    Config config = World.configOf(DatabaseUrl.parse(url), false);
    Node node = new Node(config, Clock.systemUTC()).start();
    System.out.println(PORT + node.port());
    Thread.currentThread().join();
  }
}
