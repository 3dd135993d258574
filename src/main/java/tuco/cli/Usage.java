package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** What workspace and lines have sent, what they may, and when each count starts anew (B6). */
@Command(name = "usage", description = {
    "Show each limit of the workspace and its lines, what is used of it, and when it starts anew.",
    "Takes a credential with the right usage:read; lines are shown with lines:read."})
public final class Usage implements Callable<Integer> {
  @Mixin private Remote remote = new Remote();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    JsonNode answer = remote.get("/api/usage");
    if (remote.json()) {
      spec.commandLine().getOut().println(Json.text(answer));
      return 0;
    }
    ObjectNode shown = Json.object();
    ArrayNode rows = shown.putArray("limits");
    answer.path("limits").forEach(limit -> rows.add(row("the workspace", limit)));
    answer.path("things").forEach(thing -> rows.add(row("the workspace", thing)));
    for (JsonNode line : answer.path("lines")) {
      line.path("limits").forEach(limit -> rows.add(row(line.path("address").asText(), limit)));
    }
    Show.table(spec, remote, shown, "/limits", "of", "limit", "used", "anew at", "zone");
    spec.commandLine().getOut().println("plan " + answer.path("plan").asText() + ", " + state(answer));
    return 0;
  }

  private static ObjectNode row(String of, JsonNode limit) {
    String used = limit.path("used").asText();
    return Json.object().put("of", of)
        .put("limit", limit.path("name").asText().replace('_', ' '))
        .put("used", limit.path("limit").isNull() ? used : used + " of " + limit.path("limit").asText())
        .put("anew at", limit.path("resetsAt").asText(null))
        .put("zone", limit.path("zone").asText(null));
  }

  private static String state(JsonNode answer) {
    if (answer.path("binding").isEmpty()) {
      return "nothing holds messages back";
    }
    StringBuilder words = new StringBuilder("held back by");
    answer.path("binding").forEach(reason -> words.append(' ').append(reason.asText()));
    return words.toString();
  }
}
