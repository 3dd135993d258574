package tuco;

import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/** The operator's way to a workspace for somebody who cannot sign in yet: the first one of an installation without a demo. */
public final class Founding {
  private static final Duration LINK_LIFETIME = Duration.ofDays(7);

  private final Node node;

  public Founding(Node node) {
    this.node = node;
  }

  /**
   * A workspace and how its owner comes in.
   *
   * @param linkToken where the owner chooses a password; null for somebody who has an account with one, and enters with it
   */
  public record Founded(UUID workspaceId, String ownerEmail, @Nullable String linkToken) {
    @Override
    public String toString() {
      return "Founded[" + workspaceId + "]";
    }
  }

  /** Makes the workspace, and its owner where nobody has this address. All or nothing. */
  public Founded found(String name, String environment, String ownerEmail) {
    String email = ownerEmail.strip().toLowerCase(Locale.ROOT);
    UUID workspace = node.access.workspaces.newId();
    return node.database.asWorkspace(workspace, tx -> {
      UUID owner = person(tx, email);
      node.access.workspaces.create(tx, workspace, name, environment, owner);
      boolean needsLink = tx.query("select password_hash is null from people where person_id = :owner")
          .bind("owner", owner).mapTo(Boolean.class).one();
      return new Founded(workspace, email, needsLink ? node.access.oneTimeLinks.create(tx, owner, LINK_LIFETIME) : null);
    });
  }

  private UUID person(Tx tx, String email) {
    return tx.query("select person_id from people where email = :email").bind("email", email).mapTo(UUID.class).findOne()
        .orElseGet(() -> node.access.people.create(tx, email, "", null));
  }
}
