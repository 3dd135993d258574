package tuco.messages;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.Phones;

/** Cancels what still waits, one message or all for one person (contract 2.3). */
public final class Cancellation {
  private final Phones phones;
  private final Clock clock;
  private final Happenings happenings;

  public Cancellation(Phones phones, Clock clock, Happenings happenings) {
    this.phones = phones;
    this.clock = clock;
    this.happenings = happenings;
  }

  /** {@code DELETE /api/messages/{id}}. */
  public Response one(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    if (cancel(tx, List.of(id)).isEmpty()) {
      String status = MessagesApi.status(tx, id);
      throw Problem.conflict("Only a message that still waits can be cancelled; this one is " + status + ".")
          .code("not_cancellable");
    }
    return Response.ok(Json.object().put("success", true).put("status", "cancelled"));
  }

  /** {@code POST /api/messages/cancel-for-lead}. */
  public Response forLead(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    UUID leadId = body.id("leadId", Kind.LEAD, "Invalid leadId");
    String phone = address(body, "recipientPhone");
    String email = address(body, "recipientEmail");
    if (leadId == null && phone == null && email == null && body.clean()) {
      body.fault("leadId", "Either leadId, recipientPhone, or recipientEmail is required");
    }
    body.check(tx.caller());
    List<String> addresses = phone == null
        ? email == null ? List.of() : List.of(email)
        : email == null ? List.of(phone) : List.of(phone, email);
    UUID lead = leadId != null ? leadId : leadOf(tx, addresses);
    List<UUID> waiting = tx.ownQuery("""
            select m.message_id
              from messages m
              join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
             where m.workspace_id = :workspace and s.status in ('queued', 'pending', 'scheduled')
               and (m.lead_id = :lead or cast(:lead as uuid) is null and m.recipient = any(:addresses))""")
        .bind("lead", lead).bind("addresses", addresses.toArray(String[]::new))
        .mapTo(UUID.class).list();
    List<UUID> cancelled = cancel(tx, waiting);
    ArrayNode ids = Json.array();
    cancelled.forEach(id -> ids.add(Ids.text(Kind.MESSAGE, id)));
    ObjectNode answer = Json.object()
        .put("success", true)
        .put("cancelledCount", cancelled.size())
        .put("jobsRemovedFromQueue", cancelled.size())
        .put("leadId", Ids.textOrNull(Kind.LEAD, lead));
    return Response.ok(answer.set("messageIds", ids));
  }

  private @Nullable String address(Body body, String field) {
    String text = body.text(field, 320);
    if (text == null) {
      return null;
    }
    String address = field.endsWith("Phone") ? phones.normalise(text) : Emails.normalise(text);
    if (address == null) {
      body.fault(field, field + " is not valid");
    }
    return address;
  }

  private static @Nullable UUID leadOf(Tx tx, List<String> addresses) {
    return tx.ownQuery("""
            select lead_id from lead_addresses
             where workspace_id = :workspace and address = any(:addresses)
             order by position limit 1""")
        .bind("addresses", addresses.toArray(String[]::new))
        .mapTo(UUID.class).findOne().orElse(null);
  }

  /** Cancels those that still wait. The claim and this exclude each other by the row's lock: one of them comes first. */
  private List<UUID> cancel(Tx tx, List<UUID> messages) throws SQLException {
    if (messages.isEmpty()) {
      return List.of();
    }
    List<UUID> cancelled = tx.ownQuery("""
            with c as (
              update message_states
                 set status = 'cancelled', event_count = event_count + 1, updated_at = :now, wait_reason = null
               where workspace_id = :workspace and message_id = any(:messages)
                 and status in ('queued', 'pending', 'scheduled')
              returning workspace_id, message_id, event_count
            )
            insert into message_events (workspace_id, message_id, seq, status, at, cause)
            select workspace_id, message_id, event_count, 'cancelled', :now, 'cancelled_by_request' from c
            returning message_id""")
        .bind("now", clock.instant()).bind("messages", messages.toArray(UUID[]::new))
        .mapTo(UUID.class).list();
    happenings.record(tx.connection(), cancelled.stream()
        .map(message -> new Happening(
            tx.workspace(), Events.CANCELLED, message, clock.instant(), Map.of("reason", "cancelled_by_request")))
        .toList());
    return cancelled;
  }
}
