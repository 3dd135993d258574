package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tuco.campaigns.render.Condition;
import tuco.campaigns.render.Operator;

/** What states, rules and reasons of campaigns are called on the pages. */
public final class CampaignWords {
  /** Conditions on what other systems know are kept for who has them, and not offered to who has not. */
  private static final Set<Condition.Type> OFFERED = EnumSet.of(
      Condition.Type.REPLIED, Condition.Type.KEYWORD, Condition.Type.NO_REPLY, Condition.Type.TAG, Condition.Type.NO_TAG,
      Condition.Type.FIELD, Condition.Type.CONTACTED, Condition.Type.CONTACTED_BY_CAMPAIGN, Condition.Type.UNSUBSCRIBED,
      Condition.Type.DEFAULT);

  private CampaignWords() {}

  /** The label of a campaign's state. */
  public static String state(String status) {
    return switch (status) {
      case "activating" -> "Starting";
      default -> Words.capital(status);
    };
  }

  /** The colour of a campaign's state. */
  public static String tone(String status) {
    return switch (status) {
      case "running" -> "good";
      case "activating", "scheduled" -> "info";
      case "paused" -> "wait";
      default -> "";
    };
  }

  /** The states somebody can filter the list by. */
  public static Map<String, String> states() {
    Map<String, String> states = new LinkedHashMap<>();
    for (String state : new String[] {"draft", "scheduled", "activating", "running", "paused", "completed", "archived"}) {
      states.put(state, state(state));
    }
    return states;
  }

  /** Where a lead stands in a campaign. */
  public static String place(String state) {
    return switch (state) {
      case "active" -> "Waiting";
      case "in_flight" -> "On its way";
      case "completed" -> "Through";
      case "stopped" -> "Stopped";
      default -> Words.capital(state);
    };
  }

  /** The colour of where a lead stands. */
  public static String placeTone(String state) {
    return switch (state) {
      case "active" -> "wait";
      case "in_flight" -> "info";
      case "completed" -> "good";
      default -> "";
    };
  }

  /** Why a sequence ended before its end. */
  public static String stopped(@Nullable String cause) {
    if (cause == null) {
      return "";
    }
    if (cause.startsWith("text_not_sendable")) {
      return cause.length() > 19 ? cause.substring(19) : "The text cannot be sent";
    }
    return switch (cause) {
      case "replied" -> "Replied";
      case "replied_keyword" -> "Replied with a keyword";
      case "opt_out", "unsubscribed" -> "Opted out";
      case "suppressed", "do_not_contact" -> "On the do-not-contact list";
      case "no_address" -> "No address that a line can reach";
      case "tag_exists", "ghl_tag" -> "Has a tag that stops it";
      case "tag_not_exists" -> "Lacks a tag";
      case "field", "hubspot_property", "ghl_property" -> "A field stops it";
      case "contacted_before", "contacted_before_any_campaign" -> "Was contacted before";
      case "failed" -> "The message could not be sent";
      case "fallback" -> "Cannot be reached on this channel";
      case "campaign_ended" -> "The campaign was ended";
      case "message_deleted" -> "Its message was deleted";
      case "cancelled" -> "Its message was cancelled";
      case "link_in_first_message" -> "A link in a first message on an iMessage line";
      case "line_inactive" -> "Its line is switched off";
      case "step_removed" -> "The step was removed";
      case "unanswered" -> "Did not answer several messages on an iMessage line";
      case "sent_before" -> "Had this step already";
      default -> Words.capital(cause);
    };
  }

  /** Why a whole campaign cannot send. */
  public static String blocked(String reason) {
    return switch (reason) {
      case "no_line", "no_lines" -> "No line can carry this campaign. Add a line, or resume one that is paused.";
      case "line_down", "lines_down", "all_lines_down" -> "All its lines are down. It goes on by itself when one of them works again.";
      case "read_only" -> Frame.READ_ONLY;
      case "plan_daily" -> "The workspace has reached its limit of messages for today. It goes on tomorrow.";
      case "plan_monthly" -> "The workspace has reached its limit of messages for this month.";
      case "failing" -> "It cannot be worked on. Whoever runs this Tuco finds the cause in the log; it is tried again all the time.";
      case "not_worked_on" -> "No node works on campaigns: start one that has the worker role.";
      case "window" -> "It is outside the campaign's sending hours. It goes on when they begin.";
      default -> Words.wait(reason) + ".";
    };
  }

