package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WhoAmITest {
  @Test
  void aKeyActsInItsWorkspaceAndNoKeyIsRefused() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      Api.Answer mine = workspace.api().get("/api/whoami");
      assertThat(mine.status()).as(mine.text()).isEqualTo(200);
      assertThat(mine.at("/apiKey/label")).isEqualTo("Test key");
      assertThat(world.api("nonsense").get("/api/whoami").status()).isEqualTo(401);
    }
  }

  @Test
  void anOperatorSeesReadinessAndMetricsWithoutIdsInThem() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      workspace.api().get("/api/messages/ms_x");
      Api api = new Api("http://127.0.0.1:" + world.node().port(), null);
      assertThat(api.get("/readyz").text()).isEqualTo("ready\n");
      assertThat(api.get("/metrics").text())
          .contains("tuco_http_requests_seconds_count{route=\"GET /api/messages/{id}\",status=\"400\"} 1")
          .contains("tuco_acceptance_waiting 0")
          .doesNotContain("ms_x");
    }
  }
}
