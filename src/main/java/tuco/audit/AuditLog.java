package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;

/** Reads the log: the newest entries first, by what is asked for. */
public final class AuditLog {
  private AuditLog() {}

  /**
   * What is asked for; null asks for everything.
   *
   * @param actor the id of a person, key or staff member
   * @param action on the wire
   * @param object the id of what was changed
   */
  public record Filter(
      @Nullable String actor, @Nullable String action, @Nullable String object, @Nullable Instant since, @Nullable Instant until) {
    public static final Filter ALL = new Filter(null, null, null, null, null);

    private Map<String, String> conditions() {
      Map<String, String> conditions = new LinkedHashMap<>();
      put(conditions, "actor = :actor", actor);
      put(conditions, "action = :action", action);
      put(conditions, "object = :object", object);
      put(conditions, "at >= :since", Json.timestampOrNull(since));
      put(conditions, "at < :until", Json.timestampOrNull(until));
      return conditions;
    }

    private static void put(Map<String, String> conditions, String condition, @Nullable String value) {
      if (value != null) {
        conditions.put(condition, value);
      }
    }
  }

  /** Entries before a number; each as it was written, with its number and hash. */
  public static List<ObjectNode> page(Tx tx, Filter filter, long before, int limit) {
    Map<String, String> conditions = filter.conditions();
    StringBuilder sql = new StringBuilder("""
        select seq, encode(hash, 'hex') as hash, entry
          from audit_entries
         where workspace_id = :workspace and seq < :before""");
    conditions.keySet().forEach(condition -> sql.append(" and ").append(condition));
    Query query = tx.ownQuery(sql.append(" order by seq desc limit :limit").toString())
        .bind("before", before).bind("limit", limit);
    conditions.forEach((condition, value) -> query.bind(condition.substring(condition.indexOf(':') + 1), value));
    return query.map((row, context) -> {
      ObjectNode entry = Json.object().put("seq", row.getLong("seq")).put("hash", row.getString("hash"));
      entry.setAll((ObjectNode) Json.parse(row.getString("entry")));
      return entry;
    }).list();
  }
}
