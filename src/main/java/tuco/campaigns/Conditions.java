package tuco.campaigns;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where a lead goes next: stop rules and branches, held against what is known of the lead now (contract 6.5). */
final class Conditions {
  /** What is known of a lead. */
  record Facts() {}

  /** The way on. */
  sealed interface Way {
    /** To this step, now. */
    record Go(int step) implements Way {}

    /** Not before then. */
    record Wait(Instant until, String reason) implements Way {}

    /** Out of the sequence. */
    record Stop(String cause) implements Way {}

    /** The sequence is over. */
    record End() implements Way {}
  }

  Map<UUID, Facts> facts(Connection connection, Campaign campaign, List<Step> steps, List<Enrolled> due, Instant now) throws SQLException {
    return Map.of();
  }

  Way next(Campaign campaign, List<Step> steps, Enrolled enrolled, @Nullable Facts facts, Instant now) {
    return enrolled.step() >= steps.size() ? new Way.End() : new Way.Go(enrolled.step());
  }
}
