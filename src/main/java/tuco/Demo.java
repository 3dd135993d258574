package tuco;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.access.Keys;
import tuco.access.People;
import tuco.audit.Action;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.ids.Kind;
import tuco.lines.LineKind;
import tuco.lines.LineLimits;
import tuco.lines.Lines;

/** The workspace of a first start: with an owner, a key and a simulated line, so that a message can be sent at once (decisions 10.1). */
public final class Demo {
  private static final String OWNER_EMAIL = "owner@example.com";
  private static final String LINE_ADDRESS = "+12025550100";
  private static final Duration LINK_LIFETIME = Duration.ofDays(1);

  private final Node node;

  public Demo(Node node) {
    this.node = node;
  }

  /**
   * What there is to tell about the demo.
   *
   * @param ownerPassword only when it was made now and a password was asked for
   * @param linkToken where the owner chooses a password; only while there is none
   * @param apiKey only when it was made now
   */
  public record Facts(
      UUID workspaceId, String ownerEmail, @Nullable String ownerPassword, @Nullable String linkToken,
      @Nullable String apiKey, UUID lineId) {
    @Override
    public String toString() {
      return "Facts[" + workspaceId + "]";
    }
  }

  private record Made(UUID workspaceId, UUID ownerId, UUID lineId) {}

  /**
   * Makes the demo where there is no workspace at all, else finds the one made before.
   *
   * @param withPassword whether a new owner gets a password at once, instead of a link to choose one
   * @return empty when the installation has workspaces of its own and never had a demo
   */
  public Optional<Facts> makeOrFind(boolean withPassword) {
    boolean empty = node.database.crossing(tx ->
        tx.query("select not exists (select from workspaces)").mapTo(Boolean.class).one());
    String password = withPassword && empty ? newPassword() : null;
    String hash = password == null ? null : People.hash(password);
    UUID workspace = node.access.workspaces.newId();
    Optional<Facts> made = empty ? node.database.asWorkspace(workspace, tx -> make(tx, workspace, password, hash)) : Optional.empty();
    return made.or(this::find);
  }

  /** Several nodes at once wait here for each other, and all but the first find that it is done. All or nothing. */
  private Optional<Facts> make(Tx tx, UUID workspace, @Nullable String password, @Nullable String hash) {
    if (made(tx, true).isPresent()) {
      return Optional.empty();
    }
    UUID owner = node.access.people.create(tx, OWNER_EMAIL, "Demo owner", hash);
    node.access.workspaces.create(tx, workspace, "Demo", "development", owner);
    Keys.Created key = node.access.keys.create(tx, workspace, "Demo key", "development", Right.FULL);
    node.audit.record(tx, Action.KEY_CREATE, Kind.KEY, key.keyId());
    UUID line = node.lines.create(tx, workspace, new Lines.NewLine(
        LineKind.SIMULATOR, LINE_ADDRESS, "Demo", "Line", Map.of(), Map.of(), LineLimits.defaults(LineKind.SIMULATOR, false)));
    node.audit.record(tx, Action.LINE_CREATE, Kind.LINE, line);
    tx.update("update installation set demo_workspace = :workspace, demo_owner = :owner, demo_line = :line")
        .bind("workspace", workspace).bind("owner", owner).bind("line", line)
        .execute();
    String link = hash == null ? node.access.oneTimeLinks.create(tx, owner, LINK_LIFETIME) : null;
    return Optional.of(new Facts(workspace, OWNER_EMAIL, password, link, key.secret(), line));
  }

  private Optional<Facts> find() {
    return node.database.withoutTenant(tx -> made(tx, false).map(made -> facts(tx, made)));
  }

  /** An owner who has not chosen a password yet gets a new link: the first one may have been lost. */
  private Facts facts(Tx tx, Made made) {
    boolean needsLink = tx.query("select password_hash is null from people where person_id = :owner")
        .bind("owner", made.ownerId()).mapTo(Boolean.class).one();
    String email = tx.query("select email from people where person_id = :owner")
        .bind("owner", made.ownerId()).mapTo(String.class).one();
    String link = needsLink ? node.access.oneTimeLinks.create(tx, made.ownerId(), LINK_LIFETIME) : null;
    return new Facts(made.workspaceId(), email, null, link, null, made.lineId());
  }

  private static Optional<Made> made(Tx tx, boolean alone) {
    return tx.query("select demo_workspace, demo_owner, demo_line from installation" + (alone ? " for update" : ""))
        .map((row, context) -> Optional.ofNullable(row.getObject("demo_workspace", UUID.class)).isEmpty()
            ? Optional.<Made>empty()
            : Optional.of(new Made(
                row.getObject("demo_workspace", UUID.class), row.getObject("demo_owner", UUID.class), row.getObject("demo_line", UUID.class))))
        .one();
  }

  private static String newPassword() {
    byte[] random = new byte[18];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
