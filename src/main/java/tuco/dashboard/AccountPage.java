package tuco.dashboard;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.access.Account;
import tuco.access.EmailChange;
import tuco.access.Sessions;
import tuco.access.Totp;
import tuco.caller.PersonCaller;
import tuco.db.Database;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A person's own: name, password, authenticator app, and where they are signed in (decisions 2.7). */
public final class AccountPage {
  private static final String HERE = "/account";
  private static final int LONGEST_NAME = 200;

  private final Pages pages;
  private final Database database;
  private final Account account;
  private final EmailChange emailChange;
  private final Sessions sessions;

  public AccountPage(Pages pages, Database database, Account account, EmailChange emailChange, Sessions sessions) {
    this.pages = pages;
    this.database = database;
    this.account = account;
    this.emailChange = emailChange;
    this.sessions = sessions;
  }

  /** One place the person is signed in. */
  public record Row(String id, Sessions.Session session, boolean current) {}

  /** What the page shows. */
  public record View(String email, String name, boolean totp, List<Row> sessions) {}

  /** The secret of an authenticator app, this once. */
  public record TotpView(String secret, String uri) {}

  /** {@code GET /account}. */
  public Response show(Request request, PersonCaller caller) {
    List<Row> rows = database.withoutTenant(tx -> sessions.list(tx, caller.personId())).stream()
        .map(one -> new Row(Ids.text(Kind.SESSION, one.sessionId()), one, one.sessionId().equals(caller.sessionId()))).toList();
    return pages.open(request, "access/account.jte", "Your account",
        new View(caller.email(), caller.name(), account.hasTotp(caller), rows));
  }

  /** {@code POST /account/name}. */
  public Response rename(Request request, PersonCaller caller) {
    String name = request.form().getOrDefault("name", "").strip();
    if (name.isEmpty() || name.length() > LONGEST_NAME) {
      throw Problem.badField("name", "Give a name of at most " + LONGEST_NAME + " characters.");
    }
    account.rename(caller, name);
    return pages.done(request, HERE, "Your name is saved.");
  }

  /** {@code POST /account/email}: at once, or once the link that is sent there was opened. */
  public Response email(Request request, PersonCaller caller) {
    String email = request.form().getOrDefault("email", "").strip();
    boolean waits = emailChange.ask(caller, request.form().getOrDefault("password", ""), email);
    return pages.done(request, HERE, waits ? "Open the link that was sent to " + email + "; until then nothing changes." : "Your address is changed.");
  }

  /** {@code POST /account/password}: all other sessions end. */
  public Response password(Request request, PersonCaller caller) {
    Map<String, String> form = request.form();
    account.changePassword(caller, form.getOrDefault("password", ""), form.getOrDefault("newPassword", ""));
    return pages.done(request, HERE, "Your password is changed. You are signed out everywhere else.");
  }

  /** {@code POST /account/totp}: the first half of enrolling an authenticator app. */
  public Response beginTotp(Request request, PersonCaller caller) {
    Totp.Enrolment enrolment = account.beginTotp(caller);
    return pages.open(request, "access/totp.jte", "Authenticator app", new TotpView(enrolment.secret(), enrolment.uri()));
  }

  /** {@code POST /account/totp/confirm}. */
  public Response confirmTotp(Request request, PersonCaller caller) {
    account.confirmTotp(caller, request.form().getOrDefault("code", "").strip());
    return pages.done(request, HERE, "From now on signing in takes a code from your app.");
  }

  /** {@code POST /account/totp/remove}. */
  public Response removeTotp(Request request, PersonCaller caller) {
    account.removeTotp(caller, request.form().getOrDefault("password", ""), request.form().getOrDefault("code", "").strip());
    return pages.done(request, HERE, "Signing in no longer takes a code.");
  }

  /** {@code POST /account/sessions/{id}/end}. */
  public Response end(Request request, PersonCaller caller) {
    UUID session = Ids.parse(Kind.SESSION, request.param("id"));
    if (session == null || !sessions.end(caller, session)) {
      throw Problem.notFound("Session not found");
    }
    return pages.done(request, HERE, "That session is over. It stopped at once.");
  }
}
