package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tuco.http.Json;

/**
 * The builder's form as the body that the API takes, and what its buttons do to it: {@code add-step}, {@code up:2}.
 *
 * <p>What people fill in is not always what the body holds: keywords have commas between them, and a branch leads to a
 * number or to the end.
 */
final class CampaignForm {
  private static final Set<String> ROOTS =
      Set.of("name", "listId", "tag", "apiOnly", "steps", "settings", "lineIds", "scheduledDate");
  private static final Set<String> NUMBERS =
      Set.of("number", "delay", "weight", "spacingSeconds", "graceMinutes", "touchesPerDay", "unansweredLimit", "sameTextLimit", "goTo", "allowedDaysOfWeek");
  private static final List<String> FLAGS = List.of("quietHours", "stateHours", "firstMessageLinks", "randomizeOrder", "stopOnReply", "autoEnrol");

  private CampaignForm() {}

  /** The whole campaign as the form has it; a switch that is not sent is off, a list that is not sent is empty. */
  static ObjectNode body(Map<String, String> form) {
    ObjectNode body = FormTree.body(form, ROOTS, NUMBERS);
    ObjectNode settings = group(body, "settings");
    FLAGS.forEach(flag -> settings.put(flag, settings.has(flag)));
    list(settings, "allowedDaysOfWeek");
    for (String number : List.of("graceMinutes", "touchesPerDay", "unansweredLimit", "sameTextLimit")) {
      if (settings.path(number).asText().isBlank()) {
        settings.putNull(number);
      }
    }
    rules(settings);
    list(body, "lineIds");
    for (ObjectNode step : objects(body, "steps")) {
      rules(step);
      objects(step, "variants");
      objects(step, "branches").forEach(CampaignForm::branch);
    }
    return audience(body, form);
  }

  private static ObjectNode audience(ObjectNode body, Map<String, String> form) {
    String kind = form.get("audience");
    if (kind != null) {
      if (!kind.equals("list")) {
        body.remove("listId");
      }
      if (!kind.equals("tag")) {
        body.remove("tag");
      }
      if (kind.equals("api")) {
        body.put("apiOnly", true);
      }
    }
    return body;
  }

  private static ObjectNode group(ObjectNode holder, String name) {
    return holder.get(name) instanceof ObjectNode group ? group : holder.putObject(name);
  }

  private static ArrayNode list(ObjectNode holder, String name) {
    return holder.get(name) instanceof ArrayNode list ? list : holder.putArray(name);
  }

  /** The groups of a list; whatever else somebody put in is left out. */
  private static List<ObjectNode> objects(ObjectNode holder, String name) {
    List<ObjectNode> objects = new ArrayList<>();
    list(holder, name).forEach(each -> {
      if (each instanceof ObjectNode object) {
        objects.add(object);
      }
    });
    holder.putArray(name).addAll(objects);
    return objects;
  }

  private static void rules(ObjectNode holder) {
    objects(holder, "stopRules").forEach(CampaignForm::condition);
  }

  private static void condition(ObjectNode rule) {
    if (rule.path("type").asText().equals("no_reply") && rule.path("value").asText().strip().matches("\\d{1,6}")) {
      rule.put("value", Integer.parseInt(rule.path("value").asText().strip()));
    }
    JsonNode keywords = rule.path("keywords");
    if (keywords.isTextual()) {
      ArrayNode words = rule.putArray("keywords");
      for (String word : keywords.asText().split(",")) {
        if (!word.isBlank()) {
          words.add(word.strip());
        }
      }
    }
  }

  private static void branch(ObjectNode branch) {
    condition(branch);
    String then = branch.path("then").asText("end");
    branch.remove("then");
    if (then.matches("\\d{1,4}")) {
      branch.put("goTo", Integer.parseInt(then));
    } else {
      branch.put("end", true);
    }
  }

  /** Does what the button says; an unknown one does nothing. */
  static void act(ObjectNode body, String button) {
    String[] parts = button.split(":");
    int[] at = new int[] {number(parts, 1), number(parts, 2)};
    ArrayNode steps = list(body, "steps");
    ObjectNode step = steps.get(at[0]) instanceof ObjectNode found ? found : null;
    switch (parts[0]) {
      case "add-step" -> steps.add(step("", 2, "days"));
      case "add-rule" -> list(step == null ? group(body, "settings") : step, "stopRules").addObject().put("type", "tag_exists");
      case "remove-rule" -> list(step == null ? group(body, "settings") : step, "stopRules").remove(at[1]);
      default -> {
        if (step != null) {
          actOn(steps, step, parts[0], at);
        }
      }
    }
  }

  private static int number(String[] parts, int place) {
    return parts.length > place && parts[place].matches("\\d{1,4}") ? Integer.parseInt(parts[place]) : -1;
  }

  private static void actOn(ArrayNode steps, ObjectNode step, String action, int[] at) {
    ArrayNode variants = list(step, "variants");
    switch (action) {
      case "remove-step" -> {
        if (steps.size() > 1) {
          steps.remove(at[0]);
          redirect(steps, index -> index == at[0] ? -1 : index > at[0] ? index - 1 : index);
        }
      }
      case "up" -> swap(steps, at[0], at[0] - 1);
      case "down" -> swap(steps, at[0], at[0] + 1);
      case "copy-step" -> {
        redirect(steps, index -> index > at[0] ? index + 1 : index);
        ObjectNode copy = step.deepCopy();
        copy.remove("number");
        steps.insert(at[0] + 1, copy);
        if (at[0] == 0) {
          ((ObjectNode) steps.get(1)).put("delay", 2).put("delayUnit", "days");
        }
      }
      case "add-variant" -> variants.addObject().put("message", "").put("weight", variants.path(0).path("weight").asInt(1));
      case "remove-variant" -> {
        if (variants.size() > 1) {
          variants.remove(at[1]);
        }
      }
      case "add-branch" -> list(step, "branches").addObject().put("type", "replied").put("end", true);
      case "remove-branch" -> list(step, "branches").remove(at[1]);
      default -> { }
    }
  }

  private static void swap(ArrayNode steps, int one, int other) {
    if (other < 0 || other >= steps.size()) {
      return;
    }
    JsonNode first = steps.get(one);
    steps.set(one, steps.get(other));
    steps.set(other, first);
    redirect(steps, index -> index == one ? other : index == other ? one : index);
    // The first step has no rules and no steps before it to wait for.
    ((ObjectNode) steps.get(0)).putArray("stopRules");
  }

  /** Branches follow the steps they lead to; those that would lead back end the sequence. */
  private static void redirect(ArrayNode steps, java.util.function.IntUnaryOperator moved) {
    for (int i = 0; i < steps.size(); i++) {
      for (JsonNode branch : list((ObjectNode) steps.get(i), "branches")) {
        int to = branch.has("goTo") ? moved.applyAsInt(branch.path("goTo").asInt()) : -1;
        ObjectNode way = (ObjectNode) branch;
        way.remove(List.of("goTo", "end"));
        if (to > i) {
          way.put("goTo", to);
        } else {
          way.put("end", true);
        }
      }
    }
  }

  /** A step with this text. */
  static ObjectNode step(String text, int delay, String unit) {
    ObjectNode step = Json.object().put("delay", delay).put("delayUnit", unit);
    step.putArray("variants").addObject().put("message", text).put("weight", 1);
    return step;
  }
}
