package tuco.campaigns.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a lead when its conditions are asked.
 *
 * @param lead as the API shows it (contract 5.1)
 * @param replies the texts of its replies since it was enrolled, on any channel, in any order
 * @param lastSentAt when the campaign last sent something to it, null when it has not yet
 * @param contactedBefore whether anything was ever sent to it outside this campaign
 * @param contactedByCampaign whether another campaign ever sent something to it
 * @param unsubscribed whether it opted out or is on the do-not-contact list
 */
public record Facts(
    ObjectNode lead, List<String> replies, @Nullable Instant lastSentAt, boolean contactedBefore,
    boolean contactedByCampaign, boolean unsubscribed, Instant now) {}
