package tuco.campaigns.render;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;

/**
 * A condition of a stop rule or a branch (contract 2.11, 6.5): {@code {type, field?, operator?, value?, unit?}}.
 *
 * <p>Properties and tags of a CRM are those that were brought to the lead as custom fields and tags. Rules about calls of
 * other systems are understood and never hold, so that a branch takes its default (contract 6.5).
 *
 * @param subject the tag, the field's name, or the keywords with commas between them; empty when the type has none
 * @param value what the field is held against; empty when the operator takes none
 * @param silence how long there must have been no reply
 */
public record Condition(@Nullable String id, Type type, String subject, Operator operator, String value, Duration silence) {

  /** What a condition asks. */
  public enum Type {
    REPLIED("replied", "Lead replied", Needs.NOTHING),
    KEYWORD("replied_keyword", "Reply contains a keyword", Needs.SUBJECT),
    NO_REPLY("no_reply", "No reply for", Needs.TIME),
    TAG("tag_exists", "Has the tag", Needs.SUBJECT),
    NO_TAG("tag_not_exists", "Does not have the tag", Needs.SUBJECT),
    FIELD("field", "Field", Needs.COMPARISON),
    CONTACTED("contacted_before", "Was contacted before", Needs.NOTHING),
    CONTACTED_BY_CAMPAIGN("contacted_before_any_campaign", "Was contacted by another campaign", Needs.NOTHING),
    UNSUBSCRIBED("unsubscribed", "Unsubscribed", Needs.NOTHING),
    HUBSPOT_PROPERTY("hubspot_property", "HubSpot property", Needs.COMPARISON),
    GHL_TAG("ghl_tag", "GoHighLevel tag", Needs.SUBJECT),
    GHL_PROPERTY("ghl_property", "GoHighLevel property", Needs.COMPARISON),
    CUSTOM_API("custom_api", "Custom API", Needs.NOTHING),
    DEFAULT("default", "Otherwise", Needs.NOTHING);

    private final String wire;
    private final String words;
    private final Needs needs;

    Type(String wire, String words, Needs needs) {
      this.wire = wire;
      this.words = words;
      this.needs = needs;
    }

    /** The name in the API. */
    public String wire() {
      return wire;
    }

    /** As it is shown to people. */
    public String words() {
      return words;
    }

    /** All names in the API. */
    public static List<String> wires() {
      return Arrays.stream(values()).map(Type::wire).toList();
    }

    static Optional<Type> of(String wire) {
      String name = switch (wire) {
        case "keyword" -> "replied_keyword";
        case "tag", "tag_added" -> "tag_exists";
        case "dnc" -> "unsubscribed";
        default -> wire;
      };
      return Arrays.stream(values()).filter(type -> type.wire.equals(name)).findFirst();
    }
  }

  /** What a type must be given besides itself. */
  private enum Needs { NOTHING, SUBJECT, TIME, COMPARISON }

  /** Whether it holds, and why, in words. */
  public record Outcome(boolean result, String detail) {}

  private static final int TEXT_MAX = 500;

  /** Reads one condition; what is wrong with it is recorded in the body, and then it is null. */
  public static @Nullable Condition of(Body body) {
    String wire = body.text("type", 50);
    Type type = Type.of(wire == null ? "" : wire).orElse(null);
    if (type == null) {
      body.fault("type", "type must be one of " + String.join(", ", Type.wires()));
      return null;
    }
    String id = first(body.text("id", 100), body.text("ruleId", 100));
    return switch (type.needs) {
      case NOTHING -> new Condition(id, type, "", Operator.EXISTS, "", Duration.ZERO);
      case SUBJECT -> subject(body, id, type);
      case TIME -> time(body, id, type);
      case COMPARISON -> comparison(body, id, type);
    };
  }

  private static @Nullable Condition subject(Body body, @Nullable String id, Type type) {
    List<String> keywords = body.texts("keywords", 50, 100, "keywords must be an array");
    String subject = keywords.isEmpty() ? scalar(body, type == Type.KEYWORD ? "keyword" : "tag") : String.join(",", keywords);
    if (subject.isEmpty()) {
      body.fault(type == Type.KEYWORD ? "keywords" : "tag", type == Type.KEYWORD ? "keywords must hold the words to look for" : "tag must be a tag");
      return null;
    }
    return new Condition(id, type, subject, Operator.EXISTS, "", Duration.ZERO);
  }

  /** The value under its own name or as {@code value}; empty when there is none. */
  private static String scalar(Body body, String name) {
    String own = name.equals("value") ? null : body.text(name, TEXT_MAX);
    JsonNode value = body.raw("value");
    String text = own != null || value == null ? own : Fields.text(value);
    if (text != null && text.length() > TEXT_MAX) {
      body.fault("value", "value must have at most " + TEXT_MAX + " characters");
      return "";
    }
    return text == null ? "" : text.strip();
  }

