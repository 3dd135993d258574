package tuco.campaigns;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;

/** A campaign as it is stored. */
record Campaign(
    UUID workspaceId, UUID id, String name, State state, String audience, @Nullable UUID listId, @Nullable String tag,
    CampaignSettings settings, int version, @Nullable String pauseReason, @Nullable String blockedBy, @Nullable Instant blockedSince,
    @Nullable Instant scheduledAt, @Nullable Instant startedAt, @Nullable Instant completedAt,
    @Nullable UUID plannedTo, int plannedCount, @Nullable Integer audienceCount, int enrolledCount,
    @Nullable Instant plannedAt, @Nullable Instant lookedAt, @Nullable Instant spacedUntil, @Nullable Instant resumedAt, Instant createdAt, Instant updatedAt) {
  /** What blocks the campaigns of a workspace in read-only mode. */
  static final String READ_ONLY = "read_only";

  /** So late nobody expects any more that it begins. */
  private static final int START_GRACE_MINUTES = 1_440;

  /** Where a campaign stands (decisions 6.1). */
  enum State {
    DRAFT, SCHEDULED, ACTIVATING, RUNNING, PAUSED, COMPLETED, ARCHIVED;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State of(String wire) {
      return valueOf(wire.toUpperCase(Locale.ROOT));
    }

    /** Whether its messages leave. */
    boolean sends() {
      return this == ACTIVATING || this == RUNNING;
    }

    /** Whether leads may be added: it runs, or will. */
    boolean takesLeads() {
      return this == SCHEDULED || this == ACTIVATING || this == RUNNING || this == PAUSED;
    }
  }

  /** The columns {@link #of} reads, for a query that names the table {@code c}. */
  static final String COLUMNS = """
      c.workspace_id, c.campaign_id, c.name, c.state, c.audience, c.list_id, c.tag, c.settings, c.version, c.pause_reason,
      c.blocked_by, c.blocked_since, c.scheduled_at, c.started_at, c.completed_at, c.planned_to, c.planned_count,
      c.audience_count, c.enrolled_count, c.planned_at, c.looked_at, c.spaced_until, c.resumed_at, c.created_at, c.updated_at""";

  static Campaign of(ResultSet row) throws SQLException {
    int audienceCount = row.getInt("audience_count");
    Integer audience = row.wasNull() ? null : Integer.valueOf(audienceCount);
    return new Campaign(
        row.getObject("workspace_id", UUID.class), row.getObject("campaign_id", UUID.class), row.getString("name"),
        State.of(row.getString("state")), row.getString("audience"), row.getObject("list_id", UUID.class), row.getString("tag"),
        CampaignSettings.of(Json.parse(row.getString("settings"))), row.getInt("version"), row.getString("pause_reason"),
        row.getString("blocked_by"), at(row, "blocked_since"), at(row, "scheduled_at"), at(row, "started_at"),
        at(row, "completed_at"), row.getObject("planned_to", UUID.class), row.getInt("planned_count"), audience,
        row.getInt("enrolled_count"), at(row, "planned_at"), at(row, "looked_at"), at(row, "spaced_until"), at(row, "resumed_at"),
        row.getTimestamp("created_at").toInstant(), row.getTimestamp("updated_at").toInstant());
  }

  static @Nullable Instant at(ResultSet row, String column) throws SQLException {
    Timestamp at = row.getTimestamp(column);
    return at == null ? null : at.toInstant();
  }

  /**
   * Whether it stood still for longer than its grace, so that somebody must approve that it goes on (decisions 6.6). After
   * read-only mode it goes on by itself, however long that was (decisions 4.7).
   */
  boolean isLate(Instant now) {
    Integer grace = settings.graceMinutes();
    if (state == State.SCHEDULED) {
      return isLongAgo(scheduledAt, grace == null ? START_GRACE_MINUTES : grace, now);
    }
    return grace != null && !READ_ONLY.equals(blockedBy) && (isLongAgo(blockedSince, grace, now) || isLongAgo(lookedAt, grace, now));
  }

  static boolean isLongAgo(@Nullable Instant at, int graceMinutes, Instant now) {
    return at != null && at.plusSeconds(60L * graceMinutes).isBefore(now);
  }

  /** Whether leads come from a list or a tag, and not only one by one. */
  boolean hasAudience() {
    return !audience.equals("api");
  }
}
