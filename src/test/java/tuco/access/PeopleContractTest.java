package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.caller.Role;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Real answers about people and workspaces match the document (decisions 1.10). */
class PeopleContractTest {
  @Test
  void answersMatchTheirSchemas() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      String member = Ids.text(Kind.PERSON, world.aMember(workspace.id(), Role.MEMBER, "one-member@example.com"));
      String id = Ids.text(Kind.WORKSPACE, workspace.id());
      Api.Answer signedIn = SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword());
      good(signedIn);
      Api owner = world.api(signedIn.at("token"));
      good(owner.get("/api/sessions"));
      good(owner.get("/api/me"));
      good(owner.patch("/api/me", "{\"name\":\"Ada\"}"));
      good(owner.post("/api/me/totp", ""));
      good(owner.get("/api/workspaces"));
      good(owner.get("/api/workspaces/" + id));
      good(owner.patch("/api/workspaces/" + id, "{\"zone\":\"Asia/Tokyo\"}"));
      good(owner.get("/api/members"));
      good(owner.patch("/api/members/" + member, "{\"role\":\"viewer\"}"));
      Api.Answer invited = owner.post("/api/members/invitations", "{\"email\":\"new@example.com\",\"role\":\"viewer\"}");
      good(invited);
      good(owner.get("/api/members/invitations"));
      String token = invited.at("link").replaceAll(".*/", "");
      good(SignedIn.nobody(world).post("/api/invitations/accept",
          Json.text(Json.object().put("token", token).put("password", "a long enough password"))));
      good(owner.delete("/api/members/" + member));
      good(owner.post("/api/workspaces", "{\"name\":\"Second\"}"));
      good(owner.delete("/api/workspaces/" + id));
      good(owner.delete("/api/sessions/current"));
    }
  }

  /** A success; that it matches its schema the client has looked at already. */
  private static void good(Api.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isBetween(200, 299);
  }
}
