package tuco.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tuco.audit.Actor;
import tuco.limits.Plans;
import tuco.limits.ReadOnly;

/** The operator's switch for read-only mode (B1, decisions 4.7). */
@Command(name = "read-only", description = {
    "Make a workspace read-only, or let it write again.",
    "Works on the database itself, while Tuco runs or not; it holds on every node once the command returns."})
public final class ReadOnlyMode {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "Refuse writes from now on: 402 for every one but security actions. Queued messages wait.")
  int on(
      @Mixin SettingsOptions options,
      @Option(names = "--workspace", required = true, paramLabel = "ID", description = "The workspace's id.") String id,
      @Option(names = "--reason", paramLabel = "REASON", defaultValue = "manual", description = "past_due, suspended, trial_ended or manual (default: manual).") String reason,
      @Option(names = "--json", description = "Print one line of JSON.") boolean json) {
    if (!ReadOnly.REASONS.contains(reason)) {
      throw new Refused("The reason must be one of " + String.join(", ", ReadOnly.REASONS) + ".");
    }
    return Show.fields(spec, json, OneWorkspace.change(options, id, (tx, workspace, audit) ->
        answer(new ReadOnly(audit).on(tx, workspace, reason, ReadOnly.By.OPERATOR, Actor.operator()), Plans.standing(tx, workspace), id)),
        "/workspaceId", "/state", "/reason", "/since", "/changed");
  }

  @Command(description = "Take writes again. Queued messages go on by themselves.")
  int off(
      @Mixin SettingsOptions options,
      @Option(names = "--workspace", required = true, paramLabel = "ID", description = "The workspace's id.") String id,
      @Option(names = "--json", description = "Print one line of JSON.") boolean json) {
    return Show.fields(spec, json, OneWorkspace.change(options, id, (tx, workspace, audit) ->
        answer(new ReadOnly(audit).off(tx, workspace, Actor.operator()), Plans.standing(tx, workspace), id)),
        "/workspaceId", "/state", "/changed");
  }

  private static ObjectNode answer(boolean changed, Plans.Standing standing, String id) {
    return OneWorkspace.standing(standing, id).put("changed", changed);
  }
}
