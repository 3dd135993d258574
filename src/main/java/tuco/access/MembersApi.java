package tuco.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Gate;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code /api/members} and {@code /api/invitations} (decisions 2.7). */
public final class MembersApi {
  private static final List<String> ROLES = Arrays.stream(Role.values()).map(Role::wire).toList();

  private final Members members;
  private final Invitations invitations;
  private final SessionsApi sessions;
  private final Letters letters;
  private final Clock clock;
  private final Supplier<String> url;

  /**
   * @param url how people reach this node; known only once it listens
   */
  public MembersApi(
      Members members, Invitations invitations, SessionsApi sessions, Letters letters, Clock clock,
      Supplier<String> url) {
    this.members = members;
    this.invitations = invitations;
    this.sessions = sessions;
    this.letters = letters;
    this.clock = clock;
    this.url = url;
  }

  /** {@code GET /api/members}: everybody sees who is there, and so whom to ask (K5). */
  public Response list(Request request, Tx tx) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("members");
    members.list(tx).forEach(member -> list.add(node(member, tx)));
    return Response.ok(answer);
  }

  /** {@code PATCH /api/members/{id}}: the role. */
  public Response changeRole(Request request, Tx tx) {
    UUID person = request.pathId("id", Kind.PERSON, tx.caller());
    Body body = request.json();
    Role role = role(body);
    body.check(tx.caller());
    ObjectNode answer = effective();
    answer.set("member", node(members.changeRole(tx, person, role), tx));
    return Response.ok(answer);
  }

  /** {@code DELETE /api/members/{id}}: others with the right, oneself always. */
  public Response remove(Request request, Tx tx) {
    UUID person = request.pathId("id", Kind.PERSON, tx.caller());
    if (!person.equals(tx.caller().personId())) {
      Gate.requireRight(Right.MEMBERS_MANAGE, tx.caller());
    }
    members.remove(tx, person);
    return Response.ok(effective());
  }

  /** {@code POST /api/members/{id}/transfer-ownership}. */
  public Response transferOwnership(Request request, Tx tx) {
    members.transferOwnership(tx, request.pathId("id", Kind.PERSON, tx.caller()));
    return Response.ok(effective());
  }

  /** {@code POST /api/members/invitations}: the answer shows the link, this once; it is mailed where that is possible. */
  public Response invite(Request request, Tx tx) {
    Body body = request.json();
    String email = body.required("email", 320, "email is required");
    if (!email.isEmpty() && !People.EMAIL.matcher(email).matches()) {
      body.fault("email", "email must be an e-mail address");
    }
    Role role = role(body);
    body.check(tx.caller());
    Invitations.Created created = invitations.create(tx, email, role);
    ObjectNode shown = Json.object();
    shown.set("invitation", node(created.invitation()));
    shown.put("mailed", letters.areSent());
    ObjectNode replayed = shown.deepCopy();
    String link = url.get() + "/join/" + created.token();
    shown.put("link", link);
    String workspace = tx.caller().workspaceName();
    String inviter = tx.caller().actorName();
    tx.afterCommit(() -> letters.invitation(created.invitation(), workspace, inviter, link));
    return Response.created(shown).replayedAs(replayed);
  }

  /** {@code GET /api/members/invitations}. */
  public Response listInvitations(Request request, Tx tx) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("invitations");
    invitations.list(tx).forEach(invitation -> list.add(node(invitation)));
    return Response.ok(answer);
  }

  /** {@code DELETE /api/members/invitations/{id}}. */
  public Response withdraw(Request request, Tx tx) {
    if (!invitations.withdraw(tx, request.pathId("id", Kind.INVITATION, tx.caller()))) {
      throw Problem.notFound("Invitation not found");
    }
    return Response.ok(effective());
  }

  /** {@code POST /api/invitations/accept}: joins with a password and signs in. */
  public Response accept(Request request) {
    Body body = request.json();
    String token = body.required("token", 200, "token is required");
    String name = body.text("name", 200);
    String password = SessionsApi.password(body, "password");
    String code = body.text("totp", 20);
    body.check();
    return sessions.signedIn(invitations.accept(
        token, name == null ? "" : name.strip(), password, code, request.origin()));
  }

  /** {@code POST /api/me/invitations/accept}: joins as who is signed in. */
  public Response acceptSignedIn(Request request, PersonCaller caller) {
    Body body = request.json();
    String token = body.required("token", 200, "token is required");
    body.check();
    Invitations.Offer offer = invitations.accept(token, caller);
    ObjectNode answer = Json.object();
    answer.putObject("workspace")
        .put("_id", Ids.text(Kind.WORKSPACE, offer.workspaceId()))
        .put("name", offer.workspaceName())
        .put("role", offer.role().wire());
    return Response.created(answer);
  }

  private static Role role(Body body) {
    String role = body.required("role", 20, "role is required");
    if (ROLES.contains(role)) {
      return Role.of(role);
    }
    if (!role.isEmpty()) {
      body.fault("role", "role must be one of " + String.join(", ", ROLES));
    }
    return Role.VIEWER;
  }

  private ObjectNode effective() {
    return Json.object().put("success", true).put("effectiveAt", Json.timestamp(clock.instant()));
  }

  private static ObjectNode node(Members.Member member, Tx tx) {
    return SessionsApi.person(member.personId(), member.email(), member.name())
        .put("role", member.role().wire())
        .put("joinedAt", Json.timestamp(member.joinedAt()))
        .put("you", member.personId().equals(tx.caller().personId()));
  }

  private static ObjectNode node(Invitations.Invitation invitation) {
    return Json.object()
        .put("_id", Ids.text(Kind.INVITATION, invitation.invitationId()))
        .put("email", invitation.email())
        .put("role", invitation.role().wire())
        .put("createdAt", Json.timestamp(invitation.createdAt()))
        .put("expiresAt", Json.timestamp(invitation.expiresAt()));
  }
}
