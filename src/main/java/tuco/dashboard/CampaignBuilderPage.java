package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.Campaigns;
import tuco.campaigns.CampaignsApi;
import tuco.campaigns.render.Fields;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.LeadSearch;
import tuco.leads.ListsApi;

/**
 * Builds a campaign: whom it is for, what it says and when, with the texts as a real lead gets them beside it (P4).
 *
 * <p>The form is the state: each button sends it, and gets it back with what the button does done. Nothing is stored
 * before somebody saves.
 */
public final class CampaignBuilderPage {
  private static final int LEADS = 25;
  private static final String FIRST_TEXT = "Hi {firstName|there}, ";

  private final Pages pages;
  private final CampaignsApi api;
  private final ListsApi lists;
  private final LinesPage lines;
  private final LeadSearch search;

  public CampaignBuilderPage(Pages pages, CampaignsApi api, ListsApi lists, LinesPage lines, LeadSearch search) {
    this.pages = pages;
    this.api = api;
    this.lists = lists;
    this.lines = lines;
    this.search = search;
  }

  /** What "New campaign" asks. */
  public record NewView(List<JsonNode> lists, List<String> tags) {}

  /**
   * The builder.
   *
   * @param campaign as it is stored
   * @param form what is in the form, as a body of the API
   * @param people how many leads the audience has, null when leads come through the API
   * @param leads some of them, to preview for
   * @param focus the field to go on with, empty for none
   */
  public record View(
      JsonNode campaign, ObjectNode form, List<JsonNode> lists, List<String> tags, List<LinesPage.Row> lines, Set<String> customFields,
      @Nullable Long people, List<ObjectNode> leads, @Nullable ObjectNode lead, String leadSearch, List<CampaignPreview.Bubble> bubbles,
      String focus) {
    public String id() {
      return campaign.path("_id").asText();
    }

    public String status() {
      return campaign.path("status").asText();
    }

    /** Whether its steps keep their numbers: some people may have had some of them. */
    public boolean begun() {
      return campaign.path("startedAt").isTextual();
    }

    /** Whether its audience can still be changed. */
    public boolean fresh() {
      return status().equals("draft") || status().equals("scheduled");
    }

    /** {@code list}, {@code tag} or {@code api}. */
    public String audience() {
      return form.path("listId").isTextual() ? "list" : form.path("tag").isTextual() ? "tag" : "api";
    }

    public List<JsonNode> steps() {
      return form.path("steps").valueStream().toList();
    }

    public JsonNode settings() {
      return form.path("settings");
    }

    /** Whether this line is chosen. */
    public boolean uses(String line) {
      return form.path("lineIds").valueStream().anyMatch(chosen -> chosen.asText().equals(line));
    }

    /** Whether it sends on this day of the week, 0 for Sunday. */
    public boolean on(int day) {
      return settings().path("allowedDaysOfWeek").valueStream().anyMatch(chosen -> chosen.asInt(-1) == day);
    }

    /** What the placeholder buttons put in. */
    public List<Fields.Field> placeholders() {
      return Fields.builtIn();
    }

    /** A per cent of leads that get this wording. */
    public int share(JsonNode step, int variant) {
      int[] weights = step.path("variants").valueStream().mapToInt(each -> each.path("weight").asInt(0)).toArray();
      return CampaignPreview.share(weights, variant);
    }

    /** The name of the lead the preview is for. */
    public String leadName(JsonNode of) {
      String name = (of.path("firstName").asText("") + " " + of.path("lastName").asText("")).strip();
      String address = of.path("phone").isTextual() ? of.path("phone").asText() : of.path("email").asText("");
      return name.isEmpty() ? address : name;
    }

    /** How many remarks the preview has. */
    public int remarks() {
      return bubbles.stream().mapToInt(bubble -> bubble.faults().size()).sum();
    }
  }

  /** {@code GET /campaigns/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "campaigns/new.jte", "campaigns", "New campaign", new NewView(lists(request, tx), tags(tx)));
  }

  /** {@code POST /campaigns}: a draft with one step, then the builder. */
  public Response create(Request request, Tx tx) {
    ObjectNode body = CampaignForm.body(request.form());
    body.remove("settings");
    body.putArray("steps").add(CampaignForm.step(FIRST_TEXT, 0, "seconds"));
    JsonNode campaign = Answers.tree(api.create(request.withJson(body), tx)).path("campaign");
    return pages.done(request, "/campaigns/" + campaign.path("_id").asText() + "/edit", "The draft is there. Nothing is sent before you launch it.");
  }

