package tuco.availability;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.http.Problem;
import tuco.timers.Rounds;

/**
 * Checks that go on after their request was answered (contract 2.9). Each lead that is still to be asked about is a row and
 * says {@code checking}; any node takes the next, and what a node had taken when it died is taken again by another.
 */
public final class BulkChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BulkChecks.class);

  /** Workspaces that are worked for at one time, each by a thread that mostly waits for a device's turn. */
  private static final int WORKSPACES = 64;

  /** How long one lead may take: its addresses have their turns one after another. */
  private static final Duration HOLD = Duration.ofMinutes(5);

  private final Database database;
  private final Availability availability;
  private final Clock clock;
  private final Map<UUID, Thread> running = new ConcurrentHashMap<>();
  private final Rounds rounds;

  /**
   * @param round how often this node looks for work
   */
  public BulkChecks(Database database, Availability availability, Clock clock, Duration round) {
    this.database = database;
    this.availability = availability;
    this.clock = clock;
    this.rounds = new Rounds("bulk-checks", round, "availability checks wait", this::round);
  }

  public void start() {
    rounds.start();
  }

  /** Has these leads checked, once for each however often that is asked. */
  int add(Tx tx, List<UUID> leads) {
    return tx.ownUpdate("""
            with present as (
              select lead_id from leads where workspace_id = :workspace and lead_id = any (:leads) order by lead_id for key share),
            wanted as (
              insert into availability_queue (workspace_id, lead_id, asked_at)
              select :workspace, lead_id, :now from present
              on conflict (workspace_id, lead_id) do nothing)
            update leads l set availability_status = 'checking', updated_at = :now
              from present p where l.workspace_id = :workspace and l.lead_id = p.lead_id""")
        .bind("leads", leads.toArray(UUID[]::new)).bind("now", clock.instant()).execute();
  }

  private void round() {
    waiting().forEach(workspace -> running.computeIfAbsent(workspace,
        id -> Thread.ofVirtual().name("bulk-checks-" + id).start(() -> work(id))));
  }

  /** Workspaces that have something to be checked and that nobody works for here. */
  private List<UUID> waiting() {
    return database.crossing(tx -> tx.query("""
            select w.workspace_id from workspaces w
             where w.removed_at is null and read_only_now(w.read_only_reason, w.plan_expires_at) is null
               and w.workspace_id <> all (:running)
               and exists (select from availability_queue q
                            where q.workspace_id = w.workspace_id and q.taken_until < clock_timestamp())
             limit :most""")
        .bind("running", running.keySet().toArray(UUID[]::new)).bind("most", Math.max(0, WORKSPACES - running.size()))
        .mapTo(UUID.class).list());
  }

  private void work(UUID workspace) {
    try {
      for (Optional<ObjectNode> lead = next(workspace); lead.isPresent(); lead = next(workspace)) {
        String status = status(workspace, lead.get());
        UUID id = AvailabilityApi.id(lead.get());
        database.asWorkspace(workspace, tx -> status == null ? giveBack(tx, id) : done(tx, workspace, id, status));
      }
    } catch (RuntimeException e) {
      LOG.warn("availability checks of a workspace wait: {}", e.getMessage());
    } finally {
      running.remove(workspace);
    }
  }

  /** Takes the lead that waits longest; two nodes never take the same one. None in a workspace that has become read-only meanwhile (B1). */
  private Optional<ObjectNode> next(UUID workspace) {
    if (rounds.closing()) {
      return Optional.empty();
    }
    return database.asWorkspace(workspace, tx -> tx.ownQuery("""
            update availability_queue q
               set taken_until = clock_timestamp() + :hold * interval '1 millisecond'
             where q.workspace_id = :workspace
               and exists (select from workspaces w
                            where w.workspace_id = :workspace and read_only_now(w.read_only_reason, w.plan_expires_at) is null)
               and q.lead_id = (select n.lead_id from availability_queue n
                                 where n.workspace_id = :workspace and n.taken_until < clock_timestamp()
                                 order by n.asked_at, n.lead_id limit 1 for update skip locked)
            returning q.lead_id""")
        .bind("hold", HOLD.toMillis()).mapTo(UUID.class).findOne().flatMap(lead -> AvailabilityApi.lead(tx, lead)));
  }

  /** What is learnt of a lead; null when it did not have its turn in time. */
  private @Nullable String status(UUID workspace, ObjectNode lead) {
    Instant until = clock.instant().plus(HOLD).minus(Availability.PATIENCE);
    try {
      return AvailabilityApi.checked(lead, address -> availability.check(workspace, address),
          () -> rounds.closing() || clock.instant().isAfter(until));
    } catch (Problem problem) {
      if (Availability.NO_LINE.equals(problem.code())) {
        return Availability.NO_LINE;
      }
      if (Availability.BUSY.equals(problem.code())) {
        return null;
      }
      throw problem;
    }
  }

  private int giveBack(Tx tx, UUID lead) {
    return tx.ownUpdate("""
            update availability_queue set taken_until = '-infinity' where workspace_id = :workspace and lead_id = :lead""")
        .bind("lead", lead).execute();
  }

  private int done(Tx tx, UUID workspace, UUID lead, String status) {
    AvailabilityApi.store(tx, workspace, lead, status, clock.instant());
    return tx.ownUpdate("delete from availability_queue where workspace_id = :workspace and lead_id = :lead")
        .bind("lead", lead).execute();
  }

  /** Ends within a moment; what it had taken is taken again by another node, or by this one when it is back. */
  @Override
  public void close() {
    rounds.close();
    try {
      for (Thread worker : List.copyOf(running.values())) {
        worker.interrupt();
        worker.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
