package tuco.dashboard.console;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.StaffCaller;
import tuco.dashboard.Pages;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.staff.GrantedViews;
import tuco.staff.Pass;
import tuco.staff.StaffGrants;

/** A workspace as staff see it under a grant that holds. Each page is one transaction: entered, written down, read, shown. */
public final class WorkspacePages {
  private static final int PAGE = 50;

  private final Pages pages;
  private final StaffGrants grants;
  private final Clock clock;

  WorkspacePages(Pages pages, StaffGrants grants, Clock clock) {
    this.pages = pages;
    this.grants = grants;
    this.clock = clock;
  }

  private record Seen<T>(Pass pass, T data) {}

  /** The first page: counts. */
  public record Overview(GrantedViews.Counts counts, String purpose, List<GrantedViews.Line> lines) {}

  /** A page of leads; {@code older} leads to the next one. */
  public record Leads(List<GrantedViews.Lead> rows, @Nullable String older, boolean first) {
    public String id(GrantedViews.Lead lead) {
      return Ids.text(Kind.LEAD, lead.leadId());
    }
  }

  /** One lead and what was written to them. */
  public record LeadView(GrantedViews.Lead lead, String id, Messages messages) {}

  /** A page of messages. */
  public record Messages(List<GrantedViews.Message> rows, String status, @Nullable String older, boolean first) {
    public String id(GrantedViews.Message message) {
      return Ids.text(Kind.MESSAGE, message.messageId());
    }
  }

  /** One message and what became of it. */
  public record MessageView(GrantedViews.Message message, String id, String leadId, List<GrantedViews.Event> events) {}

  /** The lines. */
  public record Lines(List<GrantedViews.Line> rows) {
    public String id(GrantedViews.Line line) {
      return Ids.text(Kind.LINE, line.lineId());
    }
  }

  /** {@code GET /staff/grants/{id}}. */
  public Response overview(Request request, StaffCaller caller) {
    Seen<Overview> seen = read(request, caller, "overview", null, (tx, pass) -> new Overview(
        GrantedViews.counts(tx, Ids.floor(Ids.tag(pass.workspaceId()), clock.instant().minus(Duration.ofDays(1)))),
        pass.purpose(), GrantedViews.lines(tx)));
    return show(request, caller, seen, "console/overview.jte", "overview", "Overview");
  }

  /** {@code GET /staff/grants/{id}/leads}. */
  public Response leads(Request request, StaffCaller caller) {
    UUID before = before(request, Kind.LEAD);
    Seen<Leads> seen = read(request, caller, "leads", null, (tx, pass) -> {
      List<GrantedViews.Lead> rows = GrantedViews.leads(tx, before, PAGE);
      return new Leads(rows, rows.size() < PAGE ? null : Ids.text(Kind.LEAD, rows.getLast().leadId()), before == null);
    });
    return show(request, caller, seen, "console/leads.jte", "leads", "Leads");
  }

  /** {@code GET /staff/grants/{id}/leads/{lead}}. */
  public Response lead(Request request, StaffCaller caller) {
    UUID lead = id(request, "lead", Kind.LEAD);
    Seen<Optional<LeadView>> seen = read(request, caller, "lead", lead, (tx, pass) -> GrantedViews.lead(tx, lead)
        .map(found -> new LeadView(found, request.param("lead"), new Messages(GrantedViews.messages(tx, null, lead, null, PAGE), "", null, true))));
    return show(request, caller, found(seen), "console/lead.jte", "leads", "Lead");
  }

  /** {@code GET /staff/grants/{id}/messages}. */
  public Response messages(Request request, StaffCaller caller) {
    UUID before = before(request, Kind.MESSAGE);
    String status = request.queryText("status");
    Seen<Messages> seen = read(request, caller, "messages", null, (tx, pass) -> {
      List<GrantedViews.Message> rows = GrantedViews.messages(tx, before, null, status, PAGE);
      String older = rows.size() < PAGE ? null : Ids.text(Kind.MESSAGE, rows.getLast().messageId());
      return new Messages(rows, status == null ? "" : status, older, before == null);
    });
    return show(request, caller, seen, "console/messages.jte", "messages", "Messages");
  }

  /** {@code GET /staff/grants/{id}/messages/{message}}. */
  public Response message(Request request, StaffCaller caller) {
    UUID id = id(request, "message", Kind.MESSAGE);
    Seen<Optional<MessageView>> seen = read(request, caller, "message", id, (tx, pass) -> GrantedViews.message(tx, id)
        .map(found -> new MessageView(found, request.param("message"), Ids.text(Kind.LEAD, found.leadId()), GrantedViews.events(tx, id))));
    return show(request, caller, found(seen), "console/message.jte", "messages", "Message");
  }

  /** {@code GET /staff/grants/{id}/lines}. */
  public Response lines(Request request, StaffCaller caller) {
    Seen<Lines> seen = read(request, caller, "lines", null, (tx, pass) -> new Lines(GrantedViews.lines(tx)));
    return show(request, caller, seen, "console/lines.jte", "lines", "Lines");
  }

  /** {@code POST /staff/grants/{id}/lines/{line}/pause}. */
  public Response pause(Request request, StaffCaller caller) {
    boolean paused = grants.pauseLine(caller, id(request, "id", Kind.GRANT), id(request, "line", Kind.LINE), request.origin());
    return pages.done(request, "/staff/grants/" + request.param("id") + "/lines",
        paused ? "The line is paused. Its people see why, and resume it." : "The line did not run.");
  }

  /** {@code GET /staff/grants/{id}/campaigns}. */
  public Response campaigns(Request request, StaffCaller caller) {
    Seen<List<GrantedViews.Campaign>> seen = read(request, caller, "campaigns", null, (tx, pass) -> GrantedViews.campaigns(tx, 200));
    return show(request, caller, seen, "console/campaigns.jte", "campaigns", "Campaigns");
  }

  private <T> Seen<T> read(
      Request request, StaffCaller caller, String view, @Nullable UUID object, StaffGrants.Look<T> look) {
    return grants.read(caller, id(request, "id", Kind.GRANT), view, object, request.origin(),
        (tx, pass) -> new Seen<>(pass, look.at(tx, pass)));
  }

  private Response show(Request request, StaffCaller caller, Seen<?> seen, String template, String active, String title) {
    return pages.console(request, caller, seen.pass(), template, active, title, seen.data());
  }

  /** What was looked for and is not there is on record by now. */
  private static <T> Seen<T> found(Seen<Optional<T>> seen) {
    return new Seen<>(seen.pass(), seen.data().orElseThrow(() -> Problem.notFound("The workspace has no such thing.").code("not_found")));
  }

  private static @Nullable UUID before(Request request, Kind kind) {
    String text = request.queryText("before");
    return text == null ? null : Ids.parse(kind, text);
  }

  private static UUID id(Request request, String name, Kind kind) {
    UUID id = Ids.parse(kind, request.param(name));
    if (id == null) {
      throw Problem.badField(name, "Invalid " + name).code("invalid_id");
    }
    return id;
  }
}
