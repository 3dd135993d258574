package tuco.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.PlatformHandler;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Caller;
import tuco.caller.Token;
import tuco.db.StartFailure;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.traces.Traces;

/** Listens, reads requests whole, runs blocking handlers on a bounded pool, and answers. */
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int MAX_BODY = 1 << 20;
  private static final int WORKERS = 16;
  private static final int WAITING = 2_000;
  private static final int SLOW = 64;
  /** The client of a proxy that named none: allowed where every address is, and nowhere else. */
  private static final String UNKNOWN = "unknown";
  private static final String REQUEST = "tuco.request";

  private final Settings settings;
  private final Gate gate;
  private final Ids ids;
  private final Vertx vertx;
  private final ThreadPoolExecutor workers;
  /** Those that wait for remote hosts, devices and slow clients, perhaps for minutes: they take no worker from anybody. */
  private final ThreadPoolExecutor slow;
  private final Listener listener;
  private final Traces traces;
  private final UnderWay underWay = new UnderWay();
  private @Nullable HttpServer server;

  /**
   * Where to listen.
   *
   * @param port 0 takes a free one
   * @param trustedProxies addresses or blocks whose {@code X-Forwarded-*} headers count (standards 4.1 H12)
   */
  public record Settings(String host, int port, List<String> trustedProxies) {}

  /** Told of every answer, for metrics. */
  @FunctionalInterface
  public interface Listener {
    void answered(String route, int status, long nanos);
  }

  public Server(Settings settings, Gate gate, Ids ids, Listener listener, Traces traces) {
    this.settings = settings;
    this.gate = gate;
    this.ids = ids;
    this.listener = listener;
    this.traces = traces;
    this.vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
    this.workers = new ThreadPoolExecutor(
        WORKERS, WORKERS, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(WAITING),
        Thread.ofPlatform().name("http-", 0).daemon(true).factory());
    this.slow = new ThreadPoolExecutor(
        0, SLOW, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), Thread.ofPlatform().name("http-slow-", 0).daemon(true).factory());
  }

  /**
   * Starts to listen.
   *
   * @throws StartFailure when it cannot listen there
   */
  public void start(List<Route> routes) {
    Router router = Router.router(vertx);
    router.route().failureHandler(this::brokenBody);
    routes.forEach(route -> add(router, route));
    router.errorHandler(404, context -> refuseLater(context, Problem.notFound("Not found").code("no_such_path")));
    router.errorHandler(405, context -> refuseLater(context, Failures.methodNotAllowed(context.request().path(), routes)));
    router.errorHandler(413, context -> refuse(context, Problem.of(413, "The request body may have at most 1 MiB.").code("body_too_large")));
    router.errorHandler(400, context -> refuse(context, Problem.bad("The request could not be read.").code("bad_request")));
    router.errorHandler(500, context -> {
      LOG.error("routing failed", context.failure());
      refuse(context, Problem.of(500, "Internal server error").code("internal"));
    });
    HttpServer created = vertx.createHttpServer(new HttpServerOptions()
            .setHost(settings.host()).setPort(settings.port()).setAcceptBacklog(4096)
            .setMaxInitialLineLength(8192).setMaxHeaderSize(16_384).setIdleTimeout(120)
            .setCompressionSupported(false).setTcpNoDelay(true))
        .requestHandler(router)
        .invalidRequestHandler(this::refuseUnreadable);
    try {
      server = created.listen().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      String reason = e.getCause() == null ? "no answer" : String.valueOf(e.getCause().getMessage());
      throw new StartFailure(reason.contains("in use")
          ? "Port " + settings.port() + " is already in use; choose another with --port."
          : "Tuco cannot listen on " + settings.host() + " port " + settings.port() + ": " + reason + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting", e);
    }
  }

  /** The port it listens on. */
  public int port() {
    if (server == null) {
      throw new IllegalStateException("the server was not started");
    }
    return server.actualPort();
  }

  /** The event loops, for the outbound client. */
  Vertx vertx() {
    return vertx;
  }

  private void add(Router router, Route route) {
    var added = router.route(HttpMethod.valueOf(route.method()), route.path().replaceAll("\\{(\\w+)}", ":$1"));
    if (route.method().equals("GET")) {
      added.method(HttpMethod.HEAD); // The same answer without its body (RFC 9110, 9.3.2).
    }
    added.handler((PlatformHandler) context -> begin(context, route));
    if (route.handler() instanceof Route.Streaming handler) {
      added.handler(context -> stream(context, route, handler));
      return;
    }
    if (route.writes()) {
      added.handler(BodyHandler.create(false).setBodyLimit(MAX_BODY));
    }
    added.handler(context -> accept(context, route));
  }

  /** The head has come; for the rest is waited only when its credential may have one more call under way. */
  private void begin(RoutingContext context, Route route) {
    Request request = request(context, route);
    context.put(REQUEST, request);
    try {
      underWay.enter(context, route.handler() instanceof Route.Open ? null : Credentials.shown(route, request));
    } catch (Problem tooMany) {
      send(context, route, request, tooMany.toResponse(request.requestId(), request.path()), System.nanoTime());
      return;
    }
    context.next();
  }

  private void accept(RoutingContext context, Route route) {
    long started = System.nanoTime();
    Buffer buffer = route.writes() ? context.body().buffer() : null;
    Request request = context.get(REQUEST);
    request.arrived(buffer == null ? new byte[0] : buffer.getBytes());
    if (route.handler() instanceof Route.Batched handler) {
      gate.serve(route, handler, request, response -> send(context, route, request, response, started));
      return;
    }
    run(context, request, route.handler() instanceof Route.Slow ? slow : workers,
        () -> send(context, route, request, gate.serve(route, request), started));
  }

  private void stream(RoutingContext context, Route route, Route.Streaming handler) {
    long started = System.nanoTime();
    Request request = context.get(REQUEST);
    BodyStream body = new BodyStream(context.request());
    // Takes as long as its client sends.
    run(context, request, slow, () -> {
      Response response = gate.serve(route, handler, request, body);
      body.close();
      send(context, route, request, response, started);
    });
  }

  private void run(RoutingContext context, Request request, ThreadPoolExecutor pool, Runnable work) {
    UnderWay.Call call = UnderWay.of(context);
    try {
      pool.execute(call.working(work));
    } catch (RejectedExecutionException e) {
      call.worked();
      Problem busy = Problem.of(503, "The server is busy").code("overloaded")
          .detail("Nothing was changed; try again in a second.").header("Retry-After", "1");
      write(context.response(), UnderWay.of(context), request, gate.answer(busy, request));
    }
  }

  /** Answers at once, as the router must have it for what failed while it read the request. */
  private void refuse(RoutingContext context, Problem problem) {
    if (context.response().ended() || context.response().closed()) {
      return;
    }
    Request begun = context.get(REQUEST);
    Request request = begun == null ? request(context, null) : begun;
    write(context.response(), UnderWay.of(context), request, gate.answer(problem, request));
  }

  /** Answers where there may be waited: the page for a path that leads nowhere asks the database who is there. */
  private void refuseLater(RoutingContext context, Problem problem) {
    Request request = request(context, null);
    run(context, request, workers, () -> write(context.response(), UnderWay.of(context), request, gate.answer(problem, request)));
  }

  /** A body that is no HTTP any more, somewhere in its middle, or ends before its end: the router has no words for it. */
  private void brokenBody(RoutingContext context) {
    if (context.failure() instanceof HttpClosedException) {
      return; // Its client is gone: there is nobody to tell.
    }
    if (context.request().isEnded() || context.statusCode() == 413) {
      context.next();
      return;
    }
    context.response().putHeader("Connection", "close");
    refuse(context, Problem.bad("The request body could not be read to its end.").code("broken_body"));
  }

  /** What is not HTTP, or longer than a head may be; nothing in it can be trusted, nor what follows on the connection. */
  private void refuseUnreadable(HttpServerRequest in) {
    Throwable cause = in.decoderResult().cause();
    Problem problem = cause instanceof TooLongHttpHeaderException
        ? Problem.of(431, "The request's headers may have at most 16 KiB.").code("headers_too_large")
        : cause instanceof TooLongHttpLineException
        ? Problem.of(414, "The request's address may have at most 8 KiB.").code("address_too_long")
        : Problem.bad("The request could not be read.").code("bad_request");
    String requestId = Ids.text(Kind.REQUEST, ids.next(Ids.NO_WORKSPACE));
    Request request = new Request("", "", "", Map.of(), Map.of(), Map.of(), new byte[0], "", false, requestId, correlation(null, requestId));
    in.response().putHeader("Connection", "close");
    write(in.response(), UnderWay.NONE, request, gate.answer(problem, request));
  }

  private void send(RoutingContext context, Route route, Request request, Response response, long started) {
    gate.answered(request, response.status());
    if (route.api() && request.caller() != null) {
      UnderWay.of(context).tell(response);
    }
    listener.answered(route.name(), response.status(), System.nanoTime() - started);
    if (response.source() == null) {
      write(context.response(), UnderWay.of(context), request, response);
    } else {
      // Takes as long as its client reads.
      run(context, request, slow, () -> write(context.response(), UnderWay.of(context), request, response));
    }
  }

  private static void write(HttpServerResponse out, UnderWay.Call call, Request request, Response response) {
    Caller caller = request.caller();
    request.span().of(Kind.WORKSPACE, caller == null ? null : caller.workspaceId()).status(response.status()).end();
    if (out.closed() || out.ended()) {
      return;
    }
    out.setStatusCode(response.status());
    response.headers().forEach(out::putHeader);
    out.putHeader("X-Request-Id", request.requestId());
    out.putHeader("x-correlation-id", request.correlationId());
    out.putHeader("X-Content-Type-Options", "nosniff");
    if (!response.headers().containsKey("Cache-Control")) {
      out.putHeader("Cache-Control", "no-store");
    }
    Response.Source source = response.source();
    if (request.method().equals("HEAD")) {
      call.over();
      out.end();
      return;
    }
    if (source == null) {
      call.over();
      out.end(Buffer.buffer(response.body()));
      return;
    }
    out.setChunked(true);
    try (AnswerStream stream = new AnswerStream(out)) {
      source.writeTo(stream);
      call.over();
      stream.finish();
    } catch (IOException | RuntimeException e) {
      // The client sees that it broke off: the last chunk never comes.
      LOG.warn("the answer to {} broke off", request.requestId(), e);
      out.reset();
    }
  }

  private Request request(RoutingContext context, @Nullable Route route) {
    HttpServerRequest in = context.request();
    Map<String, String> headers = new HashMap<>();
    for (Map.Entry<String, String> header : in.headers()) {
      headers.merge(header.getKey().toLowerCase(Locale.ROOT), header.getValue(), (a, b) -> a + ", " + b);
    }
    if (in.authority() != null) {
      headers.putIfAbsent("host", in.authority().toString()); // HTTP/2 has no Host header.
    }
    Map<String, String> query = new HashMap<>();
    if (in.query() != null) {
      for (Map.Entry<String, String> parameter : context.queryParams()) {
        // Of a repeated name the first counts, but a key must be seen wherever it stands (K13).
        query.merge(parameter.getKey(), parameter.getValue(), (first, more) -> Token.in(more) ? more : first);
      }
    }
    String peer = in.remoteAddress() == null ? "" : in.remoteAddress().hostAddress();
    boolean proxied = !settings.trustedProxies().isEmpty() && Cidr.anyContains(settings.trustedProxies(), peer);
    String forwarded = headers.get("x-forwarded-for");
    String address = proxied && forwarded != null ? client(forwarded) : peer;
    boolean secure = in.isSSL() || proxied && "https".equalsIgnoreCase(headers.get("x-forwarded-proto"));
    String requestId = Ids.text(Kind.REQUEST, ids.next(Ids.NO_WORKSPACE));
    Request request = new Request(
        in.method().name(), in.path() == null ? "" : in.path(), route == null ? "" : route.path(), decoded(context.pathParams()), query,
        headers, new byte[0], address, secure, requestId, correlation(headers.get("x-correlation-id"), requestId));
    request.traced(traces.request(request.method(), request.route(), requestId, headers));
    return request;
  }

  /**
   * Each proxy appended the address it saw: the last one that is none of ours is the client's, and what stands before it
   * is the client's own claim.
   */
  private String client(String forwarded) {
    String[] seen = forwarded.split(",");
    String address = UNKNOWN;
    for (int i = seen.length - 1; i >= 0; i--) {
      String next = Cidr.address(seen[i].strip());
      if (next == null) {
        return i == seen.length - 1 ? UNKNOWN : address;
      }
      address = next;
      if (!Cidr.anyContains(settings.trustedProxies(), address)) {
        return address;
      }
    }
    return address;
  }

  private static Map<String, String> decoded(Map<String, String> params) {
    if (params.isEmpty()) {
      return params;
    }
    Map<String, String> decoded = new HashMap<>();
    params.forEach((name, value) -> decoded.put(name, value.indexOf('%') < 0 ? value : URLDecoder.decode(value, StandardCharsets.UTF_8)));
    return decoded;
  }

  /** The client's correlation id when it is safe to echo and log, else one of ours (contract 2.0). */
  private static String correlation(@Nullable String sent, String requestId) {
    return sent != null && sent.matches("[\\w.:/+=@-]{1,128}") && !Token.in(sent) ? sent : "app_" + requestId.substring(3);
  }

  /** Stops to accept, lets what is being handled end, and closes. */
  @Override
  public void close() {
    try {
      if (server != null) {
        server.shutdown(5, TimeUnit.SECONDS).toCompletionStage().toCompletableFuture().join();
      }
      workers.shutdown();
      slow.shutdown();
      if (!workers.awaitTermination(10, TimeUnit.SECONDS) || !slow.awaitTermination(1, TimeUnit.SECONDS)) {
        LOG.warn("some requests were still running at the end");
      }
      vertx.close().toCompletionStage().toCompletableFuture().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (CompletionException e) {
      LOG.warn("the HTTP server did not close cleanly", e);
    }
  }
}
