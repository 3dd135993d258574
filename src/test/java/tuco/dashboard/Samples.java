package tuco.dashboard;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Token;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Rows for the pages to show, in states that real traffic takes long to reach. */
final class Samples {
  private Samples() {}

  /** A handful of messages in many states; the id of one that waits. */
  static String few(World world, TestWorkspace workspace) {
    message(world, workspace, "+14155550101", "Hi Ada, is Tuesday at ten still good for you?", "delivered", null);
    message(world, workspace, "+14155550102", "Your order has left our house. It should be with you on Thursday, between nine and noon.", "sent", null);
    message(world, workspace, "+14155550103", "We missed you today", "fallback", null);
    message(world, workspace, "+14155550104", "A short question about your last visit", "failed", null);
    message(world, workspace, "+14155550105", "Reminder for tomorrow", "cancelled", null);
    return message(world, workspace, "+14155550106", "Good morning Grace! Your table is ready at eight.", "scheduled", "line_daily_new");
  }

  /** A message in this state; its id as the API writes it. */
  static String message(
      World world, TestWorkspace workspace, String recipient, String text, String status, @Nullable String waitReason) {
    Ids ids = new Ids(java.time.Clock.systemUTC());
    int tag = Ids.tag(workspace.id());
    UUID message = ids.next(tag);
    UUID lead = ids.next(tag);
    Instant now = Instant.now();
    world.database().asWorkspace(workspace.id(), tx -> {
      UUID list = tx.query("""
              insert into lists (workspace_id, list_id, name, created_at, updated_at)
              values (:workspace, :list, 'Quick Sends', :now, :now)
              on conflict (workspace_id, name) do update set updated_at = :now
              returning list_id""")
          .bind("workspace", workspace.id()).bind("list", ids.next(tag)).bind("now", now).mapTo(UUID.class).one();
      tx.update("""
              insert into leads (workspace_id, lead_id, list_id, phone, source, created_at, updated_at)
              values (:workspace, :lead, :list, :phone, 'api', :now, :now)""")
          .bind("workspace", workspace.id()).bind("lead", lead).bind("list", list).bind("phone", recipient).bind("now", now).execute();
      tx.update("""
              insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, correlation_id, created_at, updated_at)
              values (:workspace, :message, :lead, 'imessage', :text, :hash, :recipient, 'app_test', :now, :now)""")
          .bind("workspace", workspace.id()).bind("message", message).bind("lead", lead).bind("text", text)
          .bind("hash", Token.hash("t")).bind("recipient", recipient).bind("now", now).execute();
      tx.update("""
              insert into message_states (workspace_id, message_id, status, wait_reason, due_at, error, updated_at)
              values (:workspace, :message, :status, :reason, :due, :error, :now)""")
          .bind("workspace", workspace.id()).bind("message", message).bind("status", status).bind("reason", waitReason)
          .bind("due", now.plusSeconds(5400)).bind("error", status.equals("failed") ? "The provider refused the number: 21211" : null)
          .bind("now", now).execute();
      int seq = 0;
      for (String step : status.equals("delivered") ? new String[] {"pending", "sending", "sent", "delivered"} : new String[] {"pending", status}) {
        tx.update("""
                insert into message_events (workspace_id, message_id, seq, status, at, cause)
                values (:workspace, :message, :seq, :status, :now, :cause)""")
            .bind("workspace", workspace.id()).bind("message", message).bind("seq", seq++).bind("status", step)
            .bind("now", now.plusMillis(seq * 120L)).bind("cause", step.equals("pending") ? "accepted" : step).execute();
      }
      return list;
    });
    return Ids.text(Kind.MESSAGE, message);
  }
}
