package tuco.campaigns;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Fields;
import tuco.campaigns.render.Rendered;
import tuco.campaigns.render.Template;
import tuco.dispatch.Columns;
import tuco.dispatch.LastLook.Ask;
import tuco.dispatch.LastLook.Verdict;
import tuco.http.Json;
import tuco.leads.LeadJson;
import tuco.messages.SendRequest;

/**
 * What campaigns say in the claim ({@link DirectWords} what all others say): nothing leaves of a campaign that is paused or over, for a lead that was stopped, or
 * outside the windows as they are now; what leaves says what the newest steps say to the lead as it is now (decisions 6.3).
 */
public final class LastWords {
  /** How long a message of a paused campaign is left alone; a resume wakes it at once. */
  static final Duration RECHECK = Duration.ofDays(1);

  /** Somebody may have opted out in other words: a person looks first, and how soon that is noticed. */
  static final String HELD = "possible_opt_out";

  static final Duration HELD_RECHECK = Duration.ofMinutes(10);

  private final Zones zones;

  public LastWords() {
    this(new Zones());
  }

  LastWords(Zones zones) {
    this.zones = zones;
  }

  /**
   * Without locks: a pause or a stop that has been committed is seen, one that has not comes after this claim. The
   * newest version's step stands beside each message.
   */
  private static final String ASKED = """
      select a.n, exists (select from message_events v
                           where v.workspace_id = a.workspace_id and v.message_id = a.message_id and v.cause = 'edited') as edited,
             c.state, c.settings, c.version, case when c.blocked_by = 'read_only' then null else c.blocked_since end as blocked_since, c.looked_at,
             o.message_type, (select r.postal_address from campaign_rules r where r.workspace_id = a.workspace_id) as postal_address, w.zone as workspace_zone, e.state as place, e.message_id, e.stop_cause, e.entry,
             exists (select from conversations t
                      where t.workspace_id = a.workspace_id and t.lead_id = a.lead_id and t.attention is not null) as held,
             s.step, o.fallback_of, k.version as said_version, k.variant as said_variant,
             coalesce(nullif(btrim(n.first_name || ' ' || n.last_name), ''), n.address) as line_name, %s
        from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::int[], ?::uuid[], ?::uuid[]) with ordinality
             as a(workspace_id, lead_id, campaign_id, step_index, line_id, message_id, n)
        join messages o on o.workspace_id = a.workspace_id and o.message_id = a.message_id
        join workspaces w on w.workspace_id = a.workspace_id
        join leads l on l.workspace_id = a.workspace_id and l.lead_id = a.lead_id
        left join campaigns c on c.workspace_id = a.workspace_id and c.campaign_id = a.campaign_id
        left join enrolments e on e.workspace_id = a.workspace_id and e.campaign_id = a.campaign_id and e.lead_id = a.lead_id
        left join campaign_steps s on s.workspace_id = a.workspace_id and s.campaign_id = a.campaign_id
                                  and s.version = c.version and s.step_index = a.step_index
        left join campaign_messages k on k.workspace_id = a.workspace_id and k.campaign_id = a.campaign_id and k.lead_id = a.lead_id
                                     and k.entry = e.entry and k.step_index = a.step_index
        left join lines n on n.workspace_id = a.workspace_id and n.line_id = a.line_id""".formatted(LeadJson.COLUMNS);

  private record Changed(Ask ask, int entry, String text, int version, int variant) {}

