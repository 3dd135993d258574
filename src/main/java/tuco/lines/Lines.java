package tuco.lines;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tuco.channels.LineSettings;
import tuco.config.Vault;
import tuco.db.CountLock;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;

/** The lines of a workspace: create, read, change, remove (contract 2.14, decisions 7.3). */
public final class Lines {
  private static final String SELECT = """
      select l.*, coalesce(e.consecutive_failures, 0) as consecutive_failures,
             coalesce(t.used, 0) as total_today, coalesce(n.used, 0) as new_today, coalesce(h.used, 0) as new_this_hour,
             b.trouble as mailbox_trouble, b.checked_at as mailbox_checked_at
        from lines l
        left join line_leases e    on e.workspace_id = l.workspace_id and e.line_id = l.line_id
        left join usage_counters t on t.workspace_id = l.workspace_id and t.line_id = l.line_id
                                  and t.kind = 'line_day' and t.period_start = :day
        left join usage_counters n on n.workspace_id = l.workspace_id and n.line_id = l.line_id
                                  and n.kind = 'line_new_day' and n.period_start = :day
        left join usage_counters h on h.workspace_id = l.workspace_id and h.line_id = l.line_id
                                  and h.kind = 'line_new_hour' and h.period_start = :hour
        left join mailboxes b on b.workspace_id = l.workspace_id and b.line_id = l.line_id
                                  and jsonb_exists(l.settings, 'imapHost')
       where l.workspace_id = :workspace and l.removed_at is null
      """;

  private final Ids ids;
  private final Clock clock;
  private final Vault vault;

  public Lines(Ids ids, Clock clock, Vault vault) {
    this.ids = ids;
    this.clock = clock;
    this.vault = vault;
  }

  /**
   * A line to be created, checked.
   *
   * @param address E.164 or an e-mail address, normalised
   */
  public record NewLine(
      LineKind kind, String address, String firstName, String lastName,
      Map<String, String> settings, Map<String, String> secrets, LineLimits limits) {
    /** Whether it sends from an e-mail address. */
    boolean email() {
      return address.indexOf('@') >= 0;
    }

    @Override
    public String toString() {
      return "NewLine[" + kind + "]";
    }
  }

  /** The part of a line that can be edited; {@code decided} when a person has said whether it is active. */
  record Edit(
      String firstName, String lastName, boolean active, @Nullable String pauseReason,
      boolean decided, Map<String, String> settings, Map<String, String> secrets, LineLimits limits) {
    @Override
    public String toString() {
      return "Edit";
    }
  }

  /** A line as it is before an edit. */
  record Current(LineSettings settings, boolean active, @Nullable String pauseReason, LineLimits limits,
      String firstName, String lastName) {}

  /** All lines that were not removed, newest first. */
  List<ObjectNode> all(Tx tx) {
    Instant now = clock.instant();
    return periods(tx.ownQuery(SELECT + " order by l.line_id desc"), now)
        .map((row, context) -> LineJson.of(row, now)).list();
  }

  /** One line, empty when there is none of this id. */
  Optional<ObjectNode> find(Tx tx, UUID line) {
    Instant now = clock.instant();
    return periods(tx.ownQuery(SELECT + " and l.line_id = :line").bind("line", line), now)
        .map((row, context) -> LineJson.of(row, now)).findOne();
  }

  private static Query periods(Query query, Instant now) {
    return query.bind("day", now.truncatedTo(ChronoUnit.DAYS)).bind("hour", now.truncatedTo(ChronoUnit.HOURS));
  }

  /**
   * Creates a line and the engine's hold on it.
   *
   * @throws Problem 403 when the plan has no such lines, 409 when it has no more of them, or the address is taken
   */
  public UUID create(Tx tx, UUID workspace, NewLine line) {
    // One creation at a time in a workspace: the plan's ceiling and the address are checked against what is there.
    CountLock.take(tx, Ids.tag(workspace));
    refuseTakenAddress(tx, workspace, line);
    if (line.kind() != LineKind.SIMULATOR) {
      requireRoom(tx, workspace, line.email());
    }
    UUID id = ids.next(Ids.tag(workspace));
    insert(tx, workspace, id, line);
    tx.update("insert into line_leases (workspace_id, line_id) values (:workspace, :line)")
        .bind("workspace", workspace).bind("line", id).execute();
    return id;
  }

  private static void refuseTakenAddress(Tx tx, UUID workspace, NewLine line) {
    boolean taken = tx.query("""
            select exists (select from lines
                            where workspace_id = :workspace and kind = :kind and address = :address
                              and removed_at is null)""")
        .bind("workspace", workspace).bind("kind", line.kind().wire()).bind("address", line.address())
        .mapTo(Boolean.class).one();
    if (taken) {
      throw Problem.conflict("A line of this kind with this address exists already.").code("line_exists")
          .field("address", "A line of this kind with this address exists already.");
    }
  }

