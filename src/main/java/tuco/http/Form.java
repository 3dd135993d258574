package tuco.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fields of {@code application/x-www-form-urlencoded}; of a repeated name the values joined by a comma. */
final class Form {
  private Form() {}

  static Map<String, String> parse(byte[] body) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String pair : new String(body, StandardCharsets.UTF_8).split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields.merge(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)), (a, b) -> a + "," + b);
      }
    }
    return fields;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Problem.bad("The form could not be read.").code("invalid_form");
    }
  }
}
