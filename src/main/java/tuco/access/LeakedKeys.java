package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.Token;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Takes keys that somebody found in public (decisions 2.6). Whoever sends one learns nothing: a real one and an
 * invented one get the same answer. Who already holds a token could try it anyway, so the time it takes hides nothing.
 */
public final class LeakedKeys {
  private static final Logger LOG = LoggerFactory.getLogger(LeakedKeys.class);
  private static final int MOST_TOKENS = 100;
  private static final int REPORTS_PER_MINUTE = 20;
  private static final String URI_SCHEME = "secret-token:";
  private static final Duration ONE_ALARM_PER = Duration.ofDays(1);

  private final Database database;
  private final Keys keys;
  private final Happenings happenings;
  private final Ids ids;
  private final Clock clock;
  private final Letters letters;
  private final Audit audit;
  private final Throttle reports;

  public LeakedKeys(Database database, Keys keys, Happenings happenings, Ids ids, Clock clock, Letters letters, Audit audit) {
    this.happenings = happenings;
    this.database = database;
    this.keys = keys;
    this.ids = ids;
    this.clock = clock;
    this.letters = letters;
    this.audit = audit;
    this.reports = new Throttle(REPORTS_PER_MINUTE, clock);
  }

  private record Leaked(UUID workspace, UUID key, boolean disable) {}

  /** {@code POST /api/leaked-keys}. */
  public Response take(Request request) {
    reports.take(Throttle.network(request.address()));
    Body body = request.json();
    List<String> tokens = body.texts("tokens", MOST_TOKENS, 500, "tokens must be an array of strings");
    if (tokens.isEmpty() && body.clean()) {
      body.fault("tokens", "tokens must hold at least one token");
    }
    body.check();
    List<byte[]> hashes = new ArrayList<>();
    for (String token : tokens) {
      String bare = token.strip();
      bare = bare.regionMatches(true, 0, URI_SCHEME, 0, URI_SCHEME.length()) ? bare.substring(URI_SCHEME.length()) : bare;
      if (Token.wellFormed(Token.KEY, bare)) {
        hashes.add(Token.hash(bare));
      }
    }
    find(hashes).forEach(leaked -> act(leaked, request.origin()));
    return Response.json(202, Json.object().put("received", tokens.size()));
  }

  private List<Leaked> find(List<byte[]> hashes) {
    return hashes.isEmpty() ? List.of() : database.crossing(tx -> tx.query("""
            select distinct k.workspace_id, k.key_id, w.leak_policy
              from key_secrets s
              join api_keys k   on k.workspace_id = s.workspace_id and k.key_id = s.key_id
              join workspaces w on w.workspace_id = s.workspace_id
             where s.hash = any (:hashes) and k.removed_at is null
               -- What a rotation has ended harms nobody, and the key lives on with another secret.
               and (s.ends_at is null or s.ends_at > clock_timestamp())""")
        .bind("hashes", hashes.toArray(byte[][]::new))
        .map((row, context) -> new Leaked(
            row.getObject("workspace_id", UUID.class), row.getObject("key_id", UUID.class),
            row.getString("leak_policy").equals("disable")))
        .list());
  }

  /** Stops the key with the guarantee of every revocation (K8), where the workspace wants it, and tells its people. */
  private void act(Leaked leaked, Origin origin) {
    database.crossing(tx -> {
      AccessLock.exclusive(tx, Ids.tag(leaked.workspace()));
      boolean stops = leaked.disable() && tx.query(
              "select disabled_at is null from api_keys where workspace_id = :workspace and key_id = :key")
          .bind("workspace", leaked.workspace()).bind("key", leaked.key()).mapTo(Boolean.class).one();
      if (stops) {
        keys.disable(tx, leaked.workspace(), leaked.key(), "leaked");
      }
      int alarms = alarm(tx, leaked);
      if (stops || alarms > 0) {
        audit.record(tx.comesFrom(origin), Actor.system("leak intake"), leaked.workspace(), Action.KEY_LEAKED, Kind.KEY, leaked.key(),
            Map.of("disabled", leaked.disable()));
      }
      if (alarms > 0) {
        tellByMail(tx, leaked);
        happenings.record(tx.connection(), List.of(new Happening(leaked.workspace(), Events.KEY_LEAKED, null, clock.instant(),
            Map.of("keyId", Ids.text(Kind.KEY, leaked.key()), "disabled", leaked.disable()))));
      }
      return alarms;
    });
    LOG.warn("key {} was found in public and {}", Ids.text(Kind.KEY, leaked.key()), leaked.disable() ? "is disabled" : "goes on");
  }

  /** Owners and admins, who can act on it; in the words of the notice in the dashboard. */
  private void tellByMail(Tx tx, Leaked leaked) {
    if (!letters.areSent()) {
      return;
    }
    List<String> emails = tx.query("""
            select p.email
              from members m
              join people p on p.person_id = m.person_id
             where m.workspace_id = :workspace and m.role in ('owner', 'admin')""")
        .bind("workspace", leaked.workspace()).mapTo(String.class).list();
    tx.query("""
            select w.name, n.message
              from notices n
              join workspaces w on w.workspace_id = n.workspace_id
             where n.workspace_id = :workspace and n.subject_id = :key and n.kind = 'key_leaked'
             order by n.created_at desc
             limit 1""")
        .bind("workspace", leaked.workspace()).bind("key", leaked.key())
        .map((row, context) -> {
          String workspace = row.getString("name");
          String alarm = row.getString("message");
          tx.afterCommit(() -> letters.keyLeaked(emails, workspace, alarm));
          return alarm;
        })
        .one();
  }

  /** Once a day for a key, so that whoever repeats a report floods nobody; the lock makes it exact. */
  private int alarm(Tx tx, Leaked leaked) {
    return tx.update("""
            insert into notices (workspace_id, notice_id, kind, subject_id, message, created_at)
            select k.workspace_id, :notice, 'key_leaked', k.key_id,
                   'The API key "' || k.label || '" was found in public. '
                     || case when :disabled then 'It was disabled.' else 'It still works: rotate it.' end
                     || ' See in its report what it did.',
                   :now
              from api_keys k
             where k.workspace_id = :workspace and k.key_id = :key
               and not exists (select from notices n
                                where n.workspace_id = k.workspace_id and n.subject_id = k.key_id
                                  and n.kind = 'key_leaked' and n.created_at > :since)""")
        .bind("workspace", leaked.workspace()).bind("key", leaked.key())
        .bind("notice", ids.next(Ids.tag(leaked.workspace()))).bind("disabled", leaked.disable())
        .bind("now", clock.instant()).bind("since", clock.instant().minus(ONE_ALARM_PER))
        .execute();
  }
}
