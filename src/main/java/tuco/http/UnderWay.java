package tuco.http;

import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many calls of one key or session a node has under way (standards 4.7 O4), counted from the head of the request on, so
 * that no body is kept and no worker taken for one too many. Nobody is asked who it is: what counts is the hash of the token
 * that was shown, worth something or not, so that the refusal tells nothing about a token. There is a name only while there
 * are calls: open requests bound the memory.
 */
final class UnderWay {
  /** As many as one batch of sends takes: more of one credential would only wait for each other. */
  static final int MOST = 256;
  private static final String NAME = "concurrent";
  private static final String POLICY = "\"" + NAME + "\";q=" + MOST + ";qu=\"concurrent-requests\"";
  private static final String CALL = "tuco.call";

  private final ConcurrentHashMap<ByteBuffer, Integer> calls = new ConcurrentHashMap<>();

  /** What nobody counted. */
  static final Call NONE = new UnderWay().new Call(null);

  /**
   * One call, until its answer is sent, or its client is gone and nothing works on it any more: who hangs up makes no room for
   * another as long as a worker has the first.
   */
  final class Call {
    private final @Nullable ByteBuffer name;
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean gone;

    private Call(@Nullable ByteBuffer name) {
      this.name = name;
    }

    /** The same work, during which the call counts in any case; whoever cannot have it run says so with {@link #worked}. */
    Runnable working(Runnable work) {
      working.incrementAndGet();
      return () -> {
        try {
          work.run();
        } finally {
          worked();
        }
      };
    }

    void worked() {
      if (working.decrementAndGet() == 0 && gone) {
        over();
      }
    }

    private void gone() {
      gone = true;
      if (working.get() == 0) {
        over();
      }
    }

    /** The end of the answer is about to be sent: whoever has it may call again at once. */
    void over() {
      if (name != null && over.compareAndSet(false, true)) {
        leave(name);
      }
    }

    /** Says in the RateLimit fields how many more there may be, where the answer speaks of no other policy (decisions 1.6). */
    void tell(Response response) {
      Integer now = name == null ? null : calls.get(name);
      if (now != null && !response.headers().containsKey("RateLimit") && !response.headers().containsKey("RateLimit-Policy")) {
        response.with("RateLimit-Policy", POLICY).with("RateLimit", left(MOST - now));
      }
    }
  }

  /**
   * Counts a call whose head has come.
   *
   * @param hash of the token it shows; null for none, which is not counted
   * @throws Problem 429 when there are as many as there may be
   */
  void enter(RoutingContext context, byte @Nullable [] hash) {
    ByteBuffer name = hash == null ? null : ByteBuffer.wrap(hash);
    if (name != null && calls.merge(name, 1, Integer::sum) > MOST) {
      leave(name);
      throw Problem.of(429, "Too many calls at once").code("too_many_at_once")
          .detail("This credential has " + MOST + " calls under way here; nothing was changed. Wait for some of them to end, then send it again.")
          .header("Retry-After", "1")
          .header("RateLimit-Policy", POLICY)
          .header("RateLimit", left(0))
          .member("violated-policies", List.of(NAME));
    }
    Call call = new Call(name);
    context.put(CALL, call);
    context.addEndHandler(ended -> call.gone());
    if (context.response().closed()) {
      call.gone(); // Nobody will tell of an end that was before we asked.
    }
  }

  /** The call this request is counted as. */
  static Call of(RoutingContext context) {
    Call call = context.get(CALL);
    return call == null ? NONE : call;
  }

  private static String left(int more) {
    return "\"" + NAME + "\";r=" + Math.max(0, more);
  }

  private void leave(ByteBuffer name) {
    calls.computeIfPresent(name, (same, count) -> count == 1 ? null : count - 1);
  }
}
