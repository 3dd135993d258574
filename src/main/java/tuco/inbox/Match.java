package tuco.inbox;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/**
 * Whose a received message is, and what it answers (contract 7.8).
 *
 * @param lead null for somebody who is no lead
 * @param address where the person can be reached: the sender, or where a bounced message was to go
 * @param answered the message of ours it answers, null where none is known
 */
record Match(@Nullable UUID lead, String name, String address, @Nullable Answered answered) {
  /** How long ago our message may have been sent for a reply without a reference to belong to it. */
  private static final Duration RECENT = Duration.ofDays(30);

  /** A message of ours. */
  record Answered(UUID messageId, @Nullable UUID lead, @Nullable UUID campaignId, String messageType, String recipient) {}

  private record Person(UUID lead, String name) {}

  @Nullable UUID campaignId() {
    return answered == null ? null : answered.campaignId();
  }

  @Nullable UUID answeredId() {
    return answered == null ? null : answered.messageId();
  }

  /** The type of the messages in this conversation. */
  String messageType(Inbound inbound) {
    if (inbound.messageType() != null) {
      return inbound.messageType();
    }
    boolean mail = address.indexOf('@') >= 0;
    return answered != null && answered.messageType().equals("email") == mail
        ? answered.messageType() : mail ? "email" : "imessage";
  }

  /**
   * Finds both. The person who has the address comes first, then the one we wrote to: a colleague who is a lead and
   * answers in a thread speaks for themself, an alias that nobody has speaks for the person we wrote to.
   */
  static Match of(Tx tx, UUID workspace, Inbound inbound, Instant now) {
    boolean bounce = inbound.by() == Inbound.By.BOUNCE;
    Person person = owner(tx, workspace, inbound.sender()).orElse(null);
    Answered answered = referenced(tx, workspace, inbound.answers()).orElse(null);
    if (answered == null) {
      answered = recent(tx, workspace, person == null ? null : person.lead(), inbound, now.minus(RECENT)).orElse(null);
    }
    if (answered != null && answered.lead() != null && (person == null || bounce)) {
      person = named(tx, workspace, answered.lead());
    }
    String address = bounce && answered != null ? answered.recipient() : inbound.sender();
    return new Match(person == null ? null : person.lead(), person == null ? "" : person.name(), address, answered);
  }

  private static Optional<Person> owner(Tx tx, UUID workspace, String address) {
    return tx.query("""
            select l.lead_id, trim(l.first_name || ' ' || l.last_name)
              from lead_addresses a
              join leads l on l.workspace_id = a.workspace_id and l.lead_id = a.lead_id
             where a.workspace_id = :workspace and a.address = :address""")
        .bind("workspace", workspace).bind("address", address)
        .map((row, context) -> new Person(row.getObject(1, UUID.class), row.getString(2))).findOne();
  }

  private static Person named(Tx tx, UUID workspace, UUID lead) {
    return tx.query("""
            select trim(first_name || ' ' || last_name) from leads where workspace_id = :workspace and lead_id = :lead""")
        .bind("workspace", workspace).bind("lead", lead)
        .map((row, context) -> new Person(lead, row.getString(1))).one();
  }

  private static Optional<Answered> referenced(Tx tx, UUID workspace, List<UUID> references) {
    if (references.isEmpty()) {
      return Optional.empty();
    }
    return tx.query("""
            select m.message_id, m.lead_id, m.campaign_id, m.message_type, m.recipient
              from messages m
             where m.workspace_id = :workspace and m.message_id = any(:references) and m.direction = 'sent'
             order by array_position(:references, m.message_id)
             limit 1""")
        .bind("workspace", workspace).bind("references", references.toArray(UUID[]::new))
        .map((row, context) -> answered(row)).findOne();
  }

  /** The last message we sent to this person, on the same line rather than on another. */
  private static Optional<Answered> recent(Tx tx, UUID workspace, @Nullable UUID lead, Inbound inbound, Instant since) {
    return tx.query("""
            select m.message_id, m.lead_id, m.campaign_id, m.message_type, m.recipient
              from messages m
              join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
             where m.workspace_id = :workspace and m.direction = 'sent'
               and %s
               and s.status in ('sent', 'delivered', 'unknown', 'sending')
               and coalesce(s.sent_at, s.updated_at) >= :since
             order by s.line_id = :line desc, coalesce(s.sent_at, s.updated_at) desc, m.message_id desc
             limit 1""".formatted(lead == null ? "m.recipient = :sender" : "m.lead_id = :lead"))
        .bind("workspace", workspace).bind(lead == null ? "sender" : "lead", lead == null ? inbound.sender() : lead)
        .bind("since", since).bind("line", inbound.lineId())
        .map((row, context) -> answered(row)).findOne();
  }

  private static Answered answered(java.sql.ResultSet row) throws java.sql.SQLException {
    return new Answered(
        row.getObject(1, UUID.class), row.getObject(2, UUID.class), row.getObject(3, UUID.class), row.getString(4),
        row.getString(5));
  }
}
