package tuco.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The body of an answer as a blocking stream: written as fast as the client reads, with one piece in memory. */
final class AnswerStream extends OutputStream {
  private static final int PIECE = 1 << 16;
  private static final int PATIENCE_SECONDS = 60;

  private final HttpServerResponse out;
  private final ByteArrayOutputStream piece = new ByteArrayOutputStream(PIECE + 4096);

  AnswerStream(HttpServerResponse out) {
    this.out = out;
  }

  @Override
  public void write(int one) throws IOException {
    piece.write(one);
    sendWhenFull();
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    piece.write(bytes, offset, length);
    sendWhenFull();
  }

  private void sendWhenFull() throws IOException {
    if (piece.size() >= PIECE) {
      send();
    }
  }

  private void send() throws IOException {
    Buffer full = Buffer.buffer(piece.toByteArray());
    piece.reset();
    try {
      out.write(full).toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the client went away", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Sends what is left and says that it was all. */
  void finish() throws IOException {
    send();
    out.end();
  }
}
