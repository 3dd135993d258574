package tuco.dashboard;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Role;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.staff.Purpose;
import tuco.staff.SupportAccess;
import tuco.staff.SupportAccessApi;
import tuco.staff.SupportWords;

/** Settings > Support access: who of the operator's staff asks, who may look, and everything they looked at (S1-S3). */
public final class SupportPage {
  private static final String HERE = "/settings/support";
  private static final int PAST = 20;
  private static final int ACTS = 30;

  private final Pages pages;
  private final SupportAccess access;
  private final SupportAccessApi api;

  public SupportPage(Pages pages, SupportAccess access, SupportAccessApi api) {
    this.pages = pages;
    this.access = access;
    this.api = api;
  }

  /** A grant or a request. */
  public record Row(SupportAccess.Grant grant) {
    public String id() {
      return Ids.text(Kind.GRANT, grant.grantId());
    }

    /** The name, or the address of somebody who has none. */
    public String called() {
      return grant.staffName().isBlank() ? grant.staffEmail() : grant.staffName();
    }

    /** Why, in words. */
    public String purpose() {
      return Purpose.of(grant.purpose()).map(Purpose::words).orElse(grant.purpose());
    }

    public boolean waiting() {
      return grant.status().equals("waiting");
    }

    public boolean live() {
      return grant.status().equals("live");
    }
  }

  /**
   * What the page shows.
   *
   * @param owner whether who looks may let staff in; admins may only keep them out
   * @param older where the next page of the record begins; null at its end
   */
  public record View(
      String policy, boolean owner, List<Row> waiting, List<Row> live, List<Row> past, List<SupportAccess.Act> acts,
      @Nullable String older, boolean first) {
    public List<String> policies() {
      return SupportWords.POLICIES;
    }
  }

  /** {@code GET /settings/support}. */
  public Response show(Request request, Tx tx) {
    List<Row> waiting = rows(tx, "waiting");
    List<Row> live = rows(tx, "live");
    List<Row> past = access.grants(tx, null, null, 100).stream().map(Row::new)
        .filter(row -> !row.waiting() && !row.live()).limit(PAST).toList();
    UUID before = request.queryId("before", Kind.EVENT, tx.caller(), "Invalid before");
    List<SupportAccess.Act> acts = access.acts(tx, null, before, ACTS + 1);
    String older = acts.size() <= ACTS ? null : Ids.text(Kind.EVENT, acts.get(ACTS - 1).actId());
    return pages.show(request, tx, "support/support.jte", "support", "Support access", new View(
        access.policy(tx), tx.caller().role() == Role.OWNER, waiting, live, past,
        acts.stream().limit(ACTS).toList(), older, before == null));
  }

  private List<Row> rows(Tx tx, String status) {
    return access.grants(tx, status, null, 100).stream().map(Row::new).toList();
  }

  /** {@code POST /settings/support}. */
  public Response change(Request request, Tx tx) {
    api.change(request.withJson(Answers.texts(request.form(), "policy")), tx);
    return pages.done(request, HERE, "The rule for support is saved and holds from now on.");
  }

  /** {@code POST /settings/support/{id}/approve}. */
  public Response approve(Request request, Tx tx) {
    api.approve(request, tx);
    return pages.done(request, HERE, "Approved. You see below what support looks at, and can end it at any moment.");
  }

  /** {@code POST /settings/support/{id}/refuse}. */
  public Response refuse(Request request, Tx tx) {
    api.refuse(request, tx);
    return pages.done(request, HERE, "Refused. Support sees nothing.");
  }

  /** {@code POST /settings/support/{id}/end}. */
  public Response end(Request request, Tx tx) {
    api.end(request, tx);
    return pages.done(request, HERE, "The access has ended. From now on support sees nothing more.");
  }
}
