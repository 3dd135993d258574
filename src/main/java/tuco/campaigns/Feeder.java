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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.Progress.Move;
import tuco.campaigns.render.Fields;
import tuco.campaigns.render.Rendered;
import tuco.campaigns.render.Template;
import tuco.dispatch.Columns;
import tuco.ids.Ids;
import tuco.leads.LeadJson;

/**
 * Makes messages of steps that are due, just in time: never more than can leave within minutes, so that the queue stays
 * small, a pause is a small update and an edit has little to catch up with.
 */
final class Feeder {
  private static final int AT_ONCE = 1_000;
  private static final Duration AHEAD = Duration.ofMinutes(2);

  /** How soon is looked again at who waits for something of the workspace or the line. */
  private static final Duration RECHECK = Duration.ofMinutes(1);

  private final Zones zones;
  private final Ids ids;

  Feeder(Zones zones, Ids ids) {
    this.zones = zones;
    this.ids = ids;
  }

  /**
   * What a round did.
   *
   * @param looked enrolments that were due
   * @param lines that have something new
   */
  record Fed(int looked, int made, Set<UUID> lines) {}

  private static final String OF_LEAD = """
      (select c.line_id from contacts c
        where c.workspace_id = e.workspace_id and c.lead_id = e.lead_id order by c.last_sent_at desc limit 1) as last_line,
      exists (select from suppressions x
               where x.workspace_id = l.workspace_id
                 and x.address_hash in (sha256(uuid_send(l.workspace_id) || convert_to(lower(coalesce(l.phone, l.email)), 'UTF8')),
                                        sha256(uuid_send(l.workspace_id) || convert_to(lower(coalesce(l.email, l.phone)), 'UTF8')))) as suppressed,
      exists (select from conversations v
               where v.workspace_id = l.workspace_id and v.lead_id = l.lead_id and v.attention is not null) as held""";

  /**
   * Rows that somebody else is ending, enrolling or deleting are skipped: they are looked at in the next round. The lead is
   * this round's alone, so that two campaigns cannot both find that no other writes to it today.
   */
  private static final String ON_LINES = """
      select %s, %s, %s
        from unnest(?::uuid[], ?::int[], ?::int[]) as want(line_id, follow, size)
        cross join lateral (
          select e.* from enrolments e
           where e.workspace_id = ? and e.campaign_id = ? and e.line_id = want.line_id and least(e.step_index, 1) = want.follow
             and e.state = 'active' and e.next_at <= ?
           order by e.next_at, e.lead_id
           limit want.size for update skip locked) e
        join leads l on l.workspace_id = e.workspace_id and l.lead_id = e.lead_id
       order by e.next_at, e.lead_id
         for no key update of l skip locked""".formatted(LeadJson.COLUMNS, Enrolled.COLUMNS, OF_LEAD);

  /** The first of them are taken off the index before anything is joined: else all that are enrolled are sorted each time. */
  private static final String ON_NONE = """
      select %s, %s, %s
        from (select e.* from enrolments e
               where e.workspace_id = ? and e.campaign_id = ? and e.line_id is null and least(e.step_index, 1) = 0
                 and e.state = 'active' and e.next_at <= ?
               order by e.next_at, e.lead_id
               limit ? for update skip locked) e
        join leads l on l.workspace_id = e.workspace_id and l.lead_id = e.lead_id
       order by e.next_at, e.lead_id
         for no key update of l skip locked""".formatted(LeadJson.COLUMNS, Enrolled.COLUMNS, OF_LEAD);

