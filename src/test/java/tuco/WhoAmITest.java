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
}
