package tuco.dashboard;

import java.time.Clock;
import tuco.campaigns.CampaignsApi;
import tuco.campaigns.ControlApi;
import tuco.campaigns.Preview;
import tuco.campaigns.Recipients;
import tuco.campaigns.SendingRulesApi;
import tuco.campaigns.Stats;
import tuco.leads.LeadSearch;
import tuco.leads.ListsApi;

/** The pages of campaigns, built once. */
public final class CampaignPages {
  public final CampaignsPage list;
  public final CampaignPage one;
  public final CampaignBuilderPage builder;
  public final CampaignLaunchPage launch;

  /** The services behind the pages. */
  public record Services(CampaignsApi api, ControlApi control, SendingRulesApi rules, Stats stats, Recipients recipients, Preview preview) {}

  public CampaignPages(Pages pages, Services campaigns, ListsApi lists, LinesPage lines, LeadSearch search, Clock clock) {
    CampaignsApi api = campaigns.api();
    list = new CampaignsPage(pages, api, campaigns.control(), campaigns.rules());
    one = new CampaignPage(pages, list, campaigns.stats(), campaigns.recipients());
    builder = new CampaignBuilderPage(pages, api, lists, lines, search);
    launch = new CampaignLaunchPage(pages, list, api, campaigns.preview(), clock);
  }
}
