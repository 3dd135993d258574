package tuco.campaigns;

import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import com.google.i18n.phonenumbers.geocoding.PhoneNumberOfflineGeocoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Quiet hours that states of the USA have beyond the federal ones, as dated data in {@code rules/quiet-hours-us.csv}
 * (connectors.md 5). The state is the one that the number tells.
 */
final class StateHours {
  private static final String FILE = "/rules/quiet-hours-us.csv";
  private static final String UNKNOWN = "??";
  private static final int UNITED_STATES = 1;

  /** As the geocoder spells those that it does not abbreviate. */
  private static final Map<String, String> STATES = Map.of(
      "Connecticut", "CT", "Florida", "FL", "Maryland", "MD", "Mississippi", "MS", "New Jersey", "NJ", "Oklahoma", "OK",
      "Rhode Island", "RI", "Texas", "TX");

  /**
   * Hours of some days.
   *
   * @param weekdays bit 0 for Sunday to bit 6 for Saturday
   */
  record Hours(int weekdays, LocalTime from, LocalTime to) {}

  private final PhoneNumberOfflineGeocoder geocoder = PhoneNumberOfflineGeocoder.getInstance();
  private final Map<String, List<Hours>> byState = new HashMap<>();

  StateHours() {
    try (InputStream in = Objects.requireNonNull(StateHours.class.getResourceAsStream(FILE), FILE)) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).forEach(line -> {
        String[] cells = line.split(",");
        int weekdays = cells[1].chars().map(day -> 1 << (day - '0')).sum();
        byState.computeIfAbsent(cells[0], state -> new ArrayList<>())
            .add(new Hours(weekdays, LocalTime.parse(cells[2]), LocalTime.parse(cells[3])));
      });
    } catch (IOException e) {
      throw new UncheckedIOException(FILE, e);
    }
  }

  /** The hours for a number, one of which must be open; none where only the usual quiet hours hold. */
  List<Hours> of(PhoneNumber number) {
    if (number.getCountryCode() != UNITED_STATES) {
      return List.of();
    }
    String place = geocoder.getDescriptionForValidNumber(number, Locale.ENGLISH);
    if (place.isEmpty() || place.equals("United States")) {
      return byState.getOrDefault(UNKNOWN, List.of());
    }
    String state = place.length() > 4 && place.charAt(place.length() - 4) == ',' ? place.substring(place.length() - 2) : STATES.getOrDefault(place, "");
    return state.equals(UNKNOWN) ? List.of() : byState.getOrDefault(state, List.of());
  }
}
