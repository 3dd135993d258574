package tuco.dashboard;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.staff.SupportAccess;

/** The first page: how the workspace does, and what to do next. */
public final class HomePage {
  private static final int RECENT = 8;

  private final Pages pages;
  private final MessagesPage messages;
  private final Clock clock;

  public HomePage(Pages pages, MessagesPage messages, Clock clock) {
    this.pages = pages;
    this.messages = messages;
    this.clock = clock;
  }

  /** The figures of the last 24 hours, and whether the first steps were taken. */
  public record View(
      int created, int delivered, int waiting, int failed, int received, boolean hasKey, boolean hasLine, List<MessagesPage.Row> recent,
      List<Notices.Notice> notices, int staffWaiting, List<String> down) {
    /** Whether nothing is left to set up. */
    public boolean settled() {
      return hasKey && hasLine && !recent.isEmpty();
    }
  }

  /** {@code GET /}. */
  public Response show(Request request, Tx tx) {
    List<MessagesPage.Row> recent = tx.caller().may(Right.MESSAGES_READ) ? messages.newest(request, tx, RECENT) : List.of();
    View view = tx.ownQuery("""
            select count(*) filter (where s.status <> 'received')                           as created,
                   count(*) filter (where s.status = 'received')                           as received,
                   count(*) filter (where s.status = 'delivered')                          as delivered,
                   count(*) filter (where s.status in ('queued', 'pending', 'scheduled'))  as waiting,
                   count(*) filter (where s.status in ('failed', 'fallback'))              as failed,
                   exists (select from api_keys where workspace_id = :workspace and removed_at is null) as has_key,
                   exists (select from lines    where workspace_id = :workspace and removed_at is null) as has_line
              from message_states s
             where s.workspace_id = :workspace and s.message_id >= :since""")
        .bind("since", Ids.floor(tx.caller().tag(), clock.instant().minus(Duration.ofDays(1))))
        .map((row, context) -> view(row, recent, Notices.unseen(tx), staffWaiting(tx), down(tx))).one();
    return pages.show(request, tx, "home/home.jte", "home", "Home", view);
  }

  /** Requests of the operator's staff, for who decides on them. */
  private static int staffWaiting(Tx tx) {
    return tx.caller().may(Right.AUDIT_READ) ? SupportAccess.waiting(tx) : 0;
  }

  /** Lines that should send and cannot. */
  private static List<String> down(Tx tx) {
    return !tx.caller().may(Right.LINES_READ) ? List.of() : tx.ownQuery("""
            select address from lines
             where workspace_id = :workspace and removed_at is null and is_active and health_status = 'down'
             order by address
             limit 20""")
        .mapTo(String.class).list();
  }

  private static View view(
      ResultSet row, List<MessagesPage.Row> recent, List<Notices.Notice> notices, int staffWaiting, List<String> down) throws SQLException {
    return new View(
        row.getInt("created"), row.getInt("delivered"), row.getInt("waiting"), row.getInt("failed"), row.getInt("received"),
        row.getBoolean("has_key"), row.getBoolean("has_line"), recent, notices, staffWaiting, down);
  }
}
