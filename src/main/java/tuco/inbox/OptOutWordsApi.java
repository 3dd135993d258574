package tuco.inbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** A workspace's opt-out words over HTTP: those that always count are shown, others can be added (decisions 5.7). */
public final class OptOutWordsApi {
  private static final int MOST = 100;
  private static final int LONGEST = 60;

  private final Clock clock;
  private final Audit audit;

  public OptOutWordsApi(Clock clock, Audit audit) {
    this.clock = clock;
    this.audit = audit;
  }

  /** GET /api/workspace/opt-out-words. */
  public Response show(Request request, Tx tx) {
    return Response.ok(json(tx));
  }

  /** PUT /api/workspace/opt-out-words: replaces the workspace's own words. */
  public Response replace(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    List<String> given = body.texts("words", MOST, LONGEST, "words must be an array");
    Map<String, String> words = new LinkedHashMap<>();
    for (int i = 0; i < given.size(); i++) {
      String word = given.get(i).strip();
      if (OptOutWords.folded(word).isEmpty()) {
        body.fault("words[" + i + "]", "words must hold at least one letter or digit each");
      }
      words.putIfAbsent(OptOutWords.folded(word), word);
    }
    if (!body.has("words")) {
      body.fault("words", "words is required: an array, empty for none beside those that always count");
    }
    body.check(tx.caller());
    OptOutWords.ALWAYS.forEach(word -> words.remove(OptOutWords.folded(word)));
    tx.ownUpdate("""
            insert into opt_out_words (workspace_id, words, updated_at) values (:workspace, :words, :now)
            on conflict (workspace_id) do update set words = excluded.words, updated_at = excluded.updated_at""")
        .bind("words", words.values().toArray(String[]::new)).bind("now", clock.instant()).execute();
    audit.record(tx, Action.WORKSPACE_CHANGE, Kind.WORKSPACE, tx.workspace(),
        Map.of("optOutWords", String.join(", ", words.values())));
    return Response.ok(json(tx));
  }

  private static ObjectNode json(Tx tx) {
    ObjectNode body = Json.object();
    body.set("always", Json.tree(OptOutWords.ALWAYS));
    body.set("words", Json.tree(OptOutWords.own(tx, tx.workspace())));
    body.set("optIn", Json.tree(OptOutWords.OPT_IN));
    return body;
  }
}
