package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code /api/audit}: the workspace's log for its owners and admins (decisions 9.3, S2). */
public final class AuditApi {
  private final Database database;
  private final AuditExport export;
  private final SigningKeys keys;

  public AuditApi(Database database, AuditExport export, SigningKeys keys) {
    this.database = database;
    this.export = export;
    this.keys = keys;
  }

  /** {@code GET /api/audit}: newest first, by cursor. */
  public Response list(Request request, Tx tx) {
    int limit = request.queryInt("limit", 50, 1, 100);
    String cursor = request.queryText("cursor");
    if (cursor != null && !cursor.matches("\\d{1,18}")) {
      throw Problem.badField("cursor", "Invalid cursor");
    }
    List<ObjectNode> found =
        AuditLog.page(tx, filter(request, tx.caller()), cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor), limit + 1);
    ObjectNode body = Json.object();
    var entries = body.putArray("entries");
    found.stream().limit(limit).forEach(entries::add);
    body.put("nextCursor", found.size() > limit ? found.get(limit - 1).path("seq").asText() : null);
    return Response.ok(body);
  }

  /** What the query asks for. */
  public static AuditLog.Filter filter(Request request, Caller caller) {
    UUID person = id(Kind.PERSON, request.queryText("personId"), "personId");
    UUID key = request.queryId("keyId", Kind.KEY, caller, "Invalid keyId");
    if (person != null && key != null) {
      throw Problem.badField("keyId", "Give either personId or keyId, not both");
    }
    String action = request.queryText("action");
    if (action != null && Action.of(action).isEmpty()) {
      throw Problem.badField("action", "There is no such action");
    }
    return new AuditLog.Filter(
        person != null ? Ids.text(Kind.PERSON, person) : Ids.textOrNull(Kind.KEY, key),
        action, object(request.queryText("object"), caller), instant(request, "since"), instant(request, "until"));
  }

  private static @Nullable UUID id(Kind kind, @Nullable String text, String field) {
    UUID id = text == null ? null : Ids.parse(kind, text);
    if (text != null && id == null) {
      throw Problem.badField(field, "Invalid " + field).code("invalid_id");
    }
    return id;
  }

  /** An id of any kind; one of another workspace is refused as everywhere (decisions 1.2). */
  private static @Nullable String object(@Nullable String text, Caller caller) {
    if (text == null) {
      return null;
    }
    Kind kind = Arrays.stream(Kind.values()).filter(each -> text.startsWith(each.prefix() + "_")).findAny()
        .orElseThrow(() -> Problem.badField("object", "object must be an id, such as ky_…").code("invalid_id"));
    UUID id = id(kind, text, "object");
    if (id != null && Ids.tag(id) != Ids.NO_WORKSPACE && Ids.tag(id) != caller.tag()) {
      throw Problem.wrongWorkspace();
    }
    return text;
  }

  private static @Nullable Instant instant(Request request, String name) {
    String text = request.queryText(name);
    try {
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw Problem.badField(name, name + " must be an instant such as 2027-01-31T00:00:00Z");
    }
  }

  /** {@code GET /api/audit/key}: what to compare an export's key with, fetched on another day and another way. */
  public Response key(Request request, Tx tx) {
    return Response.ok(Json.object().put("algorithm", "Ed25519")
        .put("publicKey", keys.current().publicKey()).put("fingerprint", keys.current().fingerprint()));
  }

  /** {@code GET /api/audit/export}: the whole log, signed; it ends with the entry about this export. */
  public Response export(Request request, Caller caller, Credential credential) {
    return file(credential);
  }

  /** The same for a browser. */
  public Response file(Credential credential) {
    UUID workspace = database.read(credential, tx -> {
      export.record(tx);
      return tx.workspace();
    });
    return Response.streamed("application/x-ndjson", out -> export.write(credential, out))
        .with("Content-Disposition", "attachment; filename=\"audit-" + Ids.text(Kind.WORKSPACE, workspace) + ".ndjson\"");
  }
}
