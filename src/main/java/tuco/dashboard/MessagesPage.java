package tuco.dashboard;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** All messages of the workspace, the newest first, and each with its story. */
public final class MessagesPage {
  private static final int ROWS = 50;

  private final Pages pages;

  public MessagesPage(Pages pages) {
    this.pages = pages;
  }

  /** A message as the pages show it. */
  public record Row(
      UUID id, String recipient, String recipientName, String type, String text, String status,
      @Nullable String waitReason, @Nullable String error, Instant createdAt, Instant dueAt,
      @Nullable Instant sentAt, @Nullable Instant deliveredAt, UUID leadId, @Nullable String lineAddress,
      String correlationId) {
    /** Its id as the API writes it. */
    public String name() {
      return Ids.text(Kind.MESSAGE, id);
    }

    /** Whether it still waits to be sent. */
    public boolean waits() {
      return List.of("queued", "pending", "scheduled").contains(status);
    }

    public String leadName() {
      return Ids.text(Kind.LEAD, leadId);
    }
  }

  /** One change of a message. */
  public record Event(String status, Instant at, String cause, @Nullable String detail) {}

  /** What the list shows. */
  public record ListView(
      List<Row> rows, Map<String, String> statuses, @Nullable String status, @Nullable String search, @Nullable String older, boolean first) {
    /** Whether somebody looks for something. */
    public boolean narrowed() {
      return status != null || search != null;
    }

    /** The address of this very list, for the refresh. */
    public String here() {
      return "/messages?" + filter();
    }

    /** The address of what comes after. */
    public String next() {
      return "/messages?" + filter() + "&cursor=" + older;
    }

    private String filter() {
      return "status=" + (status == null ? "" : status)
          + "&q=" + (search == null ? "" : URLEncoder.encode(search, StandardCharsets.UTF_8));
    }
  }

  /** What the page of one message shows. */
  public record DetailView(Row message, List<Event> events) {}

  /** {@code GET /messages}. */
  public Response list(Request request, Tx tx) {
    String status = request.queryText("status");
    Map<String, String> statuses = Words.statuses();
    if (status != null && !statuses.containsKey(status)) {
      status = null;
    }
    String search = request.queryText("q");
    String cursor = request.queryText("cursor");
    UUID before = cursor == null ? null : Ids.parse(Kind.MESSAGE, cursor);
    List<Row> found = find(tx, status, search, before);
    boolean more = found.size() > ROWS;
    List<Row> rows = more ? found.subList(0, ROWS) : found;
    String older = more ? rows.getLast().name() : null;
    return pages.show(request, tx, "messages/list.jte", "messages", "Messages",
        new ListView(rows, statuses, status, search, older, before == null));
  }

  /** The newest messages of the workspace. */
  List<Row> newest(Tx tx, int count) {
    List<Row> rows = find(tx, null, null, null);
    return rows.size() > count ? rows.subList(0, count) : rows;
  }

  private static List<Row> find(Tx tx, @Nullable String status, @Nullable String search, @Nullable UUID before) {
    Query query = tx.ownQuery(SELECT
            + (status == null ? "" : "   and s.status = :status\n")
            + (search == null ? "" : "   and (m.recipient ilike :pattern or m.recipient_name ilike :pattern or m.text ilike :pattern)\n")
            + (before == null ? "" : "   and m.message_id < :before\n")
            + " order by m.message_id desc\n limit :rows")
        .bind("rows", ROWS + 1);
    if (status != null) {
      query.bind("status", status);
    }
    if (search != null) {
      query.bind("pattern", "%" + search.replaceAll("([%_\\\\])", "\\\\$1") + "%");
    }
    if (before != null) {
      query.bind("before", before);
    }
    return query.map((row, context) -> row(row)).list();
  }

  private static final String SELECT = """
      select m.message_id, m.recipient, m.recipient_name, m.message_type, m.text, m.created_at, m.lead_id, m.correlation_id,
             s.status, s.wait_reason, s.error, s.due_at, s.sent_at, s.delivered_at, l.address
        from messages m
        join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
        left join lines l     on l.workspace_id = s.workspace_id and l.line_id = s.line_id
       where m.workspace_id = :workspace
      """;

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getObject("message_id", UUID.class), row.getString("recipient"), row.getString("recipient_name"),
        row.getString("message_type"), row.getString("text"), row.getString("status"), row.getString("wait_reason"),
        row.getString("error"), row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("due_at", OffsetDateTime.class).toInstant(), instant(row, "sent_at"), instant(row, "delivered_at"),
        row.getObject("lead_id", UUID.class), row.getString("address"), row.getString("correlation_id"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  /** {@code GET /messages/{id}}. */
  public Response detail(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    Row message = tx.ownQuery(SELECT + " and m.message_id = :id").bind("id", id)
        .map((row, context) -> row(row)).findOne()
        .orElseThrow(() -> Problem.notFound("Message not found").code("not_found"));
    List<Event> events = tx.ownQuery("""
            select status, at, cause, detail
              from message_events
             where workspace_id = :workspace and message_id = :id
             order by seq""")
        .bind("id", id)
        .map((row, context) -> new Event(
            row.getString("status"), row.getObject("at", OffsetDateTime.class).toInstant(), row.getString("cause"), row.getString("detail")))
        .list();
    return pages.show(request, tx, "messages/detail.jte", "messages", "Message to " + message.recipient(), new DetailView(message, events));
  }
}
