package tuco.campaigns;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberToTimeZonesMapper;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In which time zones a person may be: the lead's own, else all that the phone number allows (connectors.md 4.7); and
 * the hours of the state that it belongs to.
 */
final class Zones {
  private final PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();
  private final PhoneNumberToTimeZonesMapper mapper = PhoneNumberToTimeZonesMapper.getInstance();
  private final StateHours stateHours = new StateHours();

  /**
   * Where somebody may be.
   *
   * @param zones at least one
   * @param sure whether somebody said so; else a number's zones may be off by one at their borders
   * @param hours those of the state, one of which must be open; none for the usual quiet hours
   */
  record Whereabouts(List<ZoneId> zones, boolean sure, List<StateHours.Hours> hours) {
    /** Somewhere without hours of its own. */
    static Whereabouts in(ZoneId zone) {
      return new Whereabouts(List.of(zone), true, List.of());
    }
  }

  /**
   * The zones of a lead.
   *
   * @param own the lead's zone, if it has one
   * @param phone any of its numbers
   * @param otherwise where neither tells
   */
  Whereabouts of(@Nullable String own, @Nullable String phone, ZoneId otherwise) {
    ZoneId known = own == null ? null : zone(own);
    PhoneNumber number = phone == null ? null : number(phone);
    List<StateHours.Hours> hours = number == null ? List.of() : stateHours.of(number);
    if (known != null) {
      return new Whereabouts(List.of(known), true, hours);
    }
    List<ZoneId> zones = number == null ? List.of() : byNumber(number);
    return zones.isEmpty() ? new Whereabouts(List.of(otherwise), true, hours) : new Whereabouts(zones, false, hours);
  }

  /** What is no number tells of no zone. */
  private @Nullable PhoneNumber number(String phone) {
    try {
      return numbers.parse(phone, "US");
    } catch (NumberParseException e) {
      return null;
    }
  }

  private List<ZoneId> byNumber(PhoneNumber number) {
    List<ZoneId> zones = new ArrayList<>();
    for (String name : mapper.getTimeZonesForNumber(number)) {
      ZoneId zone = name.equals(PhoneNumberToTimeZonesMapper.getUnknownTimeZone()) ? null : zone(name);
      if (zone != null) {
        zones.add(zone);
      }
    }
    return zones;
  }

  private static @Nullable ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
