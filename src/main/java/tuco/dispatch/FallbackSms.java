package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The SMS that follows a message which reached nobody on iMessage (contract 7.5): always after {@code fallback}, after
 * {@code failed} where the message or the workspace says so, and only where the workspace has a line for it. It is made
 * in the transaction of the outcome, so that a crash leaves both or neither, and waits like any other message.
 */
final class FallbackSms {
  /**
   * One SMS for one message: the outcome holds its state locked, and the unique index holds against all others. Addresses
   * on the do-not-contact list are left out here, and the claim asks again.
   */
  private static final String FOLLOW = """
      with f as (
        select m.*, n.sms_id, n.original, c.line_id as sms_line, p.phones, coalesce(m.fallback_text, c.text, m.text) as sms_text,
               not exists (select from contacts k
                            where k.workspace_id = m.workspace_id and k.line_id = c.line_id
                              and (k.address = p.phones[1] or k.lead_id = m.lead_id)) as first_touch
          from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[]) as n(workspace_id, message_id, sms_id, original)
          join messages m         on m.workspace_id = n.workspace_id and m.message_id = n.message_id
          join message_states s   on s.workspace_id = n.workspace_id and s.message_id = n.message_id
          join fallback_configs c on c.workspace_id = n.workspace_id and c.is_active
          join lines l            on l.workspace_id = n.workspace_id and l.line_id = c.line_id and l.removed_at is null
         cross join lateral (
           select array_agg(a.address order by a.n) as phones
             from unnest(case when cardinality(m.addresses) = 0 then array[m.recipient] else m.addresses end)
                  with ordinality as a(address, n)
            where a.address not like '%@%'
              and not exists (select from suppressions x
                               where x.workspace_id = m.workspace_id
                                 and x.address_hash = sha256(uuid_send(m.workspace_id) || convert_to(lower(a.address), 'UTF8')))) p
         where m.message_type = 'imessage' and m.direction = 'sent' and p.phones is not null
           and (s.status = 'fallback' or s.status = 'failed' and (m.send_fallback_sms or c.on_failed))
           and coalesce(m.fallback_text, c.text, m.text) <> ''
      ), made as (
        insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, addresses,
               recipient_phone, recipient_name, zone, window_start, window_end, weekdays, batch_id, campaign_id, step_index,
               ghl_contact_id, ghl_location_id, hs_contact_id, hs_portal_id, correlation_id, created_by, created_at, updated_at,
               fallback_of)
        select workspace_id, sms_id, lead_id, 'sms', sms_text,
               sha256(convert_to(regexp_replace(lower(btrim(sms_text)), '\\s+', ' ', 'g'), 'UTF8')), phones[1],
               case when cardinality(phones) > 1 then phones else '{}' end,
               phones[1], recipient_name, zone, window_start, window_end, weekdays, batch_id, campaign_id, step_index,
               ghl_contact_id, ghl_location_id, hs_contact_id, hs_portal_id, correlation_id, created_by, ?, ?, message_id
          from f
        on conflict (workspace_id, fallback_of) where fallback_of is not null do nothing
        returning workspace_id, message_id
      ), s as (
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select f.workspace_id, f.sms_id, f.sms_line, 'pending', f.first_touch, ?, 1, ?
          from made join f on f.workspace_id = made.workspace_id and f.sms_id = made.message_id
      )
      insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
      select f.workspace_id, f.sms_id, 1, 'pending', ?, 'fallback_sms', f.original
        from made join f on f.workspace_id = made.workspace_id and f.sms_id = made.message_id""";

  private final Ids ids;

  FallbackSms(Ids ids) {
    this.ids = ids;
  }

  /** Lets an SMS follow each of these that is to have one. Runs after their states were written. */
  void follow(Connection connection, List<Message> ended, Instant now) throws SQLException {
    if (ended.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(FOLLOW)) {
      Columns.set(statement, 1, "uuid", ended, Message::workspaceId);
      Columns.set(statement, 2, "uuid", ended, Message::messageId);
      Columns.set(statement, 3, "uuid", ended, message -> ids.next(Ids.tag(message.workspaceId)));
      Columns.set(statement, 4, "text", ended, message -> Ids.text(Kind.MESSAGE, message.messageId));
      for (int place = 5; place <= 9; place++) {
        Columns.set(statement, place, now);
      }
      statement.executeUpdate();
    }
  }

  /** A message that came to an end. */
  record Message(UUID workspaceId, UUID messageId) {}
}
