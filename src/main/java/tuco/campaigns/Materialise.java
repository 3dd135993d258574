package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.messages.SendRequest;

/** Writes a step of a lead as a message that waits in the queue. */
final class Materialise {
  private Materialise() {}

  /** A message to be. */
  record Made(
      UUID messageId, Enrolled enrolled, int step, int variant, Lines.Line line, String type, List<String> addresses, String text,
      Instant due, @Nullable String smsFallback) {
    String name() {
      return (enrolled.lead().path("firstName").asText("") + " " + enrolled.lead().path("lastName").asText("")).strip();
    }
  }

  /**
   * Key, message, state, event and place in one statement. The primary key of {@code campaign_messages} lets each step of
   * each lead become a message once at most, whatever happened before (P4): a second is not written.
   */
  private static final String INSERT = """
      with n as (
        select n.*, ?::uuid as workspace_id, ?::uuid as campaign_id, ?::text as batch_id, ?::timestamptz as now
          from unnest(?::uuid[], ?::uuid[], ?::int2[], ?::int[], ?::int2[], ?::uuid[], ?::text[], ?::text[], ?::bytea[], ?::text[],
                      ?::jsonb[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::bool[], ?::text[])
               as n(message_id, lead_id, entry, step_index, variant, line_id, message_type, text, text_hash, recipient,
                    addresses, recipient_phone, recipient_email, recipient_name, due_at, fallback_sms, fallback_text)
      ), k as (
        insert into campaign_messages (workspace_id, campaign_id, lead_id, entry, step_index, message_id, version, variant, created_at)
        select workspace_id, campaign_id, lead_id, entry, step_index, message_id, ?, variant, now from n
        on conflict (workspace_id, campaign_id, lead_id, entry, step_index) do nothing
        returning message_id
      ), once as (
        select n.* from n join k using (message_id)
      ), m as (
        insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, addresses, recipient_phone,
               recipient_email, recipient_name, send_fallback_sms, fallback_text, batch_id, campaign_id, step_index, correlation_id, created_at, updated_at)
        select workspace_id, message_id, lead_id, message_type, text, text_hash, recipient,
               array(select jsonb_array_elements_text(addresses)), recipient_phone, recipient_email, recipient_name, fallback_sms, fallback_text,
               batch_id, campaign_id, step_index, batch_id, now, now
          from once
      ), s as (
        insert into message_states (workspace_id, message_id, line_id, status, first_touch, due_at, event_count, updated_at)
        select o.workspace_id, o.message_id, o.line_id, 'queued',
               not exists (select from contacts c where c.workspace_id = o.workspace_id and c.lead_id = o.lead_id and c.line_id = o.line_id),
               o.due_at, 1, o.now
          from once o
      ), v as (
        insert into message_events (workspace_id, message_id, seq, status, at, cause)
        select workspace_id, message_id, 1, 'queued', now, 'campaign_step' from once
      ), e as (
        update enrolments e
           set state = 'in_flight', step_index = o.step_index, message_id = o.message_id, line_id = o.line_id,
               wait_reason = null, updated_at = o.now
          from once o
         where e.workspace_id = o.workspace_id and e.campaign_id = o.campaign_id and e.lead_id = o.lead_id
      )
      update enrolments e
         set state = 'stopped', step_index = n.step_index, stop_cause = 'sent_before', updated_at = n.now
        from n
       where e.workspace_id = n.workspace_id and e.campaign_id = n.campaign_id and e.lead_id = n.lead_id
         and not exists (select from k where k.message_id = n.message_id)""";

  /** Writes them; how many became messages. */
  static int insert(Connection connection, Campaign campaign, List<Made> made, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setString(3, "campaign_" + Ids.text(Kind.CAMPAIGN, campaign.id()));
      Columns.set(statement, 4, now);
      Columns.set(statement, 5, "uuid", made, Made::messageId);
      Columns.set(statement, 6, "uuid", made, each -> each.enrolled().leadId());
      Columns.set(statement, 7, "int2", made, each -> each.enrolled().entry());
      Columns.set(statement, 8, "int4", made, Made::step);
      Columns.set(statement, 9, "int2", made, Made::variant);
      Columns.set(statement, 10, "uuid", made, each -> each.line().id);
      Columns.set(statement, 11, "text", made, Made::type);
      Columns.set(statement, 12, "text", made, Made::text);
      Columns.set(statement, 13, "bytea", made, each -> SendRequest.textHash(each.text()));
      Columns.set(statement, 14, "text", made, each -> each.addresses().getFirst());
      Columns.set(statement, 15, "jsonb", made, each -> Json.text(Json.tree(each.addresses().size() > 1 ? each.addresses() : List.of())));
      Columns.set(statement, 16, "text", made, each -> each.enrolled().text("phone"));
      Columns.set(statement, 17, "text", made, each -> each.enrolled().text("email"));
      Columns.set(statement, 18, "text", made, Made::name);
      Columns.set(statement, 19, "timestamptz", made, Made::due);
      Columns.set(statement, 20, "bool", made, each -> each.smsFallback() != null);
      Columns.set(statement, 21, "text", made, Made::smsFallback);
      statement.setInt(22, campaign.version());
      return made.size() - statement.executeUpdate();
    }
  }
}
