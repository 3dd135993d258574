package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Token;

/**
 * How many calls one credential may have under way on a node (standards 4.7 O4). {@code RateLimit} tells the count, the call
 * that asks included, so that a test need not guess how far the server is.
 */
class UnderWayTest {
  private static final String LEAD = "{\"leads\":[]}";
  private static World world;
  private static Api nobody;

  @BeforeAll
  static void start() {
    world = new World();
    nobody = world.anonymous();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void oneCallTooManyIs429AndDoneWhenAnotherHasEnded() throws IOException {
    World.TestWorkspace workspace = world.aWorkspace();
    List<Held> held = new ArrayList<>();
    try {
      for (int i = 1; i < UnderWay.MOST; i++) {
        held.add(body(workspace.key()));
      }
      left(workspace, 0);
      for (int i = 0; i < 200; i++) {
        assertThat(workspace.api().get("/api/whoami").status()).as("who has an answer may call again at once").isEqualTo(200);
      }
      held.add(body(workspace.key()));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(429));

      Api.Answer refused = workspace.api().post("/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+15555550160\"}");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(List.of(refused.at("code"), refused.at("type"), refused.at("/violated-policies/0")))
          .containsExactly("too_many_at_once", "/docs/errors#too_many_at_once", "concurrent");
      assertThat(refused.header("Retry-After")).isEqualTo("1");
      assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"concurrent\";q=256;qu=\"concurrent-requests\"");
      assertThat(refused.header("RateLimit")).isEqualTo("\"concurrent\";r=0");
      assertThat(refused.header("Cache-Control")).isEqualTo("no-store");

      assertThat(world.api(world.aKey(workspace.id(), Right.FULL).secret()).get("/api/whoami").status()).as("another key").isEqualTo(200);
      assertThat(workspace.api().get("/api/openapi.json").status()).as("what is public").isEqualTo(200);
      assertThat(nobody.get("/api/whoami").status()).isEqualTo(401);

      assertThat(held.removeLast().end()).startsWith("HTTP/1.1 400");
      left(workspace, 0);
      assertThat(workspace.api().get("/api/messages").json().at("/messages")).as("nothing was stored").isEmpty();
      for (Held each : held.subList(0, 100)) {
        each.end();
      }
    } finally {
      for (Held each : held) {
        each.close();
      }
    }
    left(workspace, UnderWay.MOST - 1); // 100 were answered, the others hung up.
  }

  /** A token that was never issued is counted as any other, so that the refusal tells nothing about it (A1). */
  @Test
  void whoHoldsNothingLearnsNothing() throws IOException {
    String never = new Token().mint(Token.KEY);
    List<Held> held = new ArrayList<>();
    try {
      assertThat(world.api(never).get("/api/whoami").header("RateLimit")).isEmpty();
      for (int i = 0; i < UnderWay.MOST; i++) {
        held.add(body(never));
      }
      Eventually.within(Duration.ofSeconds(10),
          () -> assertThat(world.api(never).get("/api/whoami").at("code")).isEqualTo("too_many_at_once"));
    } finally {
      for (Held each : held) {
        each.close();
      }
    }
    Eventually.within(Duration.ofSeconds(10), () -> assertThat(world.api(never).get("/api/whoami").status()).isEqualTo(401));
  }

  @Test
  void whatIsStreamedOrHeldBackCountsUntilItEndsOrItsClientIsGone() throws IOException {
    World.TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    String send = "{\"message\":\"Hello\",\"recipientPhone\":\"+15555550106\"}"; // the simulator's line is down for it
    try (Held upload = new Held(workspace.key(), "POST /api/leads/import", "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n",
            "6\r\nemail\n\r\n", "0\r\n\r\n");
        Held waits = new Held(workspace.key(), "POST /api/messages", "Prefer: wait=30\r\nContent-Length: " + send.length() + "\r\n", send, "")) {
      left(workspace, UnderWay.MOST - 3);
      assertThat(upload.end()).startsWith("HTTP/1.1 ");
      left(workspace, UnderWay.MOST - 2);
      waits.hangUp();
      left(workspace, UnderWay.MOST - 1);
    }
  }

  /** Or whoever hangs up and calls again would have as many workers as they like. */
  @Test
  void whoHangsUpMakesNoRoomWhileAWorkerHasTheCall() throws IOException, SQLException {
    World.TestWorkspace workspace = world.aWorkspace();
    try (Connection operator = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = operator.createStatement()) {
      operator.setAutoCommit(false);
      statement.execute("lock table leads in access exclusive mode");
      for (int i = 0; i < 5; i++) {
        try (Held _ = new Held(workspace.key(), "GET /api/leads", "", "", "")) {
          left(workspace, UnderWay.MOST - 2 - i);
        }
      }
      for (int i = 0; i < 50; i++) {
        assertThat(workspace.api().get("/api/whoami").header("RateLimit")).isEqualTo("\"concurrent\";r=" + (UnderWay.MOST - 6));
      }
      operator.rollback();
    }
    left(workspace, UnderWay.MOST - 1);
  }

  /** Many calls of one connection (HTTP/2), of which the client takes some back. */
  @Test
  void aCallThatIsTakenBackIsNotCountedAnyMore() {
    World.TestWorkspace workspace = world.aWorkspace();
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(world.url() + "/api/leads")).header("Authorization", "Bearer " + workspace.key());
      HttpResponse<String> first = http.sendAsync(request.GET().build(), HttpResponse.BodyHandlers.ofString()).join();
      assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
      List<CompletableFuture<HttpResponse<String>>> open = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        open.add(http.sendAsync(request.POST(HttpRequest.BodyPublishers.fromPublisher(new NeverEnds(), 100)).build(),
            HttpResponse.BodyHandlers.ofString()));
      }
      left(workspace, UnderWay.MOST - 6);
      open.forEach(call -> call.cancel(true));
      left(workspace, UnderWay.MOST - 1);
    }
  }

  private static void left(World.TestWorkspace workspace, int more) {
    Eventually.within(Duration.ofSeconds(10), () -> {
      Api.Answer answer = workspace.api().get("/api/whoami");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"concurrent\";q=256;qu=\"concurrent-requests\"");
      assertThat(answer.header("RateLimit")).isEqualTo("\"concurrent\";r=" + more);
    });
  }

  private static Held body(String token) throws IOException {
    return new Held(token, "POST /api/leads", "Content-Length: " + LEAD.length() + "\r\n", LEAD.substring(0, 5), LEAD.substring(5));
  }

  /** A body whose first piece is yet to come. */
  private static final class NeverEnds implements Flow.Publisher<ByteBuffer> {
    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
      subscriber.onSubscribe(new Flow.Subscription() {
        @Override
        public void request(long n) {
          // Nothing is sent, ever.
        }

        @Override
        public void cancel() {
          // Nothing was begun.
        }
      });
    }
  }

  /** A call on a connection of its own that is not at its end yet. */
  private static final class Held implements AutoCloseable {
    private final Socket socket;
    private final String rest;

    Held(String token, String first, String headers, String begin, String rest) throws IOException {
      URI at = URI.create(world.url());
      this.socket = new Socket(at.getHost(), at.getPort());
      this.rest = rest;
      socket.setSoTimeout(60_000);
      write(first + " HTTP/1.1\r\nHost: " + at.getAuthority() + "\r\nAuthorization: Bearer " + token + "\r\nConnection: close\r\n"
          + headers + "\r\n" + begin);
    }

    private void write(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    String end() throws IOException {
      write(rest);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    void hangUp() throws IOException {
      socket.close();
    }

    @Override
    public void close() throws IOException {
      hangUp();
    }
  }
}
