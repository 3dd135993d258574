package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
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
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Conversations;
import tuco.inbox.UniboxApi;

/** The inbox: conversations on the left, the one that was chosen on the right, and a box to answer (P5). */
public final class InboxPage {
  private static final int CONVERSATIONS = 50;
  private static final int MESSAGES = 50;
  private static final Map<String, String> TABS = tabs();

  private final Pages pages;
  private final Database database;
  private final Conversations conversations;
  private final UniboxApi api;

  public InboxPage(Pages pages, Database database, Conversations conversations, UniboxApi api) {
    this.pages = pages;
    this.database = database;
    this.conversations = conversations;
    this.api = api;
  }

  private static Map<String, String> tabs() {
    Map<String, String> tabs = new LinkedHashMap<>();
    tabs.put("active", "Open");
    tabs.put("unread", "Unread");
    tabs.put("archived", "Archived");
    tabs.put("automatic", "Automatic");
    return tabs;
  }

  /** A conversation as the list shows it. */
  public record Row(JsonNode conversation) {
    public String id() {
      return conversation.path("_id").asText();
    }

    public String address() {
      String phone = conversation.path("recipientPhone").textValue();
      return phone == null ? conversation.path("recipientEmail").asText() : phone;
    }

    /** The name, or the address of somebody without one. */
    public String called() {
      String name = conversation.path("name").asText();
      return name.isBlank() ? address() : name;
    }

    public boolean unread() {
      return conversation.path("unreadCount").asInt() > 0;
    }

    /** The last words of the conversation, whoever said them. */
    public String last() {
      JsonNode last = conversation.path("lastMessage");
      return (last.path("direction").asText().equals("sent") ? "You: " : "") + last.path("message").asText("");
    }

    public Instant at() {
      String at = conversation.path("lastReplyAt").textValue();
      return Instant.parse(at == null ? conversation.path("createdAt").asText() : at);
    }
  }

  /** The chosen conversation, the oldest message first. */
  public record Talk(Row row, List<JsonNode> messages, @Nullable String older, boolean latest, boolean answers, boolean marks) {}

  /** What the page shows; no thread when none was chosen. */
  public record View(
      Map<String, String> tabs, List<Row> rows, String state, @Nullable String search, int page, boolean more, @Nullable Talk thread) {
    /** The address of a conversation, with the list as it is. */
    public String of(Row row) {
      return "/inbox/" + row.id() + filter();
    }

    /** The address of the page as it is, for the refresh of the list. */
    public String here() {
      return thread == null ? list() : of(thread.row());
    }

    /** The address of this list, without a conversation. */
    public String list() {
      return "/inbox" + filter();
    }

    /** The address of another page of the list. */
    public String at(int number) {
      return Answers.address("/inbox", asked(), "page", number == 1 ? null : Integer.toString(number));
    }

    private String filter() {
      return Answers.address("", asked(), "page", page == 1 ? null : Integer.toString(page));
    }

    private Map<String, String> asked() {
      return search == null ? Map.of("state", state) : Map.of("state", state, "search", search);
    }

    public boolean chosen(Row row) {
      return thread != null && thread.row().id().equals(row.id());
    }

    public boolean narrowed() {
      return search != null || !state.equals("active");
    }
  }

  /** {@code GET /inbox}. */
  public Response list(Request request, Tx tx) {
    return show(request, tx, null);
  }

