package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.Founding;
import tuco.Node;
import tuco.audit.Actor;
import tuco.config.NodeSettings;
import tuco.config.SecretKey;
import tuco.config.Settings;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.limits.Plans;

/** Workspaces: a person's own over the API, and the operator's way to a first one. */
@Command(name = "workspace", description = {
    "List, create and change workspaces.",
    "list, create, change and show take a session token (tuco sign-in); found and plan work on the database and need nobody signed in."})
public final class Workspace {
  private static final List<String> ENVIRONMENTS = List.of("production", "staging", "development", "other");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "List your workspaces.")
  int list(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.get("/api/workspaces"), "/workspaces", "_id", "name", "environment", "role", "state");
  }

  @Command(description = "Create a workspace of your own.")
  int create(
      @Mixin Remote remote, @Parameters(paramLabel = "NAME", description = "What it is called.") String name,
      @Option(names = "--environment", paramLabel = "NAME", description = "production, staging, development or other (default: production).") @Nullable String environment) {
    ObjectNode body = Json.object().put("name", name);
    if (environment != null) {
      body.put("environment", environment);
    }
    return Show.fields(spec, remote, remote.post("/api/workspaces", body),
        "/workspace/_id", "/workspace/name", "/workspace/environment", "/workspace/state");
  }

  @Command(description = "Change a workspace; what is not named stays.")
  int change(
      @Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The workspace's id.") String id,
      @Option(names = "--name", paramLabel = "NAME", description = "What it is called from now on.") @Nullable String name,
      @Option(names = "--environment", paramLabel = "NAME", description = "production, staging, development or other.") @Nullable String environment,
      @Option(names = "--zone", paramLabel = "ZONE", description = "The time zone of its days and months, such as Europe/Berlin.") @Nullable String zone) {
    ObjectNode body = Json.object();
    if (name != null) {
      body.put("name", name);
    }
    if (environment != null) {
      body.put("environment", environment);
    }
    if (zone != null) {
      body.put("zone", zone);
    }
    return Show.fields(spec, remote, remote.patch("/api/workspaces/" + Remote.encoded(id), body),
        "/workspace/_id", "/workspace/name", "/workspace/environment", "/workspace/zone", "/workspace/state");
  }

  @Command(description = "Say what the credential stands for: workspace, key or member, rights.")
  int show(@Mixin Remote remote) {
    return Show.fields(spec, remote, remote.get("/api/whoami"),
        "/workspace/_id", "/workspace/name", "/workspace/plan", "/workspace/state", "/apiKey/label", "/member/email", "/rights");
  }

  @Command(description = {
      "Put a workspace on a plan, on the database itself; without a plan, say how it stands.",
      "What was used in the present periods stays used, only the ceilings change. Works while Tuco runs or not."})
  int plan(
      @Mixin SettingsOptions options,
      @Parameters(paramLabel = "ID", description = "The workspace's id.") String id,
      @Parameters(paramLabel = "PLAN", arity = "0..1", description = "self-hosted, mini, starter, growth, or one of your own.") @Nullable String plan,
      @Option(names = "--until", paramLabel = "INSTANT", description = "When the plan ends and the workspace becomes read-only, such as 2027-01-31T00:00:00Z.") @Nullable String until,
      @Option(names = "--json", description = "Print one line of JSON.") boolean json) {
    Instant expires = until == null ? null : instant(until);
    JsonNode answer = OneWorkspace.change(options, id, (tx, workspace, audit) -> {
      if (plan != null) {
        new Plans(audit).put(tx, workspace, plan, expires, Actor.operator());
      } else if (expires != null) {
        throw new Refused("--until is the end of a plan: name the plan before it.");
      }
      return OneWorkspace.standing(Plans.standing(tx, workspace), id);
    });
    return Show.fields(spec, json, answer, "/workspaceId", "/plan", "/planExpiresAt", "/state", "/reason", "/by", "/since");
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new Refused(text + " is no instant; it should read like 2027-01-31T00:00:00Z.", e);
    }
  }

  @Command(description = {
      "Make a workspace for somebody, on the database itself, and print the link at which they choose a password.",
      "The way to a first owner after tuco up --no-demo. Works while Tuco runs or not."})
  int found(
      @Mixin SettingsOptions options,
      @Parameters(paramLabel = "NAME", description = "What the workspace is called.") String name,
      @Option(names = "--owner", required = true, paramLabel = "EMAIL", description = "Whom it belongs to.") String owner,
      @Option(names = "--environment", paramLabel = "NAME", defaultValue = "production", description = "production, staging, development or other (default: production).") String environment,
      @Option(names = "--json", description = "Print one line of JSON: workspaceId, ownerEmail, link.") boolean json) {
    if (name.isBlank() || !owner.matches("[^@\\s]+@[^@\\s]+") || !ENVIRONMENTS.contains(environment)) {
      throw new Refused("This takes a name, an e-mail address, and an environment out of " + String.join(", ", ENVIRONMENTS) + ".");
    }
    Settings settings = options.read(Map.of());
    NodeSettings nodeSettings = NodeSettings.of(settings);
    try (Store store = Store.openBeside(settings);
        Node node = new Node(nodeSettings.with(store.databases(), SecretKey.of(settings)), Clock.systemUTC())) {
      Founding.Founded founded = new Founding(node).found(name.strip(), environment, owner);
      String url = SettingsOptions.address(settings, nodeSettings);
      JsonNode answer = Json.object()
          .put("workspaceId", Ids.text(Kind.WORKSPACE, founded.workspaceId()))
          .put("ownerEmail", founded.ownerEmail())
          .put("link", founded.linkToken() == null ? null : url + "/welcome/" + founded.linkToken());
      int shown = Show.fields(spec, json, answer, "/workspaceId", "/ownerEmail", "/link");
      if (founded.linkToken() == null && !json) {
        spec.commandLine().getOut().println("There is an account with this address, and its password opens the workspace now. If you do not"
            + " know whose it is: tuco member reset " + founded.ownerEmail());
      }
      return shown;
    }
  }
}
