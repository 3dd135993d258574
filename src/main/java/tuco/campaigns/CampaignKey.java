package tuco.campaigns;

import java.util.UUID;

/** A campaign among those of all workspaces. */
record CampaignKey(UUID workspaceId, UUID id) {}
