package tuco.lines;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.channels.Channel;
import tuco.channels.Channel.Health;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** How lines are: asked of the provider now (contract 2.15), and by what became of their messages (2.16). */
public final class LineHealth {
  /** Messages accepted longer ago than this are not counted, so that the figures cost the same in a full table. */
  private static final Duration LOOK_BACK = Duration.ofDays(8);

  private final Database database;
  private final Lines lines;
  private final Map<String, Channel> channels;
  private final Clock clock;

  public LineHealth(Database database, Lines lines, Map<String, Channel> channels, Clock clock) {
    this.database = database;
    this.lines = lines;
    this.channels = channels;
    this.clock = clock;
  }

  /** GET /api/lines/check-availability: asks the provider. For signed-in people, not for keys. */
  public Response check(Request request, Caller caller, Credential credential) {
    if (caller.keyId() != null) {
      throw Problem.unauthorized(true).detail("This endpoint takes a member's session, not an API key.");
    }
    UUID id = request.queryId("id", Kind.LINE, caller, "Invalid line id");
    if (id == null) {
      throw Problem.badField("id", "Line ID is required");
    }
    Lines.Current line = database.read(credential, tx -> lines.current(tx, id, false)).orElseThrow(LinesApi::notFound);
    if (!line.active()) {
      throw Problem.bad("Line is inactive").code("line_inactive");
    }
    Channel channel = channels.get(line.settings().kind());
    if (channel == null || !channel.check(line.settings()).isEmpty()) {
      throw Problem.bad("Line is not configured").code("line_not_configured");
    }
    Health health = channel.health(line.settings());
    Instant now = clock.instant();
    if (caller.readOnlyReason() == null) {
      database.write(credential, tx -> record(tx, id, health, now));
    }
    ArrayNode failures = Json.array();
    if (!health.healthy()) {
      failures.add(health.words());
    }
    ObjectNode body = Json.object()
        .put("success", true)
        .put("lineId", Ids.text(Kind.LINE, id))
        .put("status", health.healthy() ? "healthy" : "down");
    body.set("failures", failures);
    return Response.ok(body
        .put("checkedAt", Json.timestamp(now))
        .put("shouldNotify", !health.healthy())
        .put("notificationSent", false));
  }

  private static int record(Tx tx, UUID id, Health health, Instant now) {
    return tx.ownUpdate("""
            update lines
               set health_status = :status, health_words = :words, health_checked_at = :now
             where workspace_id = :workspace and line_id = :line""")
        .bind("line", id).bind("status", health.healthy() ? "healthy" : "down")
        .bind("words", health.words()).bind("now", now).execute();
  }

  /** GET /api/lines/spam-monitor: the share of failures of the last 24 hours and the advice that goes with it. */
  public Response spamMonitor(Request request, Tx tx) {
    Instant now = clock.instant();
    ArrayNode array = Json.array();
    tx.ownQuery("""
            select l.line_id, l.address, l.channel_type, coalesce(e.consecutive_failures, 0) as streak,
                   count(s.message_id) filter (where s.sent_at > :since)                              as sent,
                   count(s.message_id) filter (where s.status = 'failed' and s.updated_at > :since)   as failed
              from lines l
              left join line_leases e    on e.workspace_id = l.workspace_id and e.line_id = l.line_id
              left join message_states s on s.workspace_id = l.workspace_id and s.line_id = l.line_id
                                        and s.message_id >= :oldest
             where l.workspace_id = :workspace and l.removed_at is null
             group by l.line_id, l.address, l.channel_type, e.consecutive_failures
             order by l.line_id desc""")
        .bind("since", now.minus(Duration.ofHours(24)))
        .bind("oldest", Ids.floor(tx.caller().tag(), now.minus(LOOK_BACK)))
        .map((row, context) -> risk(row)).list().forEach(array::add);
    ObjectNode body = Json.object();
    body.set("lines", array);
    return Response.ok(body);
  }

  private static ObjectNode risk(ResultSet row) throws SQLException {
    long sent = row.getLong("sent");
    long failed = row.getLong("failed");
    double rate = sent + failed == 0 ? 0 : Math.round(1000.0 * failed / (sent + failed)) / 10.0;
    Risk risk = Risk.of(rate);
    return Json.object()
        .put("lineId", Ids.text(Kind.LINE, row.getObject("line_id", UUID.class)))
        .put("linePhone", row.getString("address"))
        .put("lineType", row.getString("channel_type"))
        .put("totalSentLast24h", sent)
        .put("failedLast24h", failed)
        .put("failureRate", rate)
        .put("consecutiveFailures", row.getInt("streak"))
        .put("spamRisk", risk.word)
        .put("recommendation", risk.advice);
  }

  /** Contract 4.6: below 5 percent low, to 15 medium, above high. */
  private enum Risk {
    LOW("low", "No action needed."),
    MEDIUM("medium", "Halve the volume of this line and watch it for 24 hours."),
    HIGH("high", "Pause the campaigns of this line and wait 24 to 48 hours.");

    private final String word;
    private final String advice;

    Risk(String word, String advice) {
      this.word = word;
      this.advice = advice;
    }

    static Risk of(double percent) {
      return percent < 5 ? LOW : percent <= 15 ? MEDIUM : HIGH;
    }
  }
}
