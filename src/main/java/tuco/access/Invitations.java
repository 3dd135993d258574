package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.caller.Origin;
import tuco.caller.PersonCaller;
import tuco.caller.Role;
import tuco.caller.Token;
import tuco.db.CountLock;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Invitations into a workspace: a link that works once and not for ever (decisions 2.7). */
public final class Invitations {
  private static final Duration LIFETIME = Duration.ofDays(7);

  private final Database database;
  private final Ids ids;
  private final Clock clock;
  private final People people;
  private final Members members;
  private final Sessions sessions;
  private final Audit audit;
  private final Token tokens = new Token();

  public Invitations(Database database, Ids ids, Clock clock, People people, Members members, Sessions sessions, Audit audit) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.people = people;
    this.members = members;
    this.sessions = sessions;
    this.audit = audit;
  }

  /** An invitation that nobody has accepted yet. */
  public record Invitation(UUID invitationId, String email, Role role, Instant createdAt, Instant expiresAt) {}

  /** A new invitation and its token, shown this once. */
  public record Created(Invitation invitation, String token) {
    @Override
    public String toString() {
      return "Created[" + invitation.invitationId() + "]";
    }
  }

  /**
   * What a link is good for.
   *
   * @param known whether the invited already sign in here, and so show their password instead of choosing one
   */
  public record Offer(
      UUID workspaceId, String workspaceName, UUID invitationId, String email, Role role,
      @Nullable String readOnlyReason, boolean known) {}

  /**
   * Invites somebody; an earlier invitation of the same address stops to work.
   *
   * @throws Problem 403 when an admin invites an owner; 409 for a member, or when the plan has no room
   */
  public Created create(Tx tx, String email, Role role) {
    String address = email.strip().toLowerCase(Locale.ROOT);
    Members.requireOwnerFor(tx, role);
    if (members.list(tx).stream().anyMatch(member -> member.email().equals(address))) {
      throw Problem.conflict("This person is a member already.").code("already_member");
    }
    tx.ownUpdate("delete from invitations where workspace_id = :workspace and email = :email and accepted_at is null")
        .bind("email", address)
        .execute();
    CountLock.take(tx, Ids.tag(tx.workspace()));
    Members.requireRoom(tx, tx.workspace(), list(tx).size());
    String token = tokens.mint(Token.LINK);
    Instant now = clock.instant();
    Invitation invitation =
        new Invitation(ids.next(Ids.tag(tx.workspace())), address, role, now, now.plus(LIFETIME));
    tx.ownUpdate("""
            insert into invitations
                   (workspace_id, invitation_id, email, role, token_hash, invited_by, created_at, expires_at)
            values (:workspace, :invitation, :email, :role, :hash, :by, :now, :expires)""")
        .bind("invitation", invitation.invitationId()).bind("email", address).bind("role", role.wire())
        .bind("hash", Token.hash(token)).bind("by", tx.operator() ? null : tx.caller().actorId())
        .bind("now", now).bind("expires", invitation.expiresAt())
        .execute();
    audit.record(tx, Action.INVITATION_CREATE, Kind.INVITATION, invitation.invitationId(),
        Map.of("email", address, "role", role.wire()));
    return new Created(invitation, token);
  }

  /** Those that can still be accepted, the newest first; none of somebody who may not invite any more. */
  public List<Invitation> list(Tx tx) {
    return tx.ownQuery("""
            select invitation_id, email, role, created_at, expires_at
              from invitations
             where workspace_id = :workspace and accepted_at is null and expires_at > :now
               and inviter_may(workspace_id, invited_by, role)
             order by invitation_id desc""")
        .bind("now", clock.instant())
        .map((row, context) -> new Invitation(
            row.getObject("invitation_id", UUID.class), row.getString("email"), Role.of(row.getString("role")),
            row.getTimestamp("created_at").toInstant(), row.getTimestamp("expires_at").toInstant()))
        .list();
  }

  /** Takes an invitation back; whether there was one that nobody had accepted. */
  public boolean withdraw(Tx tx, UUID invitation) {
    boolean withdrawn = tx.ownUpdate("""
            delete from invitations
             where workspace_id = :workspace and invitation_id = :invitation and accepted_at is null""")
        .bind("invitation", invitation)
        .execute() == 1;
    if (withdrawn) {
      audit.record(tx, Action.INVITATION_WITHDRAW, Kind.INVITATION, invitation);
    }
    return withdrawn;
  }

  /** What the token of a link is good for, empty when for nothing any more. */
  public Optional<Offer> offer(String token) {
    if (!Token.wellFormed(Token.LINK, token)) {
      return Optional.empty();
    }
    return database.withoutTenant(tx -> tx.query("select * from invitation_of(:hash, :now)")
        .bind("hash", Token.hash(token)).bind("now", clock.instant())
        .map((row, context) -> new Offer(
            row.getObject("workspace_id", UUID.class), row.getString("workspace_name"),
            row.getObject("invitation_id", UUID.class), row.getString("email"), Role.of(row.getString("role")),
            row.getString("read_only_reason"), row.getBoolean("known")))
        .findOne());
  }

  /**
   * Joins with a password: a new one of somebody new, the present one (and code) of somebody known. Signs in.
   *
   * @throws Problem 400 for a spent link or a weak password, 401 for a wrong one, 402, 409, 429
   */
  public Sessions.SignedIn accept(
      String token, String name, String password, @Nullable String code, Origin origin) {
    Offer offer = usable(token);
    if (offer.known()) {
      Sessions.SignedIn session = sessions.signIn(offer.email(), password, code, origin);
      join(token, offer, origin, tx -> session.personId());
      return session;
    }
    People.requireGood("password", password, offer.email());
    String hash = People.hash(password);
    join(token, offer, origin, tx -> people.create(tx, offer.email(), name, hash));
    return sessions.signIn(offer.email(), password, null, origin);
  }

  /**
   * Joins as who is signed in.
   *
   * @throws Problem 403 when the invitation is for another address
   */
  public Offer accept(String token, PersonCaller caller) {
    Offer offer = usable(token);
    if (!offer.email().equals(caller.email())) {
      throw Problem.forbidden("This invitation is for another e-mail address.").code("wrong_person");
    }
    join(token, offer, caller.credential().origin(), tx -> caller.personId());
    return offer;
  }

  private Offer usable(String token) {
    Offer offer = offer(token).orElseThrow(Invitations::spent);
    if (offer.readOnlyReason() != null) {
      throw Problem.readOnly(offer.readOnlyReason());
    }
    return offer;
  }

  /** Under the exclusive access lock: of two who use one link only one gets in, and the plan's ceiling holds. */
  private void join(String token, Offer offer, Origin origin, Database.Work<UUID> person) {
    database.asWorkspace(offer.workspaceId(), tx -> {
      AccessLock.exclusive(tx, Ids.tag(offer.workspaceId()));
      int used = tx.update("""
              update invitations
                 set accepted_at = :now
               where workspace_id = :workspace and invitation_id = :invitation and token_hash = :hash
                 and accepted_at is null and expires_at > :now
                 and inviter_may(workspace_id, invited_by, role)""")
          .bind("workspace", offer.workspaceId()).bind("invitation", offer.invitationId())
          .bind("hash", Token.hash(token)).bind("now", clock.instant())
          .execute();
      if (used == 0) {
        throw spent();
      }
      UUID joined = person.run(tx);
      members.add(tx, offer.workspaceId(), joined, offer.role());
      audit.record(
          tx.comesFrom(origin), Actor.person(joined, offer.email()), offer.workspaceId(), Action.MEMBER_ADD, Kind.PERSON, joined,
          Map.of("role", offer.role().wire(), "invitation", Ids.text(Kind.INVITATION, offer.invitationId())));
      return joined;
    });
  }

  private static Problem spent() {
    return Problem.bad("This invitation was used, withdrawn or has expired. Ask for a new one.").code("link_spent");
  }
}
