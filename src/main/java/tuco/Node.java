package tuco;

import java.net.InetAddress;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.access.Forgotten;
import tuco.access.KeyUse;
import tuco.access.WhoAmI;
import tuco.audit.Audit;
import tuco.audit.AuditExport;
import tuco.availability.Availability;
import tuco.availability.AvailabilityApi;
import tuco.availability.BulkChecks;
import tuco.campaigns.LastWords;
import tuco.campaigns.Stops;
import tuco.config.Config;
import tuco.config.Vault;
import tuco.dashboard.CampaignPages;
import tuco.dashboard.Checkout;
import tuco.dashboard.Dashboard;
import tuco.dashboard.ErrorPages;
import tuco.dashboard.ImportPage;
import tuco.dashboard.LeadPages;
import tuco.dashboard.Pages;
import tuco.dashboard.UnsubscribePage;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.dispatch.Dispatcher;
import tuco.http.Gate;
import tuco.http.Idempotency;
import tuco.http.OpenApi;
import tuco.http.Outbound;
import tuco.http.PlanRates;
import tuco.http.Rates;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.http.Server;
import tuco.ids.Ids;
import tuco.inbox.Conversations;
import tuco.inbox.Inbox;
import tuco.inbox.MailReaders;
import tuco.inbox.Nature;
import tuco.inbox.OptOut;
import tuco.inbox.OptOutWordsApi;
import tuco.inbox.RepliesApi;
import tuco.inbox.SimulatedReplies;
import tuco.inbox.UniboxApi;
import tuco.inbox.Unsubscribe;
import tuco.leads.DncApi;
import tuco.leads.FallbackConfig;
import tuco.leads.Imports;
import tuco.leads.LeadExport;
import tuco.leads.LeadImport;
import tuco.leads.LeadIntake;
import tuco.leads.LeadSearch;
import tuco.leads.LeadWriter;
import tuco.leads.Leads;
import tuco.leads.LeadsApi;
import tuco.leads.Lists;
import tuco.leads.ListsApi;
import tuco.leads.Phones;
import tuco.leads.Suppressions;
import tuco.limits.Billing;
import tuco.limits.PlanExpiry;
import tuco.limits.Plans;
import tuco.limits.ReadOnly;
import tuco.limits.StripeApi;
import tuco.limits.UsageApi;
import tuco.lines.LineHealth;
import tuco.lines.LineNews;
import tuco.lines.LineRequests;
import tuco.lines.Lines;
import tuco.lines.LinesApi;
import tuco.messages.AttachmentUrls;
import tuco.messages.Cancellation;
import tuco.messages.Edit;
import tuco.messages.LineChoice;
import tuco.messages.MessagesApi;
import tuco.messages.Resolution;
import tuco.staff.StaffAccounts;
import tuco.webhooks.Bell;
import tuco.webhooks.Delivery;
import tuco.webhooks.DeliveryLog;
import tuco.webhooks.HealthCheck;
import tuco.webhooks.Outbox;
import tuco.webhooks.WebhooksApi;

/**
 * The composition root: builds every part by hand, in the order data flows. No statics, so that a test can start
 * three of them on one database, or one with simulated time.
 */
public final class Node implements AutoCloseable {
  final Config config;
  final Clock clock;
  final Ids ids;
  final Database database;
  final PlanRates planRates;

  // Audit
  final Audit audit;
  final Auditing auditing;

  // Access: people, keys, workspaces
  final AccessParts access;
  final KeyUse keyUse;
  final UsageApi usageApi;
  final PlanExpiry planExpiry;
  final StripeApi stripeApi;
  final WhoAmI whoAmI;

  // Leads
  final Phones phones;
  final LeadsApi leadsApi;
  final Imports imports;
  final LeadImport leadImport;
  final LeadExport leadExport;
  final ListsApi listsApi;
  final DncApi dncApi;
  final FallbackConfig fallbackConfig;

  // Lines
  final Lines lines;
  final LineHealth lineHealth;
  final LineRequests lineRequests;
  final LinesApi linesApi;
  final AvailabilityApi availabilityApi;
  final BulkChecks bulkChecks;

  // What comes back
  final Inbox inbox;
  final SimulatedReplies simulatedReplies;
  final MailReaders mailReaders;
  final RepliesApi repliesApi;
  final OptOutWordsApi optOutWords;
  final Conversations conversations;
  final UniboxApi unibox;
  final Unsubscribe unsubscribe;

  // Messages and the engine
  final Outbox outbox;
  final Dispatcher dispatcher;
  final Housekeeping housekeeping;
  final AttachmentUrls attachmentUrls;
  final MessagesApi messages;
  final Edit messageEdit;
  final Cancellation cancellation;
  final Resolution resolution;

  // Campaigns
  final Stops stops;
  final CampaignParts campaigns;

  // Staff
  final StaffParts staff;