  /** {@code GET /campaigns/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    JsonNode campaign = campaign(request, tx);
    return show(request, tx, campaign, stored(campaign), "");
  }

  /** {@code POST /campaigns/{id}/form}: the form once more, after one of its buttons. */
  public Response form(Request request, Tx tx) {
    ObjectNode body = CampaignForm.body(request.form());
    String button = request.form().getOrDefault("do", "");
    int steps = body.path("steps").size();
    CampaignForm.act(body, button);
    String focus = button.equals("add-step") ? "steps[" + steps + "].variants[0].message" : "";
    if (button.startsWith("add-variant:")) {
      int step = Integer.parseInt(button.substring(button.indexOf(':') + 1));
      focus = "steps[" + step + "].variants[" + (body.path("steps").path(step).path("variants").size() - 1) + "].message";
    }
    return show(request, tx, campaign(request, tx), body, focus);
  }

  /** {@code POST /campaigns/{id}}: stores the form. */
  public Response save(Request request, Tx tx) {
    JsonNode campaign = campaign(request, tx);
    ObjectNode body = CampaignForm.body(request.form());
    if (!List.of("draft", "scheduled").contains(campaign.path("status").asText())) {
      body.remove(List.of("listId", "tag", "apiOnly"));
    }
    api.change(request.withJson(body), tx);
    String here = "/campaigns/" + request.param("id");
    return request.form().getOrDefault("then", "").equals("review")
        ? pages.done(request, here + "/review", "Saved.")
        : pages.done(request, here + "/edit", campaign.path("status").asText().equals("draft")
            ? "Saved." : "Saved. What was not sent yet follows the new version.");
  }

  private JsonNode campaign(Request request, Tx tx) {
    return Answers.tree(api.show(request, tx)).path("campaign");
  }

  /** A stored campaign in the shape of the form. */
  private static ObjectNode stored(JsonNode campaign) {
    ObjectNode form = Json.object().put("name", campaign.path("name").asText());
    JsonNode audience = campaign.path("audience");
    form.set("listId", audience.path("listId"));
    form.set("tag", audience.path("tag"));
    form.set("lineIds", campaign.path("lineIds"));
    form.set("settings", campaign.path("settings"));
    form.set("steps", campaign.path("steps"));
    return form;
  }

  private Response show(Request request, Tx tx, JsonNode campaign, ObjectNode form, String focus) {
    String wanted = request.form().getOrDefault("previewSearch", "").strip();
    String chosen = request.form().getOrDefault("previewLead", "");
    UUID list = Ids.parse(Kind.LIST, form.path("listId").asText(""));
    String tag = form.path("tag").isTextual() ? form.path("tag").asText() : null;
    boolean api = list == null && tag == null;
    LeadSearch.Found found = search.page(tx, new LeadSearch.Wanted(wanted.isEmpty() ? null : wanted, list, tag), 1, LEADS);
    List<ObjectNode> leads = new ArrayList<>();
    found.leads().forEach(lead -> leads.add((ObjectNode) lead));
    ObjectNode lead = leads.stream().filter(each -> each.path("_id").asText().equals(chosen)).findFirst()
        .orElse(leads.isEmpty() ? null : leads.getFirst());
    Long people = api ? null : wanted.isEmpty() ? (Long) found.total() : search.page(tx, new LeadSearch.Wanted(null, list, tag), 1, 1).total();
    Set<String> customFields = new TreeSet<>(Campaigns.customFields(tx));
    List<LinesPage.Row> rows = lines.rows(request, tx);
    UUID id = request.pathId("id", Kind.CAMPAIGN, tx.caller());
    return pages.show(request, tx, "campaigns/edit.jte", "campaigns", campaign.path("name").asText(), new View(
        campaign, form, lists(request, tx), tags(tx), rows, customFields, people, leads, lead, wanted,
        CampaignPreview.of(id, form.path("steps"), lead, lineName(rows, form), customFields), focus));
  }

  private static @Nullable String lineName(List<LinesPage.Row> rows, ObjectNode form) {
    String first = form.path("lineIds").path(0).asText("");
    return rows.stream().filter(row -> first.isEmpty() || row.id().equals(first)).findFirst()
        .map(row -> row.called().isEmpty() ? row.address() : row.called()).orElse(null);
  }

  private List<JsonNode> lists(Request request, Tx tx) {
    return Answers.tree(lists.list(request, tx)).path("lists").valueStream().toList();
  }

  /** The tags of the newest leads: enough to choose from, also where there are a million. */
  private static List<String> tags(Tx tx) {
    return tx.ownQuery("""
            select distinct t
              from (select tags from leads where workspace_id = :workspace order by lead_id desc limit 20000) l
             cross join lateral unnest(l.tags) t
             order by t limit 500""").mapTo(String.class).list();
  }
}
