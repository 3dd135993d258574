package tuco;

import static tuco.http.Route.open;
import static tuco.http.Route.read;

import java.util.List;
import tuco.http.Response;
import tuco.http.Route;

/** Every operation with the right it takes, on one page. The router scans in this order: hot ones first. */
final class Routes {
  private Routes() {}

  static List<Route> of(Node n) {
    return List.of(
        // Who am I, health, documentation
        read("GET", "/api/whoami", null, n.whoAmI::show),
        open("GET", "/api/openapi.json", request -> Response.ok(n.openApi.document())),
        open("GET", "/healthz", request -> Response.text(200, "text/plain", "ok\n")));
  }
}
