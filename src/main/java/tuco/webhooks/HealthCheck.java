package tuco.webhooks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.http.Json;
import tuco.http.Outbound;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** {@code POST /api/webhooks/{id}/health-check}: a signed test; 200 even when the target failed (contract 2.18). */
public final class HealthCheck {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  /** Each holds a worker of the server while it waits for a stranger. */
  private static final int AT_A_TIME = 4;

  private final Database database;
  private final Ids ids;
  private final Clock clock;
  private final Vault vault;
  private final Outbound outbound;
  private final Semaphore room = new Semaphore(AT_A_TIME);

  public HealthCheck(Database database, Ids ids, Clock clock, Vault vault, Outbound outbound) {
    this.database = database;
    this.ids = ids;
    this.clock = clock;
    this.vault = vault;
    this.outbound = outbound;
  }

  private record Target(String url, String event, List<byte[]> secrets) {}

  /** Asks the endpoint once; the counters of its health stay as they are. */
  public Response check(Request request, Caller caller, Credential credential) {
    UUID webhook = request.pathId("id", Kind.WEBHOOK, caller);
    Target target = target(credential, webhook);
    if (!room.tryAcquire()) {
      throw Problem.of(429, "Too many health checks at once").code("busy").header("Retry-After", "5");
    }
    try {
      return Response.ok(ask(caller, target));
    } finally {
      room.release();
    }
  }

  private ObjectNode ask(Caller caller, Target target) {
    Instant now = clock.instant();
    ObjectNode ping = Json.object().put("event", target.event()).put("type", target.event())
        .put("timestamp", Json.timestamp(now)).put("workspaceId", Ids.text(Kind.WORKSPACE, caller.workspaceId()));
    ping.putObject("data").put("test", true).put("message", "This is a test from Tuco. No message was sent.");
    byte[] body = Json.bytes(ping);
    List<String> secrets = target.secrets().stream()
        .map(secret -> new String(vault.open(secret), StandardCharsets.UTF_8)).toList();
    String id = Ids.text(Kind.EVENT, ids.next(caller.tag()));
    try {
      Outbound.Reply reply = outbound.post(
          target.url(), Signatures.headers(id, target.event(), now, body, secrets), body, LIMIT);
      boolean passed = reply.status() >= 200 && reply.status() < 300;
      return passed
          ? Json.object().put("success", true).put("message", "Health check passed")
              .put("statusCode", reply.status()).put("response", reply.body())
          : Json.object().put("success", false).put("error", "HTTP " + reply.status() + ": " + reply.reason())
              .put("details", reply.body()).put("statusCode", reply.status());
    } catch (Outbound.Failed failed) {
      return Json.object().put("success", false).put("error", failed.getMessage());
    }
  }

  private Target target(Credential credential, UUID webhook) {
    return database.read(credential, tx -> tx.ownQuery("""
            select url, events, secret, case when previous_secret_until > :now then previous_secret end as previous_secret
              from webhooks
             where workspace_id = :workspace
               and webhook_id = :webhook""")
        .bind("webhook", webhook).bind("now", clock.instant())
        .map((row, context) -> {
          List<byte[]> secrets = new ArrayList<>(List.of(row.getBytes("secret")));
          if (row.getBytes("previous_secret") != null) {
            secrets.add(row.getBytes("previous_secret"));
          }
          return new Target(
              row.getString("url"), Arrays.asList((String[]) row.getArray("events").getArray()).getFirst(), secrets);
        })
        .findOne().orElseThrow(WebhooksApi::notFound));
  }
}
