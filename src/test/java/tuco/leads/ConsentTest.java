package tuco.leads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;

/** Connectors 5: to what a person agreed, when and where, is kept with the lead; a change of it is in the audit log. */
class ConsentTest {
  private static final World WORLD = new World();

  @AfterAll
  static void end() {
    WORLD.close();
  }

  private static List<String> entries(World.TestWorkspace own) {
    return WORLD.database().asWorkspace(own.id(), tx -> tx.ownQuery(
        "select entry from audit_entries where workspace_id = :workspace and action = 'lead.consent'").mapTo(String.class).list());
  }

  @Test
  void itsSourceTimeAndTextAreKeptAndAChangeSaysWhichAndNothingOfThePerson() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String lead = own.api().post("/api/leads", """
        {"leads":[{"firstName":"Con","email":"con@example.com","consentSource":"Form on the website",
          "consentTimestamp":"2026-01-31T10:30:00+01:00","consentText":"Yes, write to me"}]}""").at("leadId");
    Api.Answer found = own.api().get("/api/leads?id=" + lead);
    assertThat(found.at("/lead/consentSource")).isEqualTo("Form on the website");
    assertThat(found.at("/lead/consentTimestamp")).isEqualTo("2026-01-31T09:30:00.000Z");
    assertThat(found.at("/lead/consentText")).isEqualTo("Yes, write to me");

    Api.Answer wrong = own.api().put("/api/leads/" + lead, "{\"consentTimestamp\":\"yesterday\"}");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.at("/errors/0/field")).isEqualTo("consentTimestamp");
    own.api().put("/api/leads/" + lead, "{\"firstName\":\"Conny\",\"consentSource\":\"Form on the website\"}");
    assertThat(entries(own)).as("nothing of it changed").isEmpty();

    Api.Answer changed = own.api().put("/api/leads/" + lead, "{\"consentSource\":\"By telephone\",\"consentTimestamp\":\"2026-02-01\"}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(entries(own)).singleElement().asString().contains("consentSource, consentTimestamp").doesNotContain("telephone", "website", "Conny");
    assertThat(own.api().get("/api/leads/export").text()).contains("By telephone,2026-02-01T00:00:00.000Z");
  }
}
