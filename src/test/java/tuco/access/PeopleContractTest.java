package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.caller.Role;
import tuco.http.Json;
import tuco.http.OpenApi;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Real answers about people and workspaces match the document (decisions 1.10). */
class PeopleContractTest {
  private final ObjectNode document = new OpenApi().document();

  @Test
  void answersMatchTheirSchemas() {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      String member = Ids.text(Kind.PERSON, world.aMember(workspace.id(), Role.MEMBER, "one-member@example.com"));
      String id = Ids.text(Kind.WORKSPACE, workspace.id());
      Api.Answer signedIn = SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword());
      matches("/api/sessions", "post", signedIn);
      Api owner = world.api(signedIn.at("token"));
      matches("/api/sessions", "get", owner.get("/api/sessions"));
      matches("/api/me", "get", owner.get("/api/me"));
      matches("/api/me", "patch", owner.patch("/api/me", "{\"name\":\"Ada\"}"));
      matches("/api/me/totp", "post", owner.post("/api/me/totp", ""));
      matches("/api/workspaces", "get", owner.get("/api/workspaces"));
      matches("/api/workspaces/{id}", "get", owner.get("/api/workspaces/" + id));
      matches("/api/workspaces/{id}", "patch", owner.patch("/api/workspaces/" + id, "{\"zone\":\"Asia/Tokyo\"}"));
      matches("/api/members", "get", owner.get("/api/members"));
      matches("/api/members/{id}", "patch", owner.patch("/api/members/" + member, "{\"role\":\"viewer\"}"));
      Api.Answer invited = owner.post("/api/members/invitations", "{\"email\":\"new@example.com\",\"role\":\"viewer\"}");
      matches("/api/members/invitations", "post", invited);
      matches("/api/members/invitations", "get", owner.get("/api/members/invitations"));
      String token = invited.at("link").replaceAll(".*/", "");
      matches("/api/invitations/accept", "post", SignedIn.nobody(world).post("/api/invitations/accept",
          Json.text(Json.object().put("token", token).put("password", "a long enough password"))));
      matches("/api/members/{id}", "delete", owner.delete("/api/members/" + member));
      matches("/api/workspaces", "post", owner.post("/api/workspaces", "{\"name\":\"Second\"}"));
      matches("/api/workspaces/{id}", "delete", owner.delete("/api/workspaces/" + id));
      matches("/api/sessions/current", "delete", owner.delete("/api/sessions/current"));
    }
  }

  private void matches(String path, String method, Api.Answer answer) {
    JsonNode response = document.path("paths").path(path).path(method).path("responses").path(Integer.toString(answer.status()));
    if (response.has("$ref")) {
      response = document.at(response.path("$ref").asText().substring(1));
    }
    JsonNode schema = response.at("/content/application~1json/schema");
    assertThat(schema.isMissingNode()).as(method + " " + path + " answered " + answer.status() + " " + answer.text()).isFalse();
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.get("components"));
    Set<ValidationMessage> faults =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(whole).validate(answer.json());
    assertThat(faults).as(method + " " + path).isEmpty();
  }
}
