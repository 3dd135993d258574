package tuco.access;

import tuco.Api;
import tuco.World;
import tuco.http.Json;

/** People at the door, for tests. */
final class SignedIn {
  private SignedIn() {}

  /** A client without any credential. */
  static Api nobody(World world) {
    return new Api("http://127.0.0.1:" + world.node().port(), null);
  }

  static Api.Answer signIn(World world, String email, String password) {
    return nobody(world).post("/api/sessions", Json.text(Json.object().put("email", email).put("password", password)));
  }

  /** A client with a session of this person. */
  static Api as(World world, String email, String password) {
    return world.api(signIn(world, email, password).at("token"));
  }

  /** A client with a session of the workspace's first owner. */
  static Api owner(World.TestWorkspace workspace) {
    return as(workspace.world(), workspace.ownerEmail(), workspace.ownerPassword());
  }

  /** A client with a session of a member made by {@link World#aMember}. */
  static Api member(World world, String email) {
    return as(world, email, World.PASSWORD);
  }
}
