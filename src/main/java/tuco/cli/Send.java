package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** Sends one message through a running Tuco. */
@Command(name = "send", description = {
    "Send one message.",
    "For example: tuco send --to +12025550123 \"Hello from Tuco\""})
public final class Send implements Callable<Integer> {
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Set<String> OPEN = Set.of("queued", "pending", "scheduled", "sending");

  @Mixin private Remote remote = new Remote();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--to", required = true, paramLabel = "RECIPIENT", description = "A phone number as +12025550123, or an e-mail address.")
  private String to = "";

  @Option(names = "--line", paramLabel = "ID", description = "The line to send from (default: chosen by Tuco).")
  private @Nullable String line;

  @Option(names = "--wait", paramLabel = "SECONDS", description = "Wait so long for the outcome and print it (default: 0).")
  private int wait;

  @Parameters(paramLabel = "TEXT", description = "What to say.")
  private String text = "";

  @Override
  public Integer call() throws InterruptedException {
    boolean email = to.contains("@");
    ObjectNode body = Json.object().put(email ? "recipientEmail" : "recipientPhone", to).put("message", text);
    if (email) {
      body.put("messageType", "email");
    }
    if (line != null) {
      body.put("fromLineId", line);
    }
    JsonNode answer = remote.post("/api/messages", body);
    if (answer.path("skipped").asBoolean()) {
      return Show.fields(spec, remote, answer, "/reason", "/originalMessageId");
    }
    if (wait == 0) {
      return Show.fields(spec, remote, answer, "/messageId", "/status", "/reason", "/scheduledDate", "/leadId");
    }
    return Show.fields(spec, remote, outcome(answer.path("messageId").asText()), "/_id", "/status", "/waitReason", "/errorMessage", "/deliveredAt");
  }

  private JsonNode outcome(String id) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(wait).toNanos();
    while (true) {
      JsonNode message = remote.get("/api/messages/" + id);
      if (!OPEN.contains(message.path("status").asText()) || System.nanoTime() > deadline) {
        return message;
      }
      Thread.sleep(PAUSE);
    }
  }
}
