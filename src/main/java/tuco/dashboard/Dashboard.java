package tuco.dashboard;

import java.time.Clock;
import tuco.access.Account;
import tuco.access.EmailChange;
import tuco.access.Forgotten;
import tuco.access.Invitations;
import tuco.access.Keys;
import tuco.access.KeysApi;
import tuco.access.Members;
import tuco.access.MembersApi;
import tuco.access.OneTimeLinks;
import tuco.access.Sessions;
import tuco.access.Workspaces;
import tuco.access.WorkspacesApi;
import tuco.db.Database;
import tuco.http.OpenApi;
import tuco.inbox.Conversations;
import tuco.inbox.UniboxApi;
import tuco.leads.FallbackConfig;
import tuco.lines.LineHealth;
import tuco.lines.LineRequests;
import tuco.lines.LinesApi;
import tuco.messages.Cancellation;
import tuco.messages.MessagesApi;
import tuco.messages.Resolution;
import tuco.webhooks.DeliveryLog;
import tuco.webhooks.HealthCheck;
import tuco.webhooks.WebhooksApi;

/** All pages of a node, built once. */
public final class Dashboard {
  public final Assets assets;
  public final SignInPage signIn;
  public final WelcomePage welcome;
  public final ForgottenPage forgotten;
  public final AddressPage address;
  public final JoinPage join;
  public final WorkspacesPage workspaces;
  public final AccountPage account;
  public final HomePage home;
  public final Notices notices;
  public final MessagesPage messages;
  public final InboxPage inbox;
  public final LinesPage lines;
  public final LineCarePage lineCare;
  public final LineRequestsPage lineRequests;
  public final WebhooksPage webhooks;
  public final UsagePage usage;
  public final KeysPage keys;
  public final MembersPage members;
  public final WorkspacePage workspace;
  public final DocsPage docs;

  /** The services behind the pages: people and workspaces. */
  public record Access(
      Workspaces workspaces, WorkspacesApi workspacesApi, Sessions sessions, OneTimeLinks links, Forgotten forgotten, Members members,
      Invitations invitations, MembersApi membersApi, Account account, EmailChange emailChange, Keys keys, KeysApi keysApi) {}

  /** The services behind the pages: lines and webhooks. */
  public record Ways(
      LinesApi lines, LineRequests orders, LineHealth health, FallbackConfig fallback, WebhooksApi webhooks, DeliveryLog deliveries, HealthCheck check) {}

  public Dashboard(
      Pages pages, OpenApi openApi, Database database, Access access, MessagesApi messagesApi, Cancellation cancellation,
      Resolution resolution, Conversations conversations, UniboxApi unibox, Ways ways, Clock clock) {
    assets = pages.assets();
    signIn = new SignInPage(pages, access.sessions());
    welcome = new WelcomePage(pages, access.links(), access.sessions());
    forgotten = new ForgottenPage(pages, access.forgotten());
    address = new AddressPage(pages, access.emailChange());
    join = new JoinPage(pages, access.invitations());
    workspaces = new WorkspacesPage(pages, database, access.workspaces());
    account = new AccountPage(pages, database, access.account(), access.emailChange(), access.sessions());
    notices = new Notices(pages, clock);
    messages = new MessagesPage(pages, messagesApi, cancellation, resolution, clock);
    home = new HomePage(pages, messages, clock);
    inbox = new InboxPage(pages, database, conversations, unibox);
    lines = new LinesPage(pages, ways.lines());
    lineRequests = new LineRequestsPage(pages, ways.orders());
    lineCare = new LineCarePage(pages, database, lines, ways.health(), ways.fallback());
    webhooks = new WebhooksPage(pages, database, ways.webhooks(), ways.deliveries(), ways.check());
    usage = new UsagePage(pages, clock);
    keys = new KeysPage(pages, access.keys(), access.keysApi(), access.members(), clock);
    members = new MembersPage(pages, access.members(), access.invitations(), access.membersApi());
    docs = new DocsPage(pages, openApi);
    workspace = new WorkspacePage(pages, access.workspaces(), access.workspacesApi());
  }
}
