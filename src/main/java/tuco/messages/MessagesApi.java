package tuco.messages;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.events.Happenings;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Rate;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.Phones;
import tuco.traces.Traces;

/** The message endpoints (contract 2.2–2.4, decisions 5.1). */
public final class MessagesApi implements AutoCloseable {
  /** Ids are made within a moment after the time that stands in their row: what the primary key finds reaches a little further. */
  private static final Duration ID_LATER_THAN_ROW = Duration.ofMinutes(1);

  private static final List<String> STATUSES = Arrays.stream(Status.values()).map(Status::wire).toList();
  private static final List<String> TYPES = List.of("imessage", "sms", "email");

  private final Acceptance acceptance;
  private final Batch batch;
  private final Reads reads;
  private final Waiters waiters;
  private final Clock clock;
  private final Phones phones;
  private final Route send = Route.batched("POST", "/api/messages", Right.MESSAGES_SEND, this::accept).rated(Rate.SEND);
  private final Route one = Route.batched("GET", "/api/messages/{id}", Right.MESSAGES_READ, this::read);

  /**
   * @param wake told the workspace and line of every accepted message, after its commit
   * @param attachments judges the addresses of files
   * @param happenings told in the transaction of the acceptance what it made true
   */
  public MessagesApi(Database database, Gate gate, Ids ids, Phones phones, Clock clock, BiConsumer<UUID, UUID> wake,
      Happenings happenings, AttachmentUrls attachments, Traces traces) {
    this.acceptance = new Acceptance(database, gate, new AcceptanceBatch(gate, ids, clock, happenings, attachments), wake, traces);
    this.batch = new Batch(acceptance, gate, phones);
    this.reads = new Reads(database, gate, clock);
    this.waiters = new Waiters(database.engine(), clock);
    this.clock = clock;
    this.phones = phones;
  }

  public void start() {
    acceptance.start();
    waiters.start();
  }

  /** How many sends wait for the next batch. */
  public int waiting() {
    return acceptance.waiting();
  }

  /** {@code POST /api/messages}. */
  public Route send() {
    return send;
  }

  private void accept(Request request, Credential credential, Consumer<Response> answer) {
    SendRequest wanted = null;
    Problem malformed = null;
    try {
      wanted = SendRequest.read(request.json(), phones);
    } catch (Problem problem) {
      malformed = problem;
    }
    acceptance.submit(
        new Acceptance.Pending(send, request, credential, wanted, malformed, waiters.holding(request, answer)));
  }

  /**
   * Sends one message for another endpoint, where the request was counted, and waits for the commit: the answer is that of
   * {@code POST /api/messages}. Not to be called inside a transaction.
   *
   * @param as the other endpoint, for the right it takes and for repetitions
   */
  public Response sendFor(Route as, Request request, Credential credential) {
    Route part = Route.batched(as.method(), as.path(), Right.MESSAGES_SEND, (r, c, answer) -> { }).rated(Rate.PART);
    CompletableFuture<Response> answer = new CompletableFuture<>();
    acceptance.submit(new Acceptance.Pending(
        part, request, credential, SendRequest.read(request.json(), phones), null, answer::complete));
    try {
      return answer.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Nobody completes it with a failure, so that this is about the time: the outcome is open.
    }
    throw Problem.of(503, "The server is busy").code("overloaded")
        .detail("The message may have been accepted; repeat the request with the same Idempotency-Key.").header("Retry-After", "1");
  }

  /** {@code POST /api/messages/batch}. */
  public Response batch(Request request, Caller caller, Credential credential) {
    return batch.send(request, caller, credential);
  }

  /** {@code GET /api/messages/{id}}: authentication, tenant and rows in one statement, shared with other reads. */
  public Route one() {
    return one;
  }

  private void read(Request request, Credential credential, Consumer<Response> answer) {
    reads.submit(one, request, credential, answer);
  }

  /** {@code GET /api/messages/{id}/events}: every change with its time and cause. */
  public Response events(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    ArrayNode events = Json.array();
    tx.ownQuery("""
            select seq, status, at, cause, detail
              from message_events
             where workspace_id = :workspace and message_id = :id
             order by seq""")
        .bind("id", id)
        .map((row, context) -> Json.object()
            .put("seq", row.getInt("seq"))
            .put("status", row.getString("status"))
            .put("at", Json.timestamp(row.getTimestamp("at").toInstant()))
            .put("cause", row.getString("cause"))
            .put("detail", row.getString("detail")))
        .forEach(events::add);
    if (events.isEmpty()) {
      throw notFound();
    }
    return Response.ok(Json.object().set("events", events));
  }

