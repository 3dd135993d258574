package tuco.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a command has opened so far; closed backwards, once, whether it ends by itself or is told to. */
final class Opened implements AutoCloseable {
  private final Deque<Runnable> closings = new ArrayDeque<>();
  private boolean closed;

  synchronized void add(Runnable closing) {
    if (closed) {
      closing.run();
    } else {
      closings.push(closing);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    while (!closings.isEmpty()) {
      closings.pop().run();
    }
  }
}
