package tuco.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.Database;
import tuco.db.DatabaseFailure;

/**
 * Brings the plans' API rates from the database to {@link Rates}: at the start, and every few seconds what an operator
 * changed meanwhile (decisions 4.5). No request ever waits for it; while it fails the last known rates hold.
 */
public final class PlanRates implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PlanRates.class);

  private final Database database;
  private final Rates rates;
  private final Duration every;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("plan-rates").daemon(true).unstarted(this::run);

  public PlanRates(Database database, Rates rates, Duration every) {
    this.database = database;
    this.rates = rates;
    this.every = every;
  }

  private record Row(String plan, String group, int perMinute) {}

  /** Returns once the rates are known. */
  public void start() {
    load();
    thread.start();
  }

  private void run() {
    try {
      while (!closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
        load();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void load() {
    try {
      Map<String, Map<String, Integer>> perMinute = new HashMap<>();
      database.withoutTenant(tx -> tx.query("""
              select p.plan, r.key as rate, r.value::integer as per_minute
                from plans p
               cross join jsonb_each_text(p.api_rates) r
               where r.value::integer > 0""")
          .map((row, context) -> new Row(row.getString("plan"), row.getString("rate"), row.getInt("per_minute")))
          .list()).forEach(row ->
              perMinute.computeIfAbsent(row.plan(), plan -> new HashMap<>()).put(row.group(), row.perMinute()));
      rates.use(perMinute);
    } catch (DatabaseFailure e) {
      LOG.warn("the plans' rates could not be read, the last known hold: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
