package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import tuco.campaigns.CampaignsApi;
import tuco.campaigns.Forecast;
import tuco.campaigns.Preview;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** Before a campaign starts: how many people, when, and what is in the way; then it starts (P4). */
public final class CampaignLaunchPage {
  private static final int PEOPLE = 20;

  private final Pages pages;
  private final CampaignsPage campaigns;
  private final CampaignsApi api;
  private final Preview preview;
  private final Clock clock;

  public CampaignLaunchPage(Pages pages, CampaignsPage campaigns, CampaignsApi api, Preview preview, Clock clock) {
    this.pages = pages;
    this.campaigns = campaigns;
    this.api = api;
    this.preview = preview;
    this.clock = clock;
  }

  /** What the dialogue shows. */
  public record View(CampaignsPage.Row row, Forecast forecast) {}

  /** Somebody of the dry run, out of the API's answer. */
  public record Person(JsonNode person) {
    public String name() {
      String name = (person.path("firstName").asText("") + " " + person.path("lastName").asText("")).strip();
      return name.isEmpty() ? person.path("recipient").asText("Somebody without a name") : name;
    }

    /** Why this person gets nothing, empty when that is not so. */
    public String excluded() {
      return person.path("excludedBy").isTextual() ? CampaignWords.stopped(person.path("excludedBy").asText()) : "";
    }

    public List<JsonNode> steps() {
      return person.path("steps").valueStream().toList();
    }

    /** What to look at: texts that cannot be sent, and values that are missing. */
    public int remarks() {
      return (int) steps().stream().filter(step -> step.path("refusedBecause").isTextual() || !step.path("missing").isEmpty()).count();
    }
  }

  /** What the review shows. */
  public record ReviewView(CampaignsPage.Row row, Forecast forecast, List<Person> people) {
    /** Whether this step has several wordings. */
    public boolean several(int step) {
      return row.campaign().path("steps").path(step).path("variants").size() > 1;
    }
  }

  private View view(Request request, Tx tx) {
    return new View(campaigns.row(request, tx), api.forecast(tx, request.pathId("id", Kind.CAMPAIGN, tx.caller())));
  }

  /** {@code GET /campaigns/{id}/review}. */
  public Response review(Request request, Tx tx) throws SQLException {
    View view = view(request, tx);
    JsonNode run = Answers.tree(preview.run(request.withJson(Json.object().put("limit", PEOPLE)), tx));
    return pages.show(request, tx, "campaigns/review.jte", "campaigns", "Review " + view.row().name(), new ReviewView(
        view.row(), view.forecast(), run.path("recipients").valueStream().map(Person::new).toList()));
  }

  /** {@code GET /campaigns/{id}/launch}. */
  public Response launching(Request request, Tx tx) {
    return pages.show(request, tx, "campaigns/launch.jte", "campaigns", "Launch", view(request, tx));
  }

  /** {@code POST /campaigns/{id}/launch}: now, or at a time by the workspace's clock. */
  public Response launch(Request request, Tx tx) {
    Map<String, String> form = request.form();
    boolean later = form.getOrDefault("start", "now").equals("later");
    if (later || campaigns.row(request, tx).campaign().path("scheduledDate").isTextual()) {
      Instant at = later ? wanted(form.getOrDefault("startAt", ""), tx) : clock.instant();
      api.change(request.withJson(Json.object().put("scheduledDate", Json.timestamp(at))), tx);
    }
    String status = new CampaignsPage.Row(Answers.tree(api.launch(request.withJson(Json.object()), tx)).path("campaign")).status();
    return pages.done(request, "/campaigns/" + request.param("id"),
        status.equals("scheduled") ? "It starts by itself when its time comes." : "Launched. The first messages are leaving.");
  }

  private Instant wanted(String text, Tx tx) {
    Instant at;
    try {
      at = LocalDateTime.parse(text).atZone(ZoneId.of(tx.caller().zone())).toInstant();
    } catch (DateTimeException e) {
      throw Problem.badField("startAt", "Give a day and a time.");
    }
    if (!at.isAfter(clock.instant())) {
      throw Problem.badField("startAt", "This is over already. Choose a time to come, or start now.");
    }
    return at;
  }
}
