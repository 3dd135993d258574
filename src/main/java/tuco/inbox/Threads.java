package tuco.inbox;

import java.time.Clock;
import java.util.UUID;
import tuco.db.Tx;
import tuco.ids.Ids;

/** Which conversation a message belongs to: one per lead, one per address of somebody who is no lead (contract 7.8). */
final class Threads {
  private final Ids ids;
  private final Clock clock;

  Threads(Ids ids, Clock clock) {
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * The conversation, made where there is none; it takes over what came from this address before it was a lead's. Its
   * row stays locked to the end of the transaction, so that a person's messages are recorded one after another.
   */
  UUID of(Tx tx, UUID workspace, Match match, Inbound inbound) {
    if (match.lead() != null) {
      adopt(tx, workspace, match.lead(), match.address());
    }
    UUID fresh = ids.next(Ids.tag(workspace));
    return tx.query("""
            insert into conversations (workspace_id, conversation_id, lead_id, address, name, line_id, message_type, created_at)
            values (:workspace, :fresh, :lead, :address, :name, :line, :type, :now)
            on conflict (workspace_id, %s do update set name = case when excluded.name = '' then conversations.name else excluded.name end
            returning conversation_id""".formatted(match.lead() == null
                ? "address) where lead_id is null" : "lead_id) where lead_id is not null"))
        .bind("workspace", workspace).bind("fresh", fresh).bind("lead", match.lead())
        .bind("address", match.address()).bind("name", match.name().isEmpty() ? inbound.senderName() : match.name())
        .bind("line", inbound.lineId()).bind("type", match.messageType(inbound)).bind("now", clock.instant())
        .mapTo(UUID.class).one();
  }

  /** A person wrote: the conversation is active and unread again, and goes on where they wrote from and to. */
  void replied(Tx tx, UUID workspace, UUID conversation, UUID message, Match match, Inbound inbound, boolean attention) {
    tx.update("""
            update conversations
               set address = :address, line_id = :line, message_type = :type, unread = unread + 1, archived_at = null,
                   attention = case when :attention then 'possible_opt_out' else attention end,
                   last_reply_id = case when last_reply_at > :at then last_reply_id else :message end,
                   last_reply_at = greatest(last_reply_at, :at)
             where workspace_id = :workspace and conversation_id = :conversation""")
        .bind("workspace", workspace).bind("conversation", conversation).bind("message", message)
        .bind("address", match.address()).bind("line", inbound.lineId()).bind("type", match.messageType(inbound))
        .bind("at", inbound.receivedAt()).bind("attention", attention).execute();
  }

  /** Gives a lead the conversation that began before the address was theirs. */
  void adopt(Tx tx, UUID workspace, UUID lead, String address) {
    UUID stray = tx.query("""
            select conversation_id from conversations
             where workspace_id = :workspace and address = :address and lead_id is null
               for update""")
        .bind("workspace", workspace).bind("address", address).mapTo(UUID.class).findOne().orElse(null);
    if (stray == null) {
      return;
    }
    tx.update("""
            update messages m set lead_id = :lead
              from inbound_messages i
             where i.workspace_id = :workspace and i.conversation_id = :stray
               and m.workspace_id = i.workspace_id and m.message_id = i.message_id and m.lead_id is null""")
        .bind("workspace", workspace).bind("lead", lead).bind("stray", stray).execute();
    UUID own = tx.query("select conversation_id from conversations where workspace_id = :workspace and lead_id = :lead for update")
        .bind("workspace", workspace).bind("lead", lead).mapTo(UUID.class).findOne().orElse(null);
    if (own == null) {
      tx.update("update conversations set lead_id = :lead where workspace_id = :workspace and conversation_id = :stray")
          .bind("workspace", workspace).bind("lead", lead).bind("stray", stray).execute();
      return;
    }
    tx.update("update inbound_messages set conversation_id = :own where workspace_id = :workspace and conversation_id = :stray")
        .bind("workspace", workspace).bind("own", own).bind("stray", stray).execute();
    tx.update("""
            with gone as (
              delete from conversations where workspace_id = :workspace and conversation_id = :stray
              returning unread, last_reply_id, last_reply_at)
            update conversations c
               set unread = c.unread + g.unread,
                   last_reply_id = case when c.last_reply_at >= g.last_reply_at then c.last_reply_id
                                        else coalesce(g.last_reply_id, c.last_reply_id) end,
                   last_reply_at = greatest(c.last_reply_at, g.last_reply_at)
              from gone g
             where c.workspace_id = :workspace and c.conversation_id = :own""")
        .bind("workspace", workspace).bind("own", own).bind("stray", stray).execute();
  }
}
