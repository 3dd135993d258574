package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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
import tuco.ids.Kind;
import tuco.leads.LeadsApi;
import tuco.messages.Edit;
import tuco.messages.MessagesApi;

/** A message written by hand, now or for later; and one that waits, changed (P3). */
public final class ComposePage {
  private static final String HERE = "/messages";

  private final Pages pages;
  private final Database database;
  private final MessagesApi api;
  private final Edit edit;
  private final LeadsApi leads;
  private final LinesPage lines;
  private final Clock clock;

  public ComposePage(Pages pages, Database database, MessagesApi api, Edit edit, LeadsApi leads, LinesPage lines, Clock clock) {
    this.pages = pages;
    this.database = database;
    this.api = api;
    this.edit = edit;
    this.leads = leads;
    this.lines = lines;
    this.clock = clock;
  }

  /**
   * What the form shows.
   *
   * @param lead whom the message is for; null when the form asks for an address
   * @param once recognises the form when it is sent twice
   */
  public record View(LeadsPage.@Nullable Row lead, List<LinesPage.Row> lines, String soon, String once) {}

  /** {@code GET /messages/new}. */
  public Response fresh(Request request, Tx tx) {
    String lead = request.queryText("leadId");
    LeadsPage.Row row = lead == null || !tx.caller().may(Right.LEADS_READ) ? null
        : new LeadsPage.Row(Answers.tree(leads.list(request.asking(Map.of("id", lead)), tx)).path("lead"));
    return pages.show(request, tx, "messages/new.jte", "messages", "New message", new View(
        row, tx.caller().may(Right.LINES_READ) ? lines.rows(request.asking(Map.of()), tx) : List.of(), local(tx.caller(), clock.instant()),
        UUID.randomUUID().toString()));
  }

  private static String local(Caller caller, Instant at) {
    return LocalDateTime.ofInstant(at, ZoneId.of(caller.zone())).truncatedTo(ChronoUnit.MINUTES).toString();
  }

  /** {@code POST /messages}: outside a transaction, as the message is accepted in one with others. */
  public Response send(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = database.read(credential, tx -> {
      Gate.refuseReadOnly(api.send(), tx.caller());
      return tx.caller();
    });
    Map<String, String> form = request.form();
    Response answer;
    try {
      answer = api.sendFor(api.send(), request.part(body(form, caller), form.get("once")), credential);
    } catch (Problem problem) {
      throw Answers.renamed(problem, field -> inForm(field, form));
    }
    if (answer.status() >= 300) {
      return answer;
    }
    JsonNode sent = Json.parse(answer.replayBody());
    boolean skipped = sent.path("skipped").asBoolean();
    String id = sent.path(skipped ? "originalMessageId" : "messageId").asText();
    return pages.done(request, HERE + "/" + id, skipped
        ? "The same text went to them a moment ago; it was not sent again. This is that message."
        : sent.has("scheduledDate") ? "The message is planned." : "The message is on its way.");
  }

  private static ObjectNode body(Map<String, String> form, Caller caller) {
    ObjectNode body = Answers.texts(form, "message", "messageType", "fromLineId", "leadId", "recipientName");
    String to = form.getOrDefault("to", "").strip();
    if (!form.containsKey("leadId")) {
      if (to.isEmpty()) {
        throw Problem.badField("to", "Give a phone number or an e-mail address.");
      }
      body.put(to.contains("@") ? "recipientEmail" : "recipientPhone", to);
    }
    if (form.getOrDefault("when", "now").equals("later")) {
      body.put("scheduledDate", Answers.instant("at", form.getOrDefault("at", ""), caller).toString());
    }
    body.put("sendFallbackSmsOnFailed", form.containsKey("fallback"));
    List<String> urls = Answers.words(form.getOrDefault("attachments", ""));
    urls.forEach(body.putArray("attachmentUrls")::add);
    window(body, form, caller);
    return body;
  }

  /** The hours it may go out in, in the workspace's zone. */
  private static void window(ObjectNode body, Map<String, String> form, Caller caller) {
    List<String> days = Answers.words(form.getOrDefault("day", ""));
    boolean hours = !form.getOrDefault("start", "").isBlank() || !form.getOrDefault("end", "").isBlank();
    if (!hours && days.isEmpty()) {
      return;
    }
    body.put("timezone", caller.zone());
    if (hours) {
      body.put("sendWindowStart", form.getOrDefault("start", "")).put("sendWindowEnd", form.getOrDefault("end", ""));
    }
    List<Integer> numbers = new ArrayList<>();
    days.stream().filter(day -> day.matches("[0-6]")).forEach(day -> numbers.add(Integer.parseInt(day)));
    numbers.forEach(body.putArray("allowedDaysOfWeek")::add);
  }

  private static String inForm(String field, Map<String, String> form) {
    return switch (field) {
      case "recipientPhone", "recipientEmail", "recipient" -> form.containsKey("leadId") ? "" : "to";
      case "scheduledDate" -> "at";
      case "timezone", "sendWindowStart" -> "start";
      default -> field.startsWith("attachment") ? "attachments" : field;
    };
  }

  /** What the form of a waiting message shows. */
  public record EditView(MessagesPage.Row row, String at, String zone) {}

  /** {@code GET /messages/{id}/edit}. */
  public Response editing(Request request, Tx tx) {
    MessagesPage.Row row = new MessagesPage.Row(
        MessagesApi.load(tx, request.pathId("id", Kind.MESSAGE, tx.caller()), clock.instant()));
    String planned = row.message().path("scheduledDate").textValue();
    return pages.show(request, tx, "messages/edit.jte", "messages", "Change message", new EditView(
        row, planned == null ? "" : local(tx.caller(), Instant.parse(planned)), tx.caller().zone()));
  }

  /** {@code POST /messages/{id}/edit}. */
  public Response change(Request request, Tx tx) throws SQLException {
    Map<String, String> form = request.form();
    ObjectNode body = Answers.texts(form, "message");
    String at = form.getOrDefault("at", "");
    if (!at.isBlank()) {
      body.put("scheduledDate", Answers.instant("at", at, tx.caller()).toString());
    }
    try {
      edit.change(request.withJson(body), tx);
    } catch (Problem problem) {
      throw Answers.renamed(problem, field -> field.equals("scheduledDate") ? "at" : field);
    }
    return pages.done(request, HERE + "/" + request.param("id"), "The message is changed.");
  }
}
