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

  /** Writes all entries there are now; what comes later is not of this export. In parts, so memory stays flat. */
  public void write(UUID workspace, OutputStream out) throws IOException {
    ObjectNode header = database.asWorkspace(workspace, this::header);
    line(out, Json.text(Json.object().set("export", header)));
    long entries = header.path("entries").asLong();
    long done = 0;
    while (done < entries) {
      long after = done;
      int limit = (int) Math.min(PART, entries - done);
      Part part = database.asWorkspace(workspace, tx -> part(tx, after, limit));
      for (String each : part.lines()) {
        line(out, each);
      }
      if (part.last() == after) {
        return; // The rest is gone from the database; the header says how much it was.
      }
      done = part.last();
    }
    // A seal of more than there is now tells that the end was cut off.
    for (ObjectNode seal : database.asWorkspace(workspace, tx -> seals.between(tx, workspace, entries, Long.MAX_VALUE))) {
      line(out, Json.text(Json.object().set("seal", seal)));
    }
    out.flush();
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

  private record Part(List<String> lines, long last) {}

  private Part part(Tx tx, long after, int limit) {
    List<Seals.Stored> entries = Seals.entries(tx, after, limit);
    long last = entries.isEmpty() ? after : entries.getLast().seq();
    Deque<ObjectNode> sealed = new ArrayDeque<>(seals.between(tx, tx.workspace(), after, last));
    List<String> lines = new ArrayList<>();
    for (Seals.Stored entry : entries) {
      lines.add("{\"seq\":" + entry.seq() + ",\"previous\":\"" + entry.previous() + "\",\"hash\":\"" + entry.hash()
          + "\",\"entry\":" + entry.entry() + "}");
      while (!sealed.isEmpty() && sealed.getFirst().path("seq").asLong() <= entry.seq()) {
        lines.add(Json.text(Json.object().set("seal", sealed.removeFirst())));
      }
    }
    return new Part(lines, last);
  }

  private static void line(OutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
