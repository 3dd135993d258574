package tuco.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.caller.StaffCaller;
import tuco.caller.Token;
import tuco.db.AccessRefused;
import tuco.db.Database;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The order of checks, in one file (decisions 1.7): parse, authenticate, address rule, rate limit, right,
 * idempotency replay, read-only; then the handler validates, looks up and holds against quotas. Before all of them
 * {@link UnderWay} counts, which asks nobody.
 */
public final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  private final Database database;
  private final Rates rates;
  private final Idempotency idempotency;
  private final Observer observer;
  private final ErrorPage errorPage;

  public Gate(Database database, Rates rates, Idempotency idempotency, Observer observer, ErrorPage errorPage) {
    this.database = database;
    this.rates = rates;
    this.idempotency = idempotency;
    this.observer = observer;
    this.errorPage = errorPage;
  }

  /** Told what becomes of calls, so that the use of keys is known without a write per request (decisions 2.5). */
  public interface Observer {
    /** The caller was let in. */
    void used(Caller caller, Request request);

    /** A known caller, let in or not, got this answer. */
    void answered(Caller caller, Request request, int status);

    /**
     * A credential stood for nobody.
     *
     * @throws Problem 429 after too many from one address
     */
    void refused(Request request);
  }

  /** Called once for every answer, before it is sent. */
  void answered(Request request, int status) {
    Caller caller = request.caller();
    if (status == 403) {
      // What was asked for is told by its route: a path could hold anything (standards V8 16.3.2, 16.4.1).
      LOG.info("request {} was not allowed: {} {} by {}, from {}", request.requestId(), request.method(), request.route(),
          caller == null ? "nobody known" : Ids.text(caller.keyId() == null ? Kind.PERSON : Kind.KEY, caller.actorId()), request.address());
    }
    if (caller != null) {
      observer.answered(caller, request, status);
    }
  }

  /** How a refusal looks to a person with a browser. */
  @FunctionalInterface
  public interface ErrorPage {
    Response of(Problem problem, Request request);
  }

  /** Serves a route whose handler blocks. */
  Response serve(Route route, Request request) {
    try {
      return switch (route.handler()) {
        case Route.Reading handler -> read(route, handler, request);
        case Route.Writing handler -> write(route, handler, request);
        case Route.Slow handler -> slow(route, handler, request);
        case Route.Personal handler -> warned(handler.handle(request, person(request)), request);
        case Route.PersonalWriting handler -> personalWrite(route, handler, request);
        case Route.Open handler -> open(route, handler, request);
        case Route.Page handler -> page(route, handler, request);
        case Route.PageWriting handler -> form(route, handler, request);
        case Route.PersonPage handler -> personPage(route, handler, request);
        case Route.StaffPage handler -> staffPage(route, handler, request);
        case Route.Batched handler -> throw new IllegalStateException(route.name() + " answers later");
        case Route.Streaming handler -> throw new IllegalStateException(route.name() + " reads a stream");
      };
    } catch (Exception e) {
      return failure(e, request);
    }
  }

  /** Serves a route that answers later. */
  void serve(Route route, Route.Batched handler, Request request, Consumer<Response> answer) {
    try {
      handler.handle(request, required(Credentials.of(request)), answer);
    } catch (Exception e) {
      answer.accept(failure(e, request));
    }
  }

  /** Serves a route that reads its body as it comes. */
  Response serve(Route route, Route.Streaming handler, Request request, InputStream body) {
    try {
      Credential credential = required(route.api() ? Credentials.of(request) : Cookies.ofForm(request));
      Admitted admitted = database.read(credential, tx -> admit(route, request, tx.caller()));
      refuseReadOnly(route, admitted.caller());
      return finish(handler.handle(request, admitted.caller(), lasting(route, request, credential), body), admitted, request);
    } catch (Exception e) {
      return failure(e, request);
    }
  }

  private Response read(Route route, Route.Reading handler, Request request) {
    Credential credential = required(Credentials.of(request));
    return database.read(credential, tx -> {
      Admitted admitted = admit(route, request, tx.caller());
      return finish(handler.handle(request, tx), admitted, request);
    });
  }

  private Response write(Route route, Route.Writing handler, Request request) {
    return changing(route, required(Credentials.of(request)), tx -> {
      Admitted admitted = admit(route, request, tx.caller());
      Idempotency.Key key = Idempotency.of(request, route, tx.caller());
      Response stored = key == null ? null : idempotency.replay(tx, key);
      if (stored != null) {
        return finish(stored, admitted, request);
      }
      refuseReadOnly(route, tx.caller());
      Response response = finish(handler.handle(request, tx), admitted, request);
      if (key != null) {
        idempotency.store(tx, key, response);
      }
      return response;
    });
  }

  /** A write waits for changes of access and they for it; a change of access waits for all writes (K8). */
  private Response changing(Route route, Credential credential, Database.Work<Response> work) {
    return route.changesAccess() ? database.changeAccess(credential, work) : database.write(credential, work);
  }

  private Response slow(Route route, Route.Slow handler, Request request) throws SQLException {
    Credential credential = required(Credentials.of(request));
    Admitted admitted = database.read(credential, tx -> admit(route, request, tx.caller()));
    refuseReadOnly(route, admitted.caller());
    return finish(handler.handle(request, admitted.caller(), lasting(route, request, credential)), admitted, request);
  }

  /** For a request of several transactions: rights and addresses are asked for in each, as they are then (K8). */
  private static Credential lasting(Route route, Request request, Credential credential) {
    return credential.under(caller -> {
      refuseOtherAddress(request, caller);
      requireRight(route.right(), caller);
    });
  }

  /** The same for a form that is answered outside a transaction of the gate's. */
  public static Credential lasting(Right right, PersonCaller person) {
    return person.credential().under(caller -> requireRight(right, caller));
  }

  private static Response open(Route route, Route.Open handler, Request request) throws SQLException {
    if (route.api()) {
      Credentials.refuseInUrl(request);
    }
    return handler.handle(request);
  }

  private Response personalWrite(Route route, Route.PersonalWriting handler, Request request) {
    PersonCaller caller = person(request);
    Idempotency.Key key = Idempotency.of(request, route, caller);
    return database.asPerson(caller, tx -> {
      Response stored = key == null ? null : idempotency.replayToPerson(tx, key);
      if (stored != null) {
        return stored;
      }
      Response response = warned(handler.handle(request, tx, caller), request);
      if (key != null) {
        idempotency.storeForPerson(tx, key, response);
      }
      return response;
    });
  }

  /** The signed-in person; a key is refused with 403, whatever stands for nobody with 401. */
  private PersonCaller person(Request request) {
    Credential credential = required(Credentials.of(request));
    PersonCaller caller = database.person(credential).orElse(null);
    if (caller != null) {
      return caller;
    }
    if (credential.session()) {
      throw Problem.unauthorized(true);
    }
    // A key that is worth nothing gets the uniform 401 here as everywhere (A1).
    throw database.read(credential, tx -> Problem.forbidden(
        "This is for a signed-in person; an API key belongs to a workspace.").code("person_required"));
  }

  private Response page(Route route, Route.Page handler, Request request) {
    Credential credential = Cookies.credential(request);
    if (credential == null) {
      return Cookies.toSignIn(request);
    }
    try {
      return database.read(credential, tx -> {
        request.identify(tx.caller());
        requireRight(route.right(), tx.caller());
        return handler.handle(request, tx);
      });
    } catch (AccessRefused refused) {
      return Cookies.refused(refused.why(), request);
    }
  }

  private Response form(Route route, Route.PageWriting handler, Request request) {
    Credential credential = Cookies.credential(request);
    if (credential == null) {
      return Cookies.toSignIn(request);
    }
    Cookies.requireCsrf(request);
    try {
      return changing(route, credential, tx -> {
        request.identify(tx.caller());
        requireRight(route.right(), tx.caller());
        refuseReadOnly(route, tx.caller());
        return handler.handle(request, tx);
      });
    } catch (AccessRefused refused) {
      return Cookies.refused(refused.why(), request);
    }
  }

  private Response personPage(Route route, Route.PersonPage handler, Request request) throws SQLException {
    Credential credential = Cookies.credential(request);
    PersonCaller caller = credential == null ? null : database.person(credential).orElse(null);
    if (caller == null) {
      return Cookies.toSignIn(request);
    }
    if (route.writes()) {
      Cookies.requireCsrf(request);
    }
    return handler.handle(request, caller);
  }

  private Response staffPage(Route route, Route.StaffPage handler, Request request) throws SQLException {
    String token = Cookies.staffToken(request);
    StaffCaller caller = token == null ? null : database.staff().session(Token.hash(token)).orElse(null);
    if (caller == null) {
      return Response.seeOther("/staff/sign-in");
    }
    if (route.writes()) {
      Cookies.requireStaffCsrf(request);
    }
    try {
      return handler.handle(request, caller);
    } catch (AccessRefused ended) {
      return Response.seeOther("/staff/sign-in");
    }
  }

  /** Who was let in, and the state of their rate. */
  public record Admitted(Caller caller, Rates.@Nullable Standing standing) {}

  /**
   * Address rule, rate, right: the checks between knowing the caller and looking at what they want.
   *
   * @throws Problem 403 or 429
   */
  public Admitted admit(Route route, Request request, Caller caller) {
    request.identify(caller);
    refuseOtherAddress(request, caller);
    refuseOtherWorkspace(request, caller);
    Rates.Standing standing = rates.take(caller, route.rate());
    request.standsAt(standing);
    requireRight(route.right(), caller);
    observer.used(caller, request);
    return new Admitted(caller, standing);
  }

  private static void refuseOtherAddress(Request request, Caller caller) {
    if (!Cidr.anyContains(caller.allowedAddresses(), request.address())) {
      throw Problem.forbidden("This key may not be used from this address.").code("address_not_allowed");
    }
  }

  /** A key acts in its own workspace only; one that is told to act in another is not to act in its own instead (A3). */
  private static void refuseOtherWorkspace(Request request, Caller caller) {
    String chosen = request.header("x-workspace-id");
    if (caller.keyId() != null && chosen != null && !chosen.isBlank()
        && !chosen.strip().equals(Ids.text(Kind.WORKSPACE, caller.workspaceId()))) {
      throw Problem.wrongWorkspace();
    }
  }

  /** 402 for a write in read-only mode, except for security actions (B1, B4). */
  public static void refuseReadOnly(Route route, Caller caller) {
    if (caller.readOnlyReason() != null && route.writes() && !route.openWhenReadOnly()) {
      throw Problem.readOnly(caller.readOnlyReason());
    }
  }

  /** 403 that names the missing right. */
  public static void requireRight(@Nullable Right right, Caller caller) {
    if (right != null && !caller.may(right)) {
      throw Problem.forbidden("This needs the right " + right.wire() + ".")
          .code("insufficient_scope")
          .member("missingRight", right.wire())
          .header("WWW-Authenticate",
              "Bearer realm=\"tuco\", error=\"insufficient_scope\", scope=\"" + right.wire() + "\"");
    }
  }

  private static Credential required(@Nullable Credential credential) {
    if (credential == null) {
      throw Problem.unauthorized(false);
    }
    return credential;
  }

  /** Adds what every admitted answer carries: the rate's standing, warnings about ignored fields. */
  public Response finish(Response response, Admitted admitted, Request request) {
    if (admitted.standing() != null) {
      admitted.standing().headers().forEach(response::adding);
    }
    return warned(response, request);
  }

  private static Response warned(Response response, Request request) {
    if (response.tree() instanceof ObjectNode tree && !request.warnings().isEmpty()) {
      tree.set("warnings", Json.tree(request.warnings()));
      return response.withTree(tree);
    }
    return response;
  }

  /** Turns whatever went wrong into an answer that tells the outside only what it may know (P4). */
  public Response failure(Throwable e, Request request) {
    Problem problem = Failures.problem(e, request);
    if (problem.status() == 401 && Credentials.sent(request)) {
      try {
        observer.refused(request);
      } catch (Problem tooMany) {
        problem = tooMany;
      }
    }
    return answer(problem, request);
  }

  /** A refusal as whoever asks can read it: a page for a browser that wants one, the problem itself for all others. */
  Response answer(Problem problem, Request request) {
    String accept = request.headers().getOrDefault("accept", "");
    boolean page = !request.path().startsWith("/api/") && accept.contains("text/html") && !accept.contains("json");
    Response response = page ? errorPage.of(problem, request) : problem.toResponse(request.requestId(), request.path());
    Rates.Standing standing = request.standing();
    if (standing != null) {
      standing.headers().forEach(response::adding);
    }
    return response;
  }
}
