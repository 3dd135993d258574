package tuco.caller;

import java.time.Instant;
import java.util.UUID;

/**
 * A signed-in member of the operator's staff, who belongs to no workspace and sees none without a grant (S1).
 *
 * @param tokenHash of the session: what the database asks for again whenever a workspace is entered
 */
public record StaffCaller(UUID staffId, UUID sessionId, String email, String name, byte[] tokenHash, Instant expiresAt) {
  @Override
  public String toString() {
    return "StaffCaller[" + email + "]";
  }
}
