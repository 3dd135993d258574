package tuco.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * A JSON object being read: every fault is collected and answered at once (decisions 1.4), and names
 * nobody asked for are listed as warnings (1.1). Blank strings count as absent (1.3).
 */
public final class Body {
  private final ObjectNode object;
  private final String prefix;
  private final Set<String> known = new HashSet<>();
  private final List<Problem.FieldError> faults;

  public Body(ObjectNode object) {
    this(object, "", new ArrayList<>());
  }

  private Body(ObjectNode object, String prefix, List<Problem.FieldError> faults) {
    this.object = object;
    this.prefix = prefix;
    this.faults = faults;
  }

  /** The raw object. */
  public ObjectNode tree() {
    return object;
  }

  /** Whether the name is there and not null, whatever its value. */
  public boolean has(String name) {
    known.add(name);
    return object.hasNonNull(name);
  }

  /** Whether the name is there, null included: for partial updates that may clear a value. */
  public boolean mentions(String name) {
    known.add(name);
    return object.has(name);
  }

  /** The raw value, or null when absent or null. */
  public @Nullable JsonNode raw(String name) {
    return has(name) ? object.get(name) : null;
  }

  /** A text of at most so many characters; null when absent or blank. */
  public @Nullable String text(String name, int max) {
    JsonNode value = raw(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      fault(name, name + " must be a string");
      return null;
    }
    String text = value.textValue();
    if (text.isBlank()) {
      return null;
    }
    if (text.length() > max) {
      fault(name, name + " must have at most " + max + " characters");
      return null;
    }
    if (!storable(text)) {
      fault(name, name + " contains a character that is not allowed (U+0000 or half of a surrogate pair)");
      return null;
    }
    return text;
  }

  /** As {@link #text}, stripped; absent is a fault with this message. */
  public String required(String name, int max, String message) {
    int before = faults.size();
    String text = text(name, max);
    if (text == null) {
      if (faults.size() == before) {
        fault(name, message);
      }
      return "";
    }
    return text.strip();
  }

  /** One of the given words, or the first given default when absent. */
  public String oneOf(String name, String otherwise, List<String> words, String message) {
    String text = text(name, 100);
    if (text == null) {
      return otherwise;
    }
    if (!words.contains(text)) {
      fault(name, message);
      return otherwise;
    }
    return text;
  }

  /** One of the given words; absent or blank is a fault with the first message, another word with the second. Answers "" after a fault. */
  public String requiredOneOf(String name, List<String> words, String missing, String wrong) {
    int before = faults.size();
    String word = oneOf(name, "", words, wrong);
    if (word.isEmpty() && faults.size() == before) {
      fault(name, missing);
    }
    return word;
  }

  public boolean flag(String name, boolean otherwise) {
    JsonNode value = raw(name);
    if (value == null || value.isTextual() && value.textValue().isBlank()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      fault(name, name + " must be true or false");
      return otherwise;
    }
    return value.booleanValue();
  }

