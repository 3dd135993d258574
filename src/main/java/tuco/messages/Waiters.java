package tuco.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * {@code Prefer: wait=N} (RFC 7240, decisions 5.1): answers that were accepted and are held back until their message has
 * come to an outcome, N seconds at most. Nobody's thread waits: one of our own asks for all of them with one statement,
 * and sleeps while there are none. Too many at once are answered like anybody else, at once and without
 * {@code Preference-Applied}.
 */
final class Waiters implements AutoCloseable {
  static final int MOST_SECONDS = 30;
  /** On a node, and of one workspace. */
  static final int MOST = 2_000;
  static final int MOST_OF_ONE = 200;

  private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);
  private static final Pattern WAIT = Pattern.compile("(?i)(?:^|[,;])\\s*wait\\s*=\\s*\"?(\\d{1,9})\"?\\s*(?=[,;]|$)");
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final Set<String> OUTCOMES = Set.of("sent", "delivered", "failed", "fallback", "cancelled");

  /** What has come to its end, is put off beyond its time, or whose time is up. */
  private static final String SETTLED = "select " + MessageJson.COLUMNS + " from " + MessageJson.TABLES + """

        join unnest(?::uuid[], ?::uuid[], ?::boolean[], ?::timestamptz[]) as w(workspace_id, message_id, up, until)
          on w.workspace_id = m.workspace_id and w.message_id = m.message_id
       where w.up or s.status in ('sent', 'delivered', 'failed', 'fallback', 'cancelled')
          or s.status in ('queued', 'pending', 'scheduled') and s.due_at > w.until""";

  private final DataSource engine;
  private final Clock clock;
  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
  private final Map<UUID, Integer> byWorkspace = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  Waiters(DataSource engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("prefer-wait").daemon(true).unstarted(this::run);
  }

  /** One answer that is held back. */
  private static final class Waiting {
    final UUID workspaceId;
    final UUID messageId;
    final int seconds;
    final long endNanos;
    final Response accepted;
    final Consumer<Response> answer;

    Waiting(UUID workspaceId, UUID messageId, int seconds, Response accepted, Consumer<Response> answer) {
      this.workspaceId = workspaceId;
      this.messageId = messageId;
      this.seconds = seconds;
      this.endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      this.accepted = accepted;
      this.answer = answer;
    }

    long leftNanos(long now) {
      return endNanos - now;
    }
  }

  void start() {
    thread.start();
  }

  /** The seconds a request would rather wait, at most {@value #MOST_SECONDS}; 0 when it did not say, or not in time's terms. */
  static int preferred(Request request) {
    String prefer = request.header("prefer");
    Matcher matcher = WAIT.matcher(prefer == null ? "" : prefer);
    return matcher.find() ? Math.min(MOST_SECONDS, Integer.parseInt(matcher.group(1))) : 0;
  }

  /** The same answer, later, for a message that was accepted to leave now; any other at once. */
  Consumer<Response> holding(Request request, Consumer<Response> answer) {
    int seconds = preferred(request);
    return seconds == 0 ? answer : accepted -> {
      Waiting held = held(accepted, seconds, answer);
      if (held == null || !admit(held)) {
        answer.accept(accepted);
      }
    };
  }

  private static @Nullable Waiting held(Response accepted, int seconds, Consumer<Response> answer) {
    if (accepted.status() > 201) {
      return null;
    }
    JsonNode body = Json.parse(accepted.replayBody());
    UUID workspace = Ids.parse(Kind.WORKSPACE, body.at("/message/workspaceId").asText());
    UUID message = Ids.parse(Kind.MESSAGE, body.path("messageId").asText());
    boolean leavesNow = body.path("status").asText().equals("pending");
    return workspace == null || message == null || !leavesNow ? null : new Waiting(workspace, message, seconds, accepted, answer);
  }

  private boolean admit(Waiting held) {
    boolean room = byWorkspace.merge(held.workspaceId, 1, Integer::sum) <= MOST_OF_ONE && waiting.size() < MOST && !closed;
    if (!room) {
      leave(held.workspaceId);
      return false;
    }
    waiting.add(held);
    LockSupport.unpark(thread);
    return true;
  }

  private void run() {
    while (!closed) {
      if (waiting.isEmpty()) {
        LockSupport.park(this);
      } else {
        round(false);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    round(true);
  }

  private void round(boolean last) {
    List<Waiting> all = List.copyOf(waiting);
    long now = System.nanoTime();
    Map<UUID, JsonNode> settled = Map.of();
    try {
      settled = settled(all, now, last);
    } catch (SQLException e) {
      LOG.warn("outcomes could not be asked for: {}", e.getMessage());
    }
    for (Waiting each : all) {
      JsonNode message = settled.get(each.messageId);
      if (message != null) {
        answer(each, told(each, message));
      } else if (last || each.leftNanos(now) <= 0) {
        answer(each, each.accepted);
      }
    }
  }

  private Map<UUID, JsonNode> settled(List<Waiting> all, long now, boolean last) throws SQLException {
    Map<UUID, JsonNode> settled = new HashMap<>();
    if (all.isEmpty()) {
      return settled;
    }
    try (Connection connection = engine.getConnection();
        PreparedStatement statement = connection.prepareStatement(SETTLED)) {
      statement.setArray(1, connection.createArrayOf("uuid", all.stream().map(each -> each.workspaceId).toArray()));
      statement.setArray(2, connection.createArrayOf("uuid", all.stream().map(each -> each.messageId).toArray()));
      List<Boolean> up = new ArrayList<>();
      List<String> until = new ArrayList<>();
      for (Waiting each : all) {
        long left = each.leftNanos(now);
        up.add(last || left <= 0);
        until.add(clock.instant().plusNanos(Math.max(0, left)).toString());
      }
      statement.setArray(3, connection.createArrayOf("boolean", up.toArray()));
      statement.setArray(4, connection.createArrayOf("timestamptz", until.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          settled.put(row.getObject("message_id", UUID.class), MessageJson.of(row, clock.instant()));
        }
      }
    }
    return settled;
  }

  private void answer(Waiting each, Response response) {
    if (!waiting.remove(each)) {
      return;
    }
    leave(each.workspaceId);
    try {
      each.answer.accept(response);
    } catch (RuntimeException e) {
      LOG.warn("an answer could not be sent", e);
    }
  }

  private void leave(UUID workspace) {
    byWorkspace.computeIfPresent(workspace, (id, count) -> count == 1 ? null : count - 1);
  }

  /** The answer of the acceptance with where the message is now, in the contract's five words. */
  private static Response told(Waiting each, JsonNode message) {
    ObjectNode body = (ObjectNode) Json.parse(each.accepted.replayBody());
    String status = message.path("status").asText();
    body.put("status", switch (status) {
      case "sent", "delivered" -> "sent";
      case "failed", "cancelled" -> "failed";
      case "fallback", "scheduled" -> status;
      default -> "pending";
    });
    body.set("message", message);
    JsonNode words = OUTCOMES.contains(status) ? message.path("errorMessage") : message.path("waitReason");
    if (words.isTextual()) {
      body.set(status.equals("failed") ? "error" : "reason", words);
    }
    Response response = Response.json(each.accepted.status(), body);
    each.accepted.headers().forEach(response::with);
    return response.with("Preference-Applied", "wait=" + each.seconds);
  }

  /** Lets everybody go with what is known. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
