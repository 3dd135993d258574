package tuco;

import static tuco.http.Route.hot;
import static tuco.http.Route.open;
import static tuco.http.Route.person;
import static tuco.http.Route.read;
import static tuco.http.Route.slow;
import static tuco.http.Route.write;

import java.util.List;
import tuco.caller.Right;
import tuco.http.Response;
import tuco.http.Route;

/** Every operation with the right it takes, on one page. The router scans in this order: hot ones first. */
final class Routes {
  private Routes() {}

  static List<Route> of(Node n) {
    return List.of(
        // Lines
        read("GET", "/api/lines/by-user", Right.LINES_READ, n.linesApi::list),
        slow("GET", "/api/lines/check-availability", Right.LINES_READ, n.lineHealth::check),
        read("GET", "/api/lines/spam-monitor", Right.LINES_READ, n.lineHealth::spamMonitor),
        read("GET", "/api/lines", Right.LINES_READ, n.linesApi::list),
        write("POST", "/api/lines", Right.LINES_MANAGE, n.linesApi::create),
        read("GET", "/api/lines/{id}", Right.LINES_READ, n.linesApi::show),
        write("PATCH", "/api/lines/{id}", Right.LINES_MANAGE, n.linesApi::change),
        write("DELETE", "/api/lines/{id}", Right.LINES_MANAGE, n.linesApi::remove),
        // Messages
        n.messages.send(),
        hot("GET", "/api/messages/{id}", Right.MESSAGES_READ, n.messages.one()),
        read("GET", "/api/messages", Right.MESSAGES_READ, n.messages::list),
        read("GET", "/api/messages/{id}/events", Right.MESSAGES_READ, n.messages::events),
        write("PATCH", "/api/messages/{id}", Right.MESSAGES_SEND, n.messageEdit::change),
        write("DELETE", "/api/messages/{id}", Right.MESSAGES_SEND, n.cancellation::one),
        write("POST", "/api/messages/cancel-for-lead", Right.MESSAGES_SEND, n.cancellation::forLead),

        // Who am I, health, documentation
        read("GET", "/api/whoami", null, n.whoAmI::show),
        open("GET", "/api/openapi.json", request -> Response.ok(n.openApi.document())),
        open("GET", "/healthz", request -> Response.text(200, "text/plain", "ok\n")),

        // People: sessions
        open("POST", "/api/sessions", n.sessionsApi::signIn),
        person("GET", "/api/sessions", n.sessionsApi::list),
        person("DELETE", "/api/sessions/current", n.sessionsApi::endCurrent),
        person("DELETE", "/api/sessions/{id}", n.sessionsApi::end));
  }
}
