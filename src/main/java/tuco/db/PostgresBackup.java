package tuco.db;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A physical backup of the embedded PostgreSQL, taken while it runs: the files as they are, and the write-ahead log
 * that makes them one moment (decisions 10.3). {@link PostgresRestore} reads it.
 */
public final class PostgresBackup {
  static final String CLUSTER = "cluster/";
  /** Directories whose contents the server makes anew, and files that belong to the running process. */
  private static final Set<String> ANEW = Set.of(
      "pg_wal", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_replslot");
  private static final Set<String> LEFT_OUT = Set.of("postmaster.pid", "postmaster.opts", "pg_internal.init", "backup_label", "tablespace_map");
  private static final Pattern START = Pattern.compile("START WAL LOCATION: \\S+ \\(file ([0-9A-F]{24})\\)");
  private static final int SEGMENTS_PER_LOG = 256;

  private final Path home;
  private final TarArchiveOutputStream tar;

  private PostgresBackup(Path home, TarArchiveOutputStream tar) {
    this.home = home;
    this.tar = tar;
  }

  /**
   * Writes the backup of a data directory, whether a Tuco runs on it or not.
   *
   * @param file readable by its owner alone; must not be there yet
   * @throws StartFailure with one clear sentence
   */
  public static void write(Path dataDirectory, Path file) {
    Path data = dataDirectory.toAbsolutePath().normalize();
    if (!Files.exists(data.resolve("postgres/initialised"))) {
      throw new StartFailure("There is no embedded PostgreSQL in " + data + " to back up.");
    }
    if (Files.exists(file)) {
      throw new StartFailure(file + " exists already; a backup replaces nothing.");
    }
    try {
      Optional<DatabaseUrl> running = EmbeddedPostgres.running(data);
      if (running.isPresent()) {
        writeOf(data, running.get(), file);
      } else {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, EmbeddedPostgres.Settings.standard())) {
          writeOf(data, DatabaseUrl.parse(postgres.url()), file);
        }
      }
    } catch (IOException | SQLException e) {
      throw new StartFailure("The backup to " + file + " failed: " + e.getMessage() + ".", e);
    }
  }

  /** Under another name until it is whole. */
  private static void writeOf(Path data, DatabaseUrl url, Path file) throws IOException, SQLException {
    Path draft = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(draft);
    Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    boolean whole = false;
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(draft), 1 << 18);
          TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out, 1 << 16));
          Connection connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password())) {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        new PostgresBackup(data.resolve("postgres"), tar).copy(connection, data);
      }
      try (FileChannel written = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        written.force(true);
      }
      Files.move(draft, file);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(draft);
      }
    }
  }

  private void copy(Connection connection, Path data) throws IOException, SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select pg_backup_start('tuco backup', true)");
      copyCluster();
      Stop stop = stop(statement);
      put(CLUSTER + "backup_label", stop.label().getBytes(StandardCharsets.UTF_8));
      copyLog(stop);
    }
    copyFile(home.resolve("password"), "password");
    if (Files.exists(data.resolve("secret.key"))) {
      copyFile(data.resolve("secret.key"), "secret.key");
    }
    // Last, as at a first start: what lacks it is not whole.
    copyFile(home.resolve("initialised"), "initialised");
  }

  private void copyCluster() throws IOException {
    Path cluster = home.resolve("cluster");
    Files.walkFileTree(cluster, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
        putDirectory(directory);
        return ANEW.contains(cluster.relativize(directory).toString()) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        String name = file.getFileName().toString();
        if (!LEFT_OUT.contains(name) && !name.startsWith("pgsql_tmp") && !name.equals("pg_control")) {
          copyFile(file, name(file));
        }
        return FileVisitResult.CONTINUE;
      }

      // A table dropped meanwhile; the log knows.
      @Override
      public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
        if (failure instanceof NoSuchFileException) {
          return FileVisitResult.CONTINUE;
        }
        throw failure;
      }
    });
    copyFile(cluster.resolve("global/pg_control"), CLUSTER + "global/pg_control");
  }

  /** What ends the backup: the label that a restore begins with, and the last segment it needs. */
  private record Stop(String label, String lastSegment) {}

  private static Stop stop(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(
        "select s.labelfile, pg_walfile_name(s.lsn) from pg_backup_stop(false) s")) {
      row.next();
      return new Stop(row.getString(1), row.getString(2));
    }
  }

  /** All segments from the first to the last; were one recycled meanwhile, its name would be gone. */
  private void copyLog(Stop stop) throws IOException {
    Matcher start = START.matcher(stop.label());
    if (!start.find()) {
      throw new IOException("the server's label names no start");
    }
    Path log = home.resolve("cluster/pg_wal");
    putDirectory(log.resolve("archive_status"));
    putDirectory(log.resolve("summaries"));
    for (long segment = number(start.group(1)); segment <= number(stop.lastSegment()); segment++) {
      copyFile(log.resolve(segment(stop.lastSegment(), segment)), CLUSTER + "pg_wal/" + segment(stop.lastSegment(), segment));
    }
    if (!Files.exists(log.resolve(start.group(1)))) {
      throw new IOException("so much was written meanwhile that the log began anew; try again at a quieter time");
    }
  }

  private static long number(String segment) {
    return Long.parseLong(segment.substring(8, 16), 16) * SEGMENTS_PER_LOG + Long.parseLong(segment.substring(16), 16);
  }

  private static String segment(String sameTimeline, long number) {
    return sameTimeline.substring(0, 8) + "%08X%08X".formatted(number / SEGMENTS_PER_LOG, number % SEGMENTS_PER_LOG);
  }

  private String name(Path path) {
    return home.relativize(path).toString();
  }

  private void putDirectory(Path directory) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name(directory) + "/");
    entry.setMode(0700);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private void put(String name, byte[] content) throws IOException {
    begin(name, content.length);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void begin(String name, long size) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setMode(0600);
    entry.setSize(size);
    tar.putArchiveEntry(entry);
  }

  /** The file may grow or shrink while it is read; the log repairs what is missing or torn. */
  private void copyFile(Path file, String name) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      long size = Files.size(file);
      begin(name, size);
      byte[] buffer = new byte[1 << 16];
      for (long left = size; left > 0; ) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          read = (int) Math.min(buffer.length, left);
          Arrays.fill(buffer, 0, read, (byte) 0);
        }
        tar.write(buffer, 0, read);
        left -= read;
      }
      tar.closeArchiveEntry();
    } catch (NoSuchFileException e) {
      if (name.startsWith(CLUSTER + "base/")) {
        return;
      }
      throw e;
    }
  }
}
