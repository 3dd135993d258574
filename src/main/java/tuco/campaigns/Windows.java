package tuco.campaigns;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import tuco.campaigns.Zones.Whereabouts;
import tuco.dispatch.Window;

/**
 * All the windows a message must fit into at once: the campaign's, and quiet hours by the recipient's clocks (decisions 6.4).
 *
 * @param all of each of which one window must be open
 */
record Windows(List<List<Window>> all) {
  private static final Duration LONGEST_SEARCH = Duration.ofDays(15);

  /** A number's zone may be the neighbour's: an hour of every quiet night more is kept (connectors.md 4.7). */
  private static final int PAD_HOURS = 1;

  /** The windows of a campaign for somebody there. */
  static Windows of(CampaignSettings settings, ZoneId campaignZone, Whereabouts where) {
    List<List<Window>> windows = new ArrayList<>();
    if (settings.hasWindow()) {
      LocalTime start = settings.start() == null ? LocalTime.MIDNIGHT : settings.start();
      LocalTime end = settings.end() == null ? LocalTime.MIDNIGHT : settings.end();
      List<ZoneId> zones = settings.recipientZone() ? where.zones() : List.of(campaignZone);
      zones.forEach(zone -> windows.add(List.of(new Window(zone, start, end, settings.weekdays()))));
    }
    CampaignSettings.Quiet quiet = settings.quiet();
    if (quiet != null) {
      for (ZoneId zone : where.zones()) {
        boolean pad = !where.sure() && zone.getId().startsWith("America/") && quiet.start().plusHours(2 * PAD_HOURS).isBefore(quiet.end());
        windows.add(List.of(new Window(zone, pad ? quiet.start().plusHours(PAD_HOURS) : quiet.start(),
            pad ? quiet.end().minusHours(PAD_HOURS) : quiet.end(), Window.EVERY_DAY)));
        if (settings.stateHours() && !where.hours().isEmpty()) {
          windows.add(where.hours().stream().map(hours -> new Window(zone, hours.from(), hours.to(), hours.weekdays())).toList());
        }
      }
    }
    return new Windows(windows);
  }

  boolean isOpenAt(Instant at) {
    return all.stream().allMatch(one -> one.stream().anyMatch(window -> window.isOpenAt(at)));
  }

  /** The first instant at which all are open; where they never are together, that is looked for again after two weeks. */
  Instant nextOpening(Instant from) {
    Instant at = from;
    Instant limit = from.plus(LONGEST_SEARCH);
    while (at.isBefore(limit)) {
      Instant latest = at;
      for (List<Window> one : all) {
        Instant opening = nextOpening(one, at);
        latest = opening.isAfter(latest) ? opening : latest;
      }
      if (latest.equals(at)) {
        return at;
      }
      at = latest;
    }
    return limit;
  }

  private static Instant nextOpening(List<Window> one, Instant from) {
    Instant soonest = from.plus(LONGEST_SEARCH);
    for (Window window : one) {
      Instant opening = window.nextOpening(from);
      soonest = opening.isBefore(soonest) ? opening : soonest;
    }
    return soonest;
  }
}
