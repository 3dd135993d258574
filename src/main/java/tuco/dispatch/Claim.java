package tuco.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.config.Vault;
import tuco.dispatch.ClaimSql.CandidateRow;
import tuco.dispatch.ClaimSql.LineRow;
import tuco.dispatch.ClaimSql.UseOf;
import tuco.dispatch.Reservation.Decision;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.limits.Limit;
import tuco.limits.PlanClock;
import tuco.traces.Span;
import tuco.traces.Traces;

/**
 * Takes what is due from many lines in one transaction: limits are reserved, every last check is made, and the attempt
 * is durably marked before any provider hears of it (decisions 4.2, 5.3). The database is the arbiter: whoever does not
 * hold the line's lease with its present fence claims nothing.
 */
final class Claim {
  private static final Duration DOWN_RECHECK = Duration.ofSeconds(60);

  private final UUID node;
  private final DataSource engine;
  private final Vault vault;
  private final Happenings happenings;
  private final Ids ids;
  private final Clock clock;
  private final BiFunction<UUID, UUID, @Nullable String> unsubscribeUrl;
  private final LastLook lastLook;
  private final Traces traces;

  /**
   * @param unsubscribeUrl the one-click address for a message (workspace, message) of an e-mail line, null for none
   * @param lastLook what is said of messages before they leave
   */
  Claim(UUID node, DataSource engine, Vault vault, Happenings happenings, Clock clock,
      BiFunction<UUID, UUID, @Nullable String> unsubscribeUrl, LastLook lastLook, Traces traces) {
    this.node = node;
    this.engine = engine;
    this.vault = vault;
    this.happenings = happenings;
    this.ids = new Ids(clock);
    this.clock = clock;
    this.unsubscribeUrl = unsubscribeUrl;
    this.lastLook = lastLook;
    this.traces = traces;
  }

  /**
   * What to look for on a line.
   *
   * @param size follow-ups at most
   * @param newSize first messages at most
   * @param handedAt when this node last handed something over for the line: gaps count from there at least
   */
  record Want(LineKey line, long fence, int size, int newSize, Instant handedAt) {}

  /**
   * What became of a line.
   *
   * @param more whether more may be due that could leave now
   * @param probe whether the line is down and its provider should be asked
   * @param wakeAt what waits may not leave before
   * @param newWakeAt first messages may not leave before
   */
  record Taken(LineSettings settings, List<Claimed> messages, boolean more, boolean probe, Instant wakeAt, Instant newWakeAt) {}