  /** The verdicts; new words are written at once, in the claim's transaction. */
  public Map<UUID, Verdict> of(Connection connection, List<Ask> due, Instant now) throws SQLException {
    List<Ask> asks = due.stream().filter(ask -> ask.campaignId() != null).toList();
    List<Ask> direct = due.stream().filter(ask -> ask.campaignId() == null).toList();
    Map<UUID, Verdict> verdicts = new HashMap<>();
    if (!direct.isEmpty()) {
      verdicts.putAll(DirectWords.of(connection, direct, now));
    }
    if (asks.isEmpty()) {
      return verdicts;
    }
    Map<String, Template> templates = new HashMap<>();
    List<Changed> changed = new ArrayList<>();
    Map<Touches.Whom, List<Touches.Touch>> touches = Touches.others(connection, asks.stream().map(LastWords::whom).toList(), false, now);
    try (PreparedStatement statement = connection.prepareStatement(ASKED)) {
      Columns.set(statement, 1, "uuid", asks, Ask::workspaceId);
      Columns.set(statement, 2, "uuid", asks, Ask::leadId);
      Columns.set(statement, 3, "uuid", asks, Ask::campaign);
      Columns.set(statement, 4, "int4", asks, Ask::step);
      Columns.set(statement, 5, "uuid", asks, Ask::lineId);
      Columns.set(statement, 6, "uuid", asks, Ask::messageId);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Ask ask = asks.get(row.getInt("n") - 1);
          verdicts.put(ask.messageId(), verdict(row, ask, touches.get(whom(ask)), templates, changed, now));
        }
      }
    }
    if (!changed.isEmpty()) {
      write(connection, changed, now);
    }
    return verdicts;
  }

  private static Touches.Whom whom(Ask ask) {
    return new Touches.Whom(ask.workspaceId(), ask.leadId(), ask.campaign());
  }

  private Verdict verdict(ResultSet row, Ask ask, @Nullable List<Touches.Touch> touches, Map<String, Template> templates,
      List<Changed> changed, Instant now) throws SQLException {
    String state = row.getString("state");
    if (state == null || state.equals("completed") || state.equals("archived")) {
      return new Verdict.Cancel("campaign_ended");
    }
    String place = row.getString("place");
    UUID inFlight = row.getObject("message_id", UUID.class);
    UUID original = row.getObject("fallback_of", UUID.class);
    if (!"in_flight".equals(place) || inFlight == null || !inFlight.equals(ask.messageId()) && !inFlight.equals(original)) {
      String cause = row.getString("stop_cause");
      return new Verdict.Cancel(cause == null ? "campaign_stopped" : cause);
    }
    if (!Campaign.State.of(state).sends()) {
      return new Verdict.Later(now.plus(RECHECK), Lifecycle.PAUSED);
    }
    String json = row.getString("step");
    if (json == null) {
      return new Verdict.Cancel("step_removed");
    }
    CampaignSettings settings = CampaignSettings.of(Json.parse(row.getString("settings")));
    Integer grace = settings.graceMinutes();
    if (grace != null && (Campaign.isLongAgo(Campaign.at(row, "blocked_since"), grace, now)
        || Campaign.isLongAgo(Campaign.at(row, "looked_at"), grace, now))) {
      return new Verdict.Later(now.plus(RECHECK), Lifecycle.PAUSED);
    }
    if (row.getBoolean("held")) {
      return new Verdict.Later(now.plus(HELD_RECHECK), HELD);
    }
    Verdict wait = wait(settings, row, ask, touches, now);
    if (wait != null) {
      return wait;
    }
    if (row.getBoolean("edited")) {
      // Somebody wrote this one by hand: it says what they wrote.
      return new Verdict.Send(ask.text());
    }
    Step step = Step.of(ask.step(), Json.parse(json));
    return original == null ? words(row, ask, step, templates, changed) : sms(row, ask, step, templates, changed);
  }

  /** An SMS that follows says what the step has for it, else what it was made with. */
  private static Verdict sms(ResultSet row, Ask ask, Step step, Map<String, Template> templates, List<Changed> changed)
      throws SQLException {
    String source = step.smsFallback();
    if (source == null) {
      return new Verdict.Send(ask.text());
    }
    Rendered text = templates.computeIfAbsent(source, Template::parse).render(
        Fields.of(LeadJson.of(row), row.getString("line_name")), step.seed(ask.campaign(), ask.leadId()));
    if (text.reason() != null) {
      return new Verdict.Cancel("text_not_sendable: " + text.reason());
    }
    if (!text.text().equals(ask.text())) {
      changed.add(new Changed(ask, row.getInt("entry"), text.text(), row.getInt("version"), row.getInt("said_variant")));
    }
    return new Verdict.Send(text.text());
  }

  /** Until the windows open, or the day is over on which others wrote to them. */
  private @Nullable Verdict wait(CampaignSettings settings, ResultSet row, Ask ask, @Nullable List<Touches.Touch> touches, Instant now)
      throws SQLException {
    ZoneId zone = settings.zone() == null ? ZoneId.of(row.getString("workspace_zone")) : settings.zone();
    String phone = ask.recipient().indexOf('@') < 0 ? ask.recipient() : row.getString("phone");
    Zones.Whereabouts where = zones.of(row.getString("zone"), phone, zone);
    Windows windows = Windows.of(settings, zone, where);
    Instant free = Touches.free(touches, settings.touchesPerDay(), where.zones().getFirst(), now);
    if (free != null) {
      return new Verdict.Later(windows.nextOpening(free), Touches.REASON);
    }
    return windows.isOpenAt(now) ? null : new Verdict.Later(windows.nextOpening(now), "window");
  }

  private static Verdict words(ResultSet row, Ask ask, Step step, Map<String, Template> templates, List<Changed> changed)
      throws SQLException {
    int variant = step.variantFor(ask.campaign(), ask.leadId());
    String source = step.variants().get(variant).text();
    Rendered text = templates.computeIfAbsent(source, Template::parse).render(
        Fields.of(LeadJson.of(row), row.getString("line_name")), step.seed(ask.campaign(), ask.leadId()));
    if (text.reason() != null) {
      return new Verdict.Cancel("text_not_sendable: " + text.reason());
    }
    int version = row.getInt("version");
    String said = PostalAddress.under(text.text(), row.getString("message_type"), row.getString("postal_address"));
    if (!said.equals(ask.text()) || version != row.getInt("said_version") || variant != row.getInt("said_variant")) {
      changed.add(new Changed(ask, row.getInt("entry"), said, version, variant));
    }
    return new Verdict.Send(said);
  }

  private static final String WRITE = """
      with n as (
        select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::int2[], ?::int[], ?::text[], ?::bytea[], ?::int[], ?::int2[])
               as n(workspace_id, message_id, campaign_id, lead_id, entry, step_index, text, text_hash, version, variant)
      ), k as (
        update campaign_messages k set version = n.version, variant = n.variant
          from n
         where k.workspace_id = n.workspace_id and k.campaign_id = n.campaign_id and k.lead_id = n.lead_id
           and k.entry = n.entry and k.step_index = n.step_index
      )
      update messages m set text = n.text, text_hash = n.text_hash, updated_at = ?
        from n
       where m.workspace_id = n.workspace_id and m.message_id = n.message_id""";

  private static void write(Connection connection, List<Changed> changed, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
      Columns.set(statement, 1, "uuid", changed, each -> each.ask.workspaceId());
      Columns.set(statement, 2, "uuid", changed, each -> each.ask.messageId());
      Columns.set(statement, 3, "uuid", changed, each -> each.ask.campaign());
      Columns.set(statement, 4, "uuid", changed, each -> each.ask.leadId());
      Columns.set(statement, 5, "int2", changed, Changed::entry);
      Columns.set(statement, 6, "int4", changed, each -> each.ask.step());
      Columns.set(statement, 7, "text", changed, Changed::text);
      Columns.set(statement, 8, "bytea", changed, each -> SendRequest.textHash(each.text));
      Columns.set(statement, 9, "int4", changed, Changed::version);
      Columns.set(statement, 10, "int2", changed, Changed::variant);
      Columns.set(statement, 11, now);
      statement.executeUpdate();
    }
  }
}
