package tuco.access;

import java.time.Clock;
import java.util.Set;
import java.util.UUID;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.db.Tx;
import tuco.ids.Ids;

/** The life of API keys (decisions 2.2). */
public final class Keys {
  private final Ids ids;
  private final Clock clock;
  private final Token tokens = new Token();

  public Keys(Ids ids, Clock clock) {
    this.ids = ids;
    this.clock = clock;
  }

  /** A key and its secret, shown this once. */
  public record Created(UUID keyId, String secret) {
    @Override
    public String toString() {
      return "Created[" + keyId + "]";
    }
  }

  /** Creates a key with one secret in this workspace. */
  public Created create(Tx tx, UUID workspace, String label, String environment, Set<Right> rights) {
    UUID key = ids.next(Ids.tag(workspace));
    tx.update("""
            insert into api_keys (workspace_id, key_id, label, environment, rights, created_at)
            values (:workspace, :key, :label, :environment, :rights, :now)""")
        .bind("workspace", workspace).bind("key", key).bind("label", label).bind("environment", environment)
        .bind("rights", Right.wires(rights).toArray(String[]::new)).bind("now", clock.instant())
        .execute();
    return new Created(key, addSecret(tx, workspace, key));
  }

  private String addSecret(Tx tx, UUID workspace, UUID key) {
    String secret = tokens.mint(Token.KEY);
    tx.update("""
            insert into key_secrets (workspace_id, key_id, secret_id, hash, prefix, last_four, created_at)
            values (:workspace, :key, :secret, :hash, :prefix, :lastFour, :now)""")
        .bind("workspace", workspace).bind("key", key).bind("secret", ids.next(Ids.tag(workspace)))
        .bind("hash", Token.hash(secret)).bind("prefix", Token.KEY)
        .bind("lastFour", secret.substring(secret.length() - 4)).bind("now", clock.instant())
        .execute();
    return secret;
  }
}
