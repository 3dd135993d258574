package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.messages.AcceptanceBatch.Accepted;
import tuco.messages.AcceptanceSql.FoundLead;

/**
 * The people a batch writes to: found by any of their addresses, created in "Quick Sends" when nobody has them
 * (contract 2.2). Nothing is written for a message that is refused.
 */
final class LeadBook {
  private static final int[] ALTERNATES = {1, 2, 3, 5, 6, 7};

  private final Ids ids;
  private final Clock clock;
  private final Set<Wanted> wantedAddresses = new LinkedHashSet<>();
  private final Set<Named> wantedLeads = new LinkedHashSet<>();
  private final Map<Wanted, FoundLead> byAddress = new HashMap<>();
  private final Map<Named, FoundLead> byId = new HashMap<>();
  private final Map<UUID, SendRequest> created = new LinkedHashMap<>();
  private final Map<UUID, UUID> lists = new HashMap<>();

  private record Wanted(UUID workspaceId, String address) {}

  private record Named(UUID workspaceId, UUID leadId) {}

  LeadBook(Ids ids, Clock clock) {
    this.ids = ids;
    this.clock = clock;
  }

  /** Notes whom a request writes to. */
  void want(UUID workspace, SendRequest request) {
    if (request.leadId() != null) {
      wantedLeads.add(new Named(workspace, request.leadId()));
    }
    want(workspace, request.phone());
    want(workspace, request.email());
    for (String alternate : request.alternates()) {
      want(workspace, alternate);
    }
  }

  private void want(UUID workspace, @Nullable String address) {
    if (address != null) {
      wantedAddresses.add(new Wanted(workspace, address));
    }
  }

  /** Binds what was noted: four parameters of the look-up. */
  void bind(PreparedStatement statement, int first) throws SQLException {
    Connection connection = statement.getConnection();
    statement.setArray(first, AcceptanceSql.uuids(connection, wantedAddresses.stream().map(Wanted::workspaceId).toList()));
    statement.setArray(first + 1, AcceptanceSql.texts(connection, wantedAddresses.stream().map(Wanted::address).toList()));
    statement.setArray(first + 2, AcceptanceSql.uuids(connection, wantedLeads.stream().map(Named::workspaceId).toList()));
    statement.setArray(first + 3, AcceptanceSql.uuids(connection, wantedLeads.stream().map(Named::leadId).toList()));
  }

  /** Takes over who was found. */
  void know(List<FoundLead> found) {
    found.forEach(this::know);
  }

  private void know(FoundLead lead) {
    byId.put(new Named(lead.workspaceId(), lead.leadId()), lead);
    for (String address : lead.addresses()) {
      if (address != null) {
        byAddress.put(new Wanted(lead.workspaceId(), address), lead);
      }
    }
  }

  /** The lead a request means: the named one, else who has its phone, else who has its e-mail address; null when nobody. */
  @Nullable FoundLead find(UUID workspace, SendRequest request) {
    if (request.leadId() != null) {
      return byId.get(new Named(workspace, request.leadId()));
    }
    FoundLead lead = request.phone() == null ? null : byAddress.get(new Wanted(workspace, request.phone()));
    if (lead == null && request.email() != null) {
      lead = byAddress.get(new Wanted(workspace, request.email()));
    }
    return lead;
  }

  /** A lead for this request, written only if a message to it is accepted; later requests of the batch find it. */
  FoundLead create(Caller caller, SendRequest request) {
    String name = request.name();
    int space = name.indexOf(' ');
    String[] addresses = request.alternates().clone();
    for (int i = 0; i < addresses.length; i++) {
      String alternate = addresses[i];
      if (alternate != null && byAddress.containsKey(new Wanted(caller.workspaceId(), alternate))) {
        addresses[i] = null;
      }
    }
    addresses[0] = request.phone();
    addresses[4] = request.email();
    dropRepeated(addresses);
    FoundLead lead = new FoundLead(caller.workspaceId(), ids.next(caller.tag()),
        space < 0 ? name : name.substring(0, space), space < 0 ? "" : name.substring(space + 1).strip(),
        addresses, null, List.of());
    know(lead);
    created.put(lead.leadId(), request);
    return lead;
  }

  /**
   * A known lead with the alternates that are given for it in place of its own (contract 2.2). One that somebody has
   * already stays theirs: it is neither moved nor written to for this lead.
   */
  FoundLead merged(FoundLead lead, SendRequest request) {
    String[] addresses = lead.addresses().clone();
    boolean changed = false;
    for (int place : ALTERNATES) {
      String given = request.alternates()[place];
      if (given != null && !byAddress.containsKey(new Wanted(lead.workspaceId(), given))) {
        addresses[place] = given;
        changed = true;
      }
    }
    return changed
        ? new FoundLead(lead.workspaceId(), lead.leadId(), lead.firstName(), lead.lastName(), addresses, lead.lastLine(), lead.contactedLines())
        : lead;
  }

  private static void dropRepeated(@Nullable String[] addresses) {
    Set<String> seen = new LinkedHashSet<>();
    for (int place : new int[] {0, 4, 1, 2, 3, 5, 6, 7}) {
      String address = addresses[place];
      if (address != null && !seen.add(address)) {
        addresses[place] = null;
      }
    }
  }

