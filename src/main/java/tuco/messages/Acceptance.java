package tuco.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Credential;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.traces.Span;
import tuco.traces.Traces;

/**
 * Durable accept by group commit: one writer takes whatever waits, up to {@value #BATCH} requests, into one transaction.
 * Each request still has its own authentication, errors, idempotency and answer, and is answered only after the
 * commit. There is no timer: an idle server takes a single request at once.
 *
 * <p>A crash before the commit loses nothing that was answered; a lost connection during it answers 503, and the
 * client's repetition with the same Idempotency-Key finds out what happened.
 */
public final class Acceptance implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptance.class);
  private static final int BATCH = 256;
  private static final int WAITING = 8_192;
  private static final int TRIES = 3;
  /** Another node created the same lead, list or idempotency row first, or the two crossed: look again. */
  private static final Set<String> LOOK_AGAIN = Set.of("23505", "40001", "40P01");

  private final Database database;
  private final Gate gate;
  private final AcceptanceBatch batch;
  private final BiConsumer<UUID, UUID> wake;
  private final Traces traces;
  private final LinkedBlockingQueue<Pending> waiting = new LinkedBlockingQueue<>(WAITING);
  private final Thread writer;
  private volatile boolean stopping;

  /**
   * @param wake told the workspace and line of what was accepted, after the commit
   */
  Acceptance(Database database, Gate gate, AcceptanceBatch batch, BiConsumer<UUID, UUID> wake, Traces traces) {
    this.database = database;
    this.gate = gate;
    this.batch = batch;
    this.wake = wake;
    this.traces = traces;
    this.writer = Thread.ofPlatform().name("acceptance").daemon(true).unstarted(this::run);
  }

  void start() {
    writer.start();
  }

  /** One request on its way: what it wants or what is wrong with its body, and where its answer goes. */
  static final class Pending {
    final Route route;
    final Request request;
    final Credential credential;
    final @Nullable SendRequest wanted;
    final @Nullable Problem malformed;
    final Consumer<Response> answer;
    @Nullable Response result;
    @Nullable UUID workspaceId;
    @Nullable UUID lineId;

    Pending(Route route, Request request, Credential credential, @Nullable SendRequest wanted,
        @Nullable Problem malformed, Consumer<Response> answer) {
      this.route = route;
      this.request = request;
      this.credential = credential;
      this.wanted = wanted;
      this.malformed = malformed;
      this.answer = answer;
    }
  }

  /** Takes a request; refuses at once with 503 when too many wait. */
  void submit(Pending pending) {
    if (stopping || !waiting.offer(pending)) {
      pending.answer.accept(gate.failure(
          Problem.of(503, "The server is busy").code("overloaded")
              .detail("Nothing was changed; try again in a second.").header("Retry-After", "1"),
          pending.request));
    }
  }

  int waiting() {
    return waiting.size();
  }

  private void run() {
    List<Pending> taken = new ArrayList<>(BATCH);
    while (true) {
      try {
        taken.add(waiting.take());
        waiting.drainTo(taken, BATCH - 1);
        if (taken.removeIf(pending -> pending.wanted == null && pending.malformed == null)) {
          accept(taken);
          return;
        }
        accept(taken);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.error("a batch of {} failed", taken.size(), e);
        taken.forEach(pending -> answer(pending, gate.failure(e, pending.request)));
      }
      taken.clear();
    }
  }

  private void accept(List<Pending> pendings) {
    if (pendings.isEmpty()) {
      return;
    }
    Span span = traces.begin("accept messages", pendings, pending -> pending.request.span()).count("requests", pendings.size());
    try {
      attempt(pendings);
      span.end();
    } catch (SQLException e) {
      span.outcome("failed", false).end();
      if (pendings.size() > 1 && String.valueOf(e.getSQLState()).matches("2[23].*|42501")) {
        // One request's data must not cost the others theirs: each for itself, and the culprit answers alone. Only where
        // the data, or a write, was refused, so that nothing was committed; after any other fault that would be a guess.
        LOG.warn("a batch of {} is taken one by one: {}", pendings.size(), e.getMessage());
        pendings.forEach(pending -> accept(List.of(pending)));
        return;
      }
      pendings.forEach(pending -> answer(pending, gate.failure(new DatabaseFailure(e), pending.request)));
    }
  }

  private void attempt(List<Pending> pendings) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = database.engine().getConnection()) {
        connection.setAutoCommit(false);
        try {
          batch.run(connection, pendings);
        } catch (SQLException | RuntimeException e) {
          if (!connection.isClosed()) {
            connection.rollback();
          }
          throw e;
        }
        break;
      } catch (SQLException e) {
        if (attempt == TRIES || !LOOK_AGAIN.contains(String.valueOf(e.getSQLState()))) {
          throw e;
        }
      }
    }
    for (Pending pending : pendings) {
      if (pending.workspaceId != null && pending.lineId != null) {
        wake.accept(pending.workspaceId, pending.lineId);
      }
      answer(pending, pending.result);
    }
  }

  private void answer(Pending pending, @Nullable Response response) {
    try {
      pending.answer.accept(response == null
          ? gate.failure(new IllegalStateException("no answer was made"), pending.request)
          : response);
    } catch (RuntimeException e) {
      LOG.warn("an answer could not be sent", e);
    }
  }

  /** Takes no more, answers what waits, and ends. */
  @Override
  public void close() {
    stopping = true;
    if (!writer.isAlive()) {
      return;
    }
    try {
      // The empty one tells the writer that nothing comes after it.
      waiting.put(END);
      writer.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final Pending END = new Pending(
      Route.open("POST", "/", request -> Response.ok(Json.object())),
      new Request("POST", "/", "/", Map.of(), Map.of(), Map.of(), new byte[0], "", false, "", ""),
      new Credential(new byte[0], false, null), null, null, response -> {});
}
