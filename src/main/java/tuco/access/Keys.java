package tuco.access;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.caller.Token;
import tuco.db.Tx;
import tuco.ids.Ids;

/**
 * The life of API keys (decisions 2.2). All changes but the first happen under the exclusive access lock, which is why
 * reading a key and then writing it needs no further care.
 */
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

  /** A page of keys, the newest first, and how many there are in all. */
  public record Page(List<Key> keys, int total) {}

  /** Creates a key with one secret in this workspace. */
  public Created create(Tx tx, UUID workspace, String label, String environment, Set<Right> rights) {
    return create(tx, workspace, new KeySettings(label, environment, null, rights, null, List.of()), null);
  }

  /**
   * Creates a key with one secret in this workspace.
   *
   * @param createdBy the person or key who asked; null on the command line
   */
  public Created create(Tx tx, UUID workspace, KeySettings settings, @Nullable UUID createdBy) {
    UUID key = ids.next(Ids.tag(workspace));
    tx.update("""
            insert into api_keys (workspace_id, key_id, label, environment, integration, rights, expires_at,
                                  allowed_addresses, created_by, created_at)
            values (:workspace, :key, :label, :environment, :integration, :rights, :expires,
                    :addresses, :by, :now)""")
        .bind("workspace", workspace).bind("key", key)
        .bind("label", settings.label()).bind("environment", settings.environment())
        .bind("integration", settings.integration())
        .bind("rights", Right.wires(settings.rights()).toArray(String[]::new))
        .bind("expires", settings.expiresAt())
        .bind("addresses", settings.allowedAddresses().toArray(String[]::new))
        .bind("by", createdBy).bind("now", clock.instant())
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

  /** One key, removed ones too: they stay for the audit. */
  public Optional<Key> find(Tx tx, UUID workspace, UUID key) {
    return tx.query("select " + Key.COLUMNS + """

              from api_keys k
              left join key_uses u on u.workspace_id = k.workspace_id and u.key_id = k.key_id
             where k.workspace_id = :workspace and k.key_id = :key""")
        .bind("workspace", workspace).bind("key", key)
        .map((row, context) -> Key.of(row)).findOne();
  }

  /** The workspace's keys, the newest first. */
  public Page list(Tx tx, UUID workspace, boolean removedToo, int page, int limit) {
    int total = tx.query("""
            select count(*) from api_keys k
             where k.workspace_id = :workspace and (:removedToo or k.removed_at is null)""")
        .bind("workspace", workspace).bind("removedToo", removedToo).mapTo(Integer.class).one();
    List<Key> keys = tx.query("select " + Key.COLUMNS + """

              from api_keys k
              left join key_uses u on u.workspace_id = k.workspace_id and u.key_id = k.key_id
             where k.workspace_id = :workspace and (:removedToo or k.removed_at is null)
             order by k.key_id desc
             limit :limit offset :skip""")
        .bind("workspace", workspace).bind("removedToo", removedToo)
        .bind("limit", limit).bind("skip", (long) (page - 1) * limit)
        .map((row, context) -> Key.of(row)).list();
    return new Page(keys, total);
  }

  /** Renames, re-scopes, sets or clears expiry and addresses. */
  public void change(Tx tx, UUID workspace, UUID key, KeySettings settings) {
    tx.update("""
            update api_keys
               set label = :label, environment = :environment, integration = :integration, rights = :rights,
                   expires_at = :expires, allowed_addresses = :addresses
             where workspace_id = :workspace and key_id = :key""")
        .bind("workspace", workspace).bind("key", key)
        .bind("label", settings.label()).bind("environment", settings.environment())
        .bind("integration", settings.integration())
        .bind("rights", Right.wires(settings.rights()).toArray(String[]::new))
        .bind("expires", settings.expiresAt())
        .bind("addresses", settings.allowedAddresses().toArray(String[]::new))
        .execute();
  }

  /**
   * Gives the key a new secret. The newest of the old ones lives on for the overlap, any other ends now: a key has at
   * most two.
   *
   * @return the new secret, shown this once
   */
  public String rotate(Tx tx, UUID workspace, UUID key, Duration overlap) {
    if (overlap.isZero()) {
      endAllSecretsBut(tx, workspace, key, null);
    } else {
      UUID newest = newestSecret(tx, workspace, key);
      endAllSecretsBut(tx, workspace, key, newest);
      tx.update("""
              update key_secrets
                 set ends_at = clock_timestamp() + make_interval(secs => :seconds)
               where workspace_id = :workspace and key_id = :key and secret_id = :secret""")
          .bind("workspace", workspace).bind("key", key).bind("secret", newest)
          .bind("seconds", (double) overlap.toSeconds())
          .execute();
    }
    return addSecret(tx, workspace, key);
  }

  /** Ends the overlap of a rotation now. */
  public void endOverlap(Tx tx, UUID workspace, UUID key) {
    endAllSecretsBut(tx, workspace, key, newestSecret(tx, workspace, key));
  }

  private static @Nullable UUID newestSecret(Tx tx, UUID workspace, UUID key) {
    return tx.query("""
            select secret_id from key_secrets
             where workspace_id = :workspace and key_id = :key
             order by created_at desc, secret_id desc
             limit 1""")
        .bind("workspace", workspace).bind("key", key).mapTo(UUID.class).findOne().orElse(null);
  }

  /** Deleted rather than dated: a clock that is set back must not revive what has ended (K8). */
  private static void endAllSecretsBut(Tx tx, UUID workspace, UUID key, @Nullable UUID kept) {
    tx.update("""
            delete from key_secrets
             where workspace_id = :workspace and key_id = :key and secret_id is distinct from :kept""")
        .bind("workspace", workspace).bind("key", key).bind("kept", kept)
        .execute();
  }

  /** Stops the key until it is enabled again. */
  public void disable(Tx tx, UUID workspace, UUID key, @Nullable String reason) {
    tx.update("""
            update api_keys
               set disabled_at = coalesce(disabled_at, :now), disabled_reason = coalesce(disabled_reason, :reason)
             where workspace_id = :workspace and key_id = :key and removed_at is null""")
        .bind("workspace", workspace).bind("key", key).bind("now", clock.instant()).bind("reason", reason)
        .execute();
  }

  /** Lets a disabled key in again. */
  public void enable(Tx tx, UUID workspace, UUID key) {
    tx.update("""
            update api_keys
               set disabled_at = null, disabled_reason = null
             where workspace_id = :workspace and key_id = :key and removed_at is null""")
        .bind("workspace", workspace).bind("key", key).execute();
  }

  /** Stops the key for good; it stays as a tombstone for the audit and nothing else is touched (K3). */
  public void remove(Tx tx, UUID workspace, UUID key) {
    tx.update("""
            update api_keys
               set removed_at = coalesce(removed_at, :now)
             where workspace_id = :workspace and key_id = :key""")
        .bind("workspace", workspace).bind("key", key).bind("now", clock.instant()).execute();
  }

  /** How many keys count against the plan. */
  public int count(Tx tx, UUID workspace) {
    return tx.query("select count(*) from api_keys where workspace_id = :workspace and removed_at is null")
        .bind("workspace", workspace).mapTo(Integer.class).one();
  }
}
