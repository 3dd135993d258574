package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Choice;
import tuco.campaigns.render.Fault;
import tuco.campaigns.render.Fields;
import tuco.campaigns.render.Rendered;
import tuco.campaigns.render.SmsLength;
import tuco.campaigns.render.Template;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The texts of a campaign as one lead gets them, with the wording that this lead will really get. */
public final class CampaignPreview {
  /** Somebody who does not exist, where there is nobody yet. */
  private static final ObjectNode NOBODY = nobody();

  private CampaignPreview() {}

  /**
   * One message as the lead sees it.
   *
   * @param letter of the wording, empty when there is one only
   * @param share of the leads that get this wording, in per cent
   * @param sms the text that follows as an SMS where this one does not arrive, null for none
   */
  public record Bubble(
      int step, String after, String letter, int share, Rendered text, SmsLength length, List<Fault> faults, @Nullable Rendered sms) {
    /** What to look at before it is sent; empty when all is well. */
    public List<String> remarks() {
      List<String> remarks = new ArrayList<>();
      faults.forEach(fault -> remarks.add(fault.message()));
      if (faults.isEmpty() && text.reason() != null) {
        remarks.add(text.reason() + ".");
      }
      text.missing().forEach(name -> remarks.add("{" + name + "} is empty here. Write {" + name + "|…} to say what stands there instead."));
      return remarks;
    }
  }

  /** All steps for this lead, in their order. */
  static List<Bubble> of(UUID campaign, JsonNode steps, @Nullable ObjectNode lead, @Nullable String lineName, Set<String> customFields) {
    ObjectNode person = lead == null ? NOBODY : lead;
    UUID id = lead == null ? new UUID(0, 0) : Ids.parse(Kind.LEAD, lead.path("_id").asText());
    Function<String, @Nullable String> fields = Fields.of(person, lineName);
    List<Bubble> bubbles = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      long seed = Choice.seed(campaign, steps.get(i).path("number").asInt(i), id == null ? new UUID(0, 0) : id);
      bubbles.add(bubble(i, steps.get(i), fields, seed, customFields));
    }
    return bubbles;
  }

  private static Bubble bubble(int index, JsonNode step, Function<String, @Nullable String> fields, long seed, Set<String> customFields) {
    JsonNode variants = step.path("variants");
    int[] weights = variants.valueStream().mapToInt(variant -> variant.path("weight").asInt(0)).toArray();
    int chosen = weights.length < 2 ? 0 : Choice.variant(weights, seed);
    List<Fault> faults = new ArrayList<>();
    for (JsonNode variant : variants) {
      faults.addAll(Template.parse(variant.path("message").asText("")).faults(customFields));
    }
    Rendered text = Template.parse(variants.path(chosen).path("message").asText("")).render(fields, seed);
    String sms = step.path("smsFallback").asText("");
    faults.addAll(Template.parse(sms).faults(customFields));
    return new Bubble(index, CampaignWords.delay(step), weights.length < 2 ? "" : letter(chosen), share(weights, chosen), text,
        SmsLength.of(text.text()), faults, sms.isBlank() ? null : Template.parse(sms).render(fields, seed));
  }

  /** A, B, C … */
  public static String letter(int place) {
    return String.valueOf((char) ('A' + place % 26));
  }

  /** How many of a hundred leads get this wording. */
  public static int share(int[] weights, int place) {
    long total = 0;
    for (int weight : weights) {
      total += Math.max(0, weight);
    }
    return weights.length == 0 ? 0 : total == 0 ? 100 / weights.length : (int) Math.round(100.0 * Math.max(0, weights[place]) / total);
  }

  private static ObjectNode nobody() {
    ObjectNode lead = Json.object();
    Fields.builtIn().forEach(field -> lead.put(field.name(), field.sample()));
    return lead;
  }
}
