package tuco.inbox;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Answers to a word by themselves, where the channel is text: who asks for HELP hears who writes to them and how to end it,
 * once a day; who opts out gets the workspace's confirmation, if it has one, once and within minutes or not at all. They are
 * no marketing, so they also go to whom nothing else may be sent (connectors.md 5).
 */
final class Notices {
  /** Two machines that answer each other end here. */
  private static final Duration HELPED = Duration.ofHours(24);

  private static final String HELP = "help";
  private static final String OPT_OUT = "opt_out";

  private final Ids ids;
  private final Clock clock;
  private final BiConsumer<UUID, UUID> wake;

  /**
   * @param wake tells the engine that a line (workspace, line) has something new
   */
  Notices(Ids ids, Clock clock, BiConsumer<UUID, UUID> wake) {
    this.ids = ids;
    this.clock = clock;
    this.wake = wake;
  }

  /** What a workspace says by itself; null for nothing. */
  record Texts(@Nullable String help, @Nullable String confirmation) {
    static Texts of(Tx tx, UUID workspace) {
      return tx.query("""
              select case when coalesce(o.answers_help, true) then coalesce(o.help_text, :usual || w.name || :how) end, o.confirmation
                from workspaces w left join opt_out_words o on o.workspace_id = w.workspace_id
               where w.workspace_id = :workspace""")
          .bind("workspace", workspace).bind("usual", "These messages are from ").bind("how", ". Reply STOP to get no more of them.")
          .map((row, context) -> new Texts(row.getString(1), row.getString(2))).one();
    }
  }

  /** Answers a request for help, unless one was answered within a day. */
  void help(Tx tx, UUID workspace, Match match, Inbound inbound) {
    String text = isText(match, inbound) ? Texts.of(tx, workspace).help() : null;
    if (text != null && !helped(tx, workspace, match.lead())) {
      queue(tx, workspace, match, inbound, HELP, text);
    }
  }

  /** Confirms an opt-out that changed something. */
  void confirm(Tx tx, UUID workspace, Match match, Inbound inbound) {
    String text = isText(match, inbound) ? Texts.of(tx, workspace).confirmation() : null;
    if (text != null) {
      queue(tx, workspace, match, inbound, OPT_OUT, text);
    }
  }

  /** Whom we never wrote to is no lead, and a mail has a link for it. */
  private static boolean isText(Match match, Inbound inbound) {
    return match.lead() != null && !match.messageType(inbound).equals("email");
  }

  private boolean helped(Tx tx, UUID workspace, @Nullable UUID lead) {
    return tx.query("""
            select exists (select from messages
                            where workspace_id = :workspace and lead_id = :lead and notice = 'help' and created_at > :since)""")
        .bind("workspace", workspace).bind("lead", lead).bind("since", clock.instant().minus(HELPED)).mapTo(Boolean.class).one();
  }

  private void queue(Tx tx, UUID workspace, Match match, Inbound inbound, String notice, String text) {
    UUID message = ids.next(Ids.tag(workspace));
    Instant now = clock.instant();
    boolean mail = match.address().indexOf('@') >= 0;
    tx.update("""
            with m as (
              insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, recipient_phone,
                     recipient_email, recipient_name, notice, correlation_id, created_at, updated_at)
              values (:workspace, :message, :lead, :type, :text, sha256(convert_to(:text, 'UTF8')), :address, :phone, :email, :name,
                      :notice, :correlation, :now, :now)
            ), s as (
              insert into message_states (workspace_id, message_id, line_id, status, due_at, event_count, updated_at)
              values (:workspace, :message, :line, 'queued', :now, 1, :now)
            )
            insert into message_events (workspace_id, message_id, seq, status, at, cause)
            values (:workspace, :message, 1, 'queued', :now, :cause)""")
        .bind("workspace", workspace).bind("message", message).bind("lead", match.lead()).bind("type", match.messageType(inbound))
        .bind("text", text).bind("address", match.address()).bind("phone", mail ? null : match.address())
        .bind("email", mail ? match.address() : null).bind("name", match.name()).bind("notice", notice)
        .bind("correlation", "in_" + Ids.text(Kind.MESSAGE, message)).bind("line", inbound.lineId())
        .bind("cause", notice.equals(HELP) ? "help_answer" : "opt_out_confirmation").bind("now", now).execute();
    tx.afterCommit(() -> wake.accept(workspace, inbound.lineId()));
  }
}
