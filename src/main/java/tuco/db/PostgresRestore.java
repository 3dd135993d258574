package tuco.db;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Puts a backup into a new data directory; the next start brings it to the moment at which the backup ended. */
public final class PostgresRestore {
  private static final String SECRET_KEY = "secret.key";
  private static final String MARKER = "initialised";

  private PostgresRestore() {}

  /**
   * Restores a backup of {@link PostgresBackup}.
   *
   * @param dataDirectory must hold no database yet
   * @throws StartFailure with one clear sentence
   */
  public static void read(Path file, Path dataDirectory) {
    Path data = dataDirectory.toAbsolutePath().normalize();
    Path home = data.resolve("postgres");
    if (Files.exists(home.resolve("cluster")) || Files.exists(home.resolve("password")) || Files.exists(data.resolve(SECRET_KEY))) {
      throw new StartFailure("The data directory " + data + " is in use already; restore into a new one.");
    }
    if (!Files.isRegularFile(file)) {
      throw new StartFailure("There is no backup " + file + ".");
    }
    boolean whole = false;
    try (PostgresDirectory claim = PostgresDirectory.claim(data)) {
      whole = unpack(file, claim);
      if (!whole) {
        throw new StartFailure(file + " is no whole backup; nothing was restored.");
      }
    } catch (IOException e) {
      throw new StartFailure(file + " is no whole backup (" + e.getMessage() + "); nothing was restored.", e);
    } finally {
      if (!whole) {
        removeRest(data);
      }
    }
  }

  private static void removeRest(Path data) {
    try {
      Files.deleteIfExists(data.resolve(SECRET_KEY));
      PostgresBundle.removeTree(data.resolve("postgres"));
    } catch (IOException e) {
      throw new StartFailure("What an incomplete restore left in " + data + " cannot be removed.", e);
    }
  }

  /** Whether the backup came to its end. The marker is written last, so that an interrupted restore does not start. */
  private static boolean unpack(Path file, PostgresDirectory claim) throws IOException {
    byte[] marker = new byte[0];
    try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)), 1 << 16);
        TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().equals(MARKER)) {
          marker = tar.readAllBytes();
        } else {
          unpack(entry, tar, claim);
        }
      }
    }
    if (marker.length == 0) {
      return false;
    }
    Files.write(claim.home().resolve(MARKER), marker);
    return true;
  }

  private static void unpack(TarArchiveEntry entry, InputStream content, PostgresDirectory claim) throws IOException {
    Path folder = entry.getName().equals(SECRET_KEY) ? claim.data() : claim.home();
    Path target = folder.resolve(entry.getName()).normalize();
    if (!target.startsWith(folder)) {
      throw new IOException("it names a file outside of the data directory");
    }
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
      return;
    }
    Files.copy(content, target);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
  }
}
