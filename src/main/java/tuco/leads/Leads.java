package tuco.leads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Body;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Reads, changes and deletes leads (contract 2.6 to 2.8). */
public final class Leads {
  /** So many of the leads of one deletion stand in the audit log by their ids. */
  private static final int NAMED = 1_000;

  private final Phones phones;
  private final Clock clock;
  private final Happenings happenings;
  private final Audit audit;
  private final Watch watch;
  private final Suppressions suppressions;

  public Leads(Phones phones, Clock clock, Happenings happenings, Audit audit, Watch watch, Suppressions suppressions) {
    this.suppressions = suppressions;
    this.happenings = happenings;
    this.phones = phones;
    this.clock = clock;
    this.audit = audit;
    this.watch = watch;
  }

  Optional<ObjectNode> find(Tx tx, UUID lead) {
    return Optional.ofNullable(byId(tx, List.of(lead)).get(lead));
  }

  /** The leads of these ids that are there. */
  Map<UUID, ObjectNode> byId(Tx tx, List<UUID> leads) {
    Map<UUID, ObjectNode> found = new LinkedHashMap<>();
    tx.ownQuery("select " + LeadJson.COLUMNS + " from leads l where l.workspace_id = :workspace and l.lead_id = any (:leads)")
        .bind("leads", leads.toArray(UUID[]::new))
        .map((row, context) -> Map.entry(row.getObject("lead_id", UUID.class), LeadJson.of(row)))
        .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
    return found;
  }

  /**
   * Changes what the body mentions; null or blank takes a value away.
   *
   * @throws Problem 404, 400, or 409 that names the field whose address another lead has
   */
  void change(Tx tx, UUID lead, Body body) throws SQLException {
    @Nullable String[] addresses = locked(tx, lead);
    Set<String> before = present(addresses);
    Map<String, @Nullable Object> set = new LinkedHashMap<>();
    for (LeadFields.Text field : LeadFields.TEXTS) {
      if (body.mentions(field.name())) {
        String text = LeadFields.text(body, field);
        set.put(field.column(), text == null && !field.nullable() ? "" : text);
      }
    }
    String region = region(body);
    for (int i = 0; i < addresses.length; i++) {
      LeadFields.Address field = LeadFields.ADDRESSES.get(i);
      if (body.mentions(field.name())) {
        addresses[i] = null;
        addresses[i] = NewLead.once(LeadFields.address(body, field, phones, region), addresses);
        set.put(field.column(), addresses[i]);
      }
    }
    if (!NewLead.hasAddress(addresses) && body.clean()) {
      body.fault("phone", "Either email or phone is required");
    }
    more(tx, body, set);
    body.check(tx.caller());
    moveAddresses(tx, lead, before, addresses);
    if (!before.containsAll(present(addresses))) {
      suppressions.extend(tx, tx.workspace(), List.of(lead));
    }
    recordConsent(tx, lead, set);
    store(tx, lead, set);
    watch.changed(tx, List.of(lead));
    tell(tx, Events.LEAD_UPDATED, List.of(lead));
  }

  /** To what a person agreed is evidence: a change of it leaves its entry, which names the fields and holds nothing of the person (connectors.md 5). */
  private void recordConsent(Tx tx, UUID lead, Map<String, @Nullable Object> set) throws SQLException {
    List<String> changed = new ArrayList<>();
    for (LeadFields.Text field : LeadFields.CONSENT) {
      if (set.containsKey(field.column())) {
        String before = tx.ownQuery("select coalesce(" + field.column() + ", '') from leads where workspace_id = :workspace and lead_id = :lead")
            .bind("lead", lead).mapTo(String.class).one();
        if (!before.equals(Objects.requireNonNullElse(set.get(field.column()), ""))) {
          changed.add(field.name());
        }
      }
    }
    if (!changed.isEmpty()) {
      audit.record(tx, Action.LEAD_CONSENT, Kind.LEAD, lead, Map.of("fields", String.join(", ", changed)));
    }
  }

