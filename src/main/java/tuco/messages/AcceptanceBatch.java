package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.AccessRefused;
import tuco.db.GateQuery;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Failures;
import tuco.http.Gate;
import tuco.http.Idempotency;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.messages.Acceptance.Pending;
import tuco.messages.AcceptanceSql.Checked;
import tuco.messages.AcceptanceSql.FoundLead;
import tuco.messages.AcceptanceSql.Hold;

/**
 * One transaction of the acceptance: authenticate all under their workspaces' access locks (K8), then for each the
 * checks in their order, then write what was accepted. Whatever one request did wrong is answered to it alone.
 */
final class AcceptanceBatch {
  private static final Duration GUARD = Duration.ofSeconds(60);

  private final Gate gate;
  private final Ids ids;
  private final Clock clock;
  private final Happenings happenings;
  private final AttachmentUrls attachments;
  private final Homes homes = new Homes();

  AcceptanceBatch(Gate gate, Ids ids, Clock clock, Happenings happenings, AttachmentUrls attachments) {
    this.gate = gate;
    this.ids = ids;
    this.clock = clock;
    this.happenings = happenings;
    this.attachments = attachments;
  }

  /** One admitted request on its way through the batch. */
  private static final class Item {
    final Pending pending;
    final Gate.Admitted admitted;
    final SendRequest wanted;
    Idempotency.@Nullable Key key;
    @Nullable FoundLead lead;
    boolean created;
    boolean guarded;
    String source = "found";

    Item(Pending pending, Gate.Admitted admitted, SendRequest wanted) {
      this.pending = pending;
      this.admitted = admitted;
      this.wanted = wanted;
    }

    Caller caller() {
      return admitted.caller();
    }
  }

  /** Runs the whole transaction and commits; afterwards every pending has its result. */
  void run(Connection connection, List<Pending> pendings) throws SQLException {
    Instant now = clock.instant();
    for (Pending pending : pendings) {
      pending.result = null;
      pending.workspaceId = null;
      pending.lineId = null;
    }
    Set<Credential> credentials = new LinkedHashSet<>();
    pendings.forEach(pending -> credentials.add(pending.credential));
    homes.learn(connection, credentials);
    LeadBook people = new LeadBook(ids, clock);
    AcceptanceSql.Checks checks = new AcceptanceSql.Checks();
    Map<Pending, Integer> checked = new HashMap<>();
    Set<UUID> workspaces = new LinkedHashSet<>();
    for (Pending pending : pendings) {
      UUID home = homes.of(pending.credential);
      if (home != null && pending.wanted != null) {
        workspaces.add(home);
        people.want(home, pending.wanted);
        String recipient = Addresses.named(pending.wanted);
        if (recipient != null) {
          checked.put(pending, checks.add(home, recipient, pending.wanted.textHash(), now.minus(GUARD)));
        }
      }
    }
    List<Credential> asked = List.copyOf(credentials);
    AcceptanceSql.Found found =
        AcceptanceSql.lookUp(connection, asked, List.copyOf(workspaces), people, checks, now);
    people.know(found.leads());
    List<Item> items = admit(asked, found.callers(), pendings);
    items = replay(connection, items, now);
    items = each(items, this::validate);
    Set<UUID> withFallback = FallbackLines.of(connection, items.stream()
        .filter(item -> item.wanted.fallbackSms()).map(item -> item.caller().workspaceId()).distinct().toArray());
    items = each(items, item -> FallbackLines.require(item.wanted, withFallback.contains(item.caller().workspaceId())));
    items = resolveLeads(items, people);
    items = guard(connection, items, found.checks(), checked, now);
    Inserts inserts = new Inserts(connection, now);
    assignLines(connection, items, found.lines(), inserts, now);
    List<Happening> ofLeads = people.write(connection, inserts.messages);
    inserts.writeAndCommit(News.wanted(connection, ofLeads, inserts.messages), happenings);
  }

