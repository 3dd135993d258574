package tuco.messages;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Body;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/**
 * {@code POST /api/messages/{id}/resolve}: ends by hand what nobody can learn (decisions 5.3). A mail server cannot be
 * asked whether it took a message, so somebody decides: send it again, and perhaps it arrives twice, or give it up, and
 * perhaps it never arrives. Tuco never decides this by itself.
 */
public final class Resolution {
  private static final String WHAT = "action must be send_again or give_up";
  private static final String GIVEN_UP = "Given up by hand: nobody could tell whether it had left.";

  private final Clock clock;
  private final Happenings happenings;
  private final BiConsumer<UUID, UUID> wake;

  /**
   * @param wake told the workspace and line of a message that is sent again, after the commit
   */
  public Resolution(Clock clock, Happenings happenings, BiConsumer<UUID, UUID> wake) {
    this.clock = clock;
    this.happenings = happenings;
    this.wake = wake;
  }

  public Response resolve(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.MESSAGE, tx.caller());
    Body body = request.json();
    String action = body.requiredOneOf("action", List.of("send_again", "give_up"), WHAT, WHAT);
    body.check(tx.caller());
    if (action.equals("send_again")) {
      sendAgain(tx, id);
    } else {
      giveUp(tx, id);
    }
    return Response.ok(MessagesApi.load(tx, id, clock.instant()));
  }

  /** Charged again when it is claimed: the attempt before may have left. What its provider says of it now comes too late. */
  private void sendAgain(Tx tx, UUID id) {
    UUID line = tx.ownQuery("""
            with c as (
              update message_states
                 set status = 'queued', due_at = :now, wait_reason = null, error = null, attempt_id = null,
                     attempting_since = null, counted_at = null, charged_day = null, charged_month = null,
                     event_count = event_count + 1, updated_at = :now
               where workspace_id = :workspace and message_id = :id and status = 'unknown' and node_id is null
              returning workspace_id, message_id, line_id, event_count
            ), e as (
              insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
              select workspace_id, message_id, event_count, 'queued', :now, 'sent_again_by_hand', :who from c
            )
            select line_id from c""")
        .bind("now", clock.instant()).bind("id", id).bind("who", who(tx))
        .mapTo(UUID.class).findOne().orElseThrow(() -> refusal(tx, id));
    UUID workspace = tx.workspace();
    tx.afterCommit(() -> wake.accept(workspace, line));
  }

  private void giveUp(Tx tx, UUID id) throws SQLException {
    Instant now = clock.instant();
    int given = tx.ownUpdate("""
            with c as (
              update message_states
                 set status = 'failed', error = :words, wait_reason = null, charged_day = null, charged_month = null,
                     event_count = event_count + 1, updated_at = :now
               where workspace_id = :workspace and message_id = :id and status = 'unknown' and node_id is null
              returning workspace_id, message_id, event_count
            )
            insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
            select workspace_id, message_id, event_count, 'failed', :now, 'given_up_by_hand', :who from c""")
        .bind("words", GIVEN_UP).bind("now", now).bind("id", id).bind("who", who(tx))
        .execute();
    if (given == 0) {
      throw refusal(tx, id);
    }
    happenings.record(tx.connection(),
        List.of(new Happening(tx.workspace(), Events.FAILED, id, now, Map.of("error", GIVEN_UP))));
  }

  private static String who(Tx tx) {
    return "Decided by " + tx.caller().actorName();
  }

  private static Problem refusal(Tx tx, UUID id) {
    String status = MessagesApi.status(tx, id);
    return Problem.conflict(status.equals("unknown")
            ? "This message is still being handed over; its outcome may be learnt in a moment."
            : "Only a message whose outcome is unknown can be resolved; this one is " + status + ".")
        .code("not_resolvable");
  }
}
