package tuco.access;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Caller;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Body;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The endpoints of API keys (decisions 2.5). */
public final class KeysApi {
  private static final int LONGEST_OVERLAP_SECONDS = (int) Duration.ofDays(7).toSeconds();

  private final Keys keys;
  private final Happenings happenings;
  private final Clock clock;
  private final Audit audit;

  public KeysApi(Keys keys, Happenings happenings, Clock clock, Audit audit) {
    this.keys = keys;
    this.happenings = happenings;
    this.clock = clock;
    this.audit = audit;
  }

  /**
   * {@code GET /api/api-keys}. A member who may not manage keys sees that they exist and whom to ask (K2, K5); a
   * key that may not manage keys sees nothing.
   */
  public Response list(Request request, Tx tx) {
    Caller caller = tx.caller();
    boolean manages = caller.may(Right.KEYS_MANAGE);
    if (!manages && caller.keyId() != null) {
      Gate.requireRight(Right.KEYS_MANAGE, caller);
    }
    int page = request.queryInt("page", 1, 1, 1_000_000);
    int limit = request.queryInt("limit", 50, 1, 100);
    boolean removedToo = manages && "true".equals(request.queryText("removed"));
    Keys.Page found = keys.list(tx, tx.workspace(), removedToo, page, limit);
    ObjectNode body = Json.object();
    var rows = body.putArray("apiKeys");
    found.keys().forEach(key -> rows.add(manages ? key.json() : key.masked()));
    body.putObject("pagination").put("page", page).put("limit", limit)
        .put("totalCount", found.total()).put("totalPages", (found.total() + limit - 1) / limit);
    if (!manages) {
      body.set("askFor", administrators(tx));
    }
    return Response.ok(body);
  }

  /** Owners and admins by name: whom a member asks for a key (K5). */
  public static com.fasterxml.jackson.databind.node.ArrayNode administrators(Tx tx) {
    var people = Json.array();
    tx.ownQuery("""
            select p.name, p.email, m.role
              from members m join people p on p.person_id = m.person_id
             where m.workspace_id = :workspace and m.role in ('owner', 'admin')
             order by m.role desc, m.joined_at""")
        .map((row, context) -> Json.object().put("name", row.getString("name"))
            .put("email", row.getString("email")).put("role", row.getString("role")))
        .forEach(people::add);
    return people;
  }

  /** {@code GET /api/api-keys/{id}}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(Json.object().set("apiKey", wanted(request, tx).json()));
  }

  /** {@code POST /api/api-keys}: the one answer that shows the secret (K13). */
  public Response create(Request request, Tx tx) {
    Body body = request.json();
    KeySettings settings = KeySettings.ofNewKey(environment(tx)).changedBy(body, clock.instant());
    body.check(tx.caller());
    requireAll(settings.rights(), tx.caller());
    requireRoom(tx);
    Keys.Created created = keys.create(tx, tx.workspace(), settings, tx.caller().actorId());
    ObjectNode answer = changed(tx, created.keyId());
    audit.record(tx, Action.KEY_CREATE, Kind.KEY, created.keyId(), settings.asMap());
    return Response.created(answer.deepCopy().put("secret", created.secret())).replayedAs(answer);
  }

  private static String environment(Tx tx) {
    return tx.ownQuery("select environment from workspaces where workspace_id = :workspace").mapTo(String.class).one();
  }

  /** Nobody hands out, takes over by a rotation, or brings back more than they may do themselves (decisions 2.4). */
  private static void requireAll(Set<Right> rights, Caller caller) {
    EnumSet<Right> missing = EnumSet.noneOf(Right.class);
    rights.stream().filter(right -> !caller.may(right)).forEach(missing::add);
    for (Right right : missing) {
      Gate.requireRight(right, caller);
    }
  }

  /** The exclusive access lock makes counting and adding one step, so the plan's ceiling holds exactly. */
  private void requireRoom(Tx tx) {
    tx.query("select keys from plans where plan = :plan and keys is not null")
        .bind("plan", tx.caller().plan()).mapTo(Integer.class).findOne()
        .ifPresent(most -> {
          int present = keys.count(tx, tx.workspace());
          if (present >= most) {
            throw Problem.planFull(tx.caller().plan(), "keys", most == 1 ? "API key" : "API keys", most, present);
          }
        });
  }

