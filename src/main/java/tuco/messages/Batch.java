package tuco.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.http.Body;
import tuco.http.Gate;
import tuco.http.Idempotency;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Rate;
import tuco.http.Request;
import tuco.http.Response;
import tuco.http.Route;
import tuco.leads.Phones;

/**
 * {@code POST /api/messages/batch} (decisions 5.1): many messages in one request, each on its own the way of a single
 * one through the group commit, with its own result. One that is refused costs the others nothing.
 *
 * <p>An Idempotency-Key of the whole counts for each message by its place, so that a repetition after a lost answer, or
 * after a crash in the middle, sends what was not accepted before and replays the rest. A message may bear a key of its own
 * instead, which goes with it into any later batch.
 */
final class Batch {
  /** Messages in one request; with the texts, a body of 1 MiB is the other bound. */
  static final int MOST = 500;

  private static final int LONGEST_KEY = 250;
  private static final long PATIENCE_SECONDS = 30;
  private static final String WITHOUT_MESSAGES = "messages array is required and must not be empty";

  private final Acceptance acceptance;
  private final Gate gate;
  private final Phones phones;
  /** Authenticates and admits each message where it is accepted; the request was counted as a whole. */
  private final Route part = Route.batched("POST", "/api/messages/batch", Right.MESSAGES_SEND,
      (request, credential, answer) -> { }).rated(Rate.PART);

  Batch(Acceptance acceptance, Gate gate, Phones phones) {
    this.acceptance = acceptance;
    this.gate = gate;
    this.phones = phones;
  }

  Response send(Request request, Caller caller, Credential credential) {
    Body body = request.json();
    JsonNode messages = body.raw("messages");
    if (messages == null || messages.isArray() && messages.isEmpty()) {
      body.fault("messages", WITHOUT_MESSAGES);
    } else if (!messages.isArray()) {
      body.fault("messages", "messages must be an array");
    } else if (messages.size() > MOST) {
      body.fault("messages", "messages must have at most " + MOST + " entries");
    }
    String key = Idempotency.value(request);
    if (key != null && key.length() > LONGEST_KEY) {
      body.fault("Idempotency-Key", "Idempotency-Key must have 1 to " + LONGEST_KEY + " characters for a batch");
    }
    body.check(caller);
    return answer(accept(parts(request, messages, key), caller, credential, request));
  }

  /** One message of the batch; {@code request} null when it is no object. */
  private record Part(@Nullable Request request, @Nullable SendRequest wanted, @Nullable Problem fault) {}

  private List<Part> parts(Request whole, @Nullable JsonNode messages, @Nullable String key) {
    List<Part> parts = new ArrayList<>();
    if (messages != null) {
      for (JsonNode message : messages) {
        parts.add(part(whole, message, key == null ? null : key + "#" + parts.size()));
      }
    }
    return parts;
  }

  private Part part(Request whole, JsonNode message, @Nullable String placeKey) {
    if (!(message instanceof ObjectNode object)) {
      return new Part(null, null, Problem.bad("Request body must be a JSON object").code("invalid_json"));
    }
    String ownKey = object.path("idempotencyKey").asText("");
    Request request = whole.part(object, ownKey.isBlank() ? placeKey : ownKey);
    request.json().text("idempotencyKey", 255);
    return new Part(request, SendRequest.read(request.json(), phones), null);
  }

  /** Hands all over and waits for the commits; the caller's ids are held against the workspace before the first is. */
  private List<Response> accept(List<Part> parts, Caller caller, Credential credential, Request whole) {
    for (Part part : parts) {
      if (part.request != null && part.request.json().clean()) {
        part.request.json().check(caller);
      }
    }
    AtomicReferenceArray<Response> answers = new AtomicReferenceArray<>(parts.size());
    CountDownLatch open = new CountDownLatch(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      int place = i;
      Part one = parts.get(i);
      if (one.request == null) {
        answers.set(i, gate.failure(one.fault == null ? new IllegalStateException("no fault") : one.fault, whole));
        open.countDown();
      } else {
        acceptance.submit(new Acceptance.Pending(part, one.request, credential, one.wanted, null, answer -> {
          answers.set(place, answer);
          open.countDown();
        }));
      }
    }
    await(open);
    List<Response> all = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      all.add(answers.get(i));
    }
    return all;
  }

  private static void await(CountDownLatch open) {
    try {
      if (open.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw Problem.of(503, "The server is busy").code("overloaded")
        .detail("Some messages may have been accepted; repeat the request with the same Idempotency-Key.").header("Retry-After", "1");
  }

  /** 200 whatever became of each: its own status and body stand at its place. */
  private static Response answer(List<Response> answers) {
    int accepted = 0;
    int skipped = 0;
    ArrayNode results = Json.array();
    for (int i = 0; i < answers.size(); i++) {
      Response each = answers.get(i);
      ObjectNode body = (ObjectNode) Json.parse(each.replayBody());
      boolean good = each.status() < 300;
      boolean isSkipped = body.path("skipped").asBoolean();
      accepted += good && !isSkipped ? 1 : 0;
      skipped += isSkipped ? 1 : 0;
      ObjectNode result = results.addObject().put("index", i).put("httpStatus", each.status());
      if (each.headers().containsKey("Idempotent-Replayed")) {
        result.put("replayed", true);
      }
      result.set(good ? "result" : "problem", body);
    }
    int refused = answers.size() - accepted - skipped;
    ObjectNode whole = Json.object()
        .put("success", refused == 0)
        .put("acceptedCount", accepted)
        .put("skippedCount", skipped)
        .put("refusedCount", refused);
    return Response.ok(whole.set("results", results));
  }
}
