package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.UUID;
import tuco.caller.PersonCaller;
import tuco.db.Database;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code /api/sessions}: sign in, see one's sessions, end them (decisions 2.7). */
public final class SessionsApi {
  private final Sessions sessions;
  private final Workspaces workspaces;
  private final Database database;
  private final Clock clock;

  public SessionsApi(Sessions sessions, Workspaces workspaces, Database database, Clock clock) {
    this.sessions = sessions;
    this.workspaces = workspaces;
    this.database = database;
    this.clock = clock;
  }

  /** {@code POST /api/sessions}: a token for scripts, accepted as Bearer on the same endpoints. */
  public Response signIn(Request request) {
    Body body = request.json();
    String email = body.required("email", 320, "email is required");
    String password = password(body, "password");
    String code = body.text("totp", 20);
    body.check();
    return signedIn(sessions.signIn(email, password, code, request.origin()));
  }

  /** The answer that shows a session's token, this once. */
  Response signedIn(Sessions.SignedIn session) {
    ObjectNode answer = Json.object();
    answer.put("token", session.token());
    answer.put("expiresAt", Json.timestamp(session.expiresAt()));
    answer.set("person", person(session.personId(), session.email(), session.name()));
    answer.set("workspaces", workspaces.listOf(session.personId()));
    return Response.created(answer);
  }

  /** {@code GET /api/sessions}: those that can still be used. */
  public Response list(Request request, PersonCaller caller) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("sessions");
    for (Sessions.Session session : database.withoutTenant(tx -> sessions.list(tx, caller.personId()))) {
      ObjectNode node = list.addObject();
      node.put("_id", Ids.text(Kind.SESSION, session.sessionId()));
      node.put("createdAt", Json.timestamp(session.createdAt()));
      node.put("expiresAt", Json.timestamp(session.expiresAt()));
      node.put("address", session.address());
      node.put("client", session.client());
      node.put("current", session.sessionId().equals(caller.sessionId()));
    }
    return Response.ok(answer);
  }

  /** {@code DELETE /api/sessions/current}: sign out. */
  public Response endCurrent(Request request, PersonCaller caller) {
    return end(caller, caller.sessionId());
  }

  /** {@code DELETE /api/sessions/{id}}: end another of one's own sessions. */
  public Response end(Request request, PersonCaller caller) {
    UUID session = Ids.parse(Kind.SESSION, request.param("id"));
    if (session == null) {
      throw Problem.badField("id", "Invalid session id").code("invalid_id");
    }
    return end(caller, session);
  }

  private Response end(PersonCaller caller, UUID session) {
    if (!sessions.end(caller, session)) {
      throw Problem.notFound("Session not found");
    }
    ObjectNode answer = Json.object();
    answer.put("success", true);
    answer.put("effectiveAt", Json.timestamp(clock.instant()));
    return Response.ok(answer);
  }

  /** A password is taken as it is, spaces at its ends included. */
  static String password(Body body, String name) {
    boolean sent = body.has(name);
    String password = body.text(name, 1000);
    if (password == null && (!sent || body.tree().get(name).isTextual() && body.tree().get(name).textValue().isBlank())) {
      body.fault(name, name + " is required");
    }
    return password == null ? "" : password;
  }

  /** A person as every answer shows them. */
  static ObjectNode person(UUID person, String email, String name) {
    ObjectNode node = Json.object();
    node.put("_id", Ids.text(Kind.PERSON, person));
    node.put("email", email);
    node.put("name", name);
    return node;
  }
}
