package tuco.access;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Caller;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.http.Gate;
import tuco.http.Request;
import tuco.timers.Rounds;

/**
 * When, from where and for what keys are used: noted in memory, written every few seconds by the engine, so that no
 * request pays for a write (decisions 2.5). A node that is killed loses the last seconds of it.
 */
public final class KeyUse implements Gate.Observer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyUse.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int FAILURES_PER_MINUTE = 300;

  private final Database database;
  private final Clock clock;
  private final Throttle failures;
  private final ConcurrentHashMap<KeyId, LastUse> lastUses = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Activity, Calls> activity = new ConcurrentHashMap<>();
  private final Rounds rounds = new Rounds("key-use", PERIOD, "the use of keys could not be written", this::flush);

  public KeyUse(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
    this.failures = new Throttle(FAILURES_PER_MINUTE, clock);
  }

  private record KeyId(UUID workspace, UUID key) {}

  private record LastUse(Instant at, String address, String client) {}

  private record Activity(UUID workspace, UUID key, LocalDate day, String route, int status) {}

  private record Calls(long count, Instant first, Instant last) {
    Calls plus(Calls more) {
      return new Calls(
          count + more.count,
          first.isBefore(more.first) ? first : more.first,
          last.isAfter(more.last) ? last : more.last);
    }
  }

  /** Starts to write what was noted. */
  public void start() {
    rounds.start();
  }

  @Override
  public void used(Caller caller, Request request) {
    UUID key = caller.keyId();
    if (key != null) {
      lastUses.put(new KeyId(caller.workspaceId(), key), new LastUse(clock.instant(), request.address(), request.client()));
    }
  }

  @Override
  public void answered(Caller caller, Request request, int status) {
    UUID key = caller.keyId();
    if (key != null) {
      Instant now = clock.instant();
      Activity what = new Activity(
          caller.workspaceId(), key, LocalDate.ofInstant(now, ZoneOffset.UTC),
          request.method() + " " + request.route(), status);
      activity.merge(what, new Calls(1, now, now), Calls::plus);
    }
  }

  /**
   * Failed attempts are counted for the address they come from (standards 4.7 O2). Only failures meet the ceiling: the
   * holder of a valid key at the same address is never held up, and 256 random bits are not guessed at any rate.
   */
  @Override
  public void refused(Request request) {
    failures.take(Throttle.network(request.address()));
    LOG.info("request {} with a credential that stands for nobody, from {}", request.requestId(), request.address());
  }

  /** Writes what was noted; what cannot be written now stays for the next time. */
  void flush() {
    Map<KeyId, LastUse> uses = taken(lastUses);
    Map<Activity, Calls> calls = taken(activity);
    if (uses.isEmpty() && calls.isEmpty()) {
      return;
    }
    try {
      database.crossing(tx -> {
        writeUses(tx.connection(), uses);
        writeActivity(tx.connection(), calls);
        return uses.size();
      });
    } catch (DatabaseFailure e) {
      LOG.warn("the use of keys could not be written, will be tried again: {}", e.getMessage());
      uses.forEach(lastUses::putIfAbsent);
      calls.forEach((what, count) -> activity.merge(what, count, Calls::plus));
    }
  }

  /** Moves everything out, entry by entry, so that nothing noted meanwhile is lost. */
  private static <K, V> Map<K, V> taken(ConcurrentHashMap<K, V> from) {
    Map<K, V> taken = new HashMap<>();
    for (K key : from.keySet()) {
      V value = from.remove(key);
      if (value != null) {
        taken.put(key, value);
      }
    }
    return taken;
  }

  private static final Comparator<UUID> BY_ID = Comparator.comparing(UUID::toString);

  /** In the order of the keys, so that the batches of two nodes cannot wait for each other in a circle. */
  private static void writeUses(Connection connection, Map<KeyId, LastUse> uses) throws SQLException {
    List<Map.Entry<KeyId, LastUse>> rows = new ArrayList<>(uses.entrySet());
    rows.sort(Comparator.comparing(row -> row.getKey().key(), BY_ID));
    try (PreparedStatement statement = connection.prepareStatement("""
        insert into key_uses as u (workspace_id, key_id, last_used_at, address, client)
        select k.workspace_id, k.key_id, ?, ?, ?
          from api_keys k
         where k.workspace_id = ? and k.key_id = ?
            on conflict (workspace_id, key_id) do update
           set last_used_at = excluded.last_used_at, address = excluded.address, client = excluded.client
         where u.last_used_at < excluded.last_used_at""")) {
      for (Map.Entry<KeyId, LastUse> row : rows) {
        statement.setTimestamp(1, Timestamp.from(row.getValue().at()));
        statement.setString(2, row.getValue().address());
        statement.setString(3, storable(row.getValue().client()));
        statement.setObject(4, row.getKey().workspace());
        statement.setObject(5, row.getKey().key());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static void writeActivity(Connection connection, Map<Activity, Calls> calls) throws SQLException {
    List<Map.Entry<Activity, Calls>> rows = new ArrayList<>(calls.entrySet());
    rows.sort(Comparator
        .comparing((Map.Entry<Activity, Calls> row) -> row.getKey().key(), BY_ID)
        .thenComparing(row -> row.getKey().day())
        .thenComparing(row -> row.getKey().route())
        .thenComparingInt(row -> row.getKey().status()));
    try (PreparedStatement statement = connection.prepareStatement("""
        insert into key_activity as a (workspace_id, key_id, day, route, status, calls, first_at, last_at)
        select k.workspace_id, k.key_id, ?, ?, ?, ?, ?, ?
          from api_keys k
         where k.workspace_id = ? and k.key_id = ?
            on conflict (workspace_id, key_id, day, route, status) do update
           set calls = a.calls + excluded.calls,
               first_at = least(a.first_at, excluded.first_at), last_at = greatest(a.last_at, excluded.last_at)""")) {
      for (Map.Entry<Activity, Calls> row : rows) {
        statement.setObject(1, row.getKey().day());
        statement.setString(2, row.getKey().route());
        statement.setInt(3, row.getKey().status());
        statement.setLong(4, row.getValue().count());
        statement.setTimestamp(5, Timestamp.from(row.getValue().first()));
        statement.setTimestamp(6, Timestamp.from(row.getValue().last()));
        statement.setObject(7, row.getKey().workspace());
        statement.setObject(8, row.getKey().key());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static String storable(String client) {
    return client.replace("\0", "");
  }

  /** Stops the writer and writes the rest. */
  @Override
  public void close() {
    rounds.close();
    flush();
  }
}
