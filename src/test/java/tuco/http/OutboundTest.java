package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.JksOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls to hosts that a workspace named (standards O7): no way leads inside, and nothing holds us longer than the limit. */
class OutboundTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final List<HttpServerRequest> received = new CopyOnWriteArrayList<>();
  private final List<String> hosts = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterAll
  static void close() {
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  @AfterEach
  void letGo() {
    end.countDown();
  }

  private HttpServer server(HttpServerOptions options, io.vertx.core.Handler<HttpServerRequest> handler) {
    return VERTX.createHttpServer(options.setHost("127.0.0.1").setPort(0)).requestHandler(request -> {
      received.add(request);
      hosts.add(String.valueOf(request.authority()));
      handler.handle(request);
    }).listen().toCompletionStage().toCompletableFuture().join();
  }

  private static Outbound outbound(boolean privateToo, Outbound.Resolver resolver) {
    return new Outbound(VERTX, resolver, privateToo, new HttpClientOptions());
  }

  private static Outbound.Resolver always(String... addresses) {
    return host -> {
      InetAddress[] found = new InetAddress[addresses.length];
      for (int i = 0; i < addresses.length; i++) {
        found[i] = InetAddress.getByName(addresses[i]);
      }
      return found;
    };
  }

  private static Outbound.Reply post(Outbound outbound, String url) throws Outbound.Failed {
    return outbound.post(url, Map.of("X-Test", "1"), "{}".getBytes(StandardCharsets.UTF_8), LIMIT);
  }

  private static Outbound.Fault fault(Outbound outbound, String url, Duration limit) {
    Outbound.Failed failed = catchThrowableOfType(
        Outbound.Failed.class, () -> outbound.post(url, Map.of(), new byte[] {'{', '}'}, limit));
    return failed.fault();
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://hooks.example.com/, Invalid URL format",
    "hooks.example.com, Invalid URL format",
    "'https://', Invalid URL format",
    "'https://exa mple.com/', Invalid URL format",
    "'https://hooks.example.com:0/', Invalid URL format",
    "'https://hooks.example.com:70000/', Invalid URL format",
    "'https://user:pw@hooks.example.com/', The URL must not contain a user name or a password",
    "'http://hooks.example.com/', The URL must begin with https://",
    "'https://127.0.0.1/', The URL must not point to a private or reserved address",
    "'https://[::1]:8443/', The URL must not point to a private or reserved address",
    "'https://[::ffff:10.0.0.1]/', The URL must not point to a private or reserved address",
    "'https://169.254.169.254/latest', The URL must not point to a private or reserved address"
  })
  void aUrlThatCannotBeCalledIsRefusedBeforeAnyLookUp(String url, String objection) {
    Outbound outbound = outbound(false, host -> {
      throw new AssertionError("looked up " + host);
    });
    assertThat(outbound.objection(url)).isEqualTo(objection);
    assertThatThrownBy(() -> post(outbound, url)).isInstanceOf(Outbound.Failed.class).hasMessage(objection);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "192.168.1.1", "::1", "fc00::1", "fe80::1", "64:ff9b::7f00:1",
    "224.0.0.1", "0.0.0.0"
  })
  void aNameThatLeadsInsideIsRefusedEvenWhenOneOfItsAddressesIsPublic(String inside) {
    assertThat(fault(outbound(false, always(inside)), "https://hooks.example.com/", LIMIT))
        .isEqualTo(Outbound.Fault.ADDRESS);
    assertThat(fault(outbound(false, always("1.1.1.1", inside)), "https://hooks.example.com/", LIMIT))
        .isEqualTo(Outbound.Fault.ADDRESS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://0/"})
  void oddFormsOfTheLoopbackAddressLeadNowhere(String url) {
    assertThat(fault(outbound(false, InetAddress::getAllByName), url, LIMIT))
        .isIn(Outbound.Fault.ADDRESS, Outbound.Fault.DNS, Outbound.Fault.URL);
  }

  @Test
  void metadataStaysRefusedWherePrivateAddressesAreAllowed() {
    assertThat(fault(outbound(true, always("169.254.169.254")), "http://metadata.example.com/", LIMIT))
        .isEqualTo(Outbound.Fault.ADDRESS);
    assertThat(fault(outbound(true, always("fd00:ec2::254")), "http://metadata.example.com/", LIMIT))
        .isEqualTo(Outbound.Fault.ADDRESS);
  }

  @Test
  void theCheckedAddressIsCalledWithTheOriginalHostAndTheNameIsLookedUpOnce() throws Outbound.Failed {
    HttpServer server = server(new HttpServerOptions(), request -> request.response().setStatusCode(202).end("thanks"));
    AtomicInteger lookUps = new AtomicInteger();
    Outbound outbound = outbound(true, host -> {
      // The second answer would lead elsewhere: DNS rebinding.
      return always(lookUps.incrementAndGet() == 1 ? "127.0.0.1" : "169.254.169.254").resolve(host);
    });

    Outbound.Reply reply = post(outbound, "http://hooks.example.com:" + server.actualPort() + "/in?x=1");

    assertThat(reply.status()).isEqualTo(202);
    assertThat(reply.body()).isEqualTo("thanks");
    assertThat(lookUps).hasValue(1);
    assertThat(hosts).containsExactly("hooks.example.com:" + server.actualPort());
    assertThat(received.getFirst().uri()).isEqualTo("/in?x=1");
  }

  @Test
  void overTlsTheNameOfTheUrlIsAskedForAndHeldAgainstTheCertificate(@TempDir Path folder) throws Exception {
    JksOptions keys = certificate(folder, "hooks.example.com");
    HttpServer server = server(new HttpServerOptions().setSsl(true).setSni(true).setKeyCertOptions(keys),
        request -> request.response().end(String.valueOf(request.connection().indicatedServerName())));
    Outbound trusting =
        new Outbound(VERTX, always("127.0.0.1"), true, new HttpClientOptions().setTrustOptions(keys));

    assertThat(post(trusting, "https://hooks.example.com:" + server.actualPort() + "/").body()).isEqualTo("hooks.example.com");
    assertThat(fault(trusting, "https://other.example.com:" + server.actualPort() + "/", LIMIT)).isEqualTo(Outbound.Fault.TLS);
    assertThat(fault(outbound(true, always("127.0.0.1")), "https://hooks.example.com:" + server.actualPort() + "/", LIMIT))
        .as("a certificate nobody vouches for").isEqualTo(Outbound.Fault.TLS);
  }

  private static JksOptions certificate(Path folder, String host) throws IOException, InterruptedException {
    Path store = folder.resolve("keys.p12");
    Process keytool = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "a", "-keyalg", "EC",
        "-dname", "CN=" + host, "-ext", "SAN=dns:" + host, "-keystore", store.toString(), "-storetype", "JKS",
        "-storepass", "password", "-keypass", "password").redirectErrorStream(true).start();
    assertThat(keytool.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new JksOptions().setPath(store.toString()).setPassword("password");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsAnAnswerAndNotFollowed(int status) throws Outbound.Failed {
    HttpServer server = server(new HttpServerOptions(), request ->
        request.response().setStatusCode(status).putHeader("Location", "http://127.0.0.1:" + request.localAddress().port() + "/else").end());

    assertThat(post(outbound(true, always("127.0.0.1")), "http://hooks.example.com:" + server.actualPort() + "/").status())
        .isEqualTo(status);
    assertThat(received).hasSize(1);
  }

  @Test
  void aFileIsFetchedWhereRedirectsLeadAndNoFurtherThanThree() throws Outbound.Failed {
    HttpServer server = server(new HttpServerOptions(), request -> {
      int hop = Integer.parseInt(request.path().substring(1));
      if (hop == 0) {
        request.response().putHeader("Content-Type", "image/png").end("picture");
      } else {
        request.response().setStatusCode(302).putHeader("Location", "/" + (hop - 1)).end();
      }
    });
    Outbound outbound = outbound(true, always("127.0.0.1"));
    String url = "http://files.example.com:" + server.actualPort() + "/";

    Outbound.Fetched file = outbound.fetch(url + 3, 100, LIMIT);
    assertThat(new String(file.bytes(), StandardCharsets.UTF_8)).isEqualTo("picture");
    assertThat(file.contentType()).isEqualTo("image/png");
    assertThat(file.whole()).isTrue();
    assertThat(outbound.fetch(url + 4, 100, LIMIT).status()).isEqualTo(302);
    assertThat(outbound.fetch(url + 0, 6, LIMIT).whole()).as("one byte too many").isFalse();
  }

  /** The second address is held against the rules as the first one was. */
  @Test
  void aRedirectToSomebodysOwnNetworkIsNotFollowed() {
    HttpServer server = server(new HttpServerOptions(), request ->
        request.response().setStatusCode(302).putHeader("Location", "http://169.254.169.254/latest/meta-data").end());
    String url = "http://files.example.com:" + server.actualPort() + "/";

    Outbound.Failed refused = catchThrowableOfType(Outbound.Failed.class, () ->
        outbound(true, host -> new InetAddress[] {InetAddress.getByName(host.equals("files.example.com") ? "127.0.0.1" : host)})
            .fetch(url, 100, LIMIT));
    assertThat(refused.fault()).isEqualTo(Outbound.Fault.ADDRESS);
    assertThat(received).hasSize(1);
    Outbound.Failed inside = catchThrowableOfType(Outbound.Failed.class, () ->
        outbound(false, always("10.0.0.8")).fetch("http://files.example.com/a.png", 100, LIMIT));
    assertThat(inside.fault()).isEqualTo(Outbound.Fault.ADDRESS);
  }

  @Test
  void anEndlessBodyIsCutOffAndOnlyItsBeginningKept() throws Outbound.Failed {
    HttpServer server = server(new HttpServerOptions(), request -> {
      request.response().setChunked(true);
      VERTX.setPeriodic(1, timer -> {
        if (request.response().closed()) {
          VERTX.cancelTimer(timer);
        } else {
          request.response().write("x".repeat(8_000));
        }
      });
    });

    Outbound.Reply reply = post(outbound(true, always("127.0.0.1")), "http://hooks.example.com:" + server.actualPort() + "/");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("x".repeat(1_000));
  }

  @Test
  void anAnswerThatDripsEndsWithTheOneDeadline() {
    HttpServer server = server(new HttpServerOptions(), request -> {
      request.response().setChunked(true);
      VERTX.setPeriodic(20, timer -> {
        if (request.response().closed()) {
          VERTX.cancelTimer(timer);
        } else {
          request.response().write("x");
        }
      });
    });
    assertThat(fault(outbound(true, always("127.0.0.1")), "http://hooks.example.com:" + server.actualPort() + "/", Duration.ofMillis(300)))
        .isEqualTo(Outbound.Fault.TIMEOUT);
  }

  @Test
  void aLookUpThatHangsEndsWithTheOneDeadline() {
    Outbound outbound = outbound(false, host -> {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new UnknownHostException(host);
    });
    assertThatThrownBy(() -> outbound.post("https://hooks.example.com/", Map.of(), new byte[0], Duration.ofMillis(100)))
        .isInstanceOfSatisfying(Outbound.Failed.class, failed -> assertThat(failed.fault()).isEqualTo(Outbound.Fault.TIMEOUT))
        .hasMessage("The operation was aborted due to timeout");
  }

  @Test
  void whenOneAddressRefusesTheNextIsTried() throws Outbound.Failed {
    HttpServer server = server(new HttpServerOptions(), request -> request.response().end("second"));
    assertThat(post(outbound(true, always("127.0.0.2", "127.0.0.1")), "http://hooks.example.com:" + server.actualPort() + "/").body())
        .isEqualTo("second");
  }

  @Test
  void faultsAreToldApart() throws IOException {
    HttpServer server = server(new HttpServerOptions(), request -> request.connection().close());
    String url = "http://hooks.example.com:" + server.actualPort() + "/";
    assertThat(fault(outbound(true, always("127.0.0.1")), url, LIMIT)).isEqualTo(Outbound.Fault.BROKEN);
    // A port of its own: Vert.x says it has closed a server while the kernel still takes connections for it.
    int nobody;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = closed.getLocalPort();
    }
    assertThat(fault(outbound(true, always("127.0.0.1")), "http://hooks.example.com:" + nobody + "/", LIMIT)).isEqualTo(Outbound.Fault.CONNECT);
    assertThat(fault(outbound(true, host -> {
      throw new UnknownHostException(host);
    }), url, LIMIT)).isEqualTo(Outbound.Fault.DNS);
  }
}
