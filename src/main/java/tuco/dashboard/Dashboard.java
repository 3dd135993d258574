package tuco.dashboard;

import java.time.Clock;
import tuco.access.OneTimeLinks;
import tuco.access.Sessions;
import tuco.access.Workspaces;
import tuco.db.Database;

/** All pages of a node, built once. */
public final class Dashboard {
  public final Assets assets;
  public final SignInPage signIn;
  public final WelcomePage welcome;
  public final WorkspacesPage workspaces;
  public final HomePage home;
  public final MessagesPage messages;

  public Dashboard(Pages pages, Database database, Workspaces workspaces, Sessions sessions, OneTimeLinks links, Clock clock) {
    assets = pages.assets();
    signIn = new SignInPage(pages, sessions);
    welcome = new WelcomePage(pages, links, sessions);
    this.workspaces = new WorkspacesPage(pages, database, workspaces);
    messages = new MessagesPage(pages);
    home = new HomePage(pages, messages, clock);
  }
}
