package tuco.leads;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What imports did, for the one that runs and for later: readable while it runs. */
public final class Imports {
  /** How many errors and duplicates are told line by line; the counts are complete. */
  static final int SHOWN = 1_000;

  /** An import of which nothing was heard for so long ran in a process that died: a client may pause for a minute. */
  private static final Duration SILENT = Duration.ofMinutes(5);

  private final Ids ids;
  private final Clock clock;
  private final Audit audit;

  public Imports(Ids ids, Clock clock, Audit audit) {
    this.ids = ids;
    this.clock = clock;
    this.audit = audit;
  }

  /** The figures of one import, as it goes; belongs to the thread that imports. */
  static final class Progress {
    final UUID importId;
    final UUID listId;
    int rows;
    int saved;
    int duplicates;
    int invalid;
    long bytes;
    final ArrayNode errors = Json.array();
    final ArrayNode doubles = Json.array();

    Progress(UUID importId, UUID listId) {
      this.importId = importId;
      this.listId = listId;
    }

    void invalid(long line, CsvRow.Fault fault) {
      if (errors.size() < SHOWN) {
        errors.add(Json.object().put("line", line).put("column", fault.column()).put("message", fault.message()));
      }
    }

    void duplicate(long line, UUID lead) {
      duplicates++;
      if (doubles.size() < SHOWN) {
        doubles.add(Json.object().put("line", line).put("existingLeadId", Ids.text(Kind.LEAD, lead)));
      }
    }
  }

  Progress start(Tx tx, UUID list) {
    Progress progress = new Progress(ids.next(tx.caller().tag()), list);
    tx.ownUpdate("""
            insert into imports (workspace_id, import_id, list_id, status, created_at, updated_at)
            values (:workspace, :import, :list, 'running', :now, :now)""")
        .bind("import", progress.importId).bind("list", list).bind("now", clock.instant()).execute();
    audit.record(tx, Action.LEAD_IMPORT, Kind.IMPORT, progress.importId, Map.of("list", Ids.text(Kind.LIST, list)));
    return progress;
  }

  /** In the transaction of a chunk, so that the figures are those of what is saved. */
  void store(Tx tx, Progress progress, boolean done) {
    tx.ownUpdate("""
            update imports
               set status = :status, rows_read = :rows, saved = :saved, duplicates = :duplicates,
                   invalid = :invalid, bytes_read = :bytes, errors = cast(:errors as jsonb),
                   doubles = cast(:doubles as jsonb), updated_at = :now
             where workspace_id = :workspace and import_id = :import""")
        .bind("import", progress.importId).bind("status", done ? "done" : "running")
        .bind("rows", progress.rows).bind("saved", progress.saved)
        .bind("duplicates", progress.duplicates).bind("invalid", progress.invalid).bind("bytes", progress.bytes)
        .bind("errors", Json.text(progress.errors)).bind("doubles", Json.text(progress.doubles))
        .bind("now", clock.instant()).execute();
  }

  /** An import that ended early; what was saved before stays, and so do the figures. */
  void fail(Tx tx, UUID workspace, UUID importId, String words) {
    tx.update("""
            update imports set status = 'failed', failure = :words, updated_at = :now
             where workspace_id = :workspace and import_id = :import""")
        .bind("workspace", workspace).bind("import", importId).bind("words", words)
        .bind("now", clock.instant()).execute();
  }

  /** GET /api/leads/imports/{id}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(one(tx, request.pathId("id", Kind.IMPORT, tx.caller())));
  }

  ObjectNode one(Tx tx, UUID id) {
    ObjectNode body = Json.object();
    body.set("import", tx.ownQuery("select * from imports where workspace_id = :workspace and import_id = :import")
        .bind("import", id).map((row, context) -> json(row, true)).findOne()
        .orElseThrow(() -> Problem.notFound("Import not found").code("import_not_found")));
    return body;
  }

  /** GET /api/leads/imports: newest first, without their lines. */
  public Response list(Request request, Tx tx) {
    int page = request.queryInt("page", 1, 1, 1_000_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    long total = tx.ownQuery("select count(*) from imports where workspace_id = :workspace").mapTo(Long.class).one();
    ArrayNode array = Json.array();
    tx.ownQuery("""
            select * from imports where workspace_id = :workspace
             order by import_id desc limit :limit offset :offset""")
        .bind("limit", limit).bind("offset", (long) (page - 1) * limit)
        .map((row, context) -> json(row, false)).forEach(array::add);
    ObjectNode body = Json.object();
    body.set("imports", array);
    body.set("pagination", Json.object().put("page", page).put("limit", limit)
        .put("totalCount", total).put("totalPages", (total + limit - 1) / limit));
    return Response.ok(body);
  }

  private ObjectNode json(ResultSet row, boolean lines) throws SQLException {
    int invalid = row.getInt("invalid");
    int duplicates = row.getInt("duplicates");
    boolean died = row.getString("status").equals("running")
        && row.getTimestamp("updated_at").toInstant().isBefore(clock.instant().minus(SILENT));
    ObjectNode body = Json.object()
        .put("_id", Ids.text(Kind.IMPORT, row.getObject("import_id", UUID.class)))
        .put("status", died ? "failed" : row.getString("status"))
        .put("listId", Ids.text(Kind.LIST, row.getObject("list_id", UUID.class)))
        .put("rowsRead", row.getInt("rows_read"))
        .put("savedCount", row.getInt("saved"))
        .put("duplicateCount", duplicates)
        .put("invalidCount", invalid)
        .put("bytesRead", row.getLong("bytes_read"))
        .put("failure", died ? "The server stopped while it ran. What was saved stays; repeating it is safe." : row.getString("failure"));
    if (lines) {
      body.set("errors", Json.parse(row.getString("errors")));
      body.set("duplicates", Json.parse(row.getString("doubles")));
      body.put("linesTruncated", invalid > SHOWN || duplicates > SHOWN);
    }
    return body
        .put("createdAt", Json.timestamp(row.getTimestamp("created_at").toInstant()))
        .put("updatedAt", Json.timestamp(row.getTimestamp("updated_at").toInstant()));
  }
}
