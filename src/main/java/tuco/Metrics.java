package tuco;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tuco.http.Request;
import tuco.http.Response;
import tuco.traces.Traces;

/** What an operator watches, in Prometheus' format: routes and states, never an id, an address or a text. */
final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ConcurrentHashMap<Answered, Timer> timers = new ConcurrentHashMap<>();
  private final JvmGcMetrics collections = new JvmGcMetrics();

  private record Answered(String route, int status) {}

  /** What takes how long, one by one, for the operator's collector. */
  final Traces traces;

  Metrics(Traces.@Nullable Settings traces) {
    this.traces = Traces.of(traces);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /** Counts an answer by its route's pattern, which holds no values of the request. */
  void answered(String route, int status, long nanos) {
    timers.computeIfAbsent(new Answered(route, status), key -> Timer.builder("tuco.http.requests")
            .tag("route", key.route()).tag("status", Integer.toString(key.status()))
            .register(registry))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A figure that is read when somebody looks. */
  void gauge(String name, String meaning, Supplier<Number> value) {
    Gauge.builder(name, value).description(meaning).register(registry);
  }

  /** {@code GET /metrics}. */
  Response show(Request request) {
    return Response.text(200, "text/plain; version=0.0.4; charset=utf-8", registry.scrape());
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
    traces.close();
  }
}
