package tuco;

import static tuco.http.Route.form;
import static tuco.http.Route.hot;
import static tuco.http.Route.open;
import static tuco.http.Route.page;
import static tuco.http.Route.person;
import static tuco.http.Route.personWrite;
import static tuco.http.Route.personPage;
import static tuco.http.Route.read;
import static tuco.http.Route.slow;
import static tuco.http.Route.staffPage;
import static tuco.http.Route.streaming;
import static tuco.http.Route.write;

import java.util.List;
import java.util.stream.Stream;
import tuco.caller.Right;
import tuco.http.Rate;
import tuco.http.Response;
import tuco.http.Route;

/** Every operation with the right it takes, on one page. The router scans in this order: hot ones first. */
final class Routes {
  private Routes() {}

  /** What a node without the role {@code api} still answers: whether it is well. */
  static List<Route> health(Node n) {
    return of(n).stream().filter(route -> List.of("/healthz", "/readyz", "/metrics").contains(route.path())).toList();
  }

  static List<Route> of(Node n) {
    return Stream.of(api(n), pages(n), console(n)).flatMap(List::stream).toList();
  }

  private static List<Route> api(Node n) {
    return List.of(
        // Leads, lists, do-not-contact
        read("GET", "/api/leads", Right.LEADS_READ, n.leadsApi::list),
        write("POST", "/api/leads", Right.LEADS_WRITE, n.leadsApi::create),
        write("PUT", "/api/leads", Right.LEADS_WRITE, n.leadsApi::changeByBody),
        write("DELETE", "/api/leads", Right.LEADS_WRITE, n.leadsApi::deleteMany),
        write("POST", "/api/leads/tags", Right.LEADS_WRITE, n.leadsApi::tag),
        streaming("POST", "/api/leads/import", Right.LEADS_WRITE, n.leadImport::run),
        read("GET", "/api/leads/imports", Right.LEADS_READ, n.imports::list),
        read("GET", "/api/leads/imports/{id}", Right.LEADS_READ, n.imports::show),
        read("GET", "/api/leads/export", Right.LEADS_READ, n.leadExport::run),
        slow("GET", "/api/leads/check-availability", Right.MESSAGES_SEND, n.availabilityApi::lead).rated(Rate.AVAILABILITY),
        slow("POST", "/api/leads/check-availability", Right.MESSAGES_SEND, n.availabilityApi::leads).rated(Rate.AVAILABILITY),
        slow("GET", "/api/check-availability", Right.MESSAGES_SEND, n.availabilityApi::one).rated(Rate.AVAILABILITY),
        slow("POST", "/api/check-availability", Right.MESSAGES_SEND, n.availabilityApi::several).rated(Rate.AVAILABILITY),
        slow("POST", "/api/check-availability-rr", Right.MESSAGES_SEND, n.availabilityApi::first).rated(Rate.AVAILABILITY),
        read("GET", "/api/leads/{id}", Right.LEADS_READ, n.leadsApi::show),
        write("PUT", "/api/leads/{id}", Right.LEADS_WRITE, n.leadsApi::change),
        write("PATCH", "/api/leads/{id}", Right.LEADS_WRITE, n.leadsApi::change),
        write("DELETE", "/api/leads/{id}", Right.LEADS_WRITE, n.leadsApi::delete),
        read("GET", "/api/leads/{id}/personal-data", Right.LEADS_READ, n.auditing.personalData::export),
        write("POST", "/api/leads/{id}/erase", Right.LEADS_WRITE, n.auditing.personalData::erase),
        read("GET", "/api/tags", Right.LEADS_READ, n.leadsApi::tags),
        read("GET", "/api/lists", Right.LEADS_READ, n.listsApi::list),
        write("POST", "/api/lists", Right.LEADS_WRITE, n.listsApi::create),
        read("GET", "/api/lists/{id}", Right.LEADS_READ, n.listsApi::show),
        write("PATCH", "/api/lists/{id}", Right.LEADS_WRITE, n.listsApi::change),
        write("DELETE", "/api/lists/{id}", Right.LEADS_WRITE, n.listsApi::remove),
        read("GET", "/api/dnc", Right.LEADS_READ, n.dncApi::list),
        write("POST", "/api/dnc", Right.LEADS_WRITE, n.dncApi::add),
        write("DELETE", "/api/dnc", Right.LEADS_WRITE, n.dncApi::remove),
        read("GET", "/api/workspace/fallback-config", Right.LINES_READ, n.fallbackConfig::show),
        write("PATCH", "/api/workspace/fallback-config", Right.LINES_MANAGE, n.fallbackConfig::change),

        // Lines
        read("GET", "/api/lines/by-user", Right.LINES_READ, n.linesApi::list),
        slow("GET", "/api/lines/check-availability", Right.LINES_READ, n.lineHealth::check),
        read("GET", "/api/lines/spam-monitor", Right.LINES_READ, n.lineHealth::spamMonitor),
        read("GET", "/api/line-requests", Right.LINES_READ, n.lineRequests::list),
        write("POST", "/api/line-requests", Right.LINES_MANAGE, n.lineRequests::create),
        read("GET", "/api/line-requests/{id}", Right.LINES_READ, n.lineRequests::show),
        write("POST", "/api/line-requests/{id}", Right.LINES_MANAGE, n.lineRequests::act),
        read("GET", "/api/lines", Right.LINES_READ, n.linesApi::list),
        write("POST", "/api/lines", Right.LINES_MANAGE, n.linesApi::create),
        read("GET", "/api/lines/{id}", Right.LINES_READ, n.linesApi::show),
        write("PATCH", "/api/lines/{id}", Right.LINES_MANAGE, n.linesApi::change),
        write("DELETE", "/api/lines/{id}", Right.LINES_MANAGE, n.linesApi::remove),

        // Messages
        n.messages.send(),
        hot("GET", "/api/messages/{id}", Right.MESSAGES_READ, n.messages.one()),
        read("GET", "/api/messages", Right.MESSAGES_READ, n.messages::list),
        read("GET", "/api/messages/{id}/events", Right.MESSAGES_READ, n.messages::events),
        write("PATCH", "/api/messages/{id}", Right.MESSAGES_SEND, n.messageEdit::change),
        write("DELETE", "/api/messages/{id}", Right.MESSAGES_SEND, n.cancellation::one),
        write("POST", "/api/messages/{id}/resolve", Right.MESSAGES_SEND, n.resolution::resolve),
        slow("POST", "/api/messages/batch", Right.MESSAGES_SEND, n.messages::batch).rated(Rate.BATCH),
        write("POST", "/api/messages/cancel-for-lead", Right.MESSAGES_SEND, n.cancellation::forLead),

        // Replies and the inbox
        read("GET", "/api/replies", Right.MESSAGES_READ, n.repliesApi::list).rated(Rate.REPLIES),
        read("GET", "/api/unibox/conversations", Right.MESSAGES_READ, n.unibox::list),
        read("GET", "/api/unibox/conversations/{id}", Right.MESSAGES_READ, n.unibox::show),
        write("PATCH", "/api/unibox/conversations/{id}", Right.MESSAGES_SEND, n.unibox::mark),
        read("GET", "/api/unibox/conversations/{id}/messages", Right.MESSAGES_READ, n.unibox::messages),
        read("GET", "/api/unibox/messages/{id}/attachment", Right.MESSAGES_READ, n.unibox::attachment),
        write("POST", "/api/unibox/mark-read", Right.MESSAGES_SEND, n.unibox::markRead),
        n.unibox.reply(),
        read("GET", "/api/workspace/opt-out-words", Right.LEADS_READ, n.optOutWords::show),
        write("PUT", "/api/workspace/opt-out-words", Right.LEADS_WRITE, n.optOutWords::replace),
        // Campaigns
        read("GET", "/api/campaigns", Right.CAMPAIGNS_READ, n.campaignsApi::list),
        write("POST", "/api/campaigns", Right.CAMPAIGNS_WRITE, n.campaignsApi::create).rated(Rate.CAMPAIGNS),
        read("POST", "/api/campaigns/evaluate-conditions", Right.CAMPAIGNS_READ, n.campaignPreview::evaluate).evenReadOnly(),
        read("GET", "/api/campaigns/{id}", Right.CAMPAIGNS_READ, n.campaignsApi::show),
        write("PATCH", "/api/campaigns/{id}", Right.CAMPAIGNS_WRITE, n.campaignsApi::change),
        write("DELETE", "/api/campaigns/{id}", Right.CAMPAIGNS_WRITE, n.campaignsApi::remove),
        write("POST", "/api/campaigns/{id}/launch", Right.CAMPAIGNS_WRITE, n.campaignsApi::launch),
        write("POST", "/api/campaigns/{id}/pause", Right.CAMPAIGNS_WRITE, n.campaignsApi::pause),
        write("POST", "/api/campaigns/{id}/resume", Right.CAMPAIGNS_WRITE, n.campaignsApi::resume),
        write("POST", "/api/campaigns/{id}/complete", Right.CAMPAIGNS_WRITE, n.campaignsApi::complete),
        write("POST", "/api/campaigns/{id}/clone", Right.CAMPAIGNS_WRITE, n.campaignsApi::copy),
        read("GET", "/api/campaigns/{id}/recipients", Right.CAMPAIGNS_READ, n.campaignRecipients::list),
        read("GET", "/api/campaigns/{id}/stats", Right.CAMPAIGNS_READ, n.campaignStats::show),
        read("POST", "/api/campaigns/{id}/preview", Right.CAMPAIGNS_READ, n.campaignPreview::run).evenReadOnly(),
        write("POST", "/api/campaigns/{id}/leads", Right.CAMPAIGNS_WRITE, n.campaignEnrol::add).rated(Rate.CAMPAIGNS),
        write("POST", "/api/campaigns/{id}/enroll", Right.CAMPAIGNS_WRITE, n.campaignEnrol::add).rated(Rate.CAMPAIGNS),

        // API keys; what changes access holds on every node once it is confirmed (K8)
        read("GET", "/api/api-keys", null, n.access.keysApi::list), // any member sees that keys exist (K2)
        write("POST", "/api/api-keys", Right.KEYS_MANAGE, n.access.keysApi::create).changingAccess(),
        read("GET", "/api/api-keys/{id}", Right.KEYS_MANAGE, n.access.keysApi::show),
        write("PATCH", "/api/api-keys/{id}", Right.KEYS_MANAGE, n.access.keysApi::change).changingAccess(),
        write("DELETE", "/api/api-keys/{id}", Right.KEYS_MANAGE, n.access.keysApi::remove).changingAccess().evenReadOnly(),
        write("POST", "/api/api-keys/{id}/rotate", Right.KEYS_MANAGE, n.access.keysApi::rotate).changingAccess().evenReadOnly(),
        write("POST", "/api/api-keys/{id}/end-overlap", Right.KEYS_MANAGE, n.access.keysApi::endOverlap).changingAccess().evenReadOnly(),
        write("POST", "/api/api-keys/{id}/disable", Right.KEYS_MANAGE, n.access.keysApi::disable).changingAccess().evenReadOnly(),
        write("POST", "/api/api-keys/{id}/enable", Right.KEYS_MANAGE, n.access.keysApi::enable).changingAccess(),
        read("GET", "/api/api-keys/{id}/activity", Right.KEYS_MANAGE, n.access.keyReports::activity),
        read("GET", "/api/api-keys/{id}/report", Right.KEYS_MANAGE, n.access.keyReports::report),
        open("POST", "/api/leaked-keys", n.access.leakedKeys::take),

        // Webhooks
        read("GET", "/api/webhooks", Right.WEBHOOKS_MANAGE, n.webhooksApi::list),
        write("POST", "/api/webhooks", Right.WEBHOOKS_MANAGE, n.webhooksApi::create),
        read("GET", "/api/webhooks/{id}", Right.WEBHOOKS_MANAGE, n.webhooksApi::show),
        write("PATCH", "/api/webhooks/{id}", Right.WEBHOOKS_MANAGE, n.webhooksApi::change),
        write("DELETE", "/api/webhooks/{id}", Right.WEBHOOKS_MANAGE, n.webhooksApi::remove),
        slow("POST", "/api/webhooks/{id}/health-check", Right.WEBHOOKS_MANAGE, n.webhookCheck::check).evenReadOnly(),
        write("POST", "/api/webhooks/{id}/rotate-secret", Right.WEBHOOKS_MANAGE, n.webhooksApi::rotate),
        read("GET", "/api/webhooks/{id}/deliveries", Right.WEBHOOKS_MANAGE, n.deliveryLog::list),
        write("POST", "/api/webhooks/{id}/deliveries/{deliveryId}/replay", Right.WEBHOOKS_MANAGE, n.deliveryLog::replayOne),
        write("POST", "/api/webhooks/{id}/replay", Right.WEBHOOKS_MANAGE, n.deliveryLog::replayRange),

        // Limits
        open("POST", "/api/billing/stripe", n.stripeApi::take),
        read("GET", "/api/usage", Right.USAGE_READ, n.usageApi::show),
        // The operator's staff: what they may see is for the workspace to say; every end of access holds at once (S1-S3)
        read("GET", "/api/staff-access", Right.AUDIT_READ, n.staff.supportApi::show),
        write("PATCH", "/api/staff-access", Right.AUDIT_READ, n.staff.supportApi::change).changingAccess().evenReadOnly(),
        read("GET", "/api/staff-access/acts", Right.AUDIT_READ, n.staff.supportApi::acts),
        write("POST", "/api/staff-access/{id}/approve", Right.AUDIT_READ, n.staff.supportApi::approve).changingAccess().evenReadOnly(),
        write("POST", "/api/staff-access/{id}/refuse", Right.AUDIT_READ, n.staff.supportApi::refuse).changingAccess().evenReadOnly(),
        write("POST", "/api/staff-access/{id}/end", Right.AUDIT_READ, n.staff.supportApi::end).changingAccess().evenReadOnly(),

        // The audit log
        read("GET", "/api/audit", Right.AUDIT_READ, n.auditing.api::list),
        read("GET", "/api/audit/key", Right.AUDIT_READ, n.auditing.api::key),
        slow("GET", "/api/audit/export", Right.AUDIT_READ, n.auditing.api::export),

        // Who am I, health, documentation
        read("GET", "/api/whoami", null, n.whoAmI::show),
        open("GET", "/api/openapi.json", request -> Response.ok(n.openApi.document())),
        open("GET", "/healthz", request -> Response.text(200, "text/plain", "ok\n")),
        open("GET", "/readyz", n::ready),
        open("GET", "/metrics", n.metrics::show),

        // People: sessions, one's own account
        open("POST", "/api/sessions", n.access.sessionsApi::signIn),
        person("GET", "/api/sessions", n.access.sessionsApi::list),
        person("DELETE", "/api/sessions/current", n.access.sessionsApi::endCurrent),
        person("DELETE", "/api/sessions/{id}", n.access.sessionsApi::end),
        person("GET", "/api/me", n.access.meApi::show),
        person("PATCH", "/api/me", n.access.meApi::rename),
        person("PUT", "/api/me/password", n.access.meApi::changePassword),
        person("POST", "/api/me/totp", n.access.meApi::beginTotp),
        person("POST", "/api/me/totp/confirm", n.access.meApi::confirmTotp),
        person("DELETE", "/api/me/totp", n.access.meApi::removeTotp),

        // Workspaces and their members
        person("GET", "/api/workspaces", n.access.workspacesApi::list),
        personWrite("POST", "/api/workspaces", n.access.workspacesApi::create),
        read("GET", "/api/workspaces/{id}", null, n.access.workspacesApi::show),
        write("PATCH", "/api/workspaces/{id}", Right.MEMBERS_MANAGE, n.access.workspacesApi::change),
        write("DELETE", "/api/workspaces/{id}", Right.BILLING_MANAGE, n.access.workspacesApi::remove).changingAccess().evenReadOnly(),
        read("GET", "/api/members", null, n.access.membersApi::list),
        write("PATCH", "/api/members/{id}", Right.MEMBERS_MANAGE, n.access.membersApi::changeRole).changingAccess(),
        write("DELETE", "/api/members/{id}", null, n.access.membersApi::remove).changingAccess().evenReadOnly(),
        write("POST", "/api/members/{id}/transfer-ownership", Right.BILLING_MANAGE, n.access.membersApi::transferOwnership).changingAccess(),
        read("GET", "/api/members/invitations", Right.MEMBERS_MANAGE, n.access.membersApi::listInvitations),
        write("POST", "/api/members/invitations", Right.MEMBERS_MANAGE, n.access.membersApi::invite),
        write("DELETE", "/api/members/invitations/{id}", Right.MEMBERS_MANAGE, n.access.membersApi::withdraw).evenReadOnly(),
        open("POST", "/api/invitations/accept", n.access.membersApi::accept),
        person("POST", "/api/me/invitations/accept", n.access.membersApi::acceptSignedIn));
  }

