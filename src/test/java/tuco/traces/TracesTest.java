package tuco.traces;

import static org.assertj.core.api.Assertions.assertThat;
import static tuco.traces.Collector.attributes;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Traces by setting (decisions 10.3), as a real collector gets them. */
class TracesTest {
  private static final String CALLER = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLERS_SPAN = "00f067aa0ba902b7";
  private static final String TEXT = "The meeting is at the fountain";
  private static final String RECIPIENT = "+12025550123";

  @Test
  void aMessageIsFollowedFromItsRequestToItsWebhookAndNothingOfItIsSaid() throws Exception {
    try (World world = new World(); Collector collector = new Collector(); ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      world.startNodeWith(new Traces.Settings(collector.url(), Map.of("X-Collector-Key", "collectors-own"), 100));
      World.TestWorkspace workspace = world.aWorkspace();
      String line = world.aSimulatorLine(workspace.id());
      // What is no HTTP server ends the call at once, and the delivery's try with it.
      Thread.startVirtualThread(() -> hangUp(deaf));
      String hook = "http://127.0.0.1:" + deaf.getLocalPort() + "/hooks?token=endpoints-own";
      assertThat(workspace.api().post("/api/webhooks", "{\"url\":\"" + hook + "\",\"name\":\"CRM\",\"events\":[\"message.sent\"]}").status()).isEqualTo(201);

      Api.Answer sent = workspace.api().with("traceparent", "00-" + CALLER + "-" + CALLERS_SPAN + "-01")
          .post("/api/messages", "{\"recipientPhone\":\"" + RECIPIENT + "\",\"message\":\"" + TEXT + "\"}");
      assertThat(sent.status()).as(sent.text()).isEqualTo(201);
      assertThat(workspace.api().get("/api/nothing?key=" + RECIPIENT).status()).isEqualTo(404);
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(collector.spans).extracting(Span::getName)
          .contains("POST /api/messages", "GET", "accept messages", "claim messages", "send by simulator", "deliver webhook"));

      Span request = collector.named("POST /api/messages").getFirst();
      assertThat(Collector.trace(request)).as("the caller's trace goes on").isEqualTo(CALLER);
      assertThat(Collector.parent(request)).isEqualTo(CALLERS_SPAN);
      assertThat(attributes(request)).containsEntry("http.route", "/api/messages").containsEntry("http.response.status_code", "201")
          .containsEntry("tuco.workspace_id", Ids.text(Kind.WORKSPACE, workspace.id()))
          .containsEntry("tuco.request_id", sent.raw().headers().firstValue("X-Request-Id").orElseThrow());
      assertThat(collector.named("accept messages")).anySatisfy(batch ->
          assertThat(batch.getLinksList()).anySatisfy(link -> assertThat(link.getSpanId()).isEqualTo(request.getSpanId())));
      assertThat(attributes(collector.named("send by simulator").getFirst()))
          .containsEntry("tuco.message_id", sent.at("/message/_id")).containsEntry("tuco.line_id", line).containsEntry("tuco.outcome", "delivered");
      Span delivery = collector.named("deliver webhook").getFirst();
      assertThat(attributes(delivery)).containsEntry("tuco.outcome", "pending").containsKey("tuco.delivery_id");
      assertThat(delivery.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);

      assertThat(collector.credentials).containsOnly("collectors-own");
      assertThat(collector.spans.toString()).doesNotContain(
          workspace.key(), "tuco_sk_", TEXT, RECIPIENT, RECIPIENT.substring(1), "127.0.0.1", "endpoints-own", workspace.ownerEmail(), "collectors-own");
    }
  }

  @Test
  void whatNobodyCollectsHindersNothing() throws Exception {
    try (World world = new World()) {
      world.startNodeWith(new Traces.Settings("http://127.0.0.1:1/v1/traces", Map.of(), 100));
      World.TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      String id = workspace.api().post("/api/messages", "{\"recipientPhone\":\"" + RECIPIENT + "\",\"message\":\"Hello\"}").at("/message/_id");
      Eventually.within(Duration.ofSeconds(10), () ->
          assertThat(workspace.api().get("/api/messages/" + id).at("/status")).isEqualTo("delivered"));
    }
  }

  private static void hangUp(ServerSocket server) {
    try {
      server.accept().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
