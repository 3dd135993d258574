package tuco;

import java.time.Clock;
import tuco.audit.Audit;
import tuco.dashboard.Pages;
import tuco.dashboard.SupportPage;
import tuco.dashboard.console.Console;
import tuco.db.Database;
import tuco.db.StaffDatabase;
import tuco.ids.Ids;
import tuco.staff.StaffAccounts;
import tuco.staff.StaffGrants;
import tuco.staff.StaffLinks;
import tuco.staff.StaffSessions;
import tuco.staff.SupportAccess;
import tuco.staff.SupportAccessApi;
import tuco.staff.SupportNews;

/** The operator's staff and the owners' say in what they see, built as {@link Node} builds the rest. */
final class StaffParts {
  final StaffAccounts accounts;
  final SupportAccessApi supportApi;
  final SupportPage supportPage;
  final Console console;

  StaffParts(Database database, Ids ids, Clock clock, AccessParts access, Audit audit, Pages pages) {
    StaffDatabase asStaff = database.staff();
    StaffLinks links = new StaffLinks(asStaff, access.totp, clock);
    StaffSessions sessions = new StaffSessions(asStaff, ids, clock, access.totp);
    StaffGrants grants = new StaffGrants(asStaff, ids);
    accounts = new StaffAccounts(database, ids, clock, links, audit);
    SupportAccess support = new SupportAccess(audit);
    supportApi = new SupportAccessApi(support, clock);
    supportPage = new SupportPage(pages, support, supportApi);
    console = new Console(pages, sessions, links, grants, new SupportNews(database, access.letters), clock);
  }
}
