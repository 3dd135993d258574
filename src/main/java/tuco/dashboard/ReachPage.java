package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.availability.AvailabilityApi;
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

/** Whether somebody can be reached, before anything is written to them: addresses, one person, or those who were ticked. */
public final class ReachPage {
  /** A device is asked about one address every three seconds, and a page should not be waited for longer than a minute. */
  private static final int MOST = 20;

  private final Pages pages;
  private final Database database;
  private final AvailabilityApi api;

  public ReachPage(Pages pages, Database database, AvailabilityApi api) {
    this.pages = pages;
    this.database = database;
    this.api = api;
  }

  /** What is known of an address. */
  public record Row(JsonNode result) {
    public String address() {
      return result.path("address").asText();
    }

    public boolean told() {
      return !result.has("error");
    }

    public boolean reachable() {
      return result.path("available").asBoolean();
    }

    public String fault() {
      return result.path("error").asText();
    }

    public @Nullable Instant at() {
      String at = result.path("checkedAt").textValue();
      return at == null ? null : Instant.parse(at);
    }
  }

  /** What the page shows. */
  public record View(int most, List<Row> rows) {}

  /** {@code GET /leads/check}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "leads/check.jte", "leads", "Check addresses", new View(MOST, List.of()));
  }

  /** {@code POST /leads/check}: outside a transaction, as a provider is asked. */
  public Response check(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = admitted(credential);
    List<String> addresses = request.form().getOrDefault("addresses", "").lines().flatMap(line -> java.util.Arrays.stream(line.split("[,;]")))
        .map(String::strip).filter(address -> !address.isEmpty()).distinct().toList();
    if (addresses.isEmpty() || addresses.size() > MOST) {
      throw Problem.badField("addresses", "Give 1 to " + MOST + " phone numbers or e-mail addresses, one a line.");
    }
    ObjectNode body = Json.object();
    addresses.forEach(body.putArray("addresses")::add);
    JsonNode answer = Answers.tree(api.several(request.withJson(body), caller, credential));
    return pages.show(request, caller, "leads/checked.jte", "leads", "Check addresses",
        new View(MOST, answer.path("results").valueStream().map(Row::new).toList()));
  }

  /** {@code POST /leads/{id}/check}: all addresses of a person, until one can be reached. */
  public Response one(Request request, PersonCaller person) throws SQLException {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = admitted(credential);
    String id = request.param("id");
    JsonNode answer = Answers.tree(api.lead(request.asking(Map.of("id", id)), caller, credential));
    String here = "/leads/" + id;
    return switch (answer.path("status").asText()) {
      case "available" -> pages.done(request, here, "They can be reached.");
      case "unavailable" -> pages.alarmed(request, here, "None of their addresses can be reached as iMessage or mail.");
      default -> pages.alarmed(request, here, "The line could not tell whether they can be reached. Try again later.");
    };
  }

  /** {@code POST /leads/check-ticked}: a few at once, many after the answer. */
  public Response ticked(Request request, PersonCaller person) throws SQLException {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = admitted(credential);
    ObjectNode body = LeadsPage.ticked(request, "leadIds");
    JsonNode answer = Answers.tree(api.leads(request.withJson(body), caller, credential));
    String back = LeadsPage.back(request);
    if (answer.path("processingMode").asText().equals("background")) {
      return pages.done(request, back, LeadsPage.people(answer.path("checked").asInt()) + " are being checked, about three seconds each. Their page says how it went.");
    }
    long reachable = answer.path("results").valueStream().filter(result -> result.path("available").asBoolean()).count();
    int errors = answer.path("errors").asInt();
    return pages.done(request, back, reachable + " of " + LeadsPage.people(answer.path("checked").asInt()) + " can be reached."
        + (errors == 0 ? "" : " For " + errors + " no line could tell, or today's checks are used up."));
  }

  private Caller admitted(Credential credential) {
    return database.read(credential, tx -> {
      if (tx.caller().readOnlyReason() != null) {
        throw Problem.readOnly(tx.caller().readOnlyReason());
      }
      return tx.caller();
    });
  }
}
