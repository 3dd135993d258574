package tuco.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a campaign says of its messages at the moment they would leave, in the claim's own transaction: whether they
 * still may, and in which words (decisions 6.3). The composition root passes it in, so that the engine knows no campaigns.
 */
@FunctionalInterface
public interface LastLook {
  /** A message of a campaign that a claim holds locked. */
  record Ask(UUID workspaceId, UUID messageId, UUID leadId, UUID campaignId, int step, UUID lineId, String recipient, String text) {}

  /** What is to become of it. */
  sealed interface Verdict {
    /** It may leave, in these words. */
    record Send(String text) implements Verdict {}

    /** Not before then. */
    record Later(Instant dueAt, String reason) implements Verdict {}

    /** Never. */
    record Cancel(String cause) implements Verdict {}
  }

  /** The verdicts by message; one that is missing leaves as it is. */
  Map<UUID, Verdict> of(Connection connection, List<Ask> asks, Instant now) throws SQLException;
}