  /**
   * Writes the new leads these messages go to, and alternates given for known ones.
   *
   * @return what happened to leads
   */
  List<Happening> write(Connection connection, List<Accepted> messages) throws SQLException {
    Map<UUID, FoundLead> fresh = new LinkedHashMap<>();
    Map<UUID, FoundLead> changed = new LinkedHashMap<>();
    for (Accepted message : messages) {
      if (created.containsKey(message.lead().leadId())) {
        fresh.put(message.lead().leadId(), message.lead());
      } else if (mergeAlternates(connection, message)) {
        changed.put(message.lead().leadId(), message.lead());
      }
    }
    if (!fresh.isEmpty()) {
      insert(connection, List.copyOf(fresh.values()));
    }
    List<Happening> happened = new ArrayList<>(fresh.size() + changed.size());
    fresh.values().forEach(lead -> happened.add(happened(Events.LEAD_CREATED, lead)));
    changed.values().forEach(lead -> happened.add(happened(Events.LEAD_UPDATED, lead)));
    return happened;
  }

  private Happening happened(String event, FoundLead lead) {
    return Happening.ofLead(lead.workspaceId(), event, lead.leadId(), clock.instant());
  }

  private void insert(Connection connection, List<FoundLead> leads) throws SQLException {
    createLists(connection, leads);
    OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
    try (PreparedStatement statement = connection.prepareStatement(AcceptanceSql.INSERT_LEADS)) {
      statement.setArray(1, AcceptanceSql.uuids(connection, leads.stream().map(FoundLead::workspaceId).toList()));
      statement.setArray(2, AcceptanceSql.uuids(connection, leads.stream().map(FoundLead::leadId).toList()));
      statement.setArray(3, AcceptanceSql.uuids(connection, leads.stream().map(lead -> lists.get(lead.workspaceId())).toList()));
      statement.setArray(4, AcceptanceSql.texts(connection, leads.stream().map(FoundLead::firstName).toList()));
      statement.setArray(5, AcceptanceSql.texts(connection, leads.stream().map(FoundLead::lastName).toList()));
      statement.setArray(6, connection.createArrayOf("text", leads.stream().map(lead -> lead.addresses()[0]).toArray()));
      statement.setArray(7, connection.createArrayOf("text", leads.stream().map(lead -> lead.addresses()[4]).toArray()));
      statement.setArray(8, connection.createArrayOf("jsonb", leads.stream().map(this::more).toArray()));
      statement.setObject(9, now);
      statement.setObject(10, now);
      statement.executeUpdate();
    }
  }

  private @Nullable String more(FoundLead lead) {
    ObjectNode more = Json.object();
    for (int i : ALTERNATES) {
      String address = lead.addresses()[i];
      if (address != null) {
        more.put(Integer.toString(i), address);
      }
    }
    SendRequest request = created.get(lead.leadId());
    if (request != null && request.extras() != null) {
      for (String name : List.of("ghlContactId", "ghlLocationId", "hsContactId", "hsPortalId", "contactOwnerEmail")) {
        if (request.extras().hasNonNull(name)) {
          more.set(name, request.extras().get(name));
        }
      }
    }
    return more.isEmpty() ? null : Json.text(more);
  }

  private void createLists(Connection connection, List<FoundLead> leads) throws SQLException {
    Set<UUID> missing = new LinkedHashSet<>();
    leads.forEach(lead -> missing.add(lead.workspaceId()));
    lists.putAll(AcceptanceSql.quickSends(connection, missing));
    missing.removeAll(lists.keySet());
    if (missing.isEmpty()) {
      return;
    }
    missing.forEach(workspace -> lists.put(workspace, ids.next(Ids.tag(workspace))));
    try (PreparedStatement statement = connection.prepareStatement(AcceptanceSql.INSERT_LISTS)) {
      statement.setObject(1, clock.instant().atOffset(ZoneOffset.UTC));
      statement.setArray(2, AcceptanceSql.uuids(connection, List.copyOf(missing)));
      statement.setArray(3, AcceptanceSql.uuids(connection, missing.stream().map(lists::get).toList()));
      statement.executeUpdate();
    }
  }

  /** Writes the alternates of a known lead that {@link #merged} changed; whether there were any. */
  private boolean mergeAlternates(Connection connection, Accepted message) throws SQLException {
    FoundLead lead = message.lead();
    FoundLead before = byId.get(new Named(lead.workspaceId(), lead.leadId()));
    boolean changed = false;
    for (int place : ALTERNATES) {
      String given = lead.addresses()[place];
      if (before != null && given != null && !given.equals(before.addresses()[place])) {
        mergeAlternate(connection, lead, place, given);
        changed = true;
      }
    }
    return changed;
  }

  private void mergeAlternate(Connection connection, FoundLead lead, int place, String given) throws SQLException {
    String column = place <= 3 ? "alt_phone" + place : "alt_email" + (place - 4);
    try (PreparedStatement statement = connection.prepareStatement("""
        with gone as (
          delete from lead_addresses where workspace_id = ? and lead_id = ? and position = ?
        ), updated as (
          update leads set %s = ?, updated_at = ? where workspace_id = ? and lead_id = ?
        )
        insert into lead_addresses (workspace_id, address, lead_id, position) values (?, ?, ?, ?)""".formatted(column))) {
      statement.setObject(1, lead.workspaceId());
      statement.setObject(2, lead.leadId());
      statement.setInt(3, place);
      statement.setString(4, given);
      statement.setObject(5, clock.instant().atOffset(ZoneOffset.UTC));
      statement.setObject(6, lead.workspaceId());
      statement.setObject(7, lead.leadId());
      statement.setObject(8, lead.workspaceId());
      statement.setString(9, given);
      statement.setObject(10, lead.leadId());
      statement.setInt(11, place);
      statement.executeUpdate();
    }
  }
}
