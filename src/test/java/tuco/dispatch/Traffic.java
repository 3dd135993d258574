package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tuco.Api;
import tuco.http.Json;

/**
 * Back ends that send messages and do not give up: each message has an Idempotency-Key of its own and is posted until
 * it is answered with 201, whatever happens to the server meanwhile.
 */
final class Traffic implements AutoCloseable {
  private static final long PAUSE_NANOS = Duration.ofMillis(30).toNanos();

  private final Api api;
  private final ExecutorService clients = Executors.newFixedThreadPool(8);
  private final Map<String, String> idByRecipient = new ConcurrentHashMap<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  Traffic(String url, String key) {
    this.api = new Api(url, key);
  }

  /** Sends a message to this address from this line, some time. */
  void send(String recipient, String line) {
    clients.execute(() -> post(recipient, line));
  }

  private void post(String recipient, String line) {
    ObjectNode body = Json.object().put("message", "Hello " + recipient).put("recipientEmail", recipient).put("fromLineId", line);
    Api repeatable = api.with("Idempotency-Key", "send-" + recipient);
    Api.Answer answer = untilAnswered(repeatable, Json.text(body));
    idByRecipient.put(recipient, answer.at("messageId"));
    if (answer.status() != 201) {
      faults.add(answer.status() + " " + answer.text());
    } else if (recipient.hashCode() % 7 == 0) {
      // Some back ends never saw the answer and ask once more.
      Api.Answer again = untilAnswered(repeatable, Json.text(body));
      if (again.status() != 201 || !again.at("messageId").equals(answer.at("messageId"))) {
        faults.add("repeated: " + again.status() + " " + again.text());
      }
    }
  }

  private static Api.Answer untilAnswered(Api api, String body) {
    while (true) {
      try {
        Api.Answer answer = api.post("/api/messages", body);
        // 409: the first try is not yet over; 503: the server lost its database or is going down.
        if (answer.status() != 409 && answer.status() != 503) {
          return answer;
        }
      } catch (UncheckedIOException dead) {
        // Killed, or not yet up again.
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** How many were answered so far. */
  int answered() {
    return idByRecipient.size();
  }

  /** Waits for the last answer: the message's id by its recipient. */
  Map<String, String> finish() throws InterruptedException {
    clients.shutdown();
    assertThat(clients.awaitTermination(120, TimeUnit.SECONDS)).as("every message is accepted in the end").isTrue();
    assertThat(faults).isEmpty();
    return idByRecipient;
  }

  @Override
  public void close() {
    clients.shutdownNow();
  }
}
