package tuco.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.audit.Audit;
import tuco.audit.Verifier;
import tuco.caller.Right;
import tuco.db.DatabaseUrl;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Inbound;

/** What is known of a person is handed out whole, and can be erased so that nothing is left to find (decisions 9.4). */
class PersonalDataTest {
  /** Words of this person that stand nowhere else. */
  private static final List<String> MARKS = List.of(
      "Quirinius", "Zwischenbrueck", "quirinius", "2025550107", "2025550178", "Xylofonbau", "Kapellmeister",
      "lieblingsfarbe", "Petrolviolett", "hundesteuer", "zwiebelkuchen", "wandervogel");

  /** Tables that hold nothing of leads, and why. Every other table has a place in {@link Place#ALL}. */
  private static final Map<String, String> WITHOUT_LEADS = Map.ofEntries(
      Map.entry("audit_entries", "ids only; AuditEntries say so in the test below"),
      Map.entry("audit_heads", "numbers and hashes"), Map.entry("audit_seals", "numbers and hashes"),
      Map.entry("workspaces", "the tenant itself"), Map.entry("members", "members"), Map.entry("invitations", "members to be"),
      Map.entry("api_keys", "keys"), Map.entry("key_secrets", "keys"), Map.entry("key_uses", "where keys were used"),
      Map.entry("key_activity", "calls by route, without their values"), Map.entry("lists", "names of lists"),
      Map.entry("lines", "the workspace's own lines"), Map.entry("line_leases", "the engine's hold on lines"),
      Map.entry("line_requests", "orders for lines"), Map.entry("usage_counters", "numbers"),
      Map.entry("availability_counters", "numbers"), Map.entry("fallback_configs", "the workspace's own account"),
      Map.entry("webhooks", "endpoints"), Map.entry("webhook_health", "numbers"), Map.entry("notices", "keys and webhooks"),
      Map.entry("opt_out_words", "words"), Map.entry("mailboxes", "the lines' own mailboxes"),
      Map.entry("campaigns", "what is sent to many"), Map.entry("campaign_rules", "the workspace's own address"), Map.entry("campaign_steps", "texts with placeholders"),
      Map.entry("staff_grants", "staff"), Map.entry("staff_acts", "ids only"), Map.entry("billing_objects", "the workspace's contract"), Map.entry("billing_events", "the workspace's contract"));

  private static World world;
  private Api api;
  private World.TestWorkspace workspace;
  private String lead;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  /** A person who left traces wherever one can. */
  @BeforeEach
  void somebodyWhoLeftTraces() {
    workspace = world.aWorkspace();
    api = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    world.aSimulatorLine(workspace.id());
    ok(api.post("/api/webhooks", "{\"url\":\"http://127.0.0.1:9/never\",\"name\":\"Dead end\",\"events\":[\"message.sent\",\"lead.created\",\"lead.updated\",\"lead.opted_out\"]}"));
    lead = ok(api.with("Idempotency-Key", "lead-quirinius").post("/api/leads", """
        {"leads":[{"firstName":"Quirinius","lastName":"Zwischenbrueck","email":"quirinius@example.com","phone":"+12025550107",
          "altPhone1":"+12025550178","companyName":"Xylofonbau","jobTitle":"Kapellmeister","notes":"zwiebelkuchen",
          "tags":["wandervogel"],"customFields":{"lieblingsfarbe":"Petrolviolett"}}]}""")).at("leadId");
    ok(api.with("Idempotency-Key", "again").post("/api/leads", "{\"leads\":[{\"email\":\"quirinius@example.com\",\"firstName\":\"Quirinius\"}]}"));
    ok(api.post("/api/leads/import", "firstName,email\nQuirinius,quirinius@example.com\nother,other@example.com\n"));
    ok(api.with("Idempotency-Key", "send").post("/api/messages", "{\"leadId\":\"" + lead + "\",\"message\":\"Die hundesteuer ist da\"}"));
    ok(api.get("/api/check-availability?address=%2B12025550107"));
    Eventually.within(Duration.ofSeconds(20), () -> assertThat(api.get("/api/messages?leadId=" + lead).text()).contains("\"status\":\"delivered\""));
    Eventually.within(Duration.ofSeconds(20), () -> assertThat(api.get("/api/replies").text()).contains("tell me more"));
    String later = ok(api.post("/api/messages", "{\"leadId\":\"" + lead + "\",\"message\":\"hundesteuer morgen\",\"scheduledDate\":\"2199-01-01T00:00:00Z\"}")).at("messageId");
    ok(api.with("Idempotency-Key", "edit").patch("/api/messages/" + later, "{\"message\":\"hundesteuer nie\"}"));
    ok(api.with("Idempotency-Key", "change").patch("/api/leads/" + lead, "{\"notes\":\"zwiebelkuchen, wandervogel\"}"));
    String talk = api.get("/api/unibox/conversations").at("/conversations/0/_id");
    ok(api.with("Idempotency-Key", "answer").post("/api/unibox/send-reply", "{\"conversationId\":\"" + talk + "\",\"message\":\"hundesteuer, gern\"}"));
    inACampaign();
    somethingAttached();
    stillToBeAskedAbout();
    ok(api.post("/api/dnc", "{\"email\":\"quirinius@example.com\",\"reason\":\"Quirinius asked for it\"}"));
  }

