package tuco.inbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.MessageJson;

/** The conversations of a workspace as people and programs read them. */
public final class Conversations {
  /** What a list of conversations can be asked for, the usual first. */
  public static final List<String> STATES = List.of("active", "unread", "archived", "all", "automatic");

  private static final int TEXT = 200;

  private final Clock clock;

  public Conversations(Clock clock) {
    this.clock = clock;
  }

  /**
   * What a list is asked for.
   *
   * @param after null for the first page
   */
  public record Wanted(String state, @Nullable String search, @Nullable UUID line, @Nullable Place after, int offset, int limit) {}

  /** Where a page ends: the time its last conversation stands at, and which it is. */
  public record Place(Instant at, UUID conversation) {}

  /** A page of conversations, newest first, and where the next begins; null on the last. */
  public record Page(List<ObjectNode> conversations, @Nullable Place next) {}

  private static String condition(Wanted wanted) {
    String state = switch (wanted.state()) {
      case "unread" -> "c.last_reply_at is not null and c.unread > 0";
      case "archived" -> "c.last_reply_at is not null and c.archived_at is not null";
      case "all" -> "c.last_reply_at is not null";
      case "automatic" -> "c.last_reply_at is null";
      default -> "c.last_reply_at is not null and c.archived_at is null";
    };
    return """
             from conversations c
             left join leads l    on l.workspace_id = c.workspace_id and l.lead_id = c.lead_id
             left join messages r on r.workspace_id = c.workspace_id and r.message_id = c.last_reply_id
            where c.workspace_id = :workspace and %s
              and (cast(:line as uuid) is null or c.line_id = :line)
              and (cast(:search as text) is null or c.address ilike :search or r.text ilike :search
                   or coalesce(l.first_name || ' ' || l.last_name, c.name) ilike :search or l.company_name ilike :search
                   or l.phone ilike :search or l.email ilike :search)
        """.formatted(state);
  }

  private static String at(Wanted wanted) {
    return wanted.state().equals("automatic") ? "c.created_at" : "c.last_reply_at";
  }

  /** How many there are. */
  public long count(Tx tx, Wanted wanted) {
    return tx.ownQuery("select count(*) " + condition(wanted))
        .bind("line", wanted.line()).bind("search", pattern(wanted)).mapTo(Long.class).one();
  }

  /** A page of them. */
  public Page page(Tx tx, Wanted wanted) {
    String sql = """
        select c.*, %1$s
          from (select c.*, %2$s as at_ %3$s
                   and (cast(:at as timestamptz) is null or (%2$s, c.conversation_id) < (:at, :after))
                 order by %2$s desc, c.conversation_id desc
                 offset :offset limit :limit) c
        %4$s
         order by at_ desc, conversation_id desc""".formatted(COLUMNS, at(wanted), condition(wanted), JOINS);
    List<ObjectNode> found = new java.util.ArrayList<>();
    Place[] last = {null};
    boolean more = tx.ownQuery(sql)
        .bind("line", wanted.line()).bind("search", pattern(wanted))
        .bind("at", wanted.after() == null ? null : wanted.after().at())
        .bind("after", wanted.after() == null ? null : wanted.after().conversation())
        .bind("offset", wanted.offset()).bind("limit", wanted.limit() + 1)
        .map((row, context) -> {
          if (found.size() == wanted.limit()) {
            return true;
          }
          found.add(json(row));
          last[0] = new Place(row.getTimestamp("at_").toInstant(), row.getObject("conversation_id", UUID.class));
          return false;
        })
        .list().contains(true);
    return new Page(found, more ? last[0] : null);
  }

  private static @Nullable String pattern(Wanted wanted) {
    return wanted.search() == null ? null : "%" + wanted.search().replaceAll("([\\\\%_])", "\\\\$1") + "%";
  }

  /** One conversation. */
  public Optional<ObjectNode> find(Tx tx, UUID conversation) {
    return tx.ownQuery("select c.*, " + COLUMNS + """
              from conversations c
            """ + JOINS + " where c.workspace_id = :workspace and c.conversation_id = :conversation")
        .bind("conversation", conversation).map((row, context) -> json(row)).findOne();
  }

  private static final String COLUMNS = """
      l.first_name, l.last_name, l.company_name,
      n.address as line_address, n.is_active and n.removed_at is null as line_works,
      exists (select from suppressions x where x.workspace_id = c.workspace_id
                 and x.address_hash = sha256(uuid_send(c.workspace_id) || convert_to(lower(c.address), 'UTF8'))) as opted_out,
      last.message_id as last_id, last.text as last_text, last.direction as last_direction, last.status as last_status,
      last.at as last_at""";

  /** The last message that came or went: of a lead all of theirs, of a stranger those from their address. */
  private static final String JOINS = """
      join lines n on n.workspace_id = c.workspace_id and n.line_id = c.line_id
      left join leads l on l.workspace_id = c.workspace_id and l.lead_id = c.lead_id
      left join lateral (
        select m.message_id, m.text, m.direction, s.status, coalesce(s.sent_at, m.created_at) as at
          from (select * from (select * from messages m
                                where m.workspace_id = c.workspace_id and m.lead_id = c.lead_id
                                order by m.message_id desc limit 20) of_lead
                union all
                select * from (select * from messages m
                                where m.workspace_id = c.workspace_id and c.lead_id is null
                                  and m.recipient = c.address and m.lead_id is null
                                order by m.message_id desc limit 1) of_stranger) m
          join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
         where s.status not in ('queued', 'pending', 'scheduled', 'cancelled')
         order by m.message_id desc limit 1) last on true
      """;

