package tuco.availability;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.LeadJson;
import tuco.leads.Phones;

/** Availability checks over HTTP, of addresses and of leads (contract 2.9). */
public final class AvailabilityApi {
  private static final int ADDRESSES = 100;
  private static final int LEADS = 10_000;
  /** More leads than this are checked after the answer: so many have their turns on one device while a client waits. */
  private static final int AT_ONCE = 20;

  private final Availability availability;
  private final BulkChecks bulk;
  private final Database database;
  private final Phones phones;
  private final Clock clock;

  public AvailabilityApi(Availability availability, BulkChecks bulk, Database database, Phones phones, Clock clock) {
    this.availability = availability;
    this.bulk = bulk;
    this.database = database;
    this.phones = phones;
    this.clock = clock;
  }

  /** GET /api/check-availability. */
  public Response one(Request request, Caller caller, Credential credential) {
    String raw = request.queryText("address");
    if (raw == null) {
      throw Problem.badField("address", "Address parameter is required (phone or email)");
    }
    return Response.ok(single(caller, credential, raw));
  }

  private ObjectNode single(Caller caller, Credential credential, String raw) {
    String address = normalised(raw);
    if (address == null) {
      throw Problem.badField("address", "address must be a phone number or an e-mail address");
    }
    ObjectNode body = Json.object().put("success", true);
    put(body, availability.check(caller, credential, address, until()));
    return body.put("address", address);
  }

  private Instant until() {
    return clock.instant().plus(Availability.PATIENCE);
  }

  private void put(ObjectNode body, Availability.Answer answer) {
    body.put("available", Boolean.TRUE.equals(answer.available()))
        .put("checkedAt", Json.timestamp(answer.checkedAt()))
        .put("cached", answer.cached())
        .put("ageSeconds", Duration.between(answer.checkedAt(), clock.instant()).toSeconds());
    if (answer.available() == null) {
      body.put("error", "The line could not tell.");
    }
  }

  private @Nullable String normalised(String raw) {
    return raw.indexOf('@') >= 0 ? Emails.normalise(raw) : phones.normalise(raw);
  }

  /** POST /api/check-availability: one after another. */
  public Response several(Request request, Caller caller, Credential credential) {
    Body body = request.json();
    String one = body.text("address", 300);
    List<String> several = body.texts("addresses", 100_000, 300, "addresses array is required and must not be empty");
    if (one != null && body.has("addresses")) {
      body.fault("addresses", "Give either address or addresses, not both");
    } else if (one == null && several.isEmpty() && body.clean()) {
      body.fault("addresses", "addresses array is required and must not be empty");
    } else if (several.size() > ADDRESSES) {
      body.fault("addresses", "Maximum 100 addresses per request");
    }
    body.check();
    Instant until = until();
    ArrayNode results = Json.array();
    for (String raw : one == null ? several : List.of(one)) {
      String address = normalised(raw);
      ObjectNode result = Json.object().put("address", address == null ? raw : address);
      if (address == null) {
        result.put("available", false).put("error", "not a phone number or an e-mail address");
      } else {
        put(result, availability.check(caller, credential, address, until));
      }
      results.add(result);
    }
    ObjectNode answer = Json.object().put("success", true);
    answer.set("results", results);
    return Response.ok(answer);
  }

  /** POST /api/check-availability-rr: the first of several addresses that can be reached. */
  public Response first(Request request, Caller caller, Credential credential) {
    Body body = request.json();
    List<String> raw = new ArrayList<>(body.texts("phones", ADDRESSES, 300, "phones must be an array"));
    raw.addAll(body.texts("emails", ADDRESSES, 300, "emails must be an array"));
    body.check();
    List<String> addresses = raw.stream().filter(text -> !text.isBlank()).toList();
    if (addresses.isEmpty()) {
      String text = "No phone or email addresses provided";
      throw Problem.bad(text).reason(text).member("available", false);
    }
    Instant until = until();
    for (String text : addresses) {
      String address = normalised(text);
      if (address != null && Boolean.TRUE.equals(availability.check(caller, credential, address, until).available())) {
        return Response.ok(Json.object().put("available", true).put("address", address));
      }
    }
    return Response.ok(Json.object().put("available", false).put("reason", "Contact not available on iMessage"));
  }

  /** GET /api/leads/check-availability: all addresses of a lead, until one can be reached. */
  public Response lead(Request request, Caller caller, Credential credential) {
    UUID id = request.queryId("id", Kind.LEAD, caller, "Invalid lead id");
    if (id == null) {
      throw Problem.badField("id", "Lead ID is required");
    }
    ObjectNode lead = database.read(credential, tx -> lead(tx, id)).orElseThrow(() -> Problem.notFound("Lead not found").code("lead_not_found"));
    Instant until = until();
    String status = walk(LeadJson.addresses(lead), address -> availability.check(caller, credential, address, until));
    if (caller.readOnlyReason() == null) {
      database.write(credential, tx -> store(tx, caller.workspaceId(), id, status, clock.instant()));
    }
    ObjectNode body = Json.object().put("success", true).put("leadId", Ids.text(Kind.LEAD, id))
        .put("available", status.equals("available")).put("status", status);
    LeadJson.putCrmIds(body, lead);
    return Response.ok(body);
  }

