package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;
import tuco.events.Happenings;
import tuco.ids.Ids;

/** One turn of one campaign, in one transaction that holds its row. */
final class Pass {
  private static final Duration NOTED_EVERY = Duration.ofMinutes(1);
  private static final int STRANDED_AT_ONCE = 500;

  private final Happenings happenings;
  private final Zones zones = new Zones();
  private final Progress progress = new Progress(zones);
  private final Feeder feeder;
  private final Holds holds;
  private final Map<CampaignKey, UUID> joinFrom = new HashMap<>();

  Pass(Happenings happenings, Ids ids, Holds holds) {
    this.happenings = happenings;
    this.holds = holds;
    this.feeder = new Feeder(zones, ids);
  }

  /**
   * What came of it.
   *
   * @param more whether more can be done at once
   */
  record Result(boolean more, Set<UUID> lines) {
    static final Result NOTHING = new Result(false, Set.of());
  }

  /**
   * Who holds the row works on the campaign; a pause waits for the turn, and the next turn for the pause. In a workspace that
   * is read-only the database makes no message either, for the rest of the transaction (V071).
   */
  private static final String LOCK = """
      select %s, w.zone as workspace_zone,
             case when read_only_now(w.read_only_reason, w.plan_expires_at) is not null
                  then note_read_only(w.workspace_id, read_only_now(w.read_only_reason, w.plan_expires_at)) end as read_only_reason
        from campaigns c
        join workspaces w on w.workspace_id = c.workspace_id
       where c.workspace_id = ? and c.campaign_id = ?
         and (c.state in ('activating', 'running') or c.state = 'scheduled' and c.scheduled_at <= ?)
         for no key update of c skip locked""".formatted(Campaign.COLUMNS);

