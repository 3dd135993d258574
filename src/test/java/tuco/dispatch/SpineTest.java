package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;

/** P3: from the request to the provider and back, over the API alone. */
class SpineTest {
  @Test
  void aMessageAcceptedOverTheApiIsDeliveredAndTellsItsWay() {
    try (World world = new World()) {
      Api api = world.aWorkspace().api();
      assertThat(api.post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550112\"}").status()).isEqualTo(201);
      Api.Answer accepted = api.post("/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550123\"}");
      assertThat(accepted.status()).as(accepted.text()).isEqualTo(201);
      String id = accepted.at("messageId");
      Eventually.within(Duration.ofSeconds(5), () -> {
        Api.Answer now = api.get("/api/messages/" + id);
        assertThat(now.text()).contains("\"status\":\"delivered\"");
      });
      assertThat(api.get("/api/messages/" + id + "/events").text())
          .contains("claimed", "accepted_by_provider", "delivered_by_provider");
    }
  }

  /** Decisions 5.4: what one node accepts, the node that holds the line sends. */
  @Test
  void whatOneNodeAcceptsTheHolderOfTheLineSends() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      world.startNode();
      world.startNode();
      for (int i = 0; i < 6; i++) {
        workspace.api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+1202555012" + i + "\"}");
      }
      for (int i = 0; i < 30; i++) {
        Api.Answer accepted = workspace.api().post(
            "/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+120255501" + (30 + i) + "\"}");
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(201);
      }
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(world.database().<Integer>crossing(
          tx -> tx.query("select count(*) from message_states where status in ('queued', 'sending')").mapTo(Integer.class).one()))
          .isZero());
    }
  }
}
