package tuco;

import java.time.Clock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tuco.access.Account;
import tuco.access.EmailChange;
import tuco.access.Forgotten;
import tuco.access.Invitations;
import tuco.access.KeyReports;
import tuco.access.Keys;
import tuco.access.KeysApi;
import tuco.access.LeakedKeys;
import tuco.access.Letters;
import tuco.access.MeApi;
import tuco.access.Members;
import tuco.access.MembersApi;
import tuco.access.OneTimeLinks;
import tuco.access.People;
import tuco.access.Sessions;
import tuco.access.SessionsApi;
import tuco.access.Totp;
import tuco.access.Workspaces;
import tuco.access.WorkspacesApi;
import tuco.audit.Audit;
import tuco.config.Vault;
import tuco.dashboard.Dashboard;
import tuco.db.Database;
import tuco.ids.Ids;
import tuco.mail.MailSettings;
import tuco.mail.SystemMail;
import tuco.webhooks.Outbox;

/** People, keys and workspaces, built as {@link Node} builds the rest: a part of that list, on a page of its own. */
final class AccessParts implements AutoCloseable {
  final SystemMail mail;
  final Letters letters;
  final Workspaces workspaces;
  final People people;
  final Keys keys;
  final KeysApi keysApi;
  final KeyReports keyReports;
  final LeakedKeys leakedKeys;
  final Totp totp;
  final Sessions sessions;
  final OneTimeLinks oneTimeLinks;
  final Forgotten forgotten;
  final SessionsApi sessionsApi;
  final Account account;
  final EmailChange emailChange;
  final MeApi meApi;
  final Members members;
  final Invitations invitations;
  final MembersApi membersApi;
  final WorkspacesApi workspacesApi;

  AccessParts(
      @Nullable MailSettings mailSettings, Database database, Ids ids, Clock clock, Vault vault, Audit audit, Outbox outbox,
      Supplier<String> url) {
    mail = new SystemMail(mailSettings, clock);
    letters = new Letters(mail, url);
    workspaces = new Workspaces(database, ids, clock, audit);
    people = new People(ids, clock);
    keys = new Keys(ids, clock);
    keysApi = new KeysApi(keys, outbox::record, clock, audit);
    keyReports = new KeyReports(keys, clock);
    leakedKeys = new LeakedKeys(database, keys, outbox::record, ids, clock, letters, audit);
    totp = new Totp(vault, clock);
    sessions = new Sessions(database, ids, clock, totp, audit, letters);
    oneTimeLinks = new OneTimeLinks(database, clock, letters, audit);
    forgotten = new Forgotten(database, clock, oneTimeLinks, letters, audit);
    sessionsApi = new SessionsApi(sessions, workspaces, database, clock);
    account = new Account(database, clock, totp, letters, audit);
    emailChange = new EmailChange(database, clock, account, letters, audit);
    meApi = new MeApi(account, emailChange, workspaces);
    members = new Members(clock, audit);
    invitations = new Invitations(database, ids, clock, people, members, sessions, audit);
    membersApi = new MembersApi(members, invitations, sessionsApi, letters, clock, url);
    workspacesApi = new WorkspacesApi(workspaces, clock);
  }

  /** What the pages about people, keys and workspaces work with. */
  Dashboard.Access forPages() {
    return new Dashboard.Access(
        workspaces, workspacesApi, sessions, oneTimeLinks, forgotten, members, invitations, membersApi, account, emailChange, keys, keysApi);
  }

  @Override
  public void close() {
    sessions.close();
    mail.close();
  }
}
