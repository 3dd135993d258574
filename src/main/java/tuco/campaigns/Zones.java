package tuco.campaigns;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberToTimeZonesMapper;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** In which time zones a person may be: the lead's own, else all that the phone number allows (connectors.md 4.7). */
final class Zones {
  private final PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();
  private final PhoneNumberToTimeZonesMapper mapper = PhoneNumberToTimeZonesMapper.getInstance();

  /**
   * Where somebody may be.
   *
   * @param zones at least one
   * @param sure whether somebody said so; else a number's zones may be off by one at their borders
   */
  record Whereabouts(List<ZoneId> zones, boolean sure) {}

  /**
   * The zones of a lead.
   *
   * @param own the lead's zone, if it has one
   * @param phone any of its numbers
   * @param otherwise where neither tells
   */
  Whereabouts of(@Nullable String own, @Nullable String phone, ZoneId otherwise) {
    ZoneId known = own == null ? null : zone(own);
    if (known != null) {
      return new Whereabouts(List.of(known), true);
    }
    List<ZoneId> zones = phone == null ? List.of() : byNumber(phone);
    return zones.isEmpty() ? new Whereabouts(List.of(otherwise), true) : new Whereabouts(zones, false);
  }

  private List<ZoneId> byNumber(String phone) {
    List<ZoneId> zones = new ArrayList<>();
    try {
      for (String name : mapper.getTimeZonesForNumber(numbers.parse(phone, "US"))) {
        ZoneId zone = name.equals(PhoneNumberToTimeZonesMapper.getUnknownTimeZone()) ? null : zone(name);
        if (zone != null) {
          zones.add(zone);
        }
      }
    } catch (NumberParseException e) {
      // What is no number tells of no zone.
      return List.of();
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
