package tuco.inbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.LeadJson;
import tuco.leads.Phones;
import tuco.messages.MessageJson;

/** {@code GET /api/replies} (contract 2.13): one item for each person, newest reply first. */
public final class RepliesApi {
  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  private final Phones phones;
  private final Clock clock;

  public RepliesApi(Phones phones, Clock clock) {
    this.phones = phones;
    this.clock = clock;
  }

  /** What was asked for; null where nothing was said. */
  private record Wanted(
      @Nullable UUID lead, @Nullable UUID campaign, @Nullable UUID line, List<String> addresses,
      @Nullable Instant from, @Nullable Instant to) {
    /** Whether the last reply of each conversation may not be the one that is wanted. */
    boolean byReply() {
      return campaign != null || line != null || from != null || to != null;
    }
  }

  private record Hit(UUID messageId, @Nullable UUID leadId, @Nullable UUID campaignId, Instant at) {}

  /** GET /api/replies. */
  public Response list(Request request, Tx tx) throws SQLException {
    Wanted wanted = wanted(request, tx);
    int page = request.queryInt("page", 1, 1, 1_000_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    requireKnown(tx, wanted);
    long total = bound(tx, "select count(*) from (" + hits(wanted) + ") h", wanted).mapTo(Long.class).one();
    List<Hit> hits = bound(tx, hits(wanted) + """

             order by received_at desc, message_id desc
             limit :limit offset :offset""", wanted)
        .bind("limit", limit).bind("offset", (long) (page - 1) * limit)
        .map((row, context) -> new Hit(
            row.getObject("message_id", UUID.class), row.getObject("lead_id", UUID.class),
            row.getObject("campaign_id", UUID.class), row.getTimestamp("received_at").toInstant()))
        .list();
    ObjectNode body = Json.object();
    body.set("replies", items(tx, hits));
    return Response.ok(body.put("total", total).put("page", page).put("limit", limit)
        .put("totalPages", (total + limit - 1) / limit));
  }

  /** Without a question about the reply itself, each conversation knows its last one. */
  private static String hits(Wanted wanted) {
    String whose = """
                 and (cast(:lead as uuid) is null or c.lead_id = :lead)
                 and (cardinality(:addresses) = 0 or c.address = any(:addresses) or c.lead_id in (
                       select a.lead_id from lead_addresses a
                        where a.workspace_id = :workspace and a.address = any(:addresses)))
        """;
    if (!wanted.byReply()) {
      return """
          select c.last_reply_id as message_id, c.lead_id, m.campaign_id, c.last_reply_at as received_at
            from conversations c
            join messages m on m.workspace_id = c.workspace_id and m.message_id = c.last_reply_id
           where c.workspace_id = :workspace and c.last_reply_at is not null
          """ + whose;
    }
    return """
        select * from (
          select distinct on (i.conversation_id) i.message_id, c.lead_id, i.campaign_id, i.received_at
            from inbound_messages i
            join conversations c on c.workspace_id = i.workspace_id and c.conversation_id = i.conversation_id
           where i.workspace_id = :workspace and i.nature = any(:replies)
             and i.received_at between :from and :to
             and (cast(:line as uuid) is null or i.line_id = :line)
             and (cast(:campaign as uuid) is null or i.campaign_id = :campaign)
        %s           order by i.conversation_id, i.received_at desc, i.message_id desc) last_of_each
        """.formatted(whose);
  }

  private static Query bound(Tx tx, String sql, Wanted wanted) {
    Query query = tx.ownQuery(sql).bind("lead", wanted.lead()).bind("addresses", wanted.addresses().toArray(String[]::new));
    return wanted.byReply()
        ? query.bind("replies", Nature.REPLIES).bind("from", wanted.from() == null ? EARLIEST : wanted.from())
            .bind("to", wanted.to() == null ? LATEST : wanted.to())
            .bind("line", wanted.line()).bind("campaign", wanted.campaign())
        : query;
  }

  private Wanted wanted(Request request, Tx tx) {
    Instant from = request.queryInstant("dateFrom", false);
    Instant to = request.queryInstant("dateTo", true);
    if (from != null && to != null && from.isAfter(to)) {
      throw Problem.badField("dateFrom", "dateFrom must be <= dateTo");
    }
    List<String> addresses = new ArrayList<>();
    address(request, "recipientPhone", (name, text) -> phones.normalise(text), addresses);
    address(request, "recipientEmail", (name, text) -> Emails.normalise(text), addresses);
    return new Wanted(
        request.queryId("leadId", Kind.LEAD, tx.caller(), "Invalid leadId"),
        request.queryId("campaignId", Kind.CAMPAIGN, tx.caller(), "Invalid campaignId"),
        request.queryId("lineId", Kind.LINE, tx.caller(), "Invalid lineId"),
        addresses, from, to);
  }

  private static void address(
      Request request, String name, BiFunction<String, String, @Nullable String> normal, List<String> addresses) {
    String text = request.queryText(name);
    if (text == null) {
      return;
    }
    String address = normal.apply(name, text);
    if (address == null) {
      throw Problem.badField(name, "Invalid " + name);
    }
    addresses.add(address);
  }

  private static void requireKnown(Tx tx, Wanted wanted) {
    if (wanted.lead() != null
        && tx.ownQuery("select 1 from leads where workspace_id = :workspace and lead_id = :lead")
            .bind("lead", wanted.lead()).mapTo(Integer.class).findOne().isEmpty()) {
      throw Problem.notFound("Lead not found or access denied").code("lead_not_found");
    }
    if (wanted.campaign() != null
        && tx.ownQuery("select 1 from campaigns where workspace_id = :workspace and campaign_id = :campaign")
            .bind("campaign", wanted.campaign()).mapTo(Integer.class).findOne().isEmpty()) {
      throw Problem.notFound("Campaign not found").code("campaign_not_found");
    }
  }

  /** The items, as the webhook {@code message.reply} carries them in {@code data.reply}. */
  private ArrayNode items(Tx tx, List<Hit> hits) throws SQLException {
    UUID[] messageIds = hits.stream().map(Hit::messageId).toArray(UUID[]::new);
    UUID[] leadIds = hits.stream().map(Hit::leadId).filter(java.util.Objects::nonNull).toArray(UUID[]::new);
    Map<String, ObjectNode> messages = new HashMap<>();
    tx.ownQuery("select " + MessageJson.COLUMNS + " from " + MessageJson.TABLES
            + " where m.workspace_id = :workspace and m.message_id = any(:messages)")
        .bind("messages", messageIds).map((row, context) -> MessageJson.of(row, clock.instant()))
        .forEach(message -> messages.put(message.get("_id").textValue(), message));
    Map<String, ObjectNode> leads = new HashMap<>();
    tx.ownQuery("select " + LeadJson.COLUMNS + " from leads l where l.workspace_id = :workspace and l.lead_id = any(:leads)")
        .bind("leads", leadIds).map((row, context) -> LeadJson.of(row))
        .forEach(lead -> leads.put(lead.get("_id").textValue(), lead));
    Map<UUID, ReplyHistory> histories = ReplyHistory.load(tx.connection(), hits.stream()
        .map(hit -> new ReplyHistory.Key(tx.workspace(), hit.messageId(), hit.leadId(), hit.campaignId())).toList());
    ArrayNode items = Json.array();
    for (Hit hit : hits) {
      ObjectNode message = messages.get(Ids.text(Kind.MESSAGE, hit.messageId()));
      ReplyHistory history = histories.get(hit.messageId());
      if (message != null && history != null) {
        items.add(history.reply(message, leads.get(message.path("leadId").asText("")), Json.timestamp(hit.at())));
      }
    }
    return items;
  }
}
