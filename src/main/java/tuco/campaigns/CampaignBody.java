package tuco.campaigns;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.campaigns.CampaignSettings.Quiet;
import tuco.campaigns.render.Condition;
import tuco.campaigns.render.Fault;
import tuco.campaigns.render.Template;
import tuco.dispatch.Window;
import tuco.http.Body;
import tuco.http.Request;
import tuco.ids.Kind;

/**
 * A campaign as a client sends it; every fault is found at once (decisions 1.4), placeholders nobody knows among them
 * (6.3). What is not mentioned stays as it is, or gets its default.
 */
record CampaignBody(
    @Nullable String name, @Nullable Audience audience, @Nullable CampaignSettings settings, @Nullable List<Step> steps,
    @Nullable Instant scheduledDate, boolean sendImmediately) {
  /** Whom it is for. */
  record Audience(String kind, @Nullable UUID listId, @Nullable String tag) {}

  private static final Pattern CLOCK = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");
  private static final String BAD_CLOCK =
      "Invalid time format. sendWindowStart and sendWindowEnd must be in HH:mm format (e.g., 09:00, 17:00)";
  private static final String BAD_WINDOW = "Invalid timezone or time window settings. Please check your timezone and time format.";
  private static final int MOST_STEPS = 50;
  private static final int MOST_VARIANTS = 20;
  private static final int MOST_RULES = 20;
  private static final int LONGEST_DELAY_DAYS = 365;
  private static final int NO_NUMBER = -1;

  /**
   * Reads a body; the caller checks it for faults.
   *
   * @param now the settings so far, null for a new campaign
   * @param customFields the names of the custom fields that leads of the workspace have
   */
  static CampaignBody read(Body body, Caller caller, @Nullable CampaignSettings now, Set<String> customFields) {
    boolean fresh = now == null;
    String name = fresh || body.mentions("name") ? body.required("name", 200, "Name is required") : null;
    Audience audience = audience(body, fresh);
    Body given = body.nested("settings");
    Body settings = given == null ? new Body(tuco.http.Json.object()) : given;
    CampaignSettings read = settings(body, settings, caller, now == null ? CampaignSettings.of(DEFAULTS) : now);
    List<Step> steps = fresh || body.mentions("steps") ? steps(body, customFields) : null;
    Instant scheduled = body.instant("scheduledDate", "Invalid scheduledDate format");
    return new CampaignBody(name, audience, read, steps, scheduled, settings.flag("sendImmediately", false));
  }

  private static final JsonNode DEFAULTS = tuco.http.Json.object()
      .put("quietHours", true).put("quietHoursStart", Quiet.HOURS.start().toString())
      .put("quietHoursEnd", Quiet.HOURS.end().toString());

  private static @Nullable Audience audience(Body body, boolean fresh) {
    UUID list = body.id("listId", Kind.LIST, "Invalid listId");
    String tag = body.text("tag", 100);
    boolean apiOnly = body.flag("apiOnly", false);
    if ((list != null ? 1 : 0) + (tag != null ? 1 : 0) + (apiOnly ? 1 : 0) > 1) {
      body.fault("listId", "A campaign has one audience: listId, tag or apiOnly");
    }
    if (list != null) {
      return new Audience("list", list, null);
    }
    if (tag != null) {
      return new Audience("tag", null, tag.strip());
    }
    return fresh || apiOnly ? new Audience("api", null, null) : null;
  }

  private static CampaignSettings settings(Body body, Body s, Caller caller, CampaignSettings now) {
    List<UUID> lines = body.mentions("lineIds") ? lines(body, caller) : now.lines();
    ZoneId zone = s.mentions("timezone") ? zone(s) : now.zone();
    boolean recipient = s.oneOf("timezoneMode", now.recipientZone() ? "recipient" : "campaign",
        List.of("campaign", "recipient"), "timezoneMode must be campaign or recipient").equals("recipient");
    LocalTime start = s.mentions("sendWindowStart") ? clock(s, "sendWindowStart") : now.start();
    LocalTime end = s.mentions("sendWindowEnd") ? clock(s, "sendWindowEnd") : now.end();
    if (s.clean() && ((start == null) != (end == null) || start != null && start.equals(end))) {
      s.fault("sendWindowStart", BAD_WINDOW);
    }
    boolean quietHours = s.flag("quietHours", now.quiet() != null);
    Quiet before = now.quiet() == null ? Quiet.HOURS : now.quiet();
    LocalTime quietStart = s.mentions("quietHoursStart") ? clock(s, "quietHoursStart") : before.start();
    LocalTime quietEnd = s.mentions("quietHoursEnd") ? clock(s, "quietHoursEnd") : before.end();
    Quiet quiet = quietHours ? new Quiet(quietStart == null ? Quiet.HOURS.start() : quietStart,
        quietEnd == null ? Quiet.HOURS.end() : quietEnd) : null;
    if (quiet != null && !quiet.start().isBefore(quiet.end())) {
      s.fault("quietHoursStart", "quietHoursStart must be before quietHoursEnd: people are written to between them");
    }
    Integer touches = s.mentions("touchesPerDay") ? s.number("touchesPerDay", 1, 100) : now.touchesPerDay();
    Integer spacing = s.number("spacingSeconds", 0, 86_400);
    String order = s.oneOf("order", now.order().wire(), List.of("follow_ups_first", "new_first"),
        "order must be follow_ups_first or new_first");
    List<Condition> rules = s.mentions("stopRules") ? Rule.stopping(s, "stopRules", MOST_RULES) : now.stopRules();
    Integer grace = s.mentions("graceMinutes") ? s.number("graceMinutes", 1, 525_600) : now.graceMinutes();
    return new CampaignSettings(lines, zone, recipient, start, end, weekdays(s, now.weekdays()), quiet,
        s.flag("stateHours", now.stateHours()), touches, s.flag("firstMessageLinks", now.firstMessageLinks()),
        s.mentions("unansweredLimit") ? s.number("unansweredLimit", 1, 100) : now.unanswered(),
        s.mentions("sameTextLimit") ? s.number("sameTextLimit", 1, 1_000) : now.sameText(), spacing == null ? now.spacingSeconds() : spacing, CampaignSettings.Order.of(order),
        s.flag("randomizeOrder", now.randomizeOrder()), s.flag("stopOnReply", now.stopOnReply()), rules,
        s.flag("autoEnrol", now.autoEnrol()), grace);
  }

  private static List<UUID> lines(Body body, Caller caller) {
    List<UUID> lines = new ArrayList<>();
    for (String text : body.texts("lineIds", 10_000, 100, "lineIds must be an array")) {
      UUID line = Request.own(Kind.LINE, text.strip(), caller, "lineIds", "Invalid id in lineIds");
      if (!lines.contains(line)) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static @Nullable ZoneId zone(Body settings) {
    String text = settings.text("timezone", 64);
    if (text == null) {
      return null;
    }
    try {
      if (!text.strip().matches("[+-].*")) {
        return ZoneId.of(text.strip());
      }
    } catch (DateTimeException e) {
      // Falls through to the one refusal.
    }
    settings.fault("timezone", BAD_WINDOW);
    return null;
  }

  private static @Nullable LocalTime clock(Body settings, String name) {
    String text = settings.text(name, 10);
    if (text == null) {
      return null;
    }
    if (!CLOCK.matcher(text.strip()).matches()) {
      settings.fault(name, BAD_CLOCK);
      return null;
    }
    return LocalTime.parse(text.strip());
  }

  private static int weekdays(Body settings, int otherwise) {
    JsonNode raw = settings.raw("allowedDaysOfWeek");
    if (raw == null) {
      return settings.mentions("allowedDaysOfWeek") ? Window.EVERY_DAY : otherwise;
    }
    int days = 0;
    boolean good = raw.isArray() && raw.size() <= 7;
    for (int i = 0; good && i < raw.size(); i++) {
      good = raw.get(i).isIntegralNumber() && raw.get(i).intValue() >= 0 && raw.get(i).intValue() <= 6;
      days |= good ? 1 << raw.get(i).intValue() : 0;
    }
    if (!good) {
      settings.fault("allowedDaysOfWeek", "allowedDaysOfWeek must hold numbers from 0 (Sunday) to 6");
    }
    return good && days != 0 ? days : Window.EVERY_DAY;
  }

  private static List<Step> steps(Body body, Set<String> customFields) {
    List<Body> objects = body.objects("steps", MOST_STEPS);
    JsonNode raw = body.raw("steps");
    if (raw == null || raw.isArray() && raw.isEmpty()) {
      body.fault("steps", "At least one step is required");
    }
    List<Step> steps = new ArrayList<>();
    for (int index = 0; index < objects.size(); index++) {
      steps.add(step(objects.get(index), index, objects.size(), customFields));
    }
    return steps;
  }

  private static Step step(Body body, int index, int count, Set<String> customFields) {
    List<Step.Variant> variants = new ArrayList<>();
    List<Body> several = body.objects("variants", MOST_VARIANTS);
    for (Body variant : several) {
      Integer weight = variant.number("weight", 0, 1_000);
      variants.add(new Step.Variant(text(variant, "message", customFields, true), weight == null ? 1 : weight));
    }
    if (several.isEmpty()) {
      variants.add(new Step.Variant(text(body, "message", customFields, true), 1));
    } else if (body.has("message") && !several.isEmpty()) {
      body.fault("message", "A step has either message or variants");
    }
    Step.Unit unit = Step.Unit.of(body.oneOf("delayUnit", "seconds", List.of("seconds", "minutes", "hours", "days"),
        "delayUnit must be seconds, minutes, hours or days"));
    int most = switch (unit) {
      case SECONDS -> LONGEST_DELAY_DAYS * 86_400;
      case MINUTES -> LONGEST_DELAY_DAYS * 1_440;
      case HOURS -> LONGEST_DELAY_DAYS * 24;
      case DAYS -> LONGEST_DELAY_DAYS;
    };
    Integer delay = body.number("delay", 0, most);
    List<Condition> rules = Rule.stopping(body, "stopRules", MOST_RULES);
    if (index == 0 && !rules.isEmpty()) {
      body.fault("stopRules", "The first step is always sent; stop rules begin with the second");
    }
    List<Step.Branch> branches = new ArrayList<>();
    for (Body branch : body.objects("branches", MOST_RULES)) {
      Condition when = Rule.read(branch);
      Integer to = branch.number("goTo", index + 1, count - 1);
      if (branch.flag("end", false) == (to != null) && branch.clean()) {
        branch.fault("goTo", "A branch leads to a later step (goTo) or ends the sequence (end)");
      }
      if (when != null) {
        branches.add(new Step.Branch(when, to == null ? Step.Branch.END : to));
      }
    }
    String sms = text(body, "smsFallback", customFields, false);
    Integer number = body.number("number", 0, Integer.MAX_VALUE);
    return new Step(number == null ? NO_NUMBER : number, variants, delay == null ? 0 : delay, unit, rules, branches, sms.isEmpty() ? null : sms);
  }

  private static String text(Body body, String field, Set<String> customFields, boolean required) {
    String text = required ? body.required(field, Template.TEXT_MAX, "message is required") : body.text(field, Template.TEXT_MAX);
    if (text == null || text.isEmpty()) {
      return "";
    }
    for (Fault fault : Template.parse(text).faults(customFields)) {
      body.fault(field, fault.message() + " (at character " + (fault.position() + 1) + ")");
    }
    return text;
  }
}
