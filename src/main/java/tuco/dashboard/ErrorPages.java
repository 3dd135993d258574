package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.AccessRefused;
import tuco.db.Database;
import tuco.db.DatabaseFailure;
import tuco.db.Tx;
import tuco.http.Cookies;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** What went wrong, as a page: for browsers that ask for a page. Scripts of ours get the problem itself. */
public final class ErrorPages {
  private static final String TEMPLATE = "error/error.jte";

  private final Pages pages;
  private final Database database;

  public ErrorPages(Pages pages, Database database) {
    this.pages = pages;
    this.database = database;
  }

  /** What the page shows. */
  public record View(String title, Problem problem, String requestId, String home) {
    /** The sentence to show. */
    public String sentence() {
      return switch (problem.status()) {
        case 402 -> Frame.READ_ONLY;
        case 403 -> "insufficient_scope".equals(problem.code())
            ? problem.error() + " Your role does not have it; an owner or admin can give you another." : problem.error();
        case 404 -> "The page or the thing you asked for is not here. It may have been removed.";
        default -> problem.status() < 500 || "search_timeout".equals(problem.code()) ? problem.error() : "Your data is safe. Please try again; if it stays, tell us the number below.";
      };
    }
  }

  /** The page, with the navigation for whoever is in a workspace: a wrong turn is no reason to be put out. */
  public Response of(Problem problem, Request request) {
    String title = title(problem.status());
    View view = new View(title, problem, request.requestId(), request.path().startsWith("/staff") ? "/staff" : "/");
    Caller member = member(problem, request);
    return member == null
        ? pages.refused(problem.status(), request, TEMPLATE, title, view)
        : pages.refused(problem.status(), request, member, TEMPLATE, title, view);
  }

  private static String title(int status) {
    return switch (status) {
      case 402 -> "This workspace is read-only";
      case 403 -> "You cannot do this here";
      case 404 -> "There is nothing here";
      case 409 -> "This does not fit any more";
      case 429 -> "A little too fast";
      case 503 -> "Back in a moment";
      default -> status < 500 ? "That did not work" : "Something went wrong on our side";
    };
  }

  /**
   * Who is in a workspace. Where something of ours failed nothing more is asked of the database, nor for a request that could not
   * be read: that is answered on the event loop, which must not wait.
   */
  private @Nullable Caller member(Problem problem, Request request) {
    if (request.path().startsWith("/staff")) {
      return null;
    }
    boolean unread = problem.status() == 413 || "bad_request".equals(problem.code()) || "broken_body".equals(problem.code());
    if (request.caller() != null || problem.status() >= 500 || unread) {
      return request.caller();
    }
    Credential credential = Cookies.credential(request);
    if (credential == null) {
      return null;
    }
    try {
      return database.read(credential, Tx::caller);
    } catch (AccessRefused | DatabaseFailure outside) {
      return null;
    }
  }
}
