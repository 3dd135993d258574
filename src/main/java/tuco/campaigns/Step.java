package tuco.campaigns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Choice;
import tuco.campaigns.render.Condition;
import tuco.http.Json;

/**
 * One message of a sequence (decisions 6.2).
 *
 * @param number by which it is known for good, wherever an edit moves it: messages and places of leads name it
 * @param delay how long after the step before it; of the first step, after the enrolment
 * @param stopRules end the sequence instead of this step; the first step has none
 * @param branches looked at when the time after this step is over; the first that holds names the next step
 * @param smsFallback the text for an SMS where the message cannot be delivered otherwise; null for none
 */
record Step(
    int number, List<Variant> variants, int delay, Unit unit, List<Condition> stopRules, List<Branch> branches, @Nullable String smsFallback) {
  /** A wording and how often it is used, beside the others. */
  record Variant(String text, int weight) {}

  /**
   * A way on.
   *
   * @param to the index of the next step, {@link #END} to end the sequence
   */
  record Branch(Condition when, int to) {
    static final int END = -1;
  }

  /** In what a delay is given. Days are days of the calendar: the same time on the clock (decisions 6.4). */
  enum Unit {
    SECONDS, MINUTES, HOURS, DAYS;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Unit of(String wire) {
      return valueOf(wire.toUpperCase(Locale.ROOT));
    }
  }

  /** When the delay that begins at this instant is over, by the clocks of that zone. */
  Instant after(Instant begin, ZoneId zone) {
    return switch (unit) {
      case SECONDS -> begin.plusSeconds(delay);
      case MINUTES -> begin.plusSeconds(60L * delay);
      case HOURS -> begin.plusSeconds(3_600L * delay);
      // A time that the clocks skip that day becomes the next there is; one they show twice is the first.
      case DAYS -> begin.atZone(zone).plusDays(delay).toInstant();
    };
  }

  /** Which wording a lead gets: always the same. */
  int variantFor(UUID campaign, UUID lead) {
    int[] weights = variants.stream().mapToInt(Variant::weight).toArray();
    return weights.length == 1 ? 0 : Choice.variant(weights, seed(campaign, lead));
  }

  /** What its spins follow from. */
  long seed(UUID campaign, UUID lead) {
    return Choice.seed(campaign, number, lead);
  }

  Step numbered(int as) {
    return new Step(as, variants, delay, unit, stopRules, branches, smsFallback);
  }

  /** As it is stored, beside its number. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("delay", delay).put("delayUnit", unit.wire());
    ArrayNode texts = json.putArray("variants");
    variants.forEach(variant -> texts.addObject().put("message", variant.text()).put("weight", variant.weight()));
    json.set("stopRules", Rule.array(stopRules));
    ArrayNode ways = json.putArray("branches");
    for (Branch branch : branches) {
      ObjectNode way = Rule.json(branch.when());
      ways.add(branch.to() == Branch.END ? way.put("end", true) : way.put("goTo", branch.to()));
    }
    json.put("smsFallback", smsFallback);
    return json;
  }

  /** What {@link #json} wrote. */
  static Step of(int number, JsonNode json) {
    List<Variant> variants = new ArrayList<>();
    json.path("variants").forEach(each -> variants.add(new Variant(each.path("message").asText(), each.path("weight").asInt(1))));
    List<Branch> branches = new ArrayList<>();
    json.path("branches").forEach(each ->
        branches.add(new Branch(Rule.of(each), each.path("end").asBoolean() ? Branch.END : each.path("goTo").asInt())));
    return new Step(number, variants, json.path("delay").asInt(), Unit.of(json.path("delayUnit").asText("seconds")),
        Rule.list(json.path("stopRules")), branches, json.path("smsFallback").textValue());
  }
}
