package tuco.dashboard.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.caller.StaffCaller;
import tuco.dashboard.Pages;
import tuco.http.Body;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.staff.Purpose;
import tuco.staff.StaffGrants;
import tuco.staff.SupportNews;
import tuco.staff.SupportWords;

/** What staff see without a grant: the list of workspaces, the form to ask, their own grants. */
public final class DeskPages {
  private static final int PAGE = 25;
  private static final int LONGEST_TICKET = 200;
  private static final int MOST_HOURS = 168;

  private final Pages pages;
  private final StaffGrants grants;
  private final SupportNews news;

  DeskPages(Pages pages, StaffGrants grants, SupportNews news) {
    this.pages = pages;
    this.grants = grants;
    this.news = news;
  }

  /**
   * A workspace in the list.
   *
   * @param grant the newest of one's own that waits or holds there, or null
   */
  public record Row(StaffGrants.Workspace workspace, StaffGrants.@Nullable Mine grant) {
    public String id() {
      return Ids.text(Kind.WORKSPACE, workspace.workspaceId());
    }

    /** Whether a grant holds now. */
    public boolean live() {
      return grant != null && grant.status().equals("live");
    }

    public String grantId() {
      return grant == null ? "" : Ids.text(Kind.GRANT, grant.grantId());
    }

    /** Leads are counted to ten thousand. */
    public String leads() {
      return workspace.leads() > 10_000 ? "10,000+" : String.format(Locale.ENGLISH, "%,d", workspace.leads());
    }
  }

  /** What the list shows. */
  public record ListView(String search, List<Row> rows, int page, boolean more) {
    /** Another page of the same search. */
    public String to(int other) {
      return "/staff?search=" + URLEncoder.encode(search, StandardCharsets.UTF_8) + "&page=" + other;
    }
  }

  /** What the form shows. */
  public record AskView(String workspaceId, String workspaceName, String policy, List<Purpose> purposes) {}

  /** A grant in one's own list. */
  public record Held(StaffGrants.Mine grant) {
    public String id() {
      return Ids.text(Kind.GRANT, grant.grantId());
    }

    public boolean live() {
      return grant.status().equals("live");
    }

    public boolean waiting() {
      return grant.status().equals("waiting");
    }

    /** Why it was asked for, in words. */
    public String purpose() {
      return Purpose.of(grant.purpose()).map(Purpose::words).orElse(grant.purpose());
    }
  }

  /** {@code GET /staff}. */
  public Response list(Request request, StaffCaller caller) {
    String search = request.query().getOrDefault("search", "").strip();
    int page = request.queryInt("page", 1, 1, 10_000);
    List<StaffGrants.Workspace> found = grants.workspaces(caller, search, PAGE + 1, (page - 1) * PAGE);
    var mine = grants.mine(caller).stream()
        .filter(grant -> grant.status().equals("live") || grant.status().equals("waiting"))
        .collect(Collectors.toMap(StaffGrants.Mine::workspaceId, Function.identity(), (a, b) -> a.status().equals("live") ? a : b));
    List<Row> rows = found.stream().limit(PAGE).map(workspace -> new Row(workspace, mine.get(workspace.workspaceId()))).toList();
    return pages.console(request, caller, null, "console/workspaces.jte", "workspaces", "Workspaces",
        new ListView(search, rows, page, found.size() > PAGE));
  }

  /** {@code GET /staff/workspaces/{id}/ask}. */
  public Response asking(Request request, StaffCaller caller) {
    StaffGrants.Workspace workspace = grants.workspaces(caller, request.param("id"), 1, 0).stream()
        .filter(found -> Ids.text(Kind.WORKSPACE, found.workspaceId()).equals(request.param("id"))).findFirst()
        .orElseThrow(() -> Problem.notFound("There is no such workspace or grant.").code("not_found"));
    return pages.console(request, caller, null, "console/ask.jte", "workspaces", "Ask for access", new AskView(
        request.param("id"), workspace.name(), workspace.staffAccess(), List.of(Purpose.values())));
  }

  /** {@code POST /staff/workspaces/{id}/ask}. */
  public Response ask(Request request, StaffCaller caller) {
    UUID workspace = Ids.parse(Kind.WORKSPACE, request.param("id"));
    if (workspace == null) {
      throw Problem.badField("id", "Invalid id").code("invalid_id");
    }
    StaffGrants.Wanted wanted = wanted(request, workspace);
    boolean holds = grants.request(caller, wanted, request.origin());
    news.asked(workspace, caller, wanted, holds);
    return pages.done(request, "/staff/grants", holds
        ? "This workspace allows standing grants: you may look now."
        : "The owners of the workspace have been asked. You may look as soon as one approves.");
  }

  private static StaffGrants.Wanted wanted(Request request, UUID workspace) {
    String purpose = request.form().getOrDefault("purpose", "");
    if (Purpose.of(purpose).isEmpty()) {
      throw Problem.badField("purpose", "Say what it is for.");
    }
    String ticket = request.form().getOrDefault("ticket", "").strip();
    if (ticket.isEmpty() || ticket.length() > LONGEST_TICKET || !Body.storable(ticket)) {
      throw Problem.badField("ticket", "Name the ticket, in at most " + LONGEST_TICKET + " characters.");
    }
    String scope = request.form().getOrDefault("scope", "metadata");
    String access = request.form().getOrDefault("access", "read_only");
    if (!SupportWords.SCOPES.contains(scope) || !SupportWords.ACCESS.contains(access)) {
      throw Problem.badField("scope", "Choose what you need to see.");
    }
    return new StaffGrants.Wanted(workspace, purpose, ticket, scope, access, hours(request.form().getOrDefault("hours", "")));
  }

  private static int hours(String text) {
    try {
      int hours = Integer.parseInt(text.strip());
      if (hours >= 1 && hours <= MOST_HOURS) {
        return hours;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one refusal for both faults.
    }
    throw Problem.badField("hours", "Give a whole number of hours from 1 to " + MOST_HOURS + ".");
  }

  /** {@code GET /staff/grants}. */
  public Response mine(Request request, StaffCaller caller) {
    List<Held> held = grants.mine(caller).stream().map(Held::new).toList();
    return pages.console(request, caller, null, "console/grants.jte", "grants", "My access", held);
  }

  /** {@code POST /staff/grants/{id}/end}: gives a grant back, or takes a request back. */
  public Response end(Request request, StaffCaller caller) {
    UUID grant = Ids.parse(Kind.GRANT, request.param("id"));
    boolean ended = grant != null && grants.giveBack(caller, grant, request.origin());
    return pages.done(request, "/staff/grants", ended ? "It has ended, for you and on every node." : "It had ended already.");
  }
}
