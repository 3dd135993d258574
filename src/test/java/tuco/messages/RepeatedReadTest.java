package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;

/** Decisions 2.3: authentication, tenant and read travel in one flush and stay one transaction, however often it is repeated. */
class RepeatedReadTest {
  @Test
  void aMessageIsFoundOnEveryReadOfAConnection() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      world.aSimulatorLine(workspace.id());
      Api api = workspace.api();
      String id = api.post("/api/messages", "{\"message\":\"Hello\",\"recipientPhone\":\"+12025550123\"}").at("messageId");
      for (int i = 0; i < 60; i++) {
        Api.Answer answer = api.get("/api/messages/" + id);
        assertThat(answer.status()).as("read %d: %s", i, answer.text()).isEqualTo(200);
      }
    }
  }
}
