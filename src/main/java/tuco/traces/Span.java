package tuco.traces;

import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * One piece of work with its time. It takes ids, numbers, and words that stand in the code; there is no way to put in what
 * came from outside, so that no key, text or address can get there.
 */
public final class Span {
  /** Of what nobody traces; costs nothing. */
  public static final Span NONE = new Span(null);

  final io.opentelemetry.api.trace.@Nullable Span span;

  Span(io.opentelemetry.api.trace.@Nullable Span span) {
    this.span = span;
  }

  /** What this is about, as the API writes it. */
  public Span of(Kind kind, @Nullable UUID id) {
    return span == null || id == null ? this : with("tuco." + kind.name().toLowerCase(Locale.ROOT) + "_id", Ids.text(kind, id));
  }

  /** How many. */
  public Span count(String what, long count) {
    if (span != null) {
      span.setAttribute("tuco." + what, count);
    }
    return this;
  }

  /**
   * How it went, in a word of ours.
   *
   * @param well whether that is what was wanted
   */
  public Span outcome(String word, boolean well) {
    if (span != null && !well) {
      span.setStatus(io.opentelemetry.api.trace.StatusCode.ERROR);
    }
    return with("tuco.outcome", word);
  }

  /** The status of an answer; a fault of the answering side marks the span. */
  public Span status(int status) {
    if (span != null) {
      span.setAttribute("http.response.status_code", (long) status);
      if (status >= 500) {
        span.setStatus(io.opentelemetry.api.trace.StatusCode.ERROR);
      }
    }
    return this;
  }

  Span with(String name, String value) {
    if (span != null) {
      span.setAttribute(name, value);
    }
    return this;
  }

  /** It is over. One that is never told so is never seen. */
  public void end() {
    if (span != null) {
      span.end();
    }
  }
}
