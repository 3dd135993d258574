package tuco.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.World;
import tuco.World.TestWorkspace;
import tuco.audit.Actor;
import tuco.audit.Audit;
import tuco.config.StripeSettings;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Decisions 4.5, 4.7: Stripe's events set plan and read-only mode; duplicates and disorder harm nobody. */
class StripeTest {
  private static final String SECRET = "whsec_test_one";
  private static final String NEXT = "whsec_test_two";
  private static World world;
  private static int events;

  @BeforeAll
  static void start() {
    world = new World();
    world.startNodeWith(new StripeSettings(List.of(SECRET, NEXT), Map.of("price_starter", "starter", "price_growth", "growth")));
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aSubscriptionSetsThePlanAndItsPaymentsTheMode() {
    TestWorkspace workspace = world.aWorkspace();
    deliver(subscription(workspace, "sub_a", "trialing", "price_starter", 100, "created"));
    assertThat(state(workspace)).isEqualTo("starter active");
    deliver(subscription(workspace, "sub_a", "active", "price_growth", 200, "updated"));
    assertThat(state(workspace)).isEqualTo("growth active");
    deliver(invoice("sub_a", "in_1", "payment_failed", 300));
    assertThat(state(workspace)).isEqualTo("growth past_due");
    Api.Answer refused = workspace.api().post("/api/lists", "{\"name\": \"Unpaid\"}");
    assertThat(refused.status() + refused.at("reason")).isEqualTo("402past_due");
    deliver(invoice("sub_a", "in_1", "paid", 400));
    assertThat(state(workspace)).isEqualTo("growth active");
    deliver(subscription(workspace, "sub_a", "canceled", "price_growth", 500, "deleted"));
    assertThat(state(workspace)).isEqualTo("growth suspended");
    // They come back with another subscription: the old one's end is no longer what counts.
    deliver(subscription(workspace, "sub_b", "active", "price_starter", 600, "created"));
    assertThat(state(workspace)).isEqualTo("starter active");
    deliver(subscription(workspace, "sub_b", "paused", "price_starter", 700, "paused"));
    assertThat(state(workspace)).isEqualTo("starter trial_ended");
    assertThat(audited(workspace)).contains("plan.change stripe", "read_only.on stripe", "read_only.off stripe");
  }

  /** One life of a subscription, shuffled and with repeats, a dozen times: the end is always the same. */
  @Test
  void duplicatesAndDisorderAreHarmless() {
    Random random = new Random(7);
    for (int round = 0; round < 12; round++) {
      TestWorkspace workspace = world.aWorkspace();
      String sub = "sub_" + round;
      boolean paid = round % 2 == 0;
      List<ObjectNode> life = new ArrayList<>(List.of(
          subscription(workspace, sub, "trialing", "price_starter", 100, "created"),
          subscription(workspace, sub, "active", "price_starter", 100, "updated"),
          withMetadata(invoice(sub, "in_a" + round, "payment_failed", 150), workspace),
          withMetadata(invoice(sub, "in_a" + round, "paid", 160), workspace),
          subscription(workspace, sub, "active", "price_growth", 200, "updated"),
          withMetadata(invoice(sub, "in_b" + round, "payment_failed", 300), workspace),
          subscription(workspace, sub, "past_due", "price_growth", 300, "updated")));
      if (paid) {
        life.add(withMetadata(invoice(sub, "in_b" + round, "paid", 400), workspace));
        life.add(subscription(workspace, sub, "active", "price_growth", 400, "updated"));
      }
      List<ObjectNode> come = new ArrayList<>(life);
      come.addAll(life.subList(0, random.nextInt(life.size())));
      Collections.shuffle(come, random);
      come.forEach(StripeTest::deliver);
      assertThat(state(workspace)).as("round %d", round).isEqualTo(paid ? "growth active" : "growth past_due");
    }
  }

  @Test
  void onlyWhatIsSignedNowIsTaken() {
    TestWorkspace workspace = world.aWorkspace();
    String body = Json.text(subscription(workspace, "sub_s", "active", "price_starter", 100, "created"));
    long now = Instant.now().getEpochSecond();
    String good = signature(SECRET, now, body);
    String zero = "0".repeat(64);
    for (String header : List.of("", "t=" + now, "v1=" + good, "t=" + now + ",v1=" + zero, "t=" + now + ",v0=" + good,
        "t=" + (now - 301) + ",v1=" + signature(SECRET, now - 301, body), "t=" + (now + 310) + ",v1=" + signature(SECRET, now + 310, body),
        "t=" + (now + 1) + ",v1=" + good, "t=" + now + ",v1=" + signature("whsec_other", now, body), "t=" + now + "x,v1=" + good)) {
      Api.Answer answer = post(header, body);
      assertThat(answer.status()).as(header).isEqualTo(400);
      assertThat(answer.at("code")).isEqualTo("invalid_signature");
    }
    assertThat(post("t=" + now + ",v1=" + good, body + " ").status()).as("another body").isEqualTo(400);
    assertThat(state(workspace)).isEqualTo("self-hosted active");
    // Several signatures, of which one is ours; the second secret is as good as the first.
    assertThat(post("t=" + now + ",v1=" + zero + ", v1=" + signature(NEXT, now, body) + ",v0=x", body).status()).isEqualTo(200);
    assertThat(state(workspace)).isEqualTo("starter active");
    assertThat(post("t=" + now + ",v1=" + good, body).at("effect")).isEqualTo("seen before");
  }

  @Test
  void whatIsOfNoUseIsTakenAndChangesNothing() {
    TestWorkspace workspace = world.aWorkspace();
    ObjectNode unknownPrice = subscription(workspace, "sub_p", "active", "price_unknown", 100, "created");
    assertThat(deliver(unknownPrice).at("effect")).isEqualTo("the price stands for no plan; active");
    for (ObjectNode event : List.of(
        event("charge.succeeded", 1, Json.object().put("id", "ch_1").put("object", "charge")),
        event("customer.subscription.updated", 1, Json.object().put("id", "sub_x").put("object", "subscription").put("status", "new_status")),
        event("invoice.created", 1, Json.object().put("id", "in_x").put("object", "invoice")),
        Json.object().put("type", "invoice.paid"))) {
      assertThat(deliver(event).at("effect")).isEqualTo("ignored");
    }
    assertThat(deliver(invoice("sub_of_nobody", "in_n", "payment_failed", 1)).at("effect")).isEqualTo("no workspace");
    String text = "not json";
    long now = Instant.now().getEpochSecond();
    assertThat(post("t=" + now + ",v1=" + signature(SECRET, now, text), text).at("effect")).isEqualTo("ignored");
    assertThat(state(workspace)).isEqualTo("self-hosted active");
  }

  /** Its metadata names another workspace: for the one it left nobody pays any more, whatever order the events come in. */
  @Test
  void aSubscriptionThatMovesEndsForTheWorkspaceItLeaves() {
    Random random = new Random(11);
    for (int round = 0; round < 6; round++) {
      TestWorkspace left = world.aWorkspace();
      TestWorkspace right = world.aWorkspace();
      String sub = "sub_moves_" + round;
      List<ObjectNode> life = new ArrayList<>(List.of(
          subscription(left, sub, "active", "price_starter", 100, "created"),
          subscription(left, sub, "active", "price_growth", 150, "updated"),
          subscription(right, sub, "active", "price_growth", 200, "updated")));
      boolean back = round % 2 == 1;
      if (back) {
        life.add(subscription(left, sub, "active", "price_growth", 300, "updated"));
      }
      if (round > 1) {
        Collections.shuffle(life, random);
      }
      life.forEach(StripeTest::deliver);
      assertThat(state(left)).as("round %d", round).isEqualTo(back ? "growth active" : "growth suspended");
      assertThat(state(right)).as("round %d", round).isEqualTo(back ? "growth suspended" : "growth active");
      // An invoice that names no workspace is about whoever has the subscription now.
      deliver(invoice(sub, "in_of_" + sub, "payment_failed", 400));
      assertThat(state(back ? left : right)).isEqualTo("growth past_due");
    }
  }

  @Test
  void ofSeveralThingsOnOneSubscriptionTheOneThatStandsForAPlanCounts() {
    TestWorkspace workspace = world.aWorkspace();
    ObjectNode event = subscription(workspace, "sub_items", "active", "price_of_an_add_on", 100, "created");
    ((com.fasterxml.jackson.databind.node.ArrayNode) event.at("/data/object/items/data")).addObject().putObject("price").put("id", "price_growth");
    deliver(event);
    assertThat(state(workspace)).isEqualTo("growth active");
    deliver(subscription(workspace, "sub_items", "unpaid", "price_growth", 200, "updated"));
    assertThat(state(workspace)).isEqualTo("growth past_due");
    deliver(subscription(workspace, "sub_items", "past_due", "price_growth", 300, "updated"));
    deliver(subscription(workspace, "sub_items", "active", "price_growth", 400, "updated"));
    assertThat(state(workspace)).isEqualTo("growth active");
    deliver(event("customer.deleted", 500, Json.object().put("id", "cus_" + workspace.id()).put("object", "customer")));
    assertThat(state(workspace)).as("the end of its subscription is an event of its own").isEqualTo("growth active");
  }

  /** Whoever pays for an add-on has not paid for the plan; what the add-on comes to changes neither plan nor mode. */
  @Test
  void anAddOnBesideThePlanNeitherHidesItsDebtNorKeepsItAlive() {
    Random random = new Random(13);
    for (int round = 0; round < 6; round++) {
      TestWorkspace workspace = world.aWorkspace();
      String plan = "sub_plan_" + round;
      List<ObjectNode> life = new ArrayList<>(List.of(
          subscription(workspace, plan, "active", "price_growth", 100, "created"),
          subscription(workspace, "sub_add_on_" + round, "active", "price_of_an_add_on", 200, "created"),
          subscription(workspace, plan, "past_due", "price_growth", 300, "updated")));
      if (round > 0) {
        Collections.shuffle(life, random);
      }
      life.forEach(StripeTest::deliver);
      assertThat(state(workspace)).as("round %d", round).isEqualTo("growth past_due");
      deliver(subscription(workspace, plan, "active", "price_growth", 400, "updated"));
      deliver(subscription(workspace, "sub_add_on_" + round, "past_due", "price_of_an_add_on", 500, "updated"));
      assertThat(state(workspace)).isEqualTo("growth active");
      deliver(withMetadata(invoice(plan, "in_of_" + plan, "payment_failed", 600), workspace));
      deliver(subscription(workspace, "sub_add_on_" + round, "active", "price_of_an_add_on", 700, "updated"));
      assertThat(state(workspace)).as("the plan's invoice").isEqualTo("growth past_due");
      deliver(subscription(workspace, plan, "canceled", "price_growth", 800, "deleted"));
      deliver(subscription(workspace, "sub_add_on_" + round, "active", "price_of_an_add_on", 900, "updated"));
      assertThat(state(workspace)).isEqualTo("growth suspended");
    }
  }

  /** A trial goes on whatever becomes of a check-out in it, and a plan that was not paid for is not given. */
  @Test
  void aCheckOutThatIsBrokenOffTakesNothingAway() {
    TestWorkspace trial = Limits.workspaceOn(world, "mini", "UTC");
    deliver(subscription(trial, "sub_begun", "incomplete", "price_growth", 100, "created"));
    assertThat(state(trial)).isEqualTo("mini active");
    deliver(subscription(trial, "sub_begun", "incomplete_expired", "price_growth", 200, "updated"));
    assertThat(state(trial)).isEqualTo("mini active");
    deliver(subscription(trial, "sub_again", "active", "price_growth", 300, "updated"));
    deliver(subscription(trial, "sub_again", "incomplete", "price_growth", 250, "created"));
    assertThat(state(trial)).isEqualTo("growth active");
  }

  /** Signed, and yet such as Stripe never sends: taken without a fault, and nothing changes. */
  @Test
  void whatNobodyCouldMeanIsNoFaultOfOurs() {
    TestWorkspace workspace = world.aWorkspace();
    String good = Json.text(subscription(workspace, "sub_odd", "active", "price_growth", 100, "created"));
    String created = "\"created\":1780000100";
    assertThat(good).contains(created);
    for (String odd : List.of(
        good.replace(created, "\"created\":9223372036854775807"), good.replace(created, "\"created\":-1"),
        good.replace(created, "\"created\":1.5"), good.replace(created, "\"created\":99999999999999999999"),
        good.replace(created, "\"created\":253402300800"), good.replace("sub_odd", "sub_\\u0000"), good.replace("sub_odd", "\\ud800"),
        good.replace("customer.subscription.created", "customer.subscription.\\u0000"), good.replace("sub_odd", "x".repeat(300)),
        good.replace("\"data\":{", "\"data\":[{").replaceFirst("\\}$", "]}"), "[]", "null", "7", "", "{\"data\":7,\"type\":[]}", "[".repeat(100_000))) {
      long now = Instant.now().getEpochSecond();
      Api.Answer answer = post("t=" + now + ",v1=" + signature(SECRET, now, odd), odd);
      assertThat(answer.status()).as(odd.substring(0, Math.min(300, odd.length())) + "\n" + answer.text()).isEqualTo(200);
      assertThat(state(workspace)).isEqualTo("self-hosted active");
    }
    String huge = " ".repeat(2 << 20);
    assertThat(post("t=1,v1=" + "0".repeat(64), huge).status()).isEqualTo(413);
  }

  /** What the operator set stands above Stripe, the end of a trial does not. */
  @Test
  void anOperatorsWordStandsAboveAnEvent() {
    TestWorkspace workspace = world.aWorkspace();
    ReadOnly readOnly = new ReadOnly(new Audit(Clock.systemUTC()));
    world.database().changeAccessOf(workspace.id(), tx ->
        readOnly.on(tx, workspace.id(), "manual", ReadOnly.By.OPERATOR, Actor.operator()));
    deliver(subscription(workspace, "sub_o", "active", "price_starter", 100, "created"));
    assertThat(state(workspace)).isEqualTo("starter manual");
    world.database().changeAccessOf(workspace.id(), tx -> readOnly.off(tx, workspace.id(), Actor.operator()));

    TestWorkspace trial = world.aWorkspace();
    world.database().crossing(tx -> tx.update("update workspaces set plan_expires_at = clock_timestamp() where workspace_id = :w")
        .bind("w", trial.id()).execute());
    assertThat(state(trial)).isEqualTo("self-hosted trial_ended");
    deliver(subscription(trial, "sub_t", "active", "price_growth", 100, "created"));
    assertThat(state(trial)).isEqualTo("growth active");
  }

  @Test
  void withoutASecretThereIsNoSuchEndpoint() {
    try (World plain = new World()) {
      plain.startNode();
      assertThat(plain.anonymous().post("/api/billing/stripe", "{}").status()).isEqualTo(404);
    }
  }

  private static ObjectNode subscription(TestWorkspace workspace, String id, String status, String price, long created, String type) {
    ObjectNode object = Json.object().put("id", id).put("object", "subscription").put("status", status).put("customer", "cus_" + workspace.id());
    object.putObject("metadata").put("workspace_id", Ids.text(Kind.WORKSPACE, workspace.id()));
    object.putObject("items").putArray("data").addObject().putObject("price").put("id", price);
    return event("customer.subscription." + type, created, object);
  }

  private static ObjectNode invoice(String subscription, String id, String type, long created) {
    ObjectNode object = Json.object().put("id", id).put("object", "invoice").put("customer", "cus_of_" + subscription);
    object.putObject("parent").putObject("subscription_details").put("subscription", subscription);
    return event("invoice." + type, created, object);
  }

  private static ObjectNode withMetadata(ObjectNode invoice, TestWorkspace workspace) {
    ((ObjectNode) invoice.at("/data/object/parent/subscription_details")).putObject("metadata")
        .put("workspace_id", Ids.text(Kind.WORKSPACE, workspace.id()));
    return invoice;
  }

  private static ObjectNode event(String type, long created, ObjectNode object) {
    ObjectNode event = Json.object().put("id", "evt_" + events++).put("object", "event").put("type", type)
        .put("created", 1_780_000_000 + created);
    event.putObject("data").set("object", object);
    return event;
  }

  private static Api.Answer deliver(ObjectNode event) {
    String body = Json.text(event);
    long now = Instant.now().getEpochSecond();
    Api.Answer answer = post("t=" + now + ",v1=" + signature(SECRET, now, body), body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer;
  }

  private static Api.Answer post(String signature, String body) {
    return world.anonymous().with("Stripe-Signature", signature).post("/api/billing/stripe", body);
  }

  private static String signature(String secret, long time, String body) {
    return HexFormat.of().formatHex(StripeSignature.sign(
        secret.getBytes(StandardCharsets.UTF_8), Long.toString(time), body.getBytes(StandardCharsets.UTF_8)));
  }

  private static String state(TestWorkspace workspace) {
    Api.Answer usage = workspace.api().get("/api/usage");
    String reason = usage.at("readOnlyReason");
    return usage.at("plan") + " " + (reason.isEmpty() || reason.equals("null") ? "active" : reason);
  }

  private static List<String> audited(TestWorkspace workspace) {
    return world.database().crossing(tx -> tx.query("""
            select action || ' ' || (entry::jsonb #>> '{actor,name}') from audit_entries where workspace_id = :w""")
        .bind("w", workspace.id()).mapTo(String.class).list());
  }
}
