package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.AuditLog;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What a key was used for, and all it did since an instant: the first question after a leak (K12). */
public final class KeyReports {
  private static final int ENTRIES = 1_000;

  private final Keys keys;
  private final Clock clock;

  public KeyReports(Keys keys, Clock clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /** {@code GET /api/api-keys/{id}/activity}: calls by day, route and status, the newest day first. */
  public Response activity(Request request, Tx tx) {
    Key key = wanted(request, tx);
    int page = request.queryInt("page", 1, 1, 1_000_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    int total = tx.ownQuery("select count(*) from key_activity where workspace_id = :workspace and key_id = :key")
        .bind("key", key.id()).mapTo(Integer.class).one();
    ObjectNode body = Json.object();
    body.set("apiKey", key.json());
    body.set("activity", calls(tx, key.id(), LocalDate.EPOCH, limit, (page - 1) * limit));
    body.putObject("pagination").put("page", page).put("limit", limit)
        .put("totalCount", total).put("totalPages", (total + limit - 1) / limit);
    return Response.ok(body);
  }

  /**
   * {@code GET /api/api-keys/{id}/report?since=}: the calls of the days since then, counted on all nodes up to the last
   * few seconds, what was done to the key and by it, and every message it created, by {@code after} in pages.
   */
  public Response report(Request request, Tx tx) {
    Key key = wanted(request, tx);
    Instant since = since(request, key.createdAt());
    int limit = request.queryInt("limit", 100, 1, 1000);
    UUID after = request.queryId("after", Kind.MESSAGE, tx.caller(), "Invalid after");
    LocalDate day = LocalDate.ofInstant(since, ZoneOffset.UTC);
    UUID floor = Ids.floor(tx.caller().tag(), since);

    ObjectNode body = Json.object();
    body.set("apiKey", key.json());
    body.put("since", Json.timestamp(since)).put("until", Json.timestamp(clock.instant()));
    body.put("callsSince", Json.timestamp(day.atStartOfDay().toInstant(ZoneOffset.UTC)));
    body.set("calls", calls(tx, key.id(), day, Integer.MAX_VALUE, 0));
    String name = Ids.text(Kind.KEY, key.id());
    body.set("changes", entries(tx, new AuditLog.Filter(null, null, name, since, null)));
    body.set("deeds", entries(tx, new AuditLog.Filter(name, null, null, since, null)));
    body.put("messageCount", tx.ownQuery("""
            select count(*) from messages
             where workspace_id = :workspace and message_id >= :floor and created_by = :key""")
        .bind("floor", floor).bind("key", key.id()).mapTo(Long.class).one());
    List<Message> messages = messages(tx, key.id(), floor, after, limit + 1);
    ArrayNode shown = body.putArray("messages");
    messages.stream().limit(limit).forEach(message -> shown.addObject()
        .put("_id", Ids.text(Kind.MESSAGE, message.id())).put("status", message.status())
        .put("createdAt", Json.timestamp(message.createdAt())));
    body.put("next", messages.size() > limit ? Ids.text(Kind.MESSAGE, messages.get(limit - 1).id()) : null);
    return Response.ok(body);
  }

  private static ArrayNode entries(Tx tx, AuditLog.Filter filter) {
    ArrayNode entries = Json.array();
    AuditLog.page(tx, filter, Long.MAX_VALUE, ENTRIES).forEach(entries::add);
    return entries;
  }

  private record Message(UUID id, String status, Instant createdAt) {}

  /** Ids sort by time, so the primary key finds what was created since then. */
  private static List<Message> messages(Tx tx, UUID key, UUID floor, @Nullable UUID after, int limit) {
    return tx.ownQuery("""
            select m.message_id, s.status, m.created_at
              from messages m
              join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
             where m.workspace_id = :workspace
               and m.message_id >= :floor
               and m.message_id > coalesce(:after, '00000000-0000-0000-0000-000000000000'::uuid)
               and m.created_by = :key
             order by m.message_id
             limit :limit""")
        .bind("floor", floor).bind("after", after).bind("key", key).bind("limit", limit)
        .map((row, context) -> new Message(
            row.getObject("message_id", UUID.class), row.getString("status"), row.getTimestamp("created_at").toInstant()))
        .list();
  }

  private static ArrayNode calls(Tx tx, UUID key, LocalDate since, int limit, int skip) {
    ArrayNode rows = Json.array();
    tx.ownQuery("""
            select day, route, status, calls, first_at, last_at
              from key_activity
             where workspace_id = :workspace and key_id = :key and day >= :since
             order by day desc, last_at desc, route, status
             limit :limit offset :skip""")
        .bind("key", key).bind("since", since).bind("limit", limit).bind("skip", skip)
        .map((row, context) -> Json.object()
            .put("day", row.getString("day")).put("route", row.getString("route"))
            .put("status", row.getInt("status")).put("calls", row.getLong("calls"))
            .put("firstAt", Json.timestamp(row.getTimestamp("first_at").toInstant()))
            .put("lastAt", Json.timestamp(row.getTimestamp("last_at").toInstant())))
        .forEach(rows::add);
    return rows;
  }

  private static Instant since(Request request, Instant otherwise) {
    String text = request.queryText("since");
    if (text == null) {
      return otherwise;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw Problem.badField("since", "since must be an instant such as 2027-01-31T00:00:00Z");
    }
  }

  private Key wanted(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.KEY, tx.caller());
    return keys.find(tx, tx.workspace(), id).orElseThrow(() -> Problem.notFound("API key not found"));
  }
}
