package tuco.dashboard;

import java.time.Clock;
import tuco.availability.AvailabilityApi;
import tuco.db.Database;
import tuco.inbox.OptOutWordsApi;
import tuco.leads.DncApi;
import tuco.leads.LeadExport;
import tuco.leads.LeadsApi;
import tuco.leads.ListsApi;
import tuco.messages.Edit;
import tuco.messages.MessagesApi;

/** The pages of people: leads, lists, do-not-contact, and a message to one of them. Built once. */
public final class LeadPages {
  public final LeadsPage list;
  public final LeadPage one;
  public final ListsPage lists;
  public final DncPage dnc;
  public final ComposePage compose;
  public final ComposeManyPage composeMany;
  public final ReachPage reach;

  /** The services behind the pages. */
  public record Services(
      LeadsApi leads, LeadExport export, ListsApi lists, DncApi dnc, OptOutWordsApi words, MessagesApi messages, Edit edit,
      AvailabilityApi availability) {}

  public LeadPages(Pages pages, Database database, Services services, MessagesPage messages, LinesPage lines, Clock clock) {
    list = new LeadsPage(pages, services.leads(), services.export(), database);
    one = new LeadPage(pages, services.leads(), services.lists(), services.dnc(), messages);
    this.lists = new ListsPage(pages, services.lists(), services.leads());
    dnc = new DncPage(pages, services.dnc(), services.words());
    compose = new ComposePage(pages, database, services.messages(), services.edit(), services.leads(), lines, clock);
    composeMany = new ComposeManyPage(pages, database, services.messages(), lines);
    reach = new ReachPage(pages, database, services.availability());
  }
}
