package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The figures of a campaign as the page shows them, out of the API's answer. */
public record CampaignStats(JsonNode stats, JsonNode campaign) {
  private static final int DAYS_MAX = 60;
  private static final int WIDTH = 720;
  private static final int HEIGHT = 120;
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMM", Locale.ENGLISH);

  /** A number with its share of another, in per cent. */
  public record Figure(String label, long count, double share, String tone) {
    /** For example {@code 12.5 %}. */
    public String percent() {
      double percent = share * 100;
      return percent == 0 || percent >= 10 || percent == Math.rint(percent)
          ? Math.round(percent) + " %" : String.format(Locale.ENGLISH, "%.1f %%", percent);
    }
  }

  /** A part of the bar that shows where everybody is. */
  public record Part(String label, long count, double x, double width, String tone) {}

  /**
   * A wording of a step.
   *
   * @param text null when the step was edited since
   */
  public record Wording(String letter, @Nullable String text, long sent, List<Figure> rates, boolean leads) {}

  /** A step with its figures. */
  public record Step(int index, String text, long planned, long sent, List<Figure> figures, List<Wording> wordings) {}

  /** A day of the chart. */
  public record Day(String label, long sent, long replied, double x, double width, double sentHeight, double repliedHeight) {}

  private long at(String group, String name) {
    return stats.path(group).path(name).asLong();
  }

  public long people() {
    return at("recipients", "enrolled");
  }

  /** The figures on top. */
  public List<Figure> totals() {
    JsonNode messages = stats.path("messages");
    return List.of(
        new Figure("Sent", messages.path("sent").asLong(), 0, ""),
        figure("Delivered", messages, "delivered", "good"),
        figure("Replied", messages, "replied", "info"),
        figure("Opted out", messages, "optedOut", "wait"),
        new Figure("Not arrived", messages.path("failed").asLong() + messages.path("fallback").asLong(),
            messages.path("rates").path("failed").asDouble() + messages.path("rates").path("fallback").asDouble(), "bad"));
  }

  private static Figure figure(String label, JsonNode counts, String name, String tone) {
    return new Figure(label, counts.path(name).asLong(), counts.path("rates").path(name).asDouble(), tone);
  }

  /** Where everybody is, side by side; the widths make 100. */
  public List<Part> parts() {
    long all = Math.max(1, people());
    List<Part> parts = new ArrayList<>();
    double x = 0;
    String[][] places = {{"completed", "Through", "good"}, {"inFlight", "On its way", "info"}, {"active", "Waiting", "wait"}, {"stopped", "Stopped", "calm"}};
    for (String[] place : places) {
      long count = at("recipients", place[0]);
      double width = 100.0 * count / all;
      if (count > 0) {
        parts.add(new Part(place[1], count, x, width, place[2]));
      }
      x += width;
    }
    return parts;
  }

  /** Why sequences stopped, the most frequent first. */
  public List<Figure> stops() {
    long stopped = Math.max(1, at("recipients", "stopped"));
    return stats.path("recipients").path("stoppedBy").properties().stream()
        .map(cause -> new Figure(CampaignWords.stopped(cause.getKey()), cause.getValue().asLong(), (double) cause.getValue().asLong() / stopped, ""))
        .sorted((a, b) -> Long.compare(b.count(), a.count())).toList();
  }

  /** All steps in their order. */
  public List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    for (JsonNode step : stats.path("steps")) {
      int index = step.path("stepIndex").asInt();
      JsonNode said = campaign.path("steps").path(index);
      String text = step.path("removed").asBoolean() ? "A step that is not there any more" : said.path("variants").path(0).path("message").asText();
      List<Figure> figures = List.of(
          figure("Delivered", step, "delivered", "good"), figure("Replied", step, "replied", "info"),
          figure("Opted out", step, "optedOut", "wait"), figure("Not reachable", step, "fallback", "bad"), figure("Failed", step, "failed", "bad"));
      steps.add(new Step(index, text, step.path("planned").asLong(), step.path("sent").asLong(), figures, wordings(step, said)));
    }
    return steps;
  }

  private List<Wording> wordings(JsonNode step, JsonNode said) {
    List<JsonNode> used = step.path("variants").valueStream().toList();
    if (used.size() < 2) {
      return List.of();
    }
    int version = campaign.path("stepsVersion").asInt();
    int leader = leader(used);
    List<Wording> wordings = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      JsonNode each = used.get(i);
      int variant = each.path("variant").asInt();
      String text = each.path("version").asInt() == version ? said.path("variants").path(variant).path("message").asText() : null;
      wordings.add(new Wording(CampaignPreview.letter(variant), text, each.path("sent").asLong(), List.of(
          figure("Delivered", each, "delivered", "good"), figure("Replied", each, "replied", "info"),
          figure("Opted out", each, "optedOut", "wait")), i == leader));
    }
    return wordings;
  }

  /**
   * The wording that is answered most, when that is more than chance: two proportions compared with the second best, at
   * 95 per cent, and not before each was sent thirty times. Its place, or -1.
   */
  static int leader(List<JsonNode> wordings) {
    List<Integer> sorted = IntStream.range(0, wordings.size()).boxed().filter(i -> wordings.get(i).path("sent").asLong() >= 30)
        .sorted((a, b) -> Double.compare(rate(wordings.get(b)), rate(wordings.get(a)))).toList();
    if (sorted.size() < 2) {
      return -1;
    }
    JsonNode best = wordings.get(sorted.get(0));
    JsonNode next = wordings.get(sorted.get(1));
    double n1 = best.path("sent").asDouble();
    double n2 = next.path("sent").asDouble();
    double p = (best.path("replied").asDouble() + next.path("replied").asDouble()) / (n1 + n2);
    double error = Math.sqrt(p * (1 - p) * (1 / n1 + 1 / n2));
    return error > 0 && (rate(best) - rate(next)) / error > 1.96 ? sorted.getFirst() : -1;
  }

  private static double rate(JsonNode wording) {
    return wording.path("replied").asDouble() / Math.max(1, wording.path("sent").asDouble());
  }

  /** The last days, those without anything too, ready to be drawn. */
  public List<Day> days() {
    List<JsonNode> found = stats.path("days").valueStream().toList();
    if (found.isEmpty()) {
      return List.of();
    }
    Map<LocalDate, JsonNode> byDay = new HashMap<>();
    found.forEach(day -> byDay.put(LocalDate.parse(day.path("day").asText()), day));
    LocalDate last = LocalDate.parse(found.getLast().path("day").asText());
    LocalDate first = LocalDate.parse(found.getFirst().path("day").asText());
    LocalDate from = first.isBefore(last.minusDays(DAYS_MAX - 1)) ? last.minusDays(DAYS_MAX - 1) : first;
    // A fortnight at least, so that the first days are not drawn as walls.
    LocalDate until = from.plusDays(13).isAfter(last) ? from.plusDays(13) : last;
    long most = Math.max(1, found.stream().mapToLong(day -> day.path("sent").asLong()).max().orElse(1));
    int count = (int) (until.toEpochDay() - from.toEpochDay()) + 1;
    double step = (double) WIDTH / count;
    List<Day> days = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      LocalDate date = from.plusDays(i);
      JsonNode day = byDay.get(date);
      long sent = day == null ? 0 : day.path("sent").asLong();
      long replied = day == null ? 0 : day.path("replied").asLong();
      days.add(new Day(DAY.format(date), sent, replied, i * step, step * 0.72, (double) HEIGHT * sent / most, (double) HEIGHT * Math.min(most, replied) / most));
    }
    return days;
  }
}