  private void inACampaign() {
    String campaign = ok(api.post("/api/campaigns", """
        {"name":"Letter","apiOnly":true,"settings":{"quietHours":false,"sendImmediately":true},
         "steps":[{"message":"Dear {firstName}, of {companyName}"}]}""")).at("/campaign/_id");
    ok(api.post("/api/campaigns/" + campaign + "/launch", "{}"));
    ok(api.with("Idempotency-Key", "enrol").post("/api/campaigns/" + campaign + "/leads", "{\"leadId\":\"" + lead + "\"}"));
    ok(api.post("/api/campaigns/" + campaign + "/preview", "{}"));
    Eventually.within(Duration.ofSeconds(20), () -> assertThat(api.get("/api/messages?leadId=" + lead).text()).contains("Dear Quirinius, of Xylofonbau"));
  }

  private void stillToBeAskedAbout() {
    world.database().<Integer>crossing(tx -> tx.update("""
            insert into availability_queue (workspace_id, lead_id, asked_at, taken_until) values (:w, :lead, now(), 'infinity')""")
        .bind("w", workspace.id()).bind("lead", Ids.parse(Kind.LEAD, lead)).execute());
  }

  private void somethingAttached() {
    String line = api.get("/api/lines").at("/lines/0/_id");
    world.arrives(workspace.id(), new Inbound(
        Objects.requireNonNull(Ids.parse(Kind.LINE, line)), "of-quirinius", "+12025550107", "Quirinius", null, Inbound.By.PERSON,
        "wandervogel", null, "zwiebelkuchen", null, Instant.now(), List.of(), null,
        List.of(new Inbound.Attachment("Quirinius.txt", "text/plain", 13, "Kapellmeister".getBytes(StandardCharsets.UTF_8)))));
  }

  /** So that the search of the whole database finds only the person of its own test. */
  @AfterEach
  void gone() {
    api.post("/api/leads/" + lead + "/erase", "{}");
  }

  private static Api.Answer ok(Api.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    return answer;
  }

