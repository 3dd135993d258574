package tuco.staff;

import java.time.Instant;
import java.util.UUID;

/**
 * A grant that holds, as the transaction that reads under it has seen it.
 *
 * @param content whether names, addresses and texts are shown, and not only metadata
 * @param mayPause whether lines may be paused; all else is for reading
 */
public record Pass(
    UUID grantId, UUID workspaceId, String workspaceName, boolean content, boolean mayPause, String purpose, String ticket,
    Instant expiresAt) {}
