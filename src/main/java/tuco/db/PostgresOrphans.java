package tuco.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what an earlier Tuco left running when it was killed, so that every start begins from the same state. */
final class PostgresOrphans {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresOrphans.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private PostgresOrphans() {}

  /** Called under the lock of the data directory: whatever works in it belongs to no living Tuco. */
  static void stop(Path cluster, PostgresPrograms programs) throws IOException {
    Path pidFile = cluster.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return;
    }
    if (!workingIn(cluster).isEmpty()) {
      stopInOrder(cluster, programs);
      killTheRest(cluster);
    }
    // Its number may belong to another process by now, and PostgreSQL would take that for a running server.
    Files.deleteIfExists(pidFile);
  }

  private static void stopInOrder(Path cluster, PostgresPrograms programs) {
    LOG.info("stopping the PostgreSQL that an earlier Tuco left running in {}", cluster);
    try {
      programs.run("", "pg_ctl", "stop", "-D", cluster.toString(), "-m", "fast", "-t", "60");
    } catch (IOException e) {
      LOG.info("it did not stop in order: {}", e.getMessage());
    }
  }

  /** Sessions outlive a killed server for a moment, and a new one refuses to start beside them. */
  private static void killTheRest(Path cluster) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    List<ProcessHandle> rest = workingIn(cluster);
    while (!rest.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new StartFailure("A PostgreSQL that an earlier Tuco left in " + cluster + " does not end: " + rest + ".");
      }
      rest.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      rest = workingIn(cluster);
    }
  }

  /** Every process of a PostgreSQL server stands in its cluster's directory; process numbers alone would lie. */
  private static List<ProcessHandle> workingIn(Path cluster) throws IOException {
    Path directory = cluster.toRealPath();
    return ProcessHandle.allProcesses()
        .filter(process -> isPostgresStandingIn(directory, process) || isServerStartedFor(cluster, process))
        .toList();
  }

  private static boolean isPostgresStandingIn(Path directory, ProcessHandle process) {
    try {
      Path proc = Path.of("/proc", String.valueOf(process.pid()));
      return Files.readSymbolicLink(proc.resolve("cwd")).equals(directory)
          && Files.readSymbolicLink(proc.resolve("exe")).toString().contains("/bin/postgres");
    } catch (IOException goneOrForeign) {
      return false;
    }
  }

  /** In a container root may not look at where another user's process stands, but reads its command line. */
  private static boolean isServerStartedFor(Path cluster, ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
          .endsWith("/bin/postgres\0-D\0" + cluster + "\0");
    } catch (IOException gone) {
      return false;
    }
  }
}