  private static List<Route> pages(Node n) {
    return List.of(
        // Pages: for everybody, for a signed-in person, for a member of the workspace they chose
        open("GET", "/assets/{hash}/{name}", n.dashboard.assets::serve),
        open("GET", "/sign-in", n.dashboard.signIn::show),
        open("POST", "/sign-in", n.dashboard.signIn::signIn),
        open("GET", "/welcome/{token}", n.dashboard.welcome::show),
        open("POST", "/welcome/{token}", n.dashboard.welcome::setPassword),
        open("GET", "/join/{token}", n.dashboard.join::show),
        open("POST", "/join/{token}", n.dashboard.join::join),
        open("GET", "/docs", n.dashboard.docs::reference),
        open("GET", "/docs/errors", n.dashboard.docs::errors),
        open("GET", "/docs/rights", n.dashboard.docs::rights),
        open("GET", "/u/{token}", n.unsubscribePage::show),
        open("POST", "/u/{token}", n.unsubscribePage::unsubscribe),
        personPage("POST", "/sign-out", n.dashboard.signIn::signOut),
        personPage("GET", "/workspaces", n.dashboard.workspaces::list),
        personPage("POST", "/workspaces", n.dashboard.workspaces::choose),
        personPage("GET", "/workspaces/new", n.dashboard.workspaces::fresh),
        personPage("POST", "/workspaces/new", n.dashboard.workspaces::create),
        personPage("GET", "/account", n.dashboard.account::show),
        personPage("POST", "/account/name", n.dashboard.account::rename),
        personPage("POST", "/account/password", n.dashboard.account::password),
        personPage("POST", "/account/totp", n.dashboard.account::beginTotp),
        personPage("POST", "/account/totp/confirm", n.dashboard.account::confirmTotp),
        personPage("POST", "/account/totp/remove", n.dashboard.account::removeTotp),
        personPage("POST", "/account/sessions/{id}/end", n.dashboard.account::end),
        page("/", null, n.dashboard.home::show),
        form("/notices", Right.KEYS_MANAGE, n.dashboard.notices::seen).evenReadOnly(),
        page("/messages", Right.MESSAGES_READ, n.dashboard.messages::list),
        page("/messages/new", Right.MESSAGES_SEND, n.leadPages.compose::fresh),
        personPage("POST", "/messages", n.leadPages.compose::send),
        page("/messages/{id}", Right.MESSAGES_READ, n.dashboard.messages::detail),
        page("/messages/{id}/edit", Right.MESSAGES_SEND, n.leadPages.compose::editing),
        form("/messages/{id}/edit", Right.MESSAGES_SEND, n.leadPages.compose::change),
        form("/messages/{id}/cancel", Right.MESSAGES_SEND, n.dashboard.messages::cancel),
        page("/leads", Right.LEADS_READ, n.leadPages.list::list),
        form("/leads", Right.LEADS_WRITE, n.leadPages.one::create),
        personPage("GET", "/leads/export", n.leadPages.list::export),
        page("/leads/new", Right.LEADS_WRITE, n.leadPages.one::fresh),
        form("/leads/tag", Right.LEADS_WRITE, n.leadPages.list::tag),
        form("/leads/untag", Right.LEADS_WRITE, n.leadPages.list::tag),
        form("/leads/delete", Right.LEADS_WRITE, n.leadPages.list::delete),
        page("/leads/import", Right.LEADS_READ, n.importPage::show),
        streaming("POST", "/leads/import", Right.LEADS_WRITE, n.importPage::run),
        page("/leads/import/{id}", Right.LEADS_READ, n.importPage::one),
        page("/leads/lists", Right.LEADS_READ, n.leadPages.lists::show),
        form("/leads/lists", Right.LEADS_WRITE, n.leadPages.lists::create),
        page("/leads/lists/new", Right.LEADS_WRITE, n.leadPages.lists::fresh),
        form("/leads/lists/{id}", Right.LEADS_WRITE, n.leadPages.lists::change),
        page("/leads/lists/{id}/edit", Right.LEADS_WRITE, n.leadPages.lists::edit),
        page("/leads/lists/{id}/remove", Right.LEADS_WRITE, n.leadPages.lists::removing),
        form("/leads/lists/{id}/remove", Right.LEADS_WRITE, n.leadPages.lists::remove),
        page("/leads/do-not-contact", Right.LEADS_READ, n.leadPages.dnc::show),
        form("/leads/do-not-contact", Right.LEADS_WRITE, n.leadPages.dnc::add),
        page("/leads/do-not-contact/words", Right.LEADS_WRITE, n.leadPages.dnc::wording),
        form("/leads/do-not-contact/words", Right.LEADS_WRITE, n.leadPages.dnc::word),
        page("/leads/do-not-contact/new", Right.LEADS_WRITE, n.leadPages.dnc::fresh),
        page("/leads/do-not-contact/{id}/remove", Right.LEADS_WRITE, n.leadPages.dnc::removing),
        form("/leads/do-not-contact/{id}/remove", Right.LEADS_WRITE, n.leadPages.dnc::remove),
        page("/leads/{id}", Right.LEADS_READ, n.leadPages.one::detail),
        form("/leads/{id}", Right.LEADS_WRITE, n.leadPages.one::change),
        page("/leads/{id}/edit", Right.LEADS_WRITE, n.leadPages.one::edit),
        page("/leads/{id}/do-not-contact", Right.LEADS_WRITE, n.leadPages.one::blocking),
        form("/leads/{id}/do-not-contact", Right.LEADS_WRITE, n.leadPages.one::block),
        page("/leads/{id}/delete", Right.LEADS_WRITE, n.leadPages.one::deleting),
        form("/leads/{id}/delete", Right.LEADS_WRITE, n.leadPages.one::delete),
        page("/campaigns", Right.CAMPAIGNS_READ, n.campaignPages.list::list),
        page("/campaigns/new", Right.CAMPAIGNS_WRITE, n.campaignPages.builder::fresh),
        form("/campaigns", Right.CAMPAIGNS_WRITE, n.campaignPages.builder::create),
        page("/campaigns/{id}", Right.CAMPAIGNS_READ, n.campaignPages.one::show),
        form("/campaigns/{id}", Right.CAMPAIGNS_WRITE, n.campaignPages.builder::save),
        page("/campaigns/{id}/edit", Right.CAMPAIGNS_WRITE, n.campaignPages.builder::edit),
        form("/campaigns/{id}/form", Right.CAMPAIGNS_WRITE, n.campaignPages.builder::form),
        page("/campaigns/{id}/review", Right.CAMPAIGNS_WRITE, n.campaignPages.launch::review),
        page("/campaigns/{id}/launch", Right.CAMPAIGNS_WRITE, n.campaignPages.launch::launching),
        form("/campaigns/{id}/launch", Right.CAMPAIGNS_WRITE, n.campaignPages.launch::launch),
        form("/campaigns/{id}/pause", Right.CAMPAIGNS_WRITE, n.campaignPages.list::pause),
        form("/campaigns/{id}/resume", Right.CAMPAIGNS_WRITE, n.campaignPages.list::resume),
        page("/campaigns/{id}/complete", Right.CAMPAIGNS_WRITE, n.campaignPages.list::completing),
        form("/campaigns/{id}/complete", Right.CAMPAIGNS_WRITE, n.campaignPages.list::complete),
        form("/campaigns/{id}/clone", Right.CAMPAIGNS_WRITE, n.campaignPages.list::copy),
        page("/campaigns/{id}/remove", Right.CAMPAIGNS_WRITE, n.campaignPages.list::removing),
        form("/campaigns/{id}/remove", Right.CAMPAIGNS_WRITE, n.campaignPages.list::remove),
        page("/messages/{id}/send-again", Right.MESSAGES_SEND, n.dashboard.messages::resolving),
        form("/messages/{id}/send-again", Right.MESSAGES_SEND, n.dashboard.messages::resolve),
        page("/messages/{id}/give-up", Right.MESSAGES_SEND, n.dashboard.messages::resolving),
        form("/messages/{id}/give-up", Right.MESSAGES_SEND, n.dashboard.messages::resolve),
        page("/inbox", Right.MESSAGES_READ, n.dashboard.inbox::list),
        page("/inbox/attachments/{id}", Right.MESSAGES_READ, n.unibox::attachment),
        page("/inbox/{id}", Right.MESSAGES_READ, n.dashboard.inbox::thread),
        form("/inbox/{id}/read", Right.MESSAGES_SEND, n.dashboard.inbox::read),
        form("/inbox/{id}/unread", Right.MESSAGES_SEND, n.dashboard.inbox::unread),
        form("/inbox/{id}/no-opt-out", Right.MESSAGES_SEND, n.dashboard.inbox::noOptOut),
        form("/inbox/{id}/archive", Right.MESSAGES_SEND, n.dashboard.inbox::archive),
        form("/inbox/{id}/unarchive", Right.MESSAGES_SEND, n.dashboard.inbox::archive),
        personPage("POST", "/inbox/{id}/reply", n.dashboard.inbox::reply),
        page("/lines", Right.LINES_READ, n.dashboard.lines::list),
        page("/lines/new", Right.LINES_MANAGE, n.dashboard.lines::fresh),
        form("/lines", Right.LINES_MANAGE, n.dashboard.lines::create),
        page("/lines/{id}/edit", Right.LINES_MANAGE, n.dashboard.lines::edit),
        form("/lines/{id}/pause", Right.LINES_MANAGE, n.dashboard.lines::pause),
        form("/lines/{id}/resume", Right.LINES_MANAGE, n.dashboard.lines::pause),
        page("/lines/{id}/remove", Right.LINES_MANAGE, n.dashboard.lines::removing),
        form("/lines/{id}/remove", Right.LINES_MANAGE, n.dashboard.lines::remove),
        personPage("POST", "/lines/{id}/check", n.dashboard.lineCare::check),
        page("/lines/failures", Right.LINES_READ, n.dashboard.lineCare::failures),
        page("/lines/fallback", Right.LINES_MANAGE, n.dashboard.lineCare::fallback),
        form("/lines/fallback", Right.LINES_MANAGE, n.dashboard.lineCare::changeFallback),
        form("/lines/{id}", Right.LINES_MANAGE, n.dashboard.lines::change),
        page("/webhooks", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::list),
        page("/webhooks/new", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::fresh),
        form("/webhooks", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::create),
        page("/webhooks/{id}", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::detail),
        form("/webhooks/{id}", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::change),
        page("/webhooks/{id}/edit", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::edit),
        form("/webhooks/{id}/on", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::turn),
        form("/webhooks/{id}/off", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::turn),
        form("/webhooks/{id}/rotate", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::rotate),
        page("/webhooks/{id}/remove", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::removing),
        form("/webhooks/{id}/remove", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::remove),
        personPage("POST", "/webhooks/{id}/test", n.dashboard.webhooks::test),
        page("/webhooks/{id}/replay", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::replaying),
        form("/webhooks/{id}/replay", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::replayRange),
        form("/webhooks/{id}/deliveries/{deliveryId}/replay", Right.WEBHOOKS_MANAGE, n.dashboard.webhooks::replay),
        page("/usage", Right.USAGE_READ, n.dashboard.usage::show),

        // Settings > Members, Workspace
        page("/settings/members", null, n.dashboard.members::list),
        page("/settings/members/invite", Right.MEMBERS_MANAGE, n.dashboard.members::inviting),
        form("/settings/members/invite", Right.MEMBERS_MANAGE, n.dashboard.members::invite),
        form("/settings/members/invitations/{id}/withdraw", Right.MEMBERS_MANAGE, n.dashboard.members::withdraw).evenReadOnly(),
        page("/settings/members/{id}/role", Right.MEMBERS_MANAGE, n.dashboard.members::role),
        form("/settings/members/{id}/role", Right.MEMBERS_MANAGE, n.dashboard.members::changeRole).changingAccess(),
        form("/settings/members/{id}/transfer", Right.BILLING_MANAGE, n.dashboard.members::transfer).changingAccess(),
        page("/settings/members/{id}/remove", null, n.dashboard.members::removing),
        form("/settings/members/{id}/remove", null, n.dashboard.members::remove).changingAccess().evenReadOnly(), // anybody may leave
        page("/settings/audit", Right.AUDIT_READ, n.auditing.page::show),
        page("/settings/audit/export", Right.AUDIT_READ, n.auditing.page::export),
        page("/settings/privacy", Right.LEADS_READ, n.auditing.privacyPage::find),
        page("/settings/privacy/{id}/export", Right.LEADS_READ, n.auditing.personalData::export),
        page("/settings/privacy/{id}/erase", Right.LEADS_WRITE, n.auditing.privacyPage::erasing),
        form("/settings/privacy/{id}/erase", Right.LEADS_WRITE, n.auditing.privacyPage::erase),
        page("/settings/workspace", null, n.dashboard.workspace::show),
        form("/settings/workspace/{id}", Right.MEMBERS_MANAGE, n.dashboard.workspace::change),

        // Settings > Support access
        page("/settings/support", Right.AUDIT_READ, n.staff.supportPage::show),
        form("/settings/support", Right.AUDIT_READ, n.staff.supportPage::change).changingAccess().evenReadOnly(),
        form("/settings/support/{id}/approve", Right.AUDIT_READ, n.staff.supportPage::approve).changingAccess().evenReadOnly(),
        form("/settings/support/{id}/refuse", Right.AUDIT_READ, n.staff.supportPage::refuse).changingAccess().evenReadOnly(),
        form("/settings/support/{id}/end", Right.AUDIT_READ, n.staff.supportPage::end).changingAccess().evenReadOnly(),

        // Settings > API keys: the same rights and locks as the endpoints they lead to
        page("/settings/api-keys", null, n.dashboard.keys::list), // any member sees that keys exist (K2)
        page("/settings/api-keys/new", Right.KEYS_MANAGE, n.dashboard.keys::fresh),
        form("/settings/api-keys", Right.KEYS_MANAGE, n.dashboard.keys::create).changingAccess(),
        page("/settings/api-keys/{id}", Right.KEYS_MANAGE, n.dashboard.keys::detail),
        form("/settings/api-keys/{id}", Right.KEYS_MANAGE, n.dashboard.keys::change).changingAccess(),
        page("/settings/api-keys/{id}/edit", Right.KEYS_MANAGE, n.dashboard.keys::edit),
        page("/settings/api-keys/{id}/rotate", Right.KEYS_MANAGE, n.dashboard.keys::confirm),
        form("/settings/api-keys/{id}/rotate", Right.KEYS_MANAGE, n.dashboard.keys::rotate).changingAccess().evenReadOnly(),
        form("/settings/api-keys/{id}/end-overlap", Right.KEYS_MANAGE, n.dashboard.keys::endOverlap).changingAccess().evenReadOnly(),
        page("/settings/api-keys/{id}/disable", Right.KEYS_MANAGE, n.dashboard.keys::confirm),
        form("/settings/api-keys/{id}/disable", Right.KEYS_MANAGE, n.dashboard.keys::disable).changingAccess().evenReadOnly(),
        form("/settings/api-keys/{id}/enable", Right.KEYS_MANAGE, n.dashboard.keys::enable).changingAccess(),
        page("/settings/api-keys/{id}/remove", Right.KEYS_MANAGE, n.dashboard.keys::confirm),
        form("/settings/api-keys/{id}/remove", Right.KEYS_MANAGE, n.dashboard.keys::remove).changingAccess().evenReadOnly());
  }

