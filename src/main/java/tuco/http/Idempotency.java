package tuco.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.PersonCaller;
import tuco.caller.Token;
import tuco.db.Tx;

/**
 * Replays answers (decisions 1.8): the same key with the same payload gets the stored status and body for 24 hours,
 * another payload 422, a request that still runs 409. The answer is stored in the transaction of its effect.
 */
public final class Idempotency {
  /** How long an answer can be replayed. */
  public static final Duration LIFETIME = Duration.ofHours(24);

  private final Clock clock;

  public Idempotency(Clock clock) {
    this.clock = clock;
  }

  /**
   * What a repeated request is recognised by.
   *
   * @param payloadHash SHA-256 over method, path, query and body
   */
  public record Key(UUID workspaceId, UUID actorId, String route, String value, byte[] payloadHash) {
    /** The text the running-request lock hangs on. */
    public String scope() {
      return workspaceId + " " + actorId + " " + route + " " + value;
    }
  }

  /** The key of a request, null when it sent none. */
  public static @Nullable Key of(Request request, Route route, Caller caller) {
    String value = value(request);
    return value == null
        ? null
        : new Key(caller.workspaceId(), caller.actorId(), route.name(), value, payloadHash(request));
  }

  /** As {@link #of(Request, Route, Caller)} for what a person does in no workspace; their own id stands for it. */
  static @Nullable Key of(Request request, Route route, PersonCaller caller) {
    String value = value(request);
    return value == null
        ? null
        : new Key(caller.personId(), caller.personId(), route.name(), value, payloadHash(request));
  }

  /** The header's value, with or without the quotes of a structured field; null when absent. */
  public static @Nullable String value(Request request) {
    String header = request.header("idempotency-key");
    if (header == null || header.isBlank()) {
      return null;
    }
    String value = header.strip();
    if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    if (Token.in(value)) {
      throw Problem.badField("Idempotency-Key", "Idempotency-Key must not contain a key: it is stored");
    }
    if (value.isEmpty() || value.length() > 255) {
      throw Problem.badField("Idempotency-Key", "Idempotency-Key must have 1 to 255 characters");
    }
    return value;
  }

  /** SHA-256 over everything that makes two requests the same request. */
  public static byte[] payloadHash(Request request) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((request.method() + " " + request.path() + " " + new java.util.TreeMap<>(request.query()) + "\n")
          .getBytes(StandardCharsets.UTF_8));
      return digest.digest(request.body());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The stored answer, or null when this request is the first. From here to the end of the transaction no other
   * request with the same key can start: the try-lock is taken before the row is looked up.
   */
  @Nullable Response replay(Tx tx, Key key) throws SQLException {
    requireFirst(tx, key);
    return tx.query("""
            select request_hash, status, body
              from idempotency
             where workspace_id = :workspace and actor_id = :actor and route = :route and key = :key
               and created_at > :since""")
        .bind("workspace", key.workspaceId()).bind("actor", key.actorId())
        .bind("route", key.route()).bind("key", key.value())
        .bind("since", clock.instant().minus(LIFETIME))
        .map((row, context) -> stored(key, row.getBytes("request_hash"), row.getInt("status"), row.getString("body")))
        .findOne().orElse(null);
  }

  /** As {@link #replay}, for a person in no workspace. */
  @Nullable Response replayToPerson(Tx tx, Key key) {
    requireFirst(tx, key);
    return tx.query("""
            select request_hash, status, body
              from person_idempotency
             where person_id = :person and route = :route and key = :key and created_at > :since""")
        .bind("person", key.actorId()).bind("route", key.route()).bind("key", key.value())
        .bind("since", clock.instant().minus(LIFETIME))
        .map((row, context) -> stored(key, row.getBytes("request_hash"), row.getInt("status"), row.getString("body")))
        .findOne().orElse(null);
  }

  private static void requireFirst(Tx tx, Key key) {
    boolean first = tx.query("select pg_try_advisory_xact_lock(hashtextextended(:scope, 7))")
        .bind("scope", key.scope()).mapTo(Boolean.class).one();
    if (!first) {
      throw stillRunning();
    }
  }

  /** 409: the same request still runs. */
  public static Problem stillRunning() {
    return Problem.conflict("A request with this Idempotency-Key is still running.").code("idempotency_running");
  }

  /** The stored answer, or 422 when the payload was another. */
  public static Response stored(Key key, byte[] requestHash, int status, String body) {
    if (!Arrays.equals(requestHash, key.payloadHash())) {
      throw Problem.of(422, "This Idempotency-Key was used with another payload.").code("idempotency_mismatch");
    }
    return Response.text(status, "application/json", body).with("Idempotent-Replayed", "true");
  }

  /** Keeps an answer; an expired one of the same key is replaced. */
  void store(Tx tx, Key key, Response response) {
    tx.update("""
            insert into idempotency (workspace_id, actor_id, route, key, request_hash, status, body, created_at)
            values (:workspace, :actor, :route, :key, :hash, :status, :body, :now)
            on conflict (workspace_id, actor_id, route, key) do update
               set request_hash = excluded.request_hash, status = excluded.status,
                   body = excluded.body, created_at = excluded.created_at""")
        .bind("workspace", key.workspaceId()).bind("actor", key.actorId())
        .bind("route", key.route()).bind("key", key.value())
        .bind("hash", key.payloadHash()).bind("status", response.status())
        .bind("body", response.replayBody()).bind("now", clock.instant())
        .execute();
  }

  /** As {@link #store}, for a person in no workspace. */
  void storeForPerson(Tx tx, Key key, Response response) {
    tx.update("""
            insert into person_idempotency (person_id, route, key, request_hash, status, body, created_at)
            values (:person, :route, :key, :hash, :status, :body, :now)
            on conflict (person_id, route, key) do update
               set request_hash = excluded.request_hash, status = excluded.status,
                   body = excluded.body, created_at = excluded.created_at""")
        .bind("person", key.actorId()).bind("route", key.route()).bind("key", key.value())
        .bind("hash", key.payloadHash()).bind("status", response.status())
        .bind("body", response.replayBody()).bind("now", clock.instant())
        .execute();
  }
}
