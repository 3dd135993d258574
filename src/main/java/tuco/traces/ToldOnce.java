package tuco.traces;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log when the collector goes away and when it is there again, and not every second. */
final class ToldOnce implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(ToldOnce.class);

  private final SpanExporter exporter;
  private final AtomicBoolean away = new AtomicBoolean();

  ToldOnce(SpanExporter exporter) {
    this.exporter = exporter;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    result.whenComplete(() -> {
      if (result.isSuccess() && away.getAndSet(false)) {
        LOG.info("the collector takes traces again");
      } else if (!result.isSuccess() && !away.getAndSet(true)) {
        LOG.warn("the collector at TUCO_TRACES_URL does not take traces; they are dropped until it does, and nothing else suffers");
      }
    });
    return result;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
