package tuco.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A request's body as a blocking stream that holds only a few buffers: the client is read as fast as we read. */
final class BodyStream extends InputStream {
  private static final int AHEAD = 8;
  private static final int PATIENCE_SECONDS = 60;

  private final HttpServerRequest request;
  private final LinkedBlockingQueue<Optional<Buffer>> arrived = new LinkedBlockingQueue<>();
  private volatile boolean broken;
  private Buffer current = Buffer.buffer();
  private int at;
  private boolean ended;

  BodyStream(HttpServerRequest request) {
    this.request = request;
    request.pause();
    request.handler(buffer -> arrived.add(Optional.of(buffer)));
    request.endHandler(nothing -> arrived.add(Optional.empty()));
    request.exceptionHandler(failure -> {
      broken = true;
      arrived.add(Optional.empty());
    });
    request.fetch(AHEAD);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == current.length()) {
      if (ended || !next()) {
        return -1;
      }
    }
    int count = Math.min(length, current.length() - at);
    current.getBytes(at, at + count, target, offset);
    at += count;
    return count;
  }

  private boolean next() throws IOException {
    try {
      Optional<Buffer> buffer = arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (buffer == null) {
        throw new IOException("the client stopped sending");
      }
      if (buffer.isEmpty()) {
        ended = true;
        if (broken) {
          throw new IOException("the client went away");
        }
        return false;
      }
      current = buffer.get();
      at = 0;
      unlessComplete(() -> request.fetch(1));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Lets what was not read flow away, so that the connection can be used again. */
  @Override
  public void close() {
    if (!ended) {
      unlessComplete(() -> {
        request.handler(buffer -> {});
        request.resume();
      });
    }
  }

  /** A request whose end has come refuses to be asked for more with this exception; its end may come while we ask. */
  private static void unlessComplete(Runnable more) {
    try {
      more.run();
    } catch (IllegalStateException complete) {
      // Nothing is left to ask for: what arrived is in our hands.
    }
  }
}
