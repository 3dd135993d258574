package tuco.dashboard;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What owners and admins must know, until one of them has seen it: a key found in public, a webhook given up (decisions 2.6). */
public final class Notices {
  private final Pages pages;
  private final Clock clock;

  public Notices(Pages pages, Clock clock) {
    this.pages = pages;
    this.clock = clock;
  }

  /**
   * One of them.
   *
   * @param about the page of the key it is about; null when it is about something else
   */
  public record Notice(String text, Instant at, @Nullable String about) {}

  /** Those that nobody has put away, the newest first, of each thing the last; none for members. */
  static List<Notice> unseen(Tx tx) {
    return unseen(tx, "%");
  }

  /** As {@link #unseen(Tx)}, of keys alone. */
  static List<Notice> ofKeys(Tx tx) {
    return unseen(tx, "key%");
  }

  private static List<Notice> unseen(Tx tx, String kinds) {
    if (!tx.caller().may(Right.KEYS_MANAGE)) {
      return List.of();
    }
    return tx.ownQuery("""
            select message, created_at, kind, subject_id
              from (select distinct on (subject_id) message, created_at, kind, subject_id
                      from notices
                     where workspace_id = :workspace and seen_at is null and kind like :kinds
                     order by subject_id, created_at desc) latest
             order by created_at desc
             limit 20""")
        .bind("kinds", kinds)
        .map((row, context) -> new Notice(
            row.getString("message"), row.getTimestamp("created_at").toInstant(),
            row.getString("kind").startsWith("key") ? "/settings/api-keys/" + Ids.text(Kind.KEY, row.getObject("subject_id", UUID.class)) : null))
        .list();
  }

  /** {@code POST /notices}: somebody has seen them. */
  public Response seen(Request request, Tx tx) {
    tx.ownUpdate("update notices set seen_at = :now where workspace_id = :workspace and seen_at is null")
        .bind("now", clock.instant()).execute();
    return pages.done(request, "/", "The notices are put away.");
  }
}
