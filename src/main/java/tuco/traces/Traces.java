package tuco.traces;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes spans and sends them to a collector in the background; work never waits for it, and what it cannot take is dropped. */
public final class Traces implements AutoCloseable {
  /** No traces: nothing of OpenTelemetry is even loaded. */
  public static final Traces OFF = new Traces(null, null);

  /** OpenTelemetry's own words about failed exports go through java.util.logging; ours are said by {@link ToldOnce}. */
  private static final Logger THEIRS = Logger.getLogger("io.opentelemetry");

  private final @Nullable SdkTracerProvider provider;
  private final @Nullable Tracer tracer;

  private Traces(@Nullable SdkTracerProvider provider, @Nullable Tracer tracer) {
    this.provider = provider;
    this.tracer = tracer;
  }

  /**
   * Where traces go.
   *
   * @param url the collector's address for OTLP over HTTP, to the path
   * @param headers sent along, for a collector that wants to know who comes
   * @param percent how many of those traces are recorded that begin here; one that a caller began is recorded when the caller records it
   */
  public record Settings(String url, Map<String, String> headers, int percent) {}

  /** Traces as set. */
  public static Traces of(@Nullable Settings settings) {
    return settings == null ? OFF : on(settings);
  }

  private static Traces on(Settings settings) {
    THEIRS.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder().setEndpoint(settings.url()).setTimeout(10, TimeUnit.SECONDS);
    settings.headers().forEach(exporter::addHeader);
    SpanProcessor processor = BatchSpanProcessor.builder(new ToldOnce(exporter.build())).setScheduleDelay(1, TimeUnit.SECONDS).build();
    SdkTracerProvider provider = SdkTracerProvider.builder()
        .setResource(Resource.create(Attributes.builder().put("service.name", "tuco").put("service.instance.id", UUID.randomUUID().toString()).build()))
        .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.percent() / 100.0)))
        .addSpanProcessor(processor)
        .build();
    return new Traces(provider, provider.get("tuco"));
  }

  /**
   * A request that came in.
   *
   * @param route the pattern that matched; empty for none
   * @param headers where a caller may say what trace this belongs to
   */
  public Span request(String method, String route, String requestId, Map<String, String> headers) {
    if (tracer == null) {
      return Span.NONE;
    }
    Context caller = W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, FROM_HEADERS);
    return new Span(tracer.spanBuilder(route.isEmpty() ? method : method + " " + route).setSpanKind(SpanKind.SERVER).setParent(caller)
        .setAttribute("http.request.method", method).setAttribute("http.route", route).setAttribute("tuco.request_id", requestId)
        .startSpan());
  }

  /** Whether anything is traced. */
  public boolean on() {
    return tracer != null;
  }

  /** Something of our own. */
  public Span begin(String name) {
    return begin(name, SpanKind.INTERNAL, List.of());
  }

  /** Something of our own that serves several at once. */
  public <T> Span begin(String name, List<T> served, Function<T, Span> of) {
    return tracer == null ? Span.NONE : begin(name, SpanKind.INTERNAL, served.stream().map(of).toList());
  }

  /** A call to somebody else. */
  public Span call(String name) {
    return begin(name, SpanKind.CLIENT, List.of());
  }

  private Span begin(String name, SpanKind kind, List<Span> served) {
    if (tracer == null) {
      return Span.NONE;
    }
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind).setNoParent();
    for (Span one : served) {
      if (one.span != null) {
        builder.addLink(one.span.getSpanContext());
      }
    }
    return new Span(builder.startSpan());
  }

  private static final TextMapGetter<Map<String, String>> FROM_HEADERS = (headers, name) -> headers == null ? null : headers.get(name);

  /** Sends what is left, for a few seconds at most. */
  @Override
  public void close() {
    if (provider != null) {
      provider.shutdown().join(5, TimeUnit.SECONDS);
    }
  }
}
