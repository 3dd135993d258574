package tuco.inbox;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.LineSettings;
import tuco.channels.smtp.ImapSettings;
import tuco.channels.smtp.Mailboxes;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.lines.StoredLine;
import tuco.timers.Rounds;

/**
 * The readers of mailboxes on this node: one for each line that wants it and that no other node reads (decisions 7.1). A
 * node holds a mailbox for a while by the database's clock and renews that; when it dies, another takes over.
 */
public final class MailReaders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MailReaders.class);

  private final Database database;
  private final Inbox inbox;
  private final Mailboxes mailboxes;
  private final Vault vault;
  private final Clock clock;
  private final Timing timing;
  private final UUID holder = UUID.randomUUID();
  private final Map<UUID, Running> running = new HashMap<>();
  private final Rounds rounds;

  /**
   * How often and how long.
   *
   * @param round between two looks at the lines
   * @param hold how long a mailbox is held without being renewed
   */
  public record Timing(Duration round, Duration hold, Duration news, Duration firstRetry, Duration lastRetry) {
    /** What production uses. */
    public static Timing usual() {
      return new Timing(
          Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofMinutes(5));
    }
  }

  public MailReaders(Database database, Inbox inbox, Mailboxes mailboxes, Vault vault, Clock clock, Timing timing) {
    this.database = database;
    this.inbox = inbox;
    this.mailboxes = mailboxes;
    this.vault = vault;
    this.clock = clock;
    this.timing = timing;
    // What is held stays held until its time is over; a reader that has lost its mailbox finds out by itself.
    this.rounds = new Rounds("mail-readers", timing.round(), "mailboxes wait", this::round);
  }

  /** A line to read, and when it was last changed: a change starts its reader anew. */
  private record Wanted(LineSettings line, Instant changedAt) {}

  private record Running(MailReader reader, Thread thread, Instant changedAt) {}

  public void start() {
    rounds.start();
  }

  private void round() {
    Map<UUID, Wanted> mine = held();
    Set<UUID> over = running.entrySet().stream()
        .filter(one -> {
          Wanted wanted = mine.get(one.getKey());
          return wanted == null || !wanted.changedAt().equals(one.getValue().changedAt()) || !one.getValue().thread().isAlive();
        })
        .map(Map.Entry::getKey).collect(Collectors.toSet());
    over.forEach(this::end);
    mine.forEach((line, wanted) -> {
      if (!running.containsKey(line) && ImapSettings.wanted(wanted.line())) {
        MailReader reader = new MailReader(database, inbox, mailboxes, clock, holder, wanted.line(),
            new MailReader.Timing(timing.news(), timing.firstRetry(), timing.lastRetry()));
        Thread started = Thread.ofVirtual().name("mail-" + line).start(reader);
        running.put(line, new Running(reader, started, wanted.changedAt()));
      }
    });
  }

  private void end(UUID line) {
    Running gone = running.remove(line);
    if (gone != null) {
      gone.reader().stop();
      gone.thread().interrupt();
    }
  }

  /** Renews what this node holds, takes what nobody holds, and answers all of it. Paused lines are read too. */
  private Map<UUID, Wanted> held() {
    return database.crossing(tx -> {
      tx.update("""
              insert into mailboxes (workspace_id, line_id, checked_at)
              select l.workspace_id, l.line_id, l.updated_at from lines l
               where l.kind = 'smtp' and l.removed_at is null and jsonb_exists(l.settings, 'imapHost')
              on conflict do nothing""").execute();
      // Two nodes never take the same one: the second skips what the first has locked and finds it held afterwards.
      tx.update("""
              with free as (
                select b.workspace_id, b.line_id
                  from mailboxes b
                  join lines l      on l.workspace_id = b.workspace_id and l.line_id = b.line_id
                  join workspaces w on w.workspace_id = b.workspace_id
                 where (b.holder = :holder or b.held_until < clock_timestamp())
                   and l.removed_at is null and w.removed_at is null
                   for update of b skip locked)
              update mailboxes b
                 set holder = :holder, held_until = clock_timestamp() + :hold * interval '1 millisecond'
                from free f
               where b.workspace_id = f.workspace_id and b.line_id = f.line_id""")
          .bind("holder", holder).bind("hold", timing.hold().toMillis()).execute();
      List<Wanted> lines = tx.query("select " + StoredLine.COLUMNS + """
              , l.updated_at
                from mailboxes b
                join lines l on l.workspace_id = b.workspace_id and l.line_id = b.line_id
               where b.holder = :holder and b.held_until > clock_timestamp() and l.removed_at is null""")
          .bind("holder", holder)
          .map((row, context) -> new Wanted(StoredLine.settings(row, vault), row.getTimestamp("updated_at").toInstant())).list();
      return lines.stream().collect(Collectors.toMap(wanted -> wanted.line().lineId(), wanted -> wanted));
    });
  }

  /** Ends all readers and gives the mailboxes back, so that another node takes them at once. */
  @Override
  public void close() {
    rounds.close();
    try {
      List<Thread> threads = running.values().stream().map(Running::thread).toList();
      List.copyOf(running.keySet()).forEach(this::end);
      for (Thread reader : threads) {
        reader.join(Duration.ofSeconds(5));
      }
      database.crossing(tx -> tx.update("update mailboxes set holder = null, held_until = '-infinity' where holder = :holder")
          .bind("holder", holder).execute());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("the mailboxes are held until their time is over: {}", e.getMessage());
    }
  }
}
