package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.dispatch.Columns;
import tuco.messages.LineChoice;

/** The lines that may carry a campaign, and how much each should have before it: what can leave within minutes. */
final class Lines {
  private static final long AHEAD_MILLIS = Duration.ofMinutes(2).toMillis();
  private static final int LEAST = 2;
  private static final int MOST = 256;
  private static final int MOST_OF_ALL = 20_000;

  /** A line with the room it has. */
  static final class Line {
    final UUID id;
    final String kind;
    final String name;
    final boolean healthy;
    int firstRoom;
    int followRoom;

    Line(UUID id, String kind, String name, boolean healthy, int firstRoom, int followRoom) {
      this.id = id;
      this.kind = kind;
      this.name = name;
      this.healthy = healthy;
      this.firstRoom = firstRoom;
      this.followRoom = followRoom;
    }

    boolean simulated() {
      return kind.equals("simulator");
    }

    int room(int place) {
      return place == 0 ? firstRoom : followRoom;
    }

    void take(boolean first) {
      if (first) {
        firstRoom--;
      } else {
        followRoom--;
      }
    }

    /** The type of message it would carry to somebody with these addresses; null when none. */
    @Nullable String typeFor(boolean hasPhone, boolean hasEmail) {
      for (String type : List.of("imessage", "sms", "email")) {
        boolean reachable = type.equals("email") ? hasEmail : type.equals("sms") ? hasPhone : hasPhone || hasEmail;
        if (reachable && LineChoice.carries(kind, type)) {
          return type;
        }
      }
      return null;
    }
  }

  private final Map<UUID, Line> usable = new LinkedHashMap<>();
  private final List<UUID> gone = new ArrayList<>();

  private Lines() {}

  /**
   * Active lines, with what of this campaign is before each; and those that are off, while somebody still has them. What
   * waits for a later time of its own, or for word of what became of it, stands before nobody.
   */
  private static final String SELECT = """
      select l.line_id, l.kind, btrim(l.first_name || ' ' || l.last_name) as name, l.address, l.health_status = 'healthy' as healthy,
             l.device_gap_ms, l.contact_gap_ms,
             l.is_active and l.removed_at is null and l.provisioning_status = 'active'
               and (cardinality(?::uuid[]) = 0 or l.line_id = any(?::uuid[])) as usable,
             coalesce(f.first, 0) as first, coalesce(f.follow, 0) as follow
        from lines l
        left join (select e.line_id, count(*) filter (where e.last_sent_at is null) as first,
                          count(*) filter (where e.last_sent_at is not null) as follow
                     from enrolments e
                     join message_states s on s.workspace_id = e.workspace_id and s.message_id = e.message_id
                    where e.workspace_id = ? and e.campaign_id = ? and e.state = 'in_flight' and s.status <> 'unknown'
                      and not (s.status in ('queued', 'pending', 'scheduled') and s.due_at > ?)
                    group by e.line_id) f on f.line_id = l.line_id
       where l.workspace_id = ?
       order by l.line_id""";

  static Lines load(Connection connection, Campaign campaign, Instant now) throws SQLException {
    Lines lines = new Lines();
    List<long[]> gaps = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
      var chosen = connection.createArrayOf("uuid", campaign.settings().lines().toArray());
      statement.setArray(1, chosen);
      statement.setArray(2, chosen);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      Columns.set(statement, 5, now.plusMillis(AHEAD_MILLIS));
      statement.setObject(6, campaign.workspaceId());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          UUID id = row.getObject("line_id", UUID.class);
          if (row.getBoolean("usable")) {
            String name = row.getString("name").isEmpty() ? row.getString("address") : row.getString("name");
            lines.usable.put(id, new Line(id, row.getString("kind"), name, row.getBoolean("healthy"), -row.getInt("first"), -row.getInt("follow")));
            gaps.add(new long[] {row.getLong("device_gap_ms"), row.getLong("contact_gap_ms")});
          } else {
            lines.gone.add(id);
          }
        }
      }
    }
    int place = 0;
    for (Line line : lines.usable.values()) {
      long[] gap = gaps.get(place++);
      line.firstRoom += ahead(Math.max(gap[0], gap[1]), gaps.size());
      line.followRoom += ahead(gap[0], gaps.size());
    }
    return lines;
  }

  private static int ahead(long gapMillis, int lines) {
    long most = Math.min(MOST, Math.max(LEAST, MOST_OF_ALL / lines));
    return (int) Math.max(LEAST, Math.min(most, gapMillis == 0 ? most : AHEAD_MILLIS / gapMillis));
  }

  @Nullable Line get(@Nullable UUID id) {
    return id == null ? null : usable.get(id);
  }

  List<Line> usable() {
    return List.copyOf(usable.values());
  }

  /** Lines of the workspace that may not carry this campaign (any more). */
  List<UUID> gone() {
    return gone;
  }

  boolean anyHealthy() {
    return usable.values().stream().anyMatch(line -> line.healthy);
  }

  /**
   * The healthy line with most room for a first step to somebody with these addresses; null when there is none now. The
   * simulator, which reaches nobody, carries only what no other line could.
   */
  @Nullable Line freest(boolean hasPhone, boolean hasEmail) {
    boolean real = usable.values().stream().anyMatch(line -> !line.simulated() && line.typeFor(hasPhone, hasEmail) != null);
    Line best = null;
    for (Line line : usable.values()) {
      if (!(real && line.simulated()) && line.healthy && line.firstRoom > 0 && (best == null || line.firstRoom > best.firstRoom) && line.typeFor(hasPhone, hasEmail) != null) {
        best = line;
      }
    }
    return best;
  }

  /** Whether any line at all, however busy, could carry a message to somebody with these addresses. */
  boolean canReach(boolean hasPhone, boolean hasEmail) {
    return usable.values().stream().anyMatch(line -> line.typeFor(hasPhone, hasEmail) != null);
  }
}