  @Test
  void theExportHoldsAllThatTheDatabaseHoldsOfThePerson() {
    JsonNode all = ok(api.get("/api/leads/" + lead + "/personal-data")).json();
    assertThat(all.at("/lead/firstName").asText()).isEqualTo("Quirinius");
    assertThat(all.path("list").asText()).isEqualTo("Quick Sends");
    assertThat(all.path("replies")).hasSize(2);
    assertThat(Place.ALL).filteredOn(place -> !place.name().equals("simulatorFirstTries")).allSatisfy(place ->
        assertThat(all.path(place.name())).as("a new place needs a trace above: %s", place.name()).isNotEmpty());
    assertThat(all.path("messages")).hasSizeGreaterThan(4).anySatisfy(message -> assertThat(message.path("text").asText()).contains("hundesteuer"));
    assertThat(all.path("messages").get(0).path("messageId").asText()).startsWith("ms_");
    assertThat(all.path("messageEvents").size()).isGreaterThan(2);
    assertThat(all.path("webhookEvents").size()).isGreaterThan(1);
    assertThat(all.path("doNotContact")).hasSize(3);
    assertThat(all.path("storedAnswers").size()).isGreaterThan(0);
    for (String mark : MARKS) {
      assertThat(all.toString()).contains(mark);
    }
    assertThat(api.get("/api/audit?action=lead.data").at("/entries/0/object")).isEqualTo(lead);
  }

  @Test
  void afterAnErasureNothingOfThePersonIsLeftInTheWholeDatabase() throws Exception {
    String before = dump();
    MARKS.forEach(mark -> assertThat(before).as("there is something to find").contains(mark));
    ObjectNode receipt = (ObjectNode) ok(api.post("/api/leads/" + lead + "/erase", "{}")).json().path("receipt");
    String after = dump();
    for (String mark : MARKS) {
      assertThat(lines(after, mark)).as(mark).isEmpty();
      assertThat(lines(after, HexFormat.of().formatHex(mark.getBytes(StandardCharsets.UTF_8)))).as(mark + " as bytes").isEmpty();
    }
    assertThat(api.get("/api/leads/" + lead).status()).isEqualTo(404);
    theReceiptIsTheOneInTheLog(receipt);
    thePersonStaysSuppressed();
    theLogStillProvesItself();
  }

  /** A lead that was deleted is found by nobody any more, but what tells of it elsewhere goes by the addresses. */
  @Test
  void aPersonWhoseLeadWasDeletedBeforeIsErasedByTheirAddresses() throws Exception {
    ok(api.delete("/api/leads/" + lead));
    assertThat(dump()).as("there is something left to erase").contains("Quirinius", "2025550107");
    lead = ok(api.post("/api/leads", """
        {"leads":[{"email":"quirinius@example.com","phone":"+12025550107","altPhone1":"+12025550178"}]}""")).at("leadId");
    ok(api.post("/api/leads/" + lead + "/erase", "{}"));
    // Of a lead that is gone a stored answer says nothing but the lead's id; its key is the client's own, and both go within a day.
    world.database().crossing(tx -> tx.update("delete from idempotency where workspace_id = :w and key = 'lead-quirinius'").bind("w", workspace.id()).execute());
    String after = dump();
    MARKS.forEach(mark -> assertThat(lines(after, mark)).as(mark).isEmpty());
    thePersonStaysSuppressed();
  }

  /** Addresses that the person had before are theirs too; one that somebody else has by now is left to them. */
  @Test
  void whatTheirEarlierAddressesLeftGoesToo() throws Exception {
    ok(api.patch("/api/leads/" + lead, "{\"phone\":\"+12025550188\",\"altPhone1\":\"\",\"email\":\"someone.new@example.com\"}"));
    ok(api.post("/api/leads/" + lead + "/erase", "{}"));
    String after = dump();
    MARKS.forEach(mark -> assertThat(lines(after, mark)).as(mark).isEmpty());
    thePersonStaysSuppressed();
  }

