package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Instants as people read them, in the workspace's zone and never without naming it. */
public final class Times {
  private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm z", Locale.ENGLISH);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH);
  private static final DateTimeFormatter EXACT = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm:ss.SSS z", Locale.ENGLISH);

  private final ZoneId zone;
  private final Clock clock;

  public Times(String zone, Clock clock) {
    this.zone = zone(zone);
    this.clock = clock;
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      return ZoneId.of("UTC");
    }
  }

  /** For example {@code 22 Nov 2026, 17:16 CET}; empty for none. */
  public String moment(@Nullable Instant at) {
    return at == null ? "" : MOMENT.withZone(zone).format(at);
  }

  /** The day alone, where the hour does not matter. */
  public String day(Instant at) {
    return DAY.withZone(zone).format(at);
  }

  /** With seconds and milliseconds, for time lines. */
  public String exact(Instant at) {
    return EXACT.withZone(zone).format(at);
  }

  /** As a machine reads it, for {@code datetime}. */
  public String iso(Instant at) {
    return at.toString();
  }

  /** For example {@code 3 min ago} or {@code in 2 h}; beyond a week the date. */
  public String relative(@Nullable Instant at) {
    if (at == null) {
      return "never";
    }
    Duration ago = Duration.between(at, clock.instant());
    Duration distance = ago.abs();
    if (distance.toDays() >= 7) {
      return moment(at);
    }
    if (distance.toSeconds() < 45) {
      return ago.isNegative() ? "in a moment" : "just now";
    }
    String words = distance.toMinutes() < 60 ? Math.max(1, distance.toMinutes()) + " min"
        : distance.toHours() < 24 ? distance.toHours() + " h"
        : distance.toDays() + (distance.toDays() == 1 ? " day" : " days");
    return ago.isNegative() ? "in " + words : words + " ago";
  }

  /** An instant of an answer of the API; null for none. */
  public @Nullable Instant at(JsonNode text) {
    return text.isTextual() ? Instant.parse(text.textValue()) : null;
  }

  /** The zone's name. */
  public String zoneName() {
    return zone.getId();
  }
}
