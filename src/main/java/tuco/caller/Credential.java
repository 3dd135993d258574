package tuco.caller;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a request showed to be let in: the SHA-256 of a key's or a session's token, never the token.
 *
 * @param workspace the workspace a person asked for with {@code X-Workspace-Id}; null for keys and when not asked
 * @param origin where the request came from; says nothing about who it is
 * @param condition what its caller is held against in every transaction it opens
 */
public record Credential(byte[] hash, boolean session, @Nullable UUID workspace, Origin origin, Condition condition) {
  /** What a caller must still be allowed; throws when they are not. */
  @FunctionalInterface
  public interface Condition {
    void check(Caller caller);
  }

  /** A credential under no condition. */
  public Credential(byte[] hash, boolean session, @Nullable UUID workspace, Origin origin) {
    this(hash, session, workspace, origin, caller -> {});
  }

  /** A credential that no request showed. */
  public Credential(byte[] hash, boolean session, @Nullable UUID workspace) {
    this(hash, session, workspace, Origin.NONE);
  }

  /**
   * The same for a request that opens more than one transaction: a right that was taken away after the first one must
   * end it as the loss of the credential itself does (K8).
   */
  public Credential under(Condition lasting) {
    return new Credential(hash, session, workspace, origin, lasting);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Credential that
        && session == that.session
        && Arrays.equals(hash, that.hash)
        && Objects.equals(workspace, that.workspace);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  @Override
  public String toString() {
    return (session ? "session " : "key ") + HexFormat.of().formatHex(hash, 0, 3) + "…";
  }
}
