package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
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
import tuco.ids.Kind;

/** {@code PATCH /api/messages/{id}}: changes text, time or window of a message that still waits (decisions 5.1). */
public final class Edit {
  private final Clock clock;
  private final Happenings happenings;

  public Edit(Clock clock, Happenings happenings) {
    this.clock = clock;
    this.happenings = happenings;
  }

  public Response change(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    Body body = request.json();
    ObjectNode window = Json.object();
    SendRequest.window(body, window);
    String text = body.text("message", SendRequest.MAX_TEXT);
    if (text == null && body.mentions("message") && body.clean()) {
      body.fault("message", "message cannot be empty");
    }
    Instant scheduled = body.instant("scheduledDate", "Invalid scheduledDate format");
    body.check(tx.caller());
    if (!editable(tx, id)) {
      throw Problem.conflict("Only a message that still waits can be changed; this one is " + MessagesApi.status(tx, id) + ".")
          .code("not_editable");
    }
    tx.ownUpdate("""
            update messages
               set text = coalesce(:text, text), text_hash = coalesce(:hash, text_hash),
                   scheduled_date = coalesce(:scheduled, scheduled_date),
                   zone = coalesce(:zone, zone), window_start = coalesce(:start, window_start),
                   window_end = coalesce(:end, window_end), weekdays = coalesce(:weekdays, weekdays), updated_at = :now
             where workspace_id = :workspace and message_id = :id""")
        .bind("text", text).bind("hash", text == null ? null : SendRequest.textHash(text))
        .bind("scheduled", scheduled)
        .bind("zone", window.path("zone").asText(null))
        .bind("start", window.path("windowStart").asText(null))
        .bind("end", window.path("windowEnd").asText(null))
        .bind("weekdays", weekdays(window))
        .bind("now", clock.instant()).bind("id", id)
        .execute();
    reschedule(tx, id, scheduled, text != null || !window.isEmpty());
    if (scheduled != null && scheduled.isAfter(clock.instant())) {
      happenings.record(tx.connection(), List.of(new Happening(
          tx.workspace(), Events.SCHEDULED, id, clock.instant(), Map.of("scheduledDate", Json.timestamp(scheduled)))));
    }
    return Response.ok(MessagesApi.load(tx, id, clock.instant()));
  }

  private static Short @Nullable [] weekdays(ObjectNode window) {
    if (!window.has("weekdays")) {
      return null;
    }
    List<Short> days = new ArrayList<>();
    window.get("weekdays").forEach(day -> days.add((short) day.intValue()));
    return days.toArray(Short[]::new);
  }

  /** Locks the state, so that a claim comes wholly before or wholly after the change. */
  private static boolean editable(Tx tx, UUID id) {
    return tx.ownQuery("""
            select 1 from message_states
             where workspace_id = :workspace and message_id = :id and status in ('queued', 'pending', 'scheduled')
               for update""")
        .bind("id", id).mapTo(Integer.class).findOne().isPresent();
  }

  private void reschedule(Tx tx, UUID id, @Nullable Instant scheduled, boolean reconsider) {
    Instant now = clock.instant();
    boolean later = scheduled != null && scheduled.isAfter(now);
    tx.ownUpdate("""
            with c as (
              update message_states
                 set due_at = case when :moved then :due when :reconsider and wait_reason is not null then :now else due_at end,
                     status = case when :moved and :later then 'scheduled' when :moved then 'pending' else status end,
                     wait_reason = null, event_count = event_count + 1, updated_at = :now
               where workspace_id = :workspace and message_id = :id
              returning workspace_id, message_id, event_count, status
            )
            insert into message_events (workspace_id, message_id, seq, status, at, cause)
            select workspace_id, message_id, event_count, status, :now, 'edited' from c""")
        .bind("moved", scheduled != null).bind("later", later)
        .bind("due", scheduled == null || !later ? now : scheduled)
        .bind("reconsider", reconsider).bind("now", now).bind("id", id)
        .execute();
  }
}