  /** The staff console: its own log-in; everything below a grant is read under that grant and on record (S1, S2). */
  private static List<Route> console(Node n) {
    return List.of(
        open("GET", "/staff/sign-in", n.staff.console.door::show),
        open("POST", "/staff/sign-in", n.staff.console.door::signIn),
        open("GET", "/staff/welcome/{token}", n.staff.console.door::welcome),
        open("POST", "/staff/welcome/{token}", n.staff.console.door::begin),
        staffPage("POST", "/staff/sign-out", n.staff.console.door::signOut),
        staffPage("GET", "/staff", n.staff.console.desk::list),
        staffPage("GET", "/staff/workspaces/{id}/ask", n.staff.console.desk::asking),
        staffPage("POST", "/staff/workspaces/{id}/ask", n.staff.console.desk::ask),
        staffPage("GET", "/staff/grants", n.staff.console.desk::mine),
        staffPage("POST", "/staff/grants/{id}/end", n.staff.console.desk::end),
        staffPage("GET", "/staff/grants/{id}", n.staff.console.workspace::overview),
        staffPage("GET", "/staff/grants/{id}/leads", n.staff.console.workspace::leads),
        staffPage("GET", "/staff/grants/{id}/leads/{lead}", n.staff.console.workspace::lead),
        staffPage("GET", "/staff/grants/{id}/messages", n.staff.console.workspace::messages),
        staffPage("GET", "/staff/grants/{id}/messages/{message}", n.staff.console.workspace::message),
        staffPage("GET", "/staff/grants/{id}/lines", n.staff.console.workspace::lines),
        staffPage("POST", "/staff/grants/{id}/lines/{line}/pause", n.staff.console.workspace::pause),
        staffPage("GET", "/staff/grants/{id}/campaigns", n.staff.console.workspace::campaigns));
  }
}
