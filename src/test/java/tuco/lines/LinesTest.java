package tuco.lines;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.World;
import tuco.caller.Right;

/** Lines over HTTP, to the letter of contract 2.14 to 2.16 (P2). */
class LinesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:20:30Z");
  private static final World WORLD = new World(Clock.fixed(NOW, ZoneOffset.UTC));
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

  private static String created(Api api, String json) {
    Api.Answer answer = api.post("/api/lines", json);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.at("/line/_id");
  }

  @Test
  void aSimulatorLineIsShownAsTheContractSaysWithTodaysUse() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String id = created(own.api(), "{\"kind\":\"simulator\",\"phone\":\"(202) 555-0101\",\"firstName\":\"Sim\"}");
    WORLD.database().asWorkspace(own.id(), tx -> tx.update("""
            insert into usage_counters (workspace_id, line_id, kind, period_start, used)
            select workspace_id, line_id, c.kind, cast(c.start as timestamptz), c.used
              from lines, (values ('line_day', '2026-11-22T00:00:00Z', 7), ('line_new_day', '2026-11-22T00:00:00Z', 3),
                                  ('line_new_hour', '2026-11-22T10:00:00Z', 2), ('line_day', '2026-11-21T00:00:00Z', 99)) as c(kind, start, used)
             where workspace_id = :workspace""").bind("workspace", own.id()).execute());

    Api.Answer answer = own.api().get("/api/lines/by-user");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("lines")).hasSize(1);
    JsonNode line = answer.json().at("/lines/0");
    assertThat(line.path("_id").asText()).isEqualTo(id);
    assertThat(line.path("phone").asText()).isEqualTo("+12025550101");
    assertThat(line.path("email").isNull()).isTrue();
    assertThat(line.path("isActive").booleanValue()).isTrue();
    assertThat(line.path("provisioningStatus").asText()).isEqualTo("active");
    assertThat(line.path("dailyTotalMessagesLimit").isNull()).isTrue();
    assertThat(line.path("deviceGapSeconds").intValue()).isZero();
    assertThat(line.at("/usage/date").asText()).isEqualTo("2026-11-22");
    assertThat(line.at("/usage/totalMessagesCount").intValue()).isEqualTo(7);
    assertThat(line.at("/usage/newConversationsCount").intValue()).isEqualTo(3);
    assertThat(line.at("/usage/newConversationsThisHour").intValue()).isEqualTo(2);
    assertThat(line.at("/usage/resetsAt").asText()).as("B6").isEqualTo("2026-11-23T00:00:00.000Z");
    assertThat(line.at("/healthCheck/status").asText()).isEqualTo("healthy");
    assertThat(own.api().get("/api/lines").json()).isEqualTo(answer.json());
    assertThat(own.api().get("/api/lines/" + id).json().path("line")).isEqualTo(line);
  }

  @Test
  void theCredentialsOfAnSmtpLineAreSealedAndNeverReturned() {
    String id = created(api(), """
        {"kind":"smtp","email":"Sales@Example.com","host":"smtp.example.com","port":587,"tls":"starttls",
         "user":"sales","password":"hunter2-secret"}""");
    Api.Answer shown = api().get("/api/lines/" + id);
    assertThat(shown.at("/line/email")).isEqualTo("sales@example.com");
    assertThat(shown.at("/line/settings/host")).isEqualTo("smtp.example.com");
    assertThat(shown.at("/line/dailyNewConversationsLimit")).isEqualTo("50");
    assertThat(shown.at("/line/dailyTotalMessagesLimit")).isEqualTo("75");
    assertThat(shown.at("/line/hourlyNewConversationsLimit")).as("an e-mail line has no hourly cap").isEmpty();
    assertThat(shown.at("/line/deviceGapSeconds")).isEqualTo("0");
    assertThat(shown.text()).doesNotContain("hunter2");
    byte[] sealed = WORLD.database().asWorkspace(workspace.id(), tx -> tx.query(
            "select secrets from lines where workspace_id = :workspace and kind = 'smtp' and address = 'sales@example.com'")
        .bind("workspace", workspace.id()).mapTo(byte[].class).one());
    assertThat(new String(sealed, java.nio.charset.StandardCharsets.ISO_8859_1)).doesNotContain("hunter2");
  }

  @Test
  void pausingLimitsAndWarmUpAreEditedAndWhatIsNotMentionedStays() {
    String id = created(api(), """
        {"kind":"simulator","address":"+12025550110","firstName":"A","dailyTotalMessagesLimit":10,"contactGapSeconds":5}""");
    Api.Answer paused = api().patch("/api/lines/" + id, """
        {"isActive":false,"lastName":"B","dailyTotalMessagesLimit":null,"hourlyNewConversationsLimit":4,
         "warmup":{"startPerDay":5,"stepPerDay":5,"ceiling":50}}""");
    assertThat(paused.status()).as(paused.text()).isEqualTo(200);
    assertThat(paused.at("/line/isActive")).isEqualTo("false");
    assertThat(paused.at("/line/pauseReason")).isEqualTo("paused by Test key");
    assertThat(paused.at("/line/firstName")).isEqualTo("A");
    assertThat(paused.at("/line/lastName")).isEqualTo("B");
    assertThat(paused.at("/line/dailyTotalMessagesLimit")).isEmpty();
    assertThat(paused.at("/line/hourlyNewConversationsLimit")).isEqualTo("4");
    assertThat(paused.at("/line/contactGapSeconds")).isEqualTo("5");
    assertThat(paused.at("/line/warmup/startedOn")).isEqualTo("2026-11-22");

    Api.Answer resumed = api().patch("/api/lines/" + id, "{\"isActive\":true,\"warmup\":null}");
    assertThat(resumed.at("/line/isActive")).isEqualTo("true");
    assertThat(resumed.at("/line/pauseReason")).isEmpty();
    assertThat(resumed.at("/line/warmup")).isEmpty();
  }

  /** Decisions 7.3: nothing but a person's word brings a line back that the engine paused. */
  @Test
  void aLineThatTheEnginePausedIsResumedByAPerson() {
    String id = created(api(), "{\"kind\":\"simulator\",\"address\":\"+12025550115\"}");
    engine("update lines set is_active = false, paused_by_engine = true, pause_reason = '7 failures in a row' where address = '+12025550115'");
    engine("update line_leases e set consecutive_failures = 7 from lines l where l.line_id = e.line_id and l.address = '+12025550115'");
    Api.Answer renamed = api().patch("/api/lines/" + id, "{\"firstName\":\"A\"}");
    assertThat(renamed.at("/line/isActive")).isEqualTo("false");
    assertThat(renamed.at("/line/pauseReason")).isEqualTo("7 failures in a row");
    assertThat(pausedByEngine()).isTrue();
    Api.Answer resumed = api().patch("/api/lines/" + id, "{\"isActive\":true}");
    assertThat(resumed.at("/line/isActive")).isEqualTo("true");
    assertThat(resumed.at("/line/healthCheck/consecutiveFailures")).isEqualTo("0");
    assertThat(pausedByEngine()).isFalse();
    engine("update lines set is_active = false, paused_by_engine = true where address = '+12025550115'");
    api().patch("/api/lines/" + id, "{\"isActive\":false}");
    assertThat(pausedByEngine()).as("switched off by a person: what waits on it does not wait any more").isFalse();
  }

  private static void engine(String sql) {
    WORLD.database().<Integer>crossing(tx -> tx.update(sql).execute());
  }

  private static boolean pausedByEngine() {
    return WORLD.database().crossing(tx -> tx.query("select paused_by_engine from lines where address = '+12025550115'").mapTo(Boolean.class).one());
  }

  @Test
  void aRemovedLineIsGoneAndItsAddressIsFreeAgain() {
    String id = created(api(), "{\"kind\":\"simulator\",\"address\":\"+12025550111\"}");
    assertThat(api().delete("/api/lines/" + id).at("lineId")).isEqualTo(id);
    assertThat(api().get("/api/lines/" + id).status()).isEqualTo(404);
    assertThat(api().delete("/api/lines/" + id).status()).isEqualTo(404);
    assertThat(api().patch("/api/lines/" + id, "{}").at("error")).isEqualTo("Line not found");
    created(api(), "{\"kind\":\"simulator\",\"address\":\"+12025550111\"}");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', value = {
      "nothing               | {}                                                                | kind is required: one of simulator, smtp",
      "unknown kind          | {\"kind\":\"pigeon\",\"address\":\"+12025550102\"}                   | kind must be one of simulator, smtp",
      "no address            | {\"kind\":\"simulator\"}                                            | address is required: a phone number in E.164 or an e-mail address",
      "no number             | {\"kind\":\"simulator\",\"phone\":\"12\"}                            | phone must be a phone number in E.164 or an e-mail address",
      "a number for mail     | {\"kind\":\"smtp\",\"address\":\"+12025550102\",\"host\":\"h.example.com\"} | address must be an e-mail address",
      "a negative limit      | {\"kind\":\"simulator\",\"address\":\"+12025550102\",\"dailyTotalMessagesLimit\":-1} | dailyTotalMessagesLimit must be a whole number from 0 to 1000000",
      "half a warm-up        | {\"kind\":\"simulator\",\"address\":\"+12025550102\",\"warmup\":{\"startPerDay\":1,\"stepPerDay\":1}} | ceiling is required: a whole number of first touches a day",
      "a warm-up that falls  | {\"kind\":\"simulator\",\"address\":\"+12025550102\",\"warmup\":{\"startPerDay\":9,\"stepPerDay\":1,\"ceiling\":3}} | ceiling must not be below startPerDay",
      "no JSON               | nonsense                                                          | Invalid request body (JSON required)",
  })
  void aFaultyLineIsRefusedWith400(String what, String body, String error) {
    Api.Answer answer = api().post("/api/lines", body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.at("error")).isEqualTo(error);
  }

  @Test
  void theSameAddressTwiceIsAConflict() {
    created(api(), "{\"kind\":\"simulator\",\"address\":\"+12025550112\"}");
    Api.Answer again = api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550112\"}");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.at("code")).isEqualTo("line_exists");
  }

  @Test
  void aForeignLineIsForbiddenAndAMalformedIdIsBad() {
    World.TestWorkspace other = WORLD.aWorkspace();
    String foreign = created(other.api(), "{\"kind\":\"simulator\",\"address\":\"+12025550113\"}");
    assertThat(api().get("/api/lines/" + foreign).at("code")).as("A2").isEqualTo("wrong_workspace");
    assertThat(api().patch("/api/lines/" + foreign, "{}").status()).isEqualTo(403);
    assertThat(api().delete("/api/lines/" + foreign).status()).isEqualTo(403);
    assertThat(api().get("/api/lines/nonsense").status()).isEqualTo(400);
    assertThat(api().get("/api/lines").text()).as("A4").doesNotContain(foreign);
  }

  @Test
  void aKeyWithoutTheRightMaySeeLinesButNotManageThem() {
    Api reader = WORLD.api(WORLD.aKey(workspace.id(), Set.copyOf(EnumSet.of(Right.LINES_READ))).secret());
    assertThat(reader.get("/api/lines").status()).isEqualTo(200);
    Api.Answer refused = reader.post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550114\"}");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("missingRight")).isEqualTo("lines:manage");
    assertThat(WORLD.api("tuco_sk_wrong").get("/api/lines/by-user").status()).isEqualTo(401);
  }

  @Test
  void readOnlyModeRefusesChangesAndShowsLines() {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.database().asWorkspace(own.id(), tx -> tx.update(
        "update workspaces set read_only_reason = 'past_due' where workspace_id = :w").bind("w", own.id()).execute());
    assertThat(own.api().get("/api/lines").status()).as("B2").isEqualTo(200);
    Api.Answer refused = own.api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550115\"}");
    assertThat(refused.status()).as("B1").isEqualTo(402);
    assertThat(refused.at("reason")).isEqualTo("past_due");
  }

  @Test
  void thePlansLinesAreNotExceededByARace() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.database().asWorkspace(own.id(), tx -> tx.update(
        "update workspaces set plan = 'mini' where workspace_id = :w").bind("w", own.id()).execute());
    List<Integer> statuses;
    try (var threads = Executors.newFixedThreadPool(6)) {
      statuses = threads.invokeAll(java.util.stream.IntStream.range(0, 6)
              .<java.util.concurrent.Callable<Integer>>mapToObj(n -> () -> own.api().post("/api/lines",
                  "{\"kind\":\"smtp\",\"host\":\"smtp.example.com\",\"address\":\"l" + n + "@example.com\"}").status())
              .toList())
          .stream().map(java.util.concurrent.Future::resultNow).toList();
    }
    assertThat(statuses).as("B5: the plan has one e-mail line").containsOnlyOnce(201).contains(409);
    Api.Answer full = own.api().post("/api/lines", "{\"kind\":\"smtp\",\"host\":\"smtp.example.com\",\"address\":\"x@example.com\"}");
    assertThat(full.at("error")).as("B6").isEqualTo("The plan mini allows 1 email line and the workspace has 1.");
    created(own.api(), "{\"kind\":\"simulator\",\"address\":\"+12025550116\"}");
  }

  @Test
  void theHealthCheckIsForMembersNotForKeys() {
    String id = created(api(), "{\"kind\":\"simulator\",\"address\":\"+12025550117\"}");
    Api.Answer refused = api().get("/api/lines/check-availability?id=" + id);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.at("error")).isEqualTo("Unauthorized");
  }

  @Test
  void theSpamMonitorRatesTheFailuresOfADay() {
    World.TestWorkspace own = WORLD.aWorkspace();
    created(own.api(), "{\"kind\":\"simulator\",\"address\":\"+12025550118\"}");
    Api.Answer quiet = own.api().get("/api/lines/spam-monitor");
    assertThat(quiet.status()).as(quiet.text()).isEqualTo(200);
    assertThat(quiet.at("/lines/0/spamRisk")).isEqualTo("low");
    assertThat(quiet.at("/lines/0/linePhone")).isEqualTo("+12025550118");
    messages(own, "sent", 9, 10);
    messages(own, "failed", 1, 10);
    messages(own, "failed", 5, 30);
    Api.Answer rated = own.api().get("/api/lines/spam-monitor");
    assertThat(rated.at("/lines/0/totalSentLast24h")).isEqualTo("9");
    assertThat(rated.at("/lines/0/failedLast24h")).isEqualTo("1");
    assertThat(rated.json().at("/lines/0/failureRate").doubleValue()).isEqualTo(10.0);
    assertThat(rated.at("/lines/0/spamRisk")).isEqualTo("medium");
  }

  private static void messages(World.TestWorkspace own, String status, int count, int hoursAgo) {
    Instant at = NOW.minusSeconds(3600L * hoursAgo);
    tuco.ids.Ids ids = new tuco.ids.Ids(Clock.fixed(at, ZoneOffset.UTC));
    int tag = tuco.ids.Ids.tag(own.id());
    WORLD.database().asWorkspace(own.id(), tx -> {
      var list = ids.next(tag);
      var lead = ids.next(tag);
      tx.update("insert into lists (workspace_id, list_id, name, created_at, updated_at) values (:w, :list, :name, now(), now())")
          .bind("w", own.id()).bind("list", list).bind("name", list.toString()).execute();
      tx.update("insert into leads (workspace_id, lead_id, list_id, source, created_at, updated_at) values (:w, :lead, :list, 'api', now(), now())")
          .bind("w", own.id()).bind("list", list).bind("lead", lead).execute();
      for (int i = 0; i < count; i++) {
        var message = ids.next(tag);
        tx.update("""
                insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient,
                                      correlation_id, created_at, updated_at)
                values (:w, :m, :lead, 'sms', 'x', '', '+12025550199', 'c', :at, :at)""")
            .bind("w", own.id()).bind("m", message).bind("lead", lead).bind("at", at).execute();
        tx.update("""
                insert into message_states (workspace_id, message_id, line_id, status, due_at, sent_at, updated_at)
                select workspace_id, :m, line_id, :status, :at, case when :status = 'sent' then cast(:at as timestamptz) end, :at
                  from lines where workspace_id = :w""")
            .bind("w", own.id()).bind("m", message).bind("status", status).bind("at", at).execute();
      }
      return count;
    });
  }
}
