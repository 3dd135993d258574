package tuco;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A wire between a node and its database that a test can cut, silence, and measure. */
public final class TcpProxy implements AutoCloseable {
  private final ServerSocket server;
  private final String host;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong up = new AtomicLong();
  private final AtomicLong down = new AtomicLong();
  private volatile boolean silent;
  private volatile boolean closed;

  public TcpProxy(String host, int port) {
    this.host = host;
    this.port = port;
    try {
      server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Bytes that went to the database. */
  public long up() {
    return up.get();
  }

  /** Bytes that came from it. */
  public long down() {
    return down.get();
  }

  /** Ends every connection there is; new ones work. */
  public void cut() {
    open.forEach(TcpProxy::close);
  }

  /** Nothing passes any more, in either direction, and nobody is told: a partition. */
  public void silence() {
    silent = true;
  }

  /** Ends what was silent; new connections work. */
  public void heal() {
    cut();
    silent = false;
  }

  private void accept() {
    while (!closed) {
      try {
        Socket near = server.accept();
        Socket far = new Socket(host, port);
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        open.add(near);
        open.add(far);
        Thread.ofVirtual().start(() -> pass(near, far, up));
        Thread.ofVirtual().start(() -> pass(far, near, down));
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void pass(Socket from, Socket to, AtomicLong count) {
    byte[] buffer = new byte[16_384];
    try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (silent) {
          continue;
        }
        count.addAndGet(n);
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The other half was cut; both ends are closed now, which is all there is to do.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The database is gone: every connection ends and none can be made. */
  public void vanish() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  @Override
  public void close() {
    vanish();
  }
}
