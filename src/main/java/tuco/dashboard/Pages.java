package tuco.dashboard;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.StaffCaller;
import tuco.db.Tx;
import tuco.http.Cookies;
import tuco.http.Request;
import tuco.http.Response;
import tuco.staff.Pass;

/** Puts pages together: template, frame, and the headers that tell a browser to run nothing but our own files. */
public final class Pages {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  private static final String NOTICE = "tuco_notice";

  private final TemplateEngine templates;
  private final Assets assets;
  private final Clock clock;

  /**
   * @param checkout in development, the sources that templates and assets are read from; null for those in the jar
   */
  public Pages(@Nullable Checkout checkout, Clock clock) {
    this.templates = checkout == null ? TemplateEngine.createPrecompiled(ContentType.Html) : checkout.templates();
    this.assets = new Assets(checkout);
    this.clock = clock;
  }

  /** The files the pages use. */
  Assets assets() {
    return assets;
  }

  /** A page for the signed-in member of this transaction; {@code active} is its entry of the navigation. */
  public Response show(Request request, Tx tx, String template, String active, String title, Object view) {
    return render(200, request, template, active, title, tx.caller(), view);
  }

  /** As {@link #show(Request, Tx, String, String, String, Object)}, after work outside a transaction. */
  public Response show(Request request, Caller caller, String template, String active, String title, Object view) {
    return render(200, request, template, active, title, caller, view);
  }

  /** A part of a page, for a script of ours that puts it into the page it stands on. */
  public Response part(Request request, Caller caller, String template, Object view) {
    return render(200, request, template, "", "", caller, view);
  }

  /** A page for everybody. */
  public Response open(Request request, String template, String title, Object view) {
    return render(200, request, template, "", title, null, view);
  }

  /** As {@link #open}, with the status of a refusal. */
  public Response refused(int status, Request request, String template, String title, Object view) {
    return render(status, request, template, "", title, null, view);
  }

  /** As {@link #refused(int, Request, String, String, Object)}, for a member: inside the workspace, with its navigation. */
  public Response refused(int status, Request request, Caller caller, String template, String title, Object view) {
    return render(status, request, template, "", title, caller, view);
  }

  private Response render(
      int status, Request request, String template, String active, String title, @Nullable Caller caller, Object view) {
    Times times = new Times(caller == null ? "UTC" : caller.zone(), clock);
    Frame frame = new Frame(title, active, caller, Cookies.csrf(request), notice(request), assets, times);
    return respond(status, template, frame, Map.of("frame", frame, "view", view));
  }

  /**
   * A page of the staff console.
   *
   * @param pass the grant under which it shows a workspace's data; null for pages that show none
   */
  public Response console(
      Request request, StaffCaller caller, @Nullable Pass pass, String template, String active, String title, Object view) {
    Frame frame = new Frame(title, active, null, Cookies.staffCsrf(request), notice(request), assets, new Times("UTC", clock));
    return respond(200, template, frame, Map.of("console", new ConsoleFrame(frame, caller, pass), "view", view));
  }

  private Response respond(int status, String template, Frame frame, Map<String, Object> parameters) {
    StringOutput out = new StringOutput(16_384);
    templates.render(template, parameters, out);
    Response response = Response.text(status, "text/html; charset=utf-8", out.toString())
        .with("Content-Security-Policy", POLICY)
        .with("Referrer-Policy", "same-origin")
        .with("X-Frame-Options", "DENY")
        .with("Cross-Origin-Opener-Policy", "same-origin");
    return frame.notice() == null ? response : response.with("Set-Cookie", NOTICE + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
  }

  /**
   * The answer to a form that did what it should: show this page, with a sentence about what was done. A form sent
   * by our script learns the page from a header, because a script cannot see where a redirect leads.
   */
  public Response done(Request request, String location, String sentence) {
    return told(request, location, "+" + sentence);
  }

  /** As {@link #done}, for what was done and found something wrong. */
  public Response alarmed(Request request, String location, String sentence) {
    return told(request, location, "-" + sentence);
  }

  private static Response told(Request request, String location, String sentence) {
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(sentence.getBytes(StandardCharsets.UTF_8));
    Response response = request.header("x-tuco-form") == null
        ? Response.seeOther(location)
        : Response.text(204, "", "").with("X-Tuco-Location", location);
    return response.with("Set-Cookie", NOTICE + "=" + text + "; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
  }

  private static Frame.@Nullable Notice notice(Request request) {
    String value = request.cookie(NOTICE);
    if (value == null || value.isEmpty()) {
      return null;
    }
    try {
      String text = new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
      return text.length() < 2 ? null : new Frame.Notice(text.charAt(0) == '+', text.substring(1));
    } catch (IllegalArgumentException e) {
      // Not one of ours: somebody edited the cookie.
      return null;
    }
  }
}
