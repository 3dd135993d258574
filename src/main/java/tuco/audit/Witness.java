package tuco.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The heads that this node has sealed, kept beside the database in the data directory: somebody who takes the seals out of
 * the database as well does not take it from here, not even while the node is down.
 */
final class Witness {
  static final String FILE = "audit-heads";

  private static final Logger LOG = LoggerFactory.getLogger(Witness.class);

  private final @Nullable Path file;
  private final Map<UUID, Seals.Head> heads = new ConcurrentHashMap<>();

  /**
   * @param data the data directory; null keeps nothing over a restart
   */
  Witness(@Nullable Path data) {
    file = data == null ? null : data.resolve(FILE);
    if (file != null && Files.exists(file)) {
      try {
        Files.readAllLines(file).forEach(this::read);
        tidy(file);
      } catch (IOException e) {
        LOG.warn("{} cannot be read: what was sealed before this start is not known here: {}", file, e.toString());
      }
    }
  }

  /** A line that a crash cut short is none. */
  private void read(String line) {
    String[] parts = line.split(" ", 4);
    UUID workspace = parts.length == 3 ? Ids.parse(Kind.WORKSPACE, parts[0]) : null;
    if (workspace != null && parts[1].matches("\\d{1,18}") && parts[2].matches("[0-9a-f]{64}")) {
      heads.put(workspace, new Seals.Head(Long.parseLong(parts[1]), parts[2]));
    }
  }

  /** One line is added for each seal; of a log only the last one counts. */
  private void tidy(Path file) throws IOException {
    Path draft = file.resolveSibling(FILE + ".draft");
    Files.write(draft, heads.entrySet().stream().map(each -> line(each.getKey(), each.getValue())).toList());
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String line(UUID workspace, Seals.Head head) {
    return Ids.text(Kind.WORKSPACE, workspace) + " " + head.seq() + " " + head.hash();
  }

  /** What was sealed last of a log; null when this node has sealed nothing of it. */
  Seals.@Nullable Head of(UUID workspace) {
    return heads.get(workspace);
  }

  synchronized void remember(UUID workspace, Seals.Head head) {
    if (!head.equals(heads.put(workspace, head)) && file != null) {
      try {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, line(workspace, head) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        LOG.warn("{} cannot be written: what is sealed now is not known after a restart: {}", file, e.toString());
      }
    }
  }
}