  private String region(Body body) {
    String code = body.text("defaultCountryCode", 10);
    String region = phones.region(code == null ? Phones.DEFAULT_COUNTRY_CODE : code);
    if (region == null) {
      body.fault("defaultCountryCode", "defaultCountryCode must be a country code, for example +1");
      return "US";
    }
    return region;
  }

  private static void more(Tx tx, Body body, Map<String, @Nullable Object> set) {
    if (body.mentions("customFields")) {
      set.put("custom_fields", LeadFields.customFields(body));
    }
    if (body.mentions("tags")) {
      set.put("tags", LeadFields.tags(body, "tags").toArray(String[]::new));
    }
    if (body.mentions("contactOwnerEmail") || body.mentions("contactOwnerId")) {
      Owners.Owner owner = Owners.load(tx, tx.workspace()).of(Owners.named(body));
      set.put("contact_owner_email", owner.email());
      set.put("contact_owner_id", owner.personId());
    }
    UUID list = body.id("listId", Kind.LIST, "Invalid listId");
    if (list != null && Ids.tag(list) == tx.caller().tag()) {
      boolean there = tx.ownQuery("select exists (select from lists where workspace_id = :workspace and list_id = :list)")
          .bind("list", list).mapTo(Boolean.class).one();
      if (!there) {
        throw LeadsApi.listNotFound();
      }
      set.put("list_id", list);
    }
  }

  private static @Nullable String[] locked(Tx tx, UUID lead) {
    return tx.ownQuery("""
            select phone, alt_phone1, alt_phone2, alt_phone3, email, alt_email1, alt_email2, alt_email3
              from leads
             where workspace_id = :workspace and lead_id = :lead
               for update""")
        .bind("lead", lead)
        .map((row, context) -> {
          @Nullable String[] addresses = new String[8];
          for (int i = 0; i < addresses.length; i++) {
            addresses[i] = row.getString(i + 1);
          }
          return addresses;
        })
        .findOne().orElseThrow(LeadsApi::notFound);
  }

  private static Set<String> present(@Nullable String[] addresses) {
    Set<String> present = new HashSet<>();
    Arrays.stream(addresses).filter(Objects::nonNull).forEach(present::add);
    return present;
  }

  /** New addresses are taken before old ones are given up, in the one order of all writers, so none waits in a circle. */
  private static void moveAddresses(Tx tx, UUID lead, Set<String> before, @Nullable String[] addresses) {
    Set<String> after = present(addresses);
    List<String> added = after.stream().filter(address -> !before.contains(address)).sorted().toList();
    if (!added.isEmpty()) {
      int taken = tx.ownUpdate("""
              insert into lead_addresses (workspace_id, address, lead_id, position)
              select :workspace, a.address, :lead, 0 from unnest(:added) as a (address) order by a.address
              on conflict do nothing""")
          .bind("lead", lead).bind("added", added.toArray(String[]::new)).execute();
      if (taken < added.size()) {
        throw collision(tx, lead, added, addresses);
      }
    }
    tx.ownUpdate("delete from lead_addresses where workspace_id = :workspace and lead_id = :lead and address <> all (:after)")
        .bind("lead", lead).bind("after", after.toArray(String[]::new)).execute();
    tx.ownUpdate("""
            update lead_addresses a set position = p.position
              from unnest(:addresses, :positions) as p (address, position)
             where a.workspace_id = :workspace and a.lead_id = :lead and a.address = p.address
               and a.position <> p.position""")
        .bind("lead", lead)
        .bind("addresses", Arrays.stream(addresses).filter(Objects::nonNull).toArray(String[]::new))
        .bind("positions", positions(addresses)).execute();
  }