  private static void requireRoom(Tx tx, UUID workspace, boolean email) {
    String channel = email ? "email" : "phone";
    Room room = tx.query("""
            select w.plan, case when :channel = 'email' then p.email_lines else p.phone_lines end as most,
                   (select count(*) from lines l
                     where l.workspace_id = w.workspace_id and l.channel_type = :channel
                       and l.kind <> 'simulator' and l.removed_at is null) as present
              from workspaces w join plans p on p.plan = w.plan
             where w.workspace_id = :workspace""")
        .bind("workspace", workspace).bind("channel", channel)
        .map((row, context) -> new Room(row.getString("plan"), row.getObject("most", Integer.class), row.getInt("present")))
        .one();
    if (room.most() != null && room.present() >= room.most()) {
      throw Problem.planFull(room.plan(), channel + "_lines", channel + (room.most() == 1 ? " line" : " lines"), room.most(), room.present());
    }
  }

  private record Room(String plan, @Nullable Integer most, int present) {}

  private void insert(Tx tx, UUID workspace, UUID id, NewLine line) {
    LineLimits limits = line.limits();
    tx.update("""
            insert into lines (workspace_id, line_id, kind, channel_type, address, first_name, last_name,
                               settings, secrets, daily_new_limit, daily_total_limit, hourly_new_limit,
                               device_gap_ms, contact_gap_ms, warmup, created_at, updated_at)
            values (:workspace, :line, :kind, :channel, :address, :first, :last,
                    cast(:settings as jsonb), :secrets, :dailyNew, :dailyTotal, :hourlyNew,
                    :deviceGap, :contactGap, cast(:warmup as jsonb), :now, :now)""")
        .bind("workspace", workspace).bind("line", id).bind("kind", line.kind().wire())
        .bind("channel", line.email() ? "email" : "phone").bind("address", line.address())
        .bind("first", line.firstName()).bind("last", line.lastName())
        .bind("settings", Json.text(Json.tree(line.settings())))
        .bind("secrets", StoredLine.sealed(line.secrets(), vault))
        .bind("dailyNew", limits.dailyNew()).bind("dailyTotal", limits.dailyTotal())
        .bind("hourlyNew", limits.hourlyNew())
        .bind("deviceGap", limits.deviceGapSeconds() * 1000).bind("contactGap", limits.contactGapSeconds() * 1000)
        .bind("warmup", limits.warmup() == null ? null : Json.text(Json.tree(limits.warmup())))
        .bind("now", clock.instant())
        .execute();
  }

  /** The line as a channel and an edit need it, locked until the transaction ends; empty when there is none. */
  Optional<Current> current(Tx tx, UUID line, boolean forUpdate) {
    return tx.ownQuery("""
            select l.* from lines l
             where l.workspace_id = :workspace and l.line_id = :line and l.removed_at is null"""
            + (forUpdate ? " for update" : ""))
        .bind("line", line)
        .map((row, context) -> new Current(
            StoredLine.settings(row, vault), row.getBoolean("is_active"), row.getString("pause_reason"),
            LineLimits.of(row), row.getString("first_name"), row.getString("last_name")))
        .findOne();
  }

  /** Stores an edit; what holds the line back is forgotten, so that the engine looks at the new limits at once. */
  void update(Tx tx, UUID line, Edit edit) {
    LineLimits limits = edit.limits();
    tx.ownUpdate("""
            update lines
               set first_name = :first, last_name = :last, is_active = :active, pause_reason = :pauseReason,
                   paused_by_engine = paused_by_engine and not :decided,
                   settings = cast(:settings as jsonb), secrets = :secrets,
                   daily_new_limit = :dailyNew, daily_total_limit = :dailyTotal, hourly_new_limit = :hourlyNew,
                   device_gap_ms = :deviceGap, contact_gap_ms = :contactGap, warmup = cast(:warmup as jsonb),
                   updated_at = :now
             where workspace_id = :workspace and line_id = :line""")
        .bind("line", line).bind("first", edit.firstName()).bind("last", edit.lastName())
        .bind("active", edit.active()).bind("pauseReason", edit.pauseReason()).bind("decided", edit.decided())
        .bind("settings", Json.text(Json.tree(edit.settings())))
        .bind("secrets", StoredLine.sealed(edit.secrets(), vault))
        .bind("dailyNew", limits.dailyNew()).bind("dailyTotal", limits.dailyTotal())
        .bind("hourlyNew", limits.hourlyNew())
        .bind("deviceGap", limits.deviceGapSeconds() * 1000).bind("contactGap", limits.contactGapSeconds() * 1000)
        .bind("warmup", limits.warmup() == null ? null : Json.text(Json.tree(limits.warmup())))
        .bind("now", clock.instant())
        .execute();
    tx.ownUpdate("""
            update line_leases
               set hold_until = '-infinity', hold_reason = null, new_hold_until = '-infinity', new_hold_reason = null,
                   consecutive_failures = case when :active then 0 else consecutive_failures end
             where workspace_id = :workspace and line_id = :line""")
        .bind("line", line).bind("active", edit.active()).execute();
  }

  /** Removes a line; what it sent stays. Whether there was one. */
  boolean remove(Tx tx, UUID line) {
    return tx.ownUpdate("""
            update lines
               set removed_at = :now, updated_at = :now, is_active = false, secrets = null
             where workspace_id = :workspace and line_id = :line and removed_at is null""")
        .bind("line", line).bind("now", clock.instant()).execute() == 1;
  }
}