  @Test
  void anEarlierAddressThatSomebodyElseHasByNowIsLeftToThem() {
    ok(api.patch("/api/leads/" + lead, "{\"phone\":\"+12025550188\"}"));
    String heir = ok(api.post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"phone\":\"+12025550107\"}]}")).at("leadId");
    ok(api.post("/api/leads/" + lead + "/erase", "{}"));
    assertThat(api.get("/api/leads/" + heir).at("/lead/phone")).isEqualTo("+12025550107");
    assertThat(count("select count(*) from suppressions where address = '+12025550107'")).as("theirs to know of").isOne();
    lead = heir; // Taken out after the test as well.
  }

  private void theReceiptIsTheOneInTheLog(ObjectNode receipt) {
    JsonNode entry = api.get("/api/audit?action=lead.erase").json().at("/entries/0");
    assertThat(entry.path("object").asText()).isEqualTo(lead);
    assertThat(entry.at("/details/receipt").asText()).isEqualTo(receipt.path("_id").asText());
    String hash = receipt.remove("sha256").asText();
    assertThat(entry.at("/details/sha256").asText()).isEqualTo(hash).isEqualTo(Audit.hash(receipt));
    assertThat(receipt.at("/erased/messages").asInt()).isGreaterThan(4);
  }

  /** Imported again, the person must still not be written to. */
  private void thePersonStaysSuppressed() {
    Api.Answer again = api.post("/api/messages", "{\"recipientPhone\":\"+12025550107\",\"message\":\"Hello again\"}");
    assertThat(again.status()).as(again.text()).isEqualTo(422);
    assertThat(again.at("code")).isEqualTo("DO_NOT_CONTACT");
  }

  private void theLogStillProvesItself() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), api.get("/api/audit/export").text());
    assertThat(new Verifier(null, null).verify(file).words()).isEqualTo("complete and unchanged");
  }

  @Test
  void erasingOnePersonTouchesNobodyElse() {
    String other = ok(api.post("/api/leads", "{\"leads\":[{\"firstName\":\"Ada\",\"email\":\"ada@example.com\"}]}")).at("leadId");
    ok(api.post("/api/messages", "{\"leadId\":\"" + other + "\",\"message\":\"Hello Ada\"}"));
    String events = "select count(*) from webhook_events where body like '%" + other + "%'";
    int before = count(events);
    ok(api.post("/api/leads/" + lead + "/erase", "{}"));
    assertThat(api.get("/api/leads/" + other).at("/lead/firstName")).isEqualTo("Ada");
    assertThat(api.get("/api/messages?leadId=" + other).text()).contains("Hello Ada");
    assertThat(count(events)).isGreaterThanOrEqualTo(before).isPositive();
    assertThat(api.post("/api/leads/" + lead + "/erase", "{}").status()).isEqualTo(404);
  }

  @Test
  void everyTableIsAPlaceOfPersonalDataOrSaysWhyNot() {
    Set<String> places = new TreeSet<>();
    Place.ALL.forEach(place -> places.add(place.table()));
    assertThat(tenantTables()).allSatisfy(table -> assertThat(places.contains(table) ^ WITHOUT_LEADS.containsKey(table))
        .as("%s: add it to tuco.privacy.Place, or here with the reason", table).isTrue());
  }

  private static int count(String sql) {
    return world.database().crossing(tx -> tx.query(sql).mapTo(Integer.class).one());
  }

  private static List<String> lines(String dump, String mark) {
    return dump.lines().filter(line -> line.contains(mark)).toList();
  }

  private static List<String> tenantTables() {
    return world.database().crossing(tx -> tx.query("""
        select c.relname from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace = 'tuco'::regnamespace
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)""")
        .mapTo(String.class).list());
  }

  /** All rows of all tables, as the owner and the engine see them. */
  private static String dump() throws SQLException {
    StringBuilder text = new StringBuilder();
    for (DatabaseUrl url : List.of(world.owner, world.config().engine())) {
      try (Connection connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
          Statement statement = connection.createStatement()) {
        List<String> tables = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("""
            select relname from pg_class
             where relkind in ('r', 'p') and relnamespace = 'tuco'::regnamespace and has_table_privilege(oid, 'select')""")) {
          while (rows.next()) {
            tables.add(rows.getString(1));
          }
        }
        for (String table : tables) {
          try (ResultSet rows = statement.executeQuery("select t::text from tuco." + table + " t")) {
            while (rows.next()) {
              text.append(table).append(' ').append(rows.getString(1).replace('\n', ' ')).append('\n');
            }
          }
        }
      }
    }
    return text.toString();
  }
}