  Result run(Connection connection, CampaignKey key, Instant now) throws SQLException {
    Campaign campaign;
    ZoneId zone;
    boolean readOnly;
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      statement.setObject(1, key.workspaceId());
      statement.setObject(2, key.id());
      Columns.set(statement, 3, now);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Result.NOTHING;
        }
        campaign = Campaign.of(row);
        zone = campaign.settings().zone() == null ? ZoneId.of(row.getString("workspace_zone")) : campaign.settings().zone();
        readOnly = row.getString("read_only_reason") != null;
      }
    }
    return work(connection, campaign, zone, readOnly, now);
  }

  private Result work(Connection connection, Campaign found, ZoneId zone, boolean readOnly, Instant now) throws SQLException {
    Campaign campaign = found;
    if (campaign.isLate(now) && !isStillBlocked(connection, campaign, readOnly, now)) {
      holds.hold(connection, campaign, Holds.LATE, Holds.LATE_WORDS, now);
      return Result.NOTHING;
    }
    if (isNoteDue(campaign, now) && isHarmful(connection, campaign, now)) {
      return Result.NOTHING;
    }
    if (campaign.state() == Campaign.State.SCHEDULED) {
      begin(connection, campaign, now);
      return new Result(true, Set.of());
    }
    Steps steps = Steps.of(connection, campaign);
    boolean planning = campaign.hasAudience() && campaign.plannedAt() == null;
    boolean more = plan(connection, campaign, steps, planning, now);
    int followed = progress.run(connection, campaign, steps, zone, now);
    int released = isNoteDue(campaign, now) ? Progress.release(connection, campaign, now) : 0;
    Lines lines = Lines.load(connection, campaign, now);
    strand(connection, campaign, lines, now);
    String blocked = blocked(lines, readOnly);
    Feeder.Fed fed = blocked == null ? feeder.run(connection, campaign, steps, zone, lines, now) : new Feeder.Fed(0, 0, Set.of());
    note(connection, campaign, blocked, now);
    if (fed.looked() == 0 && followed == 0 && released == 0 && !more && !planning) {
      forgetDeleted(connection, campaign, now);
      if (isOver(connection, campaign)) {
        complete(connection, campaign, now);
      }
    }
    return new Result(more || fed.made() > 0 || followed > 0, fed.lines());
  }

  private static @Nullable String blocked(Lines lines, boolean readOnly) {
    return readOnly ? Campaign.READ_ONLY : lines.usable().isEmpty() ? "no_line" : lines.anyHealthy() ? null : "lines_down";
  }

  /** What stands still goes on standing still; only when it could go on does it need approval. */
  private static boolean isStillBlocked(Connection connection, Campaign campaign, boolean readOnly, Instant now) throws SQLException {
    return campaign.state() != Campaign.State.SCHEDULED && blocked(Lines.load(connection, campaign, now), readOnly) != null;
  }

  /** Looked at once a minute. */
  private boolean isHarmful(Connection connection, Campaign campaign, Instant now) throws SQLException {
    MailBands.Figures figures = MailBands.of(connection, campaign, now);
    String reason = figures.reason();
    if (reason != null) {
      holds.hold(connection, campaign, reason, figures.words(), now);
    }
    return reason != null;
  }

  private boolean plan(Connection connection, Campaign campaign, Steps steps, boolean planning, Instant now) throws SQLException {
    Instant firstDue = steps.size() == 0 ? now : steps.at(0).after(now, ZoneId.of("UTC"));
    if (planning) {
      if (campaign.audienceCount() == null && campaign.plannedTo() != null) {
        count(connection, campaign);
      }
      Planning.chunk(connection, campaign, firstDue, now);
      return true;
    }
    if (!campaign.hasAudience() || !campaign.settings().autoEnrol()) {
      return false;
    }
    CampaignKey key = new CampaignKey(campaign.workspaceId(), campaign.id());
    Planning.Done joined = Planning.join(connection, campaign, joinFrom.get(key), firstDue, now);
    if (joined.through() || joined.last() == null) {
      joinFrom.remove(key);
      return false;
    }
    joinFrom.put(key, joined.last());
    return joined.enrolled() > 0;
  }

  private static void begin(Connection connection, Campaign campaign, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        update campaigns set state = 'activating', started_at = ?, updated_at = ? where workspace_id = ? and campaign_id = ?""")) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, now);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      statement.executeUpdate();
    }
  }

  private static void count(Connection connection, Campaign campaign) throws SQLException {
    boolean list = campaign.audience().equals("list");
    try (PreparedStatement statement = connection.prepareStatement("""
        update campaigns
           set audience_count = (select count(*) from leads l where l.workspace_id = ? and %s)
         where workspace_id = ? and campaign_id = ?""".formatted(list ? "l.list_id = ?" : "l.tags @> array[?::text]"))) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, list ? campaign.listId() : campaign.tag());
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      statement.executeUpdate();
    }
  }

  /** Whoever has heard from a line that is off hears no more; the others get another line (contract 4.6). */
  private static final String STRAND = """
      with stranded as (
        select e.workspace_id, e.campaign_id, e.lead_id,
               exists (select from contacts c where c.workspace_id = e.workspace_id and c.lead_id = e.lead_id and c.line_id = e.line_id) as heard
          from unnest(?::uuid[]) as gone(line_id)
         cross join lateral (
           select * from enrolments x
            where x.workspace_id = ? and x.campaign_id = ? and x.line_id = gone.line_id and x.state = 'active'
            limit %d for update skip locked) e)
      update enrolments e
         set state = case when s.heard or e.last_sent_at is not null then 'stopped' else 'active' end,
             stop_cause = case when s.heard or e.last_sent_at is not null then 'line_inactive' end,
             line_id = case when s.heard or e.last_sent_at is not null then e.line_id end, updated_at = ?
        from stranded s
       where e.workspace_id = s.workspace_id and e.campaign_id = s.campaign_id and e.lead_id = s.lead_id""".formatted(STRANDED_AT_ONCE);

  private static void strand(Connection connection, Campaign campaign, Lines lines, Instant now) throws SQLException {
    if (lines.gone().isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(STRAND)) {
      Columns.set(statement, 1, "uuid", lines.gone(), line -> line);
      statement.setObject(2, campaign.workspaceId());
      statement.setObject(3, campaign.id());
      Columns.set(statement, 4, now);
      statement.executeUpdate();
    }
  }

  /** Says why nothing can leave, and once a minute that somebody looked: the row is written as rarely as that. */
  private static void note(Connection connection, Campaign campaign, @Nullable String blocked, Instant now) throws SQLException {
    if (Objects.equals(blocked, campaign.blockedBy()) && !isNoteDue(campaign, now)) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        update campaigns
           set blocked_by = ?, blocked_since = case when ?::text is null then null else coalesce(blocked_since, ?) end, looked_at = ?
         where workspace_id = ? and campaign_id = ?""")) {
      statement.setString(1, blocked);
      statement.setString(2, blocked);
      Columns.set(statement, 3, now);
      Columns.set(statement, 4, now);
      statement.setObject(5, campaign.workspaceId());
      statement.setObject(6, campaign.id());
      statement.executeUpdate();
    }
  }

  private static boolean isNoteDue(Campaign campaign, Instant now) {
    Instant looked = campaign.lookedAt();
    return looked == null || !looked.plus(NOTED_EVERY).isAfter(now);
  }

  /** A lead that was deleted while it was being enrolled left its place behind; no round ever looks at it. */
  private static void forgetDeleted(Connection connection, Campaign campaign, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("""
        delete from enrolments e
         where e.workspace_id = ? and e.campaign_id = ?
           and e.lead_id in (select x.lead_id from enrolments x
                              where x.workspace_id = ? and x.campaign_id = ? and x.line_id is null and least(x.step_index, 1) = 0
                                and x.state = 'active' and x.next_at <= ?
                              order by x.next_at, x.lead_id limit 100)
           and not exists (select from leads l where l.workspace_id = e.workspace_id and l.lead_id = e.lead_id)""")) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      Columns.set(statement, 5, now);
      statement.executeUpdate();
    }
  }

  /** Whether nobody is left on the way, and nobody can come. */
  private static boolean isOver(Connection connection, Campaign campaign) throws SQLException {
    if (!campaign.hasAudience() || campaign.settings().autoEnrol()) {
      return false;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        select not exists (select from enrolments e
                            where e.workspace_id = ? and e.campaign_id = ? and e.state = 'active')
           and not exists (select from enrolments e
                            where e.workspace_id = ? and e.campaign_id = ? and e.state = 'in_flight')""")) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /** Waits for whoever lets a lead in at this moment, and looks again. */
  private void complete(Connection connection, Campaign campaign, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(
        "select 1 from campaigns where workspace_id = ? and campaign_id = ? for update")) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      statement.executeQuery().close();
    }
    if (!isOver(connection, campaign)) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement("""
        update campaigns set state = 'completed', completed_at = ?, updated_at = ? where workspace_id = ? and campaign_id = ?""")) {
      Columns.set(statement, 1, now);
      Columns.set(statement, 2, now);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      statement.executeUpdate();
    }
    happenings.record(connection, List.of(Lifecycle.completed(campaign, now)));
  }
}
