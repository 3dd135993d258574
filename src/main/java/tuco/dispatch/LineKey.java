package tuco.dispatch;

import java.util.UUID;

/** A line, named with its workspace. */
record LineKey(UUID workspaceId, UUID lineId) {}
