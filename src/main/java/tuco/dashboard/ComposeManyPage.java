package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.messages.MessagesApi;

/** One text to everybody who was ticked, as one batch (P3). */
public final class ComposeManyPage {
  private final Pages pages;
  private final Database database;
  private final MessagesApi api;
  private final LinesPage lines;

  public ComposeManyPage(Pages pages, Database database, MessagesApi api, LinesPage lines) {
    this.pages = pages;
    this.database = database;
    this.api = api;
    this.lines = lines;
  }

  /**
   * What the form shows.
   *
   * @param once recognises the form when it is sent twice, and names the batch
   */
  public record View(List<String> ids, String people, List<LinesPage.Row> lines, String once) {}

  /** {@code POST /messages/several}: asks what to write to those who were ticked. */
  public Response asking(Request request, Tx tx) {
    List<String> ids = ticked(request);
    return pages.show(request, tx, "messages/several.jte", "messages", "Write to several", new View(
        ids, LeadsPage.people(ids.size()), tx.caller().may(Right.LINES_READ) ? lines.rows(request.asking(Map.of()), tx) : List.of(),
        UUID.randomUUID().toString()));
  }

  private static List<String> ticked(Request request) {
    List<String> ids = Answers.words(request.form().getOrDefault("id", ""));
    if (ids.isEmpty()) {
      throw Problem.bad("Tick the people this is about first.").code("nothing_ticked");
    }
    return ids;
  }

  /** {@code POST /messages/batch}: outside a transaction, as each message is accepted in one with others. */
  public Response send(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = database.read(credential, tx -> {
      Gate.refuseReadOnly(api.send(), tx.caller());
      return tx.caller();
    });
    Map<String, String> form = request.form();
    if (form.getOrDefault("message", "").isBlank()) {
      throw Problem.badField("message", "Write what they shall get.");
    }
    String once = form.getOrDefault("once", "");
    JsonNode answer = Answers.tree(api.batch(request.part(body(request, once), once), caller, credential));
    int accepted = answer.path("acceptedCount").asInt();
    int others = answer.path("skippedCount").asInt() + answer.path("refusedCount").asInt();
    if (accepted == 0 && others > 0) {
      throw Problem.bad("Nothing was sent. " + why(answer));
    }
    String sent = accepted == 1 ? "1 message is on its way." : accepted + " messages are on their way.";
    String there = Answers.address("/messages", Map.of(), "batchId", once);
    return others == 0 ? pages.done(request, there, sent)
        : pages.alarmed(request, there, sent + " Left out: " + LeadsPage.people(others) + ". " + why(answer));
  }

  private static ObjectNode body(Request request, String batch) {
    Map<String, String> form = request.form();
    ObjectNode body = Json.object();
    ArrayNode messages = body.putArray("messages");
    for (String id : ticked(request)) {
      messages.add(Answers.texts(form, "message", "fromLineId").put("leadId", id).put("batchId", batch)
          .put("sendFallbackSmsOnFailed", form.containsKey("fallback")));
    }
    return body;
  }

  /** The first reason why somebody gets nothing. */
  private static String why(JsonNode answer) {
    for (JsonNode result : answer.path("results")) {
      if (result.has("problem")) {
        String error = result.path("problem").path("error").asText();
        return error.endsWith(".") ? error : error + ".";
      }
      if (result.path("result").path("skipped").asBoolean()) {
        return "They got the same text a moment ago.";
      }
    }
    return "";
  }
}
