package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.Conditions.Asked;
import tuco.campaigns.render.Condition;
import tuco.campaigns.render.Facts;
import tuco.campaigns.render.Fields;
import tuco.campaigns.render.Rendered;
import tuco.campaigns.render.SmsLength;
import tuco.campaigns.render.Template;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.LeadJson;

/** What would happen: a dry run of a campaign (decisions 6.1), and conditions held against a lead (contract 2.11). */
public final class Preview {
  private final Campaigns campaigns;
  private final Zones zones = new Zones();

  public Preview(Campaigns campaigns) {
    this.campaigns = campaigns;
  }

  private static final String LEAD = """
      select %s, (select c.line_id from contacts c
                   where c.workspace_id = l.workspace_id and c.lead_id = l.lead_id order by c.last_sent_at desc limit 1) as last_line,
             exists (select from lead_addresses d
                       join suppressions x on x.workspace_id = d.workspace_id
                                          and x.address_hash = sha256(uuid_send(d.workspace_id) || convert_to(lower(d.address), 'UTF8'))
                      where d.workspace_id = l.workspace_id and d.lead_id = l.lead_id) as suppressed
        from leads l
       where l.workspace_id = :workspace""".formatted(LeadJson.COLUMNS);

  private record Person(ObjectNode lead, UUID id, @Nullable UUID lastLine, boolean suppressed) {}

  /** {@code POST /api/campaigns/{id}/preview}: for one lead, or for the first of the audience. Nothing is written. */
  public Response run(Request request, Tx tx) throws SQLException {
    UUID id = request.pathId("id", Kind.CAMPAIGN, tx.caller());
    Body body = request.jsonOrEmpty();
    UUID leadId = body.id("leadId", Kind.LEAD, "Invalid leadId");
    Integer limit = body.number("limit", 1, 50);
    body.check(tx.caller());
    Campaign campaign = campaigns.find(tx, id);
    List<Step> steps = campaigns.steps(tx, campaign);
    String zoneId = tx.ownQuery("select zone from workspaces where workspace_id = :workspace").mapTo(String.class).one();
    ZoneId zone = campaign.settings().zone() == null ? ZoneId.of(zoneId) : campaign.settings().zone();
    Lines lines = Lines.load(tx.connection(), campaign, campaigns.now());
    String postalAddress = PostalAddress.of(tx.connection(), tx.workspace());
    ObjectNode answer = Json.object();
    answer.put("audienceSize", Campaigns.audienceSize(tx, campaign));
    answer.put("blockedBy", lines.usable().isEmpty() ? "no_line" : lines.anyHealthy() ? null : "lines_down");
    ArrayNode recipients = answer.putArray("recipients");
    for (Person person : people(tx, campaign, leadId, limit == null ? 10 : limit)) {
      recipients.add(recipient(campaign, steps, zone, lines, postalAddress, person));
    }
    return Response.ok(answer);
  }

  private static List<Person> people(Tx tx, Campaign campaign, @Nullable UUID lead, int limit) {
    String which = lead != null ? " and l.lead_id = :lead" : switch (campaign.audience()) {
      case "list" -> " and l.list_id = :list";
      case "tag" -> " and cast(:tag as text) = any(l.tags)";
      default -> "";
    };
    List<Person> people = tx.ownQuery(LEAD + which + " order by l.lead_id limit :limit")
        .bind("lead", lead).bind("list", campaign.listId()).bind("tag", campaign.tag()).bind("limit", limit)
        .map((row, context) -> new Person(LeadJson.of(row), row.getObject("lead_id", UUID.class),
            row.getObject("last_line", UUID.class), row.getBoolean("suppressed"))).list();
    if (lead != null && people.isEmpty()) {
      throw Problem.notFound("Lead not found").code("lead_not_found");
    }
    return people;
  }

