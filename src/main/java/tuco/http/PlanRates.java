package tuco.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tuco.db.Database;
import tuco.timers.Rounds;

/**
 * Brings the plans' API rates from the database to {@link Rates}: at the start, and every few seconds what an operator
 * changed meanwhile (decisions 4.5). No request ever waits for it; while it fails the last known rates hold.
 */
public final class PlanRates implements AutoCloseable {
  private final Database database;
  private final Rates rates;
  private final Rounds rounds;

  public PlanRates(Database database, Rates rates, Duration every) {
    this.database = database;
    this.rates = rates;
    this.rounds = new Rounds("plan-rates", every, "the plans' rates could not be read, the last known hold", this::load);
  }

  private record Row(String plan, String group, int perMinute) {}

  /** Returns once the rates are known. */
  public void start() {
    load();
    rounds.start();
  }

  private void load() {
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
  }

  @Override
  public void close() {
    rounds.close();
  }
}
