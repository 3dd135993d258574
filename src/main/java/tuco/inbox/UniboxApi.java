package tuco.inbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Rate;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.MessagesApi;

/** The inbox over HTTP (decisions 8.1): conversations, their messages, marks, and answering. */
public final class UniboxApi {
  private final Database database;
  private final Conversations conversations;
  private final Threads threads;
  private final MessagesApi messages;
  private final Route reply =
      Route.slow("POST", "/api/unibox/send-reply", Right.MESSAGES_SEND, this::sendReply).rated(Rate.UNIBOX);

  public UniboxApi(Database database, Conversations conversations, MessagesApi messages, Ids ids, Clock clock) {
    this.database = database;
    this.conversations = conversations;
    this.threads = new Threads(ids, clock);
    this.messages = messages;
  }

  /** {@code GET /api/unibox/conversations}. */
  public Response list(Request request, Tx tx) {
    String state = request.queryText("state");
    if (state != null && !Conversations.STATES.contains(state)) {
      throw Problem.badField("state", "state must be one of " + String.join(", ", Conversations.STATES));
    }
    String search = request.queryText("search");
    if (search != null && !Body.storable(search)) {
      throw Problem.badField("search", "search contains a character that is not allowed");
    }
    int page = request.queryInt("page", 1, 1, 10_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    Conversations.Place after = place(request, tx.caller());
    Conversations.Wanted wanted = new Conversations.Wanted(
        state == null ? "active" : state, search, request.queryId("lineId", Kind.LINE, tx.caller(), "Invalid lineId"),
        after, after == null ? (page - 1) * limit : 0, limit);
    long total = conversations.count(tx, wanted);
    Conversations.Page found = conversations.page(tx, wanted);
    ObjectNode body = Json.object();
    body.set("conversations", Json.tree(found.conversations()));
    return Response.ok(body.put("total", total).put("page", page).put("limit", limit)
        .put("totalPages", (total + limit - 1) / limit)
        .put("nextCursor", found.next() == null ? null : cursor(found.next())));
  }

  private static String cursor(Conversations.Place place) {
    String text = place.at() + " " + Ids.text(Kind.CONVERSATION, place.conversation());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Conversations.@Nullable Place place(Request request, Caller caller) {
    String text = request.queryText("cursor");
    if (text == null) {
      return null;
    }
    try {
      String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(" ", 2);
      if (parts.length == 2) {
        return new Conversations.Place(
            Instant.parse(parts[0]), Request.own(Kind.CONVERSATION, parts[1], caller, "cursor", "Invalid cursor"));
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      // Falls through to the one refusal.
    }
    throw Problem.badField("cursor", "Invalid cursor");
  }

  /** {@code GET /api/unibox/conversations/{id}}. */
  public Response show(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.CONVERSATION, tx.caller());
    return Response.ok(conversations.find(tx, id).orElseThrow(UniboxApi::notFound));
  }

  /** {@code GET /api/unibox/conversations/{id}/messages}: newest first, by cursor. */
  public Response messages(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.CONVERSATION, tx.caller());
    int limit = request.queryInt("limit", 50, 1, 100);
    UUID before = request.queryId("cursor", Kind.MESSAGE, tx.caller(), "Invalid cursor");
    ArrayNode found = conversations.messages(
        tx, conversations.party(tx, id).orElseThrow(UniboxApi::notFound), before, limit);
    ObjectNode body = Json.object();
    body.set("messages", found);
    return Response.ok(body.put("nextCursor", found.size() < limit ? null : found.get(limit - 1).path("_id").asText()));
  }

  /** {@code PATCH /api/unibox/conversations/{id}}: read or unread, archived or not. */
  public Response mark(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.CONVERSATION, tx.caller());
    Body body = request.json();
    Boolean read = body.has("read") ? Boolean.valueOf(body.flag("read", false)) : null;
    Boolean archived = body.has("archived") ? Boolean.valueOf(body.flag("archived", false)) : null;
    boolean looked = !body.flag("attention", true);
    if (body.has("attention") && !looked && body.clean()) {
      body.fault("attention", "attention can only be taken back: false says that what they wrote was no opt-out");
    }
    body.check(tx.caller());
    if (!conversations.mark(tx, id, read, archived)) {
      throw notFound();
    }
    if (looked) {
      conversations.noOptOut(tx, id);
    }
    return Response.ok(conversations.find(tx, id).orElseThrow(UniboxApi::notFound));
  }

