package tuco.leads;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Problem;
import tuco.ids.Ids;

/**
 * Creates leads by the batch, one person per workspace over all addresses, primary and alternate (decisions 5.8).
 * The primary key of {@code lead_addresses} is the arbiter: whoever inserts an address first owns it, on whatever
 * node, and the other finds out in the same statement.
 */
public final class LeadWriter {
  private static final int ROUNDS = 8;
  private static final String TAG_SEPARATOR = "\u001f";

  private final Ids ids;
  private final Clock clock;
  private final Happenings happenings;
  private final Suppressions suppressions;

  public LeadWriter(Ids ids, Clock clock, Happenings happenings, Suppressions suppressions) {
    this.suppressions = suppressions;
    this.ids = ids;
    this.clock = clock;
    this.happenings = happenings;
  }

  /** What became of one lead: its own new id, or that of the lead which has one of its addresses. */
  record Outcome(UUID leadId, boolean saved) {}

  /** Creates what is new; the outcomes are in the order of the leads. */
  List<Outcome> create(Tx tx, UUID workspace, UUID list, List<NewLead> leads, Owners owners) throws SQLException {
    @Nullable Outcome[] outcomes = new Outcome[leads.size()];
    List<Integer> pending = IntStream.range(0, leads.size()).boxed().toList();
    for (int round = 0; !pending.isEmpty(); round++) {
      if (round == ROUNDS) {
        throw Problem.of(503, "Service temporarily unavailable").code("contended")
            .detail("Others keep creating and deleting the same leads; nothing was changed, try again.")
            .header("Retry-After", "1");
      }
      pending = round(tx.connection(), workspace, list, leads, owners, pending, outcomes);
    }
    List<Outcome> known = Arrays.stream(outcomes).map(LeadWriter::known).toList();
    suppressions.extend(tx, workspace, IntStream.range(0, known.size())
        .filter(n -> known.get(n).saved() && Arrays.stream(leads.get(n).addresses()).filter(Objects::nonNull).count() > 1)
        .mapToObj(n -> known.get(n).leadId()).toList());
    happenings.record(tx.connection(), known.stream().filter(Outcome::saved)
        .map(saved -> Happening.ofLead(workspace, Events.LEAD_CREATED, saved.leadId(), clock.instant())).toList());
    return known;
  }

  private static Outcome known(@Nullable Outcome outcome) {
    if (outcome == null) {
      throw new IllegalStateException("a lead was left without an outcome");
    }
    return outcome;
  }

  /** Settles what can be settled now; returns those that must look again. */
  private List<Integer> round(Connection connection, UUID workspace, UUID list, List<NewLead> leads, Owners owners,
      List<Integer> pending, @Nullable Outcome[] outcomes) throws SQLException {
    Map<String, UUID> taken = taken(connection, workspace, addresses(leads, pending));
    Set<String> claimed = new HashSet<>();
    Map<UUID, Integer> fresh = new HashMap<>();
    List<Integer> again = new ArrayList<>();
    List<UUID> freshIds = new ArrayList<>();
    for (int i : pending) {
      List<String> own = addresses(leads, List.of(i));
      UUID owner = own.stream().map(taken::get).filter(id -> id != null).findFirst().orElse(null);
      if (owner != null) {
        outcomes[i] = new Outcome(owner, false);
      } else if (own.stream().anyMatch(claimed::contains)) {
        again.add(i);
      } else {
        claimed.addAll(own);
        UUID id = ids.next(Ids.tag(workspace));
        fresh.put(id, i);
        freshIds.add(id);
      }
    }
    if (freshIds.isEmpty()) {
      return again;
    }
    List<Integer> places = freshIds.stream().map(fresh::get).toList();
    insert(connection, workspace, list, freshIds, places.stream().map(leads::get).toList(), owners);
    Set<UUID> lost = claim(connection, workspace, freshIds, places.stream().map(leads::get).toList());
    remove(connection, workspace, lost);
    for (int n = 0; n < freshIds.size(); n++) {
      if (lost.contains(freshIds.get(n))) {
        again.add(places.get(n));
      } else {
        outcomes[places.get(n)] = new Outcome(freshIds.get(n), true);
      }
    }
    return again.stream().sorted().toList();
  }

  private static List<String> addresses(List<NewLead> leads, List<Integer> places) {
    List<String> addresses = new ArrayList<>();
    for (int place : places) {
      for (String address : leads.get(place).addresses()) {
        if (address != null) {
          addresses.add(address);
        }
      }
    }
    return addresses;
  }

