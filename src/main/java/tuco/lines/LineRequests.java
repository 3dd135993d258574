package tuco.lines;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.Phones;

/**
 * Orders for lines (contract 2.17). Here nobody pays: an order waits as {@code provisioning} until the operator makes
 * the line with {@code POST /api/lines} and names the order in {@code lineRequestId}.
 */
public final class LineRequests {
  private final Ids ids;
  private final Phones phones;
  private final Clock clock;
  private final Audit audit;

  public LineRequests(Ids ids, Phones phones, Clock clock, Audit audit) {
    this.ids = ids;
    this.phones = phones;
    this.clock = clock;
    this.audit = audit;
  }

  private record Order(String firstName, String lastName, String channel, String type, @Nullable String phone,
      @Nullable String email, @Nullable String zipcode, @Nullable String state, @Nullable String forward,
      @Nullable String image, @Nullable String clientKey) {}

  /** POST /api/line-requests. The same {@code idempotencyKey} answers as it did, with the order it made. */
  public Response create(Request request, Tx tx) {
    Order order = order(request.json());
    request.json().check(tx.caller());
    refuseWhatThePlanLacks(tx, order.channel());
    UUID id = ids.next(tx.caller().tag());
    boolean made = insert(tx, id, order);
    if (made) {
      audit.record(tx, Action.LINE_REQUEST, Kind.LINE_REQUEST, id, Map.of("channelType", order.channel()));
    }
    ObjectNode answer = made ? one(tx, "line_request_id = :key", id) : one(tx, "client_key = :key", order.clientKey());
    return Response.created(answer);
  }

  private Order order(Body body) {
    String first = body.required("firstName", 100, "firstName is required");
    String last = body.required("lastName", 100, "lastName is required");
    String channel = body.requiredOneOf("channelType", List.of("phone", "email"),
        "channelType is required: phone or email", "channelType must be phone or email");
    String type = body.oneOf("lineType", "purchased", List.of("purchased", "byon"), "lineType must be purchased or byon");
    boolean byon = type.equals("byon") && !channel.equals("email");
    String phone = body.text("phone", 50);
    String number = phone == null ? null : phones.normalise(phone);
    if (phone != null && number == null) {
      body.fault("phone", "phone must be a phone number in E.164, for example +12025550101");
    } else if (byon && number == null) {
      body.fault("phone", "phone is required for a number of your own");
    }
    String email = body.text("email", 300);
    String mail = email == null ? null : Emails.normalise(email);
    if (email != null && mail == null) {
      body.fault("email", "email must be an e-mail address");
    } else if ((byon || channel.equals("email")) && mail == null) {
      body.fault("email", byon ? "email is required for a number of your own" : "email is required for an email line");
    }
    return new Order(first, last, channel, type, number, mail, body.text("zipcode", 20), body.text("state", 50),
        body.text("forwardCallsTo", 50), body.text("profileImageUrl", 1_000), body.text("idempotencyKey", 255));
  }

  private static void refuseWhatThePlanLacks(Tx tx, String channel) {
    Integer most = tx.query("select case when :channel = 'email' then email_lines else phone_lines end from plans where plan = :plan")
        .bind("channel", channel).bind("plan", tx.caller().plan()).mapTo(Integer.class).findOne().orElse(null);
    if (most != null && most == 0) {
      String sentence = "The plan " + tx.caller().plan() + " has no " + channel + " lines.";
      throw Problem.forbidden(sentence).code("forbidden_line_type")
          .member("success", false).member("status", "forbidden_line_type").member("message", sentence);
    }
  }

  private boolean insert(Tx tx, UUID id, Order order) {
    return tx.ownUpdate("""
            insert into line_requests (workspace_id, line_request_id, first_name, last_name, channel_type, line_type,
                                       phone, email, zipcode, state, forward_to, image_url, status, client_key,
                                       created_at, updated_at)
            values (:workspace, :id, :first, :last, :channel, :type, :phone, :email, :zipcode, :state, :forward, :image,
                    'provisioning', :clientKey, :now, :now)
            on conflict (workspace_id, client_key) do nothing""")
        .bind("id", id).bind("first", order.firstName()).bind("last", order.lastName())
        .bind("channel", order.channel()).bind("type", order.type()).bind("phone", order.phone())
        .bind("email", order.email()).bind("zipcode", order.zipcode()).bind("state", order.state())
        .bind("forward", order.forward()).bind("image", order.image()).bind("clientKey", order.clientKey())
        .bind("now", clock.instant()).execute() == 1;
  }

