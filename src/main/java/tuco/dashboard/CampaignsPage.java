package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.campaigns.CampaignsApi;
import tuco.campaigns.ControlApi;
import tuco.campaigns.SendingRulesApi;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Campaigns: all of them, and what can be done to one (P4). */
public final class CampaignsPage {
  private static final String HERE = "/campaigns";

  private final Pages pages;
  private final CampaignsApi api;
  private final ControlApi control;
  private final SendingRulesApi rules;

  public CampaignsPage(Pages pages, CampaignsApi api, ControlApi control, SendingRulesApi rules) {
    this.pages = pages;
    this.api = api;
    this.control = control;
    this.rules = rules;
  }

  /** A campaign as the pages show it, out of the API's answer. */
  public record Row(JsonNode campaign) {
    public String id() {
      return campaign.path("_id").asText();
    }

    public String name() {
      return campaign.path("name").asText();
    }

    public String status() {
      return campaign.path("status").asText();
    }

    /** Whether it sends, or would. */
    public boolean live() {
      return status().equals("running") || status().equals("activating");
    }

    public boolean fresh() {
      return status().equals("draft") || status().equals("scheduled");
    }

    /** Whether it can be paused now. */
    public boolean pausable() {
      return live() || status().equals("scheduled");
    }

    /** Whether it has begun, so that there may be somebody to try again. */
    public boolean retryable() {
      return campaign.path("startedAt").isTextual() && !status().equals("archived");
    }

    /** Whether it can be ended now. */
    public boolean endable() {
      return pausable() || status().equals("paused");
    }

    /** Whether the leads of its audience are still being enrolled. */
    public boolean planning() {
      return live() && !campaign.path("planning").path("done").asBoolean();
    }

    public long enrolled() {
      return campaign.path("planning").path("enrolled").asLong();
    }

    public long lookedAt() {
      return campaign.path("planning").path("lookedAt").asLong();
    }

    /** How many leads there are to enrol; 0 as long as nobody has counted. */
    public long audience() {
      return campaign.path("planning").path("leads").asLong();
    }

    /** Why nothing of it can leave, null when something can. */
    public @Nullable String blocked() {
      return campaign.path("blockedBy").textValue();
    }

    /**
     * Whom it is for, in words.
     *
     * @param lists the names of lists by their ids
     */
    public String whom(Map<String, String> lists) {
      return switch (campaign.path("audience").path("type").asText()) {
        case "list" -> "List " + lists.getOrDefault(campaign.path("listId").asText(), "that was deleted");
        case "tag" -> "Tag " + campaign.path("audience").path("tag").asText();
        default -> "Added through the API";
      };
    }
  }

  /**
   * How far a campaign is.
   *
   * @param done people who had all their steps, or were stopped
   */
  public record Progress(long people, long done, long replied) {
    static final Progress NONE = new Progress(0, 0, 0);
  }

  /** What the list shows. */
  public record ListView(
      List<Row> rows, Map<String, String> lists, Map<String, Progress> progress, Map<String, String> states, @Nullable String state,
      @Nullable String older, boolean writes) {
    /** How often it looks for news: counting a million people is not free. */
    public String pace() {
      long people = progress.values().stream().mapToLong(Progress::people).sum();
      boolean moving = rows.stream().anyMatch(row -> row.live() || row.status().equals("scheduled"));
      return !moving ? "every 60s" : people > 200_000 ? "every 60s" : people > 20_000 ? "every 15s" : "every 3s";
    }

    public Progress of(Row row) {
      return progress.getOrDefault(row.id(), Progress.NONE);
    }

    public String here() {
      return HERE + (state == null ? "" : "?status=" + state);
    }
  }

