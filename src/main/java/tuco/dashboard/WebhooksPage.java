package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.webhooks.DeliveryLog;
import tuco.webhooks.HealthCheck;
import tuco.webhooks.WebhooksApi;

/** Webhooks: where events go, and what became of each delivery (P6). */
public final class WebhooksPage {
  private static final String HERE = "/webhooks";

  private final Pages pages;
  private final WebhooksApi api;
  private final DeliveryLog log;
  private final Database database;
  private final HealthCheck check;

  public WebhooksPage(Pages pages, Database database, WebhooksApi api, DeliveryLog log, HealthCheck check) {
    this.pages = pages;
    this.database = database;
    this.api = api;
    this.log = log;
    this.check = check;
  }

  /** A webhook as the pages show it, out of the API's answer. */
  public record Row(JsonNode webhook) {
    public String id() {
      return webhook.path("id").asText();
    }

    public String called() {
      return webhook.path("name").asText();
    }

    public boolean active() {
      return webhook.path("isActive").asBoolean();
    }

    public Set<String> events() {
      return webhook.path("events").valueStream().map(JsonNode::asText).collect(Collectors.toCollection(java.util.LinkedHashSet::new));
    }

    /** How its deliveries fare. */
    public boolean failing() {
      return webhook.path("failureCount").asInt() > 0;
    }
  }

  /** What the list shows. */
  public record ListView(List<Row> rows) {}

  /** What the form shows; no row for a new webhook. */
  public record FormView(@Nullable Row row, List<String> events) {
    public boolean has(String event) {
      return row == null ? event.startsWith("message.") : row.events().contains(event);
    }
  }

  /** What the page of one shows. */
  public record DetailView(Row row, List<JsonNode> deliveries, @Nullable String older) {}

  /** A signing secret, this once. */
  public record SecretView(String called, String secret) {}

  /** {@code GET /webhooks}. */
  public Response list(Request request, Tx tx) {
    List<Row> rows = Answers.tree(api.list(request, tx)).path("webhooks").valueStream().map(Row::new).toList();
    return pages.show(request, tx, "webhooks/list.jte", "webhooks", "Webhooks", new ListView(rows));
  }

