package tuco.dashboard;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.staff.SupportAccess;

/** The first page: how the workspace does, and what to do next. */
public final class HomePage {
  private static final int RECENT = 8;
  /** The page refreshes itself, so that its figures must cost little however much is sent. */
  private static final int MOST = 100_000;
  /** For how long a new workspace is shown what else there is. */
  private static final Duration NEW = Duration.ofDays(14);

  private final Pages pages;
  private final MessagesPage messages;
  private final Clock clock;

  public HomePage(Pages pages, MessagesPage messages, Clock clock) {
    this.pages = pages;
    this.messages = messages;
    this.clock = clock;
  }

  /** One thing to do in a new workspace. */
  public record Step(boolean done, String href, String what, String why) {}

  /** The figures of the last 24 hours, and the first steps; none when they were taken. */
  public record View(
      int created, int delivered, int waiting, int failed, int received, List<Step> steps, List<MessagesPage.Row> recent,
      List<Notices.Notice> notices, int staffWaiting, List<String> down) {
    /** What the figures are about. */
    public String about() {
      return created + received < MOST ? "The last 24 hours at a glance." : String.format(Locale.ENGLISH, "The newest %,d messages of the last 24 hours.", MOST);
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
                   (select created_at > :young from workspaces where workspace_id = :workspace)          as young,
                   exists (select from api_keys  where workspace_id = :workspace and removed_at is null) as has_key,
                   exists (select from lines     where workspace_id = :workspace and removed_at is null) as has_line,
                   exists (select from lines     where workspace_id = :workspace and removed_at is null and kind <> 'simulator') as has_real_line,
                   exists (select from messages  where workspace_id = :workspace)                        as has_message,
                   exists (select from lists     where workspace_id = :workspace and name <> 'Quick Sends') as has_list,
                   exists (select from campaigns where workspace_id = :workspace)                        as has_campaign,
                   exists (select from webhooks  where workspace_id = :workspace)                        as has_webhook
              from (select status from message_states
                     where workspace_id = :workspace and message_id >= :since
                     order by message_id desc
                     limit :most) s""")
        .bind("most", MOST)
        .bind("since", Ids.floor(tx.caller().tag(), clock.instant().minus(Duration.ofDays(1))))
        .bind("young", clock.instant().minus(NEW))
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
        steps(row), recent, notices, staffWaiting, down);
  }

  /** What makes a workspace work comes first; what makes it useful is shown for its first weeks. */
  private static List<Step> steps(ResultSet row) throws SQLException {
    List<Step> needed = List.of(
        new Step(row.getBoolean("has_line"), "/lines", "Add a line", "that your messages leave from; a simulated one is enough to begin."),
        new Step(row.getBoolean("has_message"), "/messages/new", "Send a message", "and watch it arrive."),
        new Step(row.getBoolean("has_key"), "/settings/api-keys", "Create an API key", "for your back end; the API reference shows its first call."));
    List<Step> useful = List.of(
        new Step(row.getBoolean("has_real_line"), "/lines", "Connect a real line", "when you have seen enough of the simulated one, which reaches nobody."),
        new Step(row.getBoolean("has_list"), "/leads/import", "Bring your people", "from a CSV file, into a list."),
        new Step(row.getBoolean("has_campaign"), "/campaigns", "Build a campaign", "that writes to a list and follows up until they answer."),
        new Step(row.getBoolean("has_webhook"), "/webhooks", "Be told what happens", "by a webhook to your back end."));
    boolean works = needed.stream().allMatch(Step::done);
    List<Step> all = Stream.concat(needed.stream(), useful.stream()).toList();
    return works && (!row.getBoolean("young") || useful.stream().allMatch(Step::done)) ? List.of() : all;
  }
}
