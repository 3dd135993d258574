package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
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
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.staff.StaffAccounts;

/** The operator's own people, who see no workspace without a grant (decisions 9.1). */
@Command(name = "staff", description = {
    "Who belongs to the operator's staff and may ask workspaces for access, at /staff.",
    "Works on the database itself, while Tuco runs or not; nobody can do this over the API."})
public final class Staff {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "Take somebody in; the link is printed this once, and works once and for a day.")
  int add(
      @Mixin SettingsOptions options, @Parameters(paramLabel = "EMAIL", description = "The e-mail address.") String email,
      @Option(names = "--name", paramLabel = "NAME", description = "What owners see beside the address.") @Nullable String name,
      @Option(names = "--json", description = "Print one line of JSON: email, link.") boolean json) {
    if (!email.matches("[^@\\s]+@[^@\\s]+")) {
      throw new Refused("This takes an e-mail address.");
    }
    JsonNode answer = on(options, (accounts, url) -> linked(email, url, accounts.add(email, name == null ? "" : name.strip())));
    return Show.fields(spec, json, answer, "/email", "/link");
  }

  @Command(description = "Take somebody out; their sessions and grants end at once.")
  int remove(
      @Mixin SettingsOptions options, @Parameters(paramLabel = "EMAIL", description = "The e-mail address.") String email,
      @Option(names = "--json", description = "Print one line of JSON: email, removed.") boolean json) {
    JsonNode answer = on(options, (accounts, url) -> {
      accounts.remove(email);
      return Json.object().put("email", email).put("removed", true);
    });
    return Show.fields(spec, json, answer, "/email", "/removed");
  }

  @Command(description = "For who lost password or app: both stop to work, sessions end, and a new link is printed this once.")
  int reset(
      @Mixin SettingsOptions options, @Parameters(paramLabel = "EMAIL", description = "The e-mail address.") String email,
      @Option(names = "--json", description = "Print one line of JSON: email, link.") boolean json) {
    return Show.fields(spec, json, on(options, (accounts, url) -> linked(email, url, accounts.reset(email))), "/email", "/link");
  }

  @Command(description = "List the staff.")
  int list(@Mixin SettingsOptions options, @Option(names = "--json", description = "Print one line of JSON.") boolean json) {
    JsonNode answer = on(options, (accounts, url) -> {
      ObjectNode body = Json.object();
      accounts.list().forEach(account -> body.withArray("/staff").addObject()
          .put("_id", Ids.text(Kind.STAFF, account.staffId()))
          .put("email", account.email())
          .put("name", account.name())
          .put("ready", account.ready())
          .put("createdAt", Json.timestamp(account.createdAt()))
          .put("lastSignInAt", account.lastSignInAt() == null ? null : Json.timestamp(account.lastSignInAt())));
      return body;
    });
    return Show.table(spec, json, answer, "/staff", "email", "name", "ready", "lastSignInAt");
  }

  private static ObjectNode linked(String email, String url, String token) {
    return Json.object().put("email", email).put("link", url + "/staff/welcome/" + token);
  }

  private static JsonNode on(SettingsOptions options, BiFunction<StaffAccounts, String, JsonNode> work) {
    Settings settings = options.read(Map.of());
    NodeSettings nodeSettings = NodeSettings.of(settings);
    try (Store store = Store.openBeside(settings);
        Node node = new Node(nodeSettings.with(store.databases(), SecretKey.of(settings)), Clock.systemUTC())) {
      String url = SettingsOptions.address(settings, nodeSettings);
      return work.apply(node.staffAccounts(), url);
    } catch (Problem problem) {
      throw new Refused(problem.error(), problem);
    }
  }
}
