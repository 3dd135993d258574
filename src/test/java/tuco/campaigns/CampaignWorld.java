package tuco.campaigns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** One workspace with a simulator line, lists of leads and campaigns to them, by the API alone. */
final class CampaignWorld implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(15);

  final World world;
  final World.TestWorkspace workspace;
  final Api api;
  final String line;
  private int people = 150;

  CampaignWorld() {
    this(new World());
  }

  CampaignWorld(Clock clock) {
    this(new World(clock));
  }

  CampaignWorld(World world) {
    this.world = world;
    workspace = world.aWorkspace();
    api = workspace.api();
    line = world.aSimulatorLine(workspace.id());
  }

  String aList(String name) {
    return created(api.post("/api/lists", Json.text(Json.object().put("name", name)))).at("/list/_id");
  }

  /** New leads of a list, who have nothing but a first name and an e-mail address. */
  List<String> leads(String list, int count) {
    ObjectNode body = Json.object().put("listId", list);
    ArrayNode leads = body.putArray("leads");
    for (int i = 0; i < count; i++) {
      int n = people++;
      leads.addObject().put("firstName", "Lead" + n).put("email", "lead" + n + "@example.com");
    }
    List<String> ids = new ArrayList<>();
    created(api.post("/api/leads", Json.text(body))).json().path("leadIds").forEach(id -> ids.add(id.asText()));
    return ids;
  }

  /** A campaign in draft, awake at all hours; {@code more} is put into its body. */
  String campaign(String list, String more) {
    String body = """
        {"name":"Test","listId":"%s","settings":{"quietHours":false},%s}""".formatted(list, more);
    Api.Answer answer = created(api.post("/api/campaigns", body));
    return answer.at("/campaign/_id");
  }

  static Api.Answer created(Api.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer;
  }

  static Api.Answer ok(Api.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer;
  }

  Api.Answer act(String campaign, String action) {
    return ok(api.post("/api/campaigns/" + campaign + "/" + action, "{}"));
  }

  String status(String campaign) {
    return ok(api.get("/api/campaigns/" + campaign)).at("/campaign/status");
  }

  void eventually(String campaign, String status) {
    Eventually.within(SOON, () -> assertThat(status(campaign)).isEqualTo(status));
  }

  /** The first column of every row, as text. */
  List<String> all(String sql, Object... values) {
    return world.database().crossing(tx -> {
      try (var statement = tx.connection().prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        List<String> rows = new ArrayList<>();
        try (var row = statement.executeQuery()) {
          while (row.next()) {
            rows.add(row.getString(1));
          }
        }
        return rows;
      }
    });
  }

  String one(String sql, Object... values) {
    return String.valueOf(all(sql, values).getFirst());
  }

  int number(String sql, Object... values) {
    return Integer.parseInt(one(sql, values));
  }

  int update(String sql, Object... values) {
    return world.database().crossing(tx -> {
      try (var statement = tx.connection().prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        return statement.executeUpdate();
      }
    });
  }

  static UUID id(Kind kind, String text) {
    UUID id = Ids.parse(kind, text);
    assertThat(id).as(text).isNotNull();
    return id;
  }

  /** How many messages of a campaign the simulator took. */
  int sent(String campaign) {
    return number("""
        select count(*) from simulator_ledger g join messages m using (workspace_id, message_id) where m.campaign_id = ?""",
        id(Kind.CAMPAIGN, campaign));
  }

  /** The texts of a campaign's messages to a lead that left, in order of steps. */
  String texts(String campaign, String lead) {
    return all("""
        select m.text from messages m join message_states s using (workspace_id, message_id)
         where m.campaign_id = ? and m.lead_id = ? and s.status in ('sent', 'delivered') order by m.step_index""",
        id(Kind.CAMPAIGN, campaign), id(Kind.LEAD, lead)).stream().collect(Collectors.joining(" / "));
  }

  /** The places of a campaign's enrolments, for example {@code completed 3, stopped 1}. */
  String places(String campaign) {
    return all("select state || ' ' || count(*) from enrolments where campaign_id = ? group by state order by state",
        id(Kind.CAMPAIGN, campaign)).stream().collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    world.close();
  }
}
