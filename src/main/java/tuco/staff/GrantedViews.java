package tuco.staff;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/**
 * What a grant shows. The queries name no workspace: the views hold the one that {@code staff_enter} has opened in this
 * transaction and nothing without it, and they mask what the grant's scope hides.
 */
public final class GrantedViews {
  private GrantedViews() {}

  /** How many there are of what; messages of the last 24 hours. */
  public record Counts(long leads, long lists, long messages, long waiting, long failed, long lines) {}

  /** A lead; what the scope hides is masked. */
  public record Lead(
      UUID leadId, String firstName, String lastName, @Nullable String phone, @Nullable String email, String company, String jobTitle,
      String otherAddresses, String tags, String source, @Nullable String zone, @Nullable String notes, String customFields,
      String listName, Instant createdAt, Instant updatedAt) {}

  /** A message; what the scope hides is masked. */
  public record Message(
      UUID messageId, UUID leadId, @Nullable UUID lineId, String direction, String type, String status, @Nullable String waitReason,
      String recipient, String recipientName, String text, int textLength, boolean attachments, @Nullable String error,
      int attempts, Instant createdAt, @Nullable Instant scheduledFor, @Nullable Instant sentAt, @Nullable Instant deliveredAt) {}

  /** A change of a message. */
  public record Event(String status, Instant at, String cause, @Nullable String detail) {}

  /** A line; what the scope hides is masked. */
  public record Line(
      UUID lineId, String kind, String channelType, String address, String firstName, String lastName, boolean active,
      @Nullable String pauseReason, String health, String healthWords, @Nullable Integer dailyTotal, @Nullable Integer dailyNew,
      Instant createdAt) {}

  /** A campaign; what the scope hides is masked. */
  public record Campaign(
      UUID campaignId, String name, String state, String audience, @Nullable Integer audienceCount, int planned, int enrolled,
      int steps, @Nullable String pauseReason, @Nullable String blockedBy, Instant createdAt, @Nullable Instant startedAt) {}

  /** Leads are counted to ten thousand, messages since this id, so that a large workspace is not slow. */
  public static Counts counts(Tx tx, UUID since) {
    return tx.query("""
            select (select count(*) from (select from granted_leads limit 10001) capped)  as leads,
                   (select count(*) from granted_lists)                                   as lists,
                   (select count(*) from granted_lines where removed_at is null)          as lines,
                   count(*)                                                               as messages,
                   count(*) filter (where status in ('queued', 'pending', 'scheduled'))   as waiting,
                   count(*) filter (where status in ('failed', 'fallback'))               as failed
              from granted_messages
             where message_id >= :since""")
        .bind("since", since)
        .map((row, context) -> new Counts(
            row.getLong("leads"), row.getLong("lists"), row.getLong("messages"), row.getLong("waiting"), row.getLong("failed"),
            row.getLong("lines")))
        .one();
  }

  /** Leads, the newest first, before this one. */
  public static List<Lead> leads(Tx tx, @Nullable UUID before, int limit) {
    return tx.query("""
            select l.*, s.name as list_name
              from granted_leads l
              left join granted_lists s on s.list_id = l.list_id
             where cast(:before as uuid) is null or l.lead_id < :before
             order by l.lead_id desc
             limit :limit""")
        .bind("before", before).bind("limit", limit).map((row, context) -> lead(row)).list();
  }

  public static Optional<Lead> lead(Tx tx, UUID id) {
    return tx.query("""
            select l.*, s.name as list_name
              from granted_leads l
              left join granted_lists s on s.list_id = l.list_id
             where l.lead_id = :id""")
        .bind("id", id).map((row, context) -> lead(row)).findOne();
  }

  private static Lead lead(ResultSet row) throws SQLException {
    return new Lead(
        row.getObject("lead_id", UUID.class), row.getString("first_name"), row.getString("last_name"), row.getString("phone"),
        row.getString("email"), row.getString("company_name"), row.getString("job_title"), row.getString("other_addresses"),
        row.getString("tags"), row.getString("source"), row.getString("zone"), row.getString("notes"), row.getString("custom_fields"),
        row.getString("list_name"), row.getTimestamp("created_at").toInstant(), row.getTimestamp("updated_at").toInstant());
  }

  /** Messages, the newest first, before this one; of one lead or of all, in one state or in any. */
  public static List<Message> messages(Tx tx, @Nullable UUID before, @Nullable UUID lead, @Nullable String status, int limit) {
    return tx.query("""
            select *
              from granted_messages
             where (cast(:before as uuid) is null or message_id < :before)
               and (cast(:lead as uuid) is null or lead_id = :lead)
               and (cast(:status as text) is null or status = :status)
             order by message_id desc
             limit :limit""")
        .bind("before", before).bind("lead", lead).bind("status", status).bind("limit", limit)
        .map((row, context) -> message(row)).list();
  }

  public static Optional<Message> message(Tx tx, UUID id) {
    return tx.query("select * from granted_messages where message_id = :id").bind("id", id)
        .map((row, context) -> message(row)).findOne();
  }

  private static Message message(ResultSet row) throws SQLException {
    String status = row.getString("status");
    return new Message(
        row.getObject("message_id", UUID.class), row.getObject("lead_id", UUID.class), row.getObject("line_id", UUID.class),
        row.getString("direction"), row.getString("message_type"), status == null ? "received" : status, row.getString("wait_reason"),
        row.getString("recipient"), row.getString("recipient_name"), row.getString("text"), row.getInt("text_length"),
        row.getBoolean("has_attachments"), row.getString("error"), row.getInt("attempts"), row.getTimestamp("created_at").toInstant(),
        StaffGrants.instant(row.getTimestamp("scheduled_date")), StaffGrants.instant(row.getTimestamp("sent_at")),
        StaffGrants.instant(row.getTimestamp("delivered_at")));
  }

  public static List<Event> events(Tx tx, UUID message) {
    return tx.query("select status, at, cause, detail from granted_message_events where message_id = :id order by seq")
        .bind("id", message)
        .map((row, context) -> new Event(
            row.getString("status"), row.getTimestamp("at").toInstant(), row.getString("cause"), row.getString("detail")))
        .list();
  }

  public static List<Line> lines(Tx tx) {
    return tx.query("select * from granted_lines where removed_at is null order by line_id")
        .map((row, context) -> new Line(
            row.getObject("line_id", UUID.class), row.getString("kind"), row.getString("channel_type"), row.getString("address"),
            row.getString("first_name"), row.getString("last_name"), row.getBoolean("is_active"), row.getString("pause_reason"),
            row.getString("health_status"), row.getString("health_words"), (Integer) row.getObject("daily_total_limit"),
            (Integer) row.getObject("daily_new_limit"), row.getTimestamp("created_at").toInstant()))
        .list();
  }

  /** Campaigns, the newest first. */
  public static List<Campaign> campaigns(Tx tx, int limit) {
    return tx.query("select * from granted_campaigns order by campaign_id desc limit :limit").bind("limit", limit)
        .map((row, context) -> new Campaign(
            row.getObject("campaign_id", UUID.class), row.getString("name"), row.getString("state"), row.getString("audience"),
            (Integer) row.getObject("audience_count"), row.getInt("planned_count"), row.getInt("enrolled_count"), row.getInt("steps"),
            row.getString("pause_reason"), row.getString("blocked_by"), row.getTimestamp("created_at").toInstant(),
            StaffGrants.instant(row.getTimestamp("started_at"))))
        .list();
  }
}
