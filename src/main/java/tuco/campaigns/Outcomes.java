package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The people of a campaign by what became of the last message to each (contract 6.8): counts, and a page of them. Counting a
 * million takes seconds, so it is done only for who asks for {@code status}, {@code page} or {@code limit}.
 */
final class Outcomes {
  /** Who is on the list and was never let in. */
  private static final String LIST_ONLY = "list_only";

  private static final List<String> STATUSES =
      List.of("pending", "sent", "delivered", "failed", "fallback", "cancelled", LIST_ONLY);

  private static final String PEOPLE = """
      from (select e.lead_id, e.state, e.step_index, e.line_id, e.message_id, e.stop_cause, e.replied_at, e.last_sent_at, s.read_at,
                   case when s.status is null then case when e.state = 'stopped' then 'cancelled' else 'pending' end
                        when s.status in ('queued', 'pending', 'scheduled', 'sending', 'unknown') then 'pending'
                        else s.status end as status
              from enrolments e
              left join message_states s on s.workspace_id = e.workspace_id and s.message_id = e.message_id
             where e.workspace_id = :workspace and e.campaign_id = :campaign) e
      """;

  private static final String NOT_IN = """
      from leads l
     where l.workspace_id = :workspace
       and (:audience = 'list' and l.list_id = :list or :audience = 'tag' and cast(:tag as text) = any (l.tags))
       and not exists (select from enrolments e
                        where e.workspace_id = l.workspace_id and e.campaign_id = :campaign and e.lead_id = l.lead_id)""";

  private Outcomes() {}

  static boolean asked(Request request) {
    return request.queryText("status") != null || request.queryText("page") != null || request.queryText("limit") != null;
  }

  /** Puts the counts and the page that the request asks for beside the campaign. */
  static void put(Request request, Tx tx, Campaign campaign, ObjectNode body) {
    String status = request.queryText("status");
    if (status != null && !STATUSES.contains(status)) {
      throw Problem.badField("status", "status must be one of " + String.join(", ", STATUSES));
    }
    int limit = request.queryInt("limit", 50, 1, 100);
    int page = request.queryInt("page", 1, 1, 1_000_000);
    ObjectNode counts = counts(tx, campaign);
    body.set("counts", counts);
    ArrayNode recipients = body.putArray("recipients");
    long offset = (long) (page - 1) * limit;
    (LIST_ONLY.equals(status) ? listOnly(tx, campaign, limit, offset) : people(tx, campaign, status, limit, offset)).forEach(recipients::add);
    long total = status == null ? counts.path("enrolled").asLong() : counts.path(status.equals(LIST_ONLY) ? "listOnly" : status).asLong();
    body.set("pagination", Json.object().put("page", page).put("limit", limit).put("totalCount", total)
        .put("totalPages", (total + limit - 1) / limit));
  }

  /** Who replied has opened what they replied to. */
  private static ObjectNode counts(Tx tx, Campaign campaign) {
    ObjectNode counts = tx.ownQuery("""
            select count(*) as enrolled, count(*) filter (where status = 'pending') as pending,
                   count(*) filter (where status = 'sent') as sent, count(*) filter (where status = 'delivered') as delivered,
                   count(*) filter (where coalesce(read_at, replied_at) is not null) as opened, count(replied_at) as replied,
                   count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'fallback') as fallback,
                   count(*) filter (where status = 'cancelled') as cancelled
            """ + PEOPLE)
        .bind("campaign", campaign.id()).map((row, context) -> counts(row)).one();
    return counts.put("listOnly", campaign.hasAudience()
        ? bound(tx.ownQuery("select count(*) " + NOT_IN), campaign).mapTo(Long.class).one() : 0L);
  }

  private static ObjectNode counts(ResultSet row) throws SQLException {
    ObjectNode counts = Json.object();
    for (String name : List.of("enrolled", "pending", "sent", "delivered", "opened", "replied", "failed", "fallback", "cancelled")) {
      counts.put(name, row.getLong(name));
    }
    return counts;
  }

  private static Query bound(Query query, Campaign campaign) {
    return query.bind("campaign", campaign.id()).bind("audience", campaign.audience()).bind("list", campaign.listId()).bind("tag", campaign.tag());
  }

  private static List<ObjectNode> people(Tx tx, Campaign campaign, @Nullable String status, int limit, long offset) {
    return tx.ownQuery("select e.*, l.first_name, l.last_name, l.email, l.phone " + PEOPLE + """
              join leads l on l.workspace_id = :workspace and l.lead_id = e.lead_id
             where cast(:status as text) is null or e.status = :status
             order by e.lead_id limit :limit offset :offset""")
        .bind("campaign", campaign.id()).bind("status", status).bind("limit", limit).bind("offset", offset)
        .map((row, context) -> person(row)
            .put("status", row.getString("status")).put("stopCause", row.getString("stop_cause"))
            .put("lineId", Ids.textOrNull(Kind.LINE, row.getObject("line_id", UUID.class)))
            .put("messageId", Ids.textOrNull(Kind.MESSAGE, row.getObject("message_id", UUID.class)))
            .put("lastSentAt", Json.timestampOrNull(Campaign.at(row, "last_sent_at")))
            .put("openedAt", Json.timestampOrNull(Campaign.at(row, "read_at")))
            .put("repliedAt", Json.timestampOrNull(Campaign.at(row, "replied_at")))).list();
  }

  private static List<ObjectNode> listOnly(Tx tx, Campaign campaign, int limit, long offset) {
    if (!campaign.hasAudience()) {
      return List.of();
    }
    return bound(tx.ownQuery("select l.* " + NOT_IN + " order by l.lead_id limit :limit offset :offset"), campaign)
        .bind("limit", limit).bind("offset", offset)
        .map((row, context) -> person(row).put("status", LIST_ONLY)).list();
  }

  private static ObjectNode person(ResultSet row) throws SQLException {
    return Json.object().put("leadId", Ids.text(Kind.LEAD, row.getObject("lead_id", UUID.class)))
        .put("firstName", row.getString("first_name")).put("lastName", row.getString("last_name"))
        .put("email", row.getString("email")).put("phone", row.getString("phone"));
  }
}