  /** Claims; a line that is missing in the answer is no longer this node's to work. */
  Map<LineKey, Taken> run(List<Want> wants) throws SQLException {
    Span span = traces.begin("claim messages");
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try {
        Map<LineKey, Taken> taken = claim(connection, wants);
        commit(connection, taken);
        ended(span, taken);
        return taken;
      } catch (SQLException | RuntimeException e) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
        throw e;
      }
    }
  }

  /**
   * A commit that nobody confirmed. Whether these attempts are marked is not known; that none was handed over is, and as this
   * node lives on, nobody else would look after them.
   */
  static final class InDoubt extends SQLException {
    private static final long serialVersionUID = 1L;

    final transient List<Attempt> attempts;

    InDoubt(SQLException cause, List<Attempt> attempts) {
      super(cause.getMessage(), cause.getSQLState(), cause);
      this.attempts = attempts;
    }
  }

  private static void commit(Connection connection, Map<LineKey, Taken> taken) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new InDoubt(e, taken.values().stream().flatMap(of -> of.messages().stream()).map(Claimed::attempt).toList());
    }
  }

  /** Most looks find nothing that may go: nobody wants to read of them. */
  private static void ended(Span span, Map<LineKey, Taken> taken) {
    int messages = taken.values().stream().mapToInt(of -> of.messages().size()).sum();
    if (messages > 0) {
      span.count("lines", taken.size()).count("messages", messages).end();
    }
  }

  private Map<LineKey, Taken> claim(Connection connection, List<Want> wants) throws SQLException {
    List<LineRow> lines = ClaimSql.lockLines(connection, node, wants, vault);
    if (lines.isEmpty()) {
      return Map.of();
    }
    // Once the locks are held: the periods that are charged are those of this instant, not of when the waiting began.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Map<LineKey, LineRow> byKey = new HashMap<>();
    lines.forEach(line -> byKey.put(line.key(), line));
    List<Want> held = wants.stream().filter(want -> byKey.containsKey(want.line())).toList();
    Map<LineKey, Budget.OfLine> budgets = budgets(connection, lines, held, now);
    Map<LineKey, List<CandidateRow>> candidates = new HashMap<>();
    ClaimWrites writes = new ClaimWrites();
    List<CandidateRow> due = ClaimSql.candidates(connection, held, now, line -> of(byKey, line).clock().zone());
    Map<LineKey, Integer> found = new HashMap<>();
    due.forEach(row -> found.merge(row.line(), 1, Integer::sum));
    for (CandidateRow row : lookOnceMore(connection, due, writes, now)) {
      candidates.computeIfAbsent(row.line(), key -> new ArrayList<>()).add(row);
    }
    Reservation reservation = new Reservation(now);
    Map<LineKey, Taken> taken = new LinkedHashMap<>();
    for (Want want : held) {
      LineRow line = of(byKey, want.line());
      Budget.OfLine budget = of(budgets, want.line());
      taken.put(want.line(), take(
          reservation, want, line, budget, candidates.getOrDefault(want.line(), List.of()),
          found.getOrDefault(want.line(), 0), writes, now));
    }
    writes.write(connection, node, now);
    List<Happening> news = writes.happenings(now);
    if (!news.isEmpty()) {
      happenings.record(connection, news);
    }
    return taken;
  }

  /** Asks about messages of campaigns, and texts that may have placeholders: what stays, in its newest words. All others cost nothing. */
  private List<CandidateRow> lookOnceMore(Connection connection, List<CandidateRow> due, ClaimWrites writes, Instant now)
      throws SQLException {
    List<LastLook.Ask> asks = new ArrayList<>();
    for (CandidateRow row : due) {
      if (row.campaignId() != null || row.text().indexOf('{') >= 0) {
        asks.add(new LastLook.Ask(row.line().workspaceId(), row.messageId(), row.leadId(), row.campaignId(), row.step(),
            row.line().lineId(), row.recipient(), row.text()));
      }
    }
    if (asks.isEmpty()) {
      return due;
    }
    Map<UUID, LastLook.Verdict> verdicts = lastLook.of(connection, asks, now);
    List<CandidateRow> stay = new ArrayList<>(due.size());
    for (CandidateRow row : due) {
      switch (verdicts.get(row.messageId())) {
        case null -> stay.add(row);
        case LastLook.Verdict.Send send -> stay.add(row.saying(send.text()));
        case LastLook.Verdict.Later later -> writes.later.add(new ClaimWrites.Later(row, later.dueAt(), later.reason()));
        case LastLook.Verdict.Cancel cancel -> writes.cancelled.add(new ClaimWrites.Cancelled(row, cancel.cause()));
      }
    }
    return stay;
  }

  private static <T> T of(Map<LineKey, T> map, LineKey line) {
    return Objects.requireNonNull(map.get(line));
  }

  private static Map<LineKey, Budget.OfLine> budgets(
      Connection connection, List<LineRow> lines, List<Want> wants, Instant now) throws SQLException {
    Map<UUID, Budget.OfWorkspace> workspaces = new HashMap<>();
    Map<LineKey, Budget.OfLine> budgets = new HashMap<>();
    List<UseOf> limits = new ArrayList<>();
    LocalDate today = now.atOffset(ZoneOffset.UTC).toLocalDate();
    for (LineRow line : lines) {
      UUID id = line.key().workspaceId();
      Budget.OfWorkspace workspace = workspaces.computeIfAbsent(id, key -> {
        var made = new Budget.OfWorkspace(line.clock(), line.readOnly(), line.planDay(), line.planMonth(), line.planNewDay());
        limit(limits, made.day, id, Counters.WHOLE_WORKSPACE, Limit.MESSAGES_PER_DAY, line.clock(), now);
        limit(limits, made.month, id, Counters.WHOLE_WORKSPACE, Limit.MESSAGES_PER_MONTH, line.clock(), now);
        limit(limits, made.newDay, id, Counters.WHOLE_WORKSPACE, Limit.NEW_CONTACTS_PER_DAY, line.clock(), now);
        return made;
      });
      var limit = line.limits();
      // E-mail lines have no hourly cap (contract 4.3).
      var budget = new Budget.OfLine(workspace, limit.dailyTotal(), limit.dailyNewOn(today),
          line.email() ? null : limit.hourlyNew(), limit.deviceGapSeconds() * 1000L, limit.contactGapSeconds() * 1000L,
          line.readyAt(), line.newReadyAt());
      UUID lineId = line.key().lineId();
      limit(limits, budget.day, id, lineId, Limit.LINE_MESSAGES_PER_DAY, line.clock(), now);
      limit(limits, budget.newDay, id, lineId, Limit.LINE_NEW_CONTACTS_PER_DAY, line.clock(), now);
      limit(limits, budget.newHour, id, lineId, Limit.LINE_NEW_CONTACTS_PER_HOUR, line.clock(), now);
      if (Reservation.LINE_DOWN.equals(line.holdReason())) {
        budget.downUntil = line.holdUntil();
      }
      budgets.put(line.key(), budget);
    }
    for (Want want : wants) {
      Budget.OfLine budget = of(budgets, want.line());
      if (budget.deviceGapMillis > 0) {
        budget.readyAt = later(budget.readyAt, want.handedAt().plusMillis(budget.deviceGapMillis));
      }
    }
    ClaimSql.readUse(connection, limits);
    return budgets;
  }

  private static void limit(
      List<UseOf> limits, Budget.Counter counter, UUID workspace, UUID owner, Limit limit, PlanClock clock, Instant now) {
    if (counter.limit != null) {
      limits.add(new UseOf(new Counters.Key(workspace, owner, limit.counter(), limit.start(now, clock)), counter));
    }
  }

  private Taken take(Reservation reservation, Want want, LineRow line, Budget.OfLine budget,
      List<CandidateRow> candidates, int found, ClaimWrites writes, Instant now) {
    List<Claimed> messages = new ArrayList<>();
    boolean probe = false;
    boolean held = false;
    int done = found - candidates.size();
    if (line.down() && !budget.downUntil.isAfter(now)) {
      // The last hold has passed: its provider is asked once before anything is tried, and meanwhile it waits.
      budget.downUntil = now.plus(DOWN_RECHECK);
      probe = true;
    }
    for (CandidateRow row : candidates) {
      if (messages.size() >= Math.max(want.size(), want.newSize())) {
        break;
      }
      Decision decision = reservation.decide(budget, new Reservation.Candidate(
          row.leadId(), row.recipient(), row.known(), row.refused(), row.window()));
      switch (decision) {
        case Decision.Send send -> messages.add(send(line, row, send.firstTouch(), writes, now));
        case Decision.Cancel cancel -> writes.cancelled.add(new ClaimWrites.Cancelled(row, cancel.cause()));
        case Decision.Later later -> writes.later.add(new ClaimWrites.Later(row, later.dueAt(), later.reason()));
        case Decision.Wait wait -> held |= wait.wholeLine();
      }
      if (held) {
        break;
      }
      done += decision instanceof Decision.Wait ? 0 : 1;
    }
    if (!candidates.isEmpty()) {
      keepHold(line, budget, writes);
    }
    return new Taken(line.settings(), messages, !held && done > 0 && found >= want.size(),
        probe && !candidates.isEmpty(), later(budget.holdUntil, budget.readyAt), later(budget.newHoldUntil, budget.newReadyAt));
  }

  private static void keepHold(LineRow line, Budget.OfLine budget, ClaimWrites writes) {
    boolean changed = !line.readyAt().equals(budget.readyAt) || !line.newReadyAt().equals(budget.newReadyAt)
        || !line.holdUntil().equals(budget.holdUntil) || !Objects.equals(line.holdReason(), budget.holdReason)
        || !line.newHoldUntil().equals(budget.newHoldUntil)
        || !Objects.equals(line.newHoldReason(), budget.newHoldReason);
    if (changed) {
      writes.holds.add(new ClaimWrites.Hold(line, budget));
    }
  }

  private Claimed send(LineRow line, CandidateRow row, boolean firstTouch, ClaimWrites writes, Instant now) {
    UUID workspace = row.line().workspaceId();
    Charge charge = Charge.of(line.clock(), now);
    Attempt attempt = new Attempt(row.line(), row.messageId(), ids.next(Ids.tag(workspace)), line.fence(),
        row.attempts() + 1, charge, firstTouch, row.recipient(), line.failures() > 0);
    writes.sending.add(new ClaimWrites.Sending(row, attempt, line.limitsNew()));
    writes.counters.message(row.line(), charge);
    if (firstTouch) {
      writes.counters.newPerson(row.line(), charge.day(), now);
    }
    String unsubscribe = line.email() ? unsubscribeUrl.apply(workspace, row.messageId()) : null;
    return new Claimed(attempt, new Outgoing(workspace, row.messageId(), attempt.attemptId(), row.type(), row.recipient(),
        row.recipientName().isEmpty() ? null : row.recipientName(), row.text(), null, unsubscribe, row.attachments()));
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
