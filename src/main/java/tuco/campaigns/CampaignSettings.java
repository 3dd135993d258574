package tuco.campaigns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Condition;
import tuco.dispatch.Window;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * How a campaign sends, whatever its steps.
 *
 * @param lines that may carry it; empty for every line of the workspace
 * @param zone of its window; null for the workspace's
 * @param recipientZone whether the window is meant by the recipients' clocks
 * @param start of the window, null for none
 * @param quiet hours kept by the recipients' clocks, null when they are switched off
 * @param stateHours whether states' own quiet hours are kept besides, where there are any
 * @param touchesPerDay how many campaigns may write to a person in one day of theirs, this one included; null for any number
 * @param firstMessageLinks whether the first message to somebody may hold a link on an iMessage line
 * @param unanswered how many messages somebody gets on an iMessage line who does not answer; null for any number
 * @param sameText how many people get the same words of a step from one iMessage line within ten minutes; null for any number
 * @param spacingSeconds between the first messages of the campaign
 * @param graceMinutes after so long a stop it waits for approval instead of going on; null never, save where its start was missed
 */
record CampaignSettings(
    List<UUID> lines, @Nullable ZoneId zone, boolean recipientZone, @Nullable LocalTime start, @Nullable LocalTime end,
    int weekdays, @Nullable Quiet quiet, boolean stateHours, @Nullable Integer touchesPerDay, boolean firstMessageLinks,
    @Nullable Integer unanswered, @Nullable Integer sameText, int spacingSeconds, Order order, boolean randomizeOrder,
    boolean stopOnReply, List<Condition> stopRules, boolean autoEnrol, @Nullable Integer graceMinutes) {
  /** When people may be written to, by their own clocks (decisions 6.4). */
  record Quiet(LocalTime start, LocalTime end) {
    static final Quiet HOURS = new Quiet(LocalTime.of(8, 0), LocalTime.of(21, 0));
  }

  /** Unless somebody says otherwise (connectors.md 5). */
  static final int TOUCHES_PER_DAY = 1;

  /** What leaves first where not everything can. */
  enum Order {
    FOLLOW_UPS_FIRST, NEW_FIRST;

    String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Order of(String wire) {
      return valueOf(wire.toUpperCase(java.util.Locale.ROOT));
    }
  }

  /** Whether the campaign has a window of its own. */
  boolean hasWindow() {
    return start != null || end != null || weekdays != Window.EVERY_DAY;
  }

  /** As it is stored and shown, beside {@link #linesJson}. */
  ObjectNode json() {
    ObjectNode json = Json.object();
    json.put("timezone", zone == null ? null : zone.getId());
    json.put("timezoneMode", recipientZone ? "recipient" : "campaign");
    json.put("sendWindowStart", Objects.toString(start, null));
    json.put("sendWindowEnd", Objects.toString(end, null));
    ArrayNode days = json.putArray("allowedDaysOfWeek");
    for (int day = 0; day < 7; day++) {
      if ((weekdays >> day & 1) == 1) {
        days.add(day);
      }
    }
    json.put("quietHours", quiet != null);
    json.put("quietHoursStart", quiet == null ? null : quiet.start().toString());
    json.put("quietHoursEnd", quiet == null ? null : quiet.end().toString());
    json.put("stateHours", stateHours).put("touchesPerDay", touchesPerDay).put("firstMessageLinks", firstMessageLinks);
    json.put("unansweredLimit", unanswered).put("sameTextLimit", sameText);
    json.put("spacingSeconds", spacingSeconds).put("order", order.wire()).put("randomizeOrder", randomizeOrder);
    json.put("stopOnReply", stopOnReply);
    json.set("stopRules", Rule.array(stopRules));
    json.put("autoEnrol", autoEnrol).put("graceMinutes", graceMinutes);
    return json;
  }

  ArrayNode linesJson() {
    ArrayNode array = Json.array();
    lines.forEach(line -> array.add(Ids.text(Kind.LINE, line)));
    return array;
  }

  /** As it is stored: {@link #json} with the lines. */
  ObjectNode stored() {
    ObjectNode json = json();
    json.set("lineIds", linesJson());
    return json;
  }

  /** What {@link #stored} wrote. */
  static CampaignSettings of(JsonNode json) {
    List<UUID> lines = new ArrayList<>();
    for (JsonNode each : json.path("lineIds")) {
      UUID line = Ids.parse(Kind.LINE, each.asText());
      if (line != null) {
        lines.add(line);
      }
    }
    int weekdays = 0;
    for (JsonNode day : json.path("allowedDaysOfWeek")) {
      weekdays |= 1 << day.asInt();
    }
    String zone = json.path("timezone").textValue();
    return new CampaignSettings(
        lines, zone == null ? null : ZoneId.of(zone), json.path("timezoneMode").asText().equals("recipient"),
        time(json, "sendWindowStart"), time(json, "sendWindowEnd"), weekdays == 0 ? Window.EVERY_DAY : weekdays,
        json.path("quietHours").asBoolean() ? new Quiet(Objects.requireNonNull(time(json, "quietHoursStart")),
            Objects.requireNonNull(time(json, "quietHoursEnd"))) : null,
        json.path("stateHours").asBoolean(true),
        number(json, "touchesPerDay", TOUCHES_PER_DAY), json.path("firstMessageLinks").asBoolean(),
        number(json, "unansweredLimit", Restraint.MOST_UNANSWERED), number(json, "sameTextLimit", Restraint.SAME_TEXT_PEOPLE),
        json.path("spacingSeconds").asInt(), Order.of(json.path("order").asText("follow_ups_first")),
        json.path("randomizeOrder").asBoolean(), json.path("stopOnReply").asBoolean(true),
        Rule.list(json.path("stopRules")), json.path("autoEnrol").asBoolean(),
        json.path("graceMinutes").isNumber() ? json.path("graceMinutes").asInt() : null);
  }

  /** Null where somebody said so; the usual number where nobody said anything. */
  private static @Nullable Integer number(JsonNode json, String name, int usual) {
    return json.has(name) ? (Integer) json.path(name).numberValue() : (Integer) usual;
  }

  private static @Nullable LocalTime time(JsonNode json, String name) {
    String text = json.path(name).textValue();
    return text == null ? null : LocalTime.parse(text);
  }
}
