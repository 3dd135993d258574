package tuco.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;

/** Requests that no client library writes: each gets one clear answer, and what smuggles a second one in gets none for it (K7). */
class RawRequestsTest {
  private static World world;
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static String raw(String first, String headers, String body) throws IOException {
    URI at = URI.create(world.url());
    try (Socket socket = new Socket(at.getHost(), at.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write((first + "\r\nHost: " + at.getAuthority() + "\r\nAuthorization: Bearer " + workspace.key()
          + "\r\nConnection: close\r\n" + headers + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aBodyThatIsNoHttpIsNeverTakenForASuccess() throws IOException {
    String answer = raw("POST /api/messages HTTP/1.1", "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400").contains("\"code\":\"broken_body\"", "X-Request-Id: rq_");
  }

  @Test
  void twoMeaningsOfWhereABodyEndsAreRefused() throws IOException {
    String second = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    for (String headers : List.of(
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 2\r\nContent-Length: 4\r\n", "Content-Length: +2\r\n",
        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: chunked, identity\r\n")) {
      String answer = raw("POST /api/messages HTTP/1.1", headers, "0\r\n\r\n" + second);
      assertThat(answer).as(headers).startsWith("HTTP/1.1 400").contains("\"code\":", "X-Request-Id: rq_").doesNotContain("\r\nok");
      assertThat(answer.split("HTTP/1.1 \\d", -1)).as(headers).hasSize(2);
    }
  }

  @Test
  void whatIsTooLongIsToldWhichLimit() throws IOException {
    assertThat(raw("GET /api/whoami HTTP/1.1", "X-Long: " + "a".repeat(20_000) + "\r\n", ""))
        .contains(" 431 ", "\"code\":\"headers_too_large\"", "16 KiB", "X-Request-Id: rq_");
    assertThat(raw("GET /api/whoami?x=" + "a".repeat(9_000) + " HTTP/1.1", "", ""))
        .contains(" 414 ", "\"code\":\"address_too_long\"", "8 KiB", "X-Request-Id: rq_");
  }

  @Test
  void headIsGetWithoutTheBody() {
    Api.Answer head = workspace.api().call("HEAD", "/api/whoami", null);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.text()).isEmpty();
    assertThat(world.anonymous().call("HEAD", "/api/whoami", null).status()).isEqualTo(401);
    assertThat(world.anonymous().call("HEAD", "/healthz", null).status()).isEqualTo(200);
    Api.Answer other = workspace.api().call("DELETE", "/api/whoami", null); // H9
    assertThat(other.status()).isEqualTo(405);
    assertThat(other.header("Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void noMethodCanBeSaidInAnotherPlace() throws IOException { // O5
    String answer = raw("POST /api/whoami HTTP/1.1", "X-HTTP-Method-Override: GET\r\nX-Method-Override: GET\r\nContent-Length: 0\r\n", "");
    assertThat(answer).startsWith("HTTP/1.1 405").contains("Allow: GET, HEAD");
    for (String method : List.of("TRACE", "OPTIONS", "NONSENSE")) {
      assertThat(raw(method + " /api/whoami HTTP/1.1", "", "")).startsWith("HTTP/1.1 405").doesNotContain("Access-Control");
    }
  }
}
