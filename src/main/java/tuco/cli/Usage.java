package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** What the lines have sent today, and what they may (B6). */
@Command(name = "usage", description = "Show what each line has sent today, its limits, and when they start anew.")
public final class Usage implements Callable<Integer> {
  @Mixin private Remote remote = new Remote();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    JsonNode answer = remote.get("/api/lines");
    if (remote.json()) {
      spec.commandLine().getOut().println(Json.text(answer));
      return 0;
    }
    ObjectNode shown = Json.object();
    var rows = shown.putArray("lines");
    for (JsonNode line : answer.path("lines")) {
      JsonNode usage = line.path("usage");
      rows.addObject()
          .put("line", line.hasNonNull("phone") ? line.path("phone").asText() : line.path("email").asText())
          .put("state", line.path("isActive").asBoolean() ? "active" : "paused")
          .put("sent today", of(usage.path("totalMessagesCount"), line.path("dailyTotalMessagesLimit")))
          .put("new today", of(usage.path("newConversationsCount"), line.path("dailyNewConversationsLimit")))
          .put("new this hour", of(usage.path("newConversationsThisHour"), line.path("hourlyNewConversationsLimit")))
          .put("anew at", usage.path("resetsAt").asText());
    }
    return Show.table(spec, remote, shown, "/lines", "line", "state", "sent today", "new today", "new this hour", "anew at");
  }

  private static String of(JsonNode used, JsonNode limit) {
    return limit.isNull() || limit.isMissingNode() ? used.asText() : used.asText() + " of " + limit.asText();
  }
}
