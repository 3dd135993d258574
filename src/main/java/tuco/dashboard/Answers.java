package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/** Between forms and endpoints: pages ask the endpoints themselves, so that there is one set of rules. */
final class Answers {
  private Answers() {}

  /** What an endpoint answered. */
  static JsonNode tree(Response answer) {
    return Objects.requireNonNull(answer.tree(), "the endpoint answers JSON");
  }

  /** The fields of a form that were sent, as texts of a body. */
  static ObjectNode texts(Map<String, String> form, String... names) {
    ObjectNode body = Json.object();
    for (String name : names) {
      if (form.containsKey(name)) {
        body.put(name, form.get(name));
      }
    }
    return body;
  }

  /** The fields of a form that were sent, as whole numbers; an empty one becomes null and so takes a limit away. */
  static void numbers(ObjectNode body, Map<String, String> form, String... names) {
    for (String name : names) {
      String text = form.get(name);
      if (text == null) {
        continue;
      }
      if (text.isBlank()) {
        body.putNull(name);
        continue;
      }
      try {
        body.put(name, Integer.parseInt(text.strip()));
      } catch (NumberFormatException e) {
        throw Problem.badField(name, "Give a whole number.");
      }
    }
  }

  /**
   * An address with this query; empty values are left out.
   *
   * @param more one more name, or another value of one
   */
  static String address(String path, Map<String, String> fields, String more, @Nullable String value) {
    Map<String, String> all = new LinkedHashMap<>(fields);
    all.put(more, value == null ? "" : value);
    StringBuilder address = new StringBuilder(path);
    all.forEach((name, text) -> {
      if (!text.isEmpty()) {
        address.append(address.length() == path.length() ? '?' : '&').append(name).append('=')
            .append(URLEncoder.encode(text, StandardCharsets.UTF_8));
      }
    });
    return address.toString();
  }

  /** The same refusal, with its fields called as the form calls them, so that each complaint stands at its field. */
  static Problem renamed(Problem problem, UnaryOperator<String> name) {
    Problem renamed = Problem.of(problem.status(), problem.error());
    if (problem.code() != null) {
      renamed.code(problem.code());
    }
    problem.fields().forEach(fault -> renamed.field(name.apply(fault.field()), fault.message()));
    return renamed;
  }

  /** A time of a form, which is one of the workspace's zone. */
  static Instant instant(String field, String text, Caller caller) {
    try {
      return LocalDateTime.parse(text).atZone(ZoneId.of(caller.zone())).toInstant();
    } catch (DateTimeException e) {
      throw Problem.badField(field, "Choose a day and a time.");
    }
  }

  /** The values of a repeated field, which the form joins by commas, or the words of a text. */
  static List<String> words(String text) {
    return Arrays.stream(text.split("[,\\s]+")).filter(word -> !word.isEmpty()).toList();
  }

  /**
   * The query with two of its days, as a form has them, turned into instants: the first from its beginning and the second to its
   * end, by the clock of the workspace. What is no day is left for the endpoint to refuse.
   */
  static Map<String, String> days(Request request, Caller caller, String from, String to) {
    Map<String, String> query = new LinkedHashMap<>(request.query());
    ZoneId zone = ZoneId.of(caller.zone());
    query.computeIfPresent(from, (name, text) -> day(text, 0, zone));
    query.computeIfPresent(to, (name, text) -> day(text, 1, zone));
    return query;
  }

  private static String day(String text, int later, ZoneId zone) {
    try {
      return LocalDate.parse(text).plusDays(later).atStartOfDay(zone).toInstant().minusMillis(later).toString();
    } catch (DateTimeException e) {
      return text;
    }
  }
}
