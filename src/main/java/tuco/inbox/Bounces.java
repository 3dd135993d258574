package tuco.inbox;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.leads.Suppressions;
import tuco.messages.Status;

/** A message that came back: it failed, with the server's own words (connectors 4.6). */
final class Bounces {
  private final Suppressions suppressions;
  private final Happenings happenings;
  private final Clock clock;

  Bounces(Suppressions suppressions, Happenings happenings, Clock clock) {
    this.suppressions = suppressions;
    this.happenings = happenings;
    this.clock = clock;
  }

  /**
   * What a report means for the message it is about. One that only says "still trying" changes nothing, and neither does one
   * that names no message of ours: anybody can write a report about anybody, but only who got a mail knows its Message-ID. It
   * is kept in the conversation for a person to read.
   *
   * @param named the messages that the report names
   */
  void apply(Tx tx, UUID workspace, Match match, Inbound.Bounce bounce, List<UUID> named) throws SQLException {
    if (!bounce.failed() || match.answered() == null || !named.contains(match.answered().messageId())) {
      return;
    }
    if (fail(tx, workspace, match.answered().messageId(), bounce.words())) {
      happenings.record(tx.connection(), List.of(new Happening(
          workspace, Events.FAILED, match.answered().messageId(), clock.instant(), Map.of("error", bounce.words()))));
    }
    if (bounce.dead()) {
      suppressions.addAddress(tx, workspace, match.address(), bounce.words(), Suppressions.PROVIDER);
    }
  }

  /** Somebody called a message of ours spam: that stays with the message, for the figures of its campaign (connectors 5). */
  void complained(Tx tx, UUID workspace, UUID message, String words) {
    tx.update("""
            with told as (
              update message_states set event_count = event_count + 1
               where workspace_id = :workspace and message_id = :message
              returning message_id, event_count, status)
            insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
            select :workspace, message_id, event_count, status, :now, 'complained', :words from told""")
        .bind("workspace", workspace).bind("message", message).bind("words", words).bind("now", clock.instant()).execute();
  }

  /** Only from where the table of states allows it; whoever records the hand-over later finds its attempt closed. */
  private boolean fail(Tx tx, UUID workspace, UUID message, String words) {
    Instant now = clock.instant();
    String[] left = java.util.Arrays.stream(Status.FAILED.sources())
        .filter(status -> !Status.WAITING.contains(Status.of(status))).toArray(String[]::new);
    return tx.update("""
            with failed as (
              update message_states
                 set status = 'failed', error = :words, event_count = event_count + 1, updated_at = :now
               where workspace_id = :workspace and message_id = :message and status = any(:left)
              returning message_id, event_count)
            insert into message_events (workspace_id, message_id, seq, status, at, cause, detail)
            select :workspace, message_id, event_count, 'failed', :now, 'bounced', :words from failed""")
        .bind("workspace", workspace).bind("message", message).bind("words", words).bind("now", now).bind("left", left)
        .execute() == 1;
  }
}
