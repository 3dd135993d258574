package tuco.dashboard;

import java.time.Clock;
import tuco.access.Keys;
import tuco.access.KeysApi;
import tuco.access.Members;
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
  public final KeysPage keys;

  public Dashboard(Pages pages, Database database, Workspaces workspaces, Sessions sessions, OneTimeLinks links,
      Keys keys, KeysApi keysApi, Members members, Clock clock) {
    assets = pages.assets();
    signIn = new SignInPage(pages, sessions);
    welcome = new WelcomePage(pages, links, sessions);
    this.workspaces = new WorkspacesPage(pages, database, workspaces);
    messages = new MessagesPage(pages);
    this.keys = new KeysPage(pages, keys, keysApi, members, clock);
    home = new HomePage(pages, messages, clock);
  }
}
