package tuco.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import tuco.db.StartFailure;

/** The key that seals credentials of third parties: from the settings, or made once in the data directory. */
public final class SecretKey {
  private static final int BYTES = 32;
  private static final String FILE = "secret.key";

  private SecretKey() {}

  /** The key; losing it loses the lines' credentials and the authenticator apps, and nothing else. */
  public static byte[] of(Settings settings) {
    String set = settings.text(Setting.SECRET_KEY);
    return set.isEmpty() ? inDirectory(Path.of(settings.text(Setting.DATA))) : decoded(set, Setting.SECRET_KEY.variable());
  }

  private static byte[] inDirectory(Path data) {
    Path file = data.resolve(FILE);
    try {
      Files.createDirectories(data);
      if (!Files.exists(file)) {
        create(file);
      }
      return decoded(Files.readString(file).strip(), file.toString());
    } catch (IOException e) {
      throw new StartFailure("The data directory " + data.toAbsolutePath().normalize() + " cannot be written: " + file + " is not accessible.", e);
    }
  }

  /** Written beside and moved, so that a crash leaves no half key. */
  private static void create(Path file) throws IOException {
    byte[] key = new byte[BYTES];
    new SecureRandom().nextBytes(key);
    Path draft = Files.createTempFile(
        file.toAbsolutePath().getParent(), FILE, ".draft",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(
          draft, (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII),
          StandardOpenOption.WRITE, StandardOpenOption.SYNC);
      // A link fails where the file is there already; a move would replace what another start just wrote.
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException anotherStartWasFirst) {
      return;
    } finally {
      Files.delete(draft);
    }
  }

  private static byte[] decoded(String text, String where) {
    try {
      byte[] key = Base64.getDecoder().decode(text);
      if (key.length == BYTES) {
        return key;
      }
    } catch (IllegalArgumentException e) {
      throw new StartFailure(where + " must hold 32 bytes in Base64.", e);
    }
    throw new StartFailure(where + " must hold 32 bytes in Base64.");
  }
}
