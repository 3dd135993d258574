package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;
import tuco.ids.Ids;

/**
 * Enrols the audience in chunks, each in one statement; how far it is stands in the campaign's row and is written in
 * the same transaction, so that a crash costs nothing and repeats nothing. Memory stays flat whatever the audience.
 */
final class Planning {
  /** Small, so that the first messages leave while the rest is still being planned. */
  static final int FIRST_CHUNK = 200;

  static final int CHUNK = 10_000;

  /** Ids are made before they are committed: an import of this length is still found by those that join later. */
  private static final Duration OVERLAP = Duration.ofMinutes(15);

  private Planning() {}

  /**
   * Leads beyond the cursor in the order of their ids. Who is in already stays where he is: the primary key decides,
   * whoever enrols at the same moment. Random order is a random instant of the hour before.
   */
  private static final String ENROL = """
      with chunk as materialized (
        select l.lead_id
          from leads l
         where l.workspace_id = ? and l.lead_id > ? and %s
           and (?::timestamptz is null or l.created_at <= ?::timestamptz)
         order by l.lead_id
         limit ?
      ), put as (
        insert into enrolments (workspace_id, campaign_id, lead_id, state, next_at, enrolled_at, updated_at)
        select ?, ?, lead_id, 'active', ?::timestamptz - case when ? then random() * interval '1 hour' else interval '0' end, ?, ?
          from chunk
        on conflict (workspace_id, campaign_id, lead_id) do nothing
        returning 1)
      select (select count(*) from chunk), (select lead_id from chunk order by lead_id desc limit 1), (select count(*) from put)""";

  private static final String BY_LIST = ENROL.formatted("l.list_id = ?");
  private static final String BY_TAG = ENROL.formatted("l.tags @> array[?::text]");

  private static final String NOTE = """
      update campaigns
         set planned_to = ?, planned_count = planned_count + ?, enrolled_count = enrolled_count + ?,
             planned_at = case when ? then coalesce(planned_at, ?) else planned_at end, state = 'running'
       where workspace_id = ? and campaign_id = ?""";

  /** How far a chunk came. */
  record Done(boolean through, int enrolled, @Nullable UUID last) {}

  private record Chunk(int looked, @Nullable UUID last, int enrolled) {}

  /** One chunk. */
  static Done chunk(Connection connection, Campaign campaign, Instant firstDue, Instant now) throws SQLException {
    int size = campaign.plannedTo() == null ? FIRST_CHUNK : CHUNK;
    Chunk chunk = enrol(connection, campaign, campaign.plannedTo(), campaign.startedAt(), size, firstDue, now);
    boolean through = chunk.looked < size;
    note(connection, campaign, chunk, through, now);
    return new Done(through, chunk.enrolled, chunk.last);
  }

  /**
   * Enrols who joined the audience after planning was through, as far as their ids tell; by chunks as well.
   *
   * @param from where the last chunk ended, null to begin a new round
   */
  static Done join(Connection connection, Campaign campaign, @Nullable UUID from, Instant firstDue, Instant now) throws SQLException {
    UUID begin = from == null ? Ids.floor(Ids.tag(campaign.workspaceId()), now.minus(OVERLAP)) : from;
    Chunk chunk = enrol(connection, campaign, begin, null, CHUNK, firstDue, now);
    if (chunk.enrolled > 0) {
      note(connection, campaign, chunk, true, now);
    }
    return new Done(chunk.looked < CHUNK, chunk.enrolled, chunk.last);
  }

  private static Chunk enrol(Connection connection, Campaign campaign, @Nullable UUID from, @Nullable Instant until, int size,
      Instant firstDue, Instant now) throws SQLException {
    boolean list = campaign.audience().equals("list");
    try (PreparedStatement statement = connection.prepareStatement(list ? BY_LIST : BY_TAG)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, from == null ? new UUID(0, 0) : from);
      statement.setObject(3, list ? campaign.listId() : campaign.tag());
      statement.setString(4, until == null ? null : until.toString());
      statement.setString(5, until == null ? null : until.toString());
      statement.setInt(6, size);
      statement.setObject(7, campaign.workspaceId());
      statement.setObject(8, campaign.id());
      Columns.set(statement, 9, firstDue);
      statement.setBoolean(10, campaign.settings().randomizeOrder());
      Columns.set(statement, 11, now);
      Columns.set(statement, 12, now);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Chunk(row.getInt(1), row.getObject(2, UUID.class), row.getInt(3));
      }
    }
  }

  private static void note(Connection connection, Campaign campaign, Chunk chunk, boolean through, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(NOTE)) {
      statement.setObject(1, chunk.last == null ? campaign.plannedTo() : chunk.last);
      statement.setInt(2, chunk.looked);
      statement.setInt(3, chunk.enrolled);
      statement.setBoolean(4, through);
      Columns.set(statement, 5, now);
      statement.setObject(6, campaign.workspaceId());
      statement.setObject(7, campaign.id());
      statement.executeUpdate();
    }
  }
}
