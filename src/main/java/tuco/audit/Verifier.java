package tuco.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;

/**
 * Proves an exported log complete and unchanged, offline (decisions 9.3): every entry is there and in order, each bears
 * the hash of the one before, every seal fits, and the signed header says how many there are and what the last hash is.
 */
public final class Verifier {
  private final @Nullable String pin;
  private final @Nullable Path earlier;
  private JsonNode header = Json.object();
  private byte[] publicKey = new byte[0];
  private long seq;
  private long sealed;
  private long earlierEntries;
  private long earlierRead;
  private String hash = Chain.START;

  /**
   * @param pin the fingerprint the key must have; null takes the key in the export, which proves nothing about who made it
   * @param earlier an export of the same log from before, whose entries must all be in this one; null when there is none
   */
  public Verifier(@Nullable String pin, @Nullable Path earlier) {
    this.pin = pin;
    this.earlier = earlier;
  }

  /**
   * What came out.
   *
   * @param firstBad the number of the first entry that is missing, changed or vouched for by nobody; null when all is well
   * @param words the finding, for people
   */
  public record Verdict(
      @Nullable Long firstBad, String words, String workspace, String name, long entries, String exportedAt, String fingerprint) {
    /** Whether the log is complete and as it was written. */
    public boolean holds() {
      return firstBad == null;
    }
  }

  /** The first fault, as soon as it is met. */
  private static final class Fault extends Exception {
    private static final long serialVersionUID = 1L;

    final long seq;
    final String words;

    Fault(long seq, String words) {
      super(words);
      this.seq = seq;
      this.words = words;
    }
  }

  /** Reads the export once. */
  public Verdict verify(Path file) throws IOException {
    try (ExportReader reader = new ExportReader(file);
        ExportReader before = earlier == null ? null : new ExportReader(earlier)) {
      header(reader.next());
      if (before != null) {
        earlierHeader(before.next());
      }
      for (ObjectNode line = reader.next(); line != null; line = reader.next()) {
        if (line.has("entry")) {
          entry(line, before == null ? null : earlierEntry(before));
        } else if (line.size() == 1 && line.path("seal") instanceof ObjectNode seal) {
          seal(seal);
        } else {
          throw new Fault(seq + 1, "a line after entry " + seq + " is no entry and no seal");
        }
      }
      end(before == null ? null : earlierEntry(before));
      return verdict(null, "complete and unchanged");
    } catch (Fault fault) {
      return verdict(fault.seq, fault.words);
    }
  }

  private void header(@Nullable ObjectNode line) throws Fault {
    if (line == null || line.size() != 1 || !(line.path("export") instanceof ObjectNode said)) {
      throw new Fault(1, "this is no export of an audit log: its first line is no header");
    }
    header = said;
    try {
      publicKey = Base64.getDecoder().decode(said.path("publicKey").asText());
    } catch (IllegalArgumentException e) {
      throw new Fault(1, "the header holds no public key");
    }
    if (pin != null && !pin.equals(SigningKey.fingerprint(publicKey))) {
      throw new Fault(1, "it was signed with the key " + SigningKey.fingerprint(publicKey) + ", not with " + pin);
    }
    if (!SigningKey.vouches(publicKey, AuditExport.PURPOSE, said)) {
      throw new Fault(1, "the header's signature does not hold: the header or the key was changed, and nothing vouches for any entry");
    }
  }

  /** Another file in its place would have nothing to say, and all would seem well. */
  private void earlierHeader(@Nullable ObjectNode line) throws Fault {
    ObjectNode said = line != null && line.path("export") instanceof ObjectNode found ? found : Json.object();
    if (!said.path("workspace").asText().equals(header.path("workspace").asText()) || !vouchesForItself(said)) {
      throw new Fault(1, "the earlier file is no export of this log, or its header was changed");
    }
    earlierEntries = said.path("entries").asLong();
  }