  /** {@code GET /campaigns}. */
  public Response list(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.list(request, tx));
    List<Row> rows = answer.path("campaigns").valueStream().map(Row::new).toList();
    return pages.show(request, tx, "campaigns/list.jte", "campaigns", "Campaigns", new ListView(
        rows, lists(tx, rows), progress(tx, rows), CampaignWords.states(), request.queryText("status"),
        answer.path("nextCursor").textValue(), tx.caller().may(Right.CAMPAIGNS_WRITE)));
  }

  /** The names of these campaigns' lists, by their ids. */
  static Map<String, String> lists(Tx tx, List<Row> rows) {
    UUID[] ids = rows.stream().map(row -> Ids.parse(Kind.LIST, row.campaign().path("listId").asText(""))).filter(Objects::nonNull).toArray(UUID[]::new);
    Map<String, String> names = new HashMap<>();
    tx.ownQuery("select list_id, name from lists where workspace_id = :workspace and list_id = any (:ids)").bind("ids", ids)
        .map((row, context) -> Map.entry(Ids.text(Kind.LIST, row.getObject(1, UUID.class)), row.getString(2)))
        .forEach(entry -> names.put(entry.getKey(), entry.getValue()));
    return names;
  }

  private static Map<String, Progress> progress(Tx tx, List<Row> rows) {
    UUID[] ids = rows.stream().map(row -> Ids.parse(Kind.CAMPAIGN, row.id())).filter(Objects::nonNull).toArray(UUID[]::new);
    Map<String, Progress> progress = new HashMap<>();
    tx.ownQuery("""
            select e.campaign_id, count(*) as people, count(e.replied_at) as replied,
                   count(*) filter (where e.state in ('completed', 'stopped') or c.state in ('completed', 'archived')) as done
              from enrolments e
              join campaigns c on c.workspace_id = e.workspace_id and c.campaign_id = e.campaign_id
             where e.workspace_id = :workspace and e.campaign_id = any (:ids)
             group by e.campaign_id""").bind("ids", ids)
        .map((row, context) -> Map.entry(Ids.text(Kind.CAMPAIGN, row.getObject(1, UUID.class)),
            new Progress(row.getLong("people"), row.getLong("done"), row.getLong("replied"))))
        .forEach(entry -> progress.put(entry.getKey(), entry.getValue()));
    return progress;
  }

  /** The campaign of the path. */
  Row row(Request request, Tx tx) {
    return new Row(Answers.tree(api.show(request.asking(Map.of()), tx)).path("campaign"));
  }

  /** {@code POST /campaigns/{id}/pause}. */
  public Response pause(Request request, Tx tx) {
    api.pause(request, tx);
    return pages.done(request, here(request), "Paused. Nothing more leaves until you resume it.");
  }

  /** {@code POST /campaigns/{id}/resume}. */
  public Response resume(Request request, Tx tx) {
    api.resume(request, tx);
    return pages.done(request, here(request), "It goes on where it stopped.");
  }

  /** {@code POST /campaigns/{id}/retry}: those whose message failed before it left. */
  public Response retry(Request request, Tx tx) throws SQLException {
    JsonNode answer = Answers.tree(control.control(
        request.withJson(Json.object().put("campaignId", request.param("id")).put("action", "retry_failed")), tx));
    return pages.done(request, here(request), answer.path("message").asText() + ".");
  }

  /** {@code GET /campaigns/{id}/complete}. */
  public Response completing(Request request, Tx tx) {
    Row row = row(request, tx);
    return pages.show(request, tx, "confirm.jte", "campaigns", "End campaign", new ConfirmView(
        "End " + row.name() + "?", "What still waits is cancelled, and nobody gets a further step. This cannot be undone.",
        here(request) + "/complete", "End campaign", here(request)));
  }

  /** {@code POST /campaigns/{id}/complete}. */
  public Response complete(Request request, Tx tx) throws SQLException {
    api.complete(request, tx);
    return pages.done(request, here(request), "The campaign is over.");
  }

  /** {@code POST /campaigns/{id}/clone}. */
  public Response copy(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.copy(request.withJson(Json.object()), tx));
    Row copy = new Row(answer.path("campaign"));
    return pages.done(request, HERE + "/" + copy.id() + "/edit", "This is the copy, a draft. The other one stays as it is.");
  }

  /** {@code GET /campaigns/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    Row row = row(request, tx);
    boolean draft = row.status().equals("draft");
    return pages.show(request, tx, "confirm.jte", "campaigns", draft ? "Delete draft" : "Archive campaign", new ConfirmView(
        (draft ? "Delete " : "Archive ") + row.name() + "?",
        draft ? "The draft is gone then. Nothing was sent yet." : "It ends, and leaves the list. Its messages and figures stay.",
        here(request) + "/remove", draft ? "Delete draft" : "Archive campaign", here(request)));
  }

  /** {@code POST /campaigns/{id}/remove}. */
  public Response remove(Request request, Tx tx) throws SQLException {
    boolean draft = row(request, tx).status().equals("draft");
    api.remove(request, tx);
    return pages.done(request, HERE, draft ? "The draft is deleted." : "The campaign is archived.");
  }

  /** {@code GET /campaigns/rules}. */
  public Response rules(Request request, Tx tx) throws SQLException {
    return pages.show(request, tx, "campaigns/rules.jte", "campaigns", "Sending rules",
        Answers.tree(rules.show(request, tx)).path("postalAddress").asText(""));
  }

  /** {@code POST /campaigns/rules}. */
  public Response rule(Request request, Tx tx) throws SQLException {
    rules.replace(request.withJson(Json.object().put("postalAddress", request.form().get("postalAddress"))), tx);
    return pages.done(request, HERE, "The sending rules are saved.");
  }

  private static String here(Request request) {
    return HERE + "/" + request.param("id");
  }
}
