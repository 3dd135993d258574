package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.lines.LineKind;
import tuco.lines.LinesApi;

/** Lines: their health, what they sent today against their limits, pause and resume (P2, B6). */
public final class LinesPage {
  private static final String HERE = "/lines";
  private static final String[] LIMITS = {
    "dailyNewConversationsLimit", "dailyTotalMessagesLimit", "hourlyNewConversationsLimit", "deviceGapSeconds", "contactGapSeconds"
  };

  private static final String[] RAMP = {"startPerDay", "stepPerDay", "ceiling"};

  private final Pages pages;
  private final LinesApi api;

  public LinesPage(Pages pages, LinesApi api) {
    this.pages = pages;
    this.api = api;
  }

  /** A line as the pages show it, out of the API's answer. */
  public record Row(JsonNode line) {
    public String id() {
      return line.path("_id").asText();
    }

    public String address() {
      return line.path("phone").isTextual() ? line.path("phone").asText() : line.path("email").asText();
    }

    /** The name people see, empty when it has none. */
    public String called() {
      return (line.path("firstName").asText("") + " " + line.path("lastName").asText("")).strip();
    }

    public String kind() {
      return Words.lineKind(line.path("kind").asText());
    }

    public boolean active() {
      return line.path("isActive").asBoolean();
    }

    public boolean healthy() {
      return line.at("/healthCheck/status").asText().equals("healthy");
    }

    /** Why no answers are read from its mailbox; empty when they are, or there is none. */
    public String mailboxTrouble() {
      return line.at("/mailbox/trouble").asText("");
    }

    public boolean smtp() {
      return line.path("kind").asText().equals(LineKind.SMTP.wire());
    }

    /** An open setting of its kind, empty when it has none. */
    public String setting(String name) {
      return line.path("settings").path(name).asText("");
    }

    /** A number of its warm-up, empty without one. */
    public String ramp(String name) {
      return line.path("warmup").path(name).asText("");
    }

    /** Today's use against the limits, each with when it resets. */
    public List<Meter> meters() {
      JsonNode usage = line.path("usage");
      return List.of(
          Meter.of("Messages today", usage.path("totalMessagesCount"), line.path("dailyTotalMessagesLimit"), usage.path("resetsAt")),
          Meter.of("New people today", usage.path("newConversationsCount"), line.path("dailyNewConversationsLimit"), usage.path("resetsAt")),
          Meter.of("New people this hour", usage.path("newConversationsThisHour"), line.path("hourlyNewConversationsLimit"), usage.path("hourResetsAt")));
    }

    /** A number of the answer for a form, empty when there is none. */
    public String number(String name) {
      return line.path(name).isNumber() ? line.path(name).asText() : "";
    }
  }

  /** What the list shows. */
  public record ListView(List<Row> rows, boolean manages) {}

  /** {@code GET /lines}. */
  public Response list(Request request, Tx tx) {
    return pages.show(request, tx, "lines/list.jte", "lines", "Lines", new ListView(rows(request, tx), tx.caller().may(Right.LINES_MANAGE)));
  }

  /** All lines. */
  List<Row> rows(Request request, Tx tx) {
    return Answers.tree(api.list(request, tx)).path("lines").valueStream().map(Row::new).toList();
  }

  /** {@code GET /lines/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "lines/new.jte", "lines", "New line", LineKind.wires());
  }

  /** {@code POST /lines}. */
  public Response create(Request request, Tx tx) {
    Map<String, String> form = request.form();
    ObjectNode body = Answers.texts(form, "kind", "address", "firstName", "lastName");
    LineKind.of(form.getOrDefault("kind", "")).ifPresent(kind -> {
      kind.settings().forEach(name -> body.setAll(Answers.texts(form, name)));
      kind.secrets().forEach(name -> body.setAll(Answers.texts(form, name)));
    });
    JsonNode answer = Answers.tree(api.create(request.withJson(body), tx));
    return pages.done(request, HERE, "The line " + new Row(answer.path("line")).address() + " is ready.");
  }

  /** {@code GET /lines/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    return pages.show(request, tx, "lines/edit.jte", "lines", "Edit line", wanted(request, tx));
  }

  private Row wanted(Request request, Tx tx) {
    return new Row(Answers.tree(api.show(request, tx)).path("line"));
  }

  /** {@code POST /lines/{id}}: a password that is left empty stays as it is. */
  public Response change(Request request, Tx tx) {
    Map<String, String> form = request.form();
    ObjectNode body = Answers.texts(form, "firstName", "lastName");
    Answers.numbers(body, form, LIMITS);
    LineKind kind = LineKind.of(wanted(request, tx).line().path("kind").asText()).orElseThrow();
    kind.settings().forEach(name -> body.setAll(Answers.texts(form, name)));
    kind.secrets().stream().filter(name -> !form.getOrDefault(name, "").isEmpty())
        .forEach(name -> body.setAll(Answers.texts(form, name)));
    ObjectNode ramp = body.putObject("warmup");
    Answers.numbers(ramp, form, RAMP);
    if (ramp.valueStream().allMatch(JsonNode::isNull)) {
      body.putNull("warmup");
    }
    try {
      api.change(request.withJson(body), tx);
    } catch (Problem problem) {
      throw Answers.renamed(problem, field -> field.substring(field.lastIndexOf('.') + 1));
    }
    return pages.done(request, HERE, "The line is changed.");
  }

  /** {@code POST /lines/{id}/pause} and {@code …/resume}. */
  public Response pause(Request request, Tx tx) {
    boolean resume = request.path().endsWith("/resume");
    JsonNode answer = Answers.tree(api.change(request.withJson(Json.object().put("isActive", resume)), tx));
    String address = new Row(answer.path("line")).address();
    return pages.done(request, HERE, resume ? address + " sends again." : address + " is paused. What waits for it goes on waiting.");
  }

  /** {@code GET /lines/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    Row row = wanted(request, tx);
    return pages.show(request, tx, "confirm.jte", "lines", "Remove line", new ConfirmView(
        "Remove " + row.address() + "?", "Nothing is sent from it any more, and its credentials are erased. What it sent stays.",
        HERE + "/" + row.id() + "/remove", "Remove line", HERE));
  }

  /** {@code POST /lines/{id}/remove}. */
  public Response remove(Request request, Tx tx) {
    api.remove(request, tx);
    return pages.done(request, HERE, "The line is removed.");
  }
}