  private List<Item> admit(List<Credential> asked, List<GateQuery.Answer> answers, List<Pending> pendings) {
    Map<Credential, GateQuery.Answer> byCredential = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      byCredential.put(asked.get(i), answers.get(i));
    }
    List<Item> items = new ArrayList<>(pendings.size());
    for (Pending pending : pendings) {
      GateQuery.Answer answer = byCredential.get(pending.credential);
      refusing(pending, () -> {
        if (answer == null || answer.caller() == null) {
          throw Failures.refusal(answer == null ? AccessRefused.Why.UNAUTHORIZED : answer.why());
        }
        if (!answer.caller().workspaceId().equals(homes.of(pending.credential))) {
          // A person joined or left a workspace between two requests: what was looked up is another's. Look again.
          homes.forget(pending.credential);
          throw Problem.of(503, "Try again").code("try_again").header("Retry-After", "1");
        }
        Gate.Admitted admitted = gate.admit(pending.route, pending.request, answer.caller());
        items.add(new Item(pending, admitted, pending.wanted == null ? NOTHING : pending.wanted));
      });
    }
    return items;
  }

  private static final SendRequest NOTHING = new SendRequest(
      "", new byte[0], null, null, null, "", null, null, new String[8], null, false, false, null, null);

  private List<Item> replay(Connection connection, List<Item> items, Instant now) throws SQLException {
    List<Item> keyed = new ArrayList<>();
    List<Item> left = each(items, item -> {
      item.key = Idempotency.of(item.pending.request, item.pending.route, item.caller());
      if (item.key != null) {
        keyed.add(item);
      }
    });
    if (keyed.isEmpty()) {
      return left;
    }
    Map<Item, Response> stored = stored(connection, keyed, now);
    Set<String> seen = new HashSet<>();
    return each(left, item -> {
      Response replayed = stored.get(item);
      if (replayed != null) {
        item.pending.result = gate.finish(replayed, item.admitted, item.pending.request);
      } else if (item.key != null && !seen.add(item.key.scope())) {
        throw Idempotency.stillRunning();
      }
    });
  }

  private Map<Item, Response> stored(Connection connection, List<Item> keyed, Instant now) throws SQLException {
    List<Item> free = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(AcceptanceSql.TRY_KEYS)) {
      statement.setArray(1, AcceptanceSql.texts(connection, keyed.stream().map(item -> key(item).scope()).toList()));
      try (ResultSet row = statement.executeQuery()) {
        for (Item item : keyed) {
          row.next();
          if (row.getBoolean(1)) {
            free.add(item);
          } else {
            item.pending.result = gate.failure(Idempotency.stillRunning(), item.pending.request);
          }
        }
      }
    }
    Map<Item, Response> stored = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(AcceptanceSql.FIND_KEYS)) {
      statement.setArray(1, AcceptanceSql.uuids(connection, free.stream().map(item -> key(item).workspaceId()).toList()));
      statement.setArray(2, AcceptanceSql.uuids(connection, free.stream().map(item -> key(item).actorId()).toList()));
      statement.setArray(3, AcceptanceSql.texts(connection, free.stream().map(item -> key(item).route()).toList()));
      statement.setArray(4, AcceptanceSql.texts(connection, free.stream().map(item -> key(item).value()).toList()));
      statement.setObject(5, now.minus(Idempotency.LIFETIME).atOffset(java.time.ZoneOffset.UTC));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Item item = free.get(row.getInt(1) - 1);
          byte[] hash = row.getBytes(2);
          int status = row.getInt(3);
          String body = row.getString(4);
          refusing(item.pending, () -> stored.put(item, Idempotency.stored(key(item), hash, status, body)));
        }
      }
    }
    return stored;
  }

  private static Idempotency.Key key(Item item) {
    if (item.key == null) {
      throw new IllegalStateException("only requests with a key come here");
    }
    return item.key;
  }

  private void validate(Item item) {
    Gate.refuseReadOnly(item.pending.route, item.caller());
    if (item.pending.malformed != null) {
      throw item.pending.malformed;
    }
    item.pending.request.json().check(item.caller());
    attachments.check(item.wanted, item.caller());
  }

  private List<Item> resolveLeads(List<Item> items, LeadBook people) {
    return each(items, item -> {
      SendRequest wanted = item.wanted;
      FoundLead found = people.find(item.caller().workspaceId(), wanted);
      if (found == null && wanted.leadId() != null) {
        throw Problem.notFound("Lead not found or access denied").code("lead_not_found");
      }
      item.source = wanted.leadId() != null ? "provided" : "found";
      item.created = found == null;
      item.lead = found == null ? people.create(item.caller(), wanted) : people.merged(found, wanted);
      if (Addresses.recipient(wanted, lead(item), wanted.type()) == null) {
        throw Problem.bad(
            "Either recipientEmail or recipientPhone is required (in body or on the lead when leadId is provided).")
            .field("recipientPhone", "neither the body nor the lead has an address for this type of message");
      }
    });
  }

  /** Suppression and double-send guard; recipients that only the lead knew are looked up now. */
  private List<Item> guard(Connection connection, List<Item> items, List<Checked> found, Map<Pending, Integer> places,
      Instant now) throws SQLException {
    AcceptanceSql.Checks late = new AcceptanceSql.Checks();
    Map<Item, Integer> latePlaces = new HashMap<>();
    for (Item item : items) {
      Integer place = places.get(item.pending);
      if (place == null || !recipient(item).equals(Addresses.named(item.wanted))) {
        latePlaces.put(item, late.add(item.caller().workspaceId(), recipient(item), item.wanted.textHash(), now.minus(GUARD)));
      }
    }
    List<Checked> lateFound = AcceptanceSql.checks(connection, late);
    OptedOut others = new OptedOut();
    items.forEach(item -> others.add(item.caller().workspaceId(), item.wanted, recipient(item)));
    others.ask(connection);
    return each(items, item -> {
      Integer latePlace = latePlaces.get(item);
      Checked checked = latePlace != null ? lateFound.get(latePlace) : found.get(places.getOrDefault(item.pending, 0));
      item.guarded = checked.guarded();
      if (checked.suppressed() || others.holds(item.wanted)) {
        throw Problem.of(422, "DO_NOT_CONTACT").code("DO_NOT_CONTACT")
            .detail("This recipient is on the workspace's do-not-contact list.");
      }
      if (checked.original() != null && checked.originalAt() != null && checked.originalLead() != null) {
        item.pending.result = finish(item, Response.ok(Answers.skipped(
            checked.original(), checked.originalLead(), Duration.between(checked.originalAt(), now).toSeconds())));
      }
    });
  }

  private static FoundLead lead(Item item) {
    if (item.lead == null) {
      throw new IllegalStateException("every accepted message has a lead");
    }
    return item.lead;
  }

  private static String recipient(Item item) {
    String recipient = Addresses.recipient(item.wanted, lead(item), item.wanted.type());
    if (recipient == null) {
      throw new IllegalStateException("checked before");
    }
    return recipient;
  }

  private void assignLines(Connection connection, List<Item> items, List<AcceptanceSql.Candidate> lines, Inserts inserts,
      Instant now) throws SQLException {
    LineChoice choice = new LineChoice(lines, now);
    List<UUID> workspaces = new ArrayList<>();
    List<UUID> missing = new ArrayList<>();
    for (Item item : items) {
      for (UUID line : new UUID[] {item.wanted.lineId(), lead(item).lastLine()}) {
        if (line != null && choice.isCut(item.caller().workspaceId(), line)) {
          workspaces.add(item.caller().workspaceId());
          missing.add(line);
        }
      }
    }
    if (!missing.isEmpty()) {
      choice.add(AcceptanceSql.lines(connection, workspaces, missing));
    }
    Map<String, UUID> accepted = new HashMap<>();
    each(items, item -> {
      FoundLead lead = lead(item);
      LineChoice.Chosen chosen = choice.choose(
          item.caller().workspaceId(), item.wanted.lineId(), lead.lastLine(), item.wanted.type(),
          Addresses.recipient(item.wanted, lead, "sms") != null, Addresses.recipient(item.wanted, lead, "email") != null);
      List<String> addresses = Addresses.inOrder(item.wanted, lead, chosen.type());
      String twin = item.caller().workspaceId() + " " + addresses.getFirst() + " "
          + java.util.HexFormat.of().formatHex(item.wanted.textHash());
      UUID original = item.guarded ? accepted.get(twin) : null;
      if (original != null) {
        item.pending.result = finish(item, Response.ok(Answers.skipped(original, lead.leadId(), 0)));
        return;
      }
      boolean firstTouch = item.created || !lead.contactedLines().contains(chosen.line().lineId());
      Hold hold = choice.holding(chosen.line(), firstTouch);
      if (hold != null && item.wanted.rejectAtLimit()) {
        throw Answers.overLimit(hold, now);
      }
      UUID message = ids.next(item.caller().tag());
      accepted.put(twin, message);
      Accepted sent = new Accepted(item.caller(), message, lead, item.wanted, chosen, addresses,
          item.wanted.correlationId(item.pending.request), item.created, firstTouch, hold, now);
      inserts.messages.add(sent);
      Response response = finish(item, Answers.accepted(sent, item.source));
      item.pending.result = response;
      item.pending.workspaceId = item.caller().workspaceId();
      item.pending.lineId = chosen.line().lineId();
      if (item.key != null) {
        inserts.answers.put(item.key, response);
      }
    });
  }

  /** A message as it is going to be written. */
  record Accepted(
      Caller caller, UUID messageId, FoundLead lead, SendRequest wanted, LineChoice.Chosen chosen,
      List<String> addresses, String correlationId, boolean leadCreated, boolean firstTouch, @Nullable Hold hold, Instant now) {
    /** Since when it may go: its date, or what its line waits for; null for at once. */
    @Nullable Instant later() {
      Instant date = wanted.scheduledDate() != null && wanted.scheduledDate().isAfter(now) ? wanted.scheduledDate() : null;
      return hold != null && (date == null || hold.until().isAfter(date)) ? hold.until() : date;
    }

    String status() {
      return later() != null ? "scheduled" : "pending";
    }

    Instant due() {
      Instant date = wanted.scheduledDate();
      return date != null && date.isAfter(now) ? date : now;
    }

    @Nullable ObjectNode extras() {
      ObjectNode extras = wanted.extras();
      if (addresses.size() > 1) {
        extras = extras == null ? Json.object() : extras.deepCopy();
        extras.set("addresses", Json.tree(addresses));
      }
      return extras;
    }
  }

  private Response finish(Item item, Response response) {
    return gate.finish(response, item.admitted, item.pending.request);
  }

  /** Does the same to each; what one does wrong is its answer, and it drops out. */
  private List<Item> each(List<Item> items, Step step) {
    List<Item> left = new ArrayList<>(items.size());
    for (Item item : items) {
      if (item.pending.result == null && refusing(item.pending, () -> step.run(item)) && item.pending.result == null) {
        left.add(item);
      }
    }
    return left;
  }

  private boolean refusing(Pending pending, Runnable step) {
    try {
      step.run();
      return true;
    } catch (Problem problem) {
      pending.result = gate.failure(problem, pending.request);
      return false;
    }
  }

  @FunctionalInterface
  private interface Step {
    void run(Item item);
  }
}
