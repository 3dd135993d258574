package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;
import tuco.messages.Cancellation;
import tuco.messages.MessagesApi;
import tuco.messages.Resolution;

/** All messages of the workspace, the newest first, and each with its story (P3). */
public final class MessagesPage {
  /** What links of other pages narrow the list to, with the words for it. */
  private static final Map<String, String> KEPT = Map.of("leadId", "person", "campaignId", "campaign", "lineId", "line", "batchId", "batch");

  private final Pages pages;
  private final MessagesApi api;
  private final Cancellation cancellation;
  private final Resolution resolution;
  private final Clock clock;

  public MessagesPage(Pages pages, MessagesApi api, Cancellation cancellation, Resolution resolution, Clock clock) {
    this.pages = pages;
    this.api = api;
    this.cancellation = cancellation;
    this.resolution = resolution;
    this.clock = clock;
  }

  /** A message as the pages show it, out of the API's answer. */
  public record Row(JsonNode message) {
    public String id() {
      return message.path("_id").asText();
    }

    public String recipient() {
      return message.path("recipient").asText();
    }

    /** The name, or the address of somebody without one. */
    public String called() {
      return named() ? message.path("recipientName").asText() : recipient();
    }

    public boolean named() {
      return !message.path("recipientName").asText("").isBlank();
    }

    public String type() {
      return message.path("messageType").asText();
    }

    public String text() {
      return message.path("message").asText();
    }

    public String status() {
      return message.path("status").asText();
    }

    /** Why it waits, null when it does not or when it is just its turn. */
    public @Nullable String waitReason() {
      return message.path("waitReason").textValue();
    }

    /** Whether it can still be called off. */
    public boolean waits() {
      return List.of("queued", "pending", "scheduled").contains(status());
    }

    public @Nullable String error() {
      return message.path("errorMessage").textValue();
    }

    public Instant createdAt() {
      return Instant.parse(message.path("createdAt").asText());
    }

    /** The line's address, null before one is chosen. */
    public @Nullable String line() {
      String phone = message.path("fromLinePhone").textValue();
      return phone == null ? message.path("fromLineEmail").textValue() : phone;
    }
  }

  /**
   * What the list shows.
   *
   * @param fields what was asked for, by the names of the API
   */
  public record ListView(
      List<Row> rows, Map<String, String> statuses, Map<String, String> fields, @Nullable String older, boolean first, boolean sends) {
    public String field(String name) {
      return fields.getOrDefault(name, "");
    }

    /** Whether somebody looks for something. */
    public boolean narrowed() {
      return !fields.isEmpty();
    }

    /** What the list was narrowed to by a link of another page, which no field of the form shows. */
    public Map<String, String> kept() {
      Map<String, String> kept = new LinkedHashMap<>(fields);
      kept.keySet().retainAll(KEPT.keySet());
      return kept;
    }

    /** What such a link named, in words. */
    public String about() {
      return "Only messages of one " + kept().keySet().stream().map(KEPT::get).collect(Collectors.joining(" and one "));
    }

    /** The address of this very list, for the refresh. */
    public String here() {
      return Answers.address("/messages", fields, "cursor", null);
    }

    /** The address of what comes after. */
    public String next() {
      return Answers.address("/messages", fields, "cursor", older);
    }
  }

  /** What the page of one message shows. */
  public record DetailView(Row row, List<JsonNode> events, boolean cancellable, boolean resolvable) {
    /** Whether the person is somebody the pages know. */
    public boolean known() {
      return row.message().path("leadId").isTextual();
    }
  }

  /** {@code GET /messages}. */
  public Response list(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.list(request.asking(Answers.days(request, tx.caller(), "dateFrom", "dateTo")), tx));
    Map<String, String> fields = new LinkedHashMap<>();
    Stream.concat(Stream.of("search", "status", "messageType", "dateFrom", "dateTo"), KEPT.keySet().stream()).forEach(name -> {
      String text = request.queryText(name);
      if (text != null) {
        fields.put(name, text);
      }
    });
    return pages.show(request, tx, "messages/list.jte", "messages", "Messages", new ListView(
        rows(answer), Words.statuses(), fields, answer.path("nextCursor").textValue(), request.queryText("cursor") == null,
        sends(tx)));
  }

  private static boolean sends(Tx tx) {
    return tx.caller().may(Right.MESSAGES_SEND) && tx.caller().readOnlyReason() == null;
  }

  private static List<Row> rows(JsonNode answer) {
    return answer.path("messages").valueStream().map(Row::new).toList();
  }

  /** The newest messages of the workspace. */
  List<Row> newest(Request request, Tx tx, int count) {
    return rows(Answers.tree(api.list(request, tx))).stream().limit(count).toList();
  }

  /** {@code GET /messages/{id}}. */
  public Response detail(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    Row row = new Row(MessagesApi.load(tx, id, clock.instant()));
    List<JsonNode> events = Answers.tree(api.events(request, tx)).path("events").valueStream().toList();
    return pages.show(request, tx, "messages/detail.jte", "messages", (row.status().equals("received") ? "Message from " : "Message to ") + row.called(),
        new DetailView(row, events, row.waits() && sends(tx),
            row.status().equals("unknown") && sends(tx)));
  }

  /** {@code POST /messages/{id}/cancel}. */
  public Response cancel(Request request, Tx tx) throws SQLException {
    cancellation.one(request.withJson(Json.object()), tx);
    return pages.done(request, "/messages/" + request.param("id"), "The message is cancelled. It will not be sent.");
  }

  /** {@code GET /messages/{id}/send-again} and {@code …/give-up}: says what may come of it, and asks. */
  public Response resolving(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    Row row = new Row(MessagesApi.load(tx, id, clock.instant()));
    String here = "/messages/" + row.id();
    ConfirmView view = again(request)
        ? new ConfirmView("Send this message again?",
            "Nobody can tell whether the first one left. If it did, " + row.called() + " gets the message twice.",
            here + "/send-again", "Send it again", here)
        : new ConfirmView("Give this message up?",
            "Nobody can tell whether it left. It will not be sent again, and counts as failed from now on.",
            here + "/give-up", "Give it up", here);
    return pages.show(request, tx, "confirm.jte", "messages", view.title(), view);
  }

  /** {@code POST /messages/{id}/send-again} and {@code …/give-up}. */
  public Response resolve(Request request, Tx tx) throws SQLException {
    boolean again = again(request);
    resolution.resolve(request.withJson(Json.object().put("action", again ? "send_again" : "give_up")), tx);
    return pages.done(request, "/messages/" + request.param("id"), again
        ? "The message is sent again."
        : "The message is given up. It counts as failed.");
  }

  private static boolean again(Request request) {
    return request.path().endsWith("/send-again");
  }
}
