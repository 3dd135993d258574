package tuco.lines;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
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

/** Lines over HTTP (contract 2.14, decisions 7.3). */
public final class LinesApi {
  private static final int NAME = 100;
  private static final int SETTING = 500;

  private final Lines lines;
  private final LineRequests orders;
  private final Map<String, Channel> channels;
  private final Phones phones;
  private final Clock clock;
  private final Audit audit;

  public LinesApi(Lines lines, LineRequests orders, Map<String, Channel> channels, Phones phones, Clock clock, Audit audit) {
    this.lines = lines;
    this.orders = orders;
    this.channels = channels;
    this.phones = phones;
    this.clock = clock;
    this.audit = audit;
  }

  /** GET /api/lines and /api/lines/by-user: all lines, with today's use. */
  public Response list(Request request, Tx tx) {
    ArrayNode array = Json.array();
    lines.all(tx).forEach(array::add);
    ObjectNode body = Json.object();
    body.set("lines", array);
    return Response.ok(body);
  }

  /** GET /api/lines/{id}. */
  public Response show(Request request, Tx tx) {
    return Response.ok(line(tx, request.pathId("id", Kind.LINE, tx.caller())));
  }

  /** POST /api/lines. */
  public Response create(Request request, Tx tx) {
    Body body = request.json();
    String named = body.text("lineRequestId", 100);
    UUID order = named == null ? null
        : Request.own(Kind.LINE_REQUEST, named.strip(), tx.caller(), "lineRequestId", "Invalid line request id");
    String kinds = String.join(", ", LineKind.wires());
    LineKind kind = LineKind.of(body.requiredOneOf("kind", LineKind.wires(),
        "kind is required: one of " + kinds, "kind must be one of " + kinds)).orElse(LineKind.SIMULATOR);
    String address = address(body, kind);
    Lines.NewLine line = new Lines.NewLine(
        kind, address, name(body, "firstName", ""), name(body, "lastName", ""),
        fields(body, kind.settings(), Map.of()), fields(body, kind.secrets(), Map.of()),
        LineLimits.defaults(kind, address.indexOf('@') >= 0).with(body, today()));
    if (body.clean()) {
      UUID none = new UUID(0, 0);
      check(body, new LineSettings(tx.workspace(), none, kind.wire(), address,
          StoredLine.displayName(line.firstName(), line.lastName()), line.settings(), line.secrets()));
    }
    body.check(tx.caller());
    UUID id = lines.create(tx, tx.workspace(), line);
    if (order != null) {
      orders.fulfil(tx, order, id);
    }
    audit.record(tx, Action.LINE_CREATE, Kind.LINE, id, Map.of("kind", kind.wire()));
    return Response.created(line(tx, id));
  }

  /** PATCH /api/lines/{id}: names, settings, limits; {@code isActive} pauses and resumes. */
  public Response change(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.LINE, tx.caller());
    Body body = request.json();
    Lines.Current now = lines.current(tx, id, true).orElseThrow(LinesApi::notFound);
    LineKind kind = LineKind.of(now.settings().kind()).orElseThrow();
    boolean active = body.flag("isActive", now.active());
    String pauseReason = active ? null : body.text("pauseReason", SETTING);
    if (!active && pauseReason == null) {
      pauseReason = now.active() ? "paused by " + tx.caller().actorName() : now.pauseReason();
    }
    Lines.Edit edit = new Lines.Edit(
        name(body, "firstName", now.firstName()), name(body, "lastName", now.lastName()), active, pauseReason,
        body.has("isActive"), fields(body, kind.settings(), now.settings().settings()),
        fields(body, kind.secrets(), now.settings().secrets()),
        now.limits().with(body, today()));
    if (body.clean()) {
      check(body, new LineSettings(tx.workspace(), id, kind.wire(), now.settings().address(),
          StoredLine.displayName(edit.firstName(), edit.lastName()), edit.settings(), edit.secrets()));
    }
    body.check(tx.caller());
    lines.update(tx, id, edit);
    audit.record(tx, Action.LINE_CHANGE, Kind.LINE, id, Map.of("fields", body.mentioned(), "active", active));
    return Response.ok(line(tx, id));
  }

  /** DELETE /api/lines/{id}. */
  public Response remove(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.LINE, tx.caller());
    if (!lines.remove(tx, id)) {
      throw notFound();
    }
    audit.record(tx, Action.LINE_REMOVE, Kind.LINE, id);
    return Response.ok(Json.object().put("success", true).put("lineId", Ids.text(Kind.LINE, id)));
  }

  private ObjectNode line(Tx tx, UUID id) {
    ObjectNode body = Json.object();
    body.set("line", lines.find(tx, id).orElseThrow(LinesApi::notFound));
    return body;
  }

  static Problem notFound() {
    return Problem.notFound("Line not found").code("line_not_found");
  }

  private String today() {
    return clock.instant().atOffset(ZoneOffset.UTC).toLocalDate().toString();
  }

  /** The line's own address, given as {@code address}, {@code phone} or {@code email}. */
  private String address(Body body, LineKind kind) {
    String field = body.has("phone") ? "phone" : body.has("email") ? "email" : "address";
    String raw = body.required(field, 254, "address is required: " + allowed(kind));
    if (raw.isEmpty()) {
      return "";
    }
    String address = raw.indexOf('@') >= 0
        ? kind.email() ? Emails.normalise(raw) : null
        : kind.phone() ? phones.normalise(raw) : null;
    if (address == null) {
      body.fault(field, field + " must be " + allowed(kind));
      return "";
    }
    return address;
  }

  private static String allowed(LineKind kind) {
    return kind.phone() && kind.email() ? "a phone number in E.164 or an e-mail address"
        : kind.phone() ? "a phone number in E.164" : "an e-mail address";
  }

  private static String name(Body body, String field, String now) {
    if (!body.mentions(field)) {
      return now;
    }
    String text = body.text(field, NAME);
    return text == null ? "" : text.strip();
  }

  /** The kind's fields: what the body mentions over what is there; null or blank takes a value away. */
  private static Map<String, String> fields(Body body, List<String> names, Map<String, String> now) {
    Map<String, String> fields = new LinkedHashMap<>(now);
    for (String name : names) {
      if (body.mentions(name)) {
        String value = scalar(body, name);
        if (value == null) {
          fields.remove(name);
        } else {
          fields.put(name, value);
        }
      }
    }
    return fields;
  }

  private static @Nullable String scalar(Body body, String name) {
    JsonNode value = body.raw(name);
    return value != null && (value.isIntegralNumber() || value.isBoolean()) ? value.asText() : body.text(name, SETTING);
  }

  private void check(Body body, LineSettings settings) {
    Channel channel = channels.get(settings.kind());
    if (channel != null) {
      channel.check(settings).forEach(fault -> body.fault(fault.field(), fault.message()));
    }
  }
}