  /** {@code GET /inbox/{id}}. */
  public Response thread(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.CONVERSATION, tx.caller());
    ObjectNode conversation = conversations.find(tx, id).orElseThrow(InboxPage::notFound);
    UUID before = request.queryId("cursor", Kind.MESSAGE, tx.caller(), "Invalid cursor");
    List<JsonNode> newestFirst = conversations.messages(
        tx, conversations.party(tx, id).orElseThrow(InboxPage::notFound), before, MESSAGES).valueStream().toList();
    boolean writes = tx.caller().may(Right.MESSAGES_SEND) && tx.caller().readOnlyReason() == null;
    return show(request, tx, new Talk(
        new Row(conversation), newestFirst.reversed(),
        newestFirst.size() < MESSAGES ? null : newestFirst.getLast().path("_id").asText(), before == null,
        writes && !conversation.path("optedOut").asBoolean(), writes));
  }

  /** {@code GET /inbox/unread}: the number beside the entry of the navigation; empty for none. */
  public Response unreadCount(Request request, Tx tx) {
    int unread = conversations.unread(tx);
    return Response.text(200, "text/html; charset=utf-8", unread == 0 ? ""
        : "<span class=\"count\">" + (unread > 99 ? "99+" : unread) + "<span class=\"visually-hidden\"> unread</span></span>");
  }

  private Response show(Request request, Tx tx, @Nullable Talk thread) {
    int page = request.queryInt("page", 1, 1, 10_000);
    String asked = request.queryText("state");
    String state = asked != null && TABS.containsKey(asked) ? asked : "active";
    String search = request.queryText("search");
    Conversations.Page found = conversations.page(
        tx, new Conversations.Wanted(state, search, null, null, (page - 1) * CONVERSATIONS, CONVERSATIONS));
    return pages.show(request, tx, "inbox/inbox.jte", "inbox",
        thread == null ? "Inbox" : "Conversation with " + thread.row().called(),
        new View(TABS, found.conversations().stream().map(Row::new).toList(), state, search, page, found.next() != null, thread));
  }

  /** {@code POST /inbox/{id}/read}: the page says by itself that it was opened. */
  public Response read(Request request, Tx tx) {
    conversations.mark(tx, request.pathId("id", Kind.CONVERSATION, tx.caller()), true, null);
    return Response.text(204, "", "");
  }

  /** {@code POST /inbox/{id}/unread}. */
  public Response unread(Request request, Tx tx) {
    conversations.mark(tx, request.pathId("id", Kind.CONVERSATION, tx.caller()), false, null);
    return pages.done(request, "/inbox", "The conversation is unread again.");
  }

  /** {@code POST /inbox/{id}/no-opt-out}. */
  public Response noOptOut(Request request, Tx tx) {
    conversations.noOptOut(tx, request.pathId("id", Kind.CONVERSATION, tx.caller()));
    return pages.done(request, "/inbox/" + request.param("id"), "Campaigns may write to them again.");
  }

  /** {@code POST /inbox/{id}/archive} and {@code …/unarchive}. */
  public Response archive(Request request, Tx tx) {
    boolean archive = request.path().endsWith("/archive");
    conversations.mark(tx, request.pathId("id", Kind.CONVERSATION, tx.caller()), null, archive);
    return pages.done(request, "/inbox", archive ? "The conversation is in the archive; a new message takes it out." : "The conversation is open again.");
  }

  /**
   * {@code POST /inbox/{id}/reply}. Outside a transaction: the message is accepted in one with others, and whoever holds the
   * access lock while waiting for that could wait for ever.
   */
  public Response reply(Request request, PersonCaller person) {
    Credential credential = Gate.lasting(Right.MESSAGES_SEND, person);
    Caller caller = database.read(credential, tx -> {
      if (tx.caller().readOnlyReason() != null) {
        throw Problem.readOnly(tx.caller().readOnlyReason());
      }
      return tx.caller();
    });
    UUID id = request.pathId("id", Kind.CONVERSATION, caller);
    String conversation = Ids.text(Kind.CONVERSATION, id);
    Response answer = api.sendReply(
        request.withJson(Answers.texts(request.form(), "message").put("conversationId", conversation)), caller, credential);
    if (answer.status() >= 300) {
      return answer;
    }
    boolean skipped = Json.parse(answer.replayBody()).path("skipped").asBoolean();
    return pages.done(request, "/inbox/" + conversation,
        skipped ? "The same text went to them a moment ago; it was not sent again." : "Your answer is on its way.");
  }

  private static Problem notFound() {
    return Problem.notFound("Conversation not found").code("conversation_not_found");
  }
}
