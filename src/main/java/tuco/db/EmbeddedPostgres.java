package tuco.db;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL server of our own in a data directory, durable and closed to everybody without its password (decisions 10.1). */
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final int ATTEMPTS = 5;
  /** Recovery after a crash replays up to {@code max_wal_size}; while the server works at it we wait. */
  private static final Duration RECOVERY = Duration.ofMinutes(10);
  private static final long STOP_SECONDS = 60;

  private final PostgresDirectory claim;
  private final PostgresCluster cluster;
  private final Process server;
  private final int port;
  private final String url;
  private volatile boolean stopping;

  /**
   * How the server runs.
   *
   * @param durable false only for tests: a crash of the machine may then lose or corrupt everything
   */
  public record Settings(boolean durable, int maxConnections, int sharedBuffersMegabytes) {
    public static Settings standard() {
      return new Settings(true, 120, 256);
    }
  }

  private static final long MEGABYTE = 1 << 20;
  private static final long TIGHT_MEGABYTES = 64;

  private EmbeddedPostgres(PostgresDirectory claim, PostgresCluster cluster, Process server, int port) throws IOException {
    this.claim = claim;
    this.cluster = cluster;
    this.server = server;
    this.port = port;
    this.url = "postgresql://tuco:" + cluster.password() + "@127.0.0.1:" + port + "/tuco";
  }

  /**
   * Starts the server, making the database at the first start; a server left over by a killed Tuco is stopped first.
   *
   * @throws StartFailure with one clear sentence
   */
  public static EmbeddedPostgres start(Path dataDirectory, Settings settings) {
    PostgresDirectory claim = PostgresDirectory.claim(dataDirectory);
    boolean started = false;
    try {
      Path home = claim.home();
      Path directory = PostgresCluster.directoryIn(home);
      PostgresPrograms programs = PostgresPrograms.choose(PostgresBundle.unpackInto(home), directory);
      PostgresOrphans.stop(directory, programs);
      PostgresCluster cluster = PostgresCluster.openOrCreate(home, programs, settings.durable());
      EmbeddedPostgres postgres = launch(claim, cluster, settings);
      started = true;
      return postgres;
    } catch (IOException e) {
      throw new StartFailure(doesNotStart(claim.home(), roomIn(claim.home()), String.valueOf(e.getMessage())), e);
    } finally {
      if (!started) {
        claim.close();
      }
    }
  }

  private static long roomIn(Path home) {
    try {
      return Files.getFileStore(home).getUsableSpace() / MEGABYTE;
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  /** What programs say on a full disk tells of a file, or nothing where that could not be written either. */
  static String doesNotStart(Path home, long roomInMegabytes, String reason) {
    return roomInMegabytes < TIGHT_MEGABYTES
        ? "The embedded PostgreSQL in %s does not start, and the disk has %d MB left: make room, which a first start needs 150 MB of, and start again. It says: %s"
            .formatted(home, roomInMegabytes, reason)
        : "The embedded PostgreSQL in " + home + " does not start: " + reason;
  }

  /** The server that a Tuco runs on this directory just now, for the commands that work beside it. */
  public static Optional<DatabaseUrl> running(Path dataDirectory) {
    Path data = dataDirectory.toAbsolutePath().normalize();
    if (!PostgresDirectory.inUse(data)) {
      return Optional.empty();
    }
    Path home = data.resolve("postgres");
    try {
      int port = Integer.parseInt(Files.readString(home.resolve("port")).strip());
      return Optional.of(new DatabaseUrl("127.0.0.1", port, "tuco", "tuco", Files.readString(home.resolve("password")).strip()));
    } catch (IOException | NumberFormatException e) {
      throw new StartFailure("The Tuco on the data directory " + data + " is not ready yet, or belongs to somebody else.", e);
    }
  }

  /** {@code postgresql://user:password@host:port/database}; the user may create roles and databases, and is no superuser. */
  public String url() {
    return url;
  }

  public int port() {
    return port;
  }

  /** Runs this once when the server ends without {@link #close}: nothing works any more then. */
  public void onUnexpectedEnd(Runnable told) {
    var _ = server.onExit().thenRun(() -> {
      if (!stopping) {
        told.run();
      }
    });
  }

  /** Ends sessions, writes everything out and stops; what was committed is there at the next start either way. */
  @Override
  public void close() {
    stopping = true;
    try {
      if (server.isAlive()) {
        stop("fast");
      }
      if (server.isAlive()) {
        LOG.warn("PostgreSQL did not stop within {} s and is ended at once", STOP_SECONDS);
        stop("immediate");
      }
    } catch (IOException e) {
      LOG.warn("PostgreSQL did not stop in order", e);
    } finally {
      claim.close();
    }
  }

  private void stop(String mode) throws IOException {
    cluster.programs().run("", "pg_ctl", "stop", "-D", cluster.directory().toString(), "-m", mode, "-W");
    ended(server, Duration.ofSeconds(STOP_SECONDS));
  }

  /** Somebody may take the port between our look and the server's bind, so a lost race is tried again elsewhere. */
  private static EmbeddedPostgres launch(PostgresDirectory claim, PostgresCluster cluster, Settings settings)
      throws IOException {
    Path log = cluster.home().resolve("server.log");
    for (int attempt = 1; ; attempt++) {
      int port = choosePort(cluster.home().resolve("port"));
      cluster.configure(settings, port);
      if (Files.exists(log)) {
        Files.move(log, log.resolveSibling("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
      }
      Process server = cluster.programs().startServer(cluster.directory(), log.toFile());
      if (becomesReady(server, cluster.directory().resolve("postmaster.pid"))) {
        return new EmbeddedPostgres(claim, cluster, server, port);
      }
      List<String> lines = Files.readAllLines(log);
      if (attempt == ATTEMPTS || lines.stream().noneMatch(line -> line.contains("could not bind"))) {
        String reason = lines.reversed().stream().filter(line -> line.contains("FATAL:")).findFirst().orElse("no reason given");
        throw new IOException(reason.replaceFirst(".*FATAL: *", "") + " (more in " + log + ")");
      }
    }
  }

  /** The server writes its state into the eighth line of its pid file. */
  private static boolean becomesReady(Process server, Path pidFile) throws IOException {
    long deadline = System.nanoTime() + RECOVERY.toNanos();
    while (!ended(server, Duration.ofMillis(5))) {
      if (isReady(pidFile)) {
        return true;
      }
      if (System.nanoTime() > deadline) {
        server.destroyForcibly();
        throw new IOException("it was not ready after " + RECOVERY.toMinutes() + " minutes");
      }
    }
    return false;
  }

  private static boolean isReady(Path pidFile) throws IOException {
    try {
      List<String> lines = Files.readAllLines(pidFile);
      return lines.size() >= 8 && lines.get(7).strip().equals("ready");
    } catch (NoSuchFileException notYet) {
      return false;
    }
  }

  private static boolean ended(Process server, Duration patience) throws IOException {
    try {
      return server.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for PostgreSQL", e);
    }
  }

  /** The port of the last run if it is still free; below the range from which the system takes ports for connections. */
  private static int choosePort(Path remembered) throws IOException {
    String last = Files.exists(remembered) ? Files.readString(remembered).strip() : "";
    int port = last.matches("[1-9]\\d{3,4}") ? Integer.parseInt(last) : randomPort();
    while (!isFree(port)) {
      port = randomPort();
    }
    Files.writeString(remembered, port + "\n");
    return port;
  }

  private static int randomPort() {
    return ThreadLocalRandom.current().nextInt(20_000, 30_000);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException | IllegalArgumentException taken) {
      return false;
    }
  }
}