  private ObjectNode recipient(
      Campaign campaign, List<Step> steps, ZoneId zone, Lines lines, @Nullable String postalAddress, Person person) {
    List<String> addresses = LeadJson.addresses(person.lead());
    boolean hasPhone = addresses.stream().anyMatch(address -> address.indexOf('@') < 0);
    boolean hasEmail = addresses.stream().anyMatch(address -> address.indexOf('@') >= 0);
    Lines.Line last = lines.get(person.lastLine());
    Lines.Line line = last != null && last.healthy ? last : lines.freest(hasPhone, hasEmail);
    String type = line == null ? null : line.typeFor(hasPhone, hasEmail);
    String recipient = type == null ? null : addresses.stream()
        .filter(address -> type.equals("imessage") || (address.indexOf('@') >= 0) == type.equals("email")).findFirst().orElse(null);
    ObjectNode json = Json.object()
        .put("leadId", Ids.text(Kind.LEAD, person.id()))
        .put("firstName", person.lead().path("firstName").asText()).put("lastName", person.lead().path("lastName").asText())
        .put("recipient", recipient)
        .put("lineId", line == null ? null : Ids.text(Kind.LINE, line.id)).put("lineName", line == null ? null : line.name)
        .put("excludedBy", person.suppressed() ? "do_not_contact" : addresses.isEmpty() ? "no_address" : null);
    String phone = addresses.stream().filter(address -> address.indexOf('@') < 0).findFirst().orElse(null);
    Zones.Whereabouts where = zones.of(person.lead().path("timezone").textValue(), phone, zone);
    Windows windows = Windows.of(campaign.settings(), zone, where);
    Instant start = campaign.scheduledAt() != null && campaign.scheduledAt().isAfter(campaigns.now()) ? campaign.scheduledAt() : campaigns.now();
    Instant at = start;
    ArrayNode list = json.putArray("steps");
    for (int index = 0; index < steps.size(); index++) {
      Step step = steps.get(index);
      at = windows.nextOpening(step.after(at, where.zones().getFirst()));
      ObjectNode said = step(campaign, step, index, person, line == null ? null : line.name, at);
      if (type != null) {
        said.put("message", PostalAddress.under(said.path("message").asText(), type, postalAddress));
      }
      if (recipient != null && recipient.indexOf('@') < 0) {
        length(said, "segments", said.path("message").asText());
        length(said, "smsFallbackSegments", said.path("smsFallback").textValue());
      }
      list.add(said);
    }
    return json;
  }

  /** What it takes as an SMS, which is how carriers count (connectors.md 5). */
  private static void length(ObjectNode step, String name, @Nullable String text) {
    if (text != null) {
      SmsLength length = SmsLength.of(text);
      step.set(name, Json.object().put("parts", length.parts()).put("characters", length.units()).put("encoding", length.unicode() ? "UCS-2" : "GSM-7"));
    }
  }

  private static ObjectNode step(Campaign campaign, Step step, int index, Person person, @Nullable String lineName, Instant at) {
    int variant = step.variantFor(campaign.id(), person.id());
    long seed = step.seed(campaign.id(), person.id());
    var fields = Fields.of(person.lead(), lineName);
    Rendered text = Template.parse(step.variants().get(variant).text()).render(fields, seed);
    ObjectNode json = Json.object().put("stepIndex", index).put("variant", variant).put("at", Json.timestamp(at))
        .put("message", text.text()).put("refusedBecause", text.reason());
    text.missing().forEach(json.putArray("missing")::add);
    json.put("smsFallback", step.smsFallback() == null ? null : Template.parse(step.smsFallback()).render(fields, seed).text());
    return json;
  }

  /** {@code POST /api/campaigns/evaluate-conditions}. */
  public Response evaluate(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    UUID lead = body.id("leadId", Kind.LEAD, "Invalid leadId");
    if (lead == null && body.clean()) {
      body.fault("leadId", "leadId is required");
    }
    List<Condition> rules = conditions(body, "stopRules");
    List<Condition> branches = conditions(body, "branchConditions");
    body.check(tx.caller());
    Person person = tx.ownQuery(LEAD + " and l.lead_id = :lead").bind("lead", lead)
        .map((row, context) -> new Person(LeadJson.of(row), row.getObject("lead_id", UUID.class), null, row.getBoolean("suppressed")))
        .findOne().orElseThrow(() -> Problem.notFound("Lead not found").code("lead_not_found"));
    Instant lastSent = tx.ownQuery("""
            select max(last_sent_at) from contacts where workspace_id = :workspace and lead_id = :lead""")
        .bind("lead", lead).mapTo(Instant.class).findOne().orElse(null);
    Facts facts = Conditions.known(tx.connection(), tx.workspace(), null, List.of(new Asked(person.id(), Instant.EPOCH)))
        .getOrDefault(person.id(), Conditions.Known.NOTHING).facts(person.lead(), lastSent, campaigns.now());
    ObjectNode answer = Json.object();
    results(answer.putArray("stopResults"), rules, facts, true);
    results(answer.putArray("branchResults"), branches, facts, false);
    return Response.ok(answer);
  }

  private static List<Condition> conditions(Body body, String name) {
    return body.objects(name, 100).stream().map(Rule::read).filter(java.util.Objects::nonNull).toList();
  }

  private static void results(ArrayNode results, List<Condition> conditions, Facts facts, boolean withId) {
    for (Condition condition : conditions) {
      Condition.Outcome outcome = condition.ask(facts);
      ObjectNode result = results.addObject();
      if (withId) {
        result.put("ruleId", condition.id());
      }
      result.put("type", condition.type().wire()).put("result", outcome.result()).put("detail", outcome.detail());
    }
  }
}
