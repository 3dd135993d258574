package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Condition;
import tuco.campaigns.render.Facts;
import tuco.dispatch.Columns;

/** Where a lead goes next: stop rules and branches, held against what is known of the lead now (contract 6.5). */
final class Conditions {
  private Conditions() {}

  /** The way on. */
  sealed interface Way {
    /** To the step in this place, now. */
    record Go(int place) implements Way {}

    /** Out of the sequence. */
    record Stop(String cause) implements Way {}

    /** The sequence is over. */
    record End() implements Way {}
  }

  /** What is known of a lead beside itself. */
  record Known(List<String> replies, boolean contactedBefore, boolean contactedByCampaign, boolean unsubscribed) {
    static final Known NOTHING = new Known(List.of(), false, false, false);

    Facts facts(ObjectNode lead, @Nullable Instant lastSentAt, Instant now) {
      return new Facts(lead, replies, lastSentAt, contactedBefore, contactedByCampaign, unsubscribed, now);
    }
  }

  /** Only what a person wrote counts as a reply. */
  private static final String KNOWN = """
      select a.lead_id,
             array(select m.text from messages m
                     join inbound_messages i on i.workspace_id = m.workspace_id and i.message_id = m.message_id
                    where m.workspace_id = a.workspace_id and m.lead_id = a.lead_id and m.direction = 'received'
                      and i.nature in ('reply', 'opt_out', 'opt_in') and m.created_at >= a.since) as replies,
             exists (select from messages m join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
                      where m.workspace_id = a.workspace_id and m.lead_id = a.lead_id and m.direction = 'sent'
                        and m.campaign_id is distinct from a.campaign_id and s.status in ('sent', 'delivered')) as before,
             exists (select from messages m join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
                      where m.workspace_id = a.workspace_id and m.lead_id = a.lead_id and m.direction = 'sent'
                        and m.campaign_id <> coalesce(a.campaign_id, '00000000-0000-0000-0000-000000000000')
                        and s.status in ('sent', 'delivered')) as by_campaign,
             exists (select from lead_addresses d
                       join suppressions x on x.workspace_id = d.workspace_id
                                          and x.address_hash = sha256(uuid_send(d.workspace_id) || convert_to(lower(d.address), 'UTF8'))
                      where d.workspace_id = a.workspace_id and d.lead_id = a.lead_id) as unsubscribed
        from (select ?::uuid as workspace_id, ?::uuid as campaign_id, lead_id, since
                from unnest(?::uuid[], ?::timestamptz[]) as n(lead_id, since)) a""";

  /** A lead, and since when its replies count. */
  record Asked(UUID leadId, Instant since) {}

  /** Reads what is known of these leads. */
  static Map<UUID, Known> known(Connection connection, UUID workspace, @Nullable UUID campaign, List<Asked> leads) throws SQLException {
    Map<UUID, Known> known = new HashMap<>();
    if (leads.isEmpty()) {
      return known;
    }
    try (PreparedStatement statement = connection.prepareStatement(KNOWN)) {
      statement.setObject(1, workspace);
      statement.setObject(2, campaign);
      Columns.set(statement, 3, "uuid", leads, Asked::leadId);
      Columns.set(statement, 4, "timestamptz", leads, Asked::since);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          known.put(row.getObject("lead_id", UUID.class), new Known(List.of((String[]) row.getArray("replies").getArray()),
              row.getBoolean("before"), row.getBoolean("by_campaign"), row.getBoolean("unsubscribed")));
        }
      }
    }
    return known;
  }

  /** The same for enrolments that are about to go on, as far as any rule asks; the first step is always sent. */
  static Map<UUID, Known> known(Connection connection, Campaign campaign, Steps steps, List<Enrolled> due) throws SQLException {
    List<Asked> asked = new ArrayList<>();
    for (Enrolled enrolled : due) {
      int place = enrolled.place(steps);
      if (!rules(campaign, steps, place).isEmpty() || !branches(steps, place).isEmpty()) {
        asked.add(new Asked(enrolled.leadId(), enrolled.enrolledAt()));
      }
    }
    return known(connection, campaign.workspaceId(), campaign.id(), asked);
  }

  /** What may end the sequence instead of this step. */
  static List<Condition> rules(Campaign campaign, Steps steps, int place) {
    if (place == 0 || place >= steps.size()) {
      return List.of();
    }
    List<Condition> rules = new ArrayList<>(campaign.settings().stopRules());
    rules.addAll(steps.at(place).stopRules());
    return rules;
  }

  /** The ways from the step before this one. */
  static List<Step.Branch> branches(Steps steps, int place) {
    return place == 0 || place > steps.size() ? List.of() : steps.at(place - 1).branches();
  }

  /** Where somebody goes whose time has come: the first branch that holds, else the next step, unless a rule ends it. */
  static Way next(Campaign campaign, Steps steps, Enrolled enrolled, @Nullable Known known, Instant now) throws SQLException {
    Facts facts = (known == null ? Known.NOTHING : known).facts(enrolled.lead(), enrolled.lastSentAt(), now);
    int place = enrolled.place(steps);
    for (Step.Branch branch : branches(steps, place)) {
      if (branch.when().ask(facts).result()) {
        place = branch.to();
        break;
      }
    }
    if (place == Step.Branch.END || place >= steps.size()) {
      return new Way.End();
    }
    String cause = stops(rules(campaign, steps, place), facts);
    return cause == null ? new Way.Go(place) : new Way.Stop(cause);
  }

  /** Why the first of these rules that holds ends the sequence; null when none does. */
  static @Nullable String stops(List<Condition> rules, Facts facts) {
    for (Condition rule : rules) {
      Condition.Outcome outcome = rule.ask(facts);
      if (outcome.result()) {
        return "stop_rule: " + outcome.detail();
      }
    }
    return null;
  }
}
