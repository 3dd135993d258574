package tuco.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/** The database files below a data directory: made once, checked at every start. */
record PostgresCluster(Path home, Path directory, PostgresPrograms programs) {
  static Path directoryIn(Path home) {
    return home.resolve("cluster");
  }

  /** Refuses what it did not finish itself and what another version of PostgreSQL wrote. */
  static PostgresCluster openOrCreate(Path home, PostgresPrograms programs, boolean durable) throws IOException {
    PostgresCluster cluster = new PostgresCluster(home, directoryIn(home), programs);
    if (Files.exists(cluster.marker())) {
      cluster.refuseDamaged();
      cluster.refuseOtherVersion();
    } else if (isNotEmpty(cluster.directory) || Files.exists(cluster.passwordFile())) {
      throw new StartFailure(
          "The data directory %s is only half initialised, a first start did not finish: remove %s and start again."
              .formatted(home.getParent(), home));
    } else {
      cluster.createOrLeaveNothing(durable);
    }
    return cluster;
  }

  String password() throws IOException {
    return Files.readString(passwordFile()).strip();
  }

  private Path passwordFile() {
    return home.resolve("password");
  }

  /** Written last: without it the files beside it are the rest of an interrupted first start. */
  private Path marker() {
    return home.resolve("initialised");
  }

  /** Of what was once whole nobody shall be told to remove the rest. */
  private void refuseDamaged() throws IOException {
    for (Path needed : List.of(directory.resolve("PG_VERSION"), directory.resolve("global/pg_control"), passwordFile())) {
      if (!Files.exists(needed) || Files.size(needed) == 0) {
        throw new StartFailure("The data directory %s is damaged, %s is missing or empty: put that file back, or restore a backup with `tuco restore`."
            .formatted(home.getParent(), needed));
      }
    }
  }

  private void refuseOtherVersion() throws IOException {
    String version = Files.readString(directory.resolve("PG_VERSION")).strip();
    if (!version.equals(programs.major())) {
      throw new StartFailure(
          "The data directory %s was written by PostgreSQL %s and this Tuco brings PostgreSQL %s: run the Tuco that wrote it, or move the data over."
              .formatted(home.getParent(), version, programs.major()));
    }
  }

  /** A full disk is reported as such at every try; only who is killed leaves a half-made directory behind. */
  private void createOrLeaveNothing(boolean durable) throws IOException {
    try {
      create(durable);
    } catch (IOException e) {
      Files.deleteIfExists(passwordFile());
      if (Files.exists(directory)) {
        PostgresBundle.removeTree(directory);
      }
      throw e;
    }
  }

  private void create(boolean durable) throws IOException {
    String password = newPassword();
    writeSecret(passwordFile(), password);
    // The built-in locale sorts the same on every machine; the operating system's would change an index's order.
    programs.run(
        "", "initdb", "-D", directory.toString(), "--username=postgres", "--auth=reject", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", durable ? "--sync-method=fsync" : "--no-sync");
    // Single-user mode needs no connection, so the superuser gets no password and nobody can sign in as it. The grants
    // reach every database copied from template1: the server's owner may take a physical backup while it runs.
    programs.run(
        """
        create role tuco login createrole createdb password '%s';
        grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean), pg_switch_wal() to tuco;
        create database tuco owner tuco;
        """.formatted(password),
        "postgres", "--single", "-D", directory.toString(), "-c", "exit_on_error=on", "-c", "log_min_messages=panic",
        "-c", "password_encryption=scram-sha-256", "template1");
    writeDurably(marker(), "PostgreSQL " + programs.major() + "\n");
  }

  /** Settings are Tuco's and written anew at each start. Statements and row values stay out of the log. */
  void configure(EmbeddedPostgres.Settings settings, int port) throws IOException {
    String conf =
        """
        # Written by Tuco at every start.
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        max_connections = %d
        shared_buffers = %dMB
        effective_cache_size = 1GB
        work_mem = 8MB
        maintenance_work_mem = 128MB
        random_page_cost = 1.1
        password_encryption = scram-sha-256
        timezone = 'UTC'
        log_timezone = 'UTC'
        wal_level = replica
        wal_compression = on
        min_wal_size = 128MB
        max_wal_size = 2GB
        checkpoint_timeout = 15min
        autovacuum_naptime = 15s
        autovacuum_vacuum_scale_factor = 0.05
        log_min_messages = log
        log_min_error_statement = panic
        log_error_verbosity = terse
        log_checkpoints = off
        """.formatted(port, settings.maxConnections(), settings.sharedBuffersMegabytes())
            + (settings.durable() ? "" : "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
    Files.writeString(directory.resolve("postgresql.conf"), conf);
    Files.writeString(directory.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
  }

  private static String newPassword() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static void writeSecret(Path file, String secret) throws IOException {
    Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    writeDurably(file, secret);
  }

  private static void writeDurably(Path file, String text) throws IOException {
    Files.writeString(
        file, text,
        StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
  }

  private static boolean isNotEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (var children = Files.list(directory)) {
      return children.findAny().isPresent();
    }
  }
}
