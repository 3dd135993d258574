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
    "Create, change, rotate, disable and remove API keys; see what they did.",
    "Takes a session token of an owner or admin (tuco sign-in), or a key with the right keys:manage."})
public final class Key {
  private static final String[] FIELDS = {
      "/apiKey/_id", "/apiKey/label", "/apiKey/environment", "/apiKey/integration", "/apiKey/state", "/apiKey/rights", "/apiKey/expiresAt",
      "/apiKey/allowedAddresses", "/apiKey/lastUsedAt", "/apiKey/lastUsedAddress", "/apiKey/lastUsedClient", "/secret", "/effectiveAt"};
  private static final String[] CALLS = {"day", "route", "status", "calls", "firstAt", "lastAt"};

  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "List the keys.")
  int list(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.all("/api/api-keys", "apiKeys"), "/apiKeys",
        "_id", "label", "environment", "integration", "state", "access", "lastUsedAt", "createdAt");
  }

  @Command(description = "Show a key: settings, state, last use.")
  int show(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return show(remote, remote.get(path(id)));
  }

  @Command(description = "Create a key; its secret is printed this once.")
  int create(
      @Mixin Remote remote, @Mixin KeyOptions options,
      @Parameters(paramLabel = "LABEL", description = "What the key is called.") String label) {
    ObjectNode body = Json.object().put("label", label);
    options.into(body);
    return show(remote, remote.post("/api/api-keys", body));
  }

  @Command(description = "Rename a key, or change what it may do, until when and from where; what is not named stays. Holds at once.")
  int change(
      @Mixin Remote remote, @Mixin KeyOptions options,
      @Parameters(paramLabel = "ID", description = "The key's id.") String id,
      @Option(names = "--label", paramLabel = "LABEL", description = "What the key is called from now on.") @Nullable String label) {
    ObjectNode body = Json.object();
    if (label != null) {
      body.put("label", label);
    }
    options.into(body);
    return show(remote, remote.patch(path(id), body));
  }

  @Command(description = "Show what a key was used for, by day, route and status.")
  int activity(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id) {
    return Show.table(spec, remote, remote.all(path(id) + "/activity", "activity"), "/activity", CALLS);
  }

  @Command(description = {
      "Report all that a key did since an instant: calls, changes of the key, what it changed, messages.",
      "The first question after a leak. --json prints one page; its next goes into --after."})
  int report(
      @Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The key's id.") String id,
      @Option(names = "--since", paramLabel = "INSTANT", description = "Such as 2027-01-31T00:00:00Z (default: since it was created).") @Nullable String since,
      @Option(names = "--after", paramLabel = "ID", description = "The last message of the page before.") @Nullable String after) {
    JsonNode report = remote.get(path(id) + "/report?limit=1000" + (since == null ? "" : "&since=" + Remote.encoded(since))
        + (after == null ? "" : "&after=" + Remote.encoded(after)));
    Show.fields(spec, remote, report, "/apiKey/_id", "/apiKey/label", "/apiKey/state", "/since", "/until", "/messageCount", "/next");
    if (!remote.json()) {
      spec.commandLine().getOut().println();
      Show.table(spec, remote, report, "/calls", CALLS);
      spec.commandLine().getOut().println();
      Show.table(spec, remote, report, "/changes", "at", "action", "seq");
      spec.commandLine().getOut().println();
      Show.table(spec, remote, report, "/deeds", "at", "action", "object", "seq");
      spec.commandLine().getOut().println();
      Show.table(spec, remote, report, "/messages", "_id", "status", "createdAt");
    }
    return 0;
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
    return show(remote, remote.delete(path(id)));
  }

  private static String path(String id) {
    return "/api/api-keys/" + Remote.encoded(id);
  }

  private int act(Remote remote, String id, String verb, ObjectNode body) {
    return show(remote, remote.post(path(id) + "/" + verb, body));
  }

  private int show(Remote remote, JsonNode answer) {
    return Show.fields(spec, remote, answer, FIELDS);
  }
}
