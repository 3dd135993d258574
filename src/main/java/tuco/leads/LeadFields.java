package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;
import tuco.http.Json;

/** The fields of a lead: names on the wire, columns, bounds; one table for API, import, export and SQL (contract 5.1). */
final class LeadFields {
  /** How large the custom fields of one lead may be, as JSON. */
  static final int CUSTOM_MAX = 20_000;
  static final int TAGS_MAX = 100;
  static final int TAG_LENGTH = 100;

  private LeadFields() {}

  /**
   * A field of plain text.
   *
   * @param nullable whether absence is null in the database, else an empty text
   */
  record Text(String name, String column, int max, boolean nullable) {}

  /** A field that holds an address; its place in the table is the address order (decisions 5.8). */
  record Address(String name, String column, boolean phone) {}

  static final List<Text> TEXTS = List.of(
      new Text("firstName", "first_name", 200, false),
      new Text("lastName", "last_name", 200, false),
      new Text("companyName", "company_name", 300, false),
      new Text("jobTitle", "job_title", 300, false),
      new Text("linkedinUrl", "linkedin_url", 500, false),
      new Text("notes", "notes", 20_000, false),
      new Text("source", "source", 100, false),
      new Text("externalId", "external_id", 200, true),
      new Text("timezone", "zone", 60, true),
      new Text("ghlContactId", "ghl_contact_id", 200, true),
      new Text("ghlLocationId", "ghl_location_id", 200, true),
      new Text("hsContactId", "hs_contact_id", 200, true),
      new Text("hsPortalId", "hs_portal_id", 200, true),
      new Text("consentSource", "consent_source", 200, true),
      new Text("consentTimestamp", "consent_timestamp", 60, true),
      new Text("consentText", "consent_text", 2_000, true));

  static final List<Address> ADDRESSES = List.of(
      new Address("phone", "phone", true),
      new Address("altPhone1", "alt_phone1", true),
      new Address("altPhone2", "alt_phone2", true),
      new Address("altPhone3", "alt_phone3", true),
      new Address("email", "email", false),
      new Address("altEmail1", "alt_email1", false),
      new Address("altEmail2", "alt_email2", false),
      new Address("altEmail3", "alt_email3", false));

  /** To what a person agreed, when, and where they said so. */
  static final List<Text> CONSENT = TEXTS.stream().filter(field -> field.name().startsWith("consent")).toList();

  static final int SOURCE = place("source");
  static final int GHL_LOCATION = place("ghlLocationId");

  private static int place(String name) {
    for (int i = 0; i < TEXTS.size(); i++) {
      if (TEXTS.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalStateException(name);
  }

  /** A text field's value, normalised; a fault is recorded. Null when absent. */
  static @Nullable String text(Body body, Text field) {
    String value = body.text(field.name(), field.max());
    if (value == null) {
      return null;
    }
    String wrong = wrong(field, value.strip());
    if (wrong != null) {
      body.fault(field.name(), wrong);
      return null;
    }
    return stored(field, value.strip());
  }

  /** What is wrong with this value of a text field; null when nothing. */
  static @Nullable String wrong(Text field, String text) {
    return switch (field.name()) {
      case "timezone" -> isZone(text) ? null : "timezone must be an IANA time zone, for example America/New_York";
      case "consentTimestamp" -> instant(text) != null ? null
          : "consentTimestamp must be a time with its offset, or a day, for example 2026-01-31T09:30:00Z or 2026-01-31";
      default -> null;
    };
  }

  /** A value with which nothing is wrong, as it is stored. */
  static String stored(Text field, String text) {
    Instant at = field.name().equals("consentTimestamp") ? instant(text) : null;
    return at == null ? text : Json.timestamp(at);
  }

  private static @Nullable Instant instant(String text) {
    try {
      Instant at = text.length() == 10 ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant() : OffsetDateTime.parse(text).toInstant();
      return at.isBefore(Instant.parse("1970-01-01T00:00:00Z")) || at.isAfter(Instant.parse("2200-01-01T00:00:00Z")) ? null : at;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Whether this names a time zone with rules of its own. */
  static boolean isZone(String text) {
    try {
      return text.indexOf('/') > 0 && ZoneId.of(text).getRules() != null || text.equals("UTC");
    } catch (DateTimeException e) {
      return false;
    }
  }

  /** An address field's value in the form it is stored; a fault is recorded. Null when absent. */
  static @Nullable String address(Body body, Address field, Phones phones, String region) {
    String raw = body.text(field.name(), 300);
    if (raw == null) {
      return null;
    }
    String address = field.phone() ? phones.normalise(raw, region) : Emails.normalise(raw);
    if (address == null) {
      body.fault(field.name(), wrong(field));
    }
    return address;
  }

  static String wrong(Address field) {
    return field.phone()
        ? field.name() + " must be a phone number, best in E.164, for example +12025550101"
        : field.name() + " must be an e-mail address";
  }

  /** The free fields as JSON text; a fault is recorded for what the database cannot hold. */
  static String customFields(Body body) {
    JsonNode value = body.raw("customFields");
    if (value == null || value.isTextual() && value.textValue().isBlank()) {
      return "{}";
    }
    if (!(value instanceof ObjectNode object)) {
      body.fault("customFields", "customFields must be an object");
      return "{}";
    }
    String text = Json.text(object);
    if (text.length() > CUSTOM_MAX) {
      body.fault("customFields", "customFields must have at most " + CUSTOM_MAX + " characters");
    } else if (!storable(object)) {
      body.fault("customFields", "customFields contains a character or number that cannot be stored");
    } else {
      return text;
    }
    return "{}";
  }

  private static boolean storable(JsonNode value) {
    if (value.isTextual()) {
      return Body.storable(value.textValue());
    }
    if (value.isNumber()) {
      return Math.abs(value.decimalValue().scale()) < 1_000;
    }
    for (var entry : value.properties()) {
      if (!Body.storable(entry.getKey())) {
        return false;
      }
    }
    for (JsonNode child : value) {
      if (!storable(child)) {
        return false;
      }
    }
    return true;
  }

  /** The labels, each once; a fault is recorded. */
  static List<String> tags(Body body, String name) {
    List<String> tags = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String raw : body.texts(name, TAGS_MAX, TAG_LENGTH, name + " must be an array")) {
      String tag = raw.strip();
      if (tag.chars().anyMatch(Character::isISOControl)) {
        body.fault(name, name + " must not hold control characters");
      } else if (!tag.isEmpty() && seen.add(tag)) {
        tags.add(tag);
      }
    }
    return tags;
  }
}