  private static @Nullable Condition time(Body body, @Nullable String id, Type type) {
    Integer count = body.number("value", 1, 1_000_000);
    if (count == null) {
      body.fault("value", "value must be how long there was no reply, in units");
      return null;
    }
    Duration unit = switch (body.oneOf("unit", "hours", List.of("minutes", "hours", "days"), "unit must be minutes, hours or days")) {
      case "minutes" -> Duration.ofMinutes(1);
      case "days" -> Duration.ofDays(1);
      default -> Duration.ofHours(1);
    };
    return new Condition(id, type, "", Operator.EXISTS, "", unit.multipliedBy(count));
  }

  private static @Nullable Condition comparison(Body body, @Nullable String id, Type type) {
    String field = first(body.text("field", 100), body.text("property", 100));
    Operator operator = Operator.of(body.oneOf("operator", "eq", Operator.wires(), "operator must be one of " + String.join(", ", Operator.wires())))
        .orElse(Operator.EQ);
    String value = scalar(body, "value");
    if (field == null) {
      body.fault("field", "field must be the name of a field");
      return null;
    }
    if (!operator.accepts(value)) {
      body.fault("value", switch (operator) {
        case GT, GTE, LT, LTE -> "value must be a number";
        case GT_DATE, LT_DATE -> "value must be a date, for example 2026-01-31 or 2026-01-31T09:00:00Z";
        default -> "value must be what the field is compared with";
      });
      return null;
    }
    return new Condition(id, type, field.strip(), operator, operator.takesValue() ? value : "", Duration.ZERO);
  }

  private static @Nullable String first(@Nullable String one, @Nullable String other) {
    return one != null ? one : other;
  }

  /** Asks this condition; pure, and never fails. */
  public Outcome ask(Facts facts) {
    return switch (type) {
      case REPLIED -> outcome(!facts.replies().isEmpty(), "The lead replied", "No reply so far");
      case KEYWORD -> keyword(facts);
      case NO_REPLY -> noReply(facts);
      case TAG, GHL_TAG -> tag(facts);
      case NO_TAG -> new Outcome(!tag(facts).result(), tag(facts).detail());
      case FIELD, HUBSPOT_PROPERTY, GHL_PROPERTY -> field(facts);
      case CONTACTED -> outcome(facts.contactedBefore(), "Was sent a message before", "Was never sent a message before");
      case CONTACTED_BY_CAMPAIGN ->
          outcome(facts.contactedByCampaign(), "Another campaign sent a message before", "No other campaign sent a message before");
      case UNSUBSCRIBED -> outcome(facts.unsubscribed(), "Unsubscribed", "Not unsubscribed");
      case CUSTOM_API -> new Outcome(false, "Other systems are not called");
      case DEFAULT -> new Outcome(true, "Otherwise");
    };
  }

  private static Outcome outcome(boolean result, String yes, String no) {
    return new Outcome(result, result ? yes : no);
  }

  private Outcome keyword(Facts facts) {
    for (String keyword : subject.split(",", -1)) {
      // Whole words: "no" is not found in "know".
      Predicate<String> found = keyword.isBlank() ? text -> false : Pattern
          .compile("(?<![\\p{L}\\p{N}])" + Pattern.quote(keyword.strip().toLowerCase(Locale.ROOT)) + "(?![\\p{L}\\p{N}])")
          .asPredicate();
      if (facts.replies().stream().map(text -> text.toLowerCase(Locale.ROOT)).anyMatch(found)) {
        return new Outcome(true, "A reply contains \"" + keyword.strip() + "\"");
      }
    }
    return new Outcome(false, facts.replies().isEmpty() ? "No reply so far" : "No reply contains " + subject);
  }

  private Outcome noReply(Facts facts) {
    if (!facts.replies().isEmpty()) {
      return new Outcome(false, "The lead replied");
    }
    if (facts.lastSentAt() == null) {
      return new Outcome(false, "Nothing was sent yet");
    }
    boolean over = !facts.now().isBefore(facts.lastSentAt().plus(silence));
    return outcome(over, "No reply for " + spoken(silence), "Not yet " + spoken(silence) + " without a reply");
  }

  private static String spoken(Duration time) {
    long minutes = time.toMinutes();
    if (minutes % 1440 == 0) {
      return minutes == 1440 ? "a day" : minutes / 1440 + " days";
    }
    if (minutes % 60 == 0) {
      return minutes == 60 ? "an hour" : minutes / 60 + " hours";
    }
    return minutes == 1 ? "a minute" : minutes + " minutes";
  }

  private Outcome tag(Facts facts) {
    Stream<String> tags = facts.lead().path("tags").valueStream().map(JsonNode::asText);
    return outcome(tags.anyMatch(tag -> tag.strip().equalsIgnoreCase(subject)),
        "Has the tag " + subject, "Does not have the tag " + subject);
  }

  private Outcome field(Facts facts) {
    String actual = Fields.of(facts.lead(), null).apply(subject);
    String shown = actual == null || actual.isBlank() ? "is empty" : "is \"" + (actual.length() > 100 ? actual.substring(0, 100) + "…" : actual) + "\"";
    return new Outcome(operator.holds(actual, value), subject + " " + shown);
  }
}