  /**
   * {@code GET /api/messages}: newest first, by cursor, filtered by status, line, lead, campaign, recipient, batch, dates or text.
   */
  public Response list(Request request, Tx tx) {
    int limit = request.queryInt("limit", 50, 1, 100);
    UUID before = request.queryId("cursor", Kind.MESSAGE, tx.caller(), "Invalid cursor");
    int page = request.queryInt("page", 1, 1, 10_000);
    String search = request.queryText("search");
    Instant from = request.queryInstant("dateFrom", false);
    Instant to = request.queryInstant("dateTo", true);
    if (from != null && to != null && from.isAfter(to)) {
      throw Problem.badField("dateFrom", "dateFrom must be <= dateTo");
    }
    ArrayNode messages = Json.array();
    UUID[] last = {null};
    boolean[] more = {false};
    tx.ownQuery("select " + MessageJson.COLUMNS + " from " + MessageJson.TABLES + "\n" + """
             where m.workspace_id = :workspace
               and (cast(:before as uuid) is null or m.message_id < :before)
               and (cast(:from as timestamptz) is null or m.message_id >= :fromId and m.created_at >= :from)
               and (cast(:to as timestamptz) is null or m.message_id < :toId and m.created_at < :to)
               and (cast(:status as text) is null or s.status = any (string_to_array(:status, ',')))
               and (cast(:line as uuid) is null or s.line_id = :line)
               and (cast(:lead as uuid) is null or m.lead_id = :lead)
               and (cast(:campaign as uuid) is null or m.campaign_id = :campaign)
               and (cast(:batch as text) is null or m.batch_id = :batch)
               and (cast(:recipient as text) is null or m.recipient = :recipient)
               and (cast(:type as text) is null or m.message_type = :type)
               and (cast(:search as text) is null or m.text ilike :search or m.recipient ilike :search or m.recipient_name ilike :search)
             order by m.message_id desc
             offset :offset limit :limit""")
        .bind("before", before)
        .bind("from", from)
        .bind("fromId", from == null ? null : Ids.floor(tx.caller().tag(), from))
        .bind("to", to == null ? null : to.plusMillis(1))
        .bind("toId", to == null ? null : Ids.floor(tx.caller().tag(), to.plus(ID_LATER_THAN_ROW)))
        .bind("campaign", request.queryId("campaignId", Kind.CAMPAIGN, tx.caller(), "Invalid campaignId"))
        .bind("status", eachOf(request, "status", STATUSES))
        .bind("line", request.queryId("lineId", Kind.LINE, tx.caller(), "Invalid lineId"))
        .bind("lead", request.queryId("leadId", Kind.LEAD, tx.caller(), "Invalid leadId"))
        .bind("batch", request.queryText("batchId"))
        .bind("recipient", recipient(request))
        .bind("type", oneOf(request, "messageType", TYPES))
        .bind("search", search == null ? null : "%" + search.replaceAll("([\\\\%_])", "\\\\$1") + "%")
        .bind("offset", before == null ? (page - 1) * limit : 0)
        .bind("limit", limit + 1)
        .map((row, context) -> {
          UUID id = row.getObject("message_id", UUID.class);
          if (messages.size() < limit) {
            last[0] = id;
            messages.add(MessageJson.of(row, clock.instant()));
          } else {
            more[0] = true;
          }
          return id;
        })
        .list();
    ObjectNode body = Json.object();
    body.set("messages", messages);
    body.put("nextCursor", more[0] ? Ids.textOrNull(Kind.MESSAGE, last[0]) : null);
    return Response.ok(body);
  }

  /** A word that nothing can have would be answered with an empty list, as if there were no such messages. */
  private static @Nullable String oneOf(Request request, String name, List<String> words) {
    String word = request.queryText(name);
    require(word == null || words.contains(word), name, words);
    return word;
  }

  /** The same for several, separated by commas. */
  private static @Nullable String eachOf(Request request, String name, List<String> words) {
    String several = request.queryText(name);
    require(several == null || words.containsAll(List.of(several.split(",", -1))), name, words);
    return several;
  }

  private static void require(boolean known, String name, List<String> words) {
    if (!known) {
      throw Problem.badField(name, name + " must be one of " + String.join(", ", words));
    }
  }

  private @Nullable String recipient(Request request) {
    String phone = request.queryText("recipientPhone");
    String email = request.queryText("recipientEmail");
    if (phone == null && email == null) {
      return null;
    }
    String address = phone != null ? phones.normalise(phone) : Emails.normalise(String.valueOf(email));
    if (address == null) {
      String name = phone != null ? "recipientPhone" : "recipientEmail";
      throw Problem.badField(name, name + " is not valid");
    }
    return address;
  }

  /** One message as the API shows it; 404 when there is none. */
  public static ObjectNode load(Tx tx, UUID id, Instant now) {
    return tx.ownQuery("select " + MessageJson.COLUMNS + " from " + MessageJson.TABLES
            + " where m.workspace_id = :workspace and m.message_id = :id")
        .bind("id", id).map((row, context) -> MessageJson.of(row, now)).findOne().orElseThrow(MessagesApi::notFound);
  }

  /** Where a message is; 404 when there is none. */
  static String status(Tx tx, UUID id) {
    return tx.ownQuery("select status from message_states where workspace_id = :workspace and message_id = :id")
        .bind("id", id).mapTo(String.class).findOne().orElseThrow(MessagesApi::notFound);
  }

  static Problem notFound() {
    return Problem.notFound("Message not found").code("message_not_found");
  }

  /** Lets those go who would rather wait for an outcome, so that the server can stop. */
  public void stopWaiting() {
    waiters.close();
  }

  /** Answers what was taken, and takes no more. */
  @Override
  public void close() {
    acceptance.close();
    reads.close();
  }
}