  /** {@code POST /api/unibox/mark-read}. */
  public Response markRead(Request request, Tx tx) {
    Body body = request.json();
    UUID id = body.id("conversationId", Kind.CONVERSATION, "Invalid conversationId");
    if (id == null && body.clean()) {
      body.fault("conversationId", "conversationId is required");
    }
    body.check(tx.caller());
    if (id == null || !conversations.mark(tx, id, true, null)) {
      throw notFound();
    }
    return Response.ok(Json.object().put("success", true));
  }

  /** {@code GET /api/unibox/messages/{id}/attachment}: a file that came with a message. */
  public Response attachment(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    int position = request.queryInt("position", 0, 0, 1_000);
    return tx.ownQuery("""
            select name, content from inbound_attachments
             where workspace_id = :workspace and message_id = :message and position = :position""")
        .bind("message", id).bind("position", position)
        .map((row, context) -> file(row.getString("name"), row.getBytes("content"))).findOne()
        .orElseThrow(() -> Problem.notFound("Attachment not found").code("attachment_not_found"));
  }

  /** Always to be saved, never to be shown: what strangers send must not run in a page of ours. */
  private static Response file(String name, byte @Nullable [] content) {
    if (content == null) {
      throw Problem.of(410, "The attachment was too large to keep").code("attachment_too_large");
    }
    String plain = name.replaceAll("[^A-Za-z0-9._ -]", "_");
    return Response.bytes("application/octet-stream", content)
        .with("Content-Disposition", "attachment; filename=\"" + plain + "\"")
        .with("X-Content-Type-Options", "nosniff");
  }

  /** {@code POST /api/unibox/send-reply}. */
  public Route reply() {
    return reply;
  }

  /** Answers on the line the person wrote to, at the address they wrote from, unless the request says otherwise. */
  public Response sendReply(Request request, Caller caller, Credential credential) {
    ObjectNode wanted = request.json().tree().deepCopy();
    String text = wanted.path("conversationId").asText("").strip();
    wanted.remove("conversationId");
    Conversations.Party party = text.isEmpty() ? null : party(text, caller, credential);
    if (party != null) {
      addressed(wanted, party);
    }
    request.readAs(wanted);
    Response answer = messages.sendFor(reply, request, credential);
    if (party != null && answer.status() < 300) {
      answered(party, answer, credential);
    }
    return answer;
  }

  private Conversations.Party party(String text, Caller caller, Credential credential) {
    UUID id = Request.own(Kind.CONVERSATION, text, caller, "conversationId", "Invalid conversationId");
    return database.read(credential, tx -> conversations.party(tx, id).orElseThrow(UniboxApi::notFound));
  }

  private static void addressed(ObjectNode wanted, Conversations.Party party) {
    boolean mail = party.address().indexOf('@') >= 0;
    if (party.lead() != null) {
      wanted.put("leadId", Ids.text(Kind.LEAD, party.lead()));
    } else if (absent(wanted, "recipientName")) {
      wanted.put("recipientName", party.name());
    }
    if (absent(wanted, "recipientPhone") && absent(wanted, "recipientEmail")) {
      wanted.put(mail ? "recipientEmail" : "recipientPhone", party.address());
      if (absent(wanted, "messageType")) {
        wanted.put("messageType", party.messageType());
      }
      if (absent(wanted, "fromLineId") && party.line() != null) {
        wanted.put("fromLineId", Ids.text(Kind.LINE, party.line()));
      }
    }
  }

  private static boolean absent(ObjectNode wanted, String name) {
    return wanted.path(name).asText("").isBlank();
  }

  /** Whoever answers has read; a stranger who is answered has become a lead. */
  private void answered(Conversations.Party party, Response answer, Credential credential) {
    UUID lead = Ids.parse(Kind.LEAD, Json.parse(answer.replayBody()).path("leadId").asText(""));
    database.write(credential, tx -> {
      conversations.mark(tx, party.conversation(), true, null);
      if (party.lead() == null && lead != null) {
        threads.adopt(tx, tx.workspace(), lead, party.address());
      }
      return lead == null;
    });
  }

  private static Problem notFound() {
    return Problem.notFound("Conversation not found").code("conversation_not_found");
  }
}
