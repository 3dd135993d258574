package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.UUID;
import tuco.access.Invitations;
import tuco.access.Members;
import tuco.access.MembersApi;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Settings > Members: who is in the workspace, and what they may do. */
public final class MembersPage {
  private static final String HERE = "/settings/members";

  private final Pages pages;
  private final Members members;
  private final Invitations invitations;
  private final MembersApi api;

  public MembersPage(Pages pages, Members members, Invitations invitations, MembersApi api) {
    this.pages = pages;
    this.members = members;
    this.invitations = invitations;
    this.api = api;
  }

  /** A member as the page shows them. */
  public record Row(Members.Member member, boolean you) {
    public String id() {
      return Ids.text(Kind.PERSON, member.personId());
    }

    /** The name, or the address of somebody who gave none. */
    public String called() {
      return member.name().isBlank() ? member.email() : member.name();
    }
  }

  /** An invitation that waits. */
  public record Invited(String id, Invitations.Invitation invitation) {}

  /** What the list shows. */
  public record ListView(List<Row> rows, List<Invited> invited, boolean manages) {}

  /** What the forms show. */
  public record RoleView(Row row, boolean ownerAsks) {}

  /** A link that invites, this once. */
  public record LinkView(String email, String role, String link, boolean mailed) {}

  /** {@code GET /settings/members}. */
  public Response list(Request request, Tx tx) {
    boolean manages = tx.caller().may(Right.MEMBERS_MANAGE);
    List<Row> rows = members.list(tx).stream().map(member -> row(member, tx)).toList();
    List<Invited> invited = manages ? invitations.list(tx).stream()
        .map(one -> new Invited(Ids.text(Kind.INVITATION, one.invitationId()), one)).toList() : List.of();
    return pages.show(request, tx, "members/list.jte", "members", "Members", new ListView(rows, invited, manages));
  }

  private static Row row(Members.Member member, Tx tx) {
    return new Row(member, member.personId().equals(tx.caller().personId()));
  }

  private Row wanted(Request request, Tx tx) {
    UUID person = request.pathId("id", Kind.PERSON, tx.caller());
    return row(members.require(tx, person), tx);
  }

  /** {@code GET /settings/members/invite}. */
  public Response inviting(Request request, Tx tx) {
    return pages.show(request, tx, "members/invite.jte", "members", "Invite somebody", tx.caller().role() == Role.OWNER);
  }

  /** {@code POST /settings/members/invite}. */
  public Response invite(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.invite(request.withJson(Answers.texts(request.form(), "email", "role")), tx));
    return pages.show(request, tx, "members/link.jte", "members", "Invitation", new LinkView(
        answer.at("/invitation/email").asText(), answer.at("/invitation/role").asText(), answer.path("link").asText(),
        answer.path("mailed").asBoolean()));
  }

  /** {@code POST /settings/members/invitations/{id}/withdraw}. */
  public Response withdraw(Request request, Tx tx) {
    api.withdraw(request, tx);
    return pages.done(request, HERE, "The invitation is withdrawn. Its link does not work any more.");
  }

  /** {@code GET /settings/members/{id}/role}. */
  public Response role(Request request, Tx tx) {
    return pages.show(request, tx, "members/role.jte", "members", "Change role",
        new RoleView(wanted(request, tx), tx.caller().role() == Role.OWNER));
  }

  /** {@code POST /settings/members/{id}/role}. */
  public Response changeRole(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.changeRole(request.withJson(Answers.texts(request.form(), "role")), tx));
    return pages.done(request, HERE,
        answer.at("/member/email").asText() + " is " + article(answer.at("/member/role").asText()) + " now.");
  }

  private static String article(String role) {
    return (role.startsWith("a") || role.startsWith("o") ? "an " : "a ") + role;
  }

  /** {@code POST /settings/members/{id}/transfer}. */
  public Response transfer(Request request, Tx tx) {
    Row row = wanted(request, tx);
    api.transferOwnership(request.withJson(Json.object()), tx);
    return pages.done(request, HERE, row.called() + " owns the workspace now. You are an admin.");
  }

  /** {@code GET /settings/members/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    Row row = wanted(request, tx);
    return pages.show(request, tx, "confirm.jte", "members", "Remove member", new ConfirmView(
        row.you() ? "Leave this workspace?" : "Remove " + row.called() + "?",
        row.you() ? "You lose access at once. Somebody has to invite you to come back."
            : "They lose access at once. What they made stays: messages, campaigns, keys. " + keysOf(tx, row.member().personId()),
        HERE + "/" + row.id() + "/remove", row.you() ? "Leave" : "Remove", HERE));
  }

  /** Whoever made a key has seen its value, and may still have it. */
  private static String keysOf(Tx tx, UUID person) {
    List<String> labels = tx.ownQuery("""
            select label from api_keys
             where workspace_id = :workspace and created_by = :person and removed_at is null
             order by key_id desc
             limit 11""")
        .bind("person", person).mapTo(String.class).list();
    String named = String.join(", ", labels.stream().limit(10).map(label -> "“" + label + "”").toList());
    return labels.isEmpty() ? "" : "They have seen the value of " + named + (labels.size() > 10 ? " and more" : "")
        + ": rotate what they must not use any more.";
  }

  /** {@code POST /settings/members/{id}/remove}. */
  public Response remove(Request request, Tx tx) {
    Row row = wanted(request, tx);
    api.remove(request, tx);
    return row.you()
        ? pages.done(request, "/workspaces", "You have left the workspace.")
        : pages.done(request, HERE, row.called() + " is removed and has no access any more.");
  }
}
