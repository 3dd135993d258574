package tuco.messages;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.Composite;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.db.GateQuery;
import tuco.http.Gate;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * Reads of one message, shared as {@link Acceptance} shares writes: a reader takes whatever waits, up to {@value #GROUP}
 * requests, into one statement that looks up their keys and, under row security with each key's tenant, their messages.
 * A round trip and the start of a statement cost more than the look-ups. The statement begins after its requests: a
 * key that was revoked before one of them is not good in it (K8).
 */
final class Reads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reads.class);
  private static final int GROUP = 64;
  private static final int WAITING = 2_000;

  /** Few, so that groups form; each keeps a core busy, half of the time its own and half the database's. */
  private static final int READERS = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

  /** Parameters: of each request its message and the hash of its key. */
  private static final String SQL =
      "select t.place, t.workspace_id, t.read_only_reason, t.holder, " + MessageJson.ONE + " from " + GateQuery.KEYS;

  private static final String COLUMNS = """
      select array_agg(attname::text order by attnum) from pg_attribute
       where attrelid = ?::regclass and attnum > 0 and not attisdropped""";

  private final Database database;
  private final Gate gate;
  private final Clock clock;
  private final LinkedBlockingQueue<Pending> waiting = new LinkedBlockingQueue<>(WAITING);
  private final ExecutorService readers =
      Executors.newFixedThreadPool(READERS, Thread.ofPlatform().name("reads-", 0).daemon(true).factory());
  private volatile Composite.@Nullable Shape shape;

  Reads(Database database, Gate gate, Clock clock) {
    this.database = database;
    this.gate = gate;
    this.clock = clock;
  }

  private record Pending(Route route, Request request, Credential credential, Consumer<Response> answer) {}

  /** Answers later; refuses at once with 503 when too many wait. */
  void submit(Route route, Request request, Credential credential, Consumer<Response> answer) {
    if (!waiting.offer(new Pending(route, request, credential, answer))) {
      throw Problem.of(503, "The server is busy").code("overloaded")
          .detail("Nothing was changed; try again in a second.").header("Retry-After", "1");
    }
    readers.execute(this::group);
  }

  private void group() {
    List<Pending> taken = new ArrayList<>();
    waiting.drainTo(taken, GROUP);
    List<Pending> keyed = taken.stream().filter(pending -> !pending.credential.session()).toList();
    List<Response> answers = keyed.isEmpty() ? List.of() : byKey(keyed);
    for (int i = 0; i < answers.size(); i++) {
      answer(keyed.get(i), answers.get(i));
    }
    taken.stream().filter(pending -> pending.credential.session()).forEach(pending -> answer(pending, bySession(pending)));
  }

  /** What goes wrong with one answer must not cost the others theirs. */
  private static void answer(Pending pending, Response response) {
    try {
      pending.answer.accept(response);
    } catch (RuntimeException e) {
      LOG.warn("an answer could not be sent", e);
    }
  }

  private Response bySession(Pending pending) {
    try {
      return database.read(pending.credential, tx -> {
        Gate.Admitted admitted = gate.admit(pending.route, pending.request, tx.caller());
        UUID id = pending.request.pathId("id", Kind.MESSAGE, tx.caller());
        return gate.finish(Response.ok(MessagesApi.load(tx, id, clock.instant())), admitted, pending.request);
      });
    } catch (Exception e) {
      return gate.failure(e, pending.request);
    }
  }

  private List<Response> byKey(List<Pending> asked) {
    Response[] answers = new Response[asked.size()];
    try (Connection connection = database.app().getConnection()) {
      Composite.Shape columns = shape(connection);
      try (PreparedStatement statement = connection.prepareStatement(SQL)) {
        statement.setArray(1, connection.createArrayOf("uuid", asked.stream().map(pending -> Ids.parse(Kind.MESSAGE, pending.request.param("id"))).toArray()));
        statement.setArray(2, connection.createArrayOf("bytea", asked.stream().map(pending -> pending.credential.hash()).toArray(byte[][]::new)));
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            int place = row.getInt("place") - 1;
            answers[place] = response(asked.get(place), row, columns);
          }
        }
      }
    } catch (SQLException | RuntimeException e) {
      Exception failure = e instanceof SQLException broken ? new DatabaseFailure(broken) : e;
      return asked.stream().map(pending -> gate.failure(failure, pending.request)).toList();
    }
    for (int i = 0; i < answers.length; i++) {
      if (answers[i] == null) {
        answers[i] = gate.failure(Problem.unauthorized(true), asked.get(i).request);
      }
    }
    return List.of(answers);
  }

  private Response response(Pending pending, ResultSet row, Composite.Shape columns) {
    try {
      Caller caller = GateQuery.keyHolder(row);
      Gate.Admitted admitted = gate.admit(pending.route, pending.request, caller);
      pending.request.pathId("id", Kind.MESSAGE, caller);
      byte[] message = row.getBytes("message");
      if (message == null) {
        throw MessagesApi.notFound();
      }
      return gate.finish(
          Response.ok(MessageJson.of(new Composite(columns, message), caller.readOnlyReason(), clock.instant())), admitted, pending.request);
    } catch (Exception e) {
      return gate.failure(e, pending.request);
    }
  }

  /** The columns of the tables whose rows come whole, as they are since this node's migrations. */
  private Composite.Shape shape(Connection connection) throws SQLException {
    Composite.Shape known = shape;
    if (known == null) {
      known = MessageJson.shape(columns(connection, "messages"), columns(connection, "message_states"));
      shape = known;
    }
    return known;
  }

  private static List<String> columns(Connection connection, String table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setString(1, table);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return List.of((String[]) row.getArray(1).getArray());
      }
    }
  }

  /** Answers what waits. */
  @Override
  public void close() {
    readers.close();
  }
}
