package tuco.dashboard;

import tuco.campaigns.CampaignsApi;
import tuco.leads.LeadSearch;
import tuco.leads.ListsApi;

/** The pages of campaigns, built once. */
public final class CampaignPages {
  public final CampaignsPage list;
  public final CampaignPage one;
  public final CampaignBuilderPage builder;
  public final CampaignLaunchPage launch;

  public CampaignPages(Pages pages, CampaignsApi api, ListsApi lists, LinesPage lines, LeadSearch search) {
    list = new CampaignsPage(pages, api);
    one = new CampaignPage(pages, list);
    builder = new CampaignBuilderPage(pages, api, lists, lines, search);
    launch = new CampaignLaunchPage(pages, list, api);
  }
}
