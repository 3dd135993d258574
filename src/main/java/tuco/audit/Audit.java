package tuco.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Origin;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Writes the audit log, in the transaction of the change (decisions 9.3). An entry gets its number at the very end of
 * the transaction, so that nobody waits for the log but those who are about to commit. Entries hold ids, never the
 * data of leads and never a secret: they can never be erased.
 */
public final class Audit {
  private static final int LONGEST_WORD = 200;

  private final Clock clock;

  public Audit(Clock clock) {
    this.clock = clock;
  }

  /** The transaction's caller did this in its workspace; without a caller it was the operator. */
  public void record(Tx tx, Action action, Kind kind, UUID object, Map<String, ?> details) {
    record(tx, Actor.of(tx), tx.workspace(), action, kind, object, details);
  }

  /** As above, with nothing more to say. */
  public void record(Tx tx, Action action, Kind kind, UUID object) {
    record(tx, action, kind, object, Map.of());
  }

  /**
   * Somebody did this in a workspace: for transactions without a caller or across workspaces.
   *
   * @param details names and plain values, lists or maps of them; instants as {@link Json#timestamp} writes them
   */
  public void record(
      Tx tx, Actor actor, UUID workspace, Action action, Kind kind, UUID object, Map<String, ?> details) {
    String entry = entry(tx.origin(), actor, workspace, action, kind, object, details);
    tx.beforeCommit(workspace, () -> tx.query("select audit_append(:workspace, :entry)")
        .bind("workspace", workspace).bind("entry", entry).mapTo(Long.class).one());
  }

  /**
   * A person did this on their own, in no workspace: it stands in the log of each of theirs.
   *
   * @param person whose workspaces
   */
  public void recordEverywhere(
      Tx tx, Actor actor, UUID person, Action action, Kind kind, UUID object, Map<String, ?> details) {
    tx.query("select workspace_id from workspaces_of(:person)").bind("person", person).mapTo(UUID.class)
        .forEach(workspace -> record(tx, actor, workspace, action, kind, object, details));
  }

  /** The SHA-256 of a statement in its canonical form (RFC 8785), in hex: what a receipt is known by. */
  public static String hash(JsonNode statement) {
    return Chain.sha256(Canonical.text(statement).getBytes(StandardCharsets.UTF_8));
  }

  /** What a change changed, as details: each value before and after. */
  public static Map<String, ?> changes(Map<String, ? extends @Nullable Object> before, Map<String, ? extends @Nullable Object> after) {
    Map<String, Object> changed = new TreeMap<>();
    after.forEach((name, value) -> {
      Object was = before.get(name);
      if (!Objects.equals(was, value)) {
        Map<String, @Nullable Object> step = new TreeMap<>();
        step.put("from", was);
        step.put("to", value);
        changed.put(name, step);
      }
    });
    return changed.isEmpty() ? Map.of() : Map.of("changed", changed);
  }

  /**
   * The same for the engine's plain transactions. Writes at once: call it last, before the commit, and in the order of
   * the workspaces when there are several.
   */
  public void record(
      Connection connection, Actor actor, UUID workspace, Action action, Kind kind, UUID object, Map<String, ?> details)
      throws SQLException {
    try (PreparedStatement append = connection.prepareStatement("select audit_append(?, ?)")) {
      append.setObject(1, workspace);
      append.setString(2, entry(Origin.NONE, actor, workspace, action, kind, object, details));
      append.execute();
    }
  }

  private String entry(
      Origin origin, Actor actor, UUID workspace, Action action, Kind kind, UUID object, Map<String, ?> details) {
    ObjectNode entry = Json.object()
        .put("workspace", Ids.text(Kind.WORKSPACE, workspace))
        .put("at", Json.timestamp(clock.instant()))
        .put("action", action.wire())
        .put("object", Ids.text(kind, object));
    ObjectNode who = entry.putObject("actor").put("kind", actor.kind()).put("name", actor.name());
    if (actor.id() != null) {
      who.put("id", actor.id());
    }
    if (actor.mayBePlaced()) {
      putIfThere(entry, "address", origin.address());
      putIfThere(entry, "client", origin.client());
      putIfThere(entry, "requestId", origin.requestId());
      putIfThere(entry, "correlationId", origin.correlationId());
    }
    if (!details.isEmpty()) {
      entry.set("details", Json.tree(details));
    }
    return Canonical.text(entry);
  }

  private static void putIfThere(ObjectNode entry, String name, String value) {
    if (!value.isEmpty()) {
      entry.put(name, value.length() <= LONGEST_WORD ? value : value.substring(0, LONGEST_WORD));
    }
  }
}
