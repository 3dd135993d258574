package tuco.leads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Do-not-contact (contract 2.21, decisions 5.7; P1, P5) and the fallback configuration. */
class DncTest {
  private static final World WORLD = new World();

  @AfterAll
  static void end() {
    WORLD.close();
  }

  @Test
  void anOptOutCancelsAllThatIsQueuedForThatPersonOnEveryAddress() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String lead = own.api().post("/api/leads", """
        {"leads":[{"phone":"+12025550101","altEmail1":"ada@example.com"}]}""").at("leadId");
    String other = own.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550102\"}]}").at("leadId");
    UUID byPhone = message(own, lead, "+12025550101", "queued");
    UUID byMail = message(own, lead, "ada@example.com", "scheduled");
    UUID sent = message(own, lead, "+12025550101", "sent");
    UUID claimed = message(own, lead, "+12025550101", "sending");
    UUID toOther = message(own, other, "+12025550102", "queued");

    Api.Answer answer = own.api().post("/api/dnc", "{\"email\":\"Ada@Example.com\",\"reason\":\"asked\"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(answer.at("cancelledCount")).isEqualTo("2");
    assertThat(answer.at("/entry/email")).isEqualTo("ada@example.com");
    assertThat(answer.at("/entry/reason")).isEqualTo("asked");
    assertThat(List.of(byPhone, byMail, sent, claimed, toOther)).extracting(id -> status(own, id))
        .containsExactly("cancelled", "cancelled", "sent", "sending", "queued");
    assertThat(events(own, byPhone)).containsExactly("1 cancelled do_not_contact");

    Api.Answer again = own.api().post("/api/dnc", "{\"email\":\"ada@example.com\"}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.at("alreadyListed")).isEqualTo("true");
    assertThat(own.api().get("/api/dnc").at("/pagination/totalCount")).as("all addresses of the person").isEqualTo("2");
  }

  @Test
  void aSuppressionOutlivesTheLeadAndItsReturn() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String lead = own.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550101\"}]}").at("leadId");
    own.api().post("/api/dnc", "{\"phone\":\"2025550101\"}");
    own.api().delete("/api/leads/" + lead);
    own.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550101\"}]}");
    boolean there = WORLD.database().asWorkspace(own.id(), tx -> Suppressions.contains(tx, own.id(), "+12025550101"));
    assertThat(there).isTrue();
  }

  /** Decisions 5.7: on every channel, so also when nobody has the listed phone yet and the message goes to another address. */
  @Test
  void whoIsNamedWithAListedAddressIsNotWrittenToAtAnother() {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.aSimulatorLine(own.id());
    own.api().post("/api/dnc", "{\"phone\":\"+12025550101\",\"reason\":\"asked\"}");
    for (String body : List.of(
        "{\"message\":\"x\",\"messageType\":\"email\",\"recipientEmail\":\"ada@example.com\",\"recipientPhone\":\"+12025550101\"}",
        "{\"message\":\"x\",\"recipientEmail\":\"ada@example.com\",\"altPhone1\":\"+12025550101\"}")) {
      Api.Answer refused = own.api().post("/api/messages", body);
      assertThat(refused.status()).as(refused.text()).isEqualTo(422);
      assertThat(refused.at("code")).isEqualTo("DO_NOT_CONTACT");
    }
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).as("nothing is written").isEqualTo("0");
    WORLD.database().asWorkspace(own.id(), tx -> tx.ownUpdate(
        "update suppressions set source = 'provider' where workspace_id = :workspace").execute());
    assertThat(own.api().post("/api/messages", """
        {"message":"x","messageType":"email","recipientEmail":"ada@example.com","recipientPhone":"+12025550101"}""").status())
        .as("an address that only is dead says nothing of the person").isEqualTo(201);
  }

  /** Decisions 5.7: it is the person who opted out, also when they return with another address. */
  @Test
  void aSuppressedPersonIsSoAtEveryAddressTheyComeBackWith() {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.aSimulatorLine(own.id());
    String lead = own.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550101\"}]}").at("leadId");
    own.api().post("/api/dnc", "{\"phone\":\"+12025550101\",\"reason\":\"asked\"}");
    own.api().delete("/api/leads/" + lead);
    String again = own.api().post("/api/leads", "{\"leads\":[{\"phone\":\"+12025550101\",\"email\":\"ada@example.com\"}]}").at("leadId");
    Api.Answer byMail = own.api().post("/api/messages", "{\"message\":\"x\",\"recipientEmail\":\"ada@example.com\"}");
    assertThat(byMail.status()).as(byMail.text()).isEqualTo(422);
    assertThat(byMail.at("code")).isEqualTo("DO_NOT_CONTACT");
    own.api().patch("/api/leads/" + again, "{\"altPhone1\":\"+12025550102\"}");
    assertThat(own.api().post("/api/messages", "{\"message\":\"x\",\"recipientPhone\":\"+12025550102\"}").at("code")).isEqualTo("DO_NOT_CONTACT");
    assertThat(own.api().get("/api/dnc").json().path("entries")).extracting(entry -> entry.path("reason").asText())
        .containsExactly("asked", "asked", "asked");
  }

  @Test
  void theListIsSearchedPagedAndShortened() {
    Api own = WORLD.aWorkspace().api();
    for (int n = 0; n < 3; n++) {
      own.post("/api/dnc", "{\"phone\":\"+1202555010" + n + "\",\"reason\":\"r" + n + "\"}");
    }
    assertThat(own.get("/api/dnc?limit=2").json().path("entries")).hasSize(2);
    assertThat(own.get("/api/dnc?limit=2&page=2").json().path("entries")).hasSize(1);
    Api.Answer found = own.get("/api/dnc?search=5550101");
    assertThat(found.at("/pagination/totalCount")).isEqualTo("1");
    assertThat(own.delete("/api/dnc?id=" + found.at("/entries/0/_id")).at("success")).isEqualTo("true");
    assertThat(own.get("/api/dnc").at("/pagination/totalCount")).isEqualTo("2");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', value = {
      "POST   | /api/dnc               | {}                                              | 400 | Either phone or email is required",
      "POST   | /api/dnc               | {\"phone\":\"+12025550101\",\"email\":\"a@example.com\"} | 400 | Give either phone or email, not both",
      "POST   | /api/dnc               | {\"phone\":\"1\"}                               | 400 | phone must be a phone number, best in E.164, for example +12025550101",
      "POST   | /api/dnc               | {\"email\":\"1\"}                               | 400 | email must be an e-mail address",
      "DELETE | /api/dnc               |                                                 | 400 | id is required: the _id of an entry",
      "DELETE | /api/dnc?id=x          |                                                 | 400 | Invalid id",
      "DELETE | /api/dnc?id=OWN        |                                                 | 404 | Entry not found",
      "DELETE | /api/dnc?id=FOREIGN    |                                                 | 403 | This id belongs to another workspace.",
      "PATCH  | /api/workspace/fallback-config | {\"fromNumber\":\"x\"}                   | 400 | fromNumber must be a phone number in E.164, for example +12025550101",
  })
  void aFaultyCallIsRefused(String method, String path, String body, int status, String error) {
    World.TestWorkspace own = WORLD.aWorkspace();
    String address = path
        .replace("OWN", Ids.text(Kind.SUPPRESSION, new Ids(Clock.systemUTC()).next(Ids.tag(own.id()))))
        .replace("FOREIGN", Ids.text(Kind.SUPPRESSION, new UUID(1L << 32, 1)));
    Api.Answer answer = own.api().call(method, address, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.at("error")).isEqualTo(error);
  }

  @Test
  void theFallbackTokenIsSealedAndNeverReturned() {
    World.TestWorkspace own = WORLD.aWorkspace();
    assertThat(own.api().get("/api/workspace/fallback-config").at("configured")).isEqualTo("false");
    Api.Answer answer = own.api().patch("/api/workspace/fallback-config", """
        {"accountSid":"AC0123","authToken":"very-secret","fromNumber":"(202) 555-0101"}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("configured")).as("no line carries SMS yet").isEqualTo("false");
    String line = "{\"lineId\":\"" + WORLD.aSimulatorLine(own.id()) + "\"}";
    assertThat(own.api().patch("/api/workspace/fallback-config", line).at("configured")).isEqualTo("true");
    assertThat(answer.at("fromNumber")).isEqualTo("+12025550101");
    assertThat(answer.text()).doesNotContain("very-secret");
    boolean there = WORLD.database().asWorkspace(own.id(), tx -> FallbackConfig.configured(tx, own.id()));
    assertThat(there).isTrue();
    assertThat(own.api().patch("/api/workspace/fallback-config", "{\"isActive\":false}").at("configured")).isEqualTo("false");
    String row = WORLD.database().asWorkspace(own.id(), tx -> tx.query("select cast(f as text) from fallback_configs f where workspace_id = :w")
        .bind("w", own.id()).mapTo(String.class).one());
    assertThat(row).doesNotContain("very-secret");
  }

  private static UUID message(World.TestWorkspace own, String lead, String recipient, String status) {
    UUID id = new Ids(Clock.systemUTC()).next(Ids.tag(own.id()));
    WORLD.database().asWorkspace(own.id(), tx -> {
      tx.update("""
              insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient,
                                    correlation_id, created_at, updated_at)
              values (:w, :m, :lead, 'sms', 'x', '', :recipient, 'c', :at, :at)""")
          .bind("w", own.id()).bind("m", id).bind("lead", Ids.parse(Kind.LEAD, lead)).bind("recipient", recipient)
          .bind("at", Instant.EPOCH).execute();
      return tx.update("""
              insert into message_states (workspace_id, message_id, status, due_at, updated_at)
              values (:w, :m, :status, :at, :at)""")
          .bind("w", own.id()).bind("m", id).bind("status", status).bind("at", Instant.EPOCH).execute();
    });
    return id;
  }

  private static String status(World.TestWorkspace own, UUID message) {
    return WORLD.database().asWorkspace(own.id(), tx -> tx.query(
            "select status from message_states where workspace_id = :w and message_id = :m")
        .bind("w", own.id()).bind("m", message).mapTo(String.class).one());
  }

  private static List<String> events(World.TestWorkspace own, UUID message) {
    return WORLD.database().asWorkspace(own.id(), tx -> tx.query(
            "select concat_ws(' ', seq, status, cause) from message_events where workspace_id = :w and message_id = :m order by seq")
        .bind("w", own.id()).bind("m", message).mapTo(String.class).list());
  }
}