  private static Integer[] positions(@Nullable String[] addresses) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i] != null) {
        positions.add(i);
      }
    }
    return positions.toArray(Integer[]::new);
  }

  private static Problem collision(Tx tx, UUID lead, List<String> added, @Nullable String[] addresses) {
    Map<String, UUID> owners = new LinkedHashMap<>();
    tx.ownQuery("""
            select address, lead_id from lead_addresses
             where workspace_id = :workspace and address = any (:added) and lead_id <> :lead""")
        .bind("added", added.toArray(String[]::new)).bind("lead", lead)
        .map((row, context) -> Map.entry(row.getString(1), row.getObject(2, UUID.class)))
        .forEach(entry -> owners.put(entry.getKey(), entry.getValue()));
    Problem problem = Problem.conflict("Another lead of this workspace has this phone or email.").code("lead_exists");
    for (int i = 0; i < addresses.length; i++) {
      UUID owner = addresses[i] == null ? null : owners.get(addresses[i]);
      if (owner != null) {
        String field = LeadFields.ADDRESSES.get(i).name();
        problem.field(field, "Another lead of this workspace has this " + field + ".")
            .member("existingLeadId", Ids.text(Kind.LEAD, owner));
      }
    }
    return problem;
  }

  private void store(Tx tx, UUID lead, Map<String, @Nullable Object> set) {
    StringBuilder sql = new StringBuilder("update leads set updated_at = :now");
    set.keySet().forEach(column -> sql.append(", ").append(column).append(" = ")
        .append(column.equals("custom_fields") ? "cast(:custom_fields as jsonb)" : ":" + column));
    Update update = tx.ownUpdate(sql + " where workspace_id = :workspace and lead_id = :lead")
        .bind("lead", lead).bind("now", clock.instant());
    set.forEach((column, value) -> {
      if (value == null) {
        update.bindNull(column, column.endsWith("_id") && column.startsWith("contact") ? java.sql.Types.OTHER : java.sql.Types.VARCHAR);
      } else {
        update.bind(column, value);
      }
    });
    update.execute();
  }

  /** Deletes those that are there, with their messages (contract 5.6); which they were. */
  List<UUID> delete(Tx tx, List<UUID> leads) throws SQLException {
    List<UUID> there = tx.ownQuery("""
            select lead_id from leads
             where workspace_id = :workspace and lead_id = any (:leads)
             order by lead_id
               for update""")
        .bind("leads", leads.toArray(UUID[]::new)).mapTo(UUID.class).list();
    tell(tx, Events.LEAD_DELETED, there);
    tx.ownUpdate("delete from leads where workspace_id = :workspace and lead_id = any (:leads)")
        .bind("leads", there.toArray(UUID[]::new)).execute();
    if (there.size() == 1) {
      audit.record(tx, Action.LEAD_DELETE, Kind.LEAD, there.getFirst());
    } else if (!there.isEmpty()) {
      audit.record(tx, Action.LEAD_DELETE, Kind.WORKSPACE, tx.workspace(), Map.of(
          "count", there.size(), "first", there.stream().limit(NAMED).map(lead -> Ids.text(Kind.LEAD, lead)).toList()));
    }
    return there;
  }

  private void tell(Tx tx, String event, List<UUID> leads) throws SQLException {
    happenings.record(tx.connection(), leads.stream()
        .map(lead -> Happening.ofLead(tx.workspace(), event, lead, clock.instant())).toList());
  }

  /** Adds and takes away labels of many leads; how many leads changed. */
  int tag(Tx tx, List<UUID> leads, List<String> add, List<String> remove) throws SQLException {
    List<UUID> changed = tx.ownQuery("""
            update leads
               set tags = array(select distinct t from unnest(tags || cast(:add as text[])) t
                                 where t <> all (cast(:remove as text[])) order by t),
                   updated_at = :now
             where workspace_id = :workspace and lead_id = any (:leads)
               and (not tags @> cast(:add as text[]) or tags && cast(:remove as text[]))
            returning lead_id""")
        .bind("leads", leads.toArray(UUID[]::new)).bind("add", add.toArray(String[]::new))
        .bind("remove", remove.toArray(String[]::new)).bind("now", clock.instant()).mapTo(UUID.class).list();
    watch.changed(tx, changed);
    tell(tx, Events.LEAD_UPDATED, changed);
    return changed.size();
  }
}
