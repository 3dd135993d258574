package tuco.cli;

import org.jspecify.annotations.Nullable;
import tuco.Demo;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** What {@code tuco up} says when it is ready; the only place where the demo's key and password are ever shown (K13). */
record Greeting(String url, String place, Demo.@Nullable Facts demo) {
  /** Answers at once and is delivered by the simulator; 555-01xx numbers are nobody's. */
  private static final String BODY = "{\"recipientPhone\":\"+12025550123\",\"message\":\"Hello from Tuco\"}";

  /** One line for programs. */
  String json() {
    return Json.text(Json.object()
        .put("url", url)
        .put("workspaceId", demo == null ? null : Ids.text(Kind.WORKSPACE, demo.workspaceId()))
        .put("ownerEmail", demo == null ? null : demo.ownerEmail())
        .put("ownerPassword", demo == null ? null : demo.ownerPassword())
        .put("apiKey", demo == null ? null : demo.apiKey())
        .put("lineId", demo == null ? null : Ids.text(Kind.LINE, demo.lineId())));
  }

  /** For people. */
  String text() {
    StringBuilder text = new StringBuilder("\nTuco is ready.\n\n");
    row(text, "Dashboard", url);
    if (demo != null) {
      row(text, "Sign in as", demo.ownerEmail());
      if (demo.linkToken() != null) {
        row(text, "Password", url + "/welcome/" + demo.linkToken());
        row(text, "", "(choose it there; the link works once, for a day)");
      }
      if (demo.apiKey() != null) {
        row(text, "API key", demo.apiKey());
        row(text, "", "(shown this once)");
      }
    }
    row(text, "Data", place);
    if (demo != null && demo.apiKey() != null) {
      text.append("\nSend a message:\n\n").append(curl(demo.apiKey())).append('\n');
    }
    return text.append("\nStop with Ctrl+C.\n").toString();
  }

  private String curl(String key) {
    return "  curl " + url + "/api/messages -H 'Authorization: Bearer " + key
        + "' -H 'Content-Type: application/json' -d '" + BODY + "'";
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append("  %-11s %s%n".formatted(name, value));
  }

  @Override
  public String toString() {
    return "Greeting[" + url + "]";
  }
}
