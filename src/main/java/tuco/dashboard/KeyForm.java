package tuco.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import tuco.http.Json;
import tuco.http.Problem;

/** The form of a key as the body its endpoint takes, so that page and API have one set of rules. */
final class KeyForm {
  private KeyForm() {}

  /**
   * The body.
   *
   * @param everything whether what the form leaves empty is cleared, as when a key is edited
   */
  static ObjectNode body(Map<String, String> form, boolean everything) {
    ObjectNode body = Json.object();
    body.put("label", form.getOrDefault("label", ""));
    put(body, form, "environment");
    if (everything || !form.getOrDefault("integration", "").isBlank()) {
      body.put("integration", form.getOrDefault("integration", ""));
    }
    String access = form.getOrDefault("access", "full");
    if (access.equals("custom")) {
      ArrayNode rights = body.putArray("rights");
      Answers.words(form.getOrDefault("right", "")).forEach(rights::add);
      if (rights.isEmpty()) {
        throw Problem.badField("access", "Choose at least one right.");
      }
    } else {
      body.put("rights", access);
    }
    // Whoever changes something else leaves the instant as it is, which need not be the end of a day.
    if (!everything || !form.getOrDefault("expires", "").equals(form.get("expiresWas"))) {
      expiry(body, form.getOrDefault("expires", ""), everything);
    }
    ArrayNode addresses = Json.array();
    Answers.words(form.getOrDefault("allowedAddresses", "")).forEach(addresses::add);
    if (everything || !addresses.isEmpty()) {
      body.set("allowedAddresses", addresses);
    }
    return body;
  }

  private static void put(ObjectNode body, Map<String, String> form, String name) {
    String value = form.get(name);
    if (value != null && !value.isBlank()) {
      body.put(name, value);
    }
  }

  /** A key that expires on a day still works on that day, by UTC. */
  private static void expiry(ObjectNode body, String day, boolean everything) {
    if (day.isBlank()) {
      if (everything) {
        body.putNull("expiresAt");
      }
      return;
    }
    try {
      body.put("expiresAt", Json.timestamp(LocalDate.parse(day).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().minusMillis(1)));
    } catch (DateTimeException e) {
      throw Problem.badField("expires", "Give the day as year-month-day, such as 2027-01-31.");
    }
  }
}