  private static Map<String, UUID> taken(Connection connection, UUID workspace, List<String> addresses)
      throws SQLException {
    Map<String, UUID> taken = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement("""
        select address, lead_id from lead_addresses where workspace_id = ? and address = any (?)""")) {
      statement.setObject(1, workspace);
      statement.setArray(2, texts(connection, addresses));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          taken.put(row.getString(1), row.getObject(2, UUID.class));
        }
      }
    }
    return taken;
  }

  private static final String INSERT = """
      insert into leads (workspace_id, lead_id, list_id, created_at, updated_at,
                         %s, custom_fields, tags, contact_owner_email, contact_owner_id)
      select ?, r.lead_id, ?, ?, ?,
             %s, cast(r.custom_fields as jsonb), string_to_array(r.tags, e'\\x1f'), r.owner_email, r.owner_id
        from unnest(?, %s, ?, ?, ?, ?)
          as r (lead_id, %s, custom_fields, tags, owner_email, owner_id)""".formatted(
      columns(""), values(), IntStream.range(0, columnNames().size()).mapToObj(n -> "?").collect(Collectors.joining(", ")), columns(""));

  private static List<String> columnNames() {
    List<String> names = new ArrayList<>();
    LeadFields.TEXTS.forEach(field -> names.add(field.column()));
    LeadFields.ADDRESSES.forEach(field -> names.add(field.column()));
    return names;
  }

  private static String columns(String table) {
    return columnNames().stream().map(name -> table + name).collect(Collectors.joining(", "));
  }

  private static String values() {
    List<String> values = new ArrayList<>();
    LeadFields.TEXTS.forEach(field ->
        values.add(field.nullable() ? "r." + field.column() : "coalesce(r." + field.column() + ", '')"));
    LeadFields.ADDRESSES.forEach(field -> values.add("r." + field.column()));
    return String.join(", ", values);
  }

  private void insert(Connection connection, UUID workspace, UUID list, List<UUID> leadIds, List<NewLead> leads,
      Owners owners) throws SQLException {
    Timestamp now = Timestamp.from(clock.instant());
    List<Owners.Owner> owned = leads.stream().map(lead -> owners.of(lead.ownerEmail())).toList();
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      int at = 1;
      statement.setObject(at++, workspace);
      statement.setObject(at++, list);
      statement.setTimestamp(at++, now);
      statement.setTimestamp(at++, now);
      statement.setArray(at++, uuids(connection, leadIds));
      for (int n = 0; n < LeadFields.TEXTS.size(); n++) {
        int place = n;
        statement.setArray(at++, texts(connection, leads, lead -> lead.texts()[place]));
      }
      for (int n = 0; n < LeadFields.ADDRESSES.size(); n++) {
        int place = n;
        statement.setArray(at++, texts(connection, leads, lead -> lead.addresses()[place]));
      }
      statement.setArray(at++, texts(connection, leads, NewLead::customFields));
      statement.setArray(at++, texts(connection, leads, lead -> String.join(TAG_SEPARATOR, lead.tags())));
      statement.setArray(at++, texts(connection, owned, Owners.Owner::email));
      statement.setArray(at, connection.createArrayOf("uuid", owned.stream().map(Owners.Owner::personId).toArray()));
      statement.executeUpdate();
    }
  }

  /** Takes the addresses, in one order everywhere, so that two batches cannot wait for each other in a circle. */
  private static Set<UUID> claim(Connection connection, UUID workspace, List<UUID> leadIds, List<NewLead> leads)
      throws SQLException {
    List<String> addresses = new ArrayList<>();
    List<UUID> owners = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    for (int n = 0; n < leads.size(); n++) {
      @Nullable String[] own = leads.get(n).addresses();
      for (int position = 0; position < own.length; position++) {
        String address = own[position];
        if (address != null) {
          addresses.add(address);
          owners.add(leadIds.get(n));
          positions.add(position);
        }
      }
    }
    Set<UUID> lost = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement("""
        with wanted as (select * from unnest(?, ?, ?) as w (address, lead_id, position)),
             won    as (insert into lead_addresses (workspace_id, address, lead_id, position)
                        select ?, address, lead_id, position from wanted order by address
                        on conflict do nothing
                        returning address)
        select w.lead_id from wanted w where not exists (select from won where won.address = w.address)""")) {
      statement.setArray(1, texts(connection, addresses));
      statement.setArray(2, uuids(connection, owners));
      statement.setArray(3, connection.createArrayOf("smallint", positions.toArray()));
      statement.setObject(4, workspace);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          lost.add(row.getObject(1, UUID.class));
        }
      }
    }
    return lost;
  }

  private static void remove(Connection connection, UUID workspace, Set<UUID> lost) throws SQLException {
    if (lost.isEmpty()) {
      return;
    }
    try (PreparedStatement statement =
        connection.prepareStatement("delete from leads where workspace_id = ? and lead_id = any (?)")) {
      statement.setObject(1, workspace);
      statement.setArray(2, uuids(connection, List.copyOf(lost)));
      statement.executeUpdate();
    }
  }

  private static Array texts(Connection connection, List<String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }

  private static <T> Array texts(Connection connection, List<T> rows, Function<T, @Nullable String> value)
      throws SQLException {
    return connection.createArrayOf("text", rows.stream().map(value).toArray());
  }

  private static Array uuids(Connection connection, List<UUID> values) throws SQLException {
    return connection.createArrayOf("uuid", values.toArray());
  }
}
