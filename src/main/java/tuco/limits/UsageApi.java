package tuco.limits;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code GET /api/usage}: each limit, its use, when and in which zone it starts anew, and which ones bind (B6). */
public final class UsageApi {
  private final Clock clock;

  public UsageApi(Clock clock) {
    this.clock = clock;
  }

  public Response show(Request request, Tx tx) {
    Usage usage = Usage.read(tx, clock.instant(), tx.caller().may(Right.LINES_READ));
    return withPolicies(Response.ok(json(tx, usage)), usage);
  }

  private static ObjectNode json(Tx tx, Usage usage) {
    ObjectNode answer = Json.object()
        .put("workspaceId", Ids.text(Kind.WORKSPACE, tx.workspace()))
        .put("at", Json.timestamp(usage.at()))
        .put("plan", usage.plan())
        .put("planExpiresAt", Json.timestampOrNull(usage.expiresAt()))
        .put("state", usage.readOnlyReason() == null ? "active" : "read_only")
        .put("readOnlyReason", usage.readOnlyReason())
        .put("zone", usage.zone().getId());
    ArrayNode limits = answer.putArray("limits");
    usage.limits().forEach(counted -> limits.add(json(counted)));
    ArrayNode things = answer.putArray("things");
    usage.things().forEach(thing -> things.add(Json.object()
        .put("name", thing.name()).put("limit", thing.size()).put("used", thing.used())
        .put("remaining", remaining(thing.size(), thing.used())).put("reached", thing.reached())));
    ObjectNode rates = answer.putObject("requestsPerMinute");
    usage.rates().forEach(rates::put);
    ArrayNode lines = answer.putArray("lines");
    usage.lines().forEach(line -> lines.add(json(line)));
    answer.set("binding", binding(usage));
    ArrayNode history = answer.putArray("history");
    usage.history().forEach(day -> history.add(Json.object()
        .put("date", day.date().toString()).put("messages", day.messages()).put("newContacts", day.newContacts())));
    return answer;
  }

  /** The limits of the whole workspace and their use, for {@code GET /api/whoami} (decisions 1.11). */
  public ArrayNode limits(Tx tx) {
    ArrayNode limits = Json.array();
    Usage.ofWorkspace(tx, clock.instant()).forEach(counted -> limits.add(json(counted)));
    return limits;
  }

  private static ObjectNode json(Usage.Counted counted) {
    return Json.object()
        .put("name", counted.limit().wire())
        .put("waitReason", counted.limit().waitReason())
        .put("period", counted.limit().period().name().toLowerCase(Locale.ROOT))
        .put("limit", counted.size())
        .put("used", counted.used())
        .put("remaining", remaining(counted.size(), counted.used()))
        .put("reached", counted.reached())
        .put("zone", zone(counted))
        .put("startedAt", Json.timestamp(counted.start()))
        .put("resetsAt", Json.timestamp(counted.resetsAt()));
  }

  private static String zone(Usage.Counted counted) {
    return counted.limit().ofLine() ? "UTC" : counted.zone().getId();
  }

  private static @Nullable Integer remaining(@Nullable Integer limit, int used) {
    return limit == null ? null : Integer.valueOf(Math.max(0, limit - used));
  }

  private static ObjectNode json(Usage.OfLine line) {
    ObjectNode json = Json.object()
        .put("_id", Ids.text(Kind.LINE, line.lineId()))
        .put("address", line.address())
        .put("isActive", line.active())
        .put("waitReason", line.waitReason())
        .put("nextEligibleAt", Json.timestampOrNull(line.nextEligibleAt()));
    ArrayNode limits = json.putArray("limits");
    line.limits().forEach(counted -> limits.add(json(counted)));
    return json;
  }

  /** What holds something back now: limits that are used up, and read-only mode. */
  private static ArrayNode binding(Usage usage) {
    ArrayNode binding = Json.array();
    if (usage.readOnlyReason() != null) {
      binding.add("read_only");
    }
    usage.reached().stream().map(counted -> counted.limit().waitReason()).distinct().forEach(binding::add);
    return binding;
  }

  /** The quotas of the workspace as policies of the RateLimit fields, beside the API's own rate (standards R1 to R3). */
  private static Response withPolicies(Response response, Usage usage) {
    List<Usage.Counted> counted = usage.limits().stream().filter(limit -> limit.size() != null).toList();
    if (counted.isEmpty()) {
      return response;
    }
    return response
        .adding("RateLimit-Policy", counted.stream().map(UsageApi::policy).collect(Collectors.joining(", ")))
        .adding("RateLimit", counted.stream().map(limit -> standing(limit, usage.at())).collect(Collectors.joining(", ")));
  }

  private static String policy(Usage.Counted counted) {
    return "\"" + counted.limit().waitReason() + "\";q=" + counted.size()
        + ";w=" + Duration.between(counted.start(), counted.resetsAt()).toSeconds();
  }

  private static String standing(Usage.Counted counted, Instant now) {
    return "\"" + counted.limit().waitReason() + "\";r=" + remaining(counted.size(), counted.used())
        + ";t=" + Math.max(1, Math.ceilDiv(Duration.between(now, counted.resetsAt()).toMillis(), 1000L));
  }
}
