package tuco;

import static tuco.http.Route.open;
import static tuco.http.Route.person;
import static tuco.http.Route.personWrite;
import static tuco.http.Route.read;
import static tuco.http.Route.slow;
import static tuco.http.Route.streaming;
import static tuco.http.Route.write;

import java.util.List;
import java.util.stream.Stream;
import tuco.caller.Right;
import tuco.http.Json;
import tuco.http.Rate;
import tuco.http.Response;
import tuco.http.Route;

/** Every operation of the API with the right it takes, on one page; {@link PageRoutes} has the pages. The router scans in this order: hot ones first. */
final class Routes {
  private Routes() {}

  /** What a node without the role {@code api} still answers: whether it is well. */
  static List<Route> health(Node n) {
    return of(n).stream().filter(route -> List.of("/healthz", "/readyz", "/metrics").contains(route.path())).toList();
  }

  static List<Route> of(Node n) {
    return Stream.of(api(n), PageRoutes.pages(n), PageRoutes.console(n)).flatMap(List::stream).toList();
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
        n.messages.one(),
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
        read("GET", "/api/campaigns", Right.CAMPAIGNS_READ, n.campaigns.api::list),
        write("POST", "/api/campaigns", Right.CAMPAIGNS_WRITE, n.campaigns.api::create).rated(Rate.CAMPAIGNS),
        write("PUT", "/api/campaigns", Right.CAMPAIGNS_WRITE, n.campaigns.control::control),
        read("GET", "/api/workspace/sending-rules", Right.CAMPAIGNS_READ, n.campaigns.rules::show),
        write("PUT", "/api/workspace/sending-rules", Right.CAMPAIGNS_WRITE, n.campaigns.rules::replace),
        read("POST", "/api/campaigns/evaluate-conditions", Right.CAMPAIGNS_READ, n.campaigns.preview::evaluate).evenReadOnly(),
        read("GET", "/api/campaigns/{id}", Right.CAMPAIGNS_READ, n.campaigns.api::show),
        write("PATCH", "/api/campaigns/{id}", Right.CAMPAIGNS_WRITE, n.campaigns.api::change),
        write("DELETE", "/api/campaigns/{id}", Right.CAMPAIGNS_WRITE, n.campaigns.api::remove),
        write("POST", "/api/campaigns/{id}/launch", Right.CAMPAIGNS_WRITE, n.campaigns.api::launch),
        write("POST", "/api/campaigns/{id}/pause", Right.CAMPAIGNS_WRITE, n.campaigns.api::pause),
        write("POST", "/api/campaigns/{id}/resume", Right.CAMPAIGNS_WRITE, n.campaigns.api::resume),
        write("POST", "/api/campaigns/{id}/complete", Right.CAMPAIGNS_WRITE, n.campaigns.api::complete),
        write("POST", "/api/campaigns/{id}/clone", Right.CAMPAIGNS_WRITE, n.campaigns.api::copy),
        read("GET", "/api/campaigns/{id}/recipients", Right.CAMPAIGNS_READ, n.campaigns.recipients::list),
        read("GET", "/api/campaigns/{id}/stats", Right.CAMPAIGNS_READ, n.campaigns.stats::show),
        read("POST", "/api/campaigns/{id}/preview", Right.CAMPAIGNS_READ, n.campaigns.preview::run).evenReadOnly(),
        write("POST", "/api/campaigns/{id}/leads", Right.CAMPAIGNS_WRITE, n.campaigns.enrol::add).rated(Rate.CAMPAIGNS),
        write("POST", "/api/campaigns/{id}/enroll", Right.CAMPAIGNS_WRITE, n.campaigns.enrol::add).rated(Rate.CAMPAIGNS),

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
        open("GET", "/api/health-check", request -> {
          n.ready(request);
          return Response.ok(Json.object().put("status", "healthy"));
        }),
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
        person("POST", "/api/me/email", n.access.meApi::changeEmail),
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
}