  /** Why it was paused. */
  public static String paused(@Nullable String reason) {
    if (reason == null || reason.equals("by_request")) {
      return "Nothing is sent until somebody resumes it.";
    }
    return switch (reason) {
      case "late", "grace", "held" -> "It could not send for longer than you allowed. Look at it and resume it when its messages still make sense.";
      case "bounces" -> "Too many of its mails came back. Clean the list of dead addresses, then resume it.";
      case "complaints" -> "Too many recipients reported its mails as spam. Look whom it writes to and why, then resume it.";
      default -> Words.capital(reason) + ".";
    };
  }

  /** The conditions that can stop a sequence, as they are offered; one that is there already is offered too. */
  public static List<Condition.Type> stopTypes(String chosen) {
    return Arrays.stream(Condition.Type.values())
        .filter(type -> type.wire().equals(chosen) || OFFERED.contains(type) && type != Condition.Type.NO_REPLY && type != Condition.Type.DEFAULT)
        .toList();
  }

  /** The conditions of branches, as they are offered; one that is there already is offered too. */
  public static List<Condition.Type> branchTypes(String chosen) {
    return Arrays.stream(Condition.Type.values()).filter(type -> type.wire().equals(chosen) || OFFERED.contains(type)).toList();
  }

  /** A condition in words. */
  public static String rule(JsonNode rule) {
    String value = rule.path("value").asText("");
    return switch (rule.path("type").asText()) {
      case "replied" -> "has replied";
      case "replied_keyword" -> "replied with " + String.join(", ", rule.path("keywords").valueStream().map(JsonNode::asText).toList());
      case "no_reply" -> "has not replied for " + silence(rule)[0] + " " + silence(rule)[1];
      case "tag_exists", "ghl_tag" -> "has the tag " + rule.path("tag").asText();
      case "tag_not_exists" -> "does not have the tag " + rule.path("tag").asText();
      case "field", "hubspot_property", "ghl_property" ->
          rule.path("field").asText() + " " + operators().get(rule.path("operator").asText("eq")) + (value.isEmpty() ? "" : " " + value);
      case "contacted_before" -> "was contacted before";
      case "contacted_before_any_campaign" -> "was contacted by another campaign";
      case "unsubscribed" -> "has unsubscribed";
      default -> "in any other case";
    };
  }

  /** How long nobody replied, as number and unit: the largest that fits. */
  public static String[] silence(JsonNode rule) {
    int value = rule.path("value").asInt(2);
    String unit = rule.path("unit").asText("days");
    if (unit.equals("minutes") && value % 1_440 == 0) {
      return new String[] {String.valueOf(value / 1_440), "days"};
    }
    return unit.equals("minutes") && value % 60 == 0 ? new String[] {String.valueOf(value / 60), "hours"} : new String[] {String.valueOf(value), unit};
  }

  /** The comparisons of a field, in the order they are offered. */
  public static Map<String, String> operators() {
    Map<String, String> operators = new LinkedHashMap<>();
    for (Operator operator : Operator.values()) {
      operators.put(operator.wire(), operator.words());
    }
    return operators;
  }

  /** When something will be, which may be now. */
  public static String soon(Times times, @Nullable Instant at) {
    String words = times.relative(at);
    return words.equals("just now") || words.equals("in a moment") || words.endsWith("ago") ? "at once" : words;
  }

  /** A delay in words. */
  public static String delay(JsonNode step) {
    int delay = step.path("delay").asInt();
    String unit = step.path("delayUnit").asText("seconds");
    if (delay == 0) {
      return "at once";
    }
    return delay + " " + (delay == 1 ? unit.substring(0, unit.length() - 1) : unit);
  }
}
