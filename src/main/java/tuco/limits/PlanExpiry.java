package tuco.limits;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.audit.Actor;
import tuco.db.Database;
import tuco.ids.Ids;
import tuco.timers.Rounds;

/**
 * Writes down that a plan has ended. The gate and the claim need no timer, they look at the database's clock themselves;
 * this makes it last and lets people see since when. Any number of nodes may do it at once.
 */
public final class PlanExpiry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PlanExpiry.class);

  private final Database database;
  private final ReadOnly readOnly;
  private final Rounds rounds;

  public PlanExpiry(Database database, ReadOnly readOnly, Duration every) {
    this.database = database;
    this.readOnly = readOnly;
    this.rounds = new Rounds(
        "plan-expiry", every, "plans that have ended could not be written down, which changes nothing", this::expire);
  }

  public void start() {
    rounds.start();
  }

  private void expire() {
    List<UUID> ended = database.crossing(tx -> tx.query("""
            select workspace_id from workspaces
             where plan_expires_at <= clock_timestamp() and read_only_reason is null and removed_at is null
             limit 100""")
        .mapTo(UUID.class).list());
    for (UUID workspace : ended) {
      boolean changed = database.crossing(tx -> {
        tx.query("select lock_access(:tag)::text").bind("tag", Ids.tag(workspace)).mapTo(String.class).one();
        // Looked at again under the lock: an operator may have given the plan another end meanwhile.
        boolean still = tx.query("""
                select plan_expires_at <= clock_timestamp() and read_only_reason is null
                  from workspaces where workspace_id = :workspace""")
            .bind("workspace", workspace).mapTo(Boolean.class).findOne().orElse(false);
        return still && readOnly.on(tx, workspace, "trial_ended", ReadOnly.By.EXPIRY, Actor.system("plan"));
      });
      if (changed) {
        LOG.info("the plan of workspace {} has ended; it is read-only", workspace);
      }
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
