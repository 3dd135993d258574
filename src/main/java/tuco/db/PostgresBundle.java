package tuco.db;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's programs as they come in the jar, unpacked once for each version. */
final class PostgresBundle {
  private PostgresBundle() {}

  /** The folder with {@code bin}, {@code lib} and {@code share}; it appears whole or not at all. */
  static Path unpackInto(Path home) throws IOException {
    URL bundle = find();
    Path programs = home.resolve("programs-" + checksum(bundle));
    if (!Files.isDirectory(programs)) {
      Path partial = home.resolve(programs.getFileName() + ".partial");
      removeOthers(home);
      unpack(bundle, partial);
      Files.move(partial, programs, StandardCopyOption.ATOMIC_MOVE);
    }
    return programs;
  }

  private static URL find() {
    String processor =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm_64";
          case String other -> other;
        };
    URL bundle = PostgresBundle.class.getResource("/postgres-linux-" + processor + ".txz");
    if (bundle == null || !System.getProperty("os.name").equals("Linux")) {
      throw new StartFailure(
          "This build of Tuco brings no PostgreSQL for this machine (%s, %s): set TUCO_DATABASE_URL to a PostgreSQL 15 or newer."
              .formatted(System.getProperty("os.name"), processor));
    }
    return bundle;
  }

  /** The jar knows the checksum of the bundle, so that a start need not read its 15 MB. */
  private static String checksum(URL bundle) throws IOException {
    if (bundle.openConnection() instanceof JarURLConnection jar) {
      return HexFormat.of().toHexDigits((int) jar.getJarEntry().getCrc());
    }
    throw new IOException("the PostgreSQL bundle is not in a jar: " + bundle);
  }

  private static void removeOthers(Path home) throws IOException {
    try (Stream<Path> children = Files.list(home)) {
      for (Path old : children.filter(p -> p.getFileName().toString().startsWith("programs-")).toList()) {
        removeTree(old);
      }
    }
  }

  static void removeTree(Path tree) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(tree)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }

  private static void unpack(URL bundle, Path target) throws IOException {
    try (InputStream raw = bundle.openStream();
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(raw, 1 << 16)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(entry, tar, target);
      }
    }
  }

  private static void unpack(TarArchiveEntry entry, InputStream content, Path target) throws IOException {
    Path path = target.resolve(entry.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("the PostgreSQL bundle holds a path outside itself: " + entry.getName());
    }
    makeReadable(entry.isDirectory() ? path : Objects.requireNonNull(path.getParent()));
    if (entry.isDirectory()) {
      return;
    }
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (!entry.getName().endsWith(".a")) { // Static libraries serve only who builds extensions.
      Files.copy(content, path);
      boolean executable = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  /** Whatever the umask says: as root, PostgreSQL may run as another user. */
  private static void makeReadable(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      makeReadable(Objects.requireNonNull(directory.getParent()));
      Files.createDirectory(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
