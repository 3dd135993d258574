package tuco.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.caller.Role;

/** The finer lines of contract 2.2, 2.4 and 5.5 that a send and the list of messages keep (P1, P3). */
class SendContractTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNode();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  /** Contract 2.2: phone, alternate phones, e-mail, alternate e-mails; what the body gives replaces the lead's at its place. */
  @Test
  void addressesAreTriedInTheContractsOrderAndAnAlternateOfSomebodyElseIsNot() {
    TestWorkspace workspace = workspaceWithLine();
    Api api = workspace.api();
    api.post("/api/leads", "{\"leads\":[{\"firstName\":\"Other\",\"email\":\"taken@example.com\"}]}");
    Api.Answer first = api.post("/api/messages", """
        {"message": "One", "recipientPhone": "+14155550101", "altPhone1": "+12125550101", "altPhone2": "+13105550101",
         "altEmail1": "fallback+alt@example.com", "recipientEmail": "fallback@example.com"}""");
    assertThat(checked(api, first.at("messageId"))).containsExactly(
        "+14155550101", "+12125550101", "+13105550101", "fallback@example.com", "fallback+alt@example.com");
    Api.Answer second = api.post("/api/messages", """
        {"message": "Two", "recipientPhone": "+14155550101", "altPhone1": "+16175550101", "altEmail2": "taken@example.com"}""");
    assertThat(second.at("leadId")).isEqualTo(first.at("leadId"));
    assertThat(checked(api, second.at("messageId"))).as("the old altPhone1 is no longer the lead's, altEmail2 is another's").containsExactly(
        "+14155550101", "+16175550101", "+13105550101", "fallback@example.com", "fallback+alt@example.com");
    JsonNode lead = api.get("/api/leads?id=" + first.at("leadId")).json().path("lead");
    assertThat(lead.path("altPhone1").asText()).isEqualTo("+16175550101");
    assertThat(lead.path("altPhone2").asText()).isEqualTo("+13105550101");
    assertThat(lead.path("altEmail2").asText("")).isEmpty();
  }

  @Test
  void anSmsGoesToPhonesOnlyAndAMailToAddressesOnly() {
    Api api = workspaceWithLine().api();
    String body = "\"recipientPhone\":\"+14155550150\",\"altPhone1\":\"+12125550150\",\"recipientEmail\":\"ada@example.com\"}";
    Api.Answer sms = api.post("/api/messages", "{\"message\":\"a\",\"messageType\":\"sms\"," + body);
    assertThat(api.get("/api/messages/" + sms.at("messageId")).at("recipient")).isEqualTo("+14155550150");
    Api.Answer mail = api.post("/api/messages", "{\"message\":\"b\",\"messageType\":\"email\"," + body);
    assertThat(api.get("/api/messages/" + mail.at("messageId")).at("recipient")).isEqualTo("ada@example.com");
  }

  /** Contract 2.0: the header is preferred, the field of the body works too, else the server makes one. */
  @Test
  void aCorrelationIdIsTakenFromTheHeaderOrTheBody() {
    Api api = workspaceWithLine().api();
    String body = "{\"message\":\"%s\",\"recipientPhone\":\"+14155550151\",\"correlationId\":\"order-7\"}";
    assertThat(correlation(api, body.formatted("a"))).isEqualTo("order-7");
    assertThat(correlation(api.with("x-correlation-id", "header-8"), body.formatted("b"))).isEqualTo("header-8");
    assertThat(correlation(api, body.formatted("c").replace("order-7", ""))).startsWith("app_");
    Api.Answer leaking = api.post("/api/messages", body.formatted("d").replace("order-7", "tuco_sk_" + "a".repeat(49)));
    assertThat(leaking.status()).as("K13").isEqualTo(400);
  }

  /** Contract 5.5: a member owns a lead; who is no member, or nobody named, falls to the first. */
  @Test
  void aLeadMadeByASendBelongsToTheNamedMemberElseToTheFirst() {
    TestWorkspace workspace = workspaceWithLine();
    world.aMember(workspace.id(), Role.MEMBER, "second@rights.example.com");
    Api api = workspace.api();
    assertThat(owner(api, "+14155550152", "")).isEqualTo(workspace.ownerEmail());
    assertThat(owner(api, "+14155550153", ",\"contactOwnerEmail\":\"stranger@example.com\"")).isEqualTo(workspace.ownerEmail());
    assertThat(owner(api, "+14155550154", ",\"contactOwnerEmail\":\" Second@rights.example.com\"")).isEqualTo("second@rights.example.com");
    assertThat(owner(api, "+14155550155", ",\"contactOwnerEmail\":null")).isEqualTo(workspace.ownerEmail());
  }

  /** Contract 2.4: by date and recipient as well; the last page says that it is the last. */
  @Test
  void theListIsNarrowedByDateAndRecipientAndEnds() {
    Api api = workspaceWithLine().api();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sent.add(api.post("/api/messages", "{\"message\":\"" + i + "\",\"recipientEmail\":\"Ada" + i + "@example.com\"}").at("messageId"));
    }
    String at = api.get("/api/messages/" + sent.get(1)).at("createdAt");
    assertThat(ids(api, "?dateFrom=" + at + "&dateTo=" + at)).contains(sent.get(1));
    assertThat(ids(api, "?dateTo=" + Instant.parse(at).minusSeconds(60))).isEmpty();
    assertThat(ids(api, "?dateFrom=2020-01-01&dateTo=2199-12-31")).hasSize(3);
    assertThat(ids(api, "?recipientEmail=ADA1@example.com")).containsExactly(sent.get(1));
    assertThat(api.get("/api/messages?limit=3").json().path("nextCursor").isNull()).isTrue();
    assertThat(api.get("/api/messages?limit=2").at("nextCursor")).isNotEmpty();
    assertThat(api.get("/api/messages?dateFrom=yesterday").at("error")).isEqualTo("Invalid dateFrom");
    assertThat(api.get("/api/messages?dateFrom=2026-02-02&dateTo=2026-01-01").at("error")).isEqualTo("dateFrom must be <= dateTo");
    assertThat(api.get("/api/messages?recipientPhone=123").status()).as("not everything").isEqualTo(400);
  }

  private static List<String> checked(Api api, String message) {
    Eventually.within(Duration.ofSeconds(20), () ->
        assertThat(api.get("/api/messages/" + message).at("status")).isEqualTo("fallback"));
    List<String> addresses = new ArrayList<>();
    api.get("/api/messages/" + message).json().path("checkedAddresses").forEach(each -> addresses.add(each.asText()));
    return addresses;
  }

  private static String correlation(Api api, String body) {
    Api.Answer answer = api.post("/api/messages", body);
    assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    return api.get("/api/messages/" + answer.at("messageId")).at("correlationId");
  }

  private static String owner(Api api, String phone, String more) {
    String lead = api.post("/api/messages", "{\"message\":\"Hi\",\"recipientPhone\":\"" + phone + "\"" + more + "}").at("leadId");
    return api.get("/api/leads?id=" + lead).at("/lead/contactOwnerEmail");
  }

  private static List<String> ids(Api api, String query) {
    List<String> ids = new ArrayList<>();
    api.get("/api/messages" + query).json().path("messages").forEach(message -> ids.add(message.path("_id").asText()));
    return ids;
  }

  private static TestWorkspace workspaceWithLine() {
    TestWorkspace workspace = world.aWorkspace();
    world.aSimulatorLine(workspace.id());
    return workspace;
  }
}
