package tuco.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is said of messages at the moment they would leave, in the claim's own transaction: whether those of a campaign
 * still may, and in which words (decisions 6.3; contract 2.2). The composition root passes it in, so that the engine
 * knows neither campaigns nor placeholders.
 */
@FunctionalInterface
public interface LastLook {
  /**
   * A message that a claim holds locked.
   *
   * @param campaignId null for one that no campaign sends
   */
  record Ask(UUID workspaceId, UUID messageId, UUID leadId, @Nullable UUID campaignId, int step, UUID lineId, String recipient, String text) {
    /** The campaign of a message that one sends. */
    public UUID campaign() {
      return Objects.requireNonNull(campaignId);
    }
  }

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
