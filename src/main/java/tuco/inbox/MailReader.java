package tuco.inbox;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Hosts;
import tuco.channels.LineSettings;
import tuco.channels.smtp.ImapSettings;
import tuco.channels.smtp.IncomingMail;
import tuco.channels.smtp.Mailbox;
import tuco.channels.smtp.Mailboxes;
import tuco.db.Database;

/**
 * Reads the mailbox of one line for as long as this node holds it. The cursor moves in the transaction that records a
 * mail, so that a crash at any point loses none; a mail that is met again is known by its Message-ID.
 */
final class MailReader implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(MailReader.class);

  /** How far back a mailbox is read whose numbers have become void: what was read before is known. */
  private static final Duration LOOK_BACK = Duration.ofDays(2);

  /** How often a mail is asked for that the server does not give. */
  private static final int ASKED = 3;

  private final Database database;
  private final Inbox inbox;
  private final Mailboxes mailboxes;
  private final Clock clock;
  private final UUID holder;
  private final LineSettings line;
  private final Timing timing;
  private volatile boolean stopping;
  private long stuckAt;
  private int stuckTimes;

  /**
   * How long a reader waits.
   *
   * @param news for the server to tell of something, before it asks by itself
   * @param firstRetry after a failure; doubled with each, up to {@code lastRetry}
   */
  record Timing(Duration news, Duration firstRetry, Duration lastRetry) {}

  MailReader(Database database, Inbox inbox, Mailboxes mailboxes, Clock clock, UUID holder, LineSettings line, Timing timing) {
    this.database = database;
    this.inbox = inbox;
    this.mailboxes = mailboxes;
    this.clock = clock;
    this.holder = holder;
    this.line = line;
    this.timing = timing;
  }

  /** The mailbox is another node's now, or nobody's. */
  private static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1;

    Lost() {
      super("the mailbox is held by somebody else");
    }
  }

  private record Cursor(@Nullable Long validity, long uid, @Nullable Instant checkedAt) {}

  @Override
  public void run() {
    Duration retry = timing.firstRetry();
    while (!stopping) {
      Instant began = clock.instant();
      try (Mailbox mailbox = mailboxes.open(ImapSettings.of(line))) {
        while (!stopping) {
          readAll(mailbox);
          retry = timing.firstRetry();
          mailbox.awaitNews(timing.news());
        }
      } catch (Lost | InterruptedException e) {
        return;
      } catch (MessagingException | RuntimeException e) {
        if (stopping || !waits(e, retry, began)) {
          return;
        }
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(timing.lastRetry()) < 0 ? doubled : timing.lastRetry();
      }
    }
  }

  /** Notes what went wrong and waits; whether to go on. */
  private boolean waits(Exception e, Duration retry, Instant began) {
    String words = e instanceof AuthenticationFailedException
        ? "The mail server refused user and password." : "The mailbox cannot be read: " + message(e);
    LOG.warn("line {}: {} (tried {})", line.lineId(), words, began);
    try {
      trouble(words);
      TimeUnit.NANOSECONDS.sleep(retry.toNanos());
      return true;
    } catch (InterruptedException interrupted) {
      return false;
    } catch (RuntimeException unreachable) {
      LOG.warn("line {}: the trouble could not be noted either: {}", line.lineId(), unreachable.getMessage());
      return true;
    }
  }

  private static String message(Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text = String.valueOf(root instanceof Hosts.Refused ? root.getMessage() : e.getMessage());
    return text.length() > 300 ? text.substring(0, 300) : text;
  }

  private void readAll(Mailbox mailbox) throws MessagingException, InterruptedException {
    Cursor cursor = database.asWorkspace(line.workspaceId(), tx -> tx.ownQuery("""
            select uid_validity, last_uid, checked_at from mailboxes where workspace_id = :workspace and line_id = :line""")
        .bind("line", line.lineId())
        .map((row, context) -> new Cursor(row.getObject(1, Long.class), row.getLong(2),
            row.getTimestamp(3) == null ? null : row.getTimestamp(3).toInstant())).one());
    long validity = mailbox.uidValidity();
    boolean sameNumbers = cursor.validity() != null && cursor.validity() == validity;
    // Asked before looking: what comes in while we look and read is met by the next look.
    long last = sameNumbers ? cursor.uid() : mailbox.lastUid();
    List<Long> fresh = sameNumbers ? mailbox.after(cursor.uid()) : mailbox.since(beginning(cursor));
    for (long uid : fresh) {
      IncomingMail mail = read(mailbox, uid);
      record(validity, uid, mail == null ? null : MailInbound.of(mail, line.workspaceId(), line.lineId(), line.address()));
      last = Math.max(last, uid);
    }
    moveTo(validity, last);
  }

  /** A mail that the server has and cannot give is asked for a few times; then those behind it must not wait any more. */
  private @Nullable IncomingMail read(Mailbox mailbox, long uid) throws MessagingException, InterruptedException {
    if (stuckAt == uid && stuckTimes == ASKED) {
      LOG.warn("line {}: a mail could not be read and is noted by its headers", line.lineId());
      return mailbox.headers(uid);
    }
    stuckTimes = stuckAt == uid ? stuckTimes + 1 : 1;
    stuckAt = uid;
    return mailbox.read(uid);
  }

  /**
   * From when on mails count without a cursor to go by. At first that is when the line asked to be read: what was there
   * before is nobody's reply to us. Where the server numbers anew, a while before the last look.
   */
  private Instant beginning(Cursor cursor) {
    Instant looked = cursor.checkedAt() == null ? clock.instant() : cursor.checkedAt();
    return cursor.validity() == null ? looked : looked.minus(LOOK_BACK);
  }

  private void record(long validity, long uid, @Nullable Inbound inbound) {
    database.asWorkspace(line.workspaceId(), tx -> {
      move(tx, validity, uid);
      return inbound != null && inbox.record(tx, inbound).fresh();
    });
  }

  private void moveTo(long validity, long uid) {
    database.asWorkspace(line.workspaceId(), tx -> {
      move(tx, validity, uid);
      return true;
    });
  }

  /** Only for whoever holds the mailbox: a reader that comes back from the dead records nothing and moves nothing. */
  private void move(tuco.db.Tx tx, long validity, long uid) throws SQLException {
    int moved = tx.ownUpdate("""
            update mailboxes set uid_validity = :validity, last_uid = :uid, trouble = '', checked_at = :now
             where workspace_id = :workspace and line_id = :line and holder = :holder""")
        .bind("validity", validity).bind("uid", uid).bind("now", clock.instant())
        .bind("line", line.lineId()).bind("holder", holder).execute();
    if (moved == 0) {
      throw new Lost();
    }
  }

  private void trouble(String words) {
    database.asWorkspace(line.workspaceId(), tx -> tx.ownUpdate("""
            update mailboxes set trouble = :words where workspace_id = :workspace and line_id = :line and holder = :holder""")
        .bind("words", words).bind("line", line.lineId()).bind("holder", holder).execute());
  }

  /** Lets it end at its next step; its thread is to be interrupted besides. */
  void stop() {
    stopping = true;
  }
}