  /** GET /api/line-requests: newest first. */
  public Response list(Request request, Tx tx) {
    ArrayNode array = Json.array();
    tx.ownQuery("select * from line_requests where workspace_id = :workspace order by line_request_id desc")
        .map((row, context) -> json(row)).forEach(array::add);
    ObjectNode body = Json.object();
    body.set("lineRequests", array);
    return Response.ok(body);
  }

  /** GET /api/line-requests/{id}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(one(tx, "line_request_id = :key", id(request, tx)));
  }

  /** POST /api/line-requests/{id}: {@code cancel} while it waits; there is no payment to link to. */
  public Response act(Request request, Tx tx) {
    UUID id = id(request, tx);
    Body body = request.json();
    String action = body.text("action", 50);
    if (!"cancel".equals(action) && !"payment_link".equals(action)) {
      throw Problem.badField("action", "Unsupported action");
    }
    ObjectNode now = one(tx, "line_request_id = :key", id);
    if ("payment_link".equals(action)) {
      throw refused(now, "This installation takes no payments; the operator provisions lines.");
    }
    int canceled = tx.ownUpdate("""
            update line_requests set status = 'canceled', updated_at = :now
             where workspace_id = :workspace and line_request_id = :id and status = 'provisioning'""")
        .bind("id", id).bind("now", clock.instant()).execute();
    if (canceled == 0) {
      throw refused(now, "Only an order that is being provisioned can be canceled.");
    }
    audit.record(tx, Action.LINE_REQUEST_CHANGE, Kind.LINE_REQUEST, id, Map.of("action", action));
    return Response.ok(one(tx, "line_request_id = :key", id));
  }

  /** {@code status} is the order's, as the contract has it; RFC 9457 lets whoever expects a number there ignore it. */
  private static Problem refused(ObjectNode now, String message) {
    return Problem.conflict(message).code("not_applicable")
        .member("success", false).member("status", now.path("status").asText()).member("message", message);
  }

  /** The operator made the line an order asked for; 409 when the order does not wait. */
  void fulfil(Tx tx, UUID id, UUID line) {
    int fulfilled = tx.ownUpdate("""
            update line_requests set status = 'active', line_id = :line, updated_at = :now
             where workspace_id = :workspace and line_request_id = :id and status = 'provisioning'""")
        .bind("id", id).bind("line", line).bind("now", clock.instant()).execute();
    if (fulfilled == 0) {
      ObjectNode now = one(tx, "line_request_id = :key", id);
      throw Problem.conflict("This order is not being provisioned; it is " + now.path("status").asText() + ".")
          .code("not_applicable").field("lineRequestId", "This order is not being provisioned.");
    }
  }

  private static UUID id(Request request, Tx tx) {
    return Request.own(Kind.LINE_REQUEST, request.param("id"), tx.caller(), "id", "Invalid line request id");
  }

  private static ObjectNode one(Tx tx, String condition, @Nullable Object key) {
    Optional<ObjectNode> found = tx.ownQuery("select * from line_requests where workspace_id = :workspace and " + condition)
        .bind("key", key).map((row, context) -> json(row)).findOne();
    return found.orElseThrow(() -> Problem.notFound("Line request not found").code("line_request_not_found"));
  }

  private static ObjectNode json(ResultSet row) throws SQLException {
    String status = row.getString("status");
    ObjectNode body = Json.object().put("success", true)
        .put("lineRequestId", Ids.text(Kind.LINE_REQUEST, row.getObject("line_request_id", UUID.class)))
        .put("status", status).put("paymentStatus", "paid").put("paymentRequired", false);
    body.set("line", Json.object()
        .put("_id", Ids.textOrNull(Kind.LINE, row.getObject("line_id", UUID.class)))
        .put("firstName", row.getString("first_name")).put("lastName", row.getString("last_name"))
        .put("channelType", row.getString("channel_type")).put("lineType", row.getString("line_type"))
        .put("phone", row.getString("phone")).put("email", row.getString("email"))
        .put("provisioningStatus", status).put("paymentStatus", "paid"));
    return body.put("createdAt", Json.timestamp(row.getTimestamp("created_at").toInstant()))
        .put("updatedAt", Json.timestamp(row.getTimestamp("updated_at").toInstant()));
  }
}
