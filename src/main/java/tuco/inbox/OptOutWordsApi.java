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

/**
 * A workspace's opt-out words over HTTP: those that always count are shown, others can be added (decisions 5.7). Beside them
 * what it answers to HELP, and to an opt-out.
 */
public final class OptOutWordsApi {
  private static final int MOST = 100;
  private static final int LONGEST = 60;
  /** Two SMS. */
  private static final int LONGEST_ANSWER = 306;

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

  /** PUT /api/workspace/opt-out-words: replaces the workspace's own words, and those of its answers that are mentioned. */
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
    String help = body.text("helpText", LONGEST_ANSWER);
    String confirmation = body.text("confirmationText", LONGEST_ANSWER);
    boolean answers = body.flag("answersHelp", true);
    body.check(tx.caller());
    OptOutWords.ALWAYS.forEach(word -> words.remove(OptOutWords.folded(word)));
    tx.ownUpdate("""
            insert into opt_out_words as o (workspace_id, words, answers_help, help_text, confirmation, updated_at)
            values (:workspace, :words, :answers, :help, :confirmation, :now)
            on conflict (workspace_id) do update
               set words = excluded.words, updated_at = excluded.updated_at,
                   answers_help = case when :saysWhether then excluded.answers_help else o.answers_help end,
                   help_text = case when :saysHelp then excluded.help_text else o.help_text end,
                   confirmation = case when :confirms then excluded.confirmation else o.confirmation end""")
        .bind("words", words.values().toArray(String[]::new)).bind("answers", answers).bind("help", help)
        .bind("confirmation", confirmation).bind("saysWhether", body.mentions("answersHelp")).bind("saysHelp", body.mentions("helpText"))
        .bind("confirms", body.mentions("confirmationText")).bind("now", clock.instant()).execute();
    audit.record(tx, Action.WORKSPACE_CHANGE, Kind.WORKSPACE, tx.workspace(),
        Map.of("optOutWords", String.join(", ", words.values()), "answersHelp", Notices.Texts.of(tx, tx.workspace()).help() != null,
            "confirmsOptOut", Notices.Texts.of(tx, tx.workspace()).confirmation() != null));
    return Response.ok(json(tx));
  }

  private static ObjectNode json(Tx tx) {
    ObjectNode body = Json.object();
    body.set("always", Json.tree(OptOutWords.ALWAYS));
    body.set("words", Json.tree(OptOutWords.own(tx, tx.workspace())));
    body.set("optIn", Json.tree(OptOutWords.OPT_IN));
    body.set("help", Json.tree(OptOutWords.HELP));
    body.set("byLanguage", Json.tree(OptOutWords.byLanguage()));
    Notices.Texts texts = Notices.Texts.of(tx, tx.workspace());
    body.put("answersHelp", texts.help() != null).put("helpText", texts.help()).put("confirmationText", texts.confirmation());
    return body;
  }
}
