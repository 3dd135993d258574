package tuco.access;

import com.fasterxml.jackson.databind.node.ObjectNode;
import tuco.caller.PersonCaller;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;

/** {@code /api/me}: the signed-in person, in no workspace. */
public final class MeApi {
  private final Account account;
  private final EmailChange emailChange;
  private final Workspaces workspaces;

  public MeApi(Account account, EmailChange emailChange, Workspaces workspaces) {
    this.account = account;
    this.emailChange = emailChange;
    this.workspaces = workspaces;
  }

  /** {@code GET /api/me}. */
  public Response show(Request request, PersonCaller caller) {
    return Response.ok(me(caller, caller.name()));
  }

  /** {@code PATCH /api/me}: the name. */
  public Response rename(Request request, PersonCaller caller) {
    Body body = request.json();
    String name = body.required("name", 200, "name is required");
    body.check();
    account.rename(caller, name);
    return Response.ok(me(caller, name));
  }

  /** {@code PUT /api/me/password}: also ends all other sessions. */
  public Response changePassword(Request request, PersonCaller caller) {
    Body body = request.json();
    String password = SessionsApi.password(body, "password");
    String newPassword = SessionsApi.password(body, "newPassword");
    body.check();
    account.changePassword(caller, password, newPassword);
    return success();
  }

  /** {@code POST /api/me/email}: where there is a mail server it changes once the link that is sent there was opened. */
  public Response changeEmail(Request request, PersonCaller caller) {
    Body body = request.json();
    String email = body.required("email", 320, "email is required");
    String password = SessionsApi.password(body, "password");
    body.check();
    boolean waits = emailChange.ask(caller, password, email);
    return Response.json(waits ? 202 : 200, Json.object().put("success", true).put("mailed", waits));
  }

  /** {@code POST /api/me/totp}: the secret of a new authenticator app, shown this once. */
  public Response beginTotp(Request request, PersonCaller caller) {
    Totp.Enrolment enrolment = account.beginTotp(caller);
    return Response.created(Json.object().put("secret", enrolment.secret()).put("uri", enrolment.uri()));
  }

  /** {@code POST /api/me/totp/confirm}. */
  public Response confirmTotp(Request request, PersonCaller caller) {
    Body body = request.json();
    String code = body.required("code", 20, "code is required");
    body.check();
    account.confirmTotp(caller, code);
    return success();
  }

  /** {@code DELETE /api/me/totp}: takes password and code once more. */
  public Response removeTotp(Request request, PersonCaller caller) {
    Body body = request.json();
    String password = SessionsApi.password(body, "password");
    String code = body.required("code", 20, "code is required");
    body.check();
    account.removeTotp(caller, password, code);
    return success();
  }

  private ObjectNode me(PersonCaller caller, String name) {
    ObjectNode answer = Json.object();
    ObjectNode person = SessionsApi.person(caller.personId(), caller.email(), name);
    person.put("totp", account.hasTotp(caller));
    answer.set("person", person);
    answer.set("workspaces", workspaces.listOf(caller.personId()));
    return answer;
  }

  private static Response success() {
    return Response.ok(Json.object().put("success", true));
  }
}
