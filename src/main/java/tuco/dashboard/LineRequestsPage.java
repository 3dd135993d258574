package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.lines.LineRequests;

/** Lines that were ordered from whoever runs this installation (P2). */
public final class LineRequestsPage {
  private static final String HERE = "/lines/requests";

  private final Pages pages;
  private final LineRequests api;

  public LineRequestsPage(Pages pages, LineRequests api) {
    this.pages = pages;
    this.api = api;
  }

  /** An order as the page shows it, out of the API's answer. */
  public record Row(JsonNode order) {
    public String id() {
      return order.path("lineRequestId").asText();
    }

    public String called() {
      return (order.at("/line/firstName").asText() + " " + order.at("/line/lastName").asText()).strip();
    }

    /** What was ordered, in words. */
    public String what() {
      boolean own = order.at("/line/lineType").asText().equals("byon");
      String address = order.at("/line/phone").asText(order.at("/line/email").asText(""));
      return order.at("/line/channelType").asText().equals("email") ? "E-mail from " + address
          : own ? "The own number " + address : "A new phone number";
    }

    public boolean waits() {
      return order.path("status").asText().equals("provisioning");
    }

    public String state() {
      return switch (order.path("status").asText()) {
        case "provisioning" -> "Waits for the operator";
        case "active" -> "There";
        case "canceled" -> "Cancelled";
        default -> Words.capital(order.path("status").asText());
      };
    }

    public Instant createdAt() {
      return Instant.parse(order.path("createdAt").asText());
    }
  }

  /** What the page shows. */
  public record View(List<Row> rows, boolean manages) {}

  /** {@code GET /lines/requests}. */
  public Response list(Request request, Tx tx) {
    return pages.show(request, tx, "lines/requests.jte", "lines", "Ordered lines", new View(
        Answers.tree(api.list(request, tx)).path("lineRequests").valueStream().map(Row::new).toList(),
        tx.caller().may(Right.LINES_MANAGE) && tx.caller().readOnlyReason() == null));
  }

  /** {@code GET /lines/requests/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "lines/request.jte", "lines", "Order a line", "");
  }

  /** {@code POST /lines/requests}. */
  public Response order(Request request, Tx tx) {
    ObjectNode body = Answers.texts(request.form(), "firstName", "lastName", "phone", "email", "zipcode");
    String what = request.form().getOrDefault("what", "");
    body.put("channelType", what.equals("email") ? "email" : "phone").put("lineType", what.equals("own") ? "byon" : "purchased");
    api.create(request.withJson(body), tx);
    return pages.done(request, HERE, "The line is ordered. Whoever runs this Tuco sets it up.");
  }

  /** {@code POST /lines/requests/{id}/cancel}. */
  public Response cancel(Request request, Tx tx) {
    api.act(request.withJson(Json.object().put("action", "cancel")), tx);
    return pages.done(request, HERE, "The order is cancelled.");
  }
}
