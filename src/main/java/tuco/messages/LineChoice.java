package tuco.messages;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Problem;
import tuco.messages.AcceptanceSql.Candidate;
import tuco.messages.AcceptanceSql.Hold;

/**
 * Which line carries a message (decisions 5.9): the one asked for, else the one the lead talks to while it is healthy,
 * else the one with most of its day left. What this batch gives a line counts at once, so that a burst spreads. The
 * simulator, which reaches nobody, carries only what no other line of the workspace could.
 */
public final class LineChoice {
  /** Which messages a kind of line can carry. */
  private static final Map<String, Set<String>> CARRIES = Map.of(
      "simulator", Set.of("imessage", "sms", "email"),
      "smtp", Set.of("email"),
      "twilio", Set.of("sms"),
      "smsgateway", Set.of("sms"),
      "bluebubbles", Set.of("imessage", "sms"),
      "sendblue", Set.of("imessage", "sms"));

  private static final String SIMULATOR = "simulator";

  /** Whether a line of this kind can carry messages of this type. */
  public static boolean carries(String kind, String type) {
    return carried(kind).contains(type);
  }

  /** The types of message that a line of this kind can carry. */
  public static Set<String> carried(String kind) {
    return CARRIES.getOrDefault(kind, Set.of());
  }

  static final String NO_LINES = "No active lines in workspace. Add and activate a line, or provide fromLineId.";

  private final Map<UUID, List<Candidate>> byWorkspace = new HashMap<>();
  private final Map<UUID, Integer> given = new HashMap<>();

  private final Instant now;

  LineChoice(List<Candidate> candidates, Instant now) {
    this.now = now;
    add(candidates);
  }

  /** What keeps a message waiting on this line: what holds the line, or a ceiling of the whole workspace met on any other. */
  @Nullable Hold holding(Candidate line, boolean firstTouch) {
    Hold latest = line.holding(firstTouch, now);
    for (Candidate other : byWorkspace.getOrDefault(line.workspaceId(), List.of())) {
      Hold hold = other.holding(firstTouch, now);
      if (hold != null && hold.reason().startsWith("plan_") && (latest == null || hold.until().isAfter(latest.until()))) {
        latest = hold;
      }
    }
    return latest;
  }

  /** Whether the line may be missing only because the workspace has more lines than were looked at. */
  boolean isCut(UUID workspace, UUID line) {
    List<Candidate> lines = byWorkspace.getOrDefault(workspace, List.of());
    return lines.size() >= AcceptanceSql.LINES_LOOKED_AT && find(lines, line) == null;
  }

  void add(List<Candidate> candidates) {
    candidates.forEach(line -> byWorkspace.computeIfAbsent(line.workspaceId(), id -> new ArrayList<>()).add(line));
  }

  /**
   * The line and the kind of message it will carry.
   *
   * @param wantedType null when the client did not say: iMessage, or e-mail where the line carries nothing else
   * @throws Problem 400 or 404 when there is none
   */
  Chosen choose(UUID workspace, @Nullable UUID asked, @Nullable UUID lastLine, @Nullable String wantedType,
      boolean hasPhone, boolean hasEmail) {
    List<Candidate> lines = byWorkspace.getOrDefault(workspace, List.of());
    if (asked != null) {
      Candidate line = find(lines, asked);
      if (line == null) {
        throw Problem.notFound("Line not found or not active").code("line_not_found").field("fromLineId", "Line not found or not active");
      }
      String type = typeFor(line, wantedType, hasPhone, hasEmail);
      if (type == null) {
        throw Problem.badField("fromLineId", "This line cannot send messages of this type to this recipient.");
      }
      return take(line, type);
    }
    boolean real = lines.stream().anyMatch(line -> isReal(line) && typeFor(line, wantedType, hasPhone, hasEmail) != null);
    Candidate last = lastLine == null ? null : find(lines, lastLine);
    if (last != null && last.healthy() && (isReal(last) || !real)) {
      String type = typeFor(last, wantedType, hasPhone, hasEmail);
      if (type != null) {
        return take(last, type);
      }
    }
    return freest(real ? lines.stream().filter(LineChoice::isReal).toList() : lines, wantedType, hasPhone, hasEmail);
  }

  private static boolean isReal(Candidate line) {
    return !line.kind().equals(SIMULATOR);
  }

  private Chosen freest(List<Candidate> lines, @Nullable String wantedType, boolean hasPhone, boolean hasEmail) {
    Candidate best = null;
    String bestType = null;
    for (Candidate line : lines) {
      String type = typeFor(line, wantedType, hasPhone, hasEmail);
      if (type != null && (best == null || better(line, best))) {
        best = line;
        bestType = type;
      }
    }
    if (best == null || bestType == null) {
      throw Problem.bad(NO_LINES).code("no_active_line");
    }
    return take(best, bestType);
  }

  private boolean better(Candidate a, Candidate b) {
    if (a.healthy() != b.healthy()) {
      return a.healthy();
    }
    return room(a) > room(b);
  }

  /** A line without a limit has all the room there is, one that holds its messages back has none; less what it was just given. */
  private long room(Candidate line) {
    if (line.holding(true, now) != null) {
      return Long.MIN_VALUE / 2;
    }
    long left = line.left() == null ? Integer.MAX_VALUE : line.left();
    return left - given.getOrDefault(line.lineId(), 0);
  }

  private Chosen take(Candidate line, String type) {
    given.merge(line.lineId(), 1, Integer::sum);
    return new Chosen(line, type);
  }

  private static @Nullable Candidate find(List<Candidate> lines, UUID id) {
    return lines.stream().filter(line -> line.lineId().equals(id)).findFirst().orElse(null);
  }

  private static @Nullable String typeFor(Candidate line, @Nullable String wanted, boolean hasPhone, boolean hasEmail) {
    Set<String> carries = CARRIES.getOrDefault(line.kind(), Set.of());
    for (String type : wanted == null ? List.of("imessage", "sms", "email") : List.of(wanted)) {
      boolean reachable = type.equals("email") ? hasEmail : type.equals("sms") ? hasPhone : hasPhone || hasEmail;
      if (carries.contains(type) && reachable) {
        return type;
      }
    }
    return null;
  }

  /** A line, and what it will carry. */
  record Chosen(Candidate line, String type) {}
}
