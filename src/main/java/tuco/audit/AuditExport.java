package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import tuco.caller.Credential;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * A workspace's whole log as lines of JSON: a signed header that says how many entries follow and what the last one's
 * hash is, then the entries in order, with the seals between them. {@link Verifier} needs nothing else.
 */
public final class AuditExport {
  /** What the header's signature is for. */
  static final String PURPOSE = "export";

  private static final int PART = 500;

  private final Database database;
  private final Audit audit;
  private final SigningKeys keys;
  private final Seals seals;
  private final Clock clock;

  public AuditExport(Database database, Audit audit, SigningKeys keys, Seals seals, Clock clock) {
    this.database = database;
    this.audit = audit;
    this.keys = keys;
    this.seals = seals;
    this.clock = clock;
  }

  /** Writes down that somebody takes the log along. */
  public void record(Tx tx) {
    audit.record(tx, Action.AUDIT_EXPORT, Kind.WORKSPACE, tx.workspace());
  }

  /**
   * Writes a log on the operator's word.
   *
   * @return whether there is such a workspace
   */
  public boolean writeForOperator(UUID workspace, Destination destination) throws IOException {
    boolean there = database.asWorkspace(workspace, tx -> {
      boolean found = tx.ownQuery("select exists (select from workspaces where workspace_id = :workspace)").mapTo(Boolean.class).one();
      if (found) {
        record(tx);
      }
      return found;
    });
    if (there) {
      try (OutputStream out = destination.open()) {
        write(workspace, out);
      }
    }
    return there;
  }

  /** Where an export goes to, opened only once there is one. */
  @FunctionalInterface
  public interface Destination {
    OutputStream open() throws IOException;
  }

  /** As the operator. */
  public void write(UUID workspace, OutputStream out) throws IOException {
    write(work -> database.asWorkspace(workspace, work), out);
  }

  /** As who asked for it: an access that ends while the file is written breaks it off (K8). */
  public void write(Credential credential, OutputStream out) throws IOException {
    write(work -> database.read(credential, work), out);
  }

  /** Opens a transaction of the workspace whose log it is. */
  @FunctionalInterface
  private interface Reading {
    List<String> lines(Database.Work<List<String>> work);
  }

  /** Writes all entries there are now; what comes later is not of this export. In parts, so memory stays flat. */
  private void write(Reading reading, OutputStream out) throws IOException {
    Progress progress = new Progress();
    write(out, reading.lines(tx -> {
      ObjectNode header = header(tx);
      progress.entries = header.path("entries").asLong();
      return List.of(Json.text(Json.object().set("export", header)));
    }));
    while (progress.done < progress.entries) {
      long after = progress.done;
      write(out, reading.lines(tx -> part(tx, progress)));
      if (progress.done == after) {
        return; // The rest is gone from the database; the header says how much it was.
      }
    }
    // A seal of more than there is now tells that the end was cut off.
    write(out, reading.lines(tx -> seals.between(tx, tx.workspace(), progress.entries, Long.MAX_VALUE).stream()
        .map(seal -> Json.text(Json.object().set("seal", seal))).toList()));
    out.flush();
  }

  /** How many entries there are to write, and the last one that was. */
  private static final class Progress {
    private long entries;
    private long done;
  }

  private ObjectNode header(Tx tx) {
    Seals.Head head = Seals.head(tx);
    String name = tx.ownQuery("select name from workspaces where workspace_id = :workspace").mapTo(String.class).one();
    ObjectNode header = Json.object()
        .put("format", 1)
        .put("workspace", Ids.text(Kind.WORKSPACE, tx.workspace())).put("name", name)
        .put("exportedAt", Json.timestamp(clock.instant()))
        .put("entries", head.seq()).put("head", head.hash())
        .put("publicKey", keys.current().publicKey()).put("fingerprint", keys.current().fingerprint());
    String fault = seals.fault(tx, head);
    if (fault != null) {
      header.put("fault", fault); // Signed with the rest: what is known to be changed must not pass as whole.
    }
    return keys.current().sign(PURPOSE, header);
  }

  private List<String> part(Tx tx, Progress progress) {
    long after = progress.done;
    List<Seals.Stored> entries = Seals.entries(tx, after, (int) Math.min(PART, progress.entries - after));
    progress.done = entries.isEmpty() ? after : entries.getLast().seq();
    Deque<ObjectNode> sealed = new ArrayDeque<>(seals.between(tx, tx.workspace(), after, progress.done));
    List<String> lines = new ArrayList<>();
    for (Seals.Stored entry : entries) {
      lines.add("{\"seq\":" + entry.seq() + ",\"previous\":\"" + entry.previous() + "\",\"hash\":\"" + entry.hash()
          + "\",\"entry\":" + entry.entry() + "}");
      while (!sealed.isEmpty() && sealed.getFirst().path("seq").asLong() <= entry.seq()) {
        lines.add(Json.text(Json.object().set("seal", sealed.removeFirst())));
      }
    }
    return lines;
  }

  private static void write(OutputStream out, List<String> lines) throws IOException {
    for (String line : lines) {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
