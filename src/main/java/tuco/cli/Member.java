package tuco.cli;

import java.time.Clock;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.Node;
import tuco.config.NodeSettings;
import tuco.config.SecretKey;
import tuco.config.Settings;
import tuco.http.Json;

/** The members of a workspace (decisions 2.7). */
@Command(name = "member", description = {
    "Invite people into a workspace, change their roles, remove them, hand ownership over, let back in who lost a password.",
    "Takes a session token of an owner or admin (tuco sign-in), or a key with the right members:manage;",
    "reset works on the database and needs nobody signed in."})
public final class Member {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "List the members.")
  int list(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.get("/api/members"), "/members", "_id", "email", "name", "role", "joinedAt");
  }

  @Command(description = "List the open invitations.")
  int invitations(@Mixin Remote remote) {
    return Show.table(spec, remote, remote.get("/api/members/invitations"), "/invitations", "_id", "email", "role", "expiresAt");
  }

  @Command(description = "Invite somebody; the link is printed this once, give it to them.")
  int invite(
      @Mixin Remote remote, @Parameters(paramLabel = "EMAIL", description = "The e-mail address.") String email,
      @Option(names = "--role", paramLabel = "ROLE", defaultValue = "member", description = "owner, admin, member or viewer (default: member).") String role) {
    return Show.fields(spec, remote, remote.post("/api/members/invitations", Json.object().put("email", email).put("role", role)),
        "/invitation/_id", "/invitation/email", "/invitation/role", "/link", "/invitation/expiresAt");
  }

  @Command(description = "Withdraw an invitation; its link ends at once.")
  int withdraw(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The invitation's id.") String id) {
    return Show.fields(spec, remote, remote.delete("/api/members/invitations/" + Remote.encoded(id)), "/effectiveAt");
  }

  @Command(description = "Change a member's role.")
  int role(
      @Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The member's id.") String id,
      @Parameters(paramLabel = "ROLE", description = "owner, admin, member or viewer.") String role) {
    return Show.fields(spec, remote, remote.patch("/api/members/" + Remote.encoded(id), Json.object().put("role", role)),
        "/member/_id", "/member/email", "/member/role", "/effectiveAt");
  }

  @Command(description = {
      "For who lost their password: print a link at which they choose a new one. It works once and for a day.",
      "Works on the database itself, while Tuco runs or not; the old password goes on until the link is used."})
  int reset(
      @Mixin SettingsOptions options, @Parameters(paramLabel = "EMAIL", description = "The e-mail address they sign in with.") String email,
      @Option(names = "--remove-app", description = "For who lost their authenticator app: take it away and end their sessions, at once.") boolean removeApp,
      @Option(names = "--json", description = "Print one line of JSON: email, link.") boolean json) {
    Settings settings = options.read(Map.of());
    NodeSettings nodeSettings = NodeSettings.of(settings);
    try (Store store = Store.openBeside(settings);
        Node node = new Node(nodeSettings.with(store.databases(), SecretKey.of(settings)), Clock.systemUTC())) {
      String token = node.forgotten().link(email, removeApp)
          .orElseThrow(() -> new Refused("Nobody signs in as " + email + " here."));
      String url = SettingsOptions.address(settings, nodeSettings);
      return Show.fields(spec, json, Json.object().put("email", email).put("link", url + "/welcome/" + token), "/email", "/link");
    }
  }

  @Command(description = "Remove a member; what they began ends with them.")
  int remove(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The member's id.") String id) {
    return Show.fields(spec, remote, remote.delete("/api/members/" + Remote.encoded(id)), "/effectiveAt");
  }

  @Command(description = "Make a member the owner in your place; you become an admin. For owners.")
  int transfer(@Mixin Remote remote, @Parameters(paramLabel = "ID", description = "The member's id.") String id) {
    return Show.fields(spec, remote, remote.post("/api/members/" + Remote.encoded(id) + "/transfer-ownership", Json.object()), "/effectiveAt");
  }
}
