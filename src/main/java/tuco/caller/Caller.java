package tuco.caller;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, in which workspace, with what rights: as the database said in this request (A3).
 *
 * @param zone the workspace's time zone, an IANA name
 * @param readOnlyReason why writes are refused, null when they are not (B1)
 * @param keyId the key that was shown; null for a member
 * @param personId the signed-in member; null for a key
 * @param actorName the key's label or the member's e-mail address
 * @param role the member's role; null for a key
 * @param allowedAddresses CIDR blocks a key may be used from; empty allows all
 */
public record Caller(
    UUID workspaceId,
    int tag,
    String workspaceName,
    String zone,
    @Nullable String readOnlyReason,
    String plan,
    @Nullable UUID keyId,
    @Nullable UUID personId,
    @Nullable UUID sessionId,
    String actorName,
    @Nullable Role role,
    Set<Right> rights,
    List<String> allowedAddresses) {

  /** The key or the person: what idempotency, rates and audit hang on. */
  public UUID actorId() {
    if (keyId != null) {
      return keyId;
    }
    if (personId != null) {
      return personId;
    }
    throw new IllegalStateException("a caller is a key or a person");
  }

  /** Whether this caller holds the right. */
  public boolean may(Right right) {
    return rights.contains(right);
  }
}
