package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.caller.Token;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.ids.Kind;
import tuco.leads.Emails;
import tuco.leads.Phones;

/**
 * What a client asked to send (contract 2.2), read and held against every rule that needs no look-up.
 *
 * @param type null when the client did not say: iMessage, unless the line cannot carry it
 * @param alternates the given {@code altPhone1..3} and {@code altEmail1..3} by position 1..3 and 5..7, null where not given
 * @param extras what is rarely given: window, CRM ids, attachments; null when nothing was
 */
public record SendRequest(
    String text,
    byte[] textHash,
    @Nullable String type,
    @Nullable String phone,
    @Nullable String email,
    String name,
    @Nullable UUID leadId,
    @Nullable UUID lineId,
    @Nullable String[] alternates,
    @Nullable Instant scheduledDate,
    boolean fallbackSms,
    boolean rejectAtLimit,
    @Nullable String batchId,
    @Nullable ObjectNode extras) {

  static final int MAX_TEXT = 20_000;
  private static final Pattern CLOCK = Pattern.compile("([01]\\d|2[0-3]):[0-5]\\d");
  private static final Pattern WHITESPACE = Pattern.compile("\\s+");
  private static final String BAD_WINDOW =
      "Invalid timezone or time window settings. Please check your timezone and time format.";
  private static final String BAD_CLOCK =
      "Invalid time format. sendWindowStart and sendWindowEnd must be in HH:mm format (e.g., 09:00, 17:00)";

  /** Reads the body; its faults stay in it for {@link Body#check}. */
  static SendRequest read(Body body, Phones phones) {
    String text = body.text("message", MAX_TEXT);
    ObjectNode extras = Json.object();
    boolean attachments = attachments(body, extras);
    if (text == null && !attachments && body.clean()) {
      body.fault("message", "Message and attachmentUrls cannot both be empty");
    }
    String type = body.oneOf("messageType", "", List.of("imessage", "sms", "email"),
        "Invalid messageType. Must be email, sms, or imessage");
    String phone = phone(body, phones, "recipientPhone");
    String email = email(body, "recipientEmail");
    UUID leadId = body.id("leadId", Kind.LEAD, "Invalid leadId");
    UUID lineId = body.id("fromLineId", Kind.LINE, "Invalid fromLineId");
    if (phone == null && email == null && leadId == null && body.clean()) {
      body.fault("recipientPhone",
          "Either recipientEmail or recipientPhone is required (in body or on the lead when leadId is provided).");
    }
    window(body, extras);
    for (String crm : List.of("ghlContactId", "ghlLocationId", "hsContactId", "hsPortalId", "contactOwnerEmail")) {
      put(extras, crm, body.text(crm, 200));
    }
    put(extras, "fallbackText", body.text("fallbackText", MAX_TEXT));
    String correlation = body.text("correlationId", 128);
    if (correlation != null && Token.in(correlation)) {
      body.fault("correlationId", "correlationId must not contain a key: it is stored");
    }
    put(extras, "correlationId", correlation);
    String name = body.text("recipientName", 200);
    return new SendRequest(
        text == null ? "" : text,
        textHash(text == null ? "" : text),
        type.isEmpty() ? null : type,
        phone,
        email,
        name == null ? "" : name.strip(),
        leadId,
        lineId,
        alternates(body, phones),
        body.instant("scheduledDate", "Invalid scheduledDate format"),
        body.flag("sendFallbackSmsOnFailed", false),
        body.oneOf("onLimit", "defer", List.of("defer", "reject"), "onLimit must be defer or reject").equals("reject"),
        body.text("batchId", 200),
        extras.isEmpty() ? null : extras);
  }

  /** What the client traces it by: the header, else the field of the body, else what the server made (contract 2.0). */
  String correlationId(Request request) {
    String field = extras == null ? null : extras.path("correlationId").textValue();
    return field == null || request.header("x-correlation-id") != null ? request.correlationId() : field.strip();
  }

  /** SHA-256 of the text as the double-send guard compares it: lower case, inner white space collapsed. */
  public static byte[] textHash(String text) {
    String folded = WHITESPACE.matcher(text.strip().toLowerCase(Locale.ROOT)).replaceAll(" ");
    try {
      return MessageDigest.getInstance("SHA-256").digest(folded.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static boolean attachments(Body body, ObjectNode extras) {
    List<String> urls = body.texts("attachmentUrls", 100, 2_000, "attachmentUrls must be an array");
    List<String> names = body.texts("attachmentNames", 100, 200, "attachmentNames must be an array");
    if (urls.size() > 2) {
      body.fault("attachmentUrls", "Maximum 2 attachments per message");
    }
    if (urls.isEmpty()) {
      return false;
    }
    var list = extras.putArray("attachments");
    for (int i = 0; i < urls.size(); i++) {
      String url = urls.get(i);
      if (!url.matches("https?://[^\\s/]+/?\\S*")) {
        body.fault("attachmentUrls[" + i + "]", "attachmentUrls must hold public http or https addresses");
        continue;
      }
      String given = i < names.size() ? names.get(i).strip() : "";
      list.addObject().put("url", url).put("name", given.isEmpty() ? nameIn(url) : given);
    }
    return true;
  }

  /** The name that an address ends with. */
  private static String nameIn(String url) {
    String path = url.replaceAll("[?#].*$", "");
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.isEmpty() || path.endsWith("//" + name) ? "attachment" : name;
  }

  /** Reads the send window, top level or nested in {@code settings} (contract 2.2). */
  static void window(Body body, ObjectNode extras) {
    Body settings = body.nested("settings");
    String zone = either(body, settings, "timezone");
    String start = either(body, settings, "sendWindowStart");
    String end = either(body, settings, "sendWindowEnd");
    Body days = settings != null && settings.has("allowedDaysOfWeek") ? settings : body;
    List<Integer> weekdays = weekdays(days);
    if (start != null && !CLOCK.matcher(start).matches() || end != null && !CLOCK.matcher(end).matches()) {
      body.fault("sendWindowStart", BAD_CLOCK);
      return;
    }
    boolean window = start != null || end != null || !weekdays.isEmpty();
    if (window && zone == null || (start == null) != (end == null) || start != null && start.equals(end)) {
      body.fault("timezone", BAD_WINDOW);
      return;
    }
    if (zone != null && !validZone(zone)) {
      body.fault("timezone", BAD_WINDOW);
      return;
    }
    put(extras, "zone", zone);
    put(extras, "windowStart", start);
    put(extras, "windowEnd", end);
    if (!weekdays.isEmpty()) {
      extras.set("weekdays", Json.tree(weekdays));
    }
  }

  private static List<Integer> weekdays(Body body) {
    var raw = body.raw("allowedDaysOfWeek");
    if (raw == null || raw.isTextual() && raw.textValue().isBlank()) {
      return List.of();
    }
    List<Integer> days = new ArrayList<>();
    boolean good = raw.isArray() && raw.size() <= 7;
    for (int i = 0; good && i < raw.size(); i++) {
      good = raw.get(i).isIntegralNumber() && raw.get(i).intValue() >= 0 && raw.get(i).intValue() <= 6;
      days.add(raw.get(i).intValue());
    }
    if (!good) {
      body.fault("allowedDaysOfWeek", "allowedDaysOfWeek must hold numbers from 0 (Sunday) to 6");
      return List.of();
    }
    return days;
  }

  private static boolean validZone(String zone) {
    try {
      ZoneId.of(zone);
      return !zone.matches("[+-].*");
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static @Nullable String either(Body body, @Nullable Body settings, String name) {
    String top = body.text(name, 64);
    String nested = settings == null ? null : settings.text(name, 64);
    String value = top != null ? top : nested;
    return value == null ? null : value.strip();
  }

  private static @Nullable String[] alternates(Body body, Phones phones) {
    String[] alternates = new String[8];
    for (int i = 1; i <= 3; i++) {
      alternates[i] = phone(body, phones, "altPhone" + i);
      alternates[4 + i] = email(body, "altEmail" + i);
    }
    return alternates;
  }

  private static @Nullable String phone(Body body, Phones phones, String field) {
    String text = body.text(field, 100);
    if (text == null) {
      return null;
    }
    String phone = phones.normalise(text);
    if (phone == null) {
      body.fault(field, field + " is not a valid phone number (use E.164, for example +15550100123)");
    }
    return phone;
  }

  private static @Nullable String email(Body body, String field) {
    String text = body.text(field, 320);
    if (text == null) {
      return null;
    }
    String email = Emails.normalise(text);
    if (email == null) {
      body.fault(field, field + " is not a valid e-mail address");
    }
    return email;
  }

  private static void put(ObjectNode extras, String name, @Nullable String value) {
    if (value != null) {
      extras.put(name, value);
    }
  }
}
