package tuco.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** The workspaces of a person. */
@Command(name = "workspace", description = {
    "List and create workspaces.",
    "Takes a session token (tuco sign-in); a workspace belongs to who creates it."})
public final class Workspace {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "List your workspaces.")
  int list(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.get("/api/workspaces"), "/workspaces", "_id", "name", "environment", "role", "state");
  }

  @Command(description = "Create a workspace of your own.")
  int create(
      @Mixin Remote remote, @Parameters(paramLabel = "NAME", description = "What it is called.") String name,
      @Option(names = "--environment", paramLabel = "NAME", description = "production, staging, development or other (default: production).") @Nullable String environment) {
    var body = Json.object().put("name", name);
    if (environment != null) {
      body.put("environment", environment);
    }
    return Show.fields(spec, remote, remote.post("/api/workspaces", body),
        "/workspace/_id", "/workspace/name", "/workspace/environment", "/workspace/state");
  }

  @Command(description = "Say what the credential stands for: workspace, key or member, rights.")
  int show(@Mixin Remote remote) {
    return Show.fields(spec, remote, remote.get("/api/whoami"),
        "/workspace/_id", "/workspace/name", "/workspace/plan", "/workspace/state", "/apiKey/label", "/member/email", "/rights");
  }
}