  private static ObjectNode json(ResultSet row) throws SQLException {
    String address = row.getString("address");
    boolean mail = address.indexOf('@') >= 0;
    UUID lead = row.getObject("lead_id", UUID.class);
    ObjectNode json = Json.object()
        .put("_id", Ids.text(Kind.CONVERSATION, row.getObject("conversation_id", UUID.class)))
        .put("leadId", Ids.textOrNull(Kind.LEAD, lead))
        .put("name", lead == null ? row.getString("name") : (row.getString("first_name") + " " + row.getString("last_name")).strip())
        .put("companyName", lead == null ? "" : row.getString("company_name"))
        .put("recipientPhone", mail ? null : address)
        .put("recipientEmail", mail ? address : null)
        .put("lineId", Ids.text(Kind.LINE, row.getObject("line_id", UUID.class)))
        .put("lineAddress", row.getString("line_address"))
        .put("lineActive", row.getBoolean("line_works"))
        .put("messageType", row.getString("message_type"))
        .put("state", row.getTimestamp("archived_at") == null ? "active" : "archived")
        .put("unreadCount", row.getInt("unread"))
        .put("attention", row.getString("attention"))
        .put("optedOut", row.getBoolean("opted_out"))
        .put("lastReplyAt", timestamp(row, "last_reply_at"));
    UUID last = row.getObject("last_id", UUID.class);
    ObjectNode message = last == null ? null : Json.object()
        .put("messageId", Ids.text(Kind.MESSAGE, last))
        .put("message", cut(row.getString("last_text")))
        .put("direction", row.getString("last_direction"))
        .put("status", row.getString("last_status"))
        .put("at", timestamp(row, "last_at"));
    return json.<ObjectNode>set("lastMessage", message).put("createdAt", timestamp(row, "created_at"));
  }

  private static @Nullable String timestamp(ResultSet row, String column) throws SQLException {
    Timestamp at = row.getTimestamp(column);
    return at == null ? null : Json.timestamp(at.toInstant());
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= TEXT ? text : text.substring(0, text.offsetByCodePoints(0, TEXT));
  }

  /** Messages of a conversation, newest first, from before this one; null for the newest. */
  public ArrayNode messages(Tx tx, Party party, @Nullable UUID before, int limit) {
    ArrayNode messages = Json.array();
    tx.ownQuery("""
            select %s, i.nature, i.subject, i.whole, i.received_at, i.answers
              from %s
              left join inbound_messages i on i.workspace_id = m.workspace_id and i.message_id = m.message_id
             where m.workspace_id = :workspace and %s
               and (cast(:before as uuid) is null or m.message_id < :before)
             order by m.message_id desc
             limit :limit""".formatted(MessageJson.COLUMNS, MessageJson.TABLES,
                party.lead() == null ? "m.recipient = :whose and m.lead_id is null" : "m.lead_id = :whose"))
        .bind("whose", party.lead() == null ? party.address() : party.lead())
        .bind("before", before).bind("limit", limit)
        .map((row, context) -> received(row, MessageJson.of(row, clock.instant())))
        .forEach(messages::add);
    return messages;
  }

  private static ObjectNode received(ResultSet row, ObjectNode message) throws SQLException {
    String nature = row.getString("nature");
    if (nature != null) {
      message.put("nature", nature).put("subject", row.getString("subject")).put("wholeMessage", row.getString("whole"))
          .put("receivedAt", timestamp(row, "received_at"))
          .put("answersMessageId", Ids.textOrNull(Kind.MESSAGE, row.getObject("answers", UUID.class)));
    }
    return message;
  }

  /** Whose a conversation is, and where an answer goes; the line null where it does not work any more. */
  public record Party(UUID conversation, @Nullable UUID lead, String address, String name, String messageType, @Nullable UUID line) {}

  /** Whose a conversation is. */
  public Optional<Party> party(Tx tx, UUID conversation) {
    return tx.ownQuery("""
            select c.lead_id, c.address, c.name, c.message_type,
                   (select n.line_id from lines n
                     where n.workspace_id = c.workspace_id and n.line_id = c.line_id and n.is_active and n.removed_at is null)
              from conversations c
             where c.workspace_id = :workspace and c.conversation_id = :conversation""")
        .bind("conversation", conversation)
        .map((row, context) -> new Party(
            conversation, row.getObject(1, UUID.class), row.getString(2), row.getString(3), row.getString(4), row.getObject(5, UUID.class)))
        .findOne();
  }

  /**
   * Marks a conversation; null leaves as it is. Reading it takes note of what a person should look at too.
   *
   * @return whether there is such a conversation
   */
  public boolean mark(Tx tx, UUID conversation, @Nullable Boolean read, @Nullable Boolean archived) {
    return tx.ownUpdate("""
            update conversations
               set unread = case when cast(:read as boolean) then 0 when not :read then greatest(unread, 1) else unread end,
                   archived_at = case when cast(:archived as boolean) then coalesce(archived_at, :now) when not :archived then null
                                      else archived_at end
             where workspace_id = :workspace and conversation_id = :conversation""")
        .bind("conversation", conversation).bind("read", read).bind("archived", archived).bind("now", clock.instant())
        .execute() == 1;
  }

  /** A person has looked: what they wrote was no opt-out, and campaigns may write to them again. */
  public void noOptOut(Tx tx, UUID conversation) {
    tx.ownUpdate("update conversations set attention = null where workspace_id = :workspace and conversation_id = :conversation")
        .bind("conversation", conversation).execute();
  }

  /** How many conversations hold what nobody has read. */
  public int unread(Tx tx) {
    return tx.ownQuery("""
            select count(*) from conversations
             where workspace_id = :workspace and last_reply_at is not null and unread > 0 and archived_at is null""")
        .mapTo(Integer.class).one();
  }
}
