package tuco.availability;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.channels.Channel;
import tuco.channels.Channel.Reach;
import tuco.channels.LineSettings;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.lines.StoredLine;

/**
 * Whether an address can be reached, asked through a line that can tell and remembered with its age (contract 2.9).
 * A line answers 70 questions a UTC day, one that sits on a device 3 s apart; what is remembered costs none.
 */
public final class Availability {
  static final int CHECKS_PER_LINE = 70;
  /** The code of a refusal that ends by itself within seconds. */
  static final String BUSY = "rate_limited";
  /** The code of a refusal that ends with the day. */
  static final String EXHAUSTED = "quota_exceeded";
  /** The code of a refusal that lasts until somebody adds a line, and what a lead says that could not be asked about for that (contract 5.1). */
  static final String NO_LINE = "no_active_line";

  /** Between two questions to one device (contract 2.9), and how long a question waits for its turn before it is refused. */
  static final Duration GAP = Duration.ofSeconds(3);

  /** For how long one call goes on taking turns; what it learnt by then is remembered, so that calling again goes on. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How long an answer is good. */
  private static final Duration FRESH = Duration.ofHours(24);

  private final Database database;
  private final Map<String, Channel> channels;
  private final Vault vault;
  private final Clock clock;

  public Availability(Database database, Map<String, Channel> channels, Vault vault, Clock clock) {
    this.database = database;
    this.channels = channels;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * An answer and how old it is.
   *
   * @param available null when the line could not tell
   */
  record Answer(@Nullable Boolean available, Instant checkedAt, boolean cached) {}

  /**
   * One question; no transaction is open while the provider is asked.
   *
   * @param until when no question is begun any more
   */
  Answer check(Caller caller, Credential credential, String address, Instant until) {
    Optional<Answer> known = database.read(credential, tx -> remembered(tx, caller.workspaceId(), address));
    if (known.isPresent()) {
      return known.get();
    }
    if (caller.readOnlyReason() != null) {
      throw Problem.readOnly(caller.readOnlyReason());
    }
    if (clock.instant().isAfter(until)) {
      throw busy();
    }
    Turn turn = database.write(credential, tx -> reserve(tx, caller.workspaceId()));
    LineSettings line = turn.line;
    return asked(turn, address, answer -> database.write(credential, tx -> remember(tx, line, address, answer)));
  }

  /** As {@link #check}, for work that goes on after its request was answered. */
  Answer check(UUID workspace, String address) {
    Optional<Answer> known = database.asWorkspace(workspace, tx -> remembered(tx, workspace, address));
    if (known.isPresent()) {
      return known.get();
    }
    Turn turn = database.asWorkspace(workspace, tx -> reserve(tx, workspace));
    LineSettings line = turn.line;
    return asked(turn, address, answer -> database.asWorkspace(workspace, tx -> remember(tx, line, address, answer)));
  }

  /** A question that was taken from a line's day, and since when its device may be asked. */
  private record Turn(LineSettings line, Instant from) {}

  private Answer asked(Turn turn, String address, java.util.function.ToIntFunction<Boolean> store) {
    LineSettings line = turn.line;
    for (Duration left = wait(turn); left.isPositive(); left = wait(turn)) {
      LockSupport.parkNanos(left.toNanos());
      if (Thread.interrupted()) {
        throw busy();
      }
    }
    Channel channel = channels.get(line.kind());
    Reach reach = channel == null ? Reach.CANNOT_TELL : channel.reach(line, address);
    if (reach != Reach.CANNOT_TELL) {
      var _ = store.applyAsInt(reach == Reach.YES);
    }
    return new Answer(reach == Reach.CANNOT_TELL ? null : reach == Reach.YES, clock.instant(), false);
  }

  private Duration wait(Turn turn) {
    return Duration.between(clock.instant(), turn.from);
  }

  private Optional<Answer> remembered(Tx tx, UUID workspace, String address) {
    return tx.query("""
            select available, checked_at from availability_checks
             where workspace_id = :workspace and address = :address and checked_at > :since""")
        .bind("workspace", workspace).bind("address", address).bind("since", clock.instant().minus(FRESH))
        .map((row, context) -> new Answer(row.getBoolean(1), row.getTimestamp(2).toInstant(), true)).findOne();
  }

  private int remember(Tx tx, LineSettings line, String address, boolean available) {
    return tx.update("""
            insert into availability_checks (workspace_id, address, available, line_id, checked_at)
            values (:workspace, :address, :available, :line, :now)
            on conflict (workspace_id, address) do update
               set available = excluded.available, line_id = excluded.line_id, checked_at = excluded.checked_at""")
        .bind("workspace", line.workspaceId()).bind("address", address).bind("available", available)
        .bind("line", line.lineId()).bind("now", clock.instant()).execute();
  }

  /**
   * Takes one of today's questions from the line that has asked least, and with it the device's next turn. The counter's
   * row is locked by its update and never passes the limit, however many ask at once.
   */
  private Turn reserve(Tx tx, UUID workspace) {
    Instant now = clock.instant();
    LocalDate today = now.atOffset(ZoneOffset.UTC).toLocalDate();
    List<Able> able = able(tx, workspace, today);
    for (Able each : able) {
      Optional<Instant> next = tx.query("""
              insert into availability_counters as c (workspace_id, line_id, day, used, next_at)
              values (:workspace, :line, :day, 1, :after)
              on conflict (workspace_id, line_id, day) do update
                 set used = c.used + 1, next_at = greatest(c.next_at + :gap * interval '1 millisecond', :after)
               where c.used < :limit and (:gap = 0 or coalesce(c.next_at, :now) <= :after)
              returning next_at""")
          .bind("workspace", workspace).bind("line", each.line.lineId()).bind("day", today).bind("limit", CHECKS_PER_LINE)
          .bind("now", now).bind("after", now.plus(each.gap)).bind("gap", each.gap.toMillis())
          .map((row, context) -> row.getTimestamp(1).toInstant()).findOne();
      if (next.isPresent()) {
        return new Turn(each.line, next.get().minus(each.gap));
      }
    }
    throw able.stream().allMatch(each -> each.used >= CHECKS_PER_LINE) || able.stream().allMatch(each -> each.gap.isZero())
        ? exhausted(able.size()) : busy();
  }

  /**
   * Looks before many questions are promised.
   *
   * @throws Problem 400 when no line can be asked
   */
  void requireLine(Tx tx, UUID workspace) {
    able(tx, workspace, clock.instant().atOffset(ZoneOffset.UTC).toLocalDate());
  }

  /** A line that can be asked, and how often it was today. */
  private record Able(LineSettings line, Duration gap, int used) {}

  /**
   * The lines that can be asked, the least asked first.
   *
   * @throws Problem 400 when there is none
   */
  private List<Able> able(Tx tx, UUID workspace, LocalDate today) {
    List<Able> able = tx.query("select " + StoredLine.COLUMNS + """
            , l.device_gap_ms, coalesce(c.used, 0) as used
             from lines l
             left join availability_counters c on c.workspace_id = l.workspace_id and c.line_id = l.line_id and c.day = :day
            where l.workspace_id = :workspace and l.removed_at is null and l.is_active
              and l.provisioning_status = 'active' and l.health_status = 'healthy' and l.kind = any (:kinds)
            order by coalesce(c.used, 0), l.line_id""".indent(1))
        .bind("workspace", workspace).bind("day", today).bind("kinds", ableKinds())
        .map((row, context) -> new Able(
            settings(row), row.getInt("device_gap_ms") > 0 ? GAP : Duration.ZERO, row.getInt("used"))).list();
    if (able.isEmpty()) {
      throw Problem.bad("No active line can check availability. Add and activate a line that can.").code(NO_LINE);
    }
    return able;
  }

  private static Problem busy() {
    return Problem.of(429, "Rate limit exceeded").code(BUSY)
        .detail("A device is asked about one address every " + GAP.toSeconds() + " s, and more wait than have their turn in a"
            + " minute. What was learnt is remembered: call again to go on.")
        .member("violated-policies", List.of("availability_gap")).header("Retry-After", Long.toString(GAP.toSeconds()));
  }

  private static Problem exhausted(int lines) {
    String text = "Daily availability check quota exhausted";
    return Problem.of(429, text).code(EXHAUSTED).reason(text)
        .detail("Each line answers " + CHECKS_PER_LINE + " availability checks a day (UTC); all of " + lines
            + " lines have. Resets at 00:00 UTC.")
        .member("available", false).member("violated-policies", List.of("availability_daily"))
        .header("Retry-After", "3600");
  }

  private LineSettings settings(ResultSet row) throws SQLException {
    return StoredLine.settings(row, vault);
  }

  private String[] ableKinds() {
    return channels.values().stream().filter(Channel::tellsReach).map(Channel::kind).toArray(String[]::new);
  }
}