  /** {@code PATCH /api/api-keys/{id}}: rename, re-scope, expire, restrict to addresses. */
  public Response change(Request request, Tx tx) {
    Key key = live(request, tx);
    Body body = request.json();
    KeySettings settings = key.settings().changedBy(body, clock.instant());
    body.check(tx.caller());
    if (!settings.rights().equals(key.settings().rights())) {
      requireAll(settings.rights(), tx.caller());
    }
    keys.change(tx, tx.workspace(), key.id(), settings);
    audit.record(tx, Action.KEY_CHANGE, Kind.KEY, key.id(), Audit.changes(key.settings().asMap(), settings.asMap()));
    return Response.ok(changed(tx, key.id()));
  }

  /** {@code POST /api/api-keys/{id}/rotate}: a new secret; the old one ends now, or after an overlap asked for. */
  public Response rotate(Request request, Tx tx) throws SQLException {
    Key key = live(request, tx);
    Body body = request.jsonOrEmpty();
    Integer overlap = body.number("overlapSeconds", 0, LONGEST_OVERLAP_SECONDS);
    body.check(tx.caller());
    requireAll(key.settings().rights(), tx.caller());
    int seconds = overlap == null ? 0 : overlap;
    String secret = keys.rotate(tx, tx.workspace(), key.id(), Duration.ofSeconds(seconds));
    audit.record(tx, Action.KEY_ROTATE, Kind.KEY, key.id(), Map.of("overlapSeconds", seconds));
    happenings.record(tx.connection(), List.of(new Happening(tx.workspace(), Events.KEY_ROTATED, null, clock.instant(), Map.of(
        "keyId", Ids.text(Kind.KEY, key.id()), "label", key.settings().label(), "overlapSeconds", seconds))));
    ObjectNode answer = changed(tx, key.id());
    return Response.ok(answer.deepCopy().put("secret", secret)).replayedAs(answer);
  }

  /** {@code POST /api/api-keys/{id}/end-overlap}. */
  public Response endOverlap(Request request, Tx tx) {
    Key key = live(request, tx);
    keys.endOverlap(tx, tx.workspace(), key.id());
    audit.record(tx, Action.KEY_END_OVERLAP, Kind.KEY, key.id());
    return Response.ok(changed(tx, key.id()));
  }

  /** {@code POST /api/api-keys/{id}/disable}. */
  public Response disable(Request request, Tx tx) {
    Key key = live(request, tx);
    keys.disable(tx, tx.workspace(), key.id(), "by_hand");
    audit.record(tx, Action.KEY_DISABLE, Kind.KEY, key.id());
    return Response.ok(changed(tx, key.id()));
  }

  /** {@code POST /api/api-keys/{id}/enable}. */
  public Response enable(Request request, Tx tx) {
    Key key = live(request, tx);
    requireAll(key.settings().rights(), tx.caller());
    keys.enable(tx, tx.workspace(), key.id());
    audit.record(tx, Action.KEY_ENABLE, Kind.KEY, key.id());
    return Response.ok(changed(tx, key.id()));
  }

  /** {@code DELETE /api/api-keys/{id}}: once more changes nothing and is no fault. */
  public Response remove(Request request, Tx tx) {
    Key key = wanted(request, tx);
    keys.remove(tx, tx.workspace(), key.id());
    if (key.state() != Key.State.REMOVED) {
      audit.record(tx, Action.KEY_REMOVE, Kind.KEY, key.id());
    }
    return Response.ok(changed(tx, key.id()));
  }

  private Key wanted(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.KEY, tx.caller());
    return keys.find(tx, tx.workspace(), id).orElseThrow(() -> Problem.notFound("API key not found"));
  }

  private Key live(Request request, Tx tx) {
    Key key = wanted(request, tx);
    if (key.state() == Key.State.REMOVED) {
      throw Problem.conflict("This API key was removed.").code("key_removed");
    }
    return key;
  }

  /** The key after a change. It holds from when this answer is confirmed, on every node (K8, K9). */
  private ObjectNode changed(Tx tx, UUID id) {
    Key key = keys.find(tx, tx.workspace(), id).orElseThrow();
    ObjectNode body = Json.object();
    body.set("apiKey", key.json());
    return body.put("effectiveAt", Json.timestamp(clock.instant()));
  }
}