  // Pages
  final Pages pages;
  final Dashboard dashboard;
  final CampaignPages campaignPages;
  final LeadPages leadPages;
  final UnsubscribePage unsubscribePage;
  final ImportPage importPage;

  // HTTP
  final OpenApi openApi;
  final Metrics metrics;
  final Server server;

  // Webhooks
  final Outbound outbound;
  final Delivery delivery;
  final WebhooksApi webhooksApi;
  final HealthCheck webhookCheck;
  final DeliveryLog deliveryLog;

  /** One whose pages are those in the jar. */
  public Node(Config config, Clock clock) {
    this(config, clock, null);
  }

  /** In development: one whose pages follow their sources. */
  public Node(Config config, Clock clock, @Nullable Checkout checkout) {
    this.config = config;
    this.clock = clock;
    ids = new Ids(clock);
    Vault vault = new Vault(config.secretKey());
    database = Database.open(config.app(), config.engine(), 16, 8);
    Rates rates = new Rates(clock);
    planRates = new PlanRates(database, rates, Duration.ofSeconds(10));
    keyUse = new KeyUse(database, clock);
    pages = new Pages(checkout, clock);
    Gate gate = new Gate(database, rates, new Idempotency(clock), keyUse, new ErrorPages(pages, database)::of);
    Bell bell = new Bell();
    outbox = new Outbox(ids, clock, bell);

    audit = new Audit(clock);
    auditing = new Auditing(database, audit, vault, config.data(), ids, clock, pages);

    access = new AccessParts(config.mail(), database, ids, clock, vault, audit, outbox, this::url);
    usageApi = new UsageApi(clock);
    ReadOnly readOnly = new ReadOnly(audit);
    planExpiry = new PlanExpiry(database, readOnly, Duration.ofSeconds(2));
    stripeApi = new StripeApi(
        config.stripe(), new Billing(database, readOnly, new Plans(audit), config.stripe().plans()), clock);
    whoAmI = new WhoAmI(usageApi::limits);

    stops = new Stops(clock, outbox::record);
    phones = new Phones();
    Lists lists = new Lists(ids, clock, audit, outbox::record);
    Suppressions suppressions = new Suppressions(ids, clock, outbox::record);
    LeadWriter leadWriter = new LeadWriter(ids, clock, outbox::record, suppressions);
    leadsApi = new LeadsApi(
        new Leads(phones, clock, outbox::record, audit, stops::changed, suppressions), leadWriter, new LeadSearch(Duration.ofSeconds(5)), lists, phones);
    imports = new Imports(ids, clock, audit);
    leadImport = new LeadImport(database, leadWriter, lists, imports, phones);
    leadExport = new LeadExport(audit);
    listsApi = new ListsApi(lists);
    dncApi = new DncApi(suppressions, phones, audit);
    fallbackConfig = new FallbackConfig(vault, phones, clock, audit, kind -> LineChoice.carries(kind, "sms"));

    metrics = new Metrics(config.traces());
    server = new Server(config.http(), gate, ids, metrics::answered, metrics.traces);
    outbound = new Outbound(server, InetAddress::getAllByName, config.privateWebhooks());
    attachmentUrls = new AttachmentUrls(
        database, this::url, outbound::fetch, config.privateWebhooks());
    ChannelParts channels = new ChannelParts(database, clock, config.privateMail(), attachmentUrls::fetch);
    lines = new Lines(ids, clock, vault);
    lineHealth = new LineHealth(database, lines, channels.kinds, clock);
    lineRequests = new LineRequests(ids, phones, clock, audit);
    linesApi = new LinesApi(lines, lineRequests, channels.kinds, phones, clock, audit);
    Availability availability = new Availability(database, channels.kinds, vault, clock);
    bulkChecks = new BulkChecks(database, availability, clock, Duration.ofMillis(500));
    availabilityApi = new AvailabilityApi(availability, bulkChecks, database, phones, clock);

    OptOut optOut = new OptOut(suppressions, audit);
    inbox = new Inbox(ids, clock, optOut, suppressions, outbox::record, this::url, this::tellCampaigns, this::wakeLine);
    simulatedReplies = new SimulatedReplies(database, inbox, clock, Duration.ofMillis(500));
    mailReaders = new MailReaders(database, inbox, channels.mailboxes, vault, clock, MailReaders.Timing.usual());
    repliesApi = new RepliesApi(phones, clock);
    optOutWords = new OptOutWordsApi(clock, audit);
    unsubscribe = new Unsubscribe(database, optOut, config.secretKey());

    dispatcher = new Dispatcher(database.engine(), channels.kinds, vault, new LineNews(ids, outbox::record, access.letters::lineNews),
        clock, this::unsubscribeUrl, new LastWords()::of, metrics.traces);
    housekeeping = new Housekeeping(database.engine(), clock, Duration.ofMinutes(5));
    messages = new MessagesApi(database, gate, ids, phones, clock, dispatcher::signal, outbox::record, attachmentUrls, metrics.traces);
    conversations = new Conversations(clock);
    unibox = new UniboxApi(database, conversations, messages, ids, clock);
    messageEdit = new Edit(clock, outbox::record);
    cancellation = new Cancellation(phones, clock, outbox::record);
    resolution = new Resolution(clock, outbox::record, dispatcher::signal);

    campaigns = new CampaignParts(
        database, ids, clock, audit, outbox::record, dispatcher::signal, access.letters, new LeadIntake(leadWriter, lists, phones));

    openApi = new OpenApi();
    metrics.gauge("tuco.audit.broken", "Audit logs that were changed outside Tuco", auditing.seals::broken);
    metrics.gauge("tuco.acceptance.waiting", "Sends that wait for the next batch", messages::waiting);

    delivery = new Delivery(database, bell, outbound, vault, clock, access.letters::webhookOff, metrics.traces);
    webhooksApi = new WebhooksApi(ids, clock, vault, outbound, audit);
    webhookCheck = new HealthCheck(database, ids, clock, vault, outbound);
    deliveryLog = new DeliveryLog(ids, clock, outbox, audit);

    staff = new StaffParts(database, ids, clock, access, audit, pages);
    unsubscribePage = new UnsubscribePage(pages, unsubscribe);
    importPage = new ImportPage(pages, leadImport, imports, lists);
    dashboard = new Dashboard(
        pages, openApi, database,
        access.forPages(),
        messages, cancellation, resolution, conversations, unibox,
        new Dashboard.Ways(linesApi, lineRequests, lineHealth, fallbackConfig, webhooksApi, deliveryLog, webhookCheck), clock);
    campaignPages = new CampaignPages(
        pages, campaigns.forPages(), listsApi,
        dashboard.lines, new LeadSearch(Duration.ofSeconds(5)), clock);
    leadPages = new LeadPages(
        pages, database, new LeadPages.Services(leadsApi, leadExport, listsApi, dncApi, optOutWords, messages, messageEdit, availabilityApi),
        dashboard.messages, dashboard.lines, clock);
  }

