package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;

/** An export, line by line. */
final class ExportReader implements AutoCloseable {
  private final BufferedReader lines;

  ExportReader(Path file) throws IOException {
    lines = Files.newBufferedReader(file);
  }

  /** The next line; null at the end; an empty object for a line that cannot be read. */
  @Nullable ObjectNode next() throws IOException {
    String line = lines.readLine();
    if (line == null) {
      return null;
    }
    return Json.parseOrNull(line) instanceof ObjectNode object ? object : Json.object();
  }

  /** The next line that is an entry. */
  @Nullable ObjectNode nextEntry() throws IOException {
    ObjectNode line = next();
    while (line != null && !line.has("entry")) {
      line = next();
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
