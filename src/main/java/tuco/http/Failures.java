package tuco.http;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.db.AccessRefused;
import tuco.db.DatabaseFailure;

/** What goes wrong, as the refusal that tells the outside only what it may know (P4). */
public final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static Problem problem(Throwable e, Request request) {
    return switch (e) {
      case Problem problem -> problem;
      // One endpoint of the contract says it in words of its own.
      case AccessRefused refused when refused.why() == AccessRefused.Why.NO_WORKSPACE
          && request.method().equals("POST") && request.route().equals("/api/leads/check-availability") ->
          noWorkspace("No active workspace - No orgId");
      case AccessRefused refused -> refusal(refused.why());
      case DatabaseFailure failure when failure.unavailable() -> unavailable(e);
      case SQLException failure when DatabaseFailure.isUnavailable(failure) -> unavailable(e);
      case IOException broken -> Problem.bad("The request body could not be read to its end.").code("broken_body");
      default -> {
        LOG.error("request {} {} {} failed", request.requestId(), request.method(), request.route(), e);
        yield Problem.of(500, "Internal server error").code("internal");
      }
    };
  }

  /** The answer to a credential that stands for nobody (A1, A3). */
  public static Problem refusal(AccessRefused.Why why) {
    return switch (why) {
      case UNAUTHORIZED -> Problem.unauthorized(true);
      case NO_WORKSPACE -> noWorkspace("No active workspace");
      case WRONG_WORKSPACE -> Problem.forbidden("You are not a member of this workspace.").code("wrong_workspace");
    };
  }

  /** 405, with the methods that the path knows. */
  static Problem methodNotAllowed(String path, List<Route> routes) {
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      if (path.matches(route.path().replaceAll("\\{\\w+}", "[^/]+"))) {
        allowed.add(route.method());
        if (route.method().equals("GET")) {
          allowed.add("HEAD");
        }
      }
    }
    return Problem.of(405, "Method not allowed").code("method_not_allowed").header("Allow", String.join(", ", allowed));
  }

  private static Problem noWorkspace(String words) {
    return Problem.bad(words).code("no_workspace").detail("Choose one of your workspaces with the header X-Workspace-Id.");
  }

  private static Problem unavailable(Throwable e) {
    LOG.warn("the database did not answer: {}", e.getMessage());
    return Problem.of(503, "Service temporarily unavailable")
        .code("database_unavailable").detail("Nothing was changed that you were not told of; try again shortly.")
        .header("Retry-After", "1");
  }
}
