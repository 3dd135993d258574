package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** The API keys of a workspace (decisions 2.5). */
@Command(name = "key", description = {
    "Create, rotate, disable and remove API keys.",
    "Takes a session token of an owner or admin (tuco sign-in), or a key with the right keys:manage."})
public final class Key {
  private static final String[] FIELDS =
      {"/apiKey/_id", "/apiKey/label", "/apiKey/environment", "/apiKey/state", "/apiKey/rights", "/secret", "/effectiveAt"};

  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "List the keys.")
  int list(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.get("/api/api-keys?limit=100"), "/apiKeys",
        "_id", "label", "environment", "integration", "state", "access", "lastUsedAt", "createdAt");
  }

  @Command(description = "Create a key; its secret is printed this once.")
  int create(
      @Mixin Remote remote,
      @Parameters(paramLabel = "LABEL", description = "What the key is called.") String label,
      @Option(names = "--environment", paramLabel = "NAME", description = "production, staging, development or other (default: the workspace's).") @Nullable String environment,
      @Option(names = "--integration", paramLabel = "NAME", description = "What uses the key.") @Nullable String integration,
      @Option(names = "--rights", paramLabel = "RIGHTS", description = "full, read_only, send_only, or rights separated by commas (default: full).") @Nullable String rights) {
    ObjectNode body = Json.object().put("label", label);
    if (environment != null) {
      body.put("environment", environment);
    }
    if (integration != null) {
      body.put("integration", integration);
    }
    if (rights != null && rights.contains(":")) {
      var array = body.putArray("rights");
      for (String right : rights.split(",")) {
        array.add(right.strip());
      }
    } else if (rights != null) {
      body.put("rights", rights);
    }
    return show(remote, remote.post("/api/api-keys", body));
  }

  @Command(description = "Give a key a new secret, printed this once; the old one ends at once or after an overlap.")
  int rotate(
      @Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id,
      @Option(names = "--overlap", paramLabel = "SECONDS", description = "How long the old secret still works (default: 0).") int overlap) {
    return act(remote, id, "rotate", Json.object().put("overlapSeconds", overlap));
  }

  @Command(name = "end-overlap", description = "End the old secret of a rotation now.")
  int endOverlap(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return act(remote, id, "end-overlap", Json.object());
  }

  @Command(description = "Stop a key at once; it can be enabled again.")
  int disable(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return act(remote, id, "disable", Json.object());
  }

  @Command(description = "Let a disabled key work again.")
  int enable(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return act(remote, id, "enable", Json.object());
  }

  @Command(description = "Remove a key for good, at once.")
  int remove(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return show(remote, remote.delete("/api/api-keys/" + Remote.encoded(id)));
  }

  private int act(Remote remote, String id, String verb, ObjectNode body) {
    return show(remote, remote.post("/api/api-keys/" + Remote.encoded(id) + "/" + verb, body));
  }

  private int show(Remote remote, JsonNode answer) {
    return Show.fields(spec, remote, answer, FIELDS);
  }
}
