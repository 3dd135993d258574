package tuco.leads;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Who must not be contacted. Kept by a hash of the address, so that it outlives the lead (decisions 5.7). */
public final class Suppressions {
  /** The source of an opt-out by the link in a mail. */
  public static final String UNSUBSCRIBE = "unsubscribe";

  /** The source of an address that a provider called dead. */
  public static final String PROVIDER = "provider";

  /** The source of an opt-out by word. */
  public static final String REPLY = "reply";

  private final Ids ids;
  private final Clock clock;
  private final Happenings happenings;

  public Suppressions(Ids ids, Clock clock, Happenings happenings) {
    this.ids = ids;
    this.clock = clock;
    this.happenings = happenings;
  }

  /**
   * How an address is kept and found: SHA-256 over the workspace's id and the address in lower case.
   *
   * @param address normalised: E.164 or an e-mail address
   */
  public static byte[] hash(UUID workspaceId, String address) {
    byte[] text = address.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    ByteBuffer input = ByteBuffer.allocate(16 + text.length)
        .putLong(workspaceId.getMostSignificantBits())
        .putLong(workspaceId.getLeastSignificantBits())
        .put(text);
    try {
      return MessageDigest.getInstance("SHA-256").digest(input.array());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * What an addition did.
   *
   * @param added whether the address itself was not there before
   * @param leadId the person who has the address, null when nobody
   * @param cancelled the messages that will not be sent any more
   */
  public record Added(UUID suppressionId, boolean added, @Nullable UUID leadId, List<UUID> cancelled) {}

  /**
   * Puts a person on the do-not-contact list, by any of the addresses: all addresses of the lead who has it, and all
   * that is queued for them on every channel and line is cancelled, in this transaction (decisions 5.7). A message that
   * a worker is claiming at this moment is either cancelled here, or was claimed before this was confirmed.
   *
   * @param address normalised: E.164 or an e-mail address
   * @param source what added it, for example {@code api}, {@code reply}, {@code provider}
   */
  public Added add(Tx tx, UUID workspace, String address, String reason, String source) throws SQLException {
    UUID lead = tx.query("select lead_id from lead_addresses where workspace_id = :workspace and address = :address")
        .bind("workspace", workspace).bind("address", address).mapTo(UUID.class).findOne().orElse(null);
    Set<String> addresses = new LinkedHashSet<>();
    addresses.add(address);
    if (lead != null) {
      addresses.addAll(tx.query("""
              select address from lead_addresses
               where workspace_id = :workspace and lead_id = :lead order by address""")
          .bind("workspace", workspace).bind("lead", lead).mapTo(String.class).list());
    }
    boolean added = false;
    for (String each : addresses.stream().sorted().toList()) {
      boolean inserted = insert(tx, workspace, each, reason, source);
      added |= inserted && each.equals(address);
    }
    UUID id = tx.query("""
            select suppression_id from suppressions where workspace_id = :workspace and address_hash = :hash""")
        .bind("workspace", workspace).bind("hash", hash(workspace, address)).mapTo(UUID.class).one();
    List<UUID> cancelled =
        cancel(tx, workspace, lead, addresses, List.of(UNSUBSCRIBE, REPLY).contains(source) ? "opt_out" : "do_not_contact");
    tell(tx, workspace, added ? lead : null, cancelled);
    return new Added(id, added, lead, cancelled);
  }

  private void tell(Tx tx, UUID workspace, @Nullable UUID optedOut, List<UUID> cancelled) throws SQLException {
    Instant now = clock.instant();
    List<Happening> happened = new ArrayList<>();
    if (optedOut != null) {
      happened.add(Happening.ofLead(workspace, Events.LEAD_OPTED_OUT, optedOut, now));
    }
    cancelled.forEach(message -> happened.add(
        new Happening(workspace, Events.CANCELLED, message, now, Map.of("reason", "do_not_contact"))));
    happenings.record(tx.connection(), happened);
  }

  private boolean insert(Tx tx, UUID workspace, String address, String reason, String source) {
    return tx.update("""
            insert into suppressions (workspace_id, suppression_id, address_hash, address, kind, reason, source, created_at)
            values (:workspace, :id, :hash, :address, :kind, :reason, :source, :now)
            on conflict (workspace_id, address_hash) do nothing""")
        .bind("workspace", workspace).bind("id", ids.next(Ids.tag(workspace)))
        .bind("hash", hash(workspace, address)).bind("address", address)
        .bind("kind", address.indexOf('@') >= 0 ? "email" : "phone")
        .bind("reason", reason).bind("source", source).bind("now", clock.instant())
        .execute() == 1;
  }

  /** Cancels what waits. A row that a claim holds is waited for and then seen as claimed; it is left alone. */
  private List<UUID> cancel(Tx tx, UUID workspace, @Nullable UUID lead, Set<String> addresses, String cause) {
    return tx.query("""
            with waiting as (
              select s.message_id
                from messages m
                join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id
               where m.workspace_id = :workspace
                 and (m.lead_id = :lead or m.recipient = any (:addresses))
                 and s.status in ('queued', 'pending', 'scheduled')
                 -- Who says STOP twice still gets the one confirmation of the first.
                 and m.notice is distinct from 'opt_out'
               order by s.message_id
                 for update of s),
            cancelled as (
              update message_states s
                 set status = 'cancelled', wait_reason = null, event_count = s.event_count + 1, updated_at = :now
                from waiting w
               where s.workspace_id = :workspace and s.message_id = w.message_id
                 and s.status in ('queued', 'pending', 'scheduled')
              returning s.message_id, s.event_count)
            insert into message_events (workspace_id, message_id, seq, status, at, cause)
            select :workspace, message_id, event_count, 'cancelled', :now, :cause from cancelled
            returning message_id""")
        .bind("workspace", workspace).bind("lead", lead).bind("addresses", addresses.toArray(String[]::new))
        .bind("now", clock.instant()).bind("cause", cause).mapTo(UUID.class).list();
  }

  /** Puts one address on the list and nobody else's: the address is dead, not the person. */
  public void addAddress(Tx tx, UUID workspace, String address, String reason, String source) throws SQLException {
    insert(tx, workspace, address, reason, source);
    tell(tx, workspace, null, cancel(tx, workspace, null, Set.of(address), "do_not_contact"));
  }

  /**
   * Whoever must not be contacted at one address must not be at another: new leads, and those with new addresses, of
   * whose addresses one is listed have all of them listed. An address that only is dead stays alone (connectors 5).
   */
  void extend(Tx tx, UUID workspace, List<UUID> leads) {
    if (leads.isEmpty()) {
      return;
    }
    record Other(String address, String reason, String source) {}
    tx.query("""
            select distinct on (other.address) other.address, listed.reason, listed.source
              from lead_addresses one
              join suppressions listed
                on listed.workspace_id = one.workspace_id and listed.source <> :dead
               and listed.address_hash = sha256(uuid_send(one.workspace_id) || convert_to(lower(one.address), 'UTF8'))
              join lead_addresses other
                on other.workspace_id = one.workspace_id and other.lead_id = one.lead_id and other.address <> one.address
             where one.workspace_id = :workspace and one.lead_id = any (:leads)
               and exists (select from suppressions s where s.workspace_id = :workspace)
             order by other.address""")
        .bind("workspace", workspace).bind("leads", leads.toArray(UUID[]::new)).bind("dead", PROVIDER)
        .map((row, context) -> new Other(row.getString(1), row.getString(2), row.getString(3))).list()
        .forEach(other -> insert(tx, workspace, other.address(), other.reason(), other.source()));
  }

  /** Lets a person be contacted again who had opted out by word; what others put on the list stays (connectors 5). */
  public void lift(Tx tx, UUID workspace, String address) {
    tx.update("""
            delete from suppressions
             where workspace_id = :workspace and source = :reply
               and address_hash in (
                     select sha256(uuid_send(:workspace) || convert_to(lower(a.address), 'UTF8'))
                       from (select :address as address
                             union
                             select others.address
                               from lead_addresses one
                               join lead_addresses others
                                 on others.workspace_id = one.workspace_id and others.lead_id = one.lead_id
                              where one.workspace_id = :workspace and one.address = :address) a)""")
        .bind("workspace", workspace).bind("address", address).bind("reply", REPLY).execute();
  }

  /** Whether this address must not be contacted. */
  public static boolean contains(Tx tx, UUID workspace, String address) {
    return tx.query("""
            select exists (select from suppressions where workspace_id = :workspace and address_hash = :hash)""")
        .bind("workspace", workspace).bind("hash", hash(workspace, address)).mapTo(Boolean.class).one();
  }

  /** Lets an address be contacted again; whether it was on the list. */
  boolean remove(Tx tx, UUID suppression) {
    return tx.ownUpdate("delete from suppressions where workspace_id = :workspace and suppression_id = :id")
        .bind("id", suppression).execute() == 1;
  }

  Optional<ObjectNode> find(Tx tx, UUID suppression) {
    return tx.ownQuery("select * from suppressions where workspace_id = :workspace and suppression_id = :id")
        .bind("id", suppression).map((row, context) -> json(row)).findOne();
  }

  private static final String MATCHING = """
       from suppressions
      where workspace_id = :workspace
        and (cast(:search as text) is null or position(lower(:search) in address) > 0
             or position(lower(:search) in lower(reason)) > 0)
      """;

  long count(Tx tx, @Nullable String search) {
    return tx.ownQuery("select count(*) " + MATCHING).bind("search", search).mapTo(Long.class).one();
  }

  /** A page of the list, newest first. */
  ArrayNode page(Tx tx, @Nullable String search, int page, int limit) {
    ArrayNode entries = Json.array();
    tx.ownQuery("select * " + MATCHING + " order by suppression_id desc limit :limit offset :offset")
        .bind("search", search).bind("limit", limit).bind("offset", (long) (page - 1) * limit)
        .map((row, context) -> json(row)).forEach(entries::add);
    return entries;
  }

  private static ObjectNode json(ResultSet row) throws SQLException {
    boolean phone = row.getString("kind").equals("phone");
    String address = row.getString("address");
    return Json.object()
        .put("_id", Ids.text(Kind.SUPPRESSION, row.getObject("suppression_id", UUID.class)))
        .put("phone", phone ? address : null)
        .put("email", phone ? null : address)
        .put("reason", row.getString("reason"))
        .put("source", row.getString("source"))
        .put("createdAt", Json.timestamp(row.getTimestamp("created_at").toInstant()));
  }
}
