package tuco.availability;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.Eventually;
import tuco.Node;
import tuco.TestClock;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Availability checks, to the letter of contract 2.9; the simulator answers by the last digits. */
class AvailabilityTest {
  private static final AtomicReference<Instant> NOW = new AtomicReference<>(Instant.parse("2026-11-22T10:00:00Z"));
  private static final World WORLD = new World(clock());

  private static Clock clock() {
    return new Clock() {
      @Override
      public java.time.ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return NOW.get();
      }
    };
  }

  @AfterAll
  static void end() {
    WORLD.close();
  }

  private static World.TestWorkspace withLine() {
    World.TestWorkspace own = WORLD.aWorkspace();
    Api.Answer line = own.api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\"}");
    assertThat(line.status()).as(line.text()).isEqualTo(201);
    return own;
  }

  @Test
  void anAddressIsCheckedAndTheAnswerIsRememberedWithItsAge() {
    Api own = withLine().api();
    Api.Answer first = own.get("/api/check-availability?address=2025550100");
    assertThat(first.status()).as(first.text()).isEqualTo(200);
    assertThat(first.at("success")).isEqualTo("true");
    assertThat(first.at("available")).isEqualTo("true");
    assertThat(first.at("address")).isEqualTo("+12025550100");
    assertThat(first.at("cached")).isEqualTo("false");
    Instant before = NOW.get();
    NOW.set(before.plus(Duration.ofMinutes(5)));
    Api.Answer again = own.get("/api/check-availability?address=%2B12025550100");
    assertThat(again.at("cached")).isEqualTo("true");
    assertThat(again.at("ageSeconds")).isEqualTo("300");
    NOW.set(before.plus(Duration.ofHours(25)));
    assertThat(own.get("/api/check-availability?address=%2B12025550100").at("cached")).as("a day later").isEqualTo("false");
    NOW.set(before);
  }

  @Test
  void severalAddressesAreCheckedInTheirOrder() {
    Api own = withLine().api();
    Api.Answer answer = own.post("/api/check-availability", "{\"addresses\":[\"+12025550101\",\"delivered@example.com\",\"x\"]}");
    assertThat(answer.json().path("results")).extracting(result -> result.path("address").asText() + " " + result.path("available"))
        .containsExactly("+12025550101 false", "delivered@example.com true", "x false");
    assertThat(own.post("/api/check-availability", "{\"address\":\"+12025550100\"}").json().path("results")).hasSize(1);
    assertThat(own.post("/api/check-availability-rr", "{\"phones\":[\"+12025550101\"],\"emails\":[\"fallback@example.com\",\"a@example.com\"]}").at("address"))
        .isEqualTo("a@example.com");
    Api.Answer none = own.post("/api/check-availability-rr", "{\"phones\":[\"+12025550101\"]}");
    assertThat(none.status()).isEqualTo(200);
    assertThat(none.json().toString()).isEqualTo("{\"available\":false,\"reason\":\"Contact not available on iMessage\"}");
  }

  @Test
  void aLeadIsWalkedUntilOneAddressIsReachedAndKeepsTheAnswer() {
    Api own = withLine().api();
    String ada = own.post("/api/leads", """
        {"leads":[{"phone":"+12025550101","altEmail1":"a@example.com","hsContactId":"h1"}]}""").at("leadId");
    String mia = own.post("/api/leads", "{\"leads\":[{\"phone\":\"+13035550101\"}]}").at("leadId");
    Api.Answer answer = own.get("/api/leads/check-availability?id=" + ada);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("leadId")).isEqualTo(ada);
    assertThat(answer.at("status")).isEqualTo("available");
    assertThat(answer.at("hsContactId")).isEqualTo("h1");
    assertThat(own.get("/api/leads/" + ada).at("/lead/availabilityStatus")).isEqualTo("available");
    Api.Answer bulk = own.post("/api/leads/check-availability", "{\"address\":\" \",\"leadIds\":[\"" + ada + "\",\"" + mia + "\"]}");
    assertThat(bulk.at("processingMode")).isEqualTo("synchronous");
    assertThat(bulk.at("checked")).isEqualTo("2");
    assertThat(bulk.at("successful")).isEqualTo("2");
    assertThat(bulk.at("/results/1/status")).isEqualTo("unavailable");
    assertThat(own.post("/api/leads/check-availability", "{\"address\":\"+12025550101\"}").at("available")).isEqualTo("false");
  }

  @Test
  void aListOfManyIsCheckedAfterTheAnswerWithinTheQuota() {
    Api own = withLine().api();
    StringBuilder leads = new StringBuilder();
    for (int n = 0; n < 101; n++) {
      leads.append(n == 0 ? "" : ",").append("{\"email\":\"p").append(n).append("@example.com\"}");
    }
    Api.Answer created = own.post("/api/leads", "{\"leads\":[" + leads + "]}");
    Api.Answer answer = own.post("/api/leads/check-availability", "{\"listId\":\"" + created.at("listId") + "\"}");
    assertThat(answer.at("processingMode")).isEqualTo("background");
    assertThat(answer.at("jobId")).startsWith("bulk-availability-2026-");
    assertThat(own.post("/api/leads/check-availability", "{\"listId\":\"" + created.at("listId") + "\"}").at("checked")).as("asked once more").isEqualTo("101");
    Eventually.within(Duration.ofSeconds(20), () -> {
      long[] known = new long[2];
      own.get("/api/leads?limit=100").json().path("leads").forEach(lead -> {
        known[0] += lead.path("availabilityStatus").asText().equals("available") ? 1 : 0;
        known[1] += lead.path("availabilityStatus").asText().equals("error") ? 1 : 0;
      });
      assertThat(known[0] + known[1]).isEqualTo(100);
      assertThat(known[1]).as("beyond 70").isBetween(30L, 31L);
    });
  }

  private static String someLeads(Api own) {
    StringBuilder leads = new StringBuilder();
    for (int n = 0; n < 21; n++) {
      leads.append(n == 0 ? "" : ",").append("{\"email\":\"p").append(n).append("@example.com\"}");
    }
    return own.post("/api/leads", "{\"leads\":[" + leads + "]}").at("listId");
  }

  private static void areAll(Api own, String status) {
    assertThat(own.get("/api/leads").json().path("leads")).extracting(lead -> lead.path("availabilityStatus").asText()).containsOnly(status);
  }

  /** What a node that died had taken, and what it had not come to, another does. */
  @Test
  void checksThatWereAskedForOutliveTheNodeThatWasAsked() {
    try (World world = new World()) {
      World.TestWorkspace own = world.aWorkspace();
      own.api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\"}");
      String list = someLeads(own.api());
      world.stop(world.node());
      Node asked = world.startApiNode();
      assertThat(own.api(asked).post("/api/leads/check-availability", "{\"listId\":\"" + list + "\"}").at("processingMode")).isEqualTo("background");
      areAll(own.api(asked), "checking");
      world.database().<Integer>crossing(tx -> tx.update("""
          update availability_queue set taken_until = clock_timestamp() + interval '1 second'
           where lead_id = (select min(lead_id::text)::uuid from availability_queue)""").execute());
      world.stop(asked);
      Node other = world.startNode();
      Eventually.within(Duration.ofSeconds(20), () -> areAll(own.api(other), "available"));
      assertThat(world.database().<Integer>crossing(tx -> tx.query("select count(*) from availability_queue").mapTo(Integer.class).one())).isZero();
    }
  }

  /** B1: a long check that was begun before stands still while its workspace is read-only, and goes on afterwards. */
  @Test
  void aCheckOfManyStandsStillInAWorkspaceThatBecomesReadOnly() {
    try (World world = new World()) {
      World.TestWorkspace own = world.aWorkspace();
      own.api().post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\"}");
      String leads = IntStream.range(0, 21).mapToObj("{\"phone\":\"+120255501%02d\"}"::formatted).collect(Collectors.joining(","));
      String list = own.api().post("/api/leads", "{\"leads\":[" + leads + "]}").at("listId");
      own.api().post("/api/leads/check-availability", "{\"listId\":\"" + list + "\"}");
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(count(world, "taken_until > clock_timestamp()")).isOne());
      readOnly(world, own, "past_due");
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(count(world, "taken_until > clock_timestamp()")).isZero());
      int left = count(world, "true");
      assertThat(left).isPositive();
      // A device is asked every three seconds.
      Instant end = Clock.systemUTC().instant().plusSeconds(5);
      Eventually.within(Duration.ofSeconds(20), () -> {
        assertThat(count(world, "true")).isEqualTo(left);
        assertThat(Clock.systemUTC().instant()).isAfter(end);
      });
      readOnly(world, own, null);
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(count(world, "true")).isLessThan(left));
    }
  }

  private static void readOnly(World world, World.TestWorkspace own, @Nullable String reason) {
    world.database().<Integer>crossing(tx -> tx.update("update workspaces set read_only_reason = :reason where workspace_id = :w")
        .bind("reason", reason).bind("w", own.id()).execute());
  }

  private static int count(World world, String which) {
    return world.database().crossing(tx -> tx.query("select count(*) from availability_queue where " + which).mapTo(Integer.class).one());
  }

  @Test
  void leadsThatNoLineCanBeAskedAboutSaySo() {
    World.TestWorkspace own = withLine();
    String list = someLeads(own.api());
    own.api().patch("/api/lines/" + own.api().get("/api/lines").at("/lines/0/_id"), "{\"isActive\":false}");
    assertThat(own.api().post("/api/leads/check-availability", "{\"listId\":\"" + list + "\"}").at("error"))
        .isEqualTo("No active line can check availability. Add and activate a line that can.");
    WORLD.database().<Integer>crossing(tx -> tx.update("""
        insert into availability_queue (workspace_id, lead_id, asked_at)
        select workspace_id, lead_id, now() from leads where workspace_id = :w""").bind("w", own.id()).execute());
    Eventually.within(Duration.ofSeconds(20), () -> areAll(own.api(), "no_active_line"));
  }

  @Test
  void theQuotaOfALineHoldsUnderConcurrency() throws Exception {
    World.TestWorkspace own = withLine();
    List<Integer> statuses;
    try (var threads = Executors.newFixedThreadPool(8)) {
      statuses = threads.invokeAll(IntStream.range(0, 90)
              .<java.util.concurrent.Callable<Integer>>mapToObj(n -> () ->
                  own.api().get("/api/check-availability?address=q" + n + "@example.com").status()).toList())
          .stream().map(java.util.concurrent.Future::resultNow).toList();
    }
    assertThat(statuses.stream().filter(status -> status == 200).count()).as("B5").isEqualTo(70);
    Api.Answer refused = own.api().post("/api/check-availability-rr", "{\"emails\":[\"new@example.com\"]}");
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isEqualTo("3600");
    assertThat(refused.at("reason")).isEqualTo("Daily availability check quota exhausted");
    assertThat(refused.at("available")).isEqualTo("false");
  }

  /** Contract 2.9: one question to a device every 3 s; one more waits for its turn, whoever comes after is told when to. */
  @Test
  void aDeviceIsAskedAboutOneAddressEveryThreeSeconds() throws Exception {
    Instant start = Instant.parse("2026-11-23T12:00:00Z");
    TestClock clock = new TestClock("2026-11-23T12:00:00Z");
    try (World world = new World(clock); var threads = Executors.newFixedThreadPool(2)) {
      Api own = world.aWorkspace().api();
      own.post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\",\"deviceGapSeconds\":30}");
      assertThat(own.get("/api/check-availability?address=a@example.com").status()).isEqualTo(200);
      var waiting = threads.submit(() -> own.get("/api/check-availability?address=b@example.com"));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(next(world)).isEqualTo(start.plusSeconds(6)));
      Api.Answer busy = own.get("/api/check-availability?address=c@example.com");
      assertThat(busy.status()).as(busy.text()).isEqualTo(429);
      assertThat(busy.at("error")).isEqualTo("Rate limit exceeded");
      assertThat(busy.header("Retry-After")).isEqualTo("3");
      assertThat(own.get("/api/check-availability?address=a@example.com").at("cached")).as("what is known costs nothing").isEqualTo("true");
      assertThat(waiting.isDone()).isFalse();
      clock.advance(Availability.GAP);
      assertThat(waiting.get().at("available")).isEqualTo("true");
      clock.advance(Availability.GAP);
      assertThat(own.get("/api/check-availability?address=c@example.com").status()).isEqualTo(200);
    }
  }

  /** A call ends within a minute of turns, and the next goes on from what it learnt. */
  @Test
  void aLongBatchIsGoneOnWithByTheNextCall() throws Exception {
    TestClock clock = new TestClock("2026-11-23T12:00:00Z");
    try (World world = new World(clock); var threads = Executors.newFixedThreadPool(1)) {
      Api own = world.aWorkspace().api();
      own.post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\",\"deviceGapSeconds\":30}");
      String batch = "{\"addresses\":[\"a@example.com\",\"b@example.com\",\"c@example.com\"]}";
      var first = threads.submit(() -> own.post("/api/check-availability", batch));
      Eventually.within(Duration.ofSeconds(10), () -> assertThat(next(world)).isEqualTo(Instant.parse("2026-11-23T12:00:06Z")));
      clock.advance(Availability.PATIENCE.plusSeconds(1));
      assertThat(first.get().status()).as(first.get().text()).isEqualTo(429);
      assertThat(first.get().at("error")).isEqualTo("Rate limit exceeded");
      assertThat(first.get().at("detail")).contains("call again to go on");
      Api.Answer second = own.post("/api/check-availability", batch);
      assertThat(second.json().path("results")).extracting(result -> result.path("cached").asBoolean()).containsExactly(true, true, false);
    }
  }

  /** Who waits for a device takes no worker from anybody else. */
  @Test
  void manyWhoWaitForDevicesDelayNobody() throws Exception {
    TestClock clock = new TestClock("2026-11-23T12:00:00Z");
    try (World world = new World(clock); var threads = Executors.newFixedThreadPool(20)) {
      List<Api> waiting = IntStream.range(0, 20).mapToObj(n -> world.aWorkspace().api()).toList();
      for (Api own : waiting) {
        own.post("/api/lines", "{\"kind\":\"simulator\",\"address\":\"+12025550199\",\"deviceGapSeconds\":30}");
        assertThat(own.get("/api/check-availability?address=a@example.com").status()).isEqualTo(200);
      }
      var answers = waiting.stream().map(own -> threads.submit(() -> own.get("/api/check-availability?address=b@example.com"))).toList();
      Eventually.within(Duration.ofSeconds(20), () -> assertThat(waiting(world)).isEqualTo(20));
      assertThat(waiting.getFirst().get("/api/whoami").status()).as("somebody else's call").isEqualTo(200);
      assertThat(answers).noneMatch(java.util.concurrent.Future::isDone);
      clock.advance(Availability.GAP);
      for (var answer : answers) {
        assertThat(answer.get().status()).isEqualTo(200);
      }
    }
  }

  private static int waiting(World world) {
    return world.database().crossing(tx -> tx.query("select count(*) from availability_counters where used = 2").mapTo(Integer.class).one());
  }

  private static Instant next(World world) {
    return world.database().crossing(tx ->
        tx.query("select next_at from availability_counters").map((row, context) -> row.getTimestamp(1).toInstant()).one());
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "GET  | /api/check-availability             |                                        | 400 | Address parameter is required (phone or email)",
      "GET  | /api/check-availability?address=x   |                                        | 400 | address must be a phone number or an e-mail address",
      "GET  | /api/check-availability?address=a@example.com |                              | 400 | No active line can check availability. Add and activate a line that can.",
      "POST | /api/check-availability             | {}                                     | 400 | addresses array is required and must not be empty",
      "POST | /api/check-availability             | {\"addresses\":3}                      | 400 | addresses array is required and must not be empty",
      "POST | /api/check-availability             | {\"addresses\":[]}                     | 400 | addresses array is required and must not be empty",
      "POST | /api/check-availability             | {\"address\":\"a\",\"addresses\":[]}   | 400 | Give either address or addresses, not both",
      "POST | /api/check-availability             | {\"addresses\":MANY}                   | 400 | Maximum 100 addresses per request",
      "POST | /api/check-availability-rr          | {}                                     | 400 | No phone or email addresses provided",
      "GET  | /api/leads/check-availability       |                                        | 400 | Lead ID is required",
      "GET  | /api/leads/check-availability?id=OWN |                                       | 404 | Lead not found",
      "GET  | /api/leads/check-availability?id=FOREIGN |                                   | 403 | This id belongs to another workspace.",
      "POST | /api/leads/check-availability       | {}                                     | 404 | No leads found to check",
      "POST | /api/leads/check-availability       | {\"leadIds\":[\"FOREIGN\"]}            | 403 | This id belongs to another workspace.",
  })
  void aFaultyCheckIsRefused(String method, String path, String body, int status, String error) {
    World.TestWorkspace own = WORLD.aWorkspace();
    String unknown = Ids.text(Kind.LEAD, new Ids(Clock.systemUTC()).next(Ids.tag(own.id())));
    String foreign = Ids.text(Kind.LEAD, new UUID(1L << 32, 1));
    Api.Answer answer = own.api().call(method, path.replace("OWN", unknown).replace("FOREIGN", foreign),
        body == null ? null : body.replace("FOREIGN", foreign).replace("MANY", "[" + "\"a@example.com\",".repeat(100) + "\"b@example.com\"]"));
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.at("error")).isEqualTo(error);
  }
}
