package tuco.lines;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tuco.Api;
import tuco.World;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Orders for lines, contract 2.17 in a self-hosted meaning (P2). */
class LineRequestsTest {
  private static final World WORLD = new World();
  private static final String ORDER = "{\"firstName\":\"Ada\",\"lastName\":\"King\",\"channelType\":\"phone\",\"idempotencyKey\":\"k1\"}";

  @AfterAll
  static void end() {
    WORLD.close();
  }

  @Test
  void anOrderWaitsUntilTheOperatorMakesTheLine() {
    Api own = WORLD.aWorkspace().api();
    Api.Answer order = own.post("/api/line-requests", ORDER);
    assertThat(order.status()).as(order.text()).isEqualTo(201);
    assertThat(order.at("status")).isEqualTo("provisioning");
    assertThat(order.at("paymentRequired")).isEqualTo("false");
    assertThat(order.at("/line/lineType")).isEqualTo("purchased");
    String id = order.at("lineRequestId");
    Api.Answer again = own.post("/api/line-requests", ORDER);
    assertThat(again.status()).as("the same key answers with the order it made").isEqualTo(201);
    assertThat(again.json()).isEqualTo(order.json());

    Api.Answer line = own.post("/api/lines", "{\"kind\":\"simulator\",\"phone\":\"+12025550101\",\"lineRequestId\":\"" + id + "\"}");
    assertThat(line.status()).as(line.text()).isEqualTo(201);
    assertThat(own.get("/api/line-requests/" + id).at("status")).isEqualTo("active");
    assertThat(own.get("/api/line-requests/" + id).at("/line/_id")).isEqualTo(line.at("/line/_id"));
    assertThat(own.post("/api/lines", "{\"kind\":\"simulator\",\"phone\":\"+12025550102\",\"lineRequestId\":\"" + id + "\"}").status()).isEqualTo(409);
    assertThat(own.get("/api/lines").json().path("lines")).as("K7").hasSize(1);
    Api.Answer late = own.post("/api/line-requests/" + id, "{\"action\":\"cancel\"}");
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.at("success")).isEqualTo("false");
    assertThat(late.at("status")).as("the contract's, not RFC 9457's").isEqualTo("active");
    assertThat(own.get("/api/line-requests").json().path("lineRequests")).hasSize(1);
  }

  @Test
  void aWaitingOrderIsCanceled() {
    Api own = WORLD.aWorkspace().api();
    String id = own.post("/api/line-requests", ORDER).at("lineRequestId");
    assertThat(own.post("/api/line-requests/" + id, "{\"action\":\"payment_link\"}").status()).isEqualTo(409);
    assertThat(own.post("/api/line-requests/" + id, "{\"action\":\"dance\"}").at("error")).isEqualTo("Unsupported action");
    assertThat(own.post("/api/line-requests/" + id, "{\"action\":\"cancel\"}").at("status")).isEqualTo("canceled");
  }

  @Test
  void aPlanWithoutSuchLinesForbidsTheOrder() {
    World.TestWorkspace own = WORLD.aWorkspace();
    WORLD.database().asWorkspace(own.id(), tx -> tx.update(
        "update workspaces set plan = 'mini' where workspace_id = :w").bind("w", own.id()).execute());
    Api.Answer refused = own.api().post("/api/line-requests", ORDER);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("code")).isEqualTo("forbidden_line_type");
    assertThat(refused.at("/status")).isEqualTo("forbidden_line_type");
    assertThat(refused.at("message")).isEqualTo("The plan mini has no phone lines.");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "{}                                                                             | firstName is required",
      "{\"firstName\":\"A\",\"lastName\":\"B\"}                                        | channelType is required: phone or email",
      "{\"firstName\":\"A\",\"lastName\":\"B\",\"channelType\":\"fax\"}                | channelType must be phone or email",
      "{\"firstName\":\"A\",\"lastName\":\"B\",\"channelType\":\"email\"}              | email is required for an email line",
      "{\"firstName\":\"A\",\"lastName\":\"B\",\"channelType\":\"phone\",\"lineType\":\"byon\"} | phone is required for a number of your own",
      "{\"firstName\":\"A\",\"lastName\":\"B\",\"channelType\":\"phone\",\"phone\":\"1\"} | phone must be a phone number in E.164, for example +12025550101",
  })
  void aFaultyOrderIsRefused(String body, String error) {
    Api.Answer answer = WORLD.aWorkspace().api().post("/api/line-requests", body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.at("error")).isEqualTo(error);
  }

  @Test
  void idsAreHeldAgainstTheWorkspace() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String unknown = Ids.text(Kind.LINE_REQUEST, new Ids(java.time.Clock.systemUTC()).next(Ids.tag(own.id())));
    assertThat(own.api().get("/api/line-requests/x").at("error")).isEqualTo("Invalid line request id");
    assertThat(own.api().get("/api/line-requests/" + unknown).at("error")).isEqualTo("Line request not found");
    assertThat(own.api().get("/api/line-requests/" + Ids.text(Kind.LINE_REQUEST, new UUID(1L << 32, 1))).status()).isEqualTo(403);
  }
}