  /** One round: what is due on each line's leads, then leads that have no line yet, in the campaign's order. */
  Fed run(Connection connection, Campaign campaign, Steps steps, ZoneId zone, Lines lines, Instant now) throws SQLException {
    List<Enrolled> due = new ArrayList<>();
    boolean newFirst = campaign.settings().order() == CampaignSettings.Order.NEW_FIRST;
    if (newFirst) {
      due.addAll(withoutLine(connection, campaign, lines, now));
    }
    due.addAll(onLines(connection, campaign, lines, now));
    if (!newFirst) {
      due.addAll(withoutLine(connection, campaign, lines, now));
    }
    Round round = new Round(campaign, steps, zone, lines, Restraint.of(connection, campaign, lines, due, now),
        PostalAddress.of(connection, campaign.workspaceId()), now);
    Map<UUID, Conditions.Known> known = Conditions.known(connection, campaign, steps, due);
    Map<Touches.Whom, List<Touches.Touch>> touches = campaign.settings().touchesPerDay() == null ? Map.of()
        : Touches.others(connection, due.stream().map(enrolled -> whom(campaign, enrolled)).toList(), true, now);
    for (Enrolled enrolled : due) {
      round.decide(enrolled, known.get(enrolled.leadId()), touches.get(whom(campaign, enrolled)));
    }
    Progress.write(connection, campaign, round.moves, now);
    assign(connection, campaign, round.assigned);
    int made = round.messages.isEmpty() ? 0 : Materialise.insert(connection, campaign, round.messages, now);
    if (!java.util.Objects.equals(round.spacedUntil, campaign.spacedUntil())) {
      space(connection, campaign, round.spacedUntil);
    }
    Set<UUID> woken = new LinkedHashSet<>();
    round.messages.forEach(message -> woken.add(message.line().id));
    return new Fed(due.size(), made, woken);
  }

  private static Touches.Whom whom(Campaign campaign, Enrolled enrolled) {
    return new Touches.Whom(campaign.workspaceId(), enrolled.leadId(), campaign.id());
  }

  /** What a line can take: first steps ({@code follow} 0), or later ones (1). */
  private record Want(Lines.Line line, int follow, int room) {}

  private List<Enrolled> onLines(Connection connection, Campaign campaign, Lines lines, Instant now) throws SQLException {
    List<Want> wanting = new ArrayList<>();
    for (Lines.Line line : lines.usable()) {
      if (line.healthy && line.followRoom > 0) {
        wanting.add(new Want(line, 1, line.followRoom));
      }
      if (line.healthy && line.firstRoom > 0) {
        wanting.add(new Want(line, 0, line.firstRoom));
      }
    }
    if (wanting.isEmpty()) {
      return List.of();
    }
    int share = Math.max(1, AT_ONCE / wanting.size());
    try (PreparedStatement statement = connection.prepareStatement(ON_LINES)) {
      Columns.set(statement, 1, "uuid", wanting, want -> want.line.id);
      Columns.set(statement, 2, "int4", wanting, Want::follow);
      Columns.set(statement, 3, "int4", wanting, want -> Math.min(share, want.room));
      statement.setObject(4, campaign.workspaceId());
      statement.setObject(5, campaign.id());
      Columns.set(statement, 6, now);
      return read(statement);
    }
  }