  static java.util.Optional<ObjectNode> lead(Tx tx, UUID id) {
    return tx.ownQuery("select " + LeadJson.COLUMNS + " from leads l where l.workspace_id = :workspace and l.lead_id = :lead")
        .bind("lead", id).map((row, context) -> LeadJson.of(row)).findOne();
  }

  private static String walk(List<String> addresses, Function<String, Availability.Answer> check) {
    boolean told = false;
    for (String address : addresses) {
      Boolean available = check.apply(address).available();
      if (Boolean.TRUE.equals(available)) {
        return "available";
      }
      told |= available != null;
    }
    return told ? "unavailable" : "error";
  }

  static int store(Tx tx, UUID workspace, UUID lead, String status, Instant now) {
    return tx.update("""
            update leads set availability_status = :status, updated_at = :now
             where workspace_id = :workspace and lead_id = :lead""")
        .bind("workspace", workspace).bind("lead", lead).bind("status", status).bind("now", now).execute();
  }

  /** POST /api/leads/check-availability: an address, some leads, or a list; many leads after the answer. */
  public Response leads(Request request, Caller caller, Credential credential) {
    Body body = request.json();
    String address = body.text("address", 300);
    List<String> texts = body.texts("leadIds", LEADS, 100, "leadIds must be an array");
    UUID list = body.id("listId", Kind.LIST, "Invalid listId");
    body.check(caller);
    if (address != null) {
      return Response.ok(single(caller, credential, address));
    }
    List<UUID> wanted = texts.stream()
        .map(text -> Request.own(Kind.LEAD, text.strip(), caller, "leadIds", "Invalid lead id")).toList();
    List<ObjectNode> leads = database.read(credential, tx -> some(tx, wanted, list));
    if (leads.isEmpty()) {
      throw Problem.notFound("No leads found to check");
    }
    if (leads.size() > AT_ONCE) {
      if (caller.readOnlyReason() != null) {
        throw Problem.readOnly(caller.readOnlyReason());
      }
      database.write(credential, tx -> {
        availability.requireLine(tx, caller.workspaceId());
        return bulk.add(tx, leads.stream().map(AvailabilityApi::id).toList());
      });
      return Response.ok(Json.object().put("success", true)
          .put("message", "Bulk availability check started in background")
          .put("jobId", "bulk-availability-" + Json.timestamp(clock.instant()))
          .put("checked", leads.size()).put("processingMode", "background"));
    }
    return Response.ok(now(caller, credential, leads));
  }

  private static List<ObjectNode> some(Tx tx, List<UUID> wanted, @Nullable UUID list) {
    return tx.ownQuery("select " + LeadJson.COLUMNS + """
             from leads l
            where l.workspace_id = :workspace
              and (l.lead_id = any (:leads) or cast(:list as uuid) is not null and l.list_id = :list)
            order by array_position(cast(:leads as uuid[]), l.lead_id), l.lead_id
            limit :most""".indent(1))
        .bind("leads", wanted.toArray(UUID[]::new)).bind("list", list).bind("most", LEADS)
        .map((row, context) -> LeadJson.of(row)).list();
  }

  private ObjectNode now(Caller caller, Credential credential, List<ObjectNode> leads) {
    Instant until = until();
    ArrayNode results = Json.array();
    int errors = 0;
    for (ObjectNode lead : leads) {
      String status = known(lead, address -> availability.check(caller, credential, address, until), until);
      database.write(credential, tx -> store(tx, caller.workspaceId(), id(lead), status, clock.instant()));
      errors += status.equals("error") ? 1 : 0;
      results.add(Json.object().put("leadId", lead.path("_id").asText())
          .put("available", status.equals("available")).put("status", status));
    }
    ObjectNode body = Json.object().put("success", true).put("checked", leads.size())
        .put("successful", leads.size() - errors).put("errors", errors);
    body.set("results", results);
    return body.put("processingMode", "synchronous");
  }

  /** As {@link #checked}, where a client waits: what had no turn in time is an error. */
  private String known(ObjectNode lead, Function<String, Availability.Answer> check, Instant until) {
    try {
      return checked(lead, check, () -> clock.instant().isAfter(until));
    } catch (Problem problem) {
      if (Availability.BUSY.equals(problem.code())) {
        return "error";
      }
      throw problem;
    }
  }

  /**
   * What is known of a lead, whose turn is waited for; an error when no line may be asked any more today.
   *
   * @param over whether it is not waited for any more
   * @throws Problem when it has had no turn by then, or no line can be asked
   */
  static String checked(ObjectNode lead, Function<String, Availability.Answer> check, BooleanSupplier over) {
    while (true) {
      try {
        return walk(LeadJson.addresses(lead), check);
      } catch (Problem problem) {
        if (Availability.EXHAUSTED.equals(problem.code())) {
          return "error";
        }
        if (!Availability.BUSY.equals(problem.code()) || over.getAsBoolean()) {
          throw problem;
        }
        LockSupport.parkNanos(Availability.GAP.toNanos());
        if (Thread.interrupted()) {
          throw problem;
        }
      }
    }
  }

  static UUID id(ObjectNode lead) {
    UUID id = Ids.parse(Kind.LEAD, lead.path("_id").asText());
    if (id == null) {
      throw new IllegalStateException("a lead bears its id");
    }
    return id;
  }
}
