package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Gate;
import tuco.http.Request;
import tuco.http.Response;
import tuco.leads.FallbackConfig;
import tuco.lines.LineHealth;

/** How lines fare: asked now, and by what became of their messages; and which line helps out with SMS (P2). */
public final class LineCarePage {
  private static final String HERE = "/lines";

  private final Pages pages;
  private final Database database;
  private final LinesPage lines;
  private final LineHealth health;
  private final FallbackConfig fallback;

  public LineCarePage(Pages pages, Database database, LinesPage lines, LineHealth health, FallbackConfig fallback) {
    this.pages = pages;
    this.database = database;
    this.lines = lines;
    this.health = health;
    this.fallback = fallback;
  }

  /** {@code POST /lines/{id}/check}: outside a transaction, as it waits for the provider. */
  public Response check(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.LINES_READ, person);
    Caller caller = database.read(credential, Tx::caller);
    JsonNode answer = Answers.tree(health.check(request.asking(Map.of("id", request.param("id"))), caller, credential));
    return answer.path("status").asText().equals("healthy")
        ? pages.done(request, HERE, "The line was asked just now, and works.")
        : pages.alarmed(request, HERE, "The line was asked just now, and does not work: " + answer.path("failures").path(0).asText());
  }

  /** What became of a line's messages of the last 24 hours. */
  public record Risk(String line, long sent, long failed, String rate, String risk, String advice) {
    public String tone() {
      return switch (risk) {
        case "low" -> "good";
        case "medium" -> "wait";
        default -> "bad";
      };
    }
  }

  /** {@code GET /lines/failures}. */
  public Response failures(Request request, Tx tx) {
    return pages.show(request, tx, "lines/failures.jte", "lines", "Failures by line",
        Answers.tree(health.spamMonitor(request, tx)).path("lines").valueStream().map(line -> new Risk(
            line.path("linePhone").asText(), line.path("totalSentLast24h").asLong(), line.path("failedLast24h").asLong(),
            line.path("failureRate").asText(), line.path("spamRisk").asText(), line.path("recommendation").asText())).toList());
  }

  /** What the form of the fallback shows. */
  public record FallbackView(JsonNode config, List<LinesPage.Row> lines) {}

  /** {@code GET /lines/fallback}. */
  public Response fallback(Request request, Tx tx) {
    return pages.show(request, tx, "lines/fallback.jte", "lines", "SMS fallback",
        new FallbackView(Answers.tree(fallback.show(request, tx)), lines.rows(request, tx)));
  }

  /** {@code POST /lines/fallback}. */
  public Response changeFallback(Request request, Tx tx) {
    ObjectNode body = Answers.texts(request.form(), "lineId", "text")
        .put("sendFallbackSmsOnFailed", request.form().containsKey("sendFallbackSmsOnFailed"))
        .put("isActive", request.form().containsKey("isActive"));
    boolean ready = Answers.tree(fallback.change(request.withJson(body), tx)).path("configured").asBoolean();
    return pages.done(request, HERE, ready ? "What cannot arrive as iMessage can be followed by an SMS." : "No fallback SMS is sent.");
  }
}
