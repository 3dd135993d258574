package tuco;

import java.time.Clock;
import java.util.UUID;
import java.util.function.BiConsumer;
import tuco.access.Letters;
import tuco.audit.Audit;
import tuco.campaigns.Campaigns;
import tuco.campaigns.CampaignsApi;
import tuco.campaigns.ControlApi;
import tuco.campaigns.EnrolApi;
import tuco.campaigns.Lifecycle;
import tuco.campaigns.Preview;
import tuco.campaigns.Recipients;
import tuco.campaigns.SendingRulesApi;
import tuco.campaigns.Stats;
import tuco.campaigns.Worker;
import tuco.dashboard.CampaignPages;
import tuco.db.Database;
import tuco.events.Happenings;
import tuco.ids.Ids;
import tuco.leads.LeadIntake;

/** Campaigns, built as {@link Node} builds the rest. */
final class CampaignParts {
  final Worker worker;
  final CampaignsApi api;
  final ControlApi control;
  final SendingRulesApi rules;
  final EnrolApi enrol;
  final Recipients recipients;
  final Stats stats;
  final Preview preview;

  /**
   * @param signal tells the engine that a line (workspace, line) has something new
   */
  CampaignParts(
      Database database, Ids ids, Clock clock, Audit audit, Happenings happenings, BiConsumer<UUID, UUID> signal, Letters letters, LeadIntake intake) {
    worker = new Worker(database.engine(), happenings, clock, signal, letters::campaignNews);
    Campaigns campaigns = new Campaigns(ids, clock);
    Lifecycle lifecycle = new Lifecycle(clock, happenings, campaigns, audit, worker::wake);
    api = new CampaignsApi(campaigns, lifecycle);
    control = new ControlApi(api, lifecycle);
    rules = new SendingRulesApi(clock, audit);
    enrol = new EnrolApi(campaigns, intake, worker::wake);
    recipients = new Recipients(campaigns);
    stats = new Stats(campaigns);
    preview = new Preview(campaigns);
  }

  CampaignPages.Services forPages() {
    return new CampaignPages.Services(api, control, rules, stats, recipients, preview);
  }
}