  /** A whole number within bounds, null when absent. */
  public @Nullable Integer number(String name, int min, int max) {
    JsonNode value = raw(name);
    if (value == null || value.isTextual() && value.textValue().isBlank()) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
      fault(name, name + " must be a whole number from " + min + " to " + max);
      return null;
    }
    return value.intValue();
  }

  /** An instant in ISO 8601 with an offset, null when absent. */
  public @Nullable Instant instant(String name, String message) {
    String text = text(name, 64);
    if (text == null) {
      return null;
    }
    try {
      Instant at = OffsetDateTime.parse(text.strip()).toInstant();
      if (at.isAfter(Instant.parse("1970-01-01T00:00:00Z")) && at.isBefore(Instant.parse("2200-01-01T00:00:00Z"))) {
        return at;
      }
    } catch (DateTimeException e) {
      // Falls through to the one refusal.
    }
    fault(name, message);
    return null;
  }

  /** An id; null when absent. Its workspace is held against the caller's by {@link #check(Caller)}. */
  public @Nullable UUID id(String name, Kind kind, String malformed) {
    String text = text(name, 100);
    if (text == null) {
      return null;
    }
    UUID id = Ids.parse(kind, text.strip());
    if (id == null) {
      fault(name, malformed);
    } else if (kind != Kind.PERSON) {
      ids.add(id);
    }
    return id;
  }

  private final List<UUID> ids = new ArrayList<>();

  /** A list of texts; empty when absent. */
  public List<String> texts(String name, int maxItems, int maxLength, String notAnArray) {
    JsonNode value = raw(name);
    if (value == null || value.isTextual() && value.textValue().isBlank()) {
      return List.of();
    }
    if (!(value instanceof ArrayNode array)) {
      fault(name, notAnArray);
      return List.of();
    }
    if (array.size() > maxItems) {
      fault(name, name + " must have at most " + maxItems + " entries");
      return List.of();
    }
    List<String> texts = new ArrayList<>(array.size());
    for (JsonNode item : array) {
      if (!item.isTextual() || item.textValue().length() > maxLength || !storable(item.textValue())) {
        fault(name, name + " must hold strings of at most " + maxLength + " characters");
        return List.of();
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  /** A nested object, null when absent; its faults count as this body's, with its name before theirs. */
  public @Nullable Body nested(String name) {
    JsonNode value = raw(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode inner)) {
      fault(name, name + " must be an object");
      return null;
    }
    Body body = new Body(inner, prefix + name + ".", faults);
    nested.add(body);
    return body;
  }

  private final List<Body> nested = new ArrayList<>();

  /** A list of nested objects; empty when absent. */
  public List<Body> objects(String name, int maxItems) {
    JsonNode value = raw(name);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof ArrayNode array)) {
      fault(name, name + " must be an array");
      return List.of();
    }
    if (array.size() > maxItems) {
      fault(name, name + " must have at most " + maxItems + " entries");
      return List.of();
    }
    List<Body> bodies = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (array.get(i) instanceof ObjectNode item) {
        Body body = new Body(item, prefix + name + "[" + i + "].", faults);
        bodies.add(body);
        nested.add(body);
      } else {
        fault(name + "[" + i + "]", "must be an object");
      }
    }
    return bodies;
  }

  /** Records a fault of this body's field. */
  public void fault(String field, String message) {
    faults.add(new Problem.FieldError(prefix + field, message));
  }

  /** Whether no fault was found so far. */
  public boolean clean() {
    return faults.isEmpty();
  }

  /** Throws 400 with every fault, the first one's text as {@code error}. */
  public void check() {
    if (faults.isEmpty()) {
      return;
    }
    Problem problem = Problem.bad(faults.getFirst().message()).code("validation");
    faults.forEach(fault -> problem.field(fault.field(), fault.message()));
    throw problem;
  }

  /** As {@link #check()}, and 403 when an id anywhere in the body is another workspace's (A2). */
  public void check(Caller caller) {
    check();
    refuseForeign(caller);
  }

  private void refuseForeign(Caller caller) {
    for (UUID id : ids) {
      if (Ids.tag(id) != caller.tag()) {
        throw Problem.wrongWorkspace();
      }
    }
    nested.forEach(body -> body.refuseForeign(caller));
  }

  /** Names that are there and were asked for: what a partial update changes. */
  public List<String> mentioned() {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(name -> {
      if (known.contains(name)) {
        names.add(name);
      }
    });
    return names;
  }

  /** Names that nothing asked for, nested ones with their path. */
  public List<String> warnings() {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(name -> {
      if (!known.contains(name)) {
        names.add("Unknown field ignored: " + prefix + name);
      }
    });
    nested.forEach(body -> names.addAll(body.warnings()));
    return names;
  }

  /** Whether PostgreSQL can store the text: no U+0000, no half of a surrogate pair. */
  public static boolean storable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return false;
      }
      if (Character.isHighSurrogate(c)) {
        if (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      } else if (Character.isLowSurrogate(c)) {
        return false;
      }
    }
    return true;
  }
}
