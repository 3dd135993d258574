package tuco.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Compares an answer with what a table says of it. */
final class Shape {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  private Shape() {}

  /** Everything the table names must be there as it says; {@code exactly}: and nothing else on the top level. */
  static void check(JsonNode wanted, JsonNode got, boolean exactly, String what) {
    compare(wanted, got, "", what);
    if (exactly) {
      List<String> names = wanted.properties().stream().map(java.util.Map.Entry::getKey).toList();
      assertThat(got.properties().stream().map(java.util.Map.Entry::getKey)).as(what).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  private static void compare(JsonNode wanted, JsonNode got, String at, String what) {
    String place = at.isEmpty() ? what : what + "\n  at " + at;
    if (wanted.isObject()) {
      assertThat(got.isObject()).as(place).isTrue();
      assertThat(!wanted.isEmpty() || got.isEmpty()).as(place + " is empty").isTrue();
      wanted.properties().forEach(field -> {
        assertThat(got.has(field.getKey())).as(place + " has " + field.getKey()).isTrue();
        compare(field.getValue(), got.get(field.getKey()), at + "/" + field.getKey(), what);
      });
    } else if (wanted.isArray()) {
      assertThat(got.isArray()).as(place).isTrue();
      assertThat(got.size()).as(place + " size").isEqualTo(wanted.size());
      for (int i = 0; i < wanted.size(); i++) {
        compare(wanted.get(i), got.get(i), at + "/" + i, what);
      }
    } else if (wanted.isTextual() && wanted.asText().startsWith("<")) {
      form(wanted.asText(), got, place);
    } else {
      assertThat(got).as(place).isEqualTo(wanted);
    }
  }

  private static void form(String form, JsonNode got, String place) {
    switch (form) {
      case "<time>" -> assertThat(got.asText()).as(place).matches(TIME);
      case "<text>" -> assertThat(got.isTextual()).as(place).isTrue();
      case "<some text>" -> assertThat(got.asText()).as(place).isNotBlank();
      case "<number>" -> assertThat(got.isNumber()).as(place).isTrue();
      case "<flag>" -> assertThat(got.isBoolean()).as(place).isTrue();
      case "<list>" -> assertThat(got.isArray()).as(place).isTrue();
      case "<any>" -> { }
      default -> {
        if (form.startsWith("<id ")) {
          assertThat(got.asText()).as(place).matches(form.substring(4, form.length() - 1) + "_[0-9a-hjkmnp-tv-z]{26}");
        } else {
          assertThat(got.asText()).as(place).matches(form.substring(1, form.length() - 1));
        }
      }
    }
  }
}
