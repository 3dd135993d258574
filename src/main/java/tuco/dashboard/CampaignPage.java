package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.campaigns.Recipients;
import tuco.campaigns.Stats;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;

/** One campaign: what blocks it, how far it is, what each step brought, and where everybody stands (P4). */
public final class CampaignPage {
  private final Pages pages;
  private final CampaignsPage campaigns;
  private final Stats stats;
  private final Recipients recipients;

  public CampaignPage(Pages pages, CampaignsPage campaigns, Stats stats, Recipients recipients) {
    this.pages = pages;
    this.campaigns = campaigns;
    this.stats = stats;
    this.recipients = recipients;
  }

  /** A lead of the campaign, out of the API's answer. */
  public record Person(JsonNode lead) {
    public String name() {
      String name = (lead.path("firstName").asText("") + " " + lead.path("lastName").asText("")).strip();
      return name.isEmpty() ? address() : name;
    }

    public String address() {
      return lead.path("phone").isTextual() ? lead.path("phone").asText() : lead.path("email").asText("");
    }

    public String status() {
      return lead.path("status").asText();
    }

    /** The message it got last or gets next, null when none was made yet. */
    public @Nullable String message() {
      return lead.path("messageId").textValue();
    }

    /** Why it waits or was stopped, in words; empty when neither. */
    public String why() {
      String wait = lead.path("waitReason").textValue();
      return wait != null ? Words.wait(wait) : status().equals("stopped") ? CampaignWords.stopped(lead.path("stopCause").textValue()) : "";
    }
  }

  /** What the page shows. */
  public record View(
      CampaignsPage.Row row, String whom, CampaignStats stats, List<Person> people, @Nullable String state, @Nullable String more, boolean first, boolean writes) {
    /** How often it looks for news: counting a million messages is not free. */
    public String pace() {
      long people = stats.people();
      if (!row.live()) {
        return "every 30s";
      }
      return people > 200_000 ? "every 60s" : people > 20_000 ? "every 15s" : row.planning() ? "every 2s" : "every 3s";
    }

    /** The places people can be looked for by. */
    public Map<String, String> places() {
      Map<String, String> places = new LinkedHashMap<>();
      for (String place : new String[] {"active", "in_flight", "completed", "stopped"}) {
        places.put(place, CampaignWords.place(place));
      }
      places.put("replied", "Replied");
      return places;
    }

    public String here() {
      return "/campaigns/" + row.id() + (state == null ? "" : "?status=" + state);
    }

    public String next() {
      return "/campaigns/" + row.id() + "?" + (state == null ? "" : "status=" + state + "&") + "cursor=" + more + "#everybody";
    }
  }

  /** {@code GET /campaigns/{id}}. */
  public Response show(Request request, Tx tx) throws SQLException {
    CampaignsPage.Row row = campaigns.row(request, tx);
    CampaignStats figures = new CampaignStats(Answers.tree(stats.show(request, tx)), row.campaign());
    JsonNode page = Answers.tree(recipients.list(request, tx));
    return pages.show(request, tx, "campaigns/detail.jte", "campaigns", row.name(), new View(
        row, row.whom(CampaignsPage.lists(tx, List.of(row))), figures, page.path("recipients").valueStream().map(Person::new).toList(), request.queryText("status"),
        page.path("nextCursor").textValue(), request.queryText("cursor") == null, tx.caller().may(Right.CAMPAIGNS_WRITE)));
  }
}
