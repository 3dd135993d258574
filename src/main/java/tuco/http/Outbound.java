package tuco.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls hosts that a workspace named, and so cannot be trusted (standards O7): resolves the name, refuses it when any of
 * its addresses is not public, and connects to the address it checked, with the original Host and SNI, so that a second
 * look-up cannot lead elsewhere. A post never follows a redirect. One deadline over look-up, connection and answer.
 */
public final class Outbound {
  private static final int BODY_CAP = 64 * 1024;
  private static final int PREFIX_CHARACTERS = 1_000;
  private static final int PER_ADDRESS = 32;
  private static final int MOST_REDIRECTS = 3;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  /** How long one of several addresses may take before the next is tried. */
  private static final long CONNECT_MILLIS = 4_000;

  private final HttpClient client;
  private final Resolver resolver;
  private final boolean privateToo;

  /** Finds the addresses of a name; blocks. */
  @FunctionalInterface
  public interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  /** Why there is no answer. */
  public enum Fault { URL, DNS, ADDRESS, CONNECT, TLS, TIMEOUT, BROKEN }

  /** There is no answer. */
  public static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;
    private final Fault fault;

    Failed(Fault fault, String message) {
      super(message, null, false, false);
      this.fault = fault;
    }

    public Fault fault() {
      return fault;
    }
  }

  /**
   * An answer.
   *
   * @param reason the words after the status, from the table when the host sent none
   * @param body the first characters of the body
   * @param retryAfter the header as it came, null without
   */
  public record Reply(int status, String reason, String body, @Nullable String retryAfter) {}

  /**
   * @param server whose event loops carry the calls
   * @param privateToo whether plain http and private addresses are allowed too
   */
  public Outbound(Server server, Resolver resolver, boolean privateToo) {
    this(server.vertx(), resolver, privateToo, new HttpClientOptions());
  }

  Outbound(Vertx vertx, Resolver resolver, boolean privateToo, HttpClientOptions options) {
    this.resolver = resolver;
    this.privateToo = privateToo;
    this.client = vertx.createHttpClient(
        options.setProtocolVersion(HttpVersion.HTTP_1_1).setKeepAliveTimeout(10).setForceSni(true)
            .setMaxHeaderSize(16_384).setDecompressionSupported(false),
        new PoolOptions().setHttp1MaxSize(PER_ADDRESS));
  }

  /**
   * A file.
   *
   * @param contentType as it came, empty without
   * @param whole whether these are all bytes; false when there are more than were wanted
   */
  public record Fetched(int status, String reason, String contentType, byte[] bytes, boolean whole) {}

  /** Why a URL is not worth calling, in a sentence; null when it is. Looks nothing up. */
  public @Nullable String objection(String url) {
    return objection(url, privateToo, privateToo);
  }

  /**
   * As above, for what is asked before there is anything to call with.
   *
   * @param plainToo whether http will do
   */
  public static @Nullable String objection(String url, boolean plainToo, boolean privateToo) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      return "Invalid URL format";
    }
    boolean plain = "http".equalsIgnoreCase(uri.getScheme());
    if (!plain && !"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65_535) {
      return "Invalid URL format";
    }
    if (uri.getRawUserInfo() != null) {
      return "The URL must not contain a user name or a password";
    }
    if (plain && !plainToo) {
      return "The URL must begin with https://";
    }
    byte[] address = AddressRules.literal(uri.getHost());
    return address != null && !AddressRules.allows(address, privateToo)
        ? "The URL must not point to a private or reserved address"
        : null;
  }

  /** Posts and waits for the answer; meant for a virtual thread. */
  public Reply post(String url, Map<String, String> headers, byte[] body, Duration limit) throws Failed {
    long deadline = System.nanoTime() + limit.toNanos();
    URI target = target(url, objection(url));
    return call(target, HttpMethod.POST, headers, body, Outbound::read, deadline);
  }

  /**
   * Fetches a file, from plain http too. Goes where at most three redirects lead, each held against the same rules as
   * the first address; what is larger than wanted is cut off.
   */
  public Fetched fetch(String url, int mostBytes, Duration limit) throws Failed {
    long deadline = System.nanoTime() + limit.toNanos();
    String next = url;
    for (int hops = 0; ; hops++) {
      URI target = target(next, objection(next, true, privateToo));
      Hop hop = call(target, HttpMethod.GET, Map.of("Accept", "*/*"), new byte[0], answer -> file(answer, mostBytes), deadline);
      if (hop.location == null || hops == MOST_REDIRECTS) {
        return hop.file;
      }
      next = resolved(target, hop.location);
    }
  }

  /** One answer on the way to a file, and where it leads on; null when it is the last. */
  private record Hop(Fetched file, @Nullable String location) {}

  private static String resolved(URI from, String location) throws Failed {
    try {
      return from.resolve(location.strip()).toString();
    } catch (IllegalArgumentException e) {
      throw new Failed(Fault.URL, "The redirect leads to an invalid URL");
    }
  }

  private static URI target(String url, @Nullable String objection) throws Failed {
    if (objection != null) {
      throw new Failed(objection.contains("address") ? Fault.ADDRESS : Fault.URL, objection);
    }
    return URI.create(url);
  }

  private <T> T call(URI target, HttpMethod method, Map<String, String> headers, byte[] body,
      Function<HttpClientResponse, Future<T>> reading, long deadline) throws Failed {
    InetAddress[] addresses = checked(target.getHost(), deadline);
    for (int i = 0; ; i++) {
      try {
        return exchange(target, addresses[i], i + 1 == addresses.length, method, headers, body, reading, deadline);
      } catch (Failed failed) {
        // Nothing was sent: the next address may answer.
        if (failed.fault() != Fault.CONNECT || i + 1 == addresses.length) {
          throw failed;
        }
      }
    }
  }

  private InetAddress[] checked(String host, long deadline) throws Failed {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    FutureTask<InetAddress[]> lookUp = new FutureTask<>(() -> resolver.resolve(bare));
    Thread.ofVirtual().name("dns").start(lookUp);
    InetAddress[] addresses = await(lookUp, deadline, Fault.DNS, "The host name cannot be resolved");
    if (addresses.length == 0) {
      throw new Failed(Fault.DNS, "The host name cannot be resolved");
    }
    for (InetAddress address : addresses) {
      if (!AddressRules.allows(address.getAddress(), privateToo)) {
        throw new Failed(Fault.ADDRESS, "The host name leads to a private or reserved address");
      }
    }
    return addresses;
  }

  private <T> T exchange(URI target, InetAddress address, boolean last, HttpMethod method, Map<String, String> headers,
      byte[] body, Function<HttpClientResponse, Future<T>> reading, long deadline) throws Failed {
    boolean tls = "https".equalsIgnoreCase(target.getScheme());
    int port = target.getPort() > 0 ? target.getPort() : tls ? 443 : 80;
    long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    RequestOptions options = new RequestOptions()
        .setMethod(method).setHost(target.getHost()).setPort(port).setSsl(tls).setURI(pathOf(target))
        .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
        .setFollowRedirects(false).setConnectTimeout(last ? left + 1_000 : Math.min(left + 1_000, CONNECT_MILLIS));
    headers.forEach(options::addHeader);
    HttpClientRequest request = connected(client.request(options), deadline);
    try {
      // Asked for before anything is sent, so that the reader stands ready when the answer begins.
      Future<T> reply = request.response().compose(reading);
      request.end(Buffer.buffer(body));
      return await(reply, deadline, Fault.BROKEN, "The connection broke before the answer was complete");
    } catch (Failed failed) {
      request.reset();
      throw failed;
    }
  }

  private static HttpClientRequest connected(Future<HttpClientRequest> connecting, long deadline) throws Failed {
    try {
      return await(connecting, deadline, Fault.CONNECT, "The connection failed");
    } catch (Failed failed) {
      // A connection that comes too late goes back to the pool.
      connecting.onSuccess(HttpClientRequest::reset);
      throw failed;
    }
  }

  /** The status and the beginning of the body; what is too long is cut off with its connection. */
  private static Future<Reply> read(HttpClientResponse response) {
    return bytes(response, BODY_CAP).map(buffer -> new Reply(
        response.statusCode(), reason(response), prefix(buffer), response.getHeader("Retry-After")));
  }

  private static Future<Hop> file(HttpClientResponse response, int most) {
    String type = response.getHeader("Content-Type");
    boolean leadsOn = REDIRECTS.contains(response.statusCode());
    return bytes(response, leadsOn ? BODY_CAP : most).map(buffer -> new Hop(
        new Fetched(response.statusCode(), reason(response), type == null ? "" : type, buffer.getBytes(), buffer.length() <= most),
        leadsOn ? response.getHeader("Location") : null));
  }

  /** The body, or one part more than is wanted of it. */
  private static Future<Buffer> bytes(HttpClientResponse response, int most) {
    CompletableFuture<Buffer> whole = new CompletableFuture<>();
    Buffer begun = Buffer.buffer();
    response.handler(part -> {
      begun.appendBuffer(part);
      if (begun.length() > most && whole.complete(begun)) {
        response.request().reset();
      }
    });
    response.exceptionHandler(whole::completeExceptionally);
    response.endHandler(end -> whole.complete(begun));
    return Future.fromCompletionStage(whole);
  }

  private static String reason(HttpClientResponse response) {
    String sent = response.statusMessage();
    return sent == null || sent.isBlank() ? HttpResponseStatus.valueOf(response.statusCode()).reasonPhrase() : sent;
  }

  private static String prefix(Buffer body) {
    String text = new String(body.getBytes(0, Math.min(body.length(), 4 * PREFIX_CHARACTERS)), StandardCharsets.UTF_8);
    StringBuilder safe = new StringBuilder();
    text.codePoints().limit(PREFIX_CHARACTERS)
        .forEach(point -> safe.appendCodePoint(point < ' ' && point != '\n' && point != '\t' || point == 0x7f ? ' ' : point));
    return safe.toString();
  }

  private static String pathOf(URI target) {
    String path = target.getRawPath() == null || target.getRawPath().isEmpty() ? "/" : target.getRawPath();
    return target.getRawQuery() == null ? path : path + "?" + target.getRawQuery();
  }

  private static <T> T await(Future<T> future, long deadline, Fault otherwise, String words) throws Failed {
    return await(future.toCompletionStage().toCompletableFuture(), deadline, otherwise, words);
  }

  private static <T> T await(java.util.concurrent.Future<T> future, long deadline, Fault otherwise, String words)
      throws Failed {
    try {
      return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new Failed(Fault.TIMEOUT, "The operation was aborted due to timeout");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SSLException
          ? new Failed(Fault.TLS, "The TLS connection failed: the certificate is not valid for this host, or not trusted")
          : new Failed(otherwise, words);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failed(Fault.BROKEN, "The call was interrupted");
    }
  }
}
