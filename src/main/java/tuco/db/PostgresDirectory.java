package tuco.db;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** A data directory that belongs to this process alone until it is closed. */
record PostgresDirectory(Path data, FileChannel lockFile) implements AutoCloseable {

  /** Creates the directory where missing and locks it; the lock goes with the process, however it ends. */
  static PostgresDirectory claim(Path dataDirectory) {
    Path data = dataDirectory.toAbsolutePath().normalize();
    refuseWhatAShellWouldRead(data);
    try {
      Files.createDirectories(data.resolve("postgres"));
      FileChannel lockFile =
          FileChannel.open(data.resolve("tuco.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(lockFile) == null) {
        lockFile.close();
        throw new StartFailure("The data directory " + data + " is in use by another Tuco.");
      }
      // The directory of the programs has to be reachable for the user PostgreSQL runs as; secrets below it are 0600.
      Files.setPosixFilePermissions(data.resolve("postgres"), PosixFilePermissions.fromString("rwxr-xr-x"));
      return new PostgresDirectory(data, lockFile);
    } catch (IOException e) {
      throw new StartFailure("The data directory " + data + " cannot be written: " + reason(e) + ".", e);
    }
  }

  /** Whether a Tuco, this one included, has the directory now. */
  static boolean inUse(Path dataDirectory) {
    Path lock = dataDirectory.resolve("tuco.lock");
    if (!Files.exists(lock)) {
      return false;
    }
    try (FileChannel lockFile = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      return tryLock(lockFile) == null;
    } catch (IOException e) {
      throw new StartFailure("The data directory " + dataDirectory + " cannot be read: " + reason(e) + ".", e);
    }
  }

  /** Where everything of the embedded server lives. */
  Path home() {
    return data.resolve("postgres");
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel lockFile) throws IOException {
    try {
      return lockFile.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  /** PostgreSQL's own initdb passes its paths through a shell in double quotes. */
  private static void refuseWhatAShellWouldRead(Path data) {
    if (data.toString().chars().anyMatch(c -> "\"$`\\\n".indexOf(c) >= 0)) {
      throw new StartFailure(
          "The data directory " + data + " cannot be used: its path holds a quote, dollar, backtick, backslash or line break.");
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException missing) {
      return "nothing can be made at " + missing.getFile();
    }
    if (e instanceof FileSystemException f && f.getFile() != null) {
      return f.getReason() == null ? f.getFile() + " is in the way" : f.getReason() + " (" + f.getFile() + ")";
    }
    return String.valueOf(e.getMessage());
  }
}
