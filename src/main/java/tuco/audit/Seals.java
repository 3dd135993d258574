package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.timers.Rounds;

/**
 * Signs the heads of the logs from time to time, and looks before it does whether all since the last seal is still as it
 * was written: a log that was changed behind Tuco's back is never sealed again, and is reported. Every seal also goes to
 * the process's log, which can be kept elsewhere.
 */
public final class Seals implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Seals.class);
  private static final String PURPOSE = "seal";
  private static final int AT_ONCE = 1_000;

  private final Database database;
  private final SigningKeys keys;
  private final Clock clock;
  private final Rounds rounds;
  private final ConcurrentHashMap<UUID, String> broken = new ConcurrentHashMap<>();
  private final Witness witness;

  /**
   * @param data the data directory, where what this node has sealed is kept as well; null for nowhere
   */
  public Seals(Database database, SigningKeys keys, Clock clock, Duration every, @Nullable Path data) {
    this.database = database;
    this.witness = new Witness(data);
    this.keys = keys;
    this.clock = clock;
    this.rounds =
        new Rounds("audit-seals", every, "the audit logs could not be sealed; they will be the next time", this::sealAll);
  }

  /** The state of a log: its last number and hash. */
  record Head(long seq, String hash) {}

  public void start() {
    rounds.start();
  }

  /** Seals every log that has grown since its last seal. */
  public void sealAll() {
    List<UUID> grown = database.crossing(tx -> tx.query("""
            select h.workspace_id
              from audit_heads h
             where not exists (select from audit_seals s
                                where s.workspace_id = h.workspace_id and s.seq = h.seq
                                  and s.hash = h.hash and s.fingerprint = :key)
             limit :limit""")
        .bind("key", keys.current().fingerprint()).bind("limit", AT_ONCE).mapTo(UUID.class).list());
    grown.forEach(workspace -> database.asWorkspace(workspace, tx -> seal(tx, workspace)));
  }

  /** How many logs were found changed. */
  public int broken() {
    return broken.size();
  }

  private Optional<ObjectNode> seal(Tx tx, UUID workspace) {
    Head head = head(tx);
    String fault = fault(tx, head);
    if (fault != null) {
      if (!fault.equals(broken.put(workspace, fault))) {
        LOG.error("the audit log of {} was changed outside Tuco: {}; it is not sealed any more",
            Ids.text(Kind.WORKSPACE, workspace), fault);
      }
      return Optional.empty();
    }
    broken.remove(workspace);
    ObjectNode seal = keys.current().sign(PURPOSE, statement(workspace, head, clock.instant(), keys.current().fingerprint()));
    int added = tx.ownUpdate("""
            insert into audit_seals (workspace_id, seq, hash, at, fingerprint, signature)
            values (:workspace, :seq, decode(:hash, 'hex'), cast(:at as timestamptz), :key, decode(:signature, 'base64'))
            on conflict do nothing""")
        .bind("seq", head.seq()).bind("hash", head.hash()).bind("at", seal.path("at").asText())
        .bind("key", keys.current().fingerprint()).bind("signature", seal.path("signature").asText())
        .execute();
    witness.remember(workspace, head);
    if (added == 1) {
      LOG.info("audit log of {} sealed at {}: {}", Ids.text(Kind.WORKSPACE, workspace), head.seq(), head.hash());
    }
    return Optional.of(seal);
  }

  /** What is not as it was written since the last seal, or as this node has sealed it; null when all is. */
  @Nullable String fault(Tx tx, Head head) {
    Head sealed = witness.of(tx.workspace());
    if (sealed != null && !sealed.hash().equals(hashOf(tx, sealed.seq()))) {
      return "it was sealed at " + sealed.seq() + ", and that entry is gone or another one";
    }
    Optional<ObjectNode> last = newest(tx, tx.workspace());
    long seq = last.map(seal -> seal.path("seq").asLong()).orElse(0L);
    String hash = last.map(seal -> seal.path("hash").asText()).orElse(Chain.START);
    if (last.isPresent() && !keys.current().vouches(PURPOSE, last.get())) {
      return "the signature of the seal at " + seq + " does not hold";
    }
    if (seq > head.seq()) {
      return "it was sealed at " + seq + " and ends at " + head.seq();
    }
    if (seq > 0 && !hash.equals(hashOf(tx, seq))) {
      return "entry " + seq + " is not the one that was sealed";
    }
    while (seq < head.seq()) {
      // No further than the head: what is written meanwhile is not of this look.
      List<Stored> part = entries(tx, seq, (int) Math.min(AT_ONCE, head.seq() - seq));
      for (Stored entry : part) {
        seq++;
        boolean follows = entry.seq() == seq && entry.previous().equals(hash);
        hash = Chain.hash(entry.entry(), hash, seq);
        if (!follows || !entry.hash().equals(hash)) {
          return "entry " + seq + " is not as it was written";
        }
      }
      if (part.isEmpty()) {
        return "entry " + (seq + 1) + " is missing";
      }
    }
    return hash.equals(head.hash()) ? null : "its head is not its last entry";
  }

  /** The hash of an entry; empty when there is none of this number. */
  private static String hashOf(Tx tx, long seq) {
    return entries(tx, seq - 1, 1).stream().filter(entry -> entry.seq() == seq).map(Stored::hash).findFirst().orElse("");
  }

  /** An entry as it is stored: the very text that was hashed. */
  record Stored(long seq, String entry, String previous, String hash) {}

  /** The entries after a number, in order. */
  static List<Stored> entries(Tx tx, long after, int limit) {
    return tx.ownQuery("""
            select seq, entry, encode(previous, 'hex') as previous, encode(hash, 'hex') as hash
              from audit_entries
             where workspace_id = :workspace and seq > :after
             order by seq
             limit :limit""")
        .bind("after", after).bind("limit", limit)
        .map((row, context) -> new Stored(row.getLong("seq"), row.getString("entry"), row.getString("previous"), row.getString("hash")))
        .list();
  }

  /** The last entry's number and hash. */
  static Head head(Tx tx) {
    return tx.ownQuery("select seq, encode(hash, 'hex') as hash from audit_heads where workspace_id = :workspace")
        .map((row, context) -> new Head(row.getLong("seq"), row.getString("hash")))
        .findOne().orElse(new Head(0, Chain.START));
  }

  private Optional<ObjectNode> newest(Tx tx, UUID workspace) {
    return select(tx, workspace, "order by seq desc limit 1", 0, Long.MAX_VALUE).stream().findFirst();
  }

  /** The seals by the present key from after one number up to another, in order. */
  List<ObjectNode> between(Tx tx, UUID workspace, long after, long upTo) {
    return select(tx, workspace, "order by seq", after, upTo);
  }

  private List<ObjectNode> select(Tx tx, UUID workspace, String order, long after, long upTo) {
    return tx.ownQuery("""
            select seq, hash, at, signature
              from audit_seals
             where workspace_id = :workspace and fingerprint = :key and seq > :after and seq <= :upTo""" + " " + order)
        .bind("key", keys.current().fingerprint()).bind("after", after).bind("upTo", upTo)
        .map((row, context) -> statement(
                workspace, new Head(row.getLong("seq"), HexFormat.of().formatHex(row.getBytes("hash"))),
                row.getTimestamp("at").toInstant(), keys.current().fingerprint())
            .put("signature", Base64.getEncoder().encodeToString(row.getBytes("signature"))))
        .list();
  }

  private static ObjectNode statement(UUID workspace, Head head, Instant at, String fingerprint) {
    return Json.object()
        .put("workspace", Ids.text(Kind.WORKSPACE, workspace))
        .put("seq", head.seq()).put("hash", head.hash())
        .put("at", Json.timestamp(at)).put("fingerprint", fingerprint);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
