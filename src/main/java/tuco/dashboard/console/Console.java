package tuco.dashboard.console;

import java.time.Clock;
import tuco.dashboard.Pages;
import tuco.staff.StaffGrants;
import tuco.staff.StaffLinks;
import tuco.staff.StaffSessions;
import tuco.staff.SupportNews;

/** All pages of the staff console, built once. What they read they read as {@code tuco_staff}; a test holds them to it. */
public final class Console {
  public final DoorPages door;
  public final DeskPages desk;
  public final WorkspacePages workspace;

  public Console(Pages pages, StaffSessions sessions, StaffLinks links, StaffGrants grants, SupportNews news, Clock clock) {
    door = new DoorPages(pages, sessions, links);
    desk = new DeskPages(pages, grants, news);
    workspace = new WorkspacePages(pages, grants, clock);
  }
}