  /** {@code GET /webhooks/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "webhooks/form.jte", "webhooks", "New webhook", new FormView(null, Events.ALL));
  }

  /** {@code GET /webhooks/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    return pages.show(request, tx, "webhooks/form.jte", "webhooks", "Edit webhook", new FormView(wanted(request, tx), Events.ALL));
  }

  private static ObjectNode body(Request request) {
    ObjectNode body = Answers.texts(request.form(), "name", "url", "description");
    ArrayNode events = body.putArray("events");
    Answers.words(request.form().getOrDefault("event", "")).forEach(events::add);
    return body;
  }

  /** {@code POST /webhooks}. */
  public Response create(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.create(request.withJson(body(request)), tx));
    return pages.show(request, tx, "webhooks/secret.jte", "webhooks", "Signing secret",
        new SecretView(answer.path("name").asText(), answer.path("secret").asText()));
  }

  /** {@code POST /webhooks/{id}}. */
  public Response change(Request request, Tx tx) {
    api.change(request.withJson(body(request)), tx);
    return pages.done(request, HERE + "/" + request.param("id"), "The webhook is changed.");
  }

  /** {@code POST /webhooks/{id}/off} and {@code …/on}. */
  public Response turn(Request request, Tx tx) {
    boolean on = request.path().endsWith("/on");
    api.change(request.withJson(Json.object().put("isActive", on)), tx);
    return pages.done(request, HERE + "/" + request.param("id"), on ? "The webhook gets events again." : "The webhook is switched off.");
  }

  /** {@code GET /webhooks/{id}/rotate}. */
  public Response rotating(Request request, Tx tx) {
    Row row = wanted(request, tx);
    return pages.show(request, tx, "confirm.jte", "webhooks", "New secret", new ConfirmView(
        "A new signing secret for “" + row.called() + "”?",
        "You see it once. For a day each call is signed with the old one as well, so that your server can change over; then the old one is worth nothing.",
        HERE + "/" + row.id() + "/rotate", "Make a new secret", HERE + "/" + row.id()));
  }

  /** {@code POST /webhooks/{id}/rotate}: a new secret; for a day both sign. */
  public Response rotate(Request request, Tx tx) {
    String called = wanted(request, tx).called();
    JsonNode answer = Answers.tree(api.rotate(request.withJson(Json.object()), tx));
    return pages.show(request, tx, "webhooks/secret.jte", "webhooks", "Signing secret",
        new SecretView(called, answer.path("secret").asText()));
  }

  /** {@code GET /webhooks/{id}}: with its deliveries. */
  public Response detail(Request request, Tx tx) {
    JsonNode deliveries = Answers.tree(log.list(request, tx));
    Row row = wanted(request, tx);
    return pages.show(request, tx, "webhooks/detail.jte", "webhooks", row.called(), new DetailView(
        row, deliveries.path("deliveries").valueStream().toList(), deliveries.path("nextCursor").textValue()));
  }

  private Row wanted(Request request, Tx tx) {
    return new Row(Answers.tree(api.show(request, tx)));
  }

  /** {@code POST /webhooks/{id}/deliveries/{deliveryId}/replay}. */
  public Response replay(Request request, Tx tx) throws SQLException {
    log.replayOne(request.withJson(Json.object()), tx);
    return pages.done(request, HERE + "/" + request.param("id"), "The event is on its way again.");
  }

  /** {@code POST /webhooks/{id}/test}: a signed test, outside a transaction, as it waits for a stranger. */
  public Response test(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.WEBHOOKS_MANAGE, person);
    Caller caller = database.read(credential, Tx::caller);
    JsonNode answer = Answers.tree(check.check(request, caller, credential));
    String here = HERE + "/" + request.param("id");
    return answer.path("success").asBoolean()
        ? pages.done(request, here, "Your server took the test and answered " + answer.path("statusCode").asInt() + ".")
        : pages.alarmed(request, here, "The test did not get through: " + answer.path("error").asText() + ".");
  }

  /** What the form for a range shows. */
  public record RangeView(Row row, String zone) {}

  /** {@code GET /webhooks/{id}/replay}. */
  public Response replaying(Request request, Tx tx) {
    return pages.show(request, tx, "webhooks/replay.jte", "webhooks", "Send again", new RangeView(wanted(request, tx), tx.caller().zone()));
  }

  /** {@code POST /webhooks/{id}/replay}: all events of a time, for a server that was away. */
  public Response replayRange(Request request, Tx tx) throws SQLException {
    ObjectNode body = Json.object();
    for (String name : List.of("from", "to")) {
      String text = request.form().getOrDefault(name, "");
      if (!text.isBlank()) {
        body.put(name, Answers.instant(name, text, tx.caller()).toString());
      }
    }
    JsonNode answer = Answers.tree(log.replayRange(request.withJson(body), tx));
    int count = answer.path("replayed").asInt();
    String more = answer.path("nextFrom").isTextual()
        ? " There are more: go on from " + answer.path("nextFrom").asText() + "." : "";
    return pages.done(request, HERE + "/" + request.param("id"), "Events on their way again: " + count + "." + more);
  }

  /** {@code GET /webhooks/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    Row row = wanted(request, tx);
    return pages.show(request, tx, "confirm.jte", "webhooks", "Remove webhook", new ConfirmView(
        "Remove “" + row.called() + "”?", "It gets no more events, and its log of deliveries is erased.",
        HERE + "/" + row.id() + "/remove", "Remove webhook", HERE));
  }

  /** {@code POST /webhooks/{id}/remove}. */
  public Response remove(Request request, Tx tx) {
    api.remove(request, tx);
    return pages.done(request, HERE, "The webhook is removed.");
  }
}
