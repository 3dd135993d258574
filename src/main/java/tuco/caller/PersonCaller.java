package tuco.caller;

import java.util.UUID;

/**
 * A signed-in person on their own, outside any workspace: for sessions, the list of workspaces, their own account.
 *
 * @param credential what they showed; their authority is read again in every transaction
 */
public record PersonCaller(UUID personId, UUID sessionId, String email, String name, Credential credential) {}