  /** A reply ends sequences, an out-of-office note parks them (decisions 6.5). */
  private void tellCampaigns(Tx tx, Inbox.Recorded recorded, String text) throws SQLException {
    if (recorded.leadId() != null && recorded.nature().byAPerson()) {
      stops.replied(tx, recorded.leadId(), text, recorded.answers(), recorded.nature() == Nature.OPT_OUT);
    } else if (recorded.leadId() != null && recorded.nature() == Nature.AUTO_REPLY) {
      stops.away(tx, recorded.leadId());
    }
  }

  private void wakeLine(UUID workspace, UUID line) {
    dispatcher.signal(workspace, line);
  }

  /** Where the recipient of a mail ends them with one click. */
  private String unsubscribeUrl(UUID workspace, UUID message) {
    return url() + "/u/" + unsubscribe.token(workspace, message);
  }

  /** Starts to listen and to work. The schema must be there. */
  public Node start() {
    planRates.start();
    messages.start();
    keyUse.start();
    if (config.worker()) {
      dispatcher.start();
      simulatedReplies.start();
      mailReaders.start();
      bulkChecks.start();
      campaigns.worker.start();
      housekeeping.start();
      planExpiry.start();
      auditing.start();
      delivery.start();
    }
    server.start(config.api() ? routes() : Routes.health(this));
    return this;
  }

  /** All routes this node serves. */
  public List<Route> routes() {
    return Routes.of(this);
  }

  /** Takes audit logs along, for the command line. */
  public AuditExport auditExport() {
    return auditing.export;
  }

  /** The node's database. */
  public Database database() {
    return database;
  }

  /** The operator's way back in for who lost a password, for the command line. */
  public Forgotten forgotten() {
    return access.forgotten;
  }

  /** The operator's say in who belongs to the staff, for the command line. */
  public StaffAccounts staffAccounts() {
    return staff.accounts;
  }

  /** {@code GET /readyz}: whether this node can serve now, which it cannot without its database. */
  Response ready(Request request) {
    return database.withoutTenant(tx -> Response.text(200, "text/plain", tx.query("select 'ready'").mapTo(String.class).one() + "\n"));
  }

  /** The port the node listens on. */
  public int port() {
    return server.port();
  }

  /** How people and programs reach this node, without a slash at the end. */
  public String url() {
    return config.publicUrl() == null ? "http://localhost:" + port() : config.publicUrl();
  }

  /** Finishes what it holds, gives its lines back, and stops. */
  @Override
  public void close() {
    database.aboutToStop();
    // Webhook calls travel on the server's event loops, so they end first.
    delivery.close();
    messages.stopWaiting();
    server.close();
    messages.close();
    mailReaders.close();
    bulkChecks.close();
    simulatedReplies.close();
    campaigns.worker.close();
    dispatcher.close();
    housekeeping.close();
    planExpiry.close();
    auditing.close();
    keyUse.close();
    access.close();
    planRates.close();
    metrics.close();
    database.close();
  }
}
