package tuco.channels;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import tuco.channels.Channel.Fault;

/**
 * Which hosts lines may connect to. A workspace names them, so they are held against the same rules as webhooks (standards
 * O7): by the address that is connected to, at that moment, so that a name that leads elsewhere by then leads nowhere.
 */
public final class Hosts {
  /** What is wrong, and who can change it. */
  public static final String RULE =
      "leads to a private or reserved address. The operator of this installation can allow private ones with TUCO_PRIVATE_MAIL=true.";

  private final Predicate<byte[]> allowed;

  /**
   * @param allowed whether an address may be connected to
   */
  public Hosts(Predicate<byte[]> allowed) {
    this.allowed = allowed;
  }

  /** A host that must not be connected to. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String host) {
      super("The host " + host + " " + RULE);
    }
  }

  /** The faults of hosts that a line names, as far as they can be seen without looking a name up. */
  public List<Fault> check(LineSettings line, String... fields) {
    List<Fault> faults = new ArrayList<>();
    for (String field : fields) {
      InetAddress literal = literal(line.settings().getOrDefault(field, "").strip());
      if (literal != null && !allowed.test(literal.getAddress())) {
        faults.add(new Fault(field, field + " " + RULE));
      }
    }
    return faults;
  }

  private static @Nullable InetAddress literal(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.equals("localhost") || name.endsWith(".localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    try {
      return InetAddress.ofLiteral(name.replaceAll("^\\[|]$", ""));
    } catch (IllegalArgumentException aName) {
      return null;
    }
  }

  /**
   * The addresses of a host, for whoever connects to them and to no others.
   *
   * @throws Refused when one of them must not be connected to
   */
  public InetAddress[] addresses(String host) throws Refused, UnknownHostException {
    InetAddress[] found = InetAddress.getAllByName(host);
    for (InetAddress address : found) {
      if (!allowed.test(address.getAddress())) {
        throw new Refused(host);
      }
    }
    return found;
  }

  /**
   * For libraries that look names up themselves: sockets that connect nowhere else.
   *
   * @param made hears of each
   */
  public SocketFactory sockets(Consumer<Socket> made) {
    return new Sockets(made);
  }

  private final class Checked extends Socket {
    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      if (endpoint instanceof InetSocketAddress target && target.getAddress() != null && !allowed.test(target.getAddress().getAddress())) {
        throw new Refused(target.getHostString());
      }
      super.connect(endpoint, timeout);
    }
  }

  private final class Sockets extends SocketFactory {
    private final Consumer<Socket> made;

    Sockets(Consumer<Socket> made) {
      this.made = made;
    }

    @Override
    public Socket createSocket() {
      Socket socket = new Checked();
      made.accept(socket);
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
      return connected(new InetSocketAddress(host, port));
    }

    private Socket connected(InetSocketAddress target) throws IOException {
      Socket socket = createSocket();
      socket.connect(target);
      return socket;
    }
  }
}