  private List<Enrolled> withoutLine(Connection connection, Campaign campaign, Lines lines, Instant now) throws SQLException {
    int room = lines.usable().stream().filter(line -> line.healthy).mapToInt(line -> Math.max(0, line.firstRoom)).sum();
    Instant spaced = campaign.spacedUntil();
    if (room == 0 || campaign.settings().spacingSeconds() > 0 && spaced != null && spaced.isAfter(now.plus(AHEAD))) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(ON_NONE)) {
      statement.setObject(1, campaign.workspaceId());
      statement.setObject(2, campaign.id());
      Columns.set(statement, 3, now);
      statement.setInt(4, Math.min(room, AT_ONCE));
      return read(statement);
    }
  }

  private static List<Enrolled> read(PreparedStatement statement) throws SQLException {
    List<Enrolled> due = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        due.add(Enrolled.of(row));
      }
    }
    return due;
  }

  /** A lead whose line has no room now keeps it and waits for it. */
  private static void assign(Connection connection, Campaign campaign, Map<UUID, UUID> lines) throws SQLException {
    if (lines.isEmpty()) {
      return;
    }
    List<Map.Entry<UUID, UUID>> rows = List.copyOf(lines.entrySet());
    try (PreparedStatement statement = connection.prepareStatement("""
        update enrolments e set line_id = n.line_id
          from unnest(?::uuid[], ?::uuid[]) as n(lead_id, line_id)
         where e.workspace_id = ? and e.campaign_id = ? and e.lead_id = n.lead_id""")) {
      Columns.set(statement, 1, "uuid", rows, Map.Entry::getKey);
      Columns.set(statement, 2, "uuid", rows, Map.Entry::getValue);
      statement.setObject(3, campaign.workspaceId());
      statement.setObject(4, campaign.id());
      statement.executeUpdate();
    }
  }

  private static void space(Connection connection, Campaign campaign, @Nullable Instant until) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(
        "update campaigns set spaced_until = ?::timestamptz where workspace_id = ? and campaign_id = ?")) {
      statement.setString(1, until == null ? null : until.toString());
      statement.setObject(2, campaign.workspaceId());
      statement.setObject(3, campaign.id());
      statement.executeUpdate();
    }
  }

  /** The decisions of one round. Used by one thread, thrown away afterwards. */
  private final class Round {
    private final Campaign campaign;
    private final Steps steps;
    private final ZoneId zone;
    private final Lines lines;
    private final Restraint restraint;
    private final @Nullable String postalAddress;
    private final Instant now;
    private final Map<String, Template> templates = new HashMap<>();
    final List<Move> moves = new ArrayList<>();
    final Map<UUID, UUID> assigned = new HashMap<>();
    final List<Materialise.Made> messages = new ArrayList<>();
    @Nullable Instant spacedUntil;

    Round(Campaign campaign, Steps steps, ZoneId zone, Lines lines, Restraint restraint, @Nullable String postalAddress, Instant now) {
      this.campaign = campaign;
      this.steps = steps;
      this.zone = zone;
      this.lines = lines;
      this.restraint = restraint;
      this.postalAddress = postalAddress;
      this.now = now;
      this.spacedUntil = campaign.spacedUntil();
    }

    void decide(Enrolled enrolled, Conditions.@Nullable Known known, @Nullable List<Touches.Touch> touches) throws SQLException {
      Conditions.Way way = Conditions.next(campaign, steps, enrolled, known, now);
      switch (way) {
        case Conditions.Way.Stop stop -> moves.add(Move.stop(enrolled.leadId(), last(enrolled), stop.cause(), null));
        case Conditions.Way.End end -> moves.add(Move.completed(enrolled.leadId(), last(enrolled), null));
        case Conditions.Way.Go go -> go(enrolled, go.place(), touches);
      }
    }

    /** The step that somebody had last, who gets no further one. */
    private int last(Enrolled enrolled) throws SQLException {
      return steps.size() == 0 ? enrolled.step() : steps.at(Math.max(0, enrolled.place(steps) - 1)).number();
    }

    private void go(Enrolled enrolled, int place, @Nullable List<Touches.Touch> touches) {
      Step step = steps.at(place);
      if (enrolled.suppressed()) {
        moves.add(Move.stop(enrolled.leadId(), step.number(), "do_not_contact", null));
        return;
      }
      if (enrolled.held()) {
        moves.add(Move.wait(enrolled.leadId(), enrolled.step(), now.plus(LastWords.HELD_RECHECK), LastWords.HELD, null));
        return;
      }
      Zones.Whereabouts where = zones.of(enrolled.text("timezone"), enrolled.anyPhone(), zone);
      Windows windows = Windows.of(campaign.settings(), zone, where);
      Instant free = Touches.free(touches, campaign.settings().touchesPerDay(), where.zones().getFirst(), now);
      if (free != null || !windows.isOpenAt(now)) {
        // The way on is asked for again then: what holds now may not hold any more.
        moves.add(Move.wait(enrolled.leadId(), enrolled.step(), windows.nextOpening(free == null ? now : free),
            free == null ? "window" : Touches.REASON, null));
        return;
      }
      List<String> addresses = LeadJson.addresses(enrolled.lead());
      boolean hasPhone = addresses.stream().anyMatch(address -> address.indexOf('@') < 0);
      boolean hasEmail = addresses.stream().anyMatch(address -> address.indexOf('@') >= 0);
      Lines.Line line = line(enrolled, hasPhone, hasEmail);
      if (line == null) {
        if (!lines.canReach(hasPhone, hasEmail)) {
          moves.add(Move.stop(enrolled.leadId(), step.number(), "no_address", null));
        }
        return;
      }
      if (line.room(place) <= 0) {
        assigned.put(enrolled.leadId(), line.id);
        return;
      }
      String type = line.typeFor(hasPhone, hasEmail);
      if (type == null) {
        moves.add(Move.stop(enrolled.leadId(), step.number(), "no_address", null));
        return;
      }
      if (!restrained(enrolled, step, line)) {
        make(enrolled, step, place == 0, line, type, addresses);
      }
    }

    /** What an iMessage line is spared, and a mail that would not say where it comes from. */
    private boolean restrained(Enrolled enrolled, Step step, Lines.Line line) {
      if (PostalAddress.isNeeded(line) && postalAddress == null) {
        moves.add(Move.wait(enrolled.leadId(), enrolled.step(), now.plus(RECHECK), PostalAddress.MISSING, null));
        return true;
      }
      if (!Links.IMESSAGE_KINDS.contains(line.kind)) {
        return false;
      }
      Integer unanswered = campaign.settings().unanswered();
      if (unanswered != null && restraint.isUnanswered(enrolled.leadId(), unanswered)) {
        moves.add(Move.stop(enrolled.leadId(), step.number(), Restraint.UNANSWERED, null));
        return true;
      }
      int variant = step.variantFor(campaign.id(), enrolled.leadId());
      Restraint.Words words = new Restraint.Words(line.id, step.number(), variant);
      Integer sameText = campaign.settings().sameText();
      if (sameText != null && restraint.isSaid(words, step.variants().get(variant).text(), sameText)) {
        moves.add(Move.wait(enrolled.leadId(), enrolled.step(), now.plus(RECHECK), Restraint.SAME_TEXT, null));
        return true;
      }
      restraint.say(words);
      return false;
    }

    /** A lead stays on its line; at first, on the line it talks to already while that is healthy (decisions 5.9). */
    private Lines.@Nullable Line line(Enrolled enrolled, boolean hasPhone, boolean hasEmail) {
      if (enrolled.lineId() != null) {
        return lines.get(enrolled.lineId());
      }
      Lines.Line last = lines.get(enrolled.lastLine());
      return last != null && last.healthy && last.typeFor(hasPhone, hasEmail) != null ? last : lines.freest(hasPhone, hasEmail);
    }

    private Rendered said(String template, Enrolled enrolled, Step step, Lines.Line line) {
      return templates.computeIfAbsent(template, Template::parse)
          .render(Fields.of(enrolled.lead(), line.name), step.seed(campaign.id(), enrolled.leadId()));
    }

    private void make(Enrolled enrolled, Step step, boolean first, Lines.Line line, String type, List<String> addresses) {
      int variant = step.variantFor(campaign.id(), enrolled.leadId());
      Rendered text = said(step.variants().get(variant).text(), enrolled, step, line);
      if (text.reason() != null) {
        moves.add(Move.stop(enrolled.leadId(), step.number(), "text_not_sendable: " + text.reason(), null));
        return;
      }
      if (first && enrolled.lastLine() == null && !campaign.settings().firstMessageLinks()
          && Links.IMESSAGE_KINDS.contains(line.kind) && Links.in(text.text())) {
        moves.add(Move.stop(enrolled.leadId(), step.number(), "link_in_first_message", null));
        return;
      }
      boolean preferred = first == (campaign.settings().order() == CampaignSettings.Order.NEW_FIRST);
      Instant due = preferred ? now.minusMillis(1) : now;
      int spacing = campaign.settings().spacingSeconds();
      if (first && spacing > 0) {
        due = spacedUntil == null || spacedUntil.plusSeconds(spacing).isBefore(now) ? now : spacedUntil.plusSeconds(spacing);
        if (due.isAfter(now.plus(AHEAD))) {
          return;
        }
        spacedUntil = due;
      }
      line.take(first);
      List<String> order = addresses.stream()
          .filter(address -> !type.equals("sms") || address.indexOf('@') < 0)
          .filter(address -> !type.equals("email") || address.indexOf('@') >= 0).toList();
      messages.add(new Materialise.Made(ids.next(Ids.tag(campaign.workspaceId())), enrolled, step.number(), variant, line, type, order,
          PostalAddress.under(text.text(), type, postalAddress), due,
          step.smsFallback() == null ? null : said(step.smsFallback(), enrolled, step, line).text()));
    }
  }
}
