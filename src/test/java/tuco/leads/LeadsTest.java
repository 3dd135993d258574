package tuco.leads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.World;
import tuco.caller.Credential;
import tuco.caller.Token;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Leads over HTTP, to the letter of contract 2.5 to 2.8 (P1). */
class LeadsTest {
  private static final World WORLD = new World();
  private static World.TestWorkspace workspace;

  @BeforeAll
  static void aWorkspace() {
    workspace = WORLD.aWorkspace();
  }

  @AfterAll
  static void end() {
    WORLD.close();
  }

  private static Api api() {
    return workspace.api();
  }

  private static String created(Api api, String lead) {
    Api.Answer answer = api.post("/api/leads", "{\"leads\":[" + lead + "]}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.at("leadId");
  }

  @Test
  void oneLeadIsCreatedInQuickSendsWithAllItsFields() {
    Api own = WORLD.aWorkspace().api();
    Api.Answer answer = own.post("/api/leads", """
        {"leads":[{"firstName":" Ada ","lastName":"Lovelace","email":"Ada@Example.com","phone":"(202) 555-0101",
          "altPhone2":"+442025550101","altEmail1":"countess@example.com","companyName":"Engines","jobTitle":"Analyst",
          "linkedinUrl":"https://linkedin.example.com/ada","notes":"n","customFields":{"plan":"gold","n":3},"tags":["vip","vip","new"],
          "externalId":"x1","timezone":"Europe/London","hsContactId":"h1","ghlContactId":"g1"}],
         "source":"api","ghlLocationId":"loc1","listId":"  ","contactOwnerEmail":"nobody@example.com"}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    JsonNode body = answer.json();
    assertThat(body.path("message").asText()).isEqualTo("Leads saved successfully");
    assertThat(body.path("savedCount").intValue()).isEqualTo(1);
    assertThat(body.path("duplicateCount").intValue()).isZero();
    assertThat(body.path("totalProcessed").intValue()).isEqualTo(1);
    assertThat(body.path("leadIds").get(0)).isEqualTo(body.path("leadId"));
    assertThat(body.path("leadListIds").get(0)).isEqualTo(body.path("listId"));
    assertThat(body.has("duplicates")).isFalse();
    assertThat(body.path("ghlContactId").asText()).isEqualTo("g1");
    assertThat(body.path("ghlLocationId").asText()).isEqualTo("loc1");
    assertThat(body.path("hsContactId").asText()).isEqualTo("h1");

    JsonNode lead = own.get("/api/leads?id=" + answer.at("leadId")).json().path("lead");
    assertThat(lead.path("firstName").asText()).isEqualTo("Ada");
    assertThat(lead.path("email").asText()).isEqualTo("ada@example.com");
    assertThat(lead.path("phone").asText()).isEqualTo("+12025550101");
    assertThat(lead.path("altPhone1").isNull()).isTrue();
    assertThat(lead.path("altPhone2").asText()).isEqualTo("+442025550101");
    assertThat(lead.at("/customFields/n").intValue()).isEqualTo(3);
    assertThat(lead.path("tags")).hasSize(2);
    assertThat(lead.path("source").asText()).isEqualTo("api");
    assertThat(lead.path("timezone").asText()).isEqualTo("Europe/London");
    assertThat(lead.path("contactOwnerEmail").asText()).as("a non-member falls to the first member").startsWith("owner");
    assertThat(lead.at("/integrationIds/ghlRecordId").asText()).isEqualTo("g1");
    assertThat(own.get("/api/leads/" + answer.at("leadId")).json().path("lead")).isEqualTo(lead);
    assertThat(own.get("/api/leads").at("/lists/0/name")).isEqualTo("Quick Sends");
    assertThat(own.get("/api/leads").at("/lists/0/leadCount")).isEqualTo("1");
  }

  @Test
  void aDuplicateByAnyAddressIsReportedNotRefused() {
    Api own = WORLD.aWorkspace().api();
    String ada = created(own, "{\"phone\":\"+12025550101\",\"altEmail2\":\"ada@example.com\"}");
    Api.Answer answer = own.post("/api/leads", """
        {"body":[{"firstName":"Same","email":"ADA@example.com"}]}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("message")).isEqualTo("Lead was a duplicate; existing lead ID returned.");
    assertThat(answer.json().path("duplicateOnly").booleanValue()).isTrue();
    assertThat(answer.json().path("duplicateCount").intValue()).isEqualTo(1);
    assertThat(answer.json().path("totalProcessed").intValue()).isEqualTo(1);
    assertThat(answer.at("leadId")).isEqualTo(ada);
    assertThat(answer.at("/existingLeadIds/0")).isEqualTo(ada);
    assertThat(answer.at("/leadIds/0")).isEqualTo(ada);
    assertThat(answer.at("/duplicates/0/input/firstName")).isEqualTo("Same");
    assertThat(answer.at("/duplicates/0/existingLead/_id")).isEqualTo(ada);
  }

  @Test
  void aBatchReportsDuplicatesOfThePastAndOfItself() {
    Api own = WORLD.aWorkspace().api();
    String old = created(own, "{\"phone\":\"+12025550101\"}");
    Api.Answer answer = own.post("/api/leads", """
        {"leads":[{"phone":"+12025550102"},{"phone":"2025550101","email":"b@example.com"},
                  {"phone":"+12025550103","altPhone1":"202-555-0102"},{"email":"b@example.com"}]}""");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(answer.json().path("savedCount").intValue()).isEqualTo(2);
    assertThat(answer.json().path("duplicateCount").intValue()).isEqualTo(2);
    assertThat(answer.at("/duplicates/0/existingLead/_id")).isEqualTo(old);
    assertThat(answer.at("/duplicates/1/existingLead/_id")).isEqualTo(answer.at("/leadIds/0"));
    assertThat(own.get("/api/leads").at("/pagination/totalCount")).isEqualTo("3");
  }

  @Test
  void onePersonPerWorkspaceEvenWhenManyCreateThemAtOnceOnSeveralNodes() throws Exception {
    WORLD.node();
    var second = WORLD.startNode();
    World.TestWorkspace own = WORLD.aWorkspace();
    Api there = new Api("http://127.0.0.1:" + second.port(), own.key());
    List<Callable<Api.Answer>> calls = new ArrayList<>();
    for (int caller = 0; caller < 8; caller++) {
      StringBuilder leads = new StringBuilder();
      for (int n = 0; n < 60; n++) {
        // Each person is known to half of the callers by phone and e-mail, to the others by one of them, in another order.
        int person = caller % 2 == 0 ? n : 59 - n;
        leads.append(n == 0 ? "" : ",").append("{\"firstName\":\"c").append(caller).append('"');
        leads.append(caller % 4 == 3 ? "" : ",\"phone\":\"+120255501%02d\"".formatted(person));
        leads.append(caller % 4 == 1 ? "" : ",\"altEmail1\":\"p%d@example.com\"".formatted(person)).append('}');
      }
      Api api = caller % 2 == 0 ? own.api() : there;
      calls.add(() -> api.post("/api/leads", "{\"leads\":[" + leads + "]}"));
    }
    List<Api.Answer> answers;
    try (var threads = Executors.newFixedThreadPool(8)) {
      answers = threads.invokeAll(calls).stream().map(Future::resultNow).toList();
    }
    assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).as(answer.text()).isBetween(200, 201));
    List<Integer> doubles = WORLD.database().asWorkspace(own.id(), tx -> tx.query("""
            select count(*) from (select a.address from leads l,
                unnest(array[l.phone, l.alt_email1]) a (address)
              where l.workspace_id = :w and a.address is not null group by a.address having count(*) > 1) d
            union all
            select count(*) from lead_addresses a where a.workspace_id = :w
               and not exists (select from leads l where l.lead_id = a.lead_id and a.address in (l.phone, l.alt_email1))
            union all
            select count(*) from leads l where l.workspace_id = :w and l.phone is not null
               and not exists (select from lead_addresses a where a.workspace_id = :w and a.address = l.phone and a.lead_id = l.lead_id)""")
        .bind("w", own.id()).mapTo(Integer.class).list());
    assertThat(doubles).containsExactly(0, 0, 0);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "no JSON          | nonsense                                          | 400 | Invalid request body (JSON required)",
      "no object        | []                                                | 400 | Request body must be a JSON object",
      "nothing          | {}                                                | 400 | leads must be a non-empty array",
      "no array         | {\"leads\":{}}                                    | 400 | leads must be an array",
      "nobody to reach  | {\"leads\":[{\"firstName\":\"A\"}]}                | 400 | Either email or phone is required",
      "no phone         | {\"leads\":[{\"phone\":\"12\"}]}                   | 400 | phone must be a phone number, best in E.164, for example +12025550101",
      "no e-mail        | {\"leads\":[{\"email\":\"a@b\"}]}                  | 400 | email must be an e-mail address",
      "no zone          | {\"leads\":[{\"phone\":\"+12025550101\",\"timezone\":\"Mars\"}]} | 400 | timezone must be an IANA time zone, for example America/New_York",
      "no country code  | {\"defaultCountryCode\":\"x\",\"leads\":[{\"phone\":\"+12025550101\"}]} | 400 | defaultCountryCode must be a country code, for example +1",
      "custom no object | {\"leads\":[{\"phone\":\"+12025550101\",\"customFields\":3}]} | 400 | customFields must be an object",
      "a NUL in custom  | {\"leads\":[{\"phone\":\"+12025550101\",\"customFields\":{\"a\":\"\\u0000\"}}]} | 400 | customFields contains a character or number that cannot be stored",
      "a huge number    | {\"leads\":[{\"phone\":\"+12025550101\",\"customFields\":{\"a\":1e99999}}]} | 400 | customFields contains a character or number that cannot be stored",
      "malformed list   | {\"listId\":\"x\",\"leads\":[{\"phone\":\"+12025550101\"}]} | 404 | List not found. The specified listId does not exist or is invalid. Omit listId to use the Quick Sends list.",
      "unknown list     | {\"listId\":\"OWN\",\"leads\":[{\"phone\":\"+12025550101\"}]} | 404 | List not found. The specified listId does not exist or is invalid. Omit listId to use the Quick Sends list.",
      "foreign list     | {\"listId\":\"FOREIGN\",\"leads\":[{\"phone\":\"+12025550101\"}]} | 403 | This id belongs to another workspace.",
  })
  void aFaultyCreateIsRefusedAndWritesNothing(String what, String body, int status, String error) {
    World.TestWorkspace own = WORLD.aWorkspace();
    String text = body
        .replace("OWN", Ids.text(Kind.LIST, new Ids(java.time.Clock.systemUTC()).next(Ids.tag(own.id()))))
        .replace("FOREIGN", Ids.text(Kind.LIST, new UUID(1L << 32, 1)));
    Api.Answer answer = own.api().post("/api/leads", text);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.at("error")).isEqualTo(error);
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).as("K7").isEqualTo("0");
    assertThat(own.api().get("/api/lists").json().path("lists")).isEmpty();
  }

  @Test
  void allFaultsOfABatchAreNamedAtOnceWithTheirPlace() {
    Api.Answer answer = api().post("/api/leads", "{\"leads\":[{\"phone\":\"12\"},{\"email\":\"x\"},{}]}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("errors")).extracting(error -> error.path("field").asText())
        .containsExactly("leads[0].phone", "leads[1].email", "leads[2].phone");
  }

  @Test
  void moreThanTenThousandLeadsAreTooMany() {
    String body = "{\"leads\":[" + "{},".repeat(10_000) + "{}]}";
    Api.Answer answer = api().post("/api/leads", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.at("error")).isEqualTo("leads must have at most 10000 entries");
  }

  @ParameterizedTest
  @CsvSource({"LOVE,Ada", "ada love,Ada", "2025550101,Ada", "555-0101,Ada", "+1 202 555 0101,Ada", "engines,Ada",
      "ADA@example,Ada", "example.com,Ada", "ovelac,Ada", "o'neil,Mia", "zzz,''", "\"'\\,''", "grün,Mia"})
  void searchIsCaseInsensitiveOverNameEmailPhoneAndCompany(String text, String expected) {
    Api own = SEARCHED.key();
    Api.Answer answer = own.get("/api/leads?search=" + java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("leads")).extracting(lead -> lead.path("firstName").asText())
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected));
    assertThat(answer.at("/pagination/totalCount")).isEqualTo(expected.isEmpty() ? "0" : "1");
  }

  private static final class SEARCHED {
    private static final Api KEY = make();

    static Api key() {
      return KEY;
    }

    private static Api make() {
      Api own = WORLD.aWorkspace().api();
      created(own, """
          {"firstName":"Ada","lastName":"Lovelace","email":"ada@example.com","phone":"+12025550101","companyName":"Analytical Engines"}""");
      created(own, "{\"firstName\":\"Mia\",\"lastName\":\"O'Neil\",\"email\":\"mia@mail.test\",\"companyName\":\"Grün & Co\"}");
      World.TestWorkspace other = WORLD.aWorkspace();
      created(other.api(), "{\"firstName\":\"Ada\",\"lastName\":\"Lovelace\",\"phone\":\"+12025550101\"}");
      return own;
    }
  }

  @Test
  void pagesAndCursorsShowEveryLeadOnceNewestFirst() {
    Api own = WORLD.aWorkspace().api();
    StringBuilder leads = new StringBuilder();
    for (int n = 0; n < 7; n++) {
      leads.append(n == 0 ? "" : ",").append("{\"firstName\":\"P\",\"phone\":\"+1202555010").append(n).append("\"}");
    }
    own.post("/api/leads", "{\"leads\":[" + leads + "]}");
    List<String> paged = new ArrayList<>();
    for (int page = 1; page <= 3; page++) {
      Api.Answer answer = own.get("/api/leads?limit=3&search=p&page=" + page);
      assertThat(answer.at("/pagination/totalCount")).isEqualTo("7");
      assertThat(answer.at("/pagination/totalPages")).isEqualTo("3");
      answer.json().path("leads").forEach(lead -> paged.add(lead.path("_id").asText()));
    }
    assertThat(paged).hasSize(7).doesNotHaveDuplicates();
    List<String> walked = new ArrayList<>();
    String cursor = "";
    do {
      Api.Answer answer = own.get("/api/leads?limit=3&cursor=" + cursor);
      answer.json().path("leads").forEach(lead -> walked.add(lead.path("_id").asText()));
      cursor = answer.at("/pagination/nextCursor");
    } while (!cursor.isEmpty());
    assertThat(walked).isEqualTo(paged);
    assertThat(own.get("/api/leads?page=9&search=p&limit=3").at("/pagination/totalCount")).isEqualTo("7");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "?id=nonsense | 400 | Invalid lead id", "?id=OWN | 404 | Lead not found", "?id=FOREIGN | 403 | This id belongs to another workspace.",
      "?limit=101 | 400 | limit must be a whole number from 1 to 100", "?page=0 | 400 | page must be a whole number from 1 to 1000000",
      "?listId=x | 400 | Invalid listId", "?cursor=x | 400 | Invalid cursor",
      "/nonsense | 400 | Invalid lead id", "/OWN | 404 | Lead not found", "/FOREIGN | 403 | This id belongs to another workspace."})
  void aFaultyReadIsRefused(String path, int status, String error) {
    String text = path
        .replace("OWN", Ids.text(Kind.LEAD, new Ids(java.time.Clock.systemUTC()).next(Ids.tag(workspace.id()))))
        .replace("FOREIGN", Ids.text(Kind.LEAD, new UUID(1L << 32, 1)));
    Api.Answer answer = api().get("/api/leads" + text);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.at("error")).isEqualTo(error);
  }

  @Test
  void aSearchThatTakesTooLongAnswers503WithTheContractsWords() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    LeadSearch impatient = new LeadSearch(Duration.ofMillis(50));
    Credential credential = new Credential(Token.hash(own.key()), false, null);
    try (Connection connection = DriverManager.getConnection(
            WORLD.owner.jdbc(), WORLD.owner.user(), WORLD.owner.password()); Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("lock table tuco.leads in access exclusive mode");
      assertThatThrownBy(() -> WORLD.database().read(credential,
          tx -> impatient.page(tx, new LeadSearch.Wanted("ada", null, null), 1, 50)))
          .isInstanceOf(Problem.class)
          .hasMessage("Search timed out. Try a more specific search or fewer results.")
          .satisfies(e -> assertThat(((Problem) e).status()).isEqualTo(503));
    }
  }

  @Test
  void anUpdateChangesWhatItMentionsAndMovesAddresses() {
    Api own = WORLD.aWorkspace().api();
    String ada = created(own, "{\"firstName\":\"Ada\",\"phone\":\"+12025550101\",\"email\":\"ada@example.com\",\"notes\":\"n\"}");
    Api.Answer changed = own.patch("/api/leads/" + ada, """
        {"firstName":"Augusta","phone":null,"altPhone1":"2025550101","email":"augusta@example.com","notes":"","tags":["t"],
         "customFields":{"a":1},"contactOwnerEmail":null,"timezone":"Europe/London"}""");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(changed.at("/lead/firstName")).isEqualTo("Augusta");
    assertThat(changed.at("/lead/phone")).isEmpty();
    assertThat(changed.at("/lead/altPhone1")).isEqualTo("+12025550101");
    assertThat(changed.at("/lead/notes")).isEmpty();
    assertThat(changed.at("/lead/customFields/a")).isEqualTo("1");
    created(own, "{\"email\":\"ada@example.com\"}");
    Api.Answer put = own.put("/api/leads", "{\"id\":\"" + ada + "\",\"lastName\":\"King\"}");
    assertThat(put.status()).as(put.text()).isEqualTo(200);
    assertThat(put.at("/lead/lastName")).isEqualTo("King");
    assertThat(put.at("/lead/firstName")).isEqualTo("Augusta");
    assertThat(own.get("/api/leads?search=king").at("/leads/0/_id")).isEqualTo(ada);
  }

  @Test
  void anUpdateThatTakesAnothersAddressIsAConflictThatNamesTheField() {
    Api own = WORLD.aWorkspace().api();
    String ada = created(own, "{\"phone\":\"+12025550101\"}");
    String mia = created(own, "{\"phone\":\"+12025550102\",\"altEmail3\":\"mia@example.com\"}");
    Api.Answer refused = own.put("/api/leads/" + ada, "{\"firstName\":\"X\",\"email\":\"Mia@example.com\"}");
    assertThat(refused.status()).as(refused.text()).isEqualTo(409);
    assertThat(refused.at("/errors/0/field")).isEqualTo("email");
    assertThat(refused.at("existingLeadId")).isEqualTo(mia);
    assertThat(own.get("/api/leads/" + ada).at("/lead/firstName")).as("K7").isEmpty();
    assertThat(own.put("/api/leads/" + ada, "{\"phone\":\"\"}").at("error")).isEqualTo("Either email or phone is required");
    assertThat(own.put("/api/leads/" + ada, "{\"phone\":\"1\"}").status()).isEqualTo(400);
    assertThat(own.put("/api/leads", "{}").at("error")).isEqualTo("Invalid lead id");
  }

  @Test
  void aDeleteSkipsForeignAndUnknownIdsAndFreesTheAddresses() {
    Api own = WORLD.aWorkspace().api();
    String ada = created(own, "{\"phone\":\"+12025550101\"}");
    String foreign = created(WORLD.aWorkspace().api(), "{\"phone\":\"+12025550101\"}");
    Api.Answer answer = own.call("DELETE", "/api/leads", "{\"ids\":[\"" + ada + "\",\"" + foreign + "\",\"" + ada + "\"]}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("deletedCount")).isEqualTo("1");
    assertThat(own.get("/api/leads/" + ada).status()).isEqualTo(404);
    assertThat(own.delete("/api/leads/" + ada).status()).isEqualTo(404);
    created(own, "{\"phone\":\"+12025550101\"}");
    assertThat(own.call("DELETE", "/api/leads", "{\"ids\":[]}").at("error")).isEqualTo("No ids provided");
    assertThat(own.delete("/api/leads").at("error")).isEqualTo("No ids provided");
    assertThat(own.call("DELETE", "/api/leads", "{\"ids\":[\"x\"]}").at("error")).isEqualTo("Invalid lead id in ids array");
  }

  @Test
  void tagsAreAddedAndTakenAwayFromMany() {
    Api own = WORLD.aWorkspace().api();
    String ada = created(own, "{\"phone\":\"+12025550101\",\"tags\":[\"old\"]}");
    String mia = created(own, "{\"phone\":\"+12025550102\"}");
    String body = "{\"ids\":[\"" + ada + "\",\"" + mia + "\"],\"add\":[\"vip\"],\"remove\":[\"old\"]}";
    Api.Answer tagged = own.post("/api/leads/tags", body);
    assertThat(tagged.at("updatedCount")).as(tagged.text()).isEqualTo("2");
    assertThat(own.post("/api/leads/tags", body).at("updatedCount")).as("nothing left to do").isEqualTo("0");
    assertThat(own.get("/api/tags").text()).contains("\"name\":\"vip\",\"leadCount\":2").doesNotContain("old");
    assertThat(own.get("/api/leads?tag=vip").at("/pagination/totalCount")).isEqualTo("2");
    assertThat(own.post("/api/leads/tags", "{\"ids\":[\"" + ada + "\"]}").status()).isEqualTo(400);
  }

  @Test
  void aSearchGoesOnByItsCursorAlsoWhereNoWordBeginsSo() {
    Api own = WORLD.aWorkspace().api();
    own.post("/api/leads", """
        {"leads":[{"lastName":"Lovelace","phone":"+12025550101"},{"lastName":"Lovelace","phone":"+12025550102"},
                  {"lastName":"Lovelace","phone":"+12025550103"},{"lastName":"Other","phone":"+12025550104"}]}""");
    for (String text : List.of("ovelac", "lovel")) {
      Api.Answer first = own.get("/api/leads?limit=2&search=" + text);
      assertThat(first.json().path("leads")).as(text).hasSize(2);
      Api.Answer rest = own.get("/api/leads?limit=2&search=" + text + "&cursor=" + first.at("/pagination/nextCursor"));
      assertThat(rest.json().path("leads")).as(text).hasSize(1);
      assertThat(own.get("/api/leads?limit=2&cursor=&search=" + text).json().path("leads")).as("from the start by cursor").hasSize(2);
    }
    Api.Answer past = own.get("/api/leads?limit=2&search=other&cursor=" + own.get("/api/leads?search=other").at("/leads/0/_id").substring(3));
    assertThat(past.json().path("leads")).as("past the last").isEmpty();
  }

  @Test
  void whoListensHearsOfEachLeadThatGoesWithItsList() {
    World.TestWorkspace own = WORLD.aWorkspace();
    own.api().post("/api/webhooks", "{\"url\":\"https://hook.example.com/\",\"name\":\"gone\",\"events\":[\"lead.deleted\"]}");
    String list = own.api().post("/api/leads", """
        {"leads":[{"phone":"+12025550101"},{"phone":"+12025550102"}]}""").at("listId");
    assertThat(own.api().delete("/api/lists/" + list + "?deleteLeads=true").at("deletedLeads")).isEqualTo("2");
    int told = WORLD.database().asWorkspace(own.id(), tx -> tx.query(
            "select count(*) from webhook_events where workspace_id = :w and event = 'lead.deleted'")
        .bind("w", own.id()).mapTo(Integer.class).one());
    assertThat(told).isEqualTo(2);
  }

  @Test
  void listsAreManagedAndALeadFollowsItsList() {
    Api own = WORLD.aWorkspace().api();
    Api.Answer created = own.post("/api/lists", "{\"name\":\"Spring\",\"description\":\"d\"}");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    String list = created.at("/list/_id");
    assertThat(own.post("/api/lists", "{\"name\":\"Spring\"}").status()).isEqualTo(409);
    assertThat(own.post("/api/lists", "{}").at("error")).isEqualTo("Name is required");
    own.post("/api/leads", "{\"listId\":\"" + list + "\",\"leads\":[{\"phone\":\"+12025550101\"},{\"phone\":\"+12025550102\"}]}");
    assertThat(own.get("/api/lists/" + list).at("/list/leadCount")).isEqualTo("2");
    assertThat(own.get("/api/leads?listId=" + list).at("/pagination/totalCount")).isEqualTo("2");
    assertThat(own.patch("/api/lists/" + list, "{\"name\":\"Summer\"}").at("/list/description")).isEqualTo("d");
    assertThat(own.delete("/api/lists/" + list).at("movedLeads")).isEqualTo("2");
    assertThat(own.get("/api/lists/" + list).status()).isEqualTo(404);
    String quick = own.get("/api/lists").at("/lists/0/_id");
    assertThat(own.delete("/api/lists/" + quick).status()).isEqualTo(409);
    assertThat(own.delete("/api/lists/" + quick + "?deleteLeads=true").at("deletedLeads")).isEqualTo("2");
    assertThat(own.get("/api/leads").at("/pagination/totalCount")).isEqualTo("0");
  }

  @Test
  void workspacesDoNotSeeEachOthersLeads() {
    Api one = WORLD.aWorkspace().api();
    Api two = WORLD.aWorkspace().api();
    String ada = created(one, "{\"firstName\":\"Ada\",\"phone\":\"+12025550101\"}");
    created(two, "{\"firstName\":\"Ada\",\"phone\":\"+12025550101\"}");
    assertThat(one.get("/api/leads?search=ada").at("/pagination/totalCount")).as("A4").isEqualTo("1");
    assertThat(two.get("/api/leads?search=da").text()).doesNotContain(ada);
    for (String method : List.of("PUT", "PATCH", "DELETE", "GET")) {
      assertThat(two.call(method, "/api/leads/" + ada, method.startsWith("P") ? "{}" : null).at("code")).as("A2 " + method)
          .isEqualTo("wrong_workspace");
    }
  }
}