  private static boolean vouchesForItself(ObjectNode said) {
    try {
      return SigningKey.vouches(Base64.getDecoder().decode(said.path("publicKey").asText()), AuditExport.PURPOSE, said);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private @Nullable ObjectNode earlierEntry(ExportReader before) throws IOException, Fault {
    ObjectNode entry = before.nextEntry();
    if (entry == null && earlierRead < earlierEntries) {
      throw new Fault(earlierRead + 1, "the earlier file ends after " + earlierRead + " of its " + earlierEntries + " entries: it proves nothing of the rest");
    }
    earlierRead += entry == null ? 0 : 1;
    return entry;
  }

  private void entry(ObjectNode line, @Nullable ObjectNode before) throws Fault {
    long wanted = seq + 1;
    long found = line.path("seq").asLong();
    if (wanted > header.path("entries").asLong()) {
      throw new Fault(wanted, "entry " + wanted + " is one more than the header says there are");
    }
    if (found > wanted) {
      throw new Fault(wanted, "entry " + wanted + " is missing: entry " + found + " stands in its place");
    }
    if (found < wanted) {
      throw new Fault(wanted, "entry " + found + " stands where entry " + wanted + " should");
    }
    if (!isWhole(line)) {
      throw new Fault(wanted, "the line of entry " + wanted + " holds something that no export writes");
    }
    String previous = line.path("previous").asText();
    if (!hashed(line, previous, wanted).equals(line.path("hash").asText())) {
      throw new Fault(wanted, "entry " + wanted + " was changed");
    }
    if (!previous.equals(hash)) {
      throw new Fault(Math.max(1, seq), "entry " + Math.max(1, seq) + " was replaced: entry " + wanted + " was written after another one");
    }
    if (!line.at("/entry/workspace").asText().equals(header.path("workspace").asText())) {
      throw new Fault(wanted, "entry " + wanted + " is of another workspace");
    }
    if (before != null && !before.path("hash").asText().equals(line.path("hash").asText())) {
      throw new Fault(wanted, "entry " + wanted + " is not the one of the earlier export");
    }
    seq = wanted;
    hash = line.path("hash").asText();
  }

  /** What stands beside an entry is bound by no hash, and a number or text in another form would read as the same. */
  private static boolean isWhole(ObjectNode line) {
    return line.size() == 4 && line.path("seq").isIntegralNumber() && line.path("previous").isTextual() && line.path("hash").isTextual();
  }

  private static String hashed(ObjectNode line, String previous, long number) {
    try {
      String text = Canonical.text(line.path("entry"));
      // A character that the canonical form cannot hold was replaced: that is not what was written either.
      return Json.parse(text).equals(line.path("entry")) ? Chain.hash(text, previous, number) : "";
    } catch (IllegalArgumentException e) {
      return ""; // It holds what no entry was ever written with.
    }
  }

  private void seal(ObjectNode seal) throws Fault {
    long at = seal.path("seq").asLong();
    if (!SigningKey.vouches(publicKey, "seal", seal)
        || !seal.path("workspace").asText().equals(header.path("workspace").asText())) {
      throw new Fault(sealed + 1, "the seal at entry " + at + " does not hold: nothing vouches for the entries from " + (sealed + 1));
    }
    if (at > seq) {
      throw new Fault(seq + 1, "entry " + (seq + 1) + " is missing: the log was sealed at entry " + at);
    }
    if (at < seq || !seal.path("hash").asText().equals(hash)) {
      throw new Fault(sealed + 1, "the entries from " + (sealed + 1) + " to " + at + " are not those that were sealed");
    }
    sealed = at;
  }

  private void end(@Nullable ObjectNode before) throws Fault {
    long entries = header.path("entries").asLong();
    if (seq < entries) {
      throw new Fault(seq + 1, "entry " + (seq + 1) + " is missing: the file ends after " + seq + " of " + entries + " entries");
    }
    if (!hash.equals(header.path("head").asText())) {
      throw new Fault(sealed + 1, "the entries from " + (sealed + 1) + " are not those that the header vouches for");
    }
    if (header.has("fault")) {
      throw new Fault(1, "Tuco itself found the log changed when it was exported: " + header.path("fault").asText());
    }
    if (before != null) {
      throw new Fault(seq + 1, "entry " + (seq + 1) + " of the earlier export is missing");
    }
  }

  private Verdict verdict(@Nullable Long firstBad, String words) {
    return new Verdict(
        firstBad, words, header.path("workspace").asText(), header.path("name").asText(), seq,
        header.path("exportedAt").asText(), publicKey.length == 0 ? "" : SigningKey.fingerprint(publicKey));
  }
}
